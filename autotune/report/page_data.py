"""The data of a report's page: studies as plain values, their trials as compact columns."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autotune.report.best import best_of
from autotune.space import Boolean, Dimension, Fixed, Float, Integer, Sequence
from autotune.space.dimensions import Label
from autotune.space.equality import Exactly
from autotune.study import Study
from autotune.study.changes import describe_changes
from autotune.study.events import ORIGINS, REASONS
from autotune.study.formatting import as_python, clean, describe_strategy, format_value, moment
from autotune.study.rows import FAILED, REJECTED, STATUSES, trial_columns

if TYPE_CHECKING:
    from autotune.analysis.honest_score import HonestScore

__all__ = ["column", "page_data", "study_data"]

Array: TypeAlias = NDArray[np.float64]

_REJECTED, _FAILED = STATUSES.index(REJECTED), STATUSES.index(FAILED)


def page_data(studies: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return all that a page shows.

    Parameters
    ----------
    studies : mapping of str to dict
        What ``study_data`` returned of each, by the names of their logs.
    """
    return {
        "verdicts": list(STATUSES),
        "origins": list(ORIGINS),
        "reasons": list(REASONS),
        "studies": [{"name": clean(name), **data} for name, data in studies.items()],
    }


def study_data(study: Study) -> dict[str, Any]:
    """Return a study as the page needs it: words and numbers, and the trials as columns.

    Parameters
    ----------
    study : Study
        The study; it must have started.

    Returns
    -------
    dict
        Of plain values, strictly as JSON has them. A column is what ``column`` returns; row ``i``
        is trial ``i + 1``.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=5)
    >>> data = study_data(result.study)
    >>> data["n_trials"], data["parameters"][0]["name"], data["best"]["trial"] > 0
    (5, 'x', True)
    """
    began = study.begun
    began_at = moment(began.at)
    outcomes = study.outcomes()
    accepted = study.verdicts["accepted"]
    return {
        "study_id": clean(began.study_id),
        "metric": clean(began.metric),
        "direction": began.direction,
        "n_folds": began.n_folds,
        "seed": str(began.seed),
        "started": None if began_at is None else began_at.strftime("%Y-%m-%d %H:%M UTC"),
        "strategy": describe_strategy(study.strategy),
        "lineage": None
        if began.lineage is None
        else {"study_id": clean(began.lineage.study_id), "seq": began.lineage.seq},
        "n_events": study.n_events,
        "n_trials": study.n_trials,
        "n_prior": study.n_prior,
        "n_accepted": int(accepted.sum()),
        "n_failed": int(outcomes.failed.sum()),
        "n_pending": len(study.pending),
        "stopped": None if study.stopped is None else clean(study.stopped.words),
        "incumbent": study.incumbent,
        "best": _best(study),
        "parameters": [_parameter(study, name) for name in study.known_space],
        "trials": _trials(study),
        "moved": _moved(study),
        # In the order of the verdicts, which isn't that of the numbers where trials ran at once.
        "accepted": column(study.verdicts["trial"][accepted]),
        "at_start": _at_start(study),
        "failures": {
            str(trial): [clean(failure.kind), clean(failure.message)]
            for trial, failure in study.failures().items()
        },
    }


def column(values: NDArray[Any]) -> dict[str, str] | None:
    """Return numbers as the smallest of a few little-endian types that holds them, in base64.

    Parameters
    ----------
    values : ndarray
        Real numbers stay doubles; single precision is for the caller to choose.

    Returns
    -------
    dict, optional
        ``type``, one of f8, f4, i4, i2 and i1, and ``data``; None where all is NaN.

    Examples
    --------
    >>> column(np.array([0, 1]))
    {'type': 'i1', 'data': 'AAE='}
    >>> column(np.array([np.nan])) is None
    True
    """
    if values.dtype.kind == "f":
        if bool(np.all(np.isnan(values))):
            return None
        kind = f"f{values.dtype.itemsize}"
    else:
        low, high = (int(values.min()), int(values.max())) if len(values) > 0 else (0, 0)
        kinds = [each for each in ("i1", "i2", "i4") if _holds(each, low, high)]
        kind = kinds[0] if kinds else "f8"
    data = base64.b64encode(np.ascontiguousarray(values, dtype=f"<{kind}").tobytes())
    return {"type": kind, "data": data.decode("ascii")}


def _holds(kind: str, low: int, high: int) -> bool:
    limits = np.iinfo(kind)
    return bool(limits.min <= low and high <= limits.max)


def _single(values: Array) -> dict[str, str] | None:
    """Return a column for looking at, to seven digits; doubles where these don't reach."""
    with np.errstate(over="ignore", invalid="ignore"):
        short = np.where(np.isfinite(values), values, np.nan).astype(np.float32)
    return column(values if bool(np.any(np.isinf(short))) else short)


def _trials(study: Study) -> dict[str, Any]:
    trials, proposals = trial_columns(study), study.proposals
    # Here every trial with a recorded failure has failed, and no other.
    verdict = np.where(trials.status == _FAILED, _REJECTED, trials.status)
    verdict = np.where(trials.failed & trials.judged, _FAILED, verdict)
    return {
        "parent": column(trials.parent),
        "origin": column(trials.origin),
        "verdict": column(verdict),
        "reason": column(trials.reason),
        "n_folds": column(trials.n_folds),
        "score": column(np.where(np.isfinite(trials.score), trials.score, np.nan)),
        "score_sd": _single(trials.score_sd),
        "seconds": _single(trials.fit_seconds),
        "gain": _single(trials.gain),
        "saved": _single(trials.seconds_saved),
        "elapsed": _single(trials.elapsed),
        "expected_score": _single(proposals["anticipated_score"]),
        "expected_score_sd": _single(proposals["anticipated_score_sd"]),
        "expected_seconds": _single(proposals["anticipated_seconds"]),
        "expected_seconds_sd": _single(proposals["anticipated_seconds_sd"]),
        "expected_success": _single(proposals["anticipated_success"]),
    }


