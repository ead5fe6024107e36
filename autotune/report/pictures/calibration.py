"""Anticipated scores and seconds against actual ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import define

from autotune.analysis import calibration
from autotune.log import Log
from autotune.replay import Backtest, backtest
from autotune.report.pictures.axes import (
    decorate,
    escape,
    legend_of,
    log_axis,
    padded,
    score_limits,
)
from autotune.report.pictures.display import StudyDisplay, metric_of
from autotune.report.pictures.theme import Theme, ThemeName
from autotune.strategy import Anticipator
from autotune.study import Event, Study

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike
    from typing import Self

    from matplotlib.axes import Axes

__all__ = ["CalibrationDisplay"]


@define(eq=False)
class CalibrationDisplay(StudyDisplay):
    """Anticipated against actual, with the intervals that were claimed.

    Parameters
    ----------
    backtest : Backtest
        What is plotted.
    metric : str
        What the score is called.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> CalibrationDisplay.from_study(found.study).ax_.get_ylabel()
    'actual score'
    """

    backtest: Backtest
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
        """Plot what the study's own strategy anticipated, and what came.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        target : {"score", "seconds"}
            What was anticipated.
        ax, theme : optional
            As for ``Display.plot``.
        """
        return cls(calibration(study, target=target), metric_of(study)).plot(ax, theme=theme)

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
        """Plot what an anticipator would have predicted of each trial of a log.

        Parameters
        ----------
        log : path, Log or iterable of Event
            The log.
        anticipator : Anticipator
            The anticipator to be tested.
        target, ax, theme
            As for ``from_study``.
        """
        return cls(backtest(log, anticipator, target=target)).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return 5.4, 5.0

    def _missing(self) -> str | None:
        known = len(self.backtest.trials) > 0
        return None if known else "nothing was anticipated of any trial with an outcome"

    def _plot(self, ax: Any, theme: Theme) -> None:
        results = self.backtest
        many = len(results.trials) > 400
        known = results.sd > 0
        inside = np.abs(results.error) <= 1.96 * results.sd
        for rows, label, colour, mark in (
            (inside & known, "inside its 95 % interval", theme.series[0], "o"),
            (~inside & known, "outside", theme.series[1], "D"),
            (~known, "no interval given", theme.faint, "o"),
        ):
            if rows.any():
                ax.errorbar(
                    results.mean[rows],
                    results.actual[rows],
                    xerr=None if many or not known[rows].all() else 1.96 * results.sd[rows],
                    fmt=mark,
                    markersize=3 if many else 5,
                    color=colour,
                    ecolor=colour,
                    elinewidth=0.8,
                    alpha=0.45 if many else 0.85,
                    label=f"{label} ({rows.sum()})",
                    rasterized=many,
                )
        log = results.target == "seconds" and _spans(results.mean) and _spans(results.actual)
        both = np.concatenate([results.mean, results.actual])
        if log:
            low, high = float(both.min()) / 1.3, float(both.max()) * 1.3
            log_axis(ax, "x", low, high)
            log_axis(ax, "y", low, high)
        else:
            low, high = score_limits(both, 1.0)
            other, top = score_limits(both, -1.0)
            low, high = max(low, other), min(high, top)
            low, high = padded(low, high, 0.05)
        ax.plot([low, high], [low, high], color=theme.text, linewidth=1.0, linestyle="--", zorder=1)
        ax.set_xlim(low, high)
        ax.set_ylim(low, high)
        what = escape(self.metric) if results.target == "score" else "fit seconds"
        skill = "" if math.isnan(results.skill) else f": skill {results.skill:.2f}"
        decorate(ax, theme, title=f"Foresight{skill}", x=f"anticipated {what}", y=f"actual {what}")
        legend_of(ax, theme, loc="upper left")


def _spans(values: Any) -> bool:
    return bool(values.min() > 0 and values.max() > 20 * values.min())
