"""Several contestants over several problems: mean ranks, Friedman's test, critical differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy import stats

__all__ = ["Friedman", "cliques", "critical_difference", "friedman", "mean_ranks"]

Array: TypeAlias = NDArray[np.float64]


@frozen
class Friedman:
    """What Friedman's test found.

    Parameters
    ----------
    statistic, p : float
        Chi-squared with k − 1 degrees of freedom, corrected for ties, and how probable one so large
        is if all contestants are alike.
    f, f_p : float
        Iman and Davenport's statistic, which is less conservative, and its probability.
    n, k : int
        Problems and contestants.
    """

    statistic: float
    p: float
    f: float
    f_p: float
    n: int
    k: int


def mean_ranks(values: Array) -> Array:
    """Return each contestant's mean rank over problems: 1 is best, ties share their ranks.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Of n problems and k contestants; smaller is better.

    Examples
    --------
    >>> mean_ranks(np.array([[0.1, 0.2, 0.3], [0.1, 0.3, 0.3]])).tolist()
    [1.0, 2.25, 2.75]
    """
    return np.asarray(stats.rankdata(values, axis=1).mean(axis=0), dtype=np.float64)


def friedman(values: Array) -> Friedman:
    r"""Test whether contestants differ, by their ranks on each problem.

    With mean ranks :math:`R_j` of k contestants on n problems, and without ties,

    .. math:: \chi_F^2 = \frac{12 n}{k (k + 1)} \Bigl(\sum_j R_j^2 - \frac{k (k+1)^2}{4}\Bigr),
              \qquad F_F = \frac{(n - 1)\,\chi_F^2}{n (k - 1) - \chi_F^2}.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        As for ``mean_ranks``, with at least two problems and three contestants.

    Raises
    ------
    ValueError
        If there are fewer.

    Examples
    --------
    >>> found = friedman(np.array([[0.1, 0.2, 0.3], [0.1, 0.3, 0.4], [0.2, 0.5, 0.7]]))
    >>> round(found.statistic, 6), round(found.p, 4)
    (6.0, 0.0498)

    References
    ----------
    Demšar (2006), "Statistical comparisons of classifiers over multiple data sets", JMLR 7, 1-30.
    """
    n, k = values.shape
    if n < 2 or k < 3:
        raise ValueError(
            f"Friedman's test needs 2 problems and 3 contestants; there are {n} and {k}"
        )
    if np.all(values == values[:, :1]):
        return Friedman(0.0, 1.0, 0.0, 1.0, n, k)
    found = stats.friedmanchisquare(*values.T)
    statistic, p = float(found.statistic), float(found.pvalue)
    rest = n * (k - 1) - statistic
    f = (n - 1) * statistic / rest if rest > 1e-9 else math.inf
    return Friedman(statistic, p, f, float(stats.f.sf(f, k - 1, (k - 1) * (n - 1))), n, k)


def critical_difference(k: int, n: int, level: float = 0.05) -> float:
    r"""Return how far mean ranks must lie apart to differ, by Nemenyi's test.

    .. math:: CD = q_\alpha \sqrt{\frac{k (k + 1)}{6 n}},

    with :math:`q_\alpha` the studentised range of k and infinite degrees of freedom over √2.

    Parameters
    ----------
    k, n : int
        Contestants and problems.
    level : float
        The chance of finding any difference where there is none.

    Examples
    --------
    >>> round(critical_difference(4, 14), 2)
    1.25

    References
    ----------
    Demšar (2006), table 5 and section 3.2.2.
    """
    q = float(stats.studentized_range.ppf(1.0 - level, k, np.inf)) / math.sqrt(2.0)
    return q * math.sqrt(k * (k + 1) / (6.0 * n))


def cliques(ranks: Sequence[float], difference: float) -> list[tuple[int, int]]:
    """Return the largest runs of sorted ranks that do not differ, as first and last places.

    Parameters
    ----------
    ranks : sequence of float
        Sorted.
    difference : float
        From where on two differ.

    Examples
    --------
    >>> cliques([1.0, 1.4, 2.1, 3.0], 1.0)
    [(0, 1), (1, 2), (2, 3)]
    """
    found: list[tuple[int, int]] = []
    for first in range(len(ranks)):
        last = max(i for i in range(first, len(ranks)) if ranks[i] - ranks[first] < difference)
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found
