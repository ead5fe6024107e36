"""Display: what all pictures share, in the manner of scikit-learn's displays."""

from __future__ import annotations

import io
import math
from os import PathLike
from typing import TYPE_CHECKING, Any

from attrs import define, field

from autotune.replay import state_at
from autotune.study.formatting import clean

if TYPE_CHECKING:
    from typing import Self

    from autotune.replay.reading import LogLike

__all__ = [
    "Display",
    "StudyDisplay",
    "decorate",
    "dots",
    "escape",
    "legend_of",
    "log_axis",
    "nothing",
    "percent_axis",
    "shorten",
    "whole_axis",
]


@define(eq=False)
class Display:
    """A picture that can be drawn again elsewhere.

    Parameters
    ----------
    ax_ : matplotlib Axes
        What it was drawn on last.
    figure_ : matplotlib Figure
        That of the axes.
    """

    ax_: Any = field(init=False, default=None, repr=False)
    figure_: Any = field(init=False, default=None, repr=False)

    def _drawn(self, ax: Any) -> None:
        self.ax_, self.figure_ = ax, ax.figure

    def save(self, path: str | PathLike[str], *, dpi: float = 150) -> None:
        """Save the picture; the ending of the path says as what (png, svg, pdf)."""
        self.figure_.savefig(path, dpi=dpi)

    def _repr_png_(self) -> bytes | None:
        """Show the picture in a notebook."""
        if self.figure_ is None:
            return None
        out = io.BytesIO()
        self.figure_.savefig(out, format="png", dpi=110)
        return out.getvalue()


@define(eq=False)
class StudyDisplay(Display):
    """A picture of one study, also drawn from its log."""

    @classmethod
    def from_log(cls, log: LogLike, *args: Any, **options: Any) -> Self:
        """Draw the study of a log.

        Parameters
        ----------
        log : path or Log
            The log.
        *args, **options
            Those of ``from_study`` after the study.
        """
        draw: Any = cls.from_study  # type: ignore[attr-defined]
        drawn: Self = draw(state_at(log), *args, **options)
        return drawn


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
    told = clean(text)
    if len(told) > most:
        head = (most - 1) // 2
        told = f"{told[:head]}…{told[-(most - 1 - head) :]}"
    return told.replace("$", r"\$")


def decorate(
    ax: Any,
    theme: Any,
    *,
    title: str = "",
    x: str = "",
    y: str = "",
    grid: str = "both",
) -> None:
    """Give axes their words and the theme's colours."""
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


def legend_of(ax: Any, theme: Any, **where: Any) -> Any:
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


def nothing(ax: Any, theme: Any, words: str) -> None:
    """Say on the axes why there is nothing to see."""
    import textwrap

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


def dots(n: int) -> dict[str, Any]:
    """Return how to draw so many dots that none of them is lost and all of them leave room."""
    if n <= 400:
        return {"s": 26, "zorder": 3}
    if n <= 5000:
        return {"s": 6, "rasterized": True, "zorder": 3}
    return {"s": 2, "alpha": 0.3, "linewidths": 0.4, "rasterized": True, "zorder": 3}


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
