"""Stop after a number of trials."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from autotune.component import Composed, StopQuery
from autotune.validators import count

__all__ = ["MaxTrials"]


@frozen
class MaxTrials(Composed[StopQuery, str | None]):
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

    n: int = field(validator=count)

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        done = query.study.n_trials - query.study.n_prior
        return f"{done} of {self.n} trials done" if done >= self.n else None
