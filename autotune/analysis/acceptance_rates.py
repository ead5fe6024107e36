"""How often moves are accepted: by parameter, by size, by origin, and by how many moved."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.columns import Columns
from autotune.analysis.intervals import check_level, wilson_interval
from autotune.analysis.recorded_moves import RecordedMoves, recorded_moves
from autotune.errors import StudyError
from autotune.study import Study

__all__ = ["AcceptanceRates", "By", "acceptance_rates"]

Array = NDArray[np.float64]
By = Literal["parameter", "size", "origin", "number"]


@frozen(eq=False)
class AcceptanceRates(Columns):
    """Shares of judged moves that were accepted, row ``i`` for group ``i``.

    Parameters
    ----------
    by : {"parameter", "size", "origin", "number"}
        What groups are made by.
    level : float
        Of the intervals.
    groups : tuple of str
        Their names.
    n, n_accepted : ndarray of int64
        Moves judged, and those accepted.
    rate, low, high : ndarray
        The share and its interval; NaN, 0 and 1 for a group without moves.
    mean_gain : ndarray
        The mean gain of the accepted ones, larger being better; NaN without any.
    """

    by: str
    level: float
    groups: tuple[str, ...]
    n: NDArray[np.int64]
    n_accepted: NDArray[np.int64]
    rate: Array
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    mean_gain: Array = field(repr=False)


def acceptance_rates(
    study: Study, *, by: By = "parameter", n_sizes: int = 5, level: float = 0.95
) -> AcceptanceRates:
    """Return how often moves were accepted.

    Parameters
    ----------
    study : Study
        The study.
    by : {"parameter", "size", "origin", "number"}
        Groups are made by the parameters that moved (a move of two counts for both), by the mean
        distance moved, in classes of equally many moves, by how the trial came about, or by how
        many parameters moved.
    n_sizes : int
        Classes of size, at most.
    level : float
        Of the intervals.

    Returns
    -------
    AcceptanceRates
        With Wilson's intervals.

    Raises
    ------
    StudyError
        If ``by`` is not one of these.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=30, seed=1)
    >>> rates = acceptance_rates(found.study)
    >>> rates.groups, bool(rates.n_accepted[0] <= rates.n[0])
    (('x',), True)
    """
    check_level(level)
    moves = recorded_moves(study)
    judged = np.zeros(study.n_trials + 1, dtype=np.bool_)
    gain = np.full(study.n_trials + 1, np.nan)
    if study.started is not None:
        judged[study.verdicts["trial"]] = True
        gain[study.verdicts["trial"]] = study.verdicts["gain"]
    kept = judged[moves.trials]
    names, member = _groups(moves, by, n_sizes)
    member = member[kept]
    accepted = moves.accepted[kept]
    n = member.sum(axis=0).astype(np.int64)
    k = member[accepted].sum(axis=0).astype(np.int64)
    gained = gain[moves.trials[kept]]
    low, high = wilson_interval(k, n, level)
    with np.errstate(invalid="ignore"):
        return AcceptanceRates(
            by=by,
            level=level,
            groups=names,
            n=n,
            n_accepted=k,
            rate=np.where(n > 0, k / np.maximum(n, 1), np.nan),
            low=low,
            high=high,
            mean_gain=np.array([_mean(gained[accepted & member[:, j]]) for j in range(len(names))]),
        )


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) > 0 else float("nan")


def _groups(
    moves: RecordedMoves, by: str, n_sizes: int
) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Return the groups and which move is in which, shape (moves, groups)."""
    if by == "parameter":
        return moves.parameters, moves.moved
    if by == "origin":
        origins = tuple(dict.fromkeys(moves.origins.tolist()))
        return origins, np.array([moves.origins == origin for origin in origins]).T.reshape(
            len(moves), len(origins)
        )
    if by == "number":
        count = moves.moved.sum(axis=1)
        numbers = np.unique(count)
        return tuple(str(k) for k in numbers), count[:, None] == numbers[None, :]
    if by == "size":
        return _sizes(moves.size, n_sizes)
    raise StudyError(f"by = {by!r} must be one of 'parameter', 'size', 'origin', 'number'")


def _sizes(size: Array, most: int) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    if most < 1:
        raise StudyError(f"n_sizes = {most!r} must be a whole number >= 1")
    if len(size) == 0:
        return (), np.zeros((0, 0), dtype=np.bool_)
    # Ten moves to a class at least, for fewer tell nothing.
    k = max(1, min(most, len(size) // 10))
    edges = np.unique(np.quantile(size, np.linspace(0, 1, k + 1)))
    if len(edges) < 2:
        return (f"{edges[0]:.2g}",), np.ones((len(size), 1), dtype=np.bool_)
    place = np.clip(np.searchsorted(edges, size, side="right") - 1, 0, len(edges) - 2)
    names = tuple(f"{a:.2g} to {b:.2g}" for a, b in pairwise(edges))
    return names, place[:, None] == np.arange(len(names))[None, :]
