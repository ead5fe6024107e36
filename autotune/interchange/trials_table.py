"""A log as a table with one row for each trial: made of whole columns, never trial by trial."""

from __future__ import annotations

from collections.abc import Sequence as SequenceABC
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen
from numpy.typing import NDArray

from autotune.errors import LogError, StudyError
from autotune.interchange.changed_parameters import changed_names, changed_words
from autotune.log import Log
from autotune.log.schema import Layout
from autotune.log.upcast import upcast
from autotune.log.values import column_for, single, split
from autotune.replay.reading import LogLike, reading
from autotune.space import Boolean, Categorical, Fixed, Float, Integer, Ordinal, Sequence, Space
from autotune.study import Accepted, Evaluated, Proposed, Rejected, SpaceChanged, replay
from autotune.study.events import SCHEMA_VERSION

__all__ = ["ACCEPTED", "FAILED", "PENDING", "REJECTED", "trials_table"]

Array: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.int64]

ACCEPTED, REJECTED, FAILED, PENDING = "accepted", "rejected", "failed", "pending"
_STATUS = pa.array([ACCEPTED, REJECTED, FAILED, PENDING])
_PARAM = "param_"
_ANTICIPATED = tuple(
    f"anticipated_{name}"
    for name in ("score", "score_sd", "seconds", "seconds_sd", "gain", "seconds_saved")
)
_PROPOSED = ("trial", "at", "parent", "origin", "moved", *_ANTICIPATED)
_EVALUATED = (
    "trial", "folds", "scores", "fit_seconds", "score_seconds", "failure_kind", "failure_message",
)  # fmt: skip
_JUDGED = ("trial", "at", "kind", "gain", "seconds_saved", "reason")


def trials_table(log: LogLike, *, words: bool = False) -> pa.Table:
    """Return all trials of a log as an Arrow table, one row each, in the order of their numbers.

    Parameters
    ----------
    log : path or Log
        The log.
    words : bool
        Whether what a trial changed is told in words too, in a column ``changes``; for a million
        trials that takes seconds.

    Returns
    -------
    pyarrow.Table
        ``trial``, ``parent``, ``origin``; ``status``, which is accepted, rejected, failed or
        pending, and ``reason`` of a rejection; ``score`` and ``score_sd`` over the ``folds`` and
        their ``scores``, as the scorer counts; ``fit_seconds`` and ``score_seconds`` of a fold, in
        the mean; ``gain`` and ``seconds_saved`` against the incumbent of the time; six columns
        ``anticipated_<what>``; ``incumbent`` after its verdict and the ``incumbent_score``;
        ``proposed_at``, ``finished_at`` and ``elapsed_seconds`` from the study's beginning to the
        verdict; ``failure_kind`` and ``failure_message``; the parameters that ``moved``, as they
        were drawn, and those that ``changed`` against the parent; and ``param_<name>`` for each
        parameter of the last space, typed as in the log. What is not known is null, as is the value
        of an inactive parameter; a trial from before the space changed has the start values of the
        parameters it lacked.

    Raises
    ------
    StudyError
        If the log holds no study.
    LogError
        If it can't be read.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=2)
    >>> trials_table(found.log).select(["trial", "status", "score", "param_x"]).to_pylist()[0]
    {'trial': 1, 'status': 'accepted', 'score': -4.0, 'param_x': 1.0}
    """
    with reading(log) as opened:
        space = opened.space
        if space is None:
            raise StudyError("the log holds no study; give the log of one")
        events = _events(opened, space)
        kinds = single(events["kind"])
        proposed = _of_kinds(events, kinds, [Proposed])
        n = proposed.num_rows
        if not np.array_equal(_whole(proposed, "trial"), np.arange(1, n + 1)):
            raise StudyError("the trials are not proposed in turn; the log was changed")
        if _has(kinds, SpaceChanged):
            parameters = _folded_parameters(opened, events.num_rows)
            space = opened.space or space  # a writer may have changed it just now
        else:
            parameters = {name: single(proposed[_PARAM + name]) for name in space}
    outcomes = _outcomes(_of_kinds(events, kinds, [Evaluated], _EVALUATED), n)
    verdicts = _verdicts(_of_kinds(events, kinds, [Accepted, Rejected], _JUDGED), n)
    parent = single(proposed["parent"])
    began = events["at"][0].cast(pa.int64()).as_py()
    finished = verdicts.at
    columns: dict[str, Any] = {
        "trial": proposed["trial"],
        "parent": parent,
        "origin": proposed["origin"],
        "status": verdicts.status,
        "reason": verdicts.reason,
        "score": _numbers(outcomes.score),
        "score_sd": _numbers(outcomes.score_sd),
        "folds": outcomes.folds,
        "scores": outcomes.scores,
        "fit_seconds": _numbers(outcomes.fit_seconds),
        "score_seconds": _numbers(outcomes.score_seconds),
        "gain": verdicts.gain,
        "seconds_saved": verdicts.seconds_saved,
        **{name: proposed[name] for name in _ANTICIPATED},
        "incumbent": pa.array(verdicts.incumbent, mask=verdicts.incumbent == 0),
        "incumbent_score": _numbers(_at(outcomes.score, verdicts.incumbent)),
        "proposed_at": proposed["at"],
        "finished_at": finished,
        "elapsed_seconds": pc.divide(
            pc.cast(pc.subtract(pc.cast(finished, pa.int64()), began), pa.float64()), 1e6
        ),
        "failure_kind": outcomes.failure_kind,
        "failure_message": outcomes.failure_message,
        "moved": proposed["moved"],
        "changed": changed_names(parameters, parent),
    }
    if words:
        columns["changes"] = changed_words(
            parameters, Layout(space).parameters, proposed, dict(space.start)
        )
    columns.update({_PARAM + name: values for name, values in parameters.items()})
    return pa.table(columns)


