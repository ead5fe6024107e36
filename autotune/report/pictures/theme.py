"""Themes: colours on light and dark ground that colour-blind people tell apart."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from attrs import frozen

from autotune.errors import MissingExtraError, StudyError

__all__ = ["DARK", "LIGHT", "Theme", "ThemeName", "on_ground", "picture_axes", "theme_of"]

ThemeName: TypeAlias = Literal["light", "dark"]


@frozen
class Theme:
    """The colours of a picture.

    Parameters
    ----------
    ground, text, faint, grid : str
        Of the paper, of words, of what stands back, of grid lines.
    score, seconds : str
        Of the two things that are measured.
    accepted, rejected, failed : str
        Of what became of trials.
    series : tuple of str
        Of several things beside each other, of Okabe and Ito's palette.
    shades : str
        The name of matplotlib's colour map for what has an order.
    lines : str
        That for lines, the best of which are to stand out from the ground.
    """

    ground: str
    text: str
    faint: str
    grid: str
    score: str
    seconds: str
    accepted: str
    rejected: str
    failed: str
    series: tuple[str, ...]
    shades: str = "cividis"
    lines: str = "cividis"


LIGHT = Theme(
    ground="#FFFFFF",
    text="#1A1A1A",
    faint="#8A8A8A",
    grid="#E2E2E2",
    score="#D55E00",
    seconds="#0072B2",
    accepted="#0072B2",
    rejected="#8A8A8A",
    failed="#D55E00",
    series=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"),
    lines="cividis_r",
)
"""Dark on white."""

DARK = Theme(
    ground="#16181D",
    text="#ECECEC",
    faint="#8F949E",
    grid="#343841",
    score="#E69F00",
    seconds="#56B4E9",
    accepted="#56B4E9",
    rejected="#8F949E",
    failed="#F0793A",
    series=("#56B4E9", "#E69F00", "#2FC79A", "#E59AC4", "#F0E442", "#F0793A", "#ECECEC"),
)
"""Light on nearly black; the darkest of the palette are lightened."""

_THEMES = {"light": LIGHT, "dark": DARK}
_MISSING = 'pictures need matplotlib; install it with: pip install "autotune-search[plot]"'


def theme_of(name: ThemeName | Theme | None, ax: Any = None) -> Theme:
    """Return a theme by name; without one, that which fits the ground of the axes or of new ones.

    Raises
    ------
    StudyError
        If there is none of that name.
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.colors import to_rgba
    except ImportError as error:
        raise MissingExtraError(_MISSING) from error
    if isinstance(name, Theme):
        return name
    if name is not None:
        if name not in _THEMES:
            raise StudyError(f"theme = {name!r} must be 'light' or 'dark'")
        return _THEMES[name]
    ground = mpl.rcParams["figure.facecolor"]
    if ax is not None:
        ground = ax.get_facecolor()
        if to_rgba(ground)[3] < 0.5:
            ground = ax.figure.get_facecolor()
    red, green, blue, opacity = to_rgba(ground)
    bright = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return LIGHT if opacity < 0.5 or bright > 0.5 else DARK


def on_ground(figure: Any, theme: Theme) -> None:
    """Give a figure and its axes the ground of a theme."""
    figure.set_facecolor(theme.ground)
    for ax in figure.axes:
        ax.set_facecolor(theme.ground)


def picture_axes(
    ax: Any, theme: ThemeName | Theme | None, size: tuple[float, float]
) -> tuple[Any, Theme]:
    """Return axes to draw on, new ones of so many inches where none are given, and their theme.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    chosen = theme_of(theme, ax)
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=size, layout="constrained").subplots()
        on_ground(ax.figure, chosen)
    elif theme is not None:
        ax.set_facecolor(chosen.ground)
    return ax, chosen
