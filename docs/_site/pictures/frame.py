"""How pictures look: legible on light and dark pages, and to colour-blind people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import matplotlib as mpl
from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "MAP",
    "ORANGE",
    "PURPLE",
    "SKY",
    "Picture",
    "plotted",
    "set_axes",
]

# Of Okabe and Ito's palette.
ORANGE, BLUE, GREEN, PURPLE, SKY = "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9"
GREY = "#8a8a8a"
MAP = "cividis"

Plotting: TypeAlias = Callable[[Any, Axes], None]

_STYLE = {
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": GREY,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "font.size": 9,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.labelcolor": GREY,
    "savefig.transparent": True,
    "svg.hashsalt": "autotune",
    "text.color": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}


@frozen
class Picture:
    """A picture of a component.

    Parameters
    ----------
    component : object
        One of it, with the settings that the caption names.
    plot : callable
        ``plot(component, ax)``.
    words : str
        What is to be seen.
    """

    component: Any
    plot: Plotting
    words: str


def plotted(picture: Picture) -> Figure:
    """Return a picture as a figure."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.2, 2.9), layout="constrained")
        picture.plot(picture.component, figure.subplots())
        return figure


def save(picture: Picture, path: Any) -> None:
    """Draw a picture into an SVG file."""
    with mpl.rc_context(_STYLE):
        plotted(picture).savefig(path, format="svg", metadata={"Date": None})


def set_axes(ax: Axes, *, beside: bool = False, **settings: Any) -> None:
    """Set titles, labels and limits; show a legend, inside or beside, if there are labels."""
    ax.set(**settings)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**({"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)} if beside else {}))
