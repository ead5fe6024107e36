"""A straight line over a budget."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import count, not_negative
from autotune_strategies.schedules.counting import progress

__all__ = ["Linear"]


@frozen
class Linear(Composed[ScheduleQuery, float]):
    r"""A number that goes evenly from one value to another while the budget is used up.

    .. math:: (1 - p) \cdot \text{initial} + p \cdot \text{final}

    with *p* the share of the budget used, from 0 to 1. Earlier results taken over don't count.

    Parameters
    ----------
    initial, final : float
        The number at the first trial, and from the end of the budget on.
    budget : int
        Trials in all.

    Examples
    --------
    >>> Linear(initial=1.0, final=0.5, budget=100).at(0.5)
    0.75
    """

    initial: float = field(default=1.0, validator=not_negative)
    final: float = field(default=0.1, validator=not_negative)
    budget: int = field(default=100, validator=count)

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0."""
        return self.initial == 0 or self.final == 0

    def at(self, share: float) -> float:
        """Return the number at a share of the budget."""
        return (1.0 - share) * self.initial + share * self.final

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the number at this state."""
        return self.at(progress(query.study, self.budget))
