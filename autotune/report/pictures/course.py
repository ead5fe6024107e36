"""The course of studies: the incumbent over trials or seconds, what is to come, and regret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from attrs import define
from numpy.typing import NDArray

from autotune.analysis import (
    Comparison,
    Forecast,
    Regret,
    Trajectory,
    compare,
    forecast,
    regret,
    trajectory,
)
from autotune.errors import StudyError
from autotune.report.pictures.display import (
    Display,
    StudyDisplay,
    decorate,
    escape,
    legend_of,
    log_axis,
    nothing,
    shorten,
    whole_axis,
)
from autotune.report.pictures.history import score_limits
from autotune.report.pictures.theme import Theme, ThemeName, picture_axes
from autotune.study import Study
from autotune.study.formatting import aligned

if TYPE_CHECKING:
    from typing import Self

    from matplotlib.axes import Axes

__all__ = [
    "ComparisonDisplay",
    "RegretDisplay",
    "TrajectoryDisplay",
    "plot_comparison",
    "plot_regret",
    "plot_trajectory",
]

Array = NDArray[np.float64]
Clock: TypeAlias = Literal["trials", "elapsed", "busy"]

_CLOCKS = {
    "trials": "judged trials",
    "elapsed": "time since the beginning",
    "busy": "time of fitting and scoring",
}
_UNITS = ((1.0, "seconds"), (60.0, "minutes"), (3600.0, "hours"), (86400.0, "days"))


def time_unit(seconds: float) -> tuple[float, str]:
    """Return the unit in which so many seconds are told best.

    Examples
    --------
    >>> time_unit(90.0), time_unit(1200.0)
    ((1.0, 'seconds'), (60.0, 'minutes'))
    """
    return next(
        (unit for unit in reversed(_UNITS) if seconds >= 2.5 * unit[0]),
        (1e-3, "milliseconds") if 0 < seconds < 0.1 else _UNITS[0],
    )


@define(eq=False)
class TrajectoryDisplay(StudyDisplay):
    """The incumbent's score over trials or seconds, and what going on would probably bring.

    Parameters
    ----------
    trajectory : Trajectory
        What is drawn.
    clock : {"trials", "elapsed", "busy"}
        Over what.
    forecast : Forecast, optional
        What is to come.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> TrajectoryDisplay.from_study(found.study, clock="trials").ax_.get_xlabel()
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
        """Draw the trajectory of a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        clock : {"trials", "elapsed", "busy"}
            Over what: judged trials, seconds since the beginning without pauses, or seconds of
            fitting and scoring.
        ahead : float, optional
            So many more trials or seconds are looked ahead, where the record allows it.
        ax : matplotlib Axes, optional
            Where to draw; a new figure if left out.
        theme : {"light", "dark"}, optional
            By default that which fits the ground.
        """
        if clock not in _CLOCKS:
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
        return cls(trajectory(study), clock, to_come).plot(ax=ax, theme=theme)

    def plot(self, *, ax: Axes | None = None, theme: ThemeName | Theme | None = None) -> Self:
        """Draw it; the parameters are those of ``from_study``."""
        axes, chosen = picture_axes(ax, theme, (7.2, 4.0))
        if not np.isfinite(self.trajectory.best).any():
            nothing(axes, chosen, "no trial has been accepted yet")
        else:
            _draw_trajectory(axes, chosen, self)
        self._drawn(axes)
        return self


def _draw_trajectory(ax: Any, theme: Theme, display: TrajectoryDisplay) -> None:
    path, clock, ahead = display.trajectory, display.clock, display.forecast
    when = np.arange(1.0, len(path) + 1) if clock == "trials" else getattr(path, clock)
    end = float(when[-1]) if ahead is None else float(ahead.at[-1])
    unit, name = (1.0, "") if clock == "trials" else time_unit(end)
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
        ax.plot(fan, middle, color=theme.series[1], linewidth=1.8, linestyle="--", label="median")
        shown += [under, over]
    low, high = score_limits(np.concatenate(shown), path.sign)
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 0.5
    ax.set_ylim(low - margin, high + margin)
    words = f"{_CLOCKS[clock]} ({name})" if name else _CLOCKS[clock]
    decorate(ax, theme, x=words, y=escape(path.metric), grid="y")
    if clock == "trials":
        whole_axis(ax)
    legend_of(ax, theme, loc="lower right" if path.sign > 0 else "upper right")


