"""The moves: how long steps were over time, and how often they were accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define
from numpy.typing import NDArray

from autotune.analysis import AcceptanceRates, RecordedMoves, acceptance_rates, recorded_moves
from autotune.analysis.acceptance_rates import By
from autotune.errors import StudyError
from autotune.report.pictures.display import (
    StudyDisplay,
    decorate,
    dots,
    legend_of,
    log_axis,
    nothing,
    percent_axis,
    shorten,
)
from autotune.report.pictures.theme import Theme, ThemeName, picture_axes
from autotune.study import Study

if TYPE_CHECKING:
    from typing import Self

    from matplotlib.axes import Axes

__all__ = [
    "AcceptanceRatesDisplay",
    "StepLengthsDisplay",
    "plot_acceptance_rates",
    "plot_step_lengths",
]

Array = NDArray[np.float64]

_MOST = 20


@define(eq=False)
class StepLengthsDisplay(StudyDisplay):
    """How far each trial was from the one it stepped from.

    Parameters
    ----------
    moves : RecordedMoves
        What is drawn.
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
        """Draw the step lengths of a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        parameter : str, optional
            Along which parameter; the mean over all of them if left out.
        ax : matplotlib Axes, optional
            Where to draw; a new figure if left out.
        theme : {"light", "dark"}, optional
            By default that which fits the ground.
        """
        moves = recorded_moves(study)
        if parameter is not None and parameter not in moves.parameters:
            raise StudyError(
                f"parameter = {parameter!r} is none that is searched; choose one of "
                f"{', '.join(moves.parameters) or '(none)'}"
            )
        return cls(moves, parameter).plot(ax=ax, theme=theme)

    def plot(self, *, ax: Axes | None = None, theme: ThemeName | Theme | None = None) -> Self:
        """Draw it; the parameters are those of ``from_study``."""
        axes, chosen = picture_axes(ax, theme, (7.2, 3.8))
        moves = self.moves
        if self.parameter is None:
            length, rows = moves.size, np.ones(len(moves), dtype=np.bool_)
        else:
            j = moves.parameters.index(self.parameter)
            length, rows = moves.length[:, j], moves.moved[:, j]
        if not rows.any():
            nothing(axes, chosen, "no trial has stepped from another yet")
        else:
            _draw_lengths(axes, chosen, moves, length, rows, self.parameter)
        self._drawn(axes)
        return self


