"""Stop after a number of recorded seconds."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy import StopQuery
from autotune.strategy.validators import positive
from autotune.study import Study
from autotune.study.events import ORIGINS
from autotune_strategies.termination.rule import Rule

__all__ = ["Seconds"]

_PRIOR = ORIGINS.index("prior")


@frozen
class Seconds(Rule):
    """Stop when so many seconds have been spent, by what the log records of them.

    Either the seconds of fitting and scoring, summed over all folds of all trials (those that ran
    side by side count in full), or those between the start of the study and its latest trial
    proposed or judged, pauses included. Nothing reads a clock. Earlier results taken over don't
    count. For one limit on each, write ``Seconds(3600) | Seconds(600, wall=True)``.

    Parameters
    ----------
    budget : float
        The seconds.
    wall : bool
        Whether to take those that passed, instead of those that were worked.

    Examples
    --------
    >>> print(Seconds(3600))
    Stop when 3600 s of fitting and scoring are recorded.
    """

    monotone: ClassVar[bool] = True

    budget: float = field(validator=positive)
    wall: bool = field(default=False, kw_only=True)

    @wall.validator
    def _check_wall(self, attribute: Any, value: object) -> None:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ComponentError(f"Seconds.wall = {value!r} must be True or False")

    def clause(self) -> str:
        """Return the condition in words."""
        if self.wall:
            return f"{self.budget:g} s have passed since the study began"
        return f"{self.budget:g} s of fitting and scoring are recorded"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        spent = _passed(query.study) if self.wall else _worked(query.study)
        if spent < self.budget:
            return None
        kind = "passed" if self.wall else "of fitting and scoring"
        return f"{spent:.6g} s {kind}, the budget was {self.budget:.6g} s"


def _worked(study: Study) -> float:
    folds = study.folds
    own = study.proposals["origin"][folds["trial"] - 1] != _PRIOR
    total = 0.0
    for name in ("fit_seconds", "score_seconds"):
        seconds = folds[name][own]
        # A time that was not measured, or is impossible, adds nothing.
        total += float(np.sum(seconds[np.isfinite(seconds) & (seconds > 0)]))
    return total


def _passed(study: Study) -> float:
    begun = study.begun.at
    own = study.proposals["origin"] != _PRIOR
    proposed = study.proposals["at"][own]
    judged = study.verdicts["at"][own[study.verdicts["trial"] - 1]]
    latest = max(int(proposed.max(initial=begun)), int(judged.max(initial=begun)))
    return (latest - begun) / 1e6
