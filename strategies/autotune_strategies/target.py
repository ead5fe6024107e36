"""The record of a target in a study: the column that anticipators and weights learn from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autotune.study import Study

__all__ = ["censored_seconds", "target_column"]

_TIMED_OUT = "TimeoutError"


def target_column(study: Study, target: str) -> NDArray[np.float64]:
    """Return a target's values, row ``i`` for trial ``i + 1``; NaN where a trial is not usable.

    Parameters
    ----------
    study : Study
        The state.
    target : {"score", "seconds", "success"}
        The score (larger is better), the mean fit seconds of a fold, or whether it succeeded: 1 for
        a trial with a score, 0 for one that failed.

    Returns
    -------
    ndarray, shape (n_trials,)
        Finite where the trial is judged and has a finite score and target; for success, wherever
        it is judged.

    Examples
    --------
    >>> from autotune.study import EMPTY
    >>> target_column(EMPTY, "score")
    array([], dtype=float64)
    """
    outcomes = study.outcomes()
    if target == "success":
        return np.where(outcomes.judged, outcomes.usable.astype(np.float64), np.nan)
    y = outcomes.value if target == "score" else outcomes.fit_seconds
    return np.where(outcomes.usable & np.isfinite(y), y, np.nan)


def censored_seconds(study: Study) -> NDArray[np.float64]:
    """Return how many seconds a fold took at least of trials that were ended for taking too long.

    Parameters
    ----------
    study : Study
        The state.

    Returns
    -------
    ndarray, shape (n_trials,)
        Mean seconds of the folds that ran, above 0; NaN for all other trials.

    Examples
    --------
    >>> from autotune.study import EMPTY
    >>> censored_seconds(EMPTY)
    array([], dtype=float64)
    """
    outcomes = study.outcomes()
    bounds = np.full(len(outcomes.failed), np.nan)
    for trial, failure in study.failures().items():
        if failure.limit is not None or failure.kind == _TIMED_OUT:
            bounds[trial - 1] = outcomes.fit_seconds[trial - 1]
    return np.where(outcomes.judged & (bounds > 0), bounds, np.nan)
