"""Comparison of two trials on the folds that both ran."""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.study import Measurement, Outcome, Study
from autotune.study.repeats import same_split

__all__ = ["Comparison", "against_incumbent", "compare", "compare_folds", "related"]


@frozen(eq=False)
class Comparison:
    """One trial against another.

    Parameters
    ----------
    gain, seconds_saved : float
        Score gained (larger is better) and mean fit seconds of a fold saved: on the folds that
        both ran where there are any, else between the trials' means.
    gains, savings : ndarray, shape (k,)
        The same on each of the k shared folds, by the folds' numbers; k = 0 where none is shared.
    """

    gain: float
    seconds_saved: float
    gains: NDArray[np.float64]
    savings: NDArray[np.float64]


def related(study: Study, trial: int, other: int) -> bool:
    """Tell whether two trials' folds with the same number are the same: see ``same_split``."""
    return same_split(study, trial, other)


def compare_folds(
    ours: Measurement, theirs: Measurement, sign: float, *, same_split: bool
) -> Comparison:
    """Compare evaluated folds, as recorded, with others.

    Parameters
    ----------
    ours, theirs : Measurement
        The folds; a fold that was run several times counts with its mean.
    sign : float
        +1 where larger scores are better, -1 where smaller ones are.
    same_split : bool
        Whether folds with the same number are the same folds.

    Returns
    -------
    Comparison
        Of the first against the second.
    """
    a, b = ours.outcome(sign), theirs.outcome(sign)
    left, right = _by_fold(ours, sign), _by_fold(theirs, sign)
    shared = sorted(left.keys() & right.keys()) if same_split else []
    gains = np.array([left[fold][0] - right[fold][0] for fold in shared])
    savings = np.array([right[fold][1] - left[fold][1] for fold in shared])
    if not shared or sorted(ours.folds) == sorted(theirs.folds):
        # Of the means as recorded: bit for bit what was compared before trials could differ in
        # their folds.
        return Comparison(a.value - b.value, b.fit_seconds - a.fit_seconds, gains, savings)
    return Comparison(float(gains.mean()), float(savings.mean()), gains, savings)


def _by_fold(partial: Measurement, sign: float) -> dict[int, tuple[float, float]]:
    """Return the mean score and fit seconds of each fold, of its evaluations with a score."""
    result: dict[int, list[tuple[float, float]]] = {}
    for fold, score, seconds in zip(
        partial.folds, partial.scores, partial.fit_seconds, strict=True
    ):
        if math.isfinite(score):
            result.setdefault(fold, []).append((sign * score, seconds))
    return {
        fold: runs[0]
        if len(runs) == 1
        else (sum(run[0] for run in runs) / len(runs), sum(run[1] for run in runs) / len(runs))
        for fold, runs in result.items()
    }


def compare(study: Study, trial: int, other: int) -> Comparison:
    """Compare a trial with another on the folds that both ran.

    Parameters
    ----------
    study : Study
        The state.
    trial, other : int
        Two trials, the second with a finite score.

    Returns
    -------
    Comparison
        Of the first against the second.
    """
    return compare_folds(
        study.measurement(trial),
        study.measurement(other),
        study.sign,
        same_split=related(study, trial, other),
    )


def against_incumbent(
    study: Study, trial: int, outcome: Outcome | None = None
) -> Comparison | None:
    """Compare a trial with the incumbent; None where there is none, or it has lost its score.

    Folds that come in after the verdict can leave an incumbent without a finite mean. Then any
    trial with a score is better.

    Parameters
    ----------
    study : Study
        The state.
    trial : int
        The trial.
    outcome : Outcome, optional
        Its evaluation, for a trial that the study does not hold: what if it came next?
    """
    incumbent, known = study.incumbent, study.incumbent_outcome
    if incumbent is None or known is None or not math.isfinite(known.score):
        return None
    if trial > study.n_trials and outcome is not None:
        nothing = np.zeros(0)
        gain = outcome.value - known.value
        return Comparison(gain, known.fit_seconds - outcome.fit_seconds, nothing, nothing)
    return compare(study, trial, incumbent)
