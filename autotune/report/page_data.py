"""What the page of a report shows, as plain data: a study's trials as columns, compactly."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autotune.space import Boolean, Dimension, Fixed, Float, Integer, Sequence
from autotune.space.dimensions import Exactly, Label
from autotune.study import Failure, Study
from autotune.study.events import ORIGINS, REASONS
from autotune.study.formatting import as_python, clean, format_value, strategy_in_words
from autotune.study.summary import changes_in_words

__all__ = ["VERDICTS", "column", "page_data", "study_data"]

Array: TypeAlias = NDArray[np.float64]

VERDICTS = ("accepted", "rejected", "failed", "pending")
"""What can have become of a trial; in a report, failed ones are told from those rejected."""


def page_data(studies: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return all that a page shows.

    Parameters
    ----------
    studies : mapping of str to dict
        What ``study_data`` returned of each, by the names of their logs.
    """
    return {
        "verdicts": list(VERDICTS),
        "origins": list(ORIGINS),
        "reasons": list(REASONS),
        "studies": [{"name": clean(name), **data} for name, data in studies.items()],
    }


def study_data(study: Study, failures: Mapping[int, Failure] | None = None) -> dict[str, Any]:
    """Return a study as the page needs it: words and numbers, and the trials as columns.

    Parameters
    ----------
    study : Study
        The study; it must have started.
    failures : mapping of int to Failure, optional
        What went wrong, by trial.

    Returns
    -------
    dict
        Of plain values, strictly as JSON has them. A column is what ``column`` returns; row ``i``
        is trial ``i + 1``.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=5)
    >>> data = study_data(found.study)
    >>> data["n_trials"], data["parameters"][0]["name"], data["incumbent"]["trial"] > 0
    (5, 'x', True)
    """
    began = study.begun
    outcomes = study.outcomes()
    accepted = study.verdicts["accepted"]
    return {
        "study_id": clean(began.study_id),
        "metric": clean(began.metric),
        "direction": began.direction,
        "n_folds": began.n_folds,
        "seed": str(began.seed),
        "started": _when(began.at),
        "strategy": strategy_in_words(study.strategy),
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
        "incumbent": _incumbent(study),
        "parameters": [_parameter(study, name) for name in study.known_space],
        "trials": _trials(study),
        "moved": _moved(study),
        # In the order of the verdicts, which isn't that of the numbers where trials ran at once.
        "accepted": column(study.verdicts["trial"][accepted]),
        "at_start": [int(trial) for trial in _at_start(study)],
        "failures": {
            str(trial): [clean(failure.kind), clean(failure.message)]
            for trial, failure in (failures or {}).items()
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
    n = study.n_trials
    outcomes = study.outcomes()
    proposals, verdicts = study.proposals, study.verdicts
    rows = verdicts["trial"] - 1
    verdict = np.full(n, VERDICTS.index("pending"), dtype=np.int8)
    verdict[rows] = np.where(
        verdicts["accepted"], VERDICTS.index("accepted"), VERDICTS.index("rejected")
    )
    verdict[outcomes.failed & outcomes.judged] = VERDICTS.index("failed")
    reason = np.full(n, -1, dtype=np.int8)
    reason[rows] = verdicts["reason"]
    spread = {}
    for name, values in (
        ("gain", verdicts["gain"]),
        ("saved", verdicts["seconds_saved"]),
        ("elapsed", (verdicts["at"] - study.begun.at) / 1e6),
    ):
        spread[name] = np.full(n, np.nan)
        spread[name][rows] = values
    return {
        "parent": column(proposals["parent"]),
        "origin": column(proposals["origin"]),
        "verdict": column(verdict),
        "reason": column(reason),
        "n_folds": column(outcomes.n_folds),
        "score": column(_finite(study.sign * outcomes.score)),
        "score_sd": _single(outcomes.score_sd),
        "seconds": _single(outcomes.fit_seconds),
        "gain": _single(spread["gain"]),
        "saved": _single(spread["saved"]),
        "elapsed": _single(spread["elapsed"]),
        "expected_score": _single(proposals["anticipated_score"]),
        "expected_score_sd": _single(proposals["anticipated_score_sd"]),
        "expected_seconds": _single(proposals["anticipated_seconds"]),
        "expected_seconds_sd": _single(proposals["anticipated_seconds_sd"]),
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


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)


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
    found = [int(trial) for trial in starts]
    return [trial for trial in found if changes_in_words(study, trial) == "start values"]


def _incumbent(study: Study) -> dict[str, Any] | None:
    trial, outcome = study.incumbent, study.incumbent_outcome
    if trial is None or outcome is None:
        return None
    best, start = study.configuration(trial), study.known_space.start
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
    return {
        "trial": trial,
        # Unknown where a fold that was evaluated after the verdict failed.
        "score": _known(study.sign * outcome.score),
        "score_sd": _known(outcome.score_sd),
        "n_folds": outcome.n_folds,
        "seconds": _known(outcome.fit_seconds),
        "code": as_python(best),
        "changed": changed,
    }


def _known(number: float | None) -> float | None:
    return None if number is None or not math.isfinite(number) else number


def _shown(configuration: Mapping[str, Any], name: str) -> str:
    return clean(format_value(configuration[name])) if name in configuration else "inactive"


def _when(at: int) -> str | None:
    try:
        return datetime.fromtimestamp(at / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):  # a made-up clock
        return None