def _moved(study: Study) -> dict[str, Any]:
    """Return the lists of parameters that were drawn to move, by their places in the space."""
    place = {name: i for i, name in enumerate(study.known_space)}
    different: dict[tuple[str, ...], int] = {(): 0}
    index = [different.setdefault(names, len(different)) for names in study.proposals["moved"]]
    return {
        "lists": [[place[name] for name in names if name in place] for names in different],
        "values": column(np.array(index, dtype=np.int64)),
    }


def _parameter(study: Study, name: str) -> dict[str, Any]:
    space = study.known_space
    dimension = space[name]
    coordinates = study.proposals[f"param_{name}"]
    active = space.active(study.coordinates)[name]
    known: dict[str, Any] = {
        "name": clean(name),
        "kind": type(dimension).__name__.lower(),
        "start": clean(format_value(space.start_values[name])),
        "logarithmic": _logarithmic(dimension),
        "texts": None,
        "codes": None,
        "sums": None,
        "labels_only": [],
    }
    if isinstance(dimension, Float | Integer):
        values = np.where(active, coordinates, np.nan)
        return {**known, "values": column(values)}
    if isinstance(dimension, Sequence):
        texts, codes, places, index = _sequences(dimension, coordinates, active)
        return {
            **known,
            "texts": texts,
            "codes": None if codes == texts else codes,
            "sums": _single(places),
            "values": column(index),
        }
    options: tuple[Any, ...] = (
        (dimension.value,)
        if isinstance(dimension, Fixed)
        else (False, True)
        if isinstance(dimension, Boolean)
        else dimension.options
    )
    index = np.full(len(coordinates), -1, dtype=np.int64)
    index[active] = 0 if isinstance(dimension, Fixed) else coordinates[active].astype(np.int64)
    return {
        **known,
        "texts": [clean(format_value(option)) for option in options],
        "codes": [_code(option) for option in options],
        "labels_only": [i for i, option in enumerate(options) if isinstance(option, Label)],
        "values": column(index),
    }


def _code(value: Any) -> str:
    return clean(repr(value.text if isinstance(value, Label) else value))


def _logarithmic(dimension: Dimension) -> bool:
    """Whether a parameter is best looked at on a scale of ratios."""
    if isinstance(dimension, Sequence):
        return isinstance(dimension.of, Float | Integer)
    return isinstance(dimension, Float | Integer) and (dimension.log or not dimension.bounded)


def _sequences(
    dimension: Sequence, coordinates: Array, active: NDArray[np.bool_]
) -> tuple[list[str], list[str], Array, NDArray[np.int64]]:
    """Return the different values there are, as text and code, their sums, and which is where."""
    filled = np.where(np.isnan(coordinates), -np.inf, coordinates)
    different, index = np.unique(filled[active], axis=0, return_inverse=True)
    values = [dimension.decode(np.where(np.isinf(row), np.nan, row)) for row in different]
    numbers = isinstance(dimension.of, Float | Integer)
    places = np.array([float(sum(v)) if numbers else float(len(v)) for v in values])
    where = np.full(len(coordinates), -1, dtype=np.int64)
    where[active] = index.reshape(-1)
    texts = [clean(format_value(value)) for value in values]
    return texts, [clean(repr(value)) for value in values], places, where


def _at_start(study: Study) -> list[int]:
    """Return the trials that tried the start values of the space as it is now."""
    starts = np.flatnonzero(study.proposals["origin"] == ORIGINS.index("start")) + 1
    texts = np.array(describe_changes(study, starts), dtype=object)
    return [int(trial) for trial in starts[texts == "start values"]]


def _best(study: Study) -> dict[str, Any] | None:
    held = best_of(study)
    if held is None:
        return None
    best, start, outcome = held.configuration, study.known_space.start, held.outcome
    names = [name for name in study.known_space if name in best or name in start]
    changed = [
        {
            "name": clean(name),
            "start": _shown(start, name),
            "best": _shown(best, name),
            "same": name in best and name in start and Exactly(best[name]) == Exactly(start[name]),
        }
        for name in names
    ]
    # A score that was finite when it was accepted may have been spoilt by folds that came later.
    known = {
        name: float(value) if np.isfinite(value) else None
        for name, value in (
            ("score", outcome.score),
            ("score_sd", outcome.score_sd),
            ("seconds", outcome.fit_seconds),
        )
    }
    return {
        "trial": held.trial,
        **known,
        "expected": _expected(held.honest),
        "n_folds": outcome.n_folds,
        "code": as_python(best),
        "changed": changed,
    }


def _expected(honest: HonestScore | None) -> dict[str, Any] | None:
    """Return what is to be expected, as text; None where only what was measured is known."""
    if honest is None or not honest.words:
        return None
    score, low, high = honest.texts
    return {"score": score, "low": low, "high": high, "level": honest.level}


def _shown(configuration: Mapping[str, Any], name: str) -> str:
    return clean(format_value(configuration[name])) if name in configuration else "inactive"
