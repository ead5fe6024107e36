"""Targets: the score or the fit seconds of trials, and the trials that tell them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autotune.errors import StudyError
from autotune.study import Study

__all__ = ["Target", "check_target", "target_values", "usable_trials"]

Target = Literal["score", "seconds"]


def check_target(target: str) -> None:
    """Check a target.

    Raises
    ------
    StudyError
        If it is neither of the two.
    """
    if target not in ("score", "seconds"):
        raise StudyError(f"target = {target!r} must be 'score' or 'seconds'")


def target_values(study: Study, target: str) -> NDArray[np.float64]:
    """Return the score of each trial as the user's scorer counts it, or its fit seconds."""
    outcomes = study.outcomes()
    return outcomes.score if target == "score" else outcomes.fit_seconds


def usable_trials(study: Study, target: str = "score") -> NDArray[np.int64]:
    """Return the numbers of the trials that can be learnt from."""
    usable = study.outcomes().usable & np.isfinite(target_values(study, target))
    return np.flatnonzero(usable) + 1
