"""How far the incumbent of a study was from the best, over its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import define

from autotune.analysis import Regret, regret, trajectory
from autotune.report.pictures.axes import decorate, escape, legend_of, log_axis, whole_axis
from autotune.report.pictures.display import StudyDisplay, metric_of
from autotune.report.pictures.theme import Theme, ThemeName
from autotune.study import Study
from autotune.study.formatting import aligned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["RegretDisplay"]


@define(eq=False)
class RegretDisplay(StudyDisplay):
    """The regret of a study over its trials.

    Parameters
    ----------
    regret : Regret, optional
        What is plotted; None without an incumbent.
    metric : str
        What the score is called.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> RegretDisplay.from_study(result.study, optimum=0.0).ax_.get_yscale()
    'log'
    """

    regret: Regret | None
    metric: str = "score"

    @classmethod
    def from_study(
        cls,
        study: Study,
        *,
        optimum: float | None = None,
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
    ) -> Self:
        """Plot the regret of a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        optimum : float, optional
            The best score there is; if left out, the study's own.
        ax, theme : optional
            As for ``Display.plot``.
        """
        known = bool(np.isfinite(trajectory(study).best).any())
        return cls(regret(study, optimum=optimum) if known else None, metric_of(study)).plot(
            ax, theme=theme
        )

    def _size(self) -> tuple[float, float]:
        return 7.2, 4.0

    def _missing(self) -> str | None:
        return "no trial has been accepted yet" if self.regret is None else None

    def _plot(self, ax: Any, theme: Theme) -> None:
        result = self.regret
        assert result is not None
        x = np.arange(1, len(result.simple) + 1)
        y = result.simple
        positive = y[y > 0]
        log = len(positive) > 0 and float(positive.max()) > 20 * float(positive.min())
        ax.step(
            x,
            np.where(y > 0, y, np.nan) if log else y,
            where="post",
            color=theme.accepted,
            linewidth=2.0,
            marker="o",
            markersize=3.5 if len(x) <= 100 else 0.0,
            label="simple regret",
        )
        whole_axis(ax)
        if result.left > 0 and np.isfinite(result.left_high):
            ax.errorbar(
                [len(x) + max(len(x) * 0.03, 0.5)],
                [result.left],
                yerr=[[0.0], [max(result.left_high - result.left, 0.0)]],
                fmt="D",
                color=theme.series[1],
                capsize=4,
                label="anticipated to be left, and its bound",
            )
        if log:
            log_axis(ax, "y", float(positive.min()), float(positive.max()))
        else:
            ax.set_ylim(bottom=0.0)
        against = "the optimum" if result.known else "the best of the study"
        (best,) = aligned([result.reference])
        decorate(
            ax,
            theme,
            title=f"Regret against {against}, {best}",
            x="judged trials",
            y=f"regret ({escape(self.metric)})",
            grid="y",
        )
        legend_of(ax, theme, loc="upper right")
