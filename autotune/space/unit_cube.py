"""Points of the unit cube as configurations, for designs such as Sobol's and Latin hypercubes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from autotune.errors import SpaceError
from autotune.space.dimensions import (
    LARGEST,
    LARGEST_INTEGER,
    SMALLEST,
    Boolean,
    Categorical,
    Fixed,
    Float,
    Integer,
    Ordinal,
    ScalarDimension,
    Sequence,
)
from autotune.space.space import Coordinates, Space

__all__ = ["axes_of", "cube_size", "from_unit_cube", "to_unit_cube"]

Array = NDArray[np.float64]

# How far from its start value a number without both bounds may lie, and around a start value of 0.
# Whole numbers are mostly sizes, and a model a hundred times as large may take days to fit.
FACTOR = {"Float": 100.0, "Integer": 10.0}
AROUND_ZERO = {"Float": 1.0, "Integer": 10.0}
# How much longer than its start value a sequence without a largest length may get.
MORE_ELEMENTS = 2
# A cube must not have as many axes as the longest sequence that somebody allows.
MOST_MORE_ELEMENTS = 32


def cube_size(space: Space) -> int:
    """Return how many numbers from 0 to 1 make one configuration.

    Fixed parameters take none, a sequence one for its length and one for each element that it may
    have, every other parameter one.

    Parameters
    ----------
    space : Space
        The space.

    Examples
    --------
    >>> from autotune.space import Categorical, Float, Space
    >>> cube_size(Space({"C": Float(1e-3, 1e3, log=True), "kernel": Categorical(["rbf", "poly"])}))
    2
    """
    return sum(_size(space, name) for name in space)


def axes_of(space: Space) -> dict[str, int]:
    """Return the first axis of the unit cube that belongs to each parameter that has any."""
    axes: dict[str, int] = {}
    used = 0
    for name in space:
        k = _size(space, name)
        if k > 0:
            axes[name] = used
        used += k
    return axes


def from_unit_cube(space: Space, points: Array) -> Coordinates:
    r"""Return the configurations at points of the unit cube.

    A number between two bounds is spread evenly on its natural scale, so that
    :math:`x = F^{-1}(u)` with *F* the uniform (or log-uniform) distribution function. Of whole
    numbers on a linear scale, of choices and of lengths each has the same share of the axis. A
    number without both bounds lies log-uniformly within a factor of 100 around its start value (10
    for whole numbers), keeping its sign and the bound there is; around 0, within 1 (10). A sequence
    has from ``min_length`` to ``max_length`` elements (at most 32 more than ``min_length`` and its
    start value), without ``max_length`` at most two more than its start value; elements without
    bounds lie around the start value's, further ones around its smallest.

    Parameters
    ----------
    space : Space
        The space.
    points : ndarray, shape (n, cube_size(space))
        Numbers from 0 to 1.

    Returns
    -------
    dict of str to ndarray
        Coordinates, (n,) for each parameter, two-dimensional for sequences; NaN where inactive.
        All are legal, but the constraints are not looked at.

    Raises
    ------
    SpaceError
        If the points have another number of axes, or lie outside the cube.

    Examples
    --------
    >>> from autotune.space import Categorical, Integer, Space
    >>> space = Space({"k": Integer(1, 10), "weights": Categorical(["uniform", "distance"])})
    >>> space.decode(from_unit_cube(space, np.array([[0.49, 0.1], [0.0, 0.9]])))
    [{'k': 5, 'weights': 'uniform'}, {'k': 1, 'weights': 'distance'}]
    """
    u = np.asarray(points, dtype=np.float64)
    size = cube_size(space)
    if u.ndim != 2 or u.shape[1] != size:
        raise SpaceError(
            f"points of shape {u.shape} don't fit the unit cube of the space, which has {size} "
            f"axes; give an array of shape (n, {size})"
        )
    if not np.all((u >= 0) & (u <= 1)):
        raise SpaceError("points of the unit cube must have numbers from 0 to 1 only")
    columns: dict[str, Array] = {}
    used = 0
    for name in space:
        k = _size(space, name)
        columns[name] = _column(space, name, u[:, used : used + k])
        used += k
    return space.mark_inactive(columns)


def _size(space: Space, name: str) -> int:
    dimension = space[name]
    if isinstance(dimension, Fixed):
        return 0
    if isinstance(dimension, Sequence):
        return 1 + _longest(dimension, len(space.start_values[name]))
    return 1


def _longest(dimension: Sequence, start: int) -> int:
    if dimension.max_length is None:
        return start + MORE_ELEMENTS
    return min(dimension.max_length, max(dimension.min_length, start) + MOST_MORE_ELEMENTS)


def _column(space: Space, name: str, u: Array) -> Array:
    dimension = space[name]
    if isinstance(dimension, Fixed):
        return np.zeros(len(u))
    start = dimension.encode(space.start_values[name])
    if not isinstance(dimension, Sequence):
        return _scalar(dimension, float(start), u[:, 0])  # type: ignore[arg-type]
    row = np.array(start, dtype=np.float64)
    longest = u.shape[1] - 1
    while len(row) < longest:
        row = dimension.grown(row)
    lengths = dimension.min_length + _pick(u[:, 0], longest - dimension.min_length + 1)
    column = np.column_stack([_scalar(dimension.of, row[j], u[:, 1 + j]) for j in range(longest)])
    column[np.arange(longest)[None, :] >= lengths[:, None]] = np.nan
    return column


def _pick(u: Array, n: int) -> Array:
    """Return whole numbers from 0 to n - 1, each with the same share of the axis."""
    return np.minimum(np.floor(u * n), n - 1.0)


def _scalar(dimension: ScalarDimension, start: float, u: Array) -> Array:
    match dimension:
        case Boolean():
            return _pick(u, 2)
        case Categorical() | Ordinal():
            return _pick(u, len(dimension.options))
        case Integer() if dimension.bounded and not dimension.log:
            low, high = float(dimension.low or 0), float(dimension.high or 0)
            return np.minimum(low + _pick(u, int(high - low) + 1), high) + 0.0
        case Float() | Integer():
            if dimension.bounded:
                return dimension._within(dimension._from_unit(u))
            return _unbounded(dimension, start, u)


def _unbounded(dimension: Float | Integer, start: float, u: Array) -> Array:
    if dimension.two_way:
        a, b = _around(dimension, start)
        return dimension.unscaled(a * (1 - u) + b * u)
    a, b = _ends(dimension, start)
    if start == 0:
        return np.asarray(dimension.settle(a * (1 - u) + b * u))
    size = np.clip(np.exp(math.log(a) + u * (math.log(b) - math.log(a))), a, b)
    if isinstance(dimension, Integer):
        size = np.clip(np.rint(size), math.ceil(a), math.floor(b))
    return np.asarray(math.copysign(1.0, start) * size)


def _ends(dimension: Float | Integer, start: float) -> tuple[float, float]:
    """Return the least and the largest size, or number around 0, of a number without bounds."""
    low = -LARGEST if dimension.low is None else float(dimension.low)
    high = LARGEST if dimension.high is None else float(dimension.high)
    whole = isinstance(dimension, Integer)
    factor = FACTOR[type(dimension).__name__]
    if start == 0:
        far = AROUND_ZERO[type(dimension).__name__]
        return max(low, -far), min(high, far)
    least = 1.0 if whole else min(abs(start), SMALLEST)
    nearest, furthest = (low, high) if start > 0 else (-high, -low)
    most = min(furthest, float(LARGEST_INTEGER) if whole else LARGEST)
    # The start value's own size lies between them.
    return max(abs(start) / factor, nearest, least), min(abs(start) * factor, most)


def _around(dimension: Float | Integer, start: float) -> tuple[float, float]:
    """Return the ends of a scale without both, as far from the start as a factor goes there."""
    far = math.log(FACTOR[type(dimension).__name__])
    middle = float(dimension.scaled(np.asarray(start)))
    a, b = middle - far, middle + far
    if dimension.low is not None:
        a = max(a, float(dimension.scaled(np.asarray(dimension.low))))
    if dimension.high is not None:
        b = min(b, float(dimension.scaled(np.asarray(dimension.high))))
    return a, b


def to_unit_cube(space: Space, coordinates: Coordinates, rng: np.random.Generator) -> Array:
    """Return points of the unit cube at which configurations lie, evenly among all such points.

    What has a part of an axis (a choice, a whole number, a length) gets a random place in it; what
    is inactive or missing, one on the whole axis. A number outside of what the cube holds comes to
    lie at its end, so that ``from_unit_cube`` gives another configuration there.

    Parameters
    ----------
    space : Space
        The space.
    coordinates : mapping of str to ndarray
        Of n configurations.
    rng : numpy.random.Generator
        Randomness.

    Returns
    -------
    ndarray, shape (n, cube_size(space))
        Numbers from 0 to 1.

    Examples
    --------
    >>> from autotune.space import Categorical, Float, Space
    >>> space = Space({"x": Float(0, 2), "c": Categorical(["a", "b"])})
    >>> columns = space.encode([{"x": 0.5, "c": "b"}])
    >>> points = to_unit_cube(space, columns, np.random.default_rng(0))
    >>> space.decode(from_unit_cube(space, points))
    [{'x': 0.5, 'c': 'b'}]
    """
    n = len(next(iter(coordinates.values())))
    points = rng.random((n, cube_size(space)))
    used = 0
    for name in space:
        k = _size(space, name)
        if k > 0:
            _place(space, name, coordinates[name], points[:, used : used + k])
        used += k
    return points


def _place(space: Space, name: str, column: Array, u: Array) -> None:
    """Bring random numbers of a parameter's axes to where its coordinates lie."""
    dimension = space[name]
    start = np.atleast_1d(dimension.encode(space.start_values[name]))
    if not isinstance(dimension, Sequence):
        u[:, 0] = _scalar_place(dimension, float(start[0]), column, u[:, 0])  # type: ignore[arg-type]
        return
    longest = u.shape[1] - 1
    row = np.array(start, dtype=np.float64)
    while len(row) < longest:
        row = dimension.grown(row)
    lengths = np.count_nonzero(~np.isnan(column), axis=1) - dimension.min_length
    # Inactive ones have no length; it may be any.
    known = ~np.isnan(column).all(axis=1) | (dimension.min_length == 0)
    n = longest - dimension.min_length + 1
    u[:, 0] = np.where(known, np.minimum((lengths + u[:, 0]) / n, 1.0), u[:, 0])
    for j in range(min(longest, column.shape[1])):
        u[:, 1 + j] = _scalar_place(dimension.of, row[j], column[:, j], u[:, 1 + j])


