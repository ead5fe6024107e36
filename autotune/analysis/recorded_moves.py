"""The moves that a study records, as columns: what was moved, how far, and what it changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.columns import Columns
from autotune.analysis.target import Target, check_target
from autotune.space import Boolean, Dimension, Float, Integer, Ordinal, Sequence
from autotune.space.distance import parameter_distances
from autotune.study import Study
from autotune.study.events import ORIGINS

__all__ = ["RecordedMoves", "recorded_moves"]

_CONFIRM = ORIGINS.index("confirm")
Array = NDArray[np.float64]


@frozen(eq=False)
class RecordedMoves(Columns):
    """Trials that stepped from another, each with what it moved and what that changed.

    Parameters
    ----------
    target : {"score", "seconds"}
        What ``change`` is of.
    log : bool
        Whether ``change`` is that of the logarithm.
    parameters : tuple of str
        Those of the space that are searched, d of them.
    trials, parents : ndarray of int64, shape (n,)
        The trials, and those they stepped from.
    origins : ndarray of str, shape (n,)
        How each came about.
    accepted : ndarray of bool, shape (n,)
        What became of it.
    moved : ndarray of bool, shape (n, d)
        Which parameters moved.
    direction : ndarray of int8, shape (n, d)
        1 for up, -1 for down, 0 for neither or for a change without an order.
    length : ndarray, shape (n, d)
        How far, in units of the parameter's range (or of a factor of 100, without bounds); 1 for
        another choice, and for a parameter that was switched on or off.
    change : ndarray, shape (n,)
        After less before: of the score as the user's scorer counts it, or of the mean fit seconds
        of a fold. Over the folds that both have. NaN where either has none.
    noise : ndarray, shape (n,)
        The variance of ``change`` by the differences between folds; NaN where fewer than two folds
        are shared.
    """

    target: str
    log: bool
    parameters: tuple[str, ...]
    trials: NDArray[np.int64] = field(repr=False)
    parents: NDArray[np.int64] = field(repr=False)
    origins: NDArray[Any] = field(repr=False)
    accepted: NDArray[np.bool_] = field(repr=False)
    moved: NDArray[np.bool_] = field(repr=False)
    direction: NDArray[np.int8] = field(repr=False)
    length: Array = field(repr=False)
    change: Array = field(repr=False)
    noise: Array = field(repr=False)

    def __len__(self) -> int:
        return len(self.trials)

    @property
    def size(self) -> Array:
        """The mean distance over all parameters, shape (n,), as ``configuration_distance`` has it.

        0 where the space has no parameter that is searched.
        """
        d = max(len(self.parameters), 1)
        return np.asarray(self.length.sum(axis=1) / d)

    def to_table(self) -> dict[str, NDArray[Any]]:
        """Return the moves as columns, with ``length_<parameter>`` for each."""
        names = ("trials", "parents", "origins", "accepted", "change", "noise")
        table: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in names}
        for j, name in enumerate(self.parameters):
            table[f"length_{name}"] = self.length[:, j]
        return table


def recorded_moves(study: Study, *, target: Target = "score", log: bool = False) -> RecordedMoves:
    """Return the moves of a study: every trial that stepped from another, judged or not.

    A parameter has moved if its value differs from that of the trial stepped from and it was drawn
    to move; in a step that records no such draw, every one that differs has.

    Parameters
    ----------
    study : Study
        The study.
    target : {"score", "seconds"}
        What the change is of.
    log : bool
        Whether to take the change of the logarithm: for seconds, so that 0.69 is twice as long.
        Values that are not positive have none.

    Returns
    -------
    RecordedMoves
        In the order of the trials.

    Raises
    ------
    StudyError
        If the target is neither.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0, "y": 1.0}, n_trials=30, seed=1)
    >>> moves = recorded_moves(result.study)
    >>> moves.parameters, moves.moved.shape[1]
    (('x', 'y'), 2)
    """
    check_target(target)
    space = study.space
    names = () if space is None else space.searched
    if space is None or study.n_trials == 0:
        return _none(target, log, names)
    parents = study.proposals["parent"]
    # One that measures its parent's configuration again is not a move.
    rows = np.flatnonzero((parents > 0) & (study.proposals["origin"] != _CONFIRM))
    before = parents[rows] - 1
    d, n = len(names), len(rows)
    differs = np.zeros((n, d), dtype=np.bool_)
    direction = np.zeros((n, d), dtype=np.int8)
    length = np.zeros((n, d))
    for j, name in enumerate(names):
        column = study.proposals[f"param_{name}"]
        differs[:, j], direction[:, j] = _changed(space[name], column[before], column[rows])
        length[:, j] = parameter_distances(space[name], column[before], column[rows])
    moved = _drawn(study, rows, names, differs)
    change, noise = _changes(study, rows, before, target, log=log)
    accepted = np.zeros(study.n_trials, dtype=np.bool_)
    accepted[study.verdicts["trial"] - 1] = study.verdicts["accepted"]
    return RecordedMoves(
        target=target,
        log=log,
        parameters=names,
        trials=rows + 1,
        parents=np.asarray(parents[rows], dtype=np.int64),
        origins=np.array(ORIGINS, dtype=object)[study.proposals["origin"][rows]],
        accepted=accepted[rows],
        moved=moved,
        direction=direction,
        length=length,
        change=change,
        noise=noise,
    )


def _none(target: str, log: bool, names: tuple[str, ...]) -> RecordedMoves:  # noqa: FBT001
    whole, flags, numbers = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_), np.zeros(0)
    d = len(names)
    return RecordedMoves(
        target=target,
        log=log,
        parameters=names,
        trials=whole,
        parents=whole,
        origins=np.zeros(0, dtype=object),
        accepted=flags,
        moved=np.zeros((0, d), dtype=np.bool_),
        direction=np.zeros((0, d), dtype=np.int8),
        length=np.zeros((0, d)),
        change=numbers,
        noise=numbers,
    )


def _changed(
    dimension: Dimension, before: Array, after: Array
) -> tuple[NDArray[np.bool_], NDArray[np.int8]]:
    """Tell which differ, and in which direction."""
    if isinstance(dimension, Sequence):
        lengths = np.sum(~np.isnan(after), axis=1) - np.sum(~np.isnan(before), axis=1)
        both = ~np.isnan(before) & ~np.isnan(after)
        differs = (lengths != 0) | np.any(both & (before != after), axis=1)
        # With the same length, up is where the elements are larger in sum.
        grown = np.sign(np.nansum(after, axis=1) - np.nansum(before, axis=1))
        return differs, np.where(lengths != 0, np.sign(lengths), grown).astype(np.int8)
    both = ~np.isnan(before) & ~np.isnan(after)
    differs = (before != after) & ~(np.isnan(before) & np.isnan(after))
    direction = np.zeros(len(before), dtype=np.int8)
    if isinstance(dimension, Float | Integer | Boolean | Ordinal):
        direction[both] = np.sign(after[both] - before[both]).astype(np.int8)
    return differs, direction


def _drawn(
    study: Study,
    rows: NDArray[np.int64],
    names: tuple[str, ...],
    differs: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    index = {name: j for j, name in enumerate(names)}
    drawn = np.zeros_like(differs)
    for i, moved in enumerate(study.proposals["moved"][rows]):
        for name in moved:
            if name in index:
                drawn[i, index[name]] = True
    both = differs & drawn
    return np.where(both.any(axis=1, keepdims=True), both, differs)


def _changes(
    study: Study,
    rows: NDArray[np.int64],
    before: NDArray[np.int64],
    target: str,
    *,
    log: bool,
) -> tuple[Array, Array]:
    """Return differences and their variances over the folds that both trials have."""
    folds = study.folds
    n_folds = int(folds["fold"].max(initial=-1)) + 1
    if n_folds == 0 or len(rows) == 0:
        return np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    grid = np.full((study.n_trials, n_folds), np.nan)
    values = folds["score"] if target == "score" else folds["fit_seconds"]
    if log:
        values = np.log(np.where(values > 0, values, np.nan))
    grid[folds["trial"] - 1, folds["fold"]] = values
    grid[~np.isfinite(grid)] = np.nan
    grid[~study.outcomes().usable] = np.nan
    difference = grid[rows] - grid[before]
    known = ~np.isnan(difference)
    k = known.sum(axis=1)
    some = np.maximum(k, 1)
    change = np.where(k > 0, np.where(known, difference, 0.0).sum(axis=1) / some, np.nan)
    spread = np.where(known, difference - change[:, None], 0.0)
    noise = np.where(k > 1, (spread**2).sum(axis=1) / np.maximum(k - 1, 1) / some, np.nan)
    return change, noise
