"""Batches of events as columns: the same state as from one event after the other, but quicker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from attrs import evolve as replace
from numpy.typing import NDArray

from autotune.errors import StudyError
from autotune.space import Sequence
from autotune.study.events import (
    ORIGINS,
    REASONS,
    Accepted,
    Evaluated,
    Event,
    EventColumns,
    Proposed,
    Rejected,
)
from autotune.study.measurement import NOTHING_MEASURED, WORKER_LOST, Measurement
from autotune.study.study import (
    _ANTICIPATED,
    _EVALUATIONS,
    _FOLDS,
    _KIND_CODE,
    _ORIGIN_CODE,
    _VERDICTS,
    EMPTY,
    Study,
    _added,
    _evaluation,
    _proposals_dtype,
    _widened,
    apply,
)
from autotune.study.table import Table

__all__ = ["apply_columns", "replay"]

Array: TypeAlias = NDArray[np.float64]


def apply_columns(study: Study, batch: EventColumns) -> Study:
    """Apply a batch of trial events given as columns; the same as one by one.

    Parameters
    ----------
    study : Study
        The state so far; it stays as it is.
    batch : EventColumns
        What happened next.

    Raises
    ------
    StudyError
        If the batch can't follow.
    """
    if len(batch) == 0:
        return study
    is_proposed = batch.kind == _KIND_CODE[Proposed]
    is_evaluated = batch.kind == _KIND_CODE[Evaluated]
    is_accepted = batch.kind == _KIND_CODE[Accepted]
    is_verdict = is_accepted | (batch.kind == _KIND_CODE[Rejected])
    if not np.all(is_proposed | is_evaluated | is_verdict):
        raise StudyError("a run of columns holds an event that belongs to no trial")
    _check_order(study, batch.trial, is_proposed, is_verdict)
    _check_columns(study, batch, batch.trial[is_proposed])

    proposals = _extend_proposals(study, batch, is_proposed)
    trials = batch.trial[is_evaluated]
    folds = np.zeros(len(batch.folds), _FOLDS)
    folds["trial"] = np.repeat(trials, batch.fold_count)
    folds["fold"] = batch.folds
    folds["score"] = batch.scores
    folds["fit_seconds"] = batch.fit_seconds
    folds["score_seconds"] = batch.score_seconds
    evaluations = _extend_evaluations(study, batch, trials)
    judged = np.zeros(int(is_verdict.sum()), _VERDICTS)
    judged["trial"] = batch.trial[is_verdict]
    judged["accepted"] = is_accepted[is_verdict]
    judged["gain"] = batch.gain
    judged["seconds_saved"] = batch.seconds_saved
    judged["reason"] = batch.reason
    judged["at"] = batch.at[is_verdict]

    latest = batch.at[0] if study.latest is None else study.latest
    after = replace(
        study,
        n_events=study.n_events + len(batch),
        proposals=proposals,
        evaluations=evaluations,
        folds=study.folds.extend(folds),
        verdicts=study.verdicts.extend(judged),
        n_prior=study.n_prior + int(np.sum(batch.origin == _ORIGIN_CODE["prior"])),
        ran=study.ran + int(np.maximum(np.diff(batch.at, prepend=latest), 0).sum()),
        latest=int(batch.at[-1]),
    )
    waiting = set(study.pending) | set(batch.trial[is_proposed].tolist())
    waiting -= set(judged["trial"].tolist())
    bare = replace(after, pending={})
    pending = {trial: _recorded(bare, trial) for trial in sorted(waiting)}
    accepted = batch.trial[is_accepted]
    incumbent = int(accepted[-1]) if len(accepted) > 0 else study.incumbent
    _check_accepted(study, after, batch.trial, is_evaluated, is_accepted)
    outcome = study.incumbent_outcome
    if incumbent is not None and (len(accepted) > 0 or incumbent in trials):
        outcome = bare.outcome(incumbent)
    return replace(after, pending=pending, incumbent=incumbent, incumbent_outcome=outcome)


def replay(batches: Iterable[Event | EventColumns], study: Study = EMPTY) -> Study:
    """Return the study after a log's batches: many events at a time where they come as columns.

    Parameters
    ----------
    batches : iterable of Event or EventColumns
        As ``log.batches()`` gives them, in order.
    study : Study
        The state to begin with.
    """
    for batch in batches:
        study = (
            apply_columns(study, batch) if isinstance(batch, EventColumns) else apply(study, batch)
        )
    return study


def _recorded(study: Study, trial: int) -> Measurement:
    measurement = study.measurement(trial)
    return measurement if measurement != NOTHING_MEASURED else NOTHING_MEASURED


def _check_order(
    study: Study,
    trial: NDArray[np.int64],
    is_proposed: NDArray[np.bool_],
    is_verdict: NDArray[np.bool_],
) -> None:
    first = study.n_trials + 1
    proposed = trial[is_proposed]
    if not np.array_equal(proposed, np.arange(first, first + len(proposed))):
        raise StudyError(f"proposed trials are out of turn; {first} comes next")
    total = study.n_trials + len(proposed)
    if np.any(trial < 1) or np.any(trial > total):
        raise StudyError("a trial was evaluated or judged but never proposed")
    position = np.arange(len(trial))
    proposed_at = np.full(total, -1)
    proposed_at[proposed - 1] = position[is_proposed]
    if np.any(proposed_at[trial - 1] > position):
        raise StudyError("a trial was evaluated or judged before it was proposed")
    open_before = np.ones(total, dtype=np.bool_)
    open_before[study.verdicts["trial"] - 1] = False
    verdicts = trial[is_verdict]
    if not np.all(open_before[verdicts - 1]) or len(np.unique(verdicts)) < len(verdicts):
        raise StudyError("a trial was judged twice")


def _check_columns(study: Study, batch: EventColumns, proposed: NDArray[np.int64]) -> None:
    if np.any(batch.parent < 0) or np.any(batch.parent >= proposed):
        raise StudyError("a trial steps from a trial that is not before it")
    if np.any(batch.origin < 0) or np.any(batch.origin >= len(ORIGINS)):
        raise StudyError(f"an origin is not one of {list(ORIGINS)}")
    is_reason = (batch.kind == _KIND_CODE[Rejected])[batch.kind >= _KIND_CODE[Accepted]]
    low = np.where(is_reason, 0, -1)
    high = np.where(is_reason, len(REASONS) - 1, -1)
    if np.any(batch.reason < low) or np.any(batch.reason > high):
        raise StudyError(f"a reason is not one of {list(REASONS)}")
    if len(proposed) > 0 and set(batch.coordinates) != set(study.known_space):
        raise StudyError(
            f"the batch has parameters {sorted(batch.coordinates)}; "
            f"the space has {sorted(study.known_space)}"
        )
    for name, column in batch.coordinates.items():
        may_lack = column.ndim == 2 or study.known_space.conditional
        if np.any(np.isinf(column) if may_lack else ~np.isfinite(column)):
            raise StudyError(f"parameter {name!r} has a coordinate that is not a finite number")
    if len(proposed) > 0 and study.known_space.conditional:
        for name, active in study.known_space.active(batch.coordinates).items():
            column = batch.coordinates[name]
            lacking = np.isnan(column) if column.ndim == 1 else np.all(np.isnan(column), axis=1)
            if np.any(~active & ~lacking) or (column.ndim == 1 and np.any(active & lacking)):
                raise StudyError(
                    f"parameter {name!r} has a value though its condition does not hold, or none "
                    "though it does"
                )


def _check_accepted(
    study: Study,
    after: Study,
    trial: NDArray[np.int64],
    is_evaluated: NDArray[np.bool_],
    is_accepted: NDArray[np.bool_],
) -> None:
    """Raise unless each accepted trial had a finite score by then (later folds don't count)."""
    if not np.any(is_accepted):
        return
    evaluations = after.evaluations
    when = np.full(len(evaluations), -1)
    when[len(study.evaluations) :] = np.flatnonzero(is_evaluated)
    # Sorted by trial and time, the row before a verdict's place is the summary it was given on.
    span = len(trial) + 1
    key = evaluations["trial"] * span + (when + 1)
    order = np.argsort(key, kind="stable")
    accepted = trial[is_accepted]
    place = np.searchsorted(key[order], accepted * span + np.flatnonzero(is_accepted), "right")
    known = np.all(place > 0)
    rows = evaluations.rows[order[place - 1]] if known else evaluations.rows
    if not known or np.any((rows["trial"] != accepted) | ~np.isfinite(rows["score"])):
        raise StudyError("a trial was accepted without a finite score")


def _extend_proposals(study: Study, batch: EventColumns, is_proposed: NDArray[np.bool_]) -> Table:
    space = study.known_space
    proposals = study.proposals
    n = int(is_proposed.sum())
    if n == 0:
        return proposals
    widths = {
        name: max(proposals[f"param_{name}"].shape[1], _used_width(batch.coordinates[name]))
        for name, dimension in space.parameters
        if isinstance(dimension, Sequence)
    }
    dtype = _proposals_dtype(space, widths)
    if dtype != proposals.dtype:
        proposals = _widened(proposals, dtype)
    rows = np.zeros(n, dtype)
    rows["parent"] = batch.parent
    rows["origin"] = batch.origin
    moved = np.empty(n, dtype=object)
    moved[:] = batch.moved
    rows["moved"] = moved
    rows["at"] = batch.at[is_proposed]
    for j, name in enumerate(_ANTICIPATED):
        rows[f"anticipated_{name}"] = batch.anticipated[:, j]
    for name, column in batch.coordinates.items():
        if column.ndim == 2:
            padded = np.full((n, widths[name]), np.nan)
            width = min(widths[name], column.shape[1])
            padded[:, :width] = column[:, :width]
            rows[f"param_{name}"] = padded
        else:
            rows[f"param_{name}"] = column
    return proposals.extend(rows)


def _used_width(column: Array) -> int:
    used = np.flatnonzero(~np.all(np.isnan(column), axis=0))
    return int(used[-1]) + 1 if len(used) > 0 else 1


def _extend_evaluations(study: Study, batch: EventColumns, trials: NDArray[np.int64]) -> Table:
    if len(trials) == 0:
        return study.evaluations
    seen = study.evaluations["trial"]
    once = len(np.unique(trials)) == len(trials) and not np.any(np.isin(trials, seen))
    if not once:
        return _extend_evaluations_slowly(study, batch, trials)
    rows = np.zeros(len(trials), _EVALUATIONS)
    rows["trial"] = trials
    rows["n_folds"] = batch.fold_count
    # The loss of a worker is no failure of its trial.
    failed = np.array(
        [
            failure is not None and not (n == 0 and failure.kind == WORKER_LOST)
            for failure, n in zip(batch.failure, batch.fold_count.tolist(), strict=True)
        ],
        dtype=np.bool_,
    )
    rows["failed"] = failed
    failures = np.empty(len(trials), dtype=object)
    failures[:] = batch.failure
    rows["failure"] = failures
    begins = np.concatenate([[0], np.cumsum(batch.fold_count)[:-1]])
    for k in np.unique(batch.fold_count):
        where = np.flatnonzero(batch.fold_count == k)
        if k == 0:
            for name in ("score", "score_sd", "fit_seconds", "score_seconds"):
                rows[name][where] = np.nan
            continue
        grid = begins[where][:, None] + np.arange(k)[None, :]
        # Column by column, so that sums round as they do one event at a time.
        means = {
            name: _column_mean(values[grid])
            for name, values in (
                ("score", batch.scores),
                ("fit_seconds", batch.fit_seconds),
                ("score_seconds", batch.score_seconds),
            )
        }
        total = np.zeros(len(where))
        mean = means["score"]
        with np.errstate(invalid="ignore", over="ignore"):
            for j in range(int(k)):
                deviation = batch.scores[grid[:, j]] - mean
                total += deviation * deviation
            bad = failed[where] | ~np.isfinite(mean)
            rows["score"][where] = np.where(bad, np.nan, mean)
            rows["score_sd"][where] = np.where(bad, np.nan, np.sqrt(total / k))
        rows["fit_seconds"][where] = means["fit_seconds"]
        rows["score_seconds"][where] = means["score_seconds"]
    return study.evaluations.extend(rows)


def _column_mean(values: Array) -> Array:
    if values.shape[1] == 1:
        return values[:, 0]
    total = np.zeros(len(values))
    with np.errstate(invalid="ignore", over="ignore"):
        for j in range(values.shape[1]):
            total += values[:, j]
        total /= values.shape[1]
    return total


def _extend_evaluations_slowly(
    study: Study, batch: EventColumns, trials: NDArray[np.int64]
) -> Table:
    known: dict[int, Measurement] = {}
    evaluations = study.evaluations
    begin = 0
    for i, trial in enumerate(trials.tolist()):
        end = begin + int(batch.fold_count[i])
        before = known.get(trial)
        if before is None:
            before = study.measurement(trial) if trial <= study.n_trials else NOTHING_MEASURED
        new = Measurement(
            tuple(batch.folds[begin:end].tolist()),
            tuple(batch.scores[begin:end].tolist()),
            tuple(batch.fit_seconds[begin:end].tolist()),
            tuple(batch.score_seconds[begin:end].tolist()),
            failure=batch.failure[i],
        )
        begin = end
        known[trial] = now = _added(before, new)
        evaluations = evaluations.append(_evaluation(trial, now.outcome(study.sign), new.failure))
    return evaluations
