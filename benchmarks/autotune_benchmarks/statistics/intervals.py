"""Means over problems and seeds, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.strategy import Key

__all__ = ["Interval", "bootstrap_mean", "mean_over_tables"]

Array: TypeAlias = NDArray[np.float64]


@frozen
class Interval:
    """A mean with its confidence interval.

    Parameters
    ----------
    mean, low, high : float
        Of the differences.
    """

    mean: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether 0 lies outside."""
        return self.low > 0 or self.high < 0


def mean_over_tables(values: Mapping[str, Sequence[float]]) -> float:
    """Return the mean over tables of the mean over seeds.

    Parameters
    ----------
    values : mapping of str to sequence of float
        For each table, one for each seed.

    Examples
    --------
    >>> mean_over_tables({"a": [0.0, 1.0], "b": [2.0]})
    1.25
    """
    return float(np.mean([np.mean(column) for column in values.values()]))


def bootstrap_mean(
    values: Mapping[str, Sequence[float]], *, level: float = 0.95, resamples: int = 5000
) -> Interval:
    """Return the mean over tables and seeds, with a percentile bootstrap interval.

    Seeds are drawn again within each table: the interval is about other seeds on the same tables,
    not about other tables. The same values always give the same interval.

    Parameters
    ----------
    values : mapping of str to sequence of float
        For each table, one for each seed.
    level : float
        The chance that the interval covers.
    resamples : int
        How often seeds are drawn.

    Examples
    --------
    >>> bootstrap_mean({"a": [0.5, 0.5], "b": [0.1, 0.1]})
    Interval(mean=0.3, low=0.3, high=0.3)

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapters 8 and 13.
    """
    rng = Key(0).child("bootstrap").generator()
    drawn: Array = np.zeros(resamples)
    for column in values.values():
        found = np.asarray(column, dtype=np.float64)
        picked = rng.integers(len(found), size=(resamples, len(found)))
        drawn += found[picked].mean(axis=1) / len(values)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean_over_tables(values), float(low), float(high))
