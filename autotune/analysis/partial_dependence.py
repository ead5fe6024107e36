"""How what is anticipated depends on one or two parameters, the others averaged or held."""

from __future__ import annotations

import math
from collections.abc import Sequence as SequenceOf
from typing import Any, Literal

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.background import Background, Over, background, start_column
from autotune.analysis.intervals import check_level, normal_quantile
from autotune.analysis.surrogate import Surrogate, joined, surrogate
from autotune.analysis.target import Target, usable_trials
from autotune.errors import StudyError
from autotune.space import Dimension, Float, Integer, Sequence
from autotune.strategy import Anticipator
from autotune.study import Study

__all__ = ["Axis", "PartialDependence", "axis_of", "incumbent_row", "partial_dependence"]

Array = NDArray[np.float64]

# Lists of values that are shown apart, the most often tried ones.
_MOST_SEQUENCES = 12


@frozen(eq=False)
class Axis:
    """The values of a parameter at which something is looked at.

    Parameters
    ----------
    parameter : str
        Its name.
    values : tuple
        The values, as a configuration has them.
    coordinates : ndarray
        Their coordinates, (n,), or two-dimensional for sequences.
    numeric : bool
        Whether they are numbers to be drawn to scale; else they are choices or lists.
    log : bool
        Whether the scale is logarithmic.
    """

    parameter: str
    values: tuple[Any, ...]
    coordinates: Array = field(repr=False)
    numeric: bool
    log: bool

    def __len__(self) -> int:
        return len(self.values)

    @property
    def places(self) -> Array:
        """Where to draw them: the numbers themselves, else their numbers from 0."""
        return self.coordinates if self.numeric else np.arange(len(self), dtype=np.float64)


@frozen(eq=False)
class PartialDependence:
    """The anticipated score or seconds along one parameter, or over a grid of two.

    Parameters
    ----------
    target : {"score", "seconds", "success"}
        What is anticipated.
    around : {"average", "incumbent"}
        Whether the other parameters are averaged over, or are those of the incumbent.
    level : float
        Of the band.
    axes : tuple of Axis
        One or two.
    mean, sd, low, high : ndarray, shape (n,) or (n, m)
        What is anticipated, as the user's scorer counts it or in seconds, its standard deviation
        and band.
    trials : ndarray of int64
        The usable trials in which the parameters were active.
    """

    target: str
    around: str
    level: float
    axes: tuple[Axis, ...]
    mean: Array = field(repr=False)
    sd: Array = field(repr=False)
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    trials: NDArray[np.int64] = field(repr=False)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names."""
        return tuple(axis.parameter for axis in self.axes)

    def to_table(self) -> dict[str, NDArray[Any]]:
        """Return a row for each point: the parameters' values, mean, sd, low and high."""
        index = np.indices(self.mean.shape).reshape(len(self.axes), -1)
        table: dict[str, NDArray[Any]] = {}
        for axis, places in zip(self.axes, index, strict=True):
            column = np.empty(len(places), dtype=object)
            column[:] = [axis.values[i] for i in places]
            table[axis.parameter] = column
        for name in ("mean", "sd", "low", "high"):
            table[name] = getattr(self, name).ravel()
        return table


def axis_of(study: Study, parameter: str, n: int = 25, *, whole: bool = False) -> Axis:
    """Return values of a parameter that lie well for a picture.

    Numbers are spread evenly on the natural scale between the smallest and largest tried (or over
    the whole range, if it is bounded); of choices there are all, of sequences those tried most
    often, in order of their length.

    Raises
    ------
    StudyError
        If the space has no such parameter that is searched, or there are fewer than two points.
    """
    space = study.known_space
    if parameter not in space.searched:
        raise StudyError(
            f"parameter = {parameter!r} is not one that is searched; choose one of "
            f"{', '.join(space.searched) or '(none)'}"
        )
    if n < 2:
        raise StudyError(f"n = {n!r} points are too few for an axis; 2 at least")
    dimension = space[parameter]
    column = study.proposals[f"param_{parameter}"][usable_trials(study) - 1]
    if isinstance(dimension, Sequence):
        coordinates = _common_sequences(column)
        if len(coordinates) == 0:
            coordinates = np.array([dimension.encode(space.start_values[parameter])])
        values = tuple(dimension.decode(row) for row in coordinates)
        return Axis(parameter, values, coordinates, numeric=False, log=False)
    if isinstance(dimension, Float | Integer):
        coordinates = _spread(dimension, column[~np.isnan(column)], n, whole=whole)
        if len(coordinates) == 0:
            coordinates = np.array([dimension.encode(space.start_values[parameter])])
        values = tuple(dimension.decode(c) for c in coordinates)
        return Axis(parameter, values, coordinates, numeric=True, log=_log(dimension, coordinates))
    options = _options(dimension)
    coordinates = np.arange(len(options), dtype=np.float64)
    return Axis(parameter, options, coordinates, numeric=False, log=False)


def _options(dimension: Dimension) -> tuple[Any, ...]:
    return getattr(dimension, "options", (False, True))


def _log(dimension: Float | Integer, coordinates: Array) -> bool:
    """Tell whether numbers are best drawn on a logarithmic scale."""
    if len(coordinates) == 0 or not coordinates.min() > 0:
        return False
    return dimension.log or (
        not dimension.bounded and bool(coordinates.max() > 20 * coordinates.min())
    )


