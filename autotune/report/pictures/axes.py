"""Axes: their labels, limits, scales and legends, in the colours of a theme."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.report.pictures.theme import Theme
from autotune.study.formatting import clean

__all__ = [
    "decorate",
    "dots",
    "escape",
    "explain_empty",
    "legend_of",
    "log_axis",
    "padded",
    "percent_axis",
    "plot_bars",
    "score_limits",
    "shorten",
    "time_label",
    "time_unit",
    "whole_axis",
]

Array = NDArray[np.float64]

# Beyond so many interquartile ranges under the quartile a score is shown at the edge.
_FAR = 3.0
_UNITS = ((1.0, "seconds"), (60.0, "minutes"), (3600.0, "hours"), (86400.0, "days"))
_CLOCKS = {
    "trials": "judged trials",
    "elapsed": "time since the beginning",
    "busy": "time of fitting and scoring",
}


def escape(text: object) -> str:
    """Return text that matplotlib draws as it is, however hostile."""
    return clean(text).replace("$", r"\$")


def shorten(text: object, most: int = 24) -> str:
    """Return text of so many characters at most, without its middle where it is longer.

    Examples
    --------
    >>> shorten("histgradientboostingclassifier__learning_rate", 20)
    'histgradi…rning_rate'
    """
    short = clean(text)
    if len(short) > most:
        head = (most - 1) // 2
        short = f"{short[:head]}…{short[-(most - 1 - head) :]}"
    return short.replace("$", r"\$")


def decorate(
    ax: Any,
    theme: Theme,
    *,
    title: str = "",
    x: str = "",
    y: str = "",
    grid: str = "both",
) -> None:
    """Give axes their labels and the theme's colours."""
    if title:
        ax.set_title(title, color=theme.text, fontsize=11, loc="left")
    ax.set_xlabel(x, color=theme.text)
    ax.set_ylabel(y, color=theme.text)
    ax.tick_params(colors=theme.text, which="both", labelsize=9)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(theme.faint)
    ax.set_axisbelow(True)
    if grid != "none":
        ax.grid(axis=grid, color=theme.grid, linewidth=0.8)
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_offset_text().set_color(theme.text)


def legend_of(ax: Any, theme: Theme, **where: Any) -> Any:
    """Add a legend in the theme's colours, where there is something to tell apart."""
    handles, labels = ax.get_legend_handles_labels()
    if len(labels) == 0:
        return None
    style: dict[str, Any] = {"fontsize": 9, "frameon": True, "framealpha": 0.85}
    legend = ax.legend(handles, labels, **{**style, **where})
    legend.get_frame().set_facecolor(theme.ground)
    legend.get_frame().set_edgecolor(theme.grid)
    for text in legend.get_texts():
        text.set_color(theme.text)
    for handle in legend.legend_handles:
        if hasattr(handle, "set_sizes"):  # dots may be too small to show their look
            handle.set_sizes([26])
            handle.set_alpha(1.0)
    return legend


