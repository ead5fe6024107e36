"""How far two configurations lie from each other."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    ScalarDimension,
    Sequence,
)
from autotune.space.space import Configuration, Space, pad_rows

__all__ = ["FACTOR", "configuration_distance", "differences", "parameter_distances"]

Array: TypeAlias = NDArray[np.float64]

FACTOR = 100.0
"""A number without both bounds is at distance 1 from one this many times as large."""


def configuration_distance(space: Space, a: Configuration, b: Configuration) -> float:
    r"""Return the mean distance of two configurations over the parameters that are searched.

    .. math:: d(a, b) = \frac1k \sum_j d_j(a_j, b_j), \qquad 0 \le d_j \le 1,

    with :math:`d_j` as in ``parameter_distances``.

    Parameters
    ----------
    space : Space
        The space.
    a, b : dict
        Configurations of it.

    Examples
    --------
    >>> from autotune import Categorical, Float
    >>> space = Space({"x": Float(0, 10), "kernel": Categorical(["rbf", "poly"])})
    >>> configuration_distance(space, {"x": 1, "kernel": "rbf"}, {"x": 6, "kernel": "rbf"})
    0.25
    """
    names = space.searched
    both = [name for name in names if name in a and name in b]
    one = sum((name in a) != (name in b) for name in names)
    x, y = (
        {name: _column(space[name], configuration[name]) for name in both}
        for configuration in (a, b)
    )
    apart = [float(parameter_distances(space[name], x[name], y[name])[0]) for name in both]
    return (sum(apart) + one) / len(names) if names else 0.0


def _column(dimension: Dimension, value: object) -> Array:
    coordinate = dimension.encode(value)
    return pad_rows([coordinate]) if isinstance(coordinate, tuple) else np.array([coordinate])


def parameter_distances(dimension: Dimension, x: Array, y: Array) -> Array:
    """Return how far n pairs of coordinates of one parameter lie apart, from 0 to 1.

    Numbers and ordered values: the difference on the natural scale, in units of the range (without
    both bounds: of a factor of 100; and 1 if the signs differ). Choices: 1 if they differ.
    Sequences: the mean over elements, a missing one at distance 1. What is inactive is at distance
    1 from what is active.

    Parameters
    ----------
    dimension : Dimension
        The parameter's.
    x, y : ndarray, shape (n,), for a sequence (n, longest)
        Coordinates.

    Returns
    -------
    ndarray, shape (n,)
        The distances.

    Examples
    --------
    >>> parameter_distances(Float(log=True), np.array([1.0, 1.0]), np.array([10.0, 1e9])).round(6)
    array([0.5, 1. ])
    """
    if not isinstance(dimension, Sequence):
        unit = math.log(FACTOR)
        return np.asarray(np.minimum(differences(dimension, x, y, unit=unit), 1.0))
    width = max(x.shape[1], y.shape[1])
    x, y = (np.pad(z, ((0, 0), (0, width - z.shape[1])), constant_values=np.nan) for z in (x, y))
    longest = np.maximum(np.sum(~np.isnan(x), axis=1), np.sum(~np.isnan(y), axis=1))
    apart = parameter_distances(dimension.of, x, y).sum(axis=1)
    return np.asarray(apart / np.maximum(longest, 1))


def differences(
    dimension: ScalarDimension | Fixed, x: Array, y: Array, *, unit: float = 1.0
) -> Array:
    """Return the differences of coordinates on a dimension's natural scale, of whatever shape.

    The scale is 1 from bound to bound; without both bounds it is that of logarithms, with 1 more
    where the signs differ. Choices and booleans: 1 if they differ. What is inactive is 1 from what
    is active, and 0 from what is inactive too.

    Parameters
    ----------
    dimension : ScalarDimension or Fixed
        What the coordinates are of.
    x, y : ndarray
        Coordinates, of shapes that go together.
    unit : float
        What to divide differences of logarithms by.

    Returns
    -------
    ndarray
        At least 0.

    Examples
    --------
    >>> differences(Float(0, 10), np.array([5.0, np.nan]), np.array([6.0, 6.0])).round(6)
    array([0.1, 1. ])
    """
    if isinstance(dimension, Fixed):
        return np.zeros(np.broadcast_shapes(x.shape, y.shape))
    gone_x, gone_y = np.isnan(x), np.isnan(y)
    if isinstance(dimension, Categorical | Boolean):
        apart = (x != y).astype(np.float64)
    else:
        apart = np.abs(dimension.scaled(x) - dimension.scaled(y))
        if isinstance(dimension, Float | Integer) and not dimension.bounded:
            apart = apart / unit
            if not dimension.two_way:
                apart = apart + (np.sign(x) != np.sign(y))
    return np.asarray(np.where(gone_x | gone_y, (gone_x != gone_y).astype(np.float64), apart))
