"""Rows: what each trial changed, what it gave and what became of it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from attrs import frozen

from autotune.study import Study
from autotune.study.events import REASONS
from autotune.study.summary import changes_in_words

__all__ = ["TrialRow", "accepted_steps", "all_trials"]


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
        What it changed, in words.
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
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20)
    >>> accepted_steps(found.study)[0].changes
    'start values'
    """
    verdicts = study.verdicts
    return _rows(study, verdicts["trial"][verdicts["accepted"]].tolist())


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
    return _rows(study, range(1, study.n_trials + 1))


def _rows(study: Study, trials: Iterable[int]) -> list[TrialRow]:
    outcomes = study.outcomes()
    verdicts = study.verdicts
    where = np.full(study.n_trials, -1)
    where[verdicts["trial"] - 1] = np.arange(len(verdicts))
    rows = []
    for trial in trials:
        i = trial - 1
        verdict, reason, gain, saved = "pending", None, None, None
        if where[i] >= 0:
            judged = verdicts.rows[where[i]]
            verdict = "accepted" if judged["accepted"] else "rejected"
            reason = None if judged["accepted"] else REASONS[int(judged["reason"])]
            gain, saved = _known(judged["gain"]), _known(judged["seconds_saved"])
        rows.append(
            TrialRow(
                trial=trial,
                parent=study.parent(trial),
                origin=study.origin(trial),
                changes=changes_in_words(study, trial),
                score=_known(outcomes.score[i]),
                score_sd=_known(outcomes.score_sd[i]),
                gain=gain,
                fit_seconds=_known(outcomes.fit_seconds[i]),
                seconds_saved=saved,
                verdict=verdict,
                reason=reason,
            )
        )
    return rows


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