def _draw_lengths(
    ax: Any,
    theme: Theme,
    moves: RecordedMoves,
    length: Array,
    rows: NDArray[np.bool_],
    parameter: str | None,
) -> None:
    x, y, accepted = moves.trials[rows], length[rows], moves.accepted[rows]
    positive = y > 0
    log = bool(positive.any()) and float(y.max()) > 30 * float(y[positive].min())
    shown = positive if log else np.ones(len(y), dtype=np.bool_)
    style = dots(len(x))
    clear = {"s": max(style["s"], 12), "zorder": 5}
    for kind, label, look in (
        (~accepted, "not accepted", {"facecolors": "none", "edgecolors": theme.rejected, **style}),
        (accepted, "accepted", {"color": theme.accepted, **clear}),
    ):
        if (kind & shown).any():
            ax.scatter(x[kind & shown], y[kind & shown], label=f"{label} ({kind.sum()})", **look)
    window = min(max(len(x) // 10, 5), 500)
    if len(x) >= 2 * window:
        middle = [float(np.median(y[max(i - window + 1, 0) : i + 1])) for i in range(len(y))]
        line = np.array(middle)[window - 1 :]
        line = np.where(line > 0, line, np.nan) if log else line
        label = f"median of the last {window}"
        ax.plot(x[window - 1 :], line, color=theme.series[1], linewidth=1.8, label=label, zorder=4)
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
        What is drawn.

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
        """Draw the acceptance rates of a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        by : {"parameter", "size", "origin", "number"}
            What groups are made by.
        ax : matplotlib Axes, optional
            Where to draw; a new figure if left out.
        theme : {"light", "dark"}, optional
            By default that which fits the ground.
        """
        return cls(acceptance_rates(study, by=by)).plot(ax=ax, theme=theme)

    def plot(self, *, ax: Axes | None = None, theme: ThemeName | Theme | None = None) -> Self:
        """Draw it; the parameters are those of ``from_study``."""
        rates = self.rates
        n = min(len(rates.groups), _MOST)
        axes, chosen = picture_axes(ax, theme, (6.6, 1.5 + 0.42 * max(n, 2)))
        if not rates.n.any():
            nothing(axes, chosen, "no move has been judged yet")
        else:
            _draw_rates(axes, chosen, rates)
        self._drawn(axes)
        return self


def _draw_rates(ax: Any, theme: Theme, rates: AcceptanceRates) -> None:
    order = np.arange(len(rates.groups))
    if rates.by in ("parameter", "origin"):
        order = np.argsort(-np.nan_to_num(rates.rate), kind="stable")
    order = order[:_MOST]
    at = np.arange(len(order))
    rate, low, high = np.nan_to_num(rates.rate[order]), rates.low[order], rates.high[order]
    known = rates.n[order] > 0
    ax.barh(at, rate, height=0.62, color=theme.series[2])
    ax.errorbar(
        rate[known],
        at[known],
        xerr=[np.maximum(rate - low, 0)[known], np.maximum(high - rate, 0)[known]],
        fmt="none",
        ecolor=theme.text,
        elinewidth=1.2,
        capsize=3,
    )
    for y, i, end in zip(at, order, np.where(known, high, 0.0), strict=True):
        note = f"{rates.n_accepted[i]} of {rates.n[i]}" if rates.n[i] > 0 else "never moved"
        ax.annotate(
            note,
            (end, y),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=theme.text,
        )
    top = max(float(high[known].max()), 1e-4)
    ax.set_xlim(0.0, min(1.2 * top, 1.2))
    ax.set_ylim(len(at) - 0.45, -0.55)
    ax.set_yticks(at, [shorten(rates.groups[i]) for i in order])
    percent_axis(ax.xaxis, top)
    words = {
        "parameter": "by the parameter that moved",
        "size": "by step length",
        "origin": "by how the trial came about",
        "number": "by how many parameters moved",
    }
    decorate(ax, theme, title=f"Moves accepted, {words[rates.by]}", x="accepted", grid="x")
    ax.tick_params(axis="y", length=0, labelsize=10)


def plot_step_lengths(
    study: Study,
    *,
    parameter: str | None = None,
    ax: Axes | None = None,
    theme: ThemeName | Theme | None = None,
) -> Axes:
    """Draw step lengths over time, and return the axes; see ``StepLengthsDisplay``.

    Parameters
    ----------
    study : Study
        The study; it may be empty.
    parameter : str, optional
        Along which parameter; the mean over all of them if left out.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if left out.
    theme : {"light", "dark"}, optional
        By default that which fits the ground.

    Returns
    -------
    matplotlib Axes
        Those drawn on.
    """
    axes: Axes = StepLengthsDisplay.from_study(study, parameter=parameter, ax=ax, theme=theme).ax_
    return axes


def plot_acceptance_rates(
    study: Study,
    *,
    by: By = "parameter",
    ax: Axes | None = None,
    theme: ThemeName | Theme | None = None,
) -> Axes:
    """Draw acceptance rates, and return the axes; see ``AcceptanceRatesDisplay``.

    Parameters
    ----------
    study : Study
        The study; it may be empty.
    by : {"parameter", "size", "origin", "number"}
        What groups are made by.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if left out.
    theme : {"light", "dark"}, optional
        By default that which fits the ground.

    Returns
    -------
    matplotlib Axes
        Those drawn on.
    """
    axes: Axes = AcceptanceRatesDisplay.from_study(study, by=by, ax=ax, theme=theme).ax_
    return axes