def explain_empty(ax: Any, theme: Theme, words: str) -> None:
    """Say on the axes why there is nothing to see."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.text(
        0.5,
        0.5,
        "\n".join(textwrap.wrap(escape(words), 48)),
        transform=ax.transAxes,
        ha="center",
        va="center",
        color=theme.faint,
        fontsize=10,
    )


def score_limits(scores: Array, sign: float, *, far: float = _FAR) -> tuple[float, float]:
    """Return between which scores to look: all of them, but for those far worse than most.

    Examples
    --------
    >>> score_limits(np.array([0.1, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95]), 1.0)
    (0.9, 0.95)
    """
    known = scores[np.isfinite(scores)]
    if len(known) == 0:
        return float("nan"), float("nan")
    gained = np.sort(sign * known)
    first, third = np.quantile(gained, [0.25, 0.75])
    # As far as the best is above, so that one great step doesn't push the others out.
    reach = far * max(float(third - first), float(gained[-1] - third))
    kept = gained[gained >= first - reach]
    ends = sign * float(kept[0]), sign * float(gained[-1])
    return min(ends), max(ends)


def padded(low: float, high: float, share: float) -> tuple[float, float]:
    """Return limits with a margin of so large a share of what lies between them.

    Examples
    --------
    >>> padded(0.0, 10.0, 0.1)
    (-1.0, 11.0)
    """
    margin = share * (high - low) or 0.05 * abs(high) or 0.5
    return low - margin, high + margin


def log_axis(ax: Any, which: str, low: float, high: float) -> None:
    """Make an axis logarithmic, with plain numbers where these are not long."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    getattr(ax, f"set_{which}scale")("log")
    axis = getattr(ax, f"{which}axis")
    if not 0 < low < high or not math.isfinite(high):
        return
    decades = math.log10(high / low)
    if decades < 3:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
        axis.set_minor_formatter(NullFormatter())
    if low >= 1e-3 and high < 1e5:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def whole_axis(ax: Any) -> None:
    """Write whole numbers across, as is apt for trials."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))


def percent_axis(axis: Any, top: float) -> None:
    """Write shares on an axis as whole percents, or with a decimal where all are small."""
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    decimals = 0 if top > 0.1 else 1 if top > 0.01 else 2
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(PercentFormatter(1.0, decimals=decimals, symbol=" %"))


def time_unit(seconds: float) -> tuple[float, str]:
    """Return the unit in which so many seconds are best written.

    Examples
    --------
    >>> time_unit(90.0), time_unit(1200.0)
    ((1.0, 'seconds'), (60.0, 'minutes'))
    """
    return next(
        (unit for unit in reversed(_UNITS) if seconds >= 2.5 * unit[0]),
        (1e-3, "milliseconds") if 0 < seconds < 0.1 else _UNITS[0],
    )


def time_label(clock: str, end: float) -> tuple[float, str]:
    """Return the unit for times up to an end, and what to write along their axis.

    Examples
    --------
    >>> time_label("busy", 1200.0), time_label("trials", 50)
    ((60.0, 'time of fitting and scoring (minutes)'), (1.0, 'judged trials'))
    """
    if clock == "trials":
        return 1.0, _CLOCKS[clock]
    unit, name = time_unit(end)
    return unit, f"{_CLOCKS[clock]} ({name})"


def dots(n: int) -> dict[str, Any]:
    """Return how to draw so many dots that none of them is lost and all of them leave room."""
    if n <= 400:
        return {"s": 26, "zorder": 3}
    if n <= 5000:
        return {"s": 6, "rasterized": True, "zorder": 3}
    return {"s": 2, "alpha": 0.3, "linewidths": 0.4, "rasterized": True, "zorder": 3}


def plot_bars(
    ax: Any,
    theme: Theme,
    length: Array,
    low: Array,
    high: Array,
    known: NDArray[np.bool_],
    notes: list[str],
    names: list[str],
) -> Array:
    """Plot the intervals, notes and names of bars that lie below each other, the first on top.

    Parameters
    ----------
    ax, theme
        Where to, and in which colours.
    length, low, high : ndarray
        Of the bars, and their intervals.
    known : ndarray of bool
        Whether there is an interval.
    notes, names : list of str
        The text behind each bar, and before it.

    Returns
    -------
    ndarray
        Where each bar ends, or its interval.
    """
    at = np.arange(len(length))
    if known.any():
        ax.errorbar(
            length[known],
            at[known],
            xerr=[np.maximum(length - low, 0)[known], np.maximum(high - length, 0)[known]],
            fmt="none",
            ecolor=theme.text,
            elinewidth=1.2,
            capsize=3,
        )
    end = np.where(known, np.maximum(high, length), length)
    style = {"textcoords": "offset points", "va": "center", "fontsize": 8.5, "color": theme.text}
    for y, x, note in zip(at, end, notes, strict=True):
        ax.annotate(note, (x, y), xytext=(6, 0), **style)
    ax.set_ylim(len(at) - 0.45, -0.55)
    ax.set_yticks(at, names)
    ax.tick_params(axis="y", length=0, labelsize=10)
    return end
