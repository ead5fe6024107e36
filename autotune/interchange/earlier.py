"""Prior results: earlier evaluations, wherever they were kept, for a new study to learn from."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np

from autotune.errors import StudyError
from autotune.log import Log, open_log
from autotune.objective import Measurement
from autotune.study import Direction, Evaluated, Failure, Proposed, StudyStarted
from autotune.study.measurement import joined
from autotune.tuner import PriorTrial

__all__ = ["read_prior"]

_SPLIT = re.compile(r"split(\d+)_test_score$")


def read_prior(source: Any, direction: Direction = "maximize") -> list[PriorTrial]:
    """Read earlier results.

    Parameters
    ----------
    source : fitted search, Log, path, cv_results_ dict or sequence of PriorTrial
        Anything with a ``log_`` or a ``cv_results_``; a log or its path; a dict of columns with
        ``params`` and ``mean_test_score`` or ``split<k>_test_score``; or earlier results that are
        read already, such as ``autotune.merge(logs).trials``.
    direction : {"maximize", "minimize"}
        Which way is better in the study that is to take them over.

    Returns
    -------
    list of PriorTrial
        In the order of their trials.

    Raises
    ------
    StudyError
        If it is none of these, columns are missing, or a log's direction is the other one.

    Examples
    --------
    >>> read_prior({"params": [{"C": 1.0}], "mean_test_score": [0.9]})[0].measurement.scores
    (0.9,)
    """
    if hasattr(source, "log_"):
        source = source.log_
    elif hasattr(source, "cv_results_"):
        source = source.cv_results_
    if isinstance(source, Mapping):
        return _from_columns(source)
    if isinstance(source, Log):
        return _from_log(source, direction)
    if isinstance(source, str | PathLike):
        with open_log(source, mode="r") as log:
            return _from_log(log, direction)
    if isinstance(source, list | tuple) and all(isinstance(t, PriorTrial) for t in source):
        return list(source)
    raise StudyError(
        f"prior_results of type {type(source).__name__} can't be read; give a fitted search, a "
        "log, the path of one, a cv_results_ dict, or autotune.merge(logs).trials"
    )


def _from_log(log: Log, direction: Direction) -> list[PriorTrial]:
    configurations: dict[int, Mapping[str, Any]] = {}
    parts: dict[int, list[Measurement]] = {}
    for event in log.events():
        if isinstance(event, StudyStarted) and event.direction != direction:
            raise StudyError(
                f"prior_results: the log's direction is {event.direction!r}, not {direction!r}; "
                "its scores mean the opposite, so leave them out"
            )
        if isinstance(event, Proposed):
            configurations[event.trial] = event.configuration
        elif isinstance(event, Evaluated):
            parts.setdefault(event.trial, []).append(event.measurement)
    return [PriorTrial(configurations[trial], joined(parts[trial])) for trial in sorted(parts)]


def _from_columns(columns: Mapping[str, Any]) -> list[PriorTrial]:
    if "params" not in columns:
        raise StudyError(
            f"prior_results: the dict has no 'params' among its columns {sorted(columns)[:8]}; "
            "give a cv_results_ dict"
        )
    splits = sorted((int(m[1]), name) for name in columns if (m := _SPLIT.match(name)))
    if not splits and "mean_test_score" not in columns:
        raise StudyError(
            "prior_results: the dict has neither 'mean_test_score' nor 'split0_test_score'; give "
            "one of them (several metrics: rename the one that counts)"
        )
    trials = []
    for i, params in enumerate(columns["params"]):
        scores = tuple(float(columns[name][i]) for _, name in splits)
        if not scores:
            scores = (float(columns["mean_test_score"][i]),)
        # A fold that another search never ran is missing there as NaN.
        kept = [k for k, score in enumerate(scores) if not math.isnan(score)]
        failure = None
        if not kept:
            kept = [0]
            failure = Failure("not finite", "the earlier result has no score")
        trials.append(
            PriorTrial(
                dict(params),
                Measurement(
                    folds=tuple(splits[k][0] if splits else 0 for k in kept),
                    scores=tuple(scores[k] for k in kept),
                    fit_seconds=(_seconds(columns, "mean_fit_time", i),) * len(kept),
                    score_seconds=(_seconds(columns, "mean_score_time", i),) * len(kept),
                    failure=failure,
                ),
            )
        )
    return trials


def _seconds(columns: Mapping[str, Any], name: str, i: int) -> float:
    value = float(np.asarray(columns[name])[i]) if name in columns else 0.0
    return value if math.isfinite(value) and value >= 0 else 0.0
