"""Two contestants at a time: Wilcoxon's test with Holm's correction, wins and losses, effects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray
from scipy import stats

__all__ = ["Pair", "WinTieLoss", "compare", "holm", "rank_biserial", "signed_rank", "win_tie_loss"]

Array: TypeAlias = NDArray[np.float64]

_EXACT = 50


@frozen
class Pair:
    """A contestant beside another.

    Parameters
    ----------
    one, other : str
        Who.
    n : int
        Problems that both have.
    difference : float
        The mean of one's value less the other's; below 0, one is better.
    p : float
        By Wilcoxon's signed-rank test, two-sided.
    p_holm : float
        The same, corrected for all comparisons made beside it.
    effect : float
        The matched-pairs rank-biserial correlation, from −1 (the other is better on every problem)
        to 1 (one is).
    """

    one: str
    other: str
    n: int
    difference: float
    p: float
    p_holm: float
    effect: float

    def significant(self, level: float = 0.05) -> bool:
        """Tell whether they differ, at a level for all comparisons together."""
        return self.p_holm < level


@frozen
class WinTieLoss:
    """On how many problems one contestant beat the other.

    Parameters
    ----------
    wins, ties, losses : int
        A tie is a problem on which their seeds don't differ significantly.
    """

    wins: int
    ties: int
    losses: int

    def __str__(self) -> str:
        return f"{self.wins}/{self.ties}/{self.losses}"


def signed_rank(differences: Array) -> float:
    """Return the probability of Wilcoxon's signed-rank test, two-sided.

    It is exact for up to 50 differences without ties or zeros, and by the normal distribution
    otherwise. Zeros are ranked with the others and then left out (Pratt); of nothing but zeros it
    is 1.

    Parameters
    ----------
    differences : ndarray, shape (n,)
        Of pairs.

    Examples
    --------
    >>> signed_rank(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    0.0625

    References
    ----------
    Pratt (1959), "Remarks on zeros and ties in the Wilcoxon signed rank procedures", JASA 54.
    """
    if len(differences) == 0 or not np.any(differences):
        return 1.0
    sizes = np.abs(differences)
    plain = len(np.unique(sizes)) == len(sizes) <= _EXACT and np.all(sizes > 0)
    method: Literal["exact", "approx"] = "exact" if plain else "approx"
    return float(stats.wilcoxon(differences, zero_method="pratt", method=method).pvalue)


def rank_biserial(differences: Array) -> float:
    """Return how much of the ranked differences is negative, less how much is positive.

    Parameters
    ----------
    differences : ndarray, shape (n,)
        Of pairs; where smaller values are better, 1 says that the first was always better.

    Examples
    --------
    >>> rank_biserial(np.array([-3.0, -2.0, 1.0]))
    0.6666666666666666

    References
    ----------
    Kerby (2014), "The simple difference formula", Comprehensive Psychology 3.
    """
    kept = differences[differences != 0]
    if len(kept) == 0:
        return 0.0
    ranks = stats.rankdata(np.abs(kept))
    return float((ranks[kept < 0].sum() - ranks[kept > 0].sum()) / ranks.sum())


def holm(probabilities: Sequence[float]) -> list[float]:
    """Return probabilities corrected for their number, by Holm's step-down procedure.

    Parameters
    ----------
    probabilities : sequence of float
        In any order, which is kept.

    Examples
    --------
    >>> [round(p, 4) for p in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6.
    """
    corrected = [0.0] * len(probabilities)
    most = 0.0
    order = sorted(range(len(probabilities)), key=lambda i: probabilities[i])
    for place, i in enumerate(order):
        most = max(most, min((len(order) - place) * probabilities[i], 1.0))
        corrected[i] = most
    return corrected


def compare(
    values: Mapping[str, Mapping[str, float]], pairs: Sequence[tuple[str, str]]
) -> list[Pair]:
    """Compare contestants over problems, corrected for the number of pairs.

    Parameters
    ----------
    values : mapping
        For each contestant, a value for each problem; smaller is better.
    pairs : sequence of tuple of str
        Which.

    Returns
    -------
    list of Pair
        In the order given.
    """
    found = []
    for one, other in pairs:
        shared = [problem for problem in values[one] if problem in values[other]]
        differences = np.array([values[one][p] - values[other][p] for p in shared])
        found.append(
            Pair(
                one,
                other,
                len(shared),
                float(differences.mean()) if shared else math.nan,
                signed_rank(differences),
                math.nan,
                rank_biserial(differences),
            )
        )
    corrected = holm([pair.p for pair in found])
    return [evolve(pair, p_holm=p) for pair, p in zip(found, corrected, strict=True)]


def win_tie_loss(
    one: Mapping[str, Mapping[int, float]],
    other: Mapping[str, Mapping[int, float]],
    level: float = 0.05,
) -> WinTieLoss:
    """Count the problems on which one contestant's seeds are significantly better, or worse.

    Parameters
    ----------
    one, other : mapping
        For each problem, a value for each seed; smaller is better. Seeds are paired.
    level : float
        Of Wilcoxon's test on each problem; no correction is made, for nothing is concluded from
        one problem.
    """
    counts = [0, 0, 0]
    for problem in one:
        if problem not in other:
            continue
        shared = sorted(set(one[problem]) & set(other[problem]))
        differences = np.array([one[problem][s] - other[problem][s] for s in shared])
        if signed_rank(differences) >= level:
            counts[1] += 1
        else:
            counts[0 if rank_biserial(differences) > 0 else 2] += 1
    return WinTieLoss(*counts)
