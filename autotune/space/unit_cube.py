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

__all__ = ["cube_size", "from_unit_cube"]

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
            return np.asarray(dimension.settle(low + _pick(u, int(high - low) + 1)))
        case Float() | Integer():
            if dimension.bounded:
                return np.asarray(dimension.settle(dimension._from_unit(u)))
            return _unbounded(dimension, start, u)


def _unbounded(dimension: Float | Integer, start: float, u: Array) -> Array:
    if dimension.two_way:
        return _around(dimension, start, u)
    low = -LARGEST if dimension.low is None else float(dimension.low)
    high = LARGEST if dimension.high is None else float(dimension.high)
    whole = isinstance(dimension, Integer)
    factor = FACTOR[type(dimension).__name__]
    if start == 0:
        far = AROUND_ZERO[type(dimension).__name__]
        a, b = max(low, -far), min(high, far)
        return np.asarray(dimension.settle(a * (1 - u) + b * u))
    least = 1.0 if whole else min(abs(start), SMALLEST)
    sign = math.copysign(1.0, start)
    nearest, furthest = (low, high) if start > 0 else (-high, -low)
    most = min(furthest, float(LARGEST_INTEGER) if whole else LARGEST)
    # The bounds of the size; the start value's own lies between them.
    a = max(abs(start) / factor, nearest, least)
    b = min(abs(start) * factor, most)
    size = np.clip(np.exp(math.log(a) + u * (math.log(b) - math.log(a))), a, b)
    if whole:
        size = np.clip(np.rint(size), math.ceil(a), math.floor(b))
    return np.asarray(sign * size)


def _around(dimension: Float | Integer, start: float, u: Array) -> Array:
    """Spread evenly on a scale without both ends, as far from the start as a factor goes there."""
    far = math.log(FACTOR[type(dimension).__name__])
    middle = float(dimension.scaled(np.asarray(start)))
    a, b = middle - far, middle + far
    if dimension.low is not None:
        a = max(a, float(dimension.scaled(np.asarray(dimension.low))))
    if dimension.high is not None:
        b = min(b, float(dimension.scaled(np.asarray(dimension.high))))
    return dimension.unscaled(a * (1 - u) + b * u)