def _events(log: Log, space: Space) -> pa.Table:
    """Return the columns that are needed of all events."""
    parameters = (_PARAM + name for name in space)
    names = ["kind", "schema_version", *_PROPOSED, *_EVALUATED, *_JUDGED, *parameters]
    events = log.table(list(dict.fromkeys(names)))
    versions = events["schema_version"]
    if versions.null_count == 0 and pc.all(pc.equal(versions, SCHEMA_VERSION)).as_py():
        return events
    return upcast(log.table())  # which may need others


def _has(kinds: pa.Array, kind: type) -> bool:
    return bool(pc.any(pc.equal(kinds, kind.__name__)).as_py())


def _of_kinds(
    events: pa.Table,
    kinds: pa.Array,
    wanted: SequenceABC[type],
    names: SequenceABC[str] | None = None,
) -> pa.Table:
    """Return the rows of some kinds of events, and the columns that these need."""
    if names is None:
        names = [*_PROPOSED, *(name for name in events.column_names if name.startswith(_PARAM))]
    for name in names:
        if name not in events.column_names:
            raise LogError(f"the log has no column {name}; it was changed or is damaged")
    mask = pc.is_in(kinds, value_set=pa.array([kind.__name__ for kind in wanted]))
    return events.select(list(names)).filter(mask).combine_chunks()


def _whole(table: pa.Table, name: str) -> Rows:
    return np.asarray(single(table[name]), dtype=np.int64)


def _numbers(values: Array) -> pa.Array:
    """Return numbers with null for NaN."""
    return pa.array(values, from_pandas=True)


def _at(values: Array, trials: Rows) -> Array:
    """Return the values of trials, NaN for trial 0."""
    found = np.full(len(trials), np.nan)
    known = trials > 0
    found[known] = values[trials[known] - 1]
    return found


@frozen(eq=False)
class _Outcomes:
    score: Array
    score_sd: Array
    fit_seconds: Array
    score_seconds: Array
    folds: pa.Array
    scores: pa.Array
    failure_kind: pa.Array
    failure_message: pa.Array


def _outcomes(evaluated: pa.Table, n: int) -> _Outcomes:
    """Sum up the folds of each trial, in the order of the record, as ``Study`` does."""
    trials = _checked(evaluated, n)
    order = np.argsort(trials, kind="stable")
    if not np.array_equal(order, np.arange(len(order))):
        evaluated, trials = evaluated.take(order), trials[order]
    flat, lengths = split(single(evaluated["folds"]))
    count = np.bincount(trials - 1, weights=lengths, minlength=n).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(count)])
    columns = {}
    for name in ("scores", "fit_seconds", "score_seconds"):
        values, found = split(single(evaluated[name]))
        if not np.array_equal(found, lengths):
            raise LogError(f"an evaluation has not one of {name} for each fold")
        columns[name] = np.asarray(values)
    failed = np.zeros(n, dtype=np.bool_)
    kinds, messages = (single(evaluated[f"failure_{what}"]) for what in ("kind", "message"))
    failures = np.flatnonzero(np.asarray(kinds.is_valid()))
    failed[trials[failures] - 1] = True
    # The last failure of a trial is told, which is mostly its only one.
    last = np.full(n, -1)
    last[trials[failures] - 1] = failures
    where = pa.array(last, mask=last < 0)
    score = _mean(columns["scores"], offsets)
    score[failed | ~np.isfinite(score)] = np.nan
    with np.errstate(invalid="ignore", over="ignore"):
        deviation = columns["scores"] - np.repeat(score, count)
        spread = np.sqrt(_mean(deviation * deviation, offsets))
    return _Outcomes(
        score=score,
        score_sd=spread,
        fit_seconds=_mean(columns["fit_seconds"], offsets),
        score_seconds=_mean(columns["score_seconds"], offsets),
        folds=_lists(offsets, flat),
        scores=_lists(offsets, pa.array(columns["scores"])),
        failure_kind=kinds.take(where),
        failure_message=messages.take(where),
    )