def _spread(dimension: Float | Integer, tried: Array, n: int, *, whole: bool) -> Array:
    if whole and dimension.bounded:
        low, high = float(dimension.low or 0), float(dimension.high or 0)
    elif len(tried) > 0:
        low, high = float(tried.min()), float(tried.max())
    else:
        return np.zeros(0)
    if dimension.two_way:
        a, b = dimension.scaled(np.array([low, high]))
        return np.unique(dimension.unscaled(np.linspace(a, b, n)))
    if low > 0 or high < 0:
        sign = math.copysign(1.0, low)
        size = np.geomspace(abs(low), abs(high), n)
        return np.unique(dimension.settle(sign * size))
    return np.unique(dimension.settle(np.linspace(low, high, n)))


def _common_sequences(column: Array) -> Array:
    if len(column) == 0:
        return column
    filled = np.nan_to_num(column, nan=-np.inf)
    unique, counts = np.unique(filled, axis=0, return_counts=True)
    kept = unique[np.argsort(-counts, kind="stable")[:_MOST_SEQUENCES]]
    rows = np.where(np.isneginf(kept), np.nan, kept)
    rows = rows[np.any(~np.isnan(rows), axis=1)]
    length = np.sum(~np.isnan(rows), axis=1)
    return np.asarray(rows[np.lexsort((np.nansum(rows, axis=1), length))])


def partial_dependence(
    study: Study,
    parameters: str | SequenceOf[str],
    anticipator: Anticipator | None = None,
    *,
    target: Target = "score",
    around: Literal["average", "incumbent"] = "average",
    over: Over = "trials",
    n: int | None = None,
    n_samples: int = 128,
    level: float = 0.95,
    seed: int = 0,
) -> PartialDependence:
    r"""Return what is anticipated along one parameter, or over a grid of two.

    .. math:: \hat f_S(x_S) = \frac1m \sum_i \hat f(x_S, x_{C,i})

    with the other parameters :math:`x_C` drawn from what was tried, or, around the incumbent,
    those of the incumbent.

    Parameters
    ----------
    study : Study
        The study.
    parameters : str or two of them
        What to vary.
    anticipator : Anticipator, optional
        What stands for the objective; the default one if left out.
    target : {"score", "seconds", "success"}
        What is anticipated.
    around : {"average", "incumbent"}
        What the other parameters are.
    over : {"trials", "space"}
        What they are averaged over.
    n : int, optional
        Points along each axis of numbers; 25, or 15 on a grid.
    n_samples : int
        Candidates that are averaged over.
    level : float
        Of the band.
    seed : int
        Of the draws.

    Returns
    -------
    PartialDependence
        With the band of what the anticipator is sure of.

    Raises
    ------
    StudyError
        If fewer than two trials can be learnt from, or an argument makes no sense.

    Notes
    -----
    The variance of an average is taken for the average of the variances, which it never exceeds:
    the band is a little too wide rather than too narrow.

    References
    ----------
    Friedman (2001), "Greedy function approximation: a gradient boosting machine", Annals of
    Statistics 29, pp. 1189-1232, section 8.2; Moosbauer et al. (2021), "Explaining hyperparameter
    optimization via partial dependence plots", NeurIPS, for its uncertainty.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=30, seed=1)
    >>> curve = partial_dependence(result.study, "x")
    >>> round(curve.axes[0].values[int(curve.mean.argmax())], 0)
    3.0
    """
    check_level(level)
    names = (parameters,) if isinstance(parameters, str) else tuple(parameters)
    if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
        raise StudyError(f"parameters = {parameters!r} must be one parameter or two different ones")
    if around not in ("average", "incumbent"):
        raise StudyError(f"around = {around!r} must be 'average' or 'incumbent'")
    model = surrogate(study, anticipator, target=target, seed=seed)
    points = n if n is not None else (25 if len(names) == 1 else 15)
    axes = tuple(axis_of(study, name, points, whole=around == "incumbent") for name in names)
    if around == "incumbent":
        behind = incumbent_row(study)
    else:
        (behind,) = background(study, n_samples, over=over, seed=seed)
    mean, sd = _averaged(model, behind, axes)
    z = normal_quantile(level)
    floor = -np.inf if target == "score" else 0.0
    trials = usable_trials(study, target)
    active = study.known_space.active(study.coordinates)
    for name in names:
        trials = trials[active[name][trials - 1]]
    return PartialDependence(
        target=target,
        around=around,
        level=level,
        axes=axes,
        mean=mean,
        sd=sd,
        low=np.maximum(mean - z * sd, floor),
        high=mean + z * sd,
        trials=trials,
    )


def incumbent_row(study: Study) -> Background:
    """Return the incumbent alone as a background.

    Raises
    ------
    StudyError
        If there is none.
    """
    if study.incumbent is None:
        raise StudyError("no trial has been accepted yet: there is no incumbent to look around")
    row = {name: c[study.incumbent - 1 : study.incumbent] for name, c in study.coordinates.items()}
    space = study.known_space
    # What is switched off stands ready at its start value.
    columns = {
        name: start_column(space, name, 1) if np.all(np.isnan(column)) else column
        for name, column in row.items()
    }
    return Background(space, columns)


def _averaged(model: Surrogate, behind: Background, axes: tuple[Axis, ...]) -> tuple[Array, Array]:
    shape = tuple(len(axis) for axis in axes)
    m = len(behind)
    blocks = []
    for point in np.ndindex(*shape):
        columns = {
            axis.parameter: np.repeat(axis.coordinates[i : i + 1], m, axis=0)
            for axis, i in zip(axes, point, strict=True)
        }
        blocks.append(behind.with_columns(columns))
    estimate = model.predict(joined(blocks))
    mean = estimate.mean.reshape(*shape, m).mean(axis=-1)
    variance = (estimate.sd**2).reshape(*shape, m).mean(axis=-1)
    return np.asarray(mean), np.asarray(np.sqrt(variance))
