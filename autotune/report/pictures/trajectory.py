"""The incumbent of a study over trials or seconds, and what is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
from attrs import define

from autotune.analysis import Forecast, Trajectory, forecast, trajectory
from autotune.errors import StudyError
from autotune.report.pictures.axes import (
    decorate,
    escape,
    legend_of,
    padded,
    score_limits,
    time_label,
    whole_axis,
)
from autotune.report.pictures.display import StudyDisplay
from autotune.report.pictures.theme import Theme, ThemeName
from autotune.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Clock", "TrajectoryDisplay"]

Clock: TypeAlias = Literal["trials", "elapsed", "busy"]


@define(eq=False)
class TrajectoryDisplay(StudyDisplay):
    """The incumbent's score over trials or seconds, and what going on would probably bring.

    Parameters
    ----------
    trajectory : Trajectory
        What is plotted.
    clock : {"trials", "elapsed", "busy"}
        Over what.
    forecast : Forecast, optional
        What is to come.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> TrajectoryDisplay.from_study(result.study, clock="trials").ax_.get_xlabel()
    'judged trials'
    """

    trajectory: Trajectory
    clock: Clock = "elapsed"
    forecast: Forecast | None = None

    @classmethod
    def from_study(
        cls,
        study: Study,
        *,
        clock: Clock = "elapsed",
        ahead: float | None = None,
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
    ) -> Self:
        """Plot the trajectory of a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        clock : {"trials", "elapsed", "busy"}
            Over what: judged trials, seconds since the beginning without pauses, or seconds of
            fitting and scoring.
        ahead : float, optional
            So many more trials or seconds are looked ahead, where the record allows it.
        ax, theme : optional
            As for ``Display.plot``.
        """
        if clock not in ("trials", "elapsed", "busy"):
            raise StudyError(f"clock = {clock!r} must be 'trials', 'elapsed' or 'busy'")
        to_come = None
        if ahead is not None:
            try:
                to_come = (
                    forecast(study, trials=max(int(ahead), 1))
                    if clock == "trials"
                    else forecast(study, seconds=ahead, clock=clock)
                )
            except StudyError as error:
                if not ahead > 0:
                    raise error from None
        return cls(trajectory(study), clock, to_come).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return 7.2, 4.0

    def _missing(self) -> str | None:
        known = np.isfinite(self.trajectory.best).any()
        return None if known else "no trial has been accepted yet"

    def _plot(self, ax: Any, theme: Theme) -> None:
        path, clock, ahead = self.trajectory, self.clock, self.forecast
        when = np.arange(1.0, len(path) + 1) if clock == "trials" else getattr(path, clock)
        end = float(when[-1]) if ahead is None else float(ahead.at[-1])
        unit, label = time_label(clock, end)
        x = when / unit
        ax.step(
            x,
            path.best,
            where="post",
            color=theme.accepted,
            linewidth=2.0,
            label="incumbent",
            zorder=3,
        )
        new = path.accepted & np.isfinite(path.best)
        ax.plot(
            x[new],
            path.best[new],
            linestyle="none",
            marker="o",
            markersize=5.5,
            color=theme.accepted,
            zorder=4,
        )
        known = path.best[np.isfinite(path.best)]
        shown = [known]
        if ahead is not None:
            fan = np.concatenate([[float(when[-1])], ahead.at]) / unit
            best = path.best[-1]
            under, middle, over = (
                np.concatenate([[best], curve]) for curve in (ahead.low, ahead.median, ahead.high)
            )
            ax.fill_between(
                fan,
                under,
                over,
                color=theme.series[1],
                alpha=0.25,
                linewidth=0,
                label=f"to be expected, {ahead.level:.0%} interval",
            )
            ax.plot(
                fan, middle, color=theme.series[1], linewidth=1.8, linestyle="--", label="median"
            )
            shown += [under, over]
        low, high = score_limits(np.concatenate(shown), path.sign)
        ax.set_ylim(*padded(low, high, 0.08))
        decorate(ax, theme, x=label, y=escape(path.metric), grid="y")
        if clock == "trials":
            whole_axis(ax)
        legend_of(ax, theme, loc="lower right" if path.sign > 0 else "upper right")
