"""Stop when a score is reached."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from autotune.errors import ComponentError
from autotune.strategy import StopQuery
from autotune_strategies.termination.rule import Rule

__all__ = ["ScoreReached"]


def _finite(instance: object, attribute: Attribute[Any], value: object) -> None:
    where = f"{type(instance).__name__}.{attribute.name}"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ComponentError(f"{where} = {value!r} must be a finite number, the score to reach")


@frozen
class ScoreReached(Rule):
    """Stop as soon as a judged trial's mean score is as good as a target.

    Any trial counts, also one that was rejected because it gained too little on the incumbent. Not
    monotone: folds that come in after the verdict can bring a score below the target again.

    Parameters
    ----------
    target : float
        The score to reach, as the objective returns it: at least so much when maximising, at most
        when minimising.

    Examples
    --------
    >>> ScoreReached(0.99)
    ScoreReached(target=0.99)
    """

    target: float = field(validator=_finite)

    def clause(self) -> str:
        """Return the condition in words."""
        return f"a trial scores as good as {self.target:.6g}"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        study = query.study
        outcomes = study.outcomes()
        reached = np.flatnonzero(outcomes.usable & (outcomes.value >= study.sign * self.target))
        if len(reached) == 0:
            return None
        first = int(reached[0])
        score = float(outcomes.score[first])
        return f"trial {first + 1} scored {score:.6g}, the target was {self.target:.6g}"
