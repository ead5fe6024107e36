"""All configurations as lines across the parameters, coloured by score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import define
from numpy.typing import NDArray

from autotune.report.pictures.axes import decorate, escape, legend_of, score_limits, shorten
from autotune.report.pictures.display import StudyDisplay
from autotune.report.pictures.theme import Theme, ThemeName
from autotune.space import Boolean, Dimension, Float, Integer, Sequence
from autotune.study import Study
from autotune.study.formatting import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Coordinate", "ParallelCoordinatesDisplay"]

Array = NDArray[np.float64]

# More lines than this only hide each other.
_MOST_LINES = 1500
_MOST_LABELS = 6


@define(eq=False)
class Coordinate:
    """One of the upright axes.

    Parameters
    ----------
    name : str
        What it is of.
    places : ndarray, shape (n,)
        Where each line crosses it, from 0 to 1; NaN where the parameter is inactive.
    ticks : list of (float, str)
        What is written where.
    """

    name: str
    places: Array
    ticks: list[tuple[float, str]]


@define(eq=False)
class ParallelCoordinatesDisplay(StudyDisplay):
    """A line for each trial across its parameters, its score the last.

    Parameters
    ----------
    coordinates : tuple of Coordinate
        The axes, that of the score the last.
    scores : ndarray, shape (n,)
        Of the lines.
    sign : float
        +1 if larger scores are better.
    incumbent : int, optional
        The place of the incumbent's line.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> [axis.name for axis in ParallelCoordinatesDisplay.from_study(found.study).coordinates]
    ['x', 'score']
    """

    coordinates: tuple[Coordinate, ...]
    scores: Array
    sign: float
    incumbent: int | None

    @classmethod
    def from_study(
        cls,
        study: Study,
        *,
        parameters: tuple[str, ...] | None = None,
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
    ) -> Self:
        """Plot the trials of a study that have a score.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        parameters : tuple of str, optional
            Which, in which order; those that are searched if left out.
        ax, theme : optional
            As for ``Display.plot``.
        """
        names = () if study.space is None else study.space.searched
        chosen = names if parameters is None else tuple(parameters)
        scores = study.outcomes().score
        rows = np.flatnonzero(study.outcomes().usable)
        # Those tried last are kept, and the best of the others.
        if len(rows) > _MOST_LINES:
            best = rows[np.argsort(-study.sign * scores[rows], kind="stable")]
            kept = np.concatenate([best[: _MOST_LINES // 2], rows[-_MOST_LINES // 2 :]])
            rows = np.unique(kept)
        coordinates = [
            _coordinate(study, name, study.proposals[f"param_{name}"][rows]) for name in chosen
        ]
        incumbent = None
        if study.incumbent is not None and study.incumbent - 1 in rows:
            incumbent = int(np.flatnonzero(rows == study.incumbent - 1)[0])
        if len(rows) > 0:
            coordinates.append(_score_coordinate(study.begun.metric, scores[rows], study.sign))
        return cls(tuple(coordinates), scores[rows], study.sign, incumbent).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return min(max(1.6 * len(self.coordinates), 6.0), 16.0), 4.6

    def _missing(self) -> str | None:
        if len(self.scores) == 0:
            return "no trial has a score yet"
        return "no parameter is searched" if len(self.coordinates) < 2 else None

    def _plot(self, ax: Any, theme: Theme) -> None:
        import matplotlib as mpl
        from matplotlib.collections import LineCollection

        places = np.array([axis.places for axis in self.coordinates]).T
        n, k = places.shape
        goodness = self.coordinates[-1].places
        if self.sign < 0:
            goodness = 1.0 - goodness
        goodness = np.nan_to_num(goodness, nan=0.5)
        # Inactive parameters are crossed below the axis.
        shown = np.where(np.isnan(places), -0.12, places)
        order = np.argsort(goodness, kind="stable")  # the best on top
        colours = mpl.colormaps[theme.lines](goodness[order])
        # The more lines there are, the fainter each.
        colours[:, 3] = (0.25 + 0.6 * goodness[order] ** 2) * min(1.0, math.sqrt(200 / n))
        lines = [np.column_stack([np.arange(k), shown[i]]) for i in order]
        ax.add_collection(
            LineCollection(
                lines,
                colors=colours,
                linewidths=1.0 if n > 200 else 1.3,
                rasterized=n > 200,
            )
        )
        if self.incumbent is not None:
            ax.plot(
                np.arange(k),
                shown[self.incumbent],
                color=theme.failed if theme.lines == "cividis_r" else theme.text,
                linewidth=2.4,
                marker="o",
                markersize=5,
                label="incumbent",
                zorder=4,
            )
        inactive = bool(np.isnan(places).any())
        for j, axis in enumerate(self.coordinates):
            ax.plot([j, j], [0, 1], color=theme.text, linewidth=1.0, zorder=3)
            last = j == k - 1
            for place, text in axis.ticks:
                ax.annotate(
                    escape(text) if not text.startswith("\\") else text,
                    (j, place),
                    xytext=(5 if not last else 6, 0),
                    textcoords="offset points",
                    va="center",
                    ha="left",
                    fontsize=8,
                    color=theme.text,
                    bbox={"facecolor": theme.ground, "edgecolor": "none", "alpha": 0.7, "pad": 0.8},
                    zorder=5,
                )
            if np.isnan(axis.places).any():
                ax.annotate(
                    "inactive",
                    (j, -0.12),
                    xytext=(5, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8,
                    color=theme.faint,
                )
        ax.set_xlim(-0.15, k - 1 + 0.5)
        ax.set_ylim(-0.18 if inactive else -0.06, 1.06)
        decorate(ax, theme, grid="none")
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.set_yticks([])
        long = max(len(axis.name) for axis in self.coordinates) > 12
        ax.set_xticks(
            range(k),
            [shorten(axis.name, 20) for axis in self.coordinates],
            rotation=20 if long else 0,
            ha="right" if long else "center",
        )
        ax.tick_params(axis="x", length=0, labelsize=9.5)
        if self.incumbent is not None:
            legend_of(ax, theme, loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _coordinate(study: Study, name: str, column: Array) -> Coordinate:
    dimension = study.known_space[name]
    if isinstance(dimension, Sequence):
        length = np.sum(~np.isnan(column), axis=1)
        total = np.nansum(column, axis=1)
        # Lists are ordered by their length, then by the sum of their elements.
        keys = np.where(length > 0, np.column_stack([length, total]).view(np.float64).T, np.nan).T
        known = ~np.isnan(keys).any(axis=1)
        unique, place = np.unique(keys[known], axis=0, return_inverse=True)
        out = np.full(len(column), np.nan)
        out[known] = place.ravel()
        labels: list[str] = []
        for i in range(len(unique)):
            row = column[known][np.flatnonzero(place.ravel() == i)[0]]
            labels.append(format_value(dimension.decode(row)))
        return _of_options(name, out, labels)
    if isinstance(dimension, Float | Integer):
        return _of_numbers(name, dimension, column)
    options = (False, True) if isinstance(dimension, Boolean) else getattr(dimension, "options", ())
    return _of_options(name, np.array(column), [format_value(option) for option in options])


def _of_options(name: str, places: Array, labels: list[str]) -> Coordinate:
    top = max(len(labels) - 1, 1)
    every = -(-len(labels) // _MOST_LABELS)
    ticks = [(i / top, shorten(labels[i], 14)) for i in range(0, len(labels), max(every, 1))]
    return Coordinate(name, places / top if len(labels) > 1 else places + 0.5, ticks)


def _of_numbers(name: str, dimension: Dimension, column: Array) -> Coordinate:
    known = column[~np.isnan(column)]
    assert isinstance(dimension, Float | Integer)
    if len(known) == 0:
        return Coordinate(name, np.full(len(column), np.nan), [])
    low, high = float(known.min()), float(known.max())
    log = low > 0 and (dimension.log or (not dimension.bounded and high > 20 * low))
    with np.errstate(invalid="ignore"):
        scaled = np.log10(column) if log else column
    bottom, top = (math.log10(low), math.log10(high)) if log else (low, high)
    if not top > bottom:
        return Coordinate(name, np.where(np.isnan(column), np.nan, 0.5), [(0.5, _number(low))])
    places = (scaled - bottom) / (top - bottom)
    ticks = [(0.0, _number(low)), (1.0, _number(high))]
    if log:
        powers = range(math.ceil(bottom), math.floor(top) + 1)
        every = -(-len(powers) // 4) if len(powers) > 0 else 1
        between = [((p - bottom) / (top - bottom), _number(10.0**p)) for p in powers[::every]]
    else:
        from matplotlib.ticker import MaxNLocator

        locator = MaxNLocator(4, integer=isinstance(dimension, Integer))
        values = [v for v in locator.tick_values(low, high) if low < v < high]
        between = [((v - bottom) / (top - bottom), _number(v)) for v in values]
    return Coordinate(name, places, ticks + [t for t in between if 0.1 < t[0] < 0.9])


def _number(value: float) -> str:
    return format_value(float(value), 3)


def _score_coordinate(metric: str, scores: Array, sign: float) -> Coordinate:
    low, high = score_limits(scores, sign)
    if not high > low:
        return Coordinate(metric, np.full(len(scores), 0.5), [(0.5, _number(low))])
    places = np.clip((scores - low) / (high - low), 0.0, 1.0)
    from matplotlib.ticker import MaxNLocator

    values = [v for v in MaxNLocator(4).tick_values(low, high) if low < v < high]
    between = [((v - low) / (high - low), _number(v)) for v in values]
    ends = [(0.0, _number(low)), (1.0, _number(high))]
    return Coordinate(metric, places, ends + [t for t in between if 0.08 < t[0] < 0.92])
