"""What schedules count: the study's own trials, and the steps that were judged."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.study import Study
from autotune.study.events import ORIGINS

__all__ = ["JudgedSteps", "judged_steps", "own_trials", "progress"]

_STEPS = [ORIGINS.index("explore"), ORIGINS.index("exploit")]


def own_trials(study: Study) -> int:
    """Return how many trials were proposed, not counting earlier results taken over.

    Parameters
    ----------
    study : Study
        The state.
    """
    return study.n_trials - study.n_prior


def progress(study: Study, budget: int) -> float:
    """Return the share of a budget that is used, from 0 to 1.

    Parameters
    ----------
    study : Study
        The state.
    budget : int
        Trials in all.
    """
    return min(own_trials(study) / budget, 1.0)


@frozen(eq=False)
class JudgedSteps:
    """The steps that were judged, in the order of their verdicts.

    Parameters
    ----------
    trial : ndarray of int64, shape (n,)
        Their trials.
    success : ndarray of bool, shape (n,)
        Whether a step was accepted, and not for something else than its gain.
    failure : ndarray of bool, shape (n,)
        Whether it made the model worse, or failed. A step may be neither: one that changed nothing.
    """

    trial: NDArray[np.int64]
    success: NDArray[np.bool_]
    failure: NDArray[np.bool_]


def judged_steps(study: Study) -> JudgedSteps:
    """Return the strategy's own steps with what came of them.

    Start points, given points and earlier results are no steps, so they are left out. A trial
    accepted in spite of a loss, as annealing does, is no success.

    Parameters
    ----------
    study : Study
        The state.
    """
    verdicts = study.verdicts
    origin = study.proposals["origin"][verdicts["trial"] - 1]
    rows = verdicts.rows[np.isin(origin, _STEPS)]
    accepted, gain = rows["accepted"], rows["gain"]
    unknown = np.isnan(gain)
    return JudgedSteps(
        rows["trial"],
        accepted & (unknown | (gain > 0)),
        np.where(unknown, ~accepted, gain < 0),
    )
