"""Results as a table: scikit-learn's ``cv_results_`` with what the 2018 prototype recorded."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.log import Log
from autotune.study import Evaluated, Study
from autotune.study.changes import describe_changes
from autotune.study.events import REASONS
from autotune.study.rows import ACCEPTED, STATUSES, trial_columns

__all__ = ["cv_results"]


_CPU_TIMES = {"fit_cpu_seconds": "fit_cpu_time", "score_cpu_seconds": "score_cpu_time"}


def cv_results(study: Study, log: Log | None = None) -> dict[str, Any]:
    """Return all judged trials in the form of scikit-learn's ``cv_results_``.

    Parameters
    ----------
    study : Study
        The study.
    log : Log, optional
        Its log, for measures other than the score.

    Returns
    -------
    dict of str to array
        Column by column: ``params``, ``param_<name>``, ``split<k>_test_score``,
        ``mean_test_score``, ``std_test_score``, ``rank_test_score`` and the times, as scikit-learn
        has them; ``mean_fit_cpu_time`` and its like, the user time of processors, where it was
        measured; and those of the 2018 prototype: ``iteration``, ``improved``,
        ``score_improved_by``, ``score_improvement_anticipated``, ``time_improved_by``,
        ``changes``, ``params_previous``; and ``reason`` of a rejection.
    """
    trials = trial_columns(study)
    judged = trials.trial[trials.judged]
    rows = judged - 1
    configurations = [study.configuration(int(trial)) for trial in judged]
    splits, n_folds = _splits(study, judged)
    results: dict[str, Any] = {}
    for name in ("fit", "score"):
        mean, sd = _mean_sd(splits[f"{name}_seconds"])
        results[f"mean_{name}_time"] = mean
        results[f"std_{name}_time"] = sd
    for name in study.known_space:
        results[f"param_{name}"] = _parameter(name, configurations)
    results["params"] = configurations
    for k in range(n_folds):
        results[f"split{k}_test_score"] = splits["score"][:, k]
    results["mean_test_score"] = trials.score[rows]
    results["std_test_score"] = trials.score_sd[rows]
    results["rank_test_score"] = ranks(study.sign * trials.score[rows])
    if log is not None:
        index = {int(trial): i for i, trial in enumerate(judged)}
        results.update(_other_measures(log, index, n_folds))

    results["iteration"] = judged
    results["improved"] = trials.status[rows] == STATUSES.index(ACCEPTED)
    results["score_improved_by"] = _zero_for_nan(trials.gain[rows])
    anticipated = study.proposals["anticipated_gain"][rows]
    results["score_improvement_anticipated"] = _zero_for_nan(anticipated)
    results["time_improved_by"] = _zero_for_nan(trials.seconds_saved[rows])
    results["changes"] = _objects(describe_changes(study, judged))
    results["params_previous"] = _objects(
        [
            study.configuration(parent) if parent > 0 else configurations[i]
            for i, parent in enumerate(trials.parent[rows].tolist())
        ]
    )
    results["reason"] = _objects(
        ["" if code < 0 else REASONS[code] for code in trials.reason[rows].tolist()]
    )
    return results


def _splits(study: Study, trials: NDArray[np.int64]) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Return what each fold of some trials gave, as grids of trials and folds."""
    folds = study.folds.rows[np.isin(study.folds["trial"], trials)]
    n_folds = max(study.begun.n_folds, int(folds["fold"].max(initial=-1)) + 1)
    place = np.searchsorted(trials, folds["trial"]), folds["fold"]
    splits = {}
    for name in ("score", "fit_seconds", "score_seconds"):
        splits[name] = np.full((len(trials), n_folds), np.nan)
        splits[name][place] = folds[name]
    return splits, n_folds


def _parameter(name: str, configurations: list[dict[str, Any]]) -> NDArray[Any]:
    """Return a parameter's values, masked where it is inactive, as scikit-learn has it."""
    lacking = [name not in configuration for configuration in configurations]
    if not any(lacking):
        return _column([configuration[name] for configuration in configurations])
    values = _objects([configuration.get(name) for configuration in configurations])
    masked: NDArray[Any] = np.ma.MaskedArray(values, mask=lacking)
    return masked


def _mean_sd(grid: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    known = ~np.isnan(grid)
    count = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, grid, 0.0).sum(axis=1) / count
        squares = np.where(known, (grid - mean[:, None]) ** 2, 0.0).sum(axis=1) / count
    return mean, np.sqrt(squares)


def ranks(score: NDArray[np.float64]) -> NDArray[np.int32]:
    """Rank from 1, best first, ties sharing the best rank and failures last."""
    filled = np.where(np.isnan(score), -math.inf, score)
    ordered = np.sort(-filled)
    return (np.searchsorted(ordered, -filled, side="left") + 1).astype(np.int32)


def _zero_for_nan(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(values), 0.0, values)


def _objects(values: list[Any]) -> NDArray[Any]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _column(values: list[Any]) -> NDArray[Any]:
    kinds = {type(value) for value in values}
    dtype: Any = object
    if kinds == {bool}:
        dtype = np.bool_
    elif kinds == {int}:
        dtype = np.int64
    elif kinds == {float}:
        dtype = np.float64
    data = np.empty(len(values), dtype=dtype)
    for i, value in enumerate(values):
        data[i] = value
    return np.ma.MaskedArray(data, mask=np.zeros(len(values), dtype=bool))


def _other_measures(log: Log, index: dict[int, int], n_folds: int) -> dict[str, Any]:
    grids: dict[str, NDArray[np.float64]] = {}
    for event in log.events():
        if (
            not isinstance(event, Evaluated)
            or event.trial not in index
            or not event.measurement.metrics
        ):
            continue
        i = index[event.trial]
        for name, values in event.measurement.metrics.items():
            grid = grids.setdefault(name, np.full((len(index), n_folds), np.nan))
            grid[i, list(event.measurement.folds)] = values
    results = {}
    for name, grid in grids.items():
        if name in _CPU_TIMES:
            mean, sd = _mean_sd(grid)
            results[f"mean_{_CPU_TIMES[name]}"], results[f"std_{_CPU_TIMES[name]}"] = mean, sd
            continue
        for k in range(n_folds):
            results[f"split{k}_{name}"] = grid[:, k]
        results[f"mean_{name}"], results[f"std_{name}"] = _mean_sd(grid)
    return results
