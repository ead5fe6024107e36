"""Stop after a number of trials."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from autotune.strategy import StopQuery
from autotune.strategy.validators import count
from autotune_strategies.termination.rule import Rule, trials

__all__ = ["MaxTrials"]


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
