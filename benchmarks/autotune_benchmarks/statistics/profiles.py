"""How soon targets are reached: shares of targets, and performance profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["TARGETS", "first_reached", "performance_profile", "share_reached"]

Array: TypeAlias = NDArray[np.float64]

TARGETS: tuple[float, ...] = tuple(float(x) for x in 10.0 ** np.linspace(0.0, -3.0, 31))
"""Normalised regrets from 1 down to 0.001, evenly on a logarithmic scale."""


def share_reached(curves: Array, targets: Sequence[float] = TARGETS) -> Array:
    """Return the share of runs and targets reached after each trial: their ECDF.

    Parameters
    ----------
    curves : ndarray, shape (runs, trials)
        Regret after each trial. A target counts as reached from the first time on, for what was
        found once is in the record, whatever the incumbent is later.
    targets : sequence of float
        Regrets.

    Returns
    -------
    ndarray, shape (trials,)

    Examples
    --------
    >>> share_reached(np.array([[1.0, 0.05, 0.05], [2.0, 2.0, 0.5]]), [1.0, 0.1]).tolist()
    [0.25, 0.5, 0.75]

    References
    ----------
    Hansen, Auger, Brockhoff and Tušar (2022), "Anytime performance assessment in blackbox
    optimization benchmarking", IEEE Trans. Evol. Comput. 26.
    """
    lowest = np.minimum.accumulate(np.where(np.isnan(curves), np.inf, curves), axis=1)
    return np.asarray(np.mean([np.mean(lowest <= target, axis=0) for target in targets], axis=0))


def first_reached(curve: Array, target: float) -> float:
    """Return after how many trials a target is reached first; infinity if it never is.

    Parameters
    ----------
    curve : ndarray, shape (trials,)
        Regret after each trial.
    target : float
        A regret.

    Examples
    --------
    >>> first_reached(np.array([1.0, 0.3, 0.05]), 0.1), first_reached(np.array([1.0]), 0.1)
    (3.0, inf)
    """
    hits = np.flatnonzero(curve <= target)
    return float(hits[0] + 1) if len(hits) > 0 else float("inf")


def performance_profile(times: Mapping[str, Array], ratios: Array) -> dict[str, Array]:
    r"""Return for each contestant the share of runs it solves within a factor of the quickest.

    .. math:: \rho_s(\tau) = \frac{1}{n} \, \#\{i : t_{s,i} \le \tau \min_{s'} t_{s',i}\}

    Parameters
    ----------
    times : mapping of str to ndarray, shape (n,)
        What each contestant needs for each of the same n runs; infinity if it never gets there.
    ratios : ndarray, shape (m,)
        Factors from 1 on.

    Returns
    -------
    dict of str to ndarray, shape (m,)

    Examples
    --------
    >>> times = {"a": np.array([1.0, 4.0]), "b": np.array([2.0, np.inf])}
    >>> {k: v.tolist() for k, v in performance_profile(times, np.array([1.0, 2.0])).items()}
    {'a': [1.0, 1.0], 'b': [0.0, 0.5]}

    References
    ----------
    Dolan and Moré (2002), "Benchmarking optimization software with performance profiles",
    Mathematical Programming 91.
    """
    quickest = np.min(list(times.values()), axis=0)
    found = {}
    for name, own in times.items():
        within = own[:, None] <= ratios[None, :] * quickest[:, None]
        found[name] = np.asarray(np.mean(within & np.isfinite(own)[:, None], axis=0))
    return found
