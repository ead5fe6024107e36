"""All trials with their scores and verdicts, and the line of the incumbent."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import define
from numpy.typing import NDArray

from autotune.analysis import Trajectory, trajectory
from autotune.report.pictures.axes import (
    decorate,
    dots,
    escape,
    legend_of,
    padded,
    score_limits,
    whole_axis,
)
from autotune.report.pictures.display import StudyDisplay
from autotune.report.pictures.theme import Theme
from autotune.study import Study

__all__ = ["HistoryDisplay"]

Array = NDArray[np.float64]

# An accepted score, which belongs to the story, is shown at the edge only beyond so many
# interquartile ranges under the quartile.
_FAR_ACCEPTED = 15.0


@define(eq=False)
class HistoryDisplay(StudyDisplay):
    """Scores over trials: accepted, rejected and failed ones, and the incumbent.

    Parameters
    ----------
    trajectory : Trajectory
        What is plotted.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> HistoryDisplay.from_study(result.study).ax_.get_xlabel()
    'trial'
    """

    trajectory: Trajectory

    @classmethod
    def _computed(cls, study: Study) -> tuple[Any, ...]:
        return (trajectory(study),)

    def _missing(self) -> str | None:
        return "no trial has been judged yet" if len(self.trajectory) == 0 else None

    def _plot(self, ax: Any, theme: Theme) -> None:
        path = self.trajectory
        order = np.argsort(path.trials)
        x, y = path.trials[order], path.scores[order]
        accepted, failed = path.accepted[order], path.failed[order] | ~np.isfinite(y)
        prior = path.origins[order] == "prior"
        bounds = [*score_limits(y[~failed], path.sign)]
        if (accepted & ~failed).any():
            least, most = score_limits(y[~failed], path.sign, far=_FAR_ACCEPTED)
            steps = y[accepted & ~failed]
            bounds += steps[(steps >= least) & (steps <= most)].tolist()
        low, high = min(bounds), max(bounds)
        style = dots(len(path))
        clear = {"s": max(style["s"], 12), "zorder": 5}
        kinds: list[tuple[str, NDArray[np.bool_], dict[str, Any]]] = [
            (
                "rejected",
                ~accepted & ~failed & ~prior,
                {"facecolors": "none", "edgecolors": theme.rejected, "marker": "o"},
            ),
            (
                "earlier result",
                prior & ~failed & ~accepted,
                {"facecolors": "none", "edgecolors": theme.rejected, "marker": "s"},
            ),
            ("accepted", accepted & ~failed, {"color": theme.accepted, "marker": "o"}),
        ]
        beyond = ~failed & ((y < low) | (y > high))
        for label, rows, look in kinds:
            shown = rows & ~beyond
            if shown.any():
                how = clear if label == "accepted" else style
                ax.scatter(x[shown], y[shown], label=f"{label} ({rows.sum()})", **look, **how)
        edge = {"transform": ax.get_xaxis_transform(), "clip_on": False, **style}
        worse_down = path.sign > 0
        if beyond.any():
            mark = "v" if worse_down else "^"
            place = np.full(int(beyond.sum()), 0.02 if worse_down else 0.98)
            ax.scatter(
                x[beyond],
                place,
                marker=mark,
                color=theme.rejected,
                label=f"{'below' if worse_down else 'above'} ({beyond.sum()})",
                **edge,
            )
        if failed.any():
            place = np.full(int(failed.sum()), 0.06 if worse_down else 0.94)
            ax.scatter(
                x[failed],
                place,
                marker="x",
                color=theme.failed,
                label=f"failed ({failed.sum()})",
                **edge,
            )
        if np.isfinite(path.best).any():
            ends = (
                np.append(np.arange(1, len(path) + 1), len(path) + 0.5) if _in_turn(path) else None
            )
            when = ends[:-1] if ends is not None else np.maximum.accumulate(path.trials)
            ax.step(
                np.append(when, when[-1] + 0.5),
                np.append(path.best, path.best[-1]),
                where="post",
                color=theme.accepted,
                linewidth=1.6,
                label="incumbent",
                zorder=2,
            )
        if np.isfinite([low, high]).all():
            # Room for the marks at the edge.
            extra = 0.10 * (high - low) if beyond.any() or failed.any() else 0.0
            low, high = padded(low, high, 0.06)
            ax.set_ylim(low - (extra if worse_down else 0.0), high + (0.0 if worse_down else extra))
        ax.set_xlim(0, float(x.max()) + 1)
        whole_axis(ax)
        decorate(ax, theme, x="trial", y=escape(path.metric), grid="y")
        legend_of(
            ax,
            theme,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=5,
            frameon=False,
            columnspacing=1.2,
            handletextpad=0.4,
        )


def _in_turn(path: Trajectory) -> bool:
    return bool(np.array_equal(path.trials, np.arange(1, len(path) + 1)))
