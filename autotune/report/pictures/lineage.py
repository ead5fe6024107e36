"""Which study was forked from which, as branches over their events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from attrs import define

from autotune.report.lineage import Branch, lineage_forest, study_record, walk_branch
from autotune.report.pictures.axes import decorate, shorten
from autotune.report.pictures.display import Display
from autotune.report.pictures.theme import Theme, ThemeName
from autotune.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LineageDisplay"]

_MOST = 60


@define(eq=False)
class LineageDisplay(Display):
    """A line for each study from the event at which it left another to its last.

    Parameters
    ----------
    forest : tuple of Branch
        The studies with their forks.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune.replay import fork, state_at
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=3)
    >>> studies = {"first": found.study, "other": state_at(fork(found.log, 6))}
    >>> LineageDisplay.from_studies(studies).ax_.get_xlabel()
    'events'
    """

    forest: tuple[Branch, ...]

    @classmethod
    def from_studies(
        cls,
        studies: Mapping[str, Study],
        *,
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
    ) -> Self:
        """Plot how studies descend from each other.

        Parameters
        ----------
        studies : mapping of str to Study
            The studies by the names of their logs.
        ax, theme : optional
            As for ``Display.plot``.
        """
        begun = {name: study for name, study in studies.items() if study.started is not None}
        records = (study_record(name, study) for name, study in begun.items())
        return cls(lineage_forest(records)).plot(ax, theme=theme)

    def _branches(self) -> list[tuple[int, Branch]]:
        return [(depth, branch) for root in self.forest for depth, branch in walk_branch(root)]

    def _size(self) -> tuple[float, float]:
        return 8.0, 1.4 + 0.42 * max(min(len(self._branches()), _MOST), 2)

    def _missing(self) -> str | None:
        return "no study has begun yet" if len(self.forest) == 0 else None

    def _plot(self, ax: Any, theme: Theme) -> None:
        rows = self._branches()
        left = len(rows) - _MOST
        rows = rows[:_MOST]
        above: list[int] = []
        longest = max(branch.record.n_events for _, branch in rows)
        best = max(
            (
                (1 if b.record.direction == "maximize" else -1) * b.record.score
                for _, b in rows
                if b.record.score is not None
            ),
            default=None,
        )
        for y, (depth, branch) in enumerate(rows):
            record = branch.record
            del above[depth:]
            begin = 0
            if depth > 0 and record.lineage is not None:
                begin = record.lineage.seq + 1
                ax.plot([begin, begin], [above[-1], y], color=theme.faint, linewidth=1.2, zorder=1)
                ax.plot(begin, above[-1], marker="o", markersize=4, color=theme.faint, zorder=2)
            above.append(y)
            sign = 1 if record.direction == "maximize" else -1
            is_best = record.score is not None and sign * record.score == best
            colour = theme.series[1] if is_best else theme.series[0]
            ax.plot([begin, record.n_events], [y, y], color=colour, linewidth=3.0, zorder=3)
            ax.plot(
                record.n_events,
                y,
                marker="|" if record.stopped is not None else ">",
                markersize=9,
                color=colour,
                zorder=4,
            )
            label = shorten(record.name, 32)
            if record.score is not None:
                label += f"  {record.score:.5g}"
            if is_best and len(rows) > 1:
                label += " (best)"
            ax.annotate(
                label,
                (record.n_events, y),
                xytext=(9, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color=theme.text,
                bbox={"facecolor": theme.ground, "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
            )
        ax.set_xlim(-0.01 * longest, longest * 1.55)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        title = "Studies, and what they were forked from"
        if left > 0:
            title += f" ({left} more not shown)"
        decorate(ax, theme, title=title, x="events", grid="x")
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ticks = [tick for tick in ax.get_xticks() if 0 <= tick <= longest]
        ax.set_xticks(ticks)
