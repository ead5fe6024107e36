"""What plans share that run a trial's folds in steps and look at the scores in between."""

from __future__ import annotations

import math

from autotune.strategy import FoldQuery
from autotune.study import Study
from autotune_strategies.acceptance.shared_folds import related

__all__ = ["has_lost", "next_block"]


def has_lost(study: Study, trial: int) -> bool:
    """Tell whether a fold so far has no finite score, so that the trial can have no mean."""
    return not all(math.isfinite(score) for score in study.folds_of(trial).scores)


def next_block(query: FoldQuery, lacking: tuple[int, ...], size: int) -> tuple[int, ...]:
    """Return the next few folds that can be compared with the incumbent's, or else all that lack.

    Parameters
    ----------
    query : FoldQuery
        The question put to the plan.
    lacking : tuple of int
        The folds that the trial has not run, one at least.
    size : int
        How many to run before the next comparison.
    """
    study, incumbent = query.study, query.study.incumbent
    if incumbent is None or not related(study, query.trial, incumbent):
        return lacking
    known = set(study.folds_of(incumbent).folds)
    comparable = tuple(fold for fold in lacking if fold in known)
    return comparable[:size] if comparable else lacking
