"""A log as a table with one row for each trial: made of whole columns, never trial by trial."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from autotune.errors import StudyError
from autotune.log.values import column_for
from autotune.replay.reading import LogLike, reading
from autotune.space import Boolean, Categorical, Fixed, Float, Integer, Ordinal, Sequence
from autotune.study import Study, replay
from autotune.study.changes import describe_changes, parameters_changed
from autotune.study.events import ORIGINS, REASONS
from autotune.study.rows import STATUSES, trial_columns

__all__ = ["read_trials", "trials_table"]

Array: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.int64]

_PARAM = "param_"
_ANTICIPATED = tuple(
    f"anticipated_{name}"
    for name in ("score", "score_sd", "seconds", "seconds_sd", "gain", "seconds_saved", "success")
)
_OF_FAILURES = {"kind": pa.string(), "message": pa.string(), "limit": pa.float64()}
_TIME = pa.timestamp("us", tz="UTC")


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
        the mean; ``gain`` and ``seconds_saved`` against the incumbent of the time; seven columns
        ``anticipated_<what>``; ``incumbent`` after its verdict and the ``incumbent_score``;
        ``proposed_at``, ``finished_at`` and ``elapsed_seconds`` from the study's beginning to the
        verdict; ``failure_kind``, ``failure_message`` and ``failure_limit``; the parameters that
        ``moved``, as they were drawn, and those that ``changed`` against the parent; and
        ``param_<name>`` for each parameter of the last space, typed as in the log. What is not
        known is null, as is the value of an inactive parameter; a trial from before the space
        changed has the start values of the parameters it lacked.

    Raises
    ------
    StudyError
        If the log holds no study.
    LogError
        If it can't be read.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=2)
    >>> trials_table(result.log).select(["trial", "status", "score", "param_x"]).to_pylist()[0]
    {'trial': 1, 'status': 'accepted', 'score': -4.0, 'param_x': 1.0}
    """
    return read_trials(log, words=words)[1]


def read_trials(log: LogLike, *, words: bool = False) -> tuple[Study, pa.Table]:
    """Return the study of a log and the table of its trials; see ``trials_table``."""
    with reading(log) as opened:
        study = replay(opened.batches())
        if study.started is None:
            raise StudyError("the log holds no study; give the log of one")
    trials = trial_columns(study)
    pending = ~trials.judged
    columns: dict[str, Any] = {
        "trial": trials.trial,
        "parent": pa.array(trials.parent, mask=trials.parent == 0),
        "origin": _words(ORIGINS, trials.origin),
        "status": _words(STATUSES, trials.status),
        "reason": _words(REASONS, trials.reason),
        "score": _numbers(trials.score + 0.0),  # one of both zeros
        "score_sd": _numbers(trials.score_sd),
        **_folds(study),
        "fit_seconds": _numbers(trials.fit_seconds),
        "score_seconds": _numbers(trials.score_seconds),
        "gain": _numbers(trials.gain),
        "seconds_saved": _numbers(trials.seconds_saved),
        **{name: _numbers(study.proposals[name]) for name in _ANTICIPATED},
        "incumbent": pa.array(trials.incumbent, mask=trials.incumbent == 0),
        "incumbent_score": _numbers(trials.incumbent_score + 0.0),
        "proposed_at": pa.array(trials.proposed_at, pa.int64()).cast(_TIME),
        "finished_at": pa.array(trials.judged_at, pa.int64(), mask=pending).cast(_TIME),
        "elapsed_seconds": _numbers(trials.elapsed),
        **_failures(study),
        "moved": pa.array(map(list, study.proposals["moved"]), pa.list_(pa.string())),
        "changed": _names(parameters_changed(study), list(study.known_space)),
    }
    if words:
        columns["changes"] = pa.array(describe_changes(study, trials.trial), pa.string())
    return study, pa.table({**columns, **_parameters(study)})


def _numbers(values: Array) -> pa.Array:
    """Return numbers with null for NaN."""
    return pa.array(values, from_pandas=True)


def _words(words: tuple[str, ...], codes: NDArray[np.int8]) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(codes, mask=codes < 0))


def _lists(count: Rows, flat: pa.Array, mask: pa.Array | None = None) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), flat, mask=mask)


def _folds(study: Study) -> dict[str, pa.Array]:
    """Return the folds of each trial and their scores, in the order of the record."""
    folds = study.folds.rows[np.argsort(study.folds["trial"], kind="stable")]
    count = np.bincount(folds["trial"] - 1, minlength=study.n_trials)
    return {
        "folds": _lists(count, pa.array(folds["fold"])),
        "scores": _lists(count, pa.array(folds["score"])),
    }


def _failures(study: Study) -> dict[str, pa.Array]:
    failures = study.failures()
    known = [failures.get(trial) for trial in range(1, study.n_trials + 1)]
    return {
        f"failure_{name}": pa.array(
            [None if failure is None else getattr(failure, name) for failure in known], kind
        )
        for name, kind in _OF_FAILURES.items()
    }


def _names(differ: NDArray[np.bool_], names: list[str]) -> pa.Array:
    chosen = pa.array(names, pa.string()).take(pa.array(np.nonzero(differ)[1]))
    return _lists(differ.sum(axis=1), chosen)


def _parameters(study: Study) -> dict[str, pa.Array]:
    coordinates = study.coordinates
    active = study.known_space.active(coordinates)
    return {
        _PARAM + name: _as_written(dimension, coordinates[name], ~active[name])
        for name, dimension in study.known_space.parameters
    }


def _as_written(dimension: Any, coordinates: Array, inactive: NDArray[np.bool_]) -> pa.Array:
    """Return coordinates as the values that a log would hold; null where inactive."""
    column = column_for(dimension)
    if isinstance(dimension, Sequence):
        used = ~np.isnan(coordinates)
        flat = _as_written(dimension.of, coordinates[used], np.zeros(used.sum(), dtype=np.bool_))
        return _lists(used.sum(axis=1), flat, pa.array(inactive))
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
