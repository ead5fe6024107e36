"""Targets: the score or the fit seconds of trials, and the trials that tell them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autotune.errors import StudyError
from autotune.study import Study

__all__ = ["Target", "check_target", "target_values", "usable_trials"]

Target = Literal["score", "seconds", "success"]


def check_target(target: str, *, success: bool = False) -> None:
    """Check a target.

    Parameters
    ----------
    target : str
        The target.
    success : bool
        Whether it may be the chance of success.

    Raises
    ------
    StudyError
        If it is none of them.
    """
    known = ("score", "seconds", "success") if success else ("score", "seconds")
    if target not in known:
        words = " or ".join(map(repr, known))
        raise StudyError(f"target = {target!r} must be {words}")


def target_values(study: Study, target: str) -> NDArray[np.float64]:
    """Return the score of each trial as the user's scorer counts it, its seconds, or success.

    Success is 1 for a trial with a score and 0 for one that failed.
    """
    outcomes = study.outcomes()
    if target == "success":
        return np.where(outcomes.judged, outcomes.usable.astype(np.float64), np.nan)
    return outcomes.score if target == "score" else outcomes.fit_seconds


def usable_trials(study: Study, target: str = "score") -> NDArray[np.int64]:
    """Return the numbers of the trials that can be learnt from."""
    known = np.isfinite(target_values(study, target))
    if target != "success":
        known &= study.outcomes().usable
    return np.flatnonzero(known) + 1