@define(eq=False)
class ComparisonDisplay(Display):
    """The incumbents of several studies, or groups of them, over trials or seconds.

    Parameters
    ----------
    comparison : Comparison, optional
        What is drawn; None if there is nothing to compare.

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
        """Draw studies beside each other.

        Parameters
        ----------
        studies : mapping of str to Study, or to several of them; or an iterable of Study
            What is compared.
        clock : {"trials", "elapsed", "busy"}
            Over what.
        ax : matplotlib Axes, optional
            Where to draw; a new figure if left out.
        theme : {"light", "dark"}, optional
            By default that which fits the ground.
        """
        held = studies if isinstance(studies, Mapping) else list(studies)
        found = compare(held, clock=clock) if len(held) > 0 else None
        return cls(found).plot(ax=ax, theme=theme)

    def plot(self, *, ax: Axes | None = None, theme: ThemeName | Theme | None = None) -> Self:
        """Draw it; the parameters are those of ``from_studies``."""
        axes, chosen = picture_axes(ax, theme, (7.6, 4.4))
        found = self.comparison
        if found is None or not np.isfinite(found.curves).any():
            nothing(axes, chosen, "no study has accepted a trial yet")
        else:
            _draw_comparison(axes, chosen, found)
        self._drawn(axes)
        return self


_DASHES = ("-", "--", "-.", ":")


def _draw_comparison(ax: Any, theme: Theme, found: Comparison) -> None:
    sign = 1.0 if found.direction == "maximize" else -1.0
    end = float(found.at[-1])
    unit, name = (1.0, "") if found.clock == "trials" else time_unit(end)
    x = found.at / unit
    order = np.argsort(-sign * np.nan_to_num(found.best, nan=-np.inf * sign), kind="stable")
    texts = aligned(found.best.tolist())
    for j in order:
        k = int(j)
        colour = theme.series[k % len(theme.series)]
        dash = _DASHES[(k // len(theme.series)) % len(_DASHES)]
        n = int(found.n_studies[k])
        label = f"{shorten(found.names[k], 30)}: {texts[k] or 'none'}" + (
            f" ({n} studies)" if n > 1 else ""
        )
        ax.plot(
            x,
            found.curves[k],
            color=colour,
            linestyle=dash,
            linewidth=2.0,
            drawstyle="steps-post",
            label=label,
        )
        known = np.flatnonzero(np.isfinite(found.curves[k]))
        if len(known) > 0:  # where it ended; of one trial this is all there is
            ax.plot(x[known[-1]], found.curves[k][known[-1]], marker="o", ms=5, color=colour)
        if n > 1:
            ax.fill_between(
                x,
                found.lows[k],
                found.highs[k],
                step="post",
                color=colour,
                alpha=0.18,
                linewidth=0,
            )
    drawn = np.concatenate([found.curves.ravel(), found.lows.ravel(), found.highs.ravel()])
    low, high = score_limits(drawn[np.isfinite(drawn)], sign)
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 0.5
    ax.set_ylim(low - margin, high + margin)
    words = f"{_CLOCKS[found.clock]} ({name})" if name else _CLOCKS[found.clock]
    if found.clock == "trials":
        whole_axis(ax)
    decorate(ax, theme, x=words, y=f"{escape(found.metric)} of the incumbent", grid="y")
    legend_of(ax, theme, loc="lower right" if sign > 0 else "upper right")


@define(eq=False)
class RegretDisplay(StudyDisplay):
    """The regret of a study over its trials.

    Parameters
    ----------
    regret : Regret, optional
        What is drawn; None without an incumbent.
    metric : str
        What the score is called.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> RegretDisplay.from_study(found.study, optimum=0.0).ax_.get_yscale()
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
        """Draw the regret of a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        optimum : float, optional
            The best score there is; if left out, the study's own.
        ax : matplotlib Axes, optional
            Where to draw; a new figure if left out.
        theme : {"light", "dark"}, optional
            By default that which fits the ground.
        """
        metric = "score" if study.started is None else study.started.metric
        found = None
        if np.isfinite(trajectory(study).best).any():
            found = regret(study, optimum=optimum)
        return cls(found, metric).plot(ax=ax, theme=theme)

    def plot(self, *, ax: Axes | None = None, theme: ThemeName | Theme | None = None) -> Self:
        """Draw it; the parameters are those of ``from_study``."""
        axes, chosen = picture_axes(ax, theme, (7.2, 4.0))
        if self.regret is None:
            nothing(axes, chosen, "no trial has been accepted yet")
        else:
            _draw_regret(axes, chosen, self.regret, self.metric)
        self._drawn(axes)
        return self


