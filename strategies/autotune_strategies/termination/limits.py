"""Stop at a limit: trials, seconds, or a score that is reached."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy import StopQuery
from autotune.strategy.validators import count, finite, positive
from autotune.study import Study
from autotune.study.events import ORIGINS
from autotune_strategies.termination.rule import Rule, trials

__all__ = ["MaxTrials", "ScoreReached", "Seconds", "TimeBudget"]


@frozen
class MaxTrials(Rule):
    """Stop when the study holds so many trials, not counting earlier results taken over.

    Parameters
    ----------
    n : int
        The number of trials.

    Examples
    --------
    >>> MaxTrials(100)
    MaxTrials(n=100)
    """

    monotone: ClassVar[bool] = True

    n: int = field(validator=count)

    def clause(self) -> str:
        """Return the condition in words."""
        return f"{trials(self.n)} {'is' if self.n == 1 else 'are'} done"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        done = query.study.n_trials - query.study.n_prior
        return f"{done} of {self.n} trials done" if done >= self.n else None

    def used(self, state: tuple[Any, ...], query: StopQuery) -> float:  # noqa: ARG002
        """Return what share of the trials is done."""
        return min((query.study.n_trials - query.study.n_prior) / self.n, 1.0)


_PRIOR = ORIGINS.index("prior")


@frozen
class Seconds(Rule):
    """Stop when so many seconds have been spent, by what the log records of them.

    Either the seconds of fitting and scoring, summed over all folds of all trials (those that ran
    side by side count in full), or those between the start of the study and its latest trial
    proposed or judged, pauses included. Nothing reads a clock. Earlier results taken over don't
    count. For one limit on each, write ``Seconds(3600) | Seconds(600, wall=True)``. To leave out
    the pauses between one session and the next there is ``TimeBudget``.

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

    def used(self, state: tuple[Any, ...], query: StopQuery) -> float:  # noqa: ARG002
        """Return what share of the seconds is spent."""
        spent = _passed(query.study) if self.wall else _worked(query.study)
        return min(spent / self.budget, 1.0)


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


@frozen
class TimeBudget(Rule):
    """Stop when the study has been running for so many seconds, by the times of its events.

    All that passes while it runs counts: fitting, scoring, proposing, and waiting for workers.
    Pauses between one session and the next don't. Nothing reads a clock: what counts is the time
    of the latest event, so that a trial is not begun once the budget is spent, and one that was
    begun before may end. ``time_budget=`` of a tuner sets this rule.

    Parameters
    ----------
    seconds : float
        The budget.

    Examples
    --------
    >>> print(MaxTrials(100) | TimeBudget(3600))
    Stop when 100 trials are done or when the study has been running for 3600 s.
    """

    monotone: ClassVar[bool] = True
    counts_running_time: ClassVar[bool] = True

    seconds: float = field(validator=positive)

    def clause(self) -> str:
        """Return the condition in words."""
        return f"the study has been running for {self.seconds:g} s"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        spent = query.study.seconds
        if spent < self.seconds:
            return None
        return f"{spent:.6g} s of running, the time budget was {self.seconds:.6g} s"

    def used(self, state: tuple[Any, ...], query: StopQuery) -> float:  # noqa: ARG002
        """Return what share of the seconds is spent."""
        return min(query.study.seconds / self.seconds, 1.0)


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

    target: float = field(validator=finite)

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
