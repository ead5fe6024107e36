"""The incumbents of several studies beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import define

from autotune.analysis import Comparison, compare
from autotune.report.pictures.axes import (
    decorate,
    escape,
    legend_of,
    padded,
    score_limits,
    shorten,
    time_label,
    whole_axis,
)
from autotune.report.pictures.display import Display
from autotune.report.pictures.theme import Theme, ThemeName
from autotune.report.pictures.trajectory import Clock
from autotune.study import Study
from autotune.study.formatting import aligned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ComparisonDisplay"]

_DASHES = ("-", "--", "-.", ":")


@define(eq=False)
class ComparisonDisplay(Display):
    """The incumbents of several studies, or groups of them, over trials or seconds.

    Parameters
    ----------
    comparison : Comparison, optional
        What is plotted; None if there is nothing to compare.

    Examples
    --------
    >>> from autotune import tune
    >>> studies = {f"seed {seed}": tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20,
    ...                                 seed=seed).study for seed in (1, 2)}
    >>> legend = ComparisonDisplay.from_studies(studies).ax_.get_legend()
    >>> [text.get_text().split(":")[0] for text in legend.get_texts()]
    ['seed 1', 'seed 2']
    """

    comparison: Comparison | None

    @classmethod
    def from_studies(
        cls,
        studies: Mapping[str, Study | Iterable[Study]] | Iterable[Study],
        *,
        clock: Clock = "trials",
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
    ) -> Self:
        """Plot studies beside each other.

        Parameters
        ----------
        studies : mapping of str to Study, or to several of them; or an iterable of Study
            What is compared.
        clock : {"trials", "elapsed", "busy"}
            Over what.
        ax, theme : optional
            As for ``Display.plot``.
        """
        given = studies if isinstance(studies, Mapping) else list(studies)
        comparison = compare(given, clock=clock) if len(given) > 0 else None
        return cls(comparison).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return 7.6, 4.4

    def _missing(self) -> str | None:
        known = self.comparison is not None and np.isfinite(self.comparison.curves).any()
        return None if known else "no study has accepted a trial yet"

    def _plot(self, ax: Any, theme: Theme) -> None:
        shown = self.comparison
        assert shown is not None
        sign = 1.0 if shown.direction == "maximize" else -1.0
        unit, label_of_x = time_label(shown.clock, float(shown.at[-1]))
        x = shown.at / unit
        order = np.argsort(-sign * np.nan_to_num(shown.best, nan=-np.inf * sign), kind="stable")
        texts = aligned(shown.best.tolist())
        for j in order:
            k = int(j)
            colour = theme.series[k % len(theme.series)]
            dash = _DASHES[(k // len(theme.series)) % len(_DASHES)]
            n = int(shown.n_studies[k])
            label = f"{shorten(shown.names[k], 30)}: {texts[k] or 'none'}" + (
                f" ({n} studies)" if n > 1 else ""
            )
            ax.plot(
                x,
                shown.curves[k],
                color=colour,
                linestyle=dash,
                linewidth=2.0,
                drawstyle="steps-post",
                label=label,
            )
            known = np.flatnonzero(np.isfinite(shown.curves[k]))
            if len(known) > 0:  # where it ended; of one trial this is all there is
                ax.plot(x[known[-1]], shown.curves[k][known[-1]], marker="o", ms=5, color=colour)
            if n > 1:
                ax.fill_between(
                    x,
                    shown.lows[k],
                    shown.highs[k],
                    step="post",
                    color=colour,
                    alpha=0.18,
                    linewidth=0,
                )
        drawn = np.concatenate([shown.curves.ravel(), shown.lows.ravel(), shown.highs.ravel()])
        low, high = score_limits(drawn[np.isfinite(drawn)], sign)
        ax.set_ylim(*padded(low, high, 0.08))
        if shown.clock == "trials":
            whole_axis(ax)
        decorate(ax, theme, x=label_of_x, y=f"{escape(shown.metric)} of the incumbent", grid="y")
        legend_of(ax, theme, loc="lower right" if sign > 0 else "upper right")
