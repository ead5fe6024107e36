"""The moves: how long steps were over time, and how often they were accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import define
from numpy.typing import NDArray

from autotune.analysis import AcceptanceRates, RecordedMoves, acceptance_rates, recorded_moves
from autotune.analysis.acceptance_rates import By
from autotune.errors import StudyError
from autotune.report.pictures.axes import (
    decorate,
    dots,
    legend_of,
    log_axis,
    percent_axis,
    plot_bars,
    shorten,
)
from autotune.report.pictures.display import StudyDisplay
from autotune.report.pictures.theme import Theme, ThemeName
from autotune.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "AcceptanceRatesDisplay",
    "StepLengthsDisplay",
]

Array = NDArray[np.float64]

_MOST = 20


@define(eq=False)
class StepLengthsDisplay(StudyDisplay):
    """How far each trial was from the one it stepped from.

    Parameters
    ----------
    moves : RecordedMoves
        What is plotted.
    parameter : str, optional
        Along which parameter; the mean over all of them if left out.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> StepLengthsDisplay.from_study(found.study).ax_.get_xlabel()
    'trial'
    """

    moves: RecordedMoves
    parameter: str | None = None

    @classmethod
    def from_study(
        cls,
        study: Study,
        *,
        parameter: str | None = None,
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
    ) -> Self:
        """Plot the step lengths of a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        parameter : str, optional
            Along which parameter; the mean over all of them if left out.
        ax, theme : optional
            As for ``Display.plot``.
        """
        moves = recorded_moves(study)
        if parameter is not None and parameter not in moves.parameters:
            raise StudyError(
                f"parameter = {parameter!r} is not one that is searched; choose one of "
                f"{', '.join(moves.parameters) or '(none)'}"
            )
        return cls(moves, parameter).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return 7.2, 3.8

    def _lengths(self) -> tuple[Array, NDArray[np.bool_]]:
        """Return the length of each step, and which of them count."""
        if self.parameter is None:
            return self.moves.size, np.ones(len(self.moves), dtype=np.bool_)
        j = self.moves.parameters.index(self.parameter)
        return self.moves.length[:, j], self.moves.moved[:, j]

    def _missing(self) -> str | None:
        return None if self._lengths()[1].any() else "no trial has stepped from another yet"

    def _plot(self, ax: Any, theme: Theme) -> None:
        length, rows = self._lengths()
        moves, parameter = self.moves, self.parameter
        x, y, accepted = moves.trials[rows], length[rows], moves.accepted[rows]
        positive = y > 0
        log = bool(positive.any()) and float(y.max()) > 30 * float(y[positive].min())
        shown = positive if log else np.ones(len(y), dtype=np.bool_)
        style = dots(len(x))
        clear = {"s": max(style["s"], 12), "zorder": 5}
        for kind, label, look in (
            (
                ~accepted,
                "not accepted",
                {"facecolors": "none", "edgecolors": theme.rejected, **style},
            ),
            (accepted, "accepted", {"color": theme.accepted, **clear}),
        ):
            if (kind & shown).any():
                ax.scatter(
                    x[kind & shown], y[kind & shown], label=f"{label} ({kind.sum()})", **look
                )
        window = min(max(len(x) // 10, 5), 500)
        if len(x) >= 2 * window:
            middle = [float(np.median(y[max(i - window + 1, 0) : i + 1])) for i in range(len(y))]
            line = np.array(middle)[window - 1 :]
            line = np.where(line > 0, line, np.nan) if log else line
            label = f"median of the last {window}"
            ax.plot(
                x[window - 1 :], line, color=theme.series[1], linewidth=1.8, label=label, zorder=4
            )
        if log:
            log_axis(ax, "y", float(y[positive].min()), float(y.max()))
        else:
            ax.set_ylim(bottom=0.0)
        ax.set_xlim(0, float(x.max()) + 1)
        what = "mean over the parameters" if parameter is None else shorten(parameter)
        decorate(ax, theme, x="trial", y=f"step length\n({what})", grid="y")
        legend_of(ax, theme, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)


@define(eq=False)
class AcceptanceRatesDisplay(StudyDisplay):
    """Shares of moves that were accepted, with Wilson's intervals.

    Parameters
    ----------
    rates : AcceptanceRates
        What is plotted.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> len(AcceptanceRatesDisplay.from_study(found.study).ax_.patches)
    1
    """

    rates: AcceptanceRates

    @classmethod
    def from_study(
        cls,
        study: Study,
        *,
        by: By = "parameter",
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
    ) -> Self:
        """Plot the acceptance rates of a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        by : {"parameter", "size", "origin", "number"}
            What groups are made by.
        ax, theme : optional
            As for ``Display.plot``.
        """
        return cls(acceptance_rates(study, by=by)).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return 6.6, 1.5 + 0.42 * max(min(len(self.rates.groups), _MOST), 2)

    def _missing(self) -> str | None:
        return None if self.rates.n.any() else "no move has been judged yet"

    def _plot(self, ax: Any, theme: Theme) -> None:
        rates = self.rates
        order = np.arange(len(rates.groups))
        if rates.by in ("parameter", "origin"):
            order = np.argsort(-np.nan_to_num(rates.rate), kind="stable")
        order = order[:_MOST]
        rate, low, high = np.nan_to_num(rates.rate[order]), rates.low[order], rates.high[order]
        known = rates.n[order] > 0
        ax.barh(np.arange(len(order)), rate, height=0.62, color=theme.series[2])
        top = max(float(high[known].max()), 1e-4)
        ax.set_xlim(0.0, min(1.2 * top, 1.2))
        percent_axis(ax.xaxis, top)
        words = {
            "parameter": "by the parameter that moved",
            "size": "by step length",
            "origin": "by how the trial came about",
            "number": "by how many parameters moved",
        }
        decorate(ax, theme, title=f"Moves accepted, {words[rates.by]}", x="accepted", grid="x")
        notes = [
            f"{rates.n_accepted[i]} of {rates.n[i]}" if rates.n[i] > 0 else "never moved"
            for i in order
        ]
        names = [shorten(rates.groups[i]) for i in order]
        plot_bars(ax, theme, rate, low, high, known, notes, names)
