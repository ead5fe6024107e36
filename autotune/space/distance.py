"""How far two configurations lie from each other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotune.space.dimensions import Boolean, Dimension, Float, Integer, Ordinal, Sequence
from autotune.space.space import Configuration, Space

__all__ = ["configuration_distance"]

# A number without both bounds is at distance 1 from one this many times as large.
_FACTOR = 100.0


def configuration_distance(space: Space, a: Configuration, b: Configuration) -> float:
    r"""Return the mean distance of two configurations over the parameters that are searched.

    .. math:: d(a, b) = \frac1k \sum_j d_j(a_j, b_j), \qquad 0 \le d_j \le 1,

    with :math:`d_j` the difference on the natural scale for numbers and ordered values, in units of
    the range (or of a factor of 100, without bounds), 0 or 1 for choices, the mean over elements
    for sequences, where a missing element is at distance 1; and 1 where one of two is inactive.

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
    if not names:
        return 0.0
    total = 0.0
    for name in names:
        if (name in a) != (name in b):
            total += 1.0
        elif name in a:
            dimension = space[name]
            x, y = dimension.encode(a[name]), dimension.encode(b[name])
            total += _distance(dimension, x, y)
    return total / len(names)


def _distance(dimension: Dimension, x: Any, y: Any) -> float:
    if isinstance(dimension, Sequence):
        longest = max(len(x), len(y))
        if longest == 0:
            return 0.0
        shared = sum(
            _distance(dimension.of, float(v), float(w)) for v, w in zip(x, y, strict=False)
        )
        return (shared + abs(len(x) - len(y))) / longest
    if isinstance(dimension, Boolean | Ordinal):
        return _apart(dimension.scaled(np.array([x, y], dtype=np.float64)))
    if isinstance(dimension, Float | Integer):
        if dimension.bounded:
            return _apart(dimension.scaled(np.array([x, y], dtype=np.float64)))
        if x == y:
            return 0.0
        if x * y <= 0:
            return 1.0
        return min(abs(math.log(abs(x)) - math.log(abs(y))) / math.log(_FACTOR), 1.0)
    return float(x != y)


def _apart(scaled: Any) -> float:
    return min(abs(float(scaled[0]) - float(scaled[1])), 1.0)
