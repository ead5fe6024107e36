"""What was anticipated beside what came."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import define

from autotune.analysis import calibration
from autotune.log import Log
from autotune.replay import Backtest, backtest
from autotune.report.pictures.display import (
    StudyDisplay,
    decorate,
    escape,
    legend_of,
    log_axis,
    nothing,
)
from autotune.report.pictures.history import score_limits
from autotune.report.pictures.theme import Theme, ThemeName, picture_axes
from autotune.strategy import Anticipator
from autotune.study import Event, Study

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike
    from typing import Self

    from matplotlib.axes import Axes

__all__ = ["CalibrationDisplay", "plot_calibration"]


@define(eq=False)
class CalibrationDisplay(StudyDisplay):
    """Anticipated against actual, with the intervals that were claimed.

    Parameters
    ----------
    foretelling : Backtest
        What is drawn.
    metric : str
        What the score is called.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> CalibrationDisplay.from_study(found.study).ax_.get_ylabel()
    'actual score'
    """

    foretelling: Backtest
    metric: str = "score"

    @classmethod
    def from_study(
        cls,
        study: Study,
        *,
        target: Literal["score", "seconds"] = "score",
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
    ) -> Self:
        """Draw what the study's own strategy anticipated, and what came.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        target : {"score", "seconds"}
            What was anticipated.
        ax : matplotlib Axes, optional
            Where to draw; a new figure if left out.
        theme : {"light", "dark"}, optional
            By default that which fits the ground.
        """
        metric = "score" if study.started is None else study.started.metric
        return cls(calibration(study, target=target), metric).plot(ax=ax, theme=theme)

    @classmethod
    def from_log(
        cls,
        log: str | PathLike[str] | Log | Iterable[Event],
        anticipator: Anticipator,
        *,
        target: Literal["score", "seconds"] = "score",
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
    ) -> Self:
        """Draw what an anticipator would have foretold of each trial of a log.

        Parameters
        ----------
        log : path, Log or iterable of Event
            The log.
        anticipator : Anticipator
            What foretells.
        target, ax, theme
            As for ``from_study``.
        """
        return cls(backtest(log, anticipator, target=target)).plot(ax=ax, theme=theme)

    def plot(self, *, ax: Axes | None = None, theme: ThemeName | Theme | None = None) -> Self:
        """Draw it; the parameters are those of ``from_study``."""
        axes, chosen = picture_axes(ax, theme, (5.4, 5.0))
        if len(self.foretelling.trials) == 0:
            nothing(axes, chosen, "nothing was anticipated of any trial with an outcome")
        else:
            _draw(axes, chosen, self.foretelling, self.metric)
        self._drawn(axes)
        return self


def _draw(ax: Any, theme: Theme, told: Backtest, metric: str) -> None:
    many = len(told.trials) > 400
    known = told.sd > 0
    inside = np.abs(told.error) <= 1.96 * told.sd
    for rows, label, colour, mark in (
        (inside & known, "inside its 95 % interval", theme.series[0], "o"),
        (~inside & known, "outside", theme.series[1], "D"),
        (~known, "no interval given", theme.faint, "o"),
    ):
        if rows.any():
            ax.errorbar(
                told.mean[rows],
                told.actual[rows],
                xerr=None if many or not known[rows].all() else 1.96 * told.sd[rows],
                fmt=mark,
                markersize=3 if many else 5,
                color=colour,
                ecolor=colour,
                elinewidth=0.8,
                alpha=0.45 if many else 0.85,
                label=f"{label} ({rows.sum()})",
                rasterized=many,
            )
    log = told.target == "seconds" and _spans(told.mean) and _spans(told.actual)
    both = np.concatenate([told.mean, told.actual])
    if log:
        low, high = float(both.min()) / 1.3, float(both.max()) * 1.3
        log_axis(ax, "x", low, high)
        log_axis(ax, "y", low, high)
    else:
        low, high = score_limits(both, 1.0)
        other, top = score_limits(both, -1.0)
        low, high = max(low, other), min(high, top)
        margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
        low, high = low - margin, high + margin
    ax.plot([low, high], [low, high], color=theme.text, linewidth=1.0, linestyle="--", zorder=1)
    ax.set_xlim(low, high)
    ax.set_ylim(low, high)
    what = escape(metric) if told.target == "score" else "fit seconds"
    skill = "" if math.isnan(told.skill) else f": skill {told.skill:.2f}"
    decorate(ax, theme, title=f"Foresight{skill}", x=f"anticipated {what}", y=f"actual {what}")
    legend_of(ax, theme, loc="upper left")


def _spans(values: Any) -> bool:
    return bool(values.min() > 0 and values.max() > 20 * values.min())


def plot_calibration(
    study: Study,
    *,
    target: Literal["score", "seconds"] = "score",
    ax: Axes | None = None,
    theme: ThemeName | Theme | None = None,
) -> Axes:
    """Draw anticipated against actual, and return the axes; see ``CalibrationDisplay``.

    Parameters
    ----------
    study : Study
        The study; it may be empty.
    target : {"score", "seconds"}
        What was anticipated.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if left out.
    theme : {"light", "dark"}, optional
        By default that which fits the ground.

    Returns
    -------
    matplotlib Axes
        Those drawn on.
    """
    axes: Axes = CalibrationDisplay.from_study(study, target=target, ax=ax, theme=theme).ax_
    return axes