def _checked(rows: pa.Table, n: int) -> Rows:
    trials = _whole(rows, "trial")
    if np.any(trials < 1) or np.any(trials > n):
        raise StudyError("a trial was evaluated or judged but never proposed; the log was changed")
    return trials


def _lists(offsets: Rows, flat: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), flat)


def _mean(flat: Array, offsets: Rows) -> Array:
    """Return the mean of each list, adding its numbers in their order; NaN for an empty one."""
    begins, count = offsets[:-1], np.diff(offsets)
    total = np.zeros(len(count))
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        for j in range(int(count.max(initial=0))):
            there = np.flatnonzero(count > j)
            total[there] += flat[begins[there] + j]
        mean: Array = total / count
    return mean


@frozen(eq=False)
class _Verdicts:
    status: pa.Array
    reason: pa.Array
    gain: pa.Array
    seconds_saved: pa.Array
    at: pa.Array
    incumbent: Rows


def _verdicts(judged: pa.Table, n: int) -> _Verdicts:
    trials = _checked(judged, n)
    where = np.full(n, -1)
    where[trials - 1] = np.arange(len(trials))
    row = pa.array(where, mask=where < 0)
    accepted = np.asarray(pc.equal(single(judged["kind"]), Accepted.__name__))
    failed = np.asarray(pc.fill_null(pc.equal(single(judged["reason"]), "failed"), False))
    codes = np.where(accepted, 0, np.where(failed, 2, 1))
    status = np.full(n, 3)
    status[trials - 1] = codes
    # The verdicts stand in the order in which they were given, the trials in that of their numbers.
    latest = np.maximum.accumulate(np.where(accepted, np.arange(len(trials)), -1))
    incumbent = np.zeros(n, dtype=np.int64)
    incumbent[trials - 1] = np.where(latest < 0, 0, trials[latest]) if len(trials) > 0 else 0
    return _Verdicts(
        status=_STATUS.take(pa.array(status)),
        reason=single(judged["reason"]).take(row),
        gain=single(judged["gain"]).take(row),
        seconds_saved=single(judged["seconds_saved"]).take(row),
        at=single(judged["at"]).take(row),
        incumbent=incumbent,
    )


def _folded_parameters(log: Log, n_events: int) -> dict[str, pa.Array]:
    """Return a column for each parameter of the last space.

    A changed space changes what earlier trials count as; only folding tells that.
    """
    study = replay(log.batches(n_events))
    coordinates = study.coordinates
    active = study.known_space.active(coordinates)
    return {
        name: _as_written(dimension, coordinates[name], ~active[name])
        for name, dimension in study.known_space.parameters
    }


def _as_written(dimension: Any, coordinates: Array, inactive: NDArray[np.bool_]) -> pa.Array:
    """Return coordinates as the values that a log would hold; null where inactive."""
    column = column_for(dimension)
    if isinstance(dimension, Sequence):
        used = ~np.isnan(coordinates)
        count = used.sum(axis=1)
        offsets = pa.array(np.concatenate([[0], np.cumsum(count)]).astype(np.int32))
        flat = _as_written(dimension.of, coordinates[used], np.zeros(count.sum(), dtype=np.bool_))
        return pa.ListArray.from_arrays(offsets, flat, mask=pa.array(inactive))
    known = np.where(inactive, 0.0, coordinates)
    match dimension:
        case Float():
            return pa.array(known, column.type, mask=inactive)
        case Integer():
            return pa.array(known.astype(np.int64), column.type, mask=inactive)
        case Boolean():
            return pa.array(known != 0, column.type, mask=inactive)
        case Categorical() | Ordinal():
            options = [column.write(option) for option in dimension.options]
        case Fixed():
            options = [column.write(dimension.value)]
    where = pa.array(known.astype(np.int64), mask=inactive)
    return pa.array(options, column.type).take(where)