def _draw_regret(ax: Any, theme: Theme, found: Regret, metric: str) -> None:
    x = np.arange(1, len(found.simple) + 1)
    y = found.simple
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
    if found.left > 0 and np.isfinite(found.left_high):
        ax.errorbar(
            [len(x) + max(len(x) * 0.03, 0.5)],
            [found.left],
            yerr=[[0.0], [max(found.left_high - found.left, 0.0)]],
            fmt="D",
            color=theme.series[1],
            capsize=4,
            label="anticipated to be left, and its bound",
        )
    if log:
        log_axis(ax, "y", float(positive.min()), float(positive.max()))
    else:
        ax.set_ylim(bottom=0.0)
    against = "the optimum" if found.known else "the best of the study"
    (best,) = aligned([found.reference])
    decorate(
        ax,
        theme,
        title=f"Regret against {against}, {best}",
        x="judged trials",
        y=f"regret ({escape(metric)})",
        grid="y",
    )
    legend_of(ax, theme, loc="upper right")


def plot_trajectory(
    study: Study,
    *,
    clock: Clock = "elapsed",
    ahead: float | None = None,
    ax: Axes | None = None,
    theme: ThemeName | Theme | None = None,
) -> Axes:
    """Draw the incumbent over time, and return the axes; see ``TrajectoryDisplay``.

    Parameters
    ----------
    study : Study
        The study; it may be empty.
    clock : {"trials", "elapsed", "busy"}
        Over what: judged trials, seconds since the beginning without pauses, or seconds of
        fitting and scoring.
    ahead : float, optional
        So many more trials or seconds are looked ahead, where the record allows it.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if left out.
    theme : {"light", "dark"}, optional
        By default that which fits the ground.

    Returns
    -------
    matplotlib Axes
        Those drawn on.
    """
    display = TrajectoryDisplay.from_study(study, clock=clock, ahead=ahead, ax=ax, theme=theme)
    axes: Axes = display.ax_
    return axes


def plot_comparison(
    studies: Mapping[str, Study | Iterable[Study]] | Iterable[Study],
    *,
    clock: Clock = "trials",
    ax: Axes | None = None,
    theme: ThemeName | Theme | None = None,
) -> Axes:
    """Draw studies beside each other, and return the axes; see ``ComparisonDisplay``.

    Parameters
    ----------
    studies : mapping of str to Study, or to several of them; or an iterable of Study
        What is compared.
    clock : {"trials", "elapsed", "busy"}
        Over what.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if left out.
    theme : {"light", "dark"}, optional
        By default that which fits the ground.

    Returns
    -------
    matplotlib Axes
        Those drawn on.
    """
    axes: Axes = ComparisonDisplay.from_studies(studies, clock=clock, ax=ax, theme=theme).ax_
    return axes


def plot_regret(
    study: Study,
    *,
    optimum: float | None = None,
    ax: Axes | None = None,
    theme: ThemeName | Theme | None = None,
) -> Axes:
    """Draw the regret over trials, and return the axes; see ``RegretDisplay``.

    Parameters
    ----------
    study : Study
        The study; it may be empty.
    optimum : float, optional
        The best score there is; if left out, the study's own.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if left out.
    theme : {"light", "dark"}, optional
        By default that which fits the ground.

    Returns
    -------
    matplotlib Axes
        Those drawn on.
    """
    axes: Axes = RegretDisplay.from_study(study, optimum=optimum, ax=ax, theme=theme).ax_
    return axes