def _scalar_place(dimension: ScalarDimension, start: float, x: Array, u: Array) -> Array:
    known = ~np.isnan(x)
    place = _known_place(dimension, start, x[known], u[known])
    result = u.copy()
    result[known] = np.clip(np.nan_to_num(place), 0.0, 1.0)
    return result


def _known_place(dimension: ScalarDimension, start: float, x: Array, u: Array) -> Array:
    match dimension:
        case Boolean():
            return (x + u) / 2
        case Categorical() | Ordinal():
            return (x + u) / len(dimension.options)
        case Integer(low=int(low), high=int(high), log=False):
            return (x - low + u) / (high - low + 1)
        case Integer():
            # A number owns what is rounded to it.
            ends = [_numeric_place(dimension, start, y) for y in (x - 0.5, x + 0.5)]
            below, above = (np.clip(np.nan_to_num(end), 0.0, 1.0) for end in ends)
            return below + u * (above - below)
        case Float():
            return _numeric_place(dimension, start, x)


def _numeric_place(dimension: Float | Integer, start: float, x: Array) -> Array:
    if dimension.bounded:
        return dimension.scaled(np.clip(x, dimension.low, dimension.high))
    if dimension.two_way:
        a, b = _around(dimension, start)
        return (dimension.scaled(x) - a) / (b - a)
    a, b = _ends(dimension, start)
    if start == 0:
        return (x - a) / (b - a)
    size = np.clip(x * math.copysign(1.0, start), a, b)
    return (np.log(size) - math.log(a)) / (math.log(b) - math.log(a))
