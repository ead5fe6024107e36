"""The trials of a study, one row each: the columns that every table, page and export reads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.study.changes import Trials, describe_changes
from autotune.study.events import ORIGINS, REASONS
from autotune.study.study import Study

__all__ = [
    "ACCEPTED",
    "FAILED",
    "PENDING",
    "REJECTED",
    "STATUSES",
    "TrialColumns",
    "TrialRow",
    "accepted_steps",
    "all_trials",
    "trial_columns",
    "trial_rows",
]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

STATUSES = ACCEPTED, REJECTED, FAILED, PENDING = ("accepted", "rejected", "failed", "pending")
"""Statuses of trials; those that failed are apart from those rejected for other reasons."""

_FAILED_REASON = REASONS.index("failed")


@frozen(eq=False)
class TrialColumns:
    """The trials of a study as columns: row ``i`` is trial ``i + 1``.

    Parameters
    ----------
    trial, parent : ndarray of int64
        The number of each, and of the trial that it stepped from, 0 for none.
    origin, status, reason : ndarray of int8
        Indices into ``ORIGINS``, ``STATUSES`` and ``REASONS``, -1 where there is no reason.
    failed, judged : ndarray of bool
        Whether a failure was recorded, and whether there is a verdict.
    n_folds : ndarray of int64
        Folds evaluated.
    score, score_sd : ndarray
        Mean and standard deviation over the folds, as the scorer counts; NaN without a score.
    fit_seconds, score_seconds : ndarray
        Mean seconds of a fold.
    gain, seconds_saved : ndarray
        Against the incumbent of the time, larger being better; NaN where unknown.
    proposed_at, judged_at : ndarray of int64
        In microseconds since 1970-01-01 UTC; 0 without a verdict.
    elapsed : ndarray
        Seconds from the beginning of the study to the verdict.
    incumbent : ndarray of int64
        The incumbent after the verdict, 0 for none.
    incumbent_score : ndarray
        Its score.
    """

    trial: Integers
    parent: Integers
    origin: NDArray[np.int8]
    status: NDArray[np.int8]
    reason: NDArray[np.int8]
    failed: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    n_folds: Integers
    score: Array
    score_sd: Array
    fit_seconds: Array
    score_seconds: Array
    gain: Array
    seconds_saved: Array
    proposed_at: Integers
    judged_at: Integers
    elapsed: Array
    incumbent: Integers
    incumbent_score: Array


def trial_columns(study: Study) -> TrialColumns:
    """Return the trials of a study as columns.

    Parameters
    ----------
    study : Study
        The study; it must have started.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=2)
    >>> trial_columns(result.study).score[0], trial_columns(result.study).incumbent[0]
    (np.float64(-4.0), np.int64(1))
    """
    n, begun = study.n_trials, study.begun
    outcomes, proposals, verdicts = study.outcomes(), study.proposals, study.verdicts
    trials = verdicts["trial"]

    def by_trial(values: NDArray[Any], missing: float) -> NDArray[Any]:
        column = np.full(n, missing, dtype=values.dtype)
        column[trials - 1] = values
        return column

    accepted = by_trial(verdicts["accepted"], False)
    reason = by_trial(verdicts["reason"], -1)
    status = np.where(accepted, 0, np.where(reason == _FAILED_REASON, 2, 1))
    status[~outcomes.judged] = 3
    # The verdicts stand in the order in which they were given, the trials in that of their numbers.
    latest = np.maximum.accumulate(np.where(verdicts["accepted"], np.arange(len(trials)), -1))
    incumbent = np.zeros(n, dtype=np.int64)
    if len(trials) > 0:
        incumbent[trials - 1] = np.where(latest < 0, 0, trials[latest])
    score = outcomes.score
    return TrialColumns(
        trial=np.arange(1, n + 1),
        parent=proposals["parent"],
        origin=proposals["origin"],
        status=status.astype(np.int8),
        reason=reason,
        failed=outcomes.failed,
        judged=outcomes.judged,
        n_folds=outcomes.n_folds,
        score=score,
        score_sd=outcomes.score_sd,
        fit_seconds=outcomes.fit_seconds,
        score_seconds=outcomes.score_seconds,
        gain=by_trial(verdicts["gain"], math.nan),
        seconds_saved=by_trial(verdicts["seconds_saved"], math.nan),
        proposed_at=proposals["at"],
        judged_at=by_trial(verdicts["at"], 0),
        elapsed=by_trial((verdicts["at"] - begun.at) / 1e6, math.nan),
        incumbent=incumbent,
        incumbent_score=np.where(incumbent > 0, score[incumbent - 1], np.nan) if n > 0 else score,
    )


@frozen
class TrialRow:
    """One trial in a report.

    Parameters
    ----------
    trial : int
        Its number.
    parent : int, optional
        The trial it stepped from.
    origin : str
        How it came about: start, explore, exploit, given or prior.
    changes : str
        What it changed, as text.
    score, score_sd : float, optional
        Mean and standard deviation over the folds, as the scorer counts; None without a score.
    gain : float, optional
        Score gained over the incumbent of the time, larger being better; None where unknown.
    fit_seconds : float, optional
        Mean fit time of a fold.
    seconds_saved : float, optional
        Mean fit time saved against the incumbent of the time.
    verdict : {"accepted", "rejected", "pending"}
        What became of it.
    reason : str, optional
        Why it was rejected.
    """

    trial: int
    parent: int | None
    origin: str
    changes: str
    score: float | None
    score_sd: float | None
    gain: float | None
    fit_seconds: float | None
    seconds_saved: float | None
    verdict: str
    reason: str | None


def accepted_steps(study: Study) -> list[TrialRow]:
    """Return the trials that became the incumbent, in the order in which they did.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    list of TrialRow
        The last is the incumbent.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20)
    >>> accepted_steps(result.study)[0].changes
    'start values'
    """
    verdicts = study.verdicts
    return trial_rows(study, verdicts["trial"][verdicts["accepted"]])


def all_trials(study: Study) -> list[TrialRow]:
    """Return all trials, in the order of their numbers.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    list of TrialRow
        Pending ones too.
    """
    return trial_rows(study, np.arange(1, study.n_trials + 1))


def trial_rows(study: Study, trials: Trials) -> list[TrialRow]:
    """Return some trials as rows, in the order given.

    Parameters
    ----------
    study : Study
        The study.
    trials : sequence of int
        The trials.
    """
    if len(trials) == 0:
        return []
    columns = trial_columns(study)
    rows = []
    for trial, change in zip(trials, describe_changes(study, trials), strict=True):
        i = int(trial) - 1
        status, reason = STATUSES[columns.status[i]], int(columns.reason[i])
        rows.append(
            TrialRow(
                trial=int(trial),
                parent=int(columns.parent[i]) or None,
                origin=ORIGINS[columns.origin[i]],
                changes=change,
                score=_known(columns.score[i]),
                score_sd=_known(columns.score_sd[i]),
                gain=_known(columns.gain[i]),
                fit_seconds=_known(columns.fit_seconds[i]),
                seconds_saved=_known(columns.seconds_saved[i]),
                verdict=REJECTED if status == FAILED else status,
                reason=None if reason < 0 else REASONS[reason],
            )
        )
    return rows


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
