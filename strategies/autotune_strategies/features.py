"""Features: configurations as columns of numbers that a regression learns from."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import (
    Categorical,
    Coordinates,
    Dimension,
    Fixed,
    Float,
    Ordinal,
    Sequence,
    Space,
)
from autotune.space.dimensions import log_size
from autotune.strategy.validators import one_of, switch

__all__ = ["Features", "ScaledFeatures"]

Array: TypeAlias = NDArray[np.float64]


@runtime_checkable
class Features(Protocol):
    """A map of coordinates to columns of numbers."""

    def read(
        self, space: Space, record: Coordinates, candidates: Coordinates
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return finite features of n trials and m candidates, shapes (n, p) and (m, p).

        Which columns there are depends on the record alone, and a candidate's row on the record and
        that candidate.
        """
        ...


_Columns: TypeAlias = list[tuple[Array, Array]]

# Candidates so many standard deviations off look alike to any model.
_FARTHEST = 1e6


@frozen
class ScaledFeatures:
    r"""Turn coordinates into standardised columns.

    A number *x* on the chosen scale becomes

    .. math:: z = \frac{x - \bar{x}}{s_x}

    with mean and standard deviation over the record where the parameter is active. Where it is not
    (or an element of a sequence is missing), *z* is 0 and a flag column says so. A column that is
    the same in the whole record is left out.

    Parameters
    ----------
    scale : {"natural", "log", "linear"}
        The dimension's own scale (see ``autotune.space.dimensions``), the logarithm of the size,
        or the value itself. Booleans count 0 and 1; ordinal values their place on a scale from 0
        to 1.
    squares : bool
        Whether z² is added, from three distinct values in the record on, so that a linear model
        sees an optimum inside.
    length : bool
        Whether the length of a sequence is added.
    missing : bool
        Whether inactive parameters and missing elements are flagged.
    one_hot : bool
        Whether a choice becomes a 0-1 column for each value in the record; else its index is used
        as a number.

    Examples
    --------
    >>> from autotune.space import Float, Space
    >>> space = Space({"x": Float(0.1, 10, log=True)})
    >>> record = space.encode([{"x": 0.1}, {"x": 1.0}, {"x": 10.0}])
    >>> X, Q = ScaledFeatures(squares=False).read(space, record, space.encode([{"x": 1.0}]))
    >>> X.round(3)[[0, 2]].tolist(), np.allclose(Q, 0)
    ([[-1.225], [1.225]], True)

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), "The Elements of Statistical Learning", 2nd ed., p. 63,
    on standardising before shrinking.
    """

    scale: Literal["natural", "log", "linear"] = field(
        default="natural", validator=one_of("natural", "log", "linear")
    )
    squares: bool = field(default=True, validator=switch)
    length: bool = field(default=True, validator=switch)
    missing: bool = field(default=True, validator=switch)
    one_hot: bool = field(default=True, validator=switch)

    def read(
        self, space: Space, record: Coordinates, candidates: Coordinates
    ) -> tuple[Array, Array]:
        """Return the features of the record and of the candidates.

        Parameters
        ----------
        space : Space
            What the coordinates are of.
        record, candidates : mapping of str to ndarray
            Coordinates of n trials and m candidates.

        Returns
        -------
        tuple of ndarray
            Shapes (n, p) and (m, p).
        """
        n = len(next(iter(record.values())))
        m = len(next(iter(candidates.values())))
        columns: _Columns = []
        for name, dimension in space.parameters:
            x, q = record[name], candidates[name]
            if isinstance(dimension, Sequence):
                if self.length:
                    self._add_number(columns, _length(x), _length(q))
                # Only elements that the record knows can be learnt about.
                width = x.shape[1]
                if q.shape[1] < width:
                    q = np.pad(q, ((0, 0), (0, width - q.shape[1])), constant_values=np.nan)
                for j in range(width):
                    self._add(columns, dimension.of, x[:, j], q[:, j])
            else:
                self._add(columns, dimension, x, q)
        features = np.empty((n + m, len(columns)), order="F")
        for j, (x, q) in enumerate(columns):
            features[:n, j] = x
            features[n:, j] = q
        return features[:n], features[n:]

    def _add(self, columns: _Columns, dimension: Dimension, x: Array, q: Array) -> None:
        if isinstance(dimension, Fixed):
            return
        gone = np.isnan(x)
        if self.missing and gone.any() and not gone.all():
            columns.append((gone.astype(np.float64), np.isnan(q).astype(np.float64)))
        if isinstance(dimension, Categorical):
            if not self.one_hot:
                self._add_number(columns, x, q)
                return
            values = np.unique(x[~gone])
            if len(values) > 1:
                columns.extend(
                    ((x == v).astype(np.float64), (q == v).astype(np.float64)) for v in values
                )
        else:
            self._add_number(columns, self._scaled(dimension, x), self._scaled(dimension, q))

    def _scaled(self, dimension: Dimension, x: Array) -> Array:
        bent = isinstance(dimension, Float) and dimension.linear_below is not None
        if (
            self.scale == "natural"
            or isinstance(dimension, Ordinal)
            or (bent and self.scale == "log")
        ):
            return np.asarray(dimension.scaled(x), dtype=np.float64)
        if self.scale == "log":
            return log_size(x)
        return x

    def _add_number(self, columns: _Columns, x: Array, q: Array) -> None:
        active = x[~np.isnan(x)]
        if len(active) == 0 or np.all(active == active[0]):
            return
        # Divided by the largest first, for sums of the largest doubles have no double.
        largest = np.abs(active).max()
        unit = active / largest
        mean, sd = unit.mean(), unit.std()
        if not sd > 0:
            return
        with np.errstate(over="ignore"):
            zx, zq = (
                np.clip(np.nan_to_num((v / largest - mean) / sd, nan=0.0), -_FARTHEST, _FARTHEST)
                for v in (x, q)
            )
        columns.append((zx, zq))
        others = active[active != active[0]]
        if self.squares and np.any(others != others[0]):
            columns.append((zx * zx, zq * zq))


def _length(x: Array) -> Array:
    return np.asarray(np.sum(~np.isnan(x), axis=1), dtype=np.float64)
