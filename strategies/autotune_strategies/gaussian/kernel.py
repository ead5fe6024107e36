"""The Matérn kernel, and configurations as its inputs."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import (
    Categorical,
    Coordinates,
    Dimension,
    Fixed,
    Float,
    Integer,
    Sequence,
    Space,
)
from autotune.space.distance import FACTOR

__all__ = ["Inputs", "distances", "group_names", "matern52"]

Array: TypeAlias = NDArray[np.float64]


_ROOT5 = math.sqrt(5.0)


def matern52(squared: Array, log_lengths: Array) -> tuple[Array, Array]:
    r"""Return the correlations, and what their derivatives have in common.

    .. math:: k = \left(1 + \sqrt5 r + \tfrac53 r^2\right) e^{-\sqrt5 r}, \qquad
              r^2 = \sum_g d_g^2 / \ell_g^2, \qquad
              \frac{\partial k}{\partial \log \ell_g}
              = \tfrac53 \left(1 + \sqrt5 r\right) e^{-\sqrt5 r} \; d_g^2 / \ell_g^2

    Parameters
    ----------
    squared : ndarray, shape (groups, n, m)
        Squared distances :math:`d_g^2`.
    log_lengths : ndarray, shape (groups,)
        Logarithms of the length scales.

    Returns
    -------
    tuple of ndarray, each of shape (n, m)
        The correlations *k*, and the factor before :math:`d_g^2 / \ell_g^2` above.

    References
    ----------
    Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", equation 4.17.

    Examples
    --------
    >>> k, _ = matern52(np.array([[[0.0, 1.0]]]), np.array([0.0]))
    >>> k.round(4).tolist()
    [[1.0, 0.524]]
    """
    r = np.sqrt(np.tensordot(np.exp(-2.0 * log_lengths), squared, axes=1))
    # Step by step in place: on large arrays it is the memory that costs time.
    slope = _ROOT5 * r
    decay = np.exp(-slope)
    slope += 1.0
    slope *= decay
    correlation = (5.0 / 3.0) * r
    correlation *= r
    correlation *= decay
    correlation += slope
    slope *= 5.0 / 3.0
    return correlation, slope


# A sequence is one unit longer than another with so many elements less.
_UNIT_LENGTH = 4.0
# Elements beyond these count by the sequence's length only.
_MOST_ELEMENTS = 16
_FARTHEST = 1e3


def group_names(space: Space) -> tuple[str, ...]:
    """Return the names of the input groups, each of which has a length scale of its own.

    One for each parameter that is searched; a sequence has a second one for its length.

    Parameters
    ----------
    space : Space
        The space.

    Examples
    --------
    >>> group_names(Space({"x": Float(0, 1), "layers": Sequence(of=Integer(1, 9))}))
    ('x', 'layers', 'layers#length')
    """
    names: list[str] = []
    for name, dimension in space.parameters:
        if isinstance(dimension, Fixed):
            continue
        names.append(name)
        if isinstance(dimension, Sequence):
            names.append(f"{name}#length")
    return tuple(names)


@frozen(eq=False)
class Inputs:
    """Inputs of n configurations, by group.

    Parameters
    ----------
    numbers : tuple of ndarray, each of shape (n, k)
        For each group; NaN for what is inactive or missing.
    unordered : tuple of bool
        Whether a group's values are only the same or different.
    centres : tuple of float
        For each group the value that what is inactive or missing lies beside.
    """

    numbers: tuple[Array, ...] = field(repr=False)
    unordered: tuple[bool, ...]
    centres: tuple[float, ...]

    @classmethod
    def of(cls, space: Space, coordinates: Coordinates) -> Inputs:
        r"""Return the inputs of coordinates.

        A bounded number lies on [0, 1] of its natural scale, an ordinal on its place there, a
        number without both bounds on :math:`\log |x| / \log 100`; booleans are 0 or 1, choices
        the same or different. A sequence has its elements, each on its own scale, and its length
        divided by 4.
        """
        numbers: list[Array] = []
        unordered: list[bool] = []
        centres: list[float] = []
        for name, dimension in space.parameters:
            if isinstance(dimension, Fixed):
                continue
            column = coordinates[name]
            centres.append(_centre(space, name))
            if isinstance(dimension, Sequence):
                elements = column[:, :_MOST_ELEMENTS]
                numbers.append(_numbers(dimension.of, elements))
                unordered.append(isinstance(dimension.of, Categorical))
                length = np.count_nonzero(~np.isnan(column), axis=1) / _UNIT_LENGTH
                numbers.append(length[:, None])
                unordered.append(False)
                centres.append(0.0)  # every sequence has a length
            else:
                numbers.append(_numbers(dimension, column)[:, None])
                unordered.append(isinstance(dimension, Categorical))
        return cls(tuple(numbers), tuple(unordered), tuple(centres))

    def __len__(self) -> int:
        return len(self.numbers[0]) if self.numbers else 0


def _centre(space: Space, name: str) -> float:
    dimension = space[name]
    of = dimension.of if isinstance(dimension, Sequence) else dimension
    if isinstance(of, Categorical):
        return 0.0
    if not isinstance(of, Float | Integer) or of.bounded:
        return 0.5
    start = np.atleast_1d(dimension.encode(space.start_values[name]))
    return float(np.mean(_numbers(of, start))) if len(start) > 0 else 0.0


def _numbers(dimension: Dimension, column: Array) -> Array:
    gone = np.isnan(column)
    if isinstance(dimension, Float | Integer):
        if dimension.bounded:
            known = np.where(gone, float(dimension.low or 0.0), column)
            scaled = dimension.scaled(np.clip(known, dimension.low, dimension.high))
        else:
            scaled = dimension.scaled(np.where(gone, 1.0, column)) / math.log(FACTOR)
    else:
        scaled = dimension.scaled(np.where(gone, 0.0, column))
    return np.where(gone, np.nan, scaled)


def distances(a: Inputs, b: Inputs) -> Array:
    r"""Return squared distances by group, shape (groups, n, m).

    What is missing or inactive lies one unit off the line of the others, beside its centre *c*:

    .. math:: d^2(x, \text{inactive}) = (x - c)^2 + 1, \qquad
              d(\text{inactive}, \text{inactive}) = 0,

    so that all distances are Euclidean and the kernel is positive definite. Without an order it is
    one more choice, different from all others.

    Parameters
    ----------
    a, b : Inputs
        Of n and m configurations of one space.
    """
    out = np.empty((len(a.numbers), len(a), len(b)))
    groups = zip(a.numbers, b.numbers, a.unordered, a.centres, strict=True)
    for i, (x, y, unordered, centre) in enumerate(groups):
        beside = None if unordered else centre
        out[i] = _squared(x[:, 0], y[:, 0], beside)
        for j in range(1, max(x.shape[1], y.shape[1])):
            out[i] += _squared(_column(x, j), _column(y, j), beside)
    return out


def _column(x: Array, j: int) -> Array:
    return x[:, j] if j < x.shape[1] else np.full(len(x), np.nan)


def _squared(x: Array, y: Array, centre: float | None) -> Array:
    gone_x, gone_y = np.isnan(x), np.isnan(y)
    gone = bool(gone_x.any() or gone_y.any())
    if centre is None:
        squared: Array = (x[:, None] != y[None, :]).astype(np.float64)
        squared[np.ix_(gone_x, gone_y)] = 0.0
        return squared
    if gone:
        x, y = np.where(gone_x, centre, x), np.where(gone_y, centre, y)
    difference: Array = x[:, None] - y[None, :]
    if max(np.abs(x).max(initial=0.0), np.abs(y).max(initial=0.0)) > _FARTHEST / 2:
        np.abs(difference, out=difference)
        np.minimum(difference, _FARTHEST, out=difference)
    difference *= difference
    if gone:
        difference += gone_x[:, None] != gone_y[None, :]
    return difference
