"""Cosine decay over a budget."""

from __future__ import annotations

import math
from typing import Any

from attrs import field, frozen

from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import count, not_negative
from autotune_strategies.schedules.counting import progress

__all__ = ["Cosine"]


@frozen
class Cosine(Composed[ScheduleQuery, float]):
    r"""A number that goes from one value to another along half a cosine: slow, fast, slow.

    .. math:: \text{final} + \tfrac{1}{2} (\text{initial} - \text{final}) (1 + \cos(\pi p))

    with *p* the share of the budget used, from 0 to 1. Earlier results taken over don't count.

    Parameters
    ----------
    initial, final : float
        The number at the first trial, and from the end of the budget on.
    budget : int
        Trials in all.

    Examples
    --------
    >>> cosine = Cosine(initial=1.0, final=0.0, budget=100)
    >>> cosine.at(0.0), round(cosine.at(0.25), 3), cosine.at(1.0)
    (1.0, 0.854, 0.0)

    References
    ----------
    Loshchilov and Hutter (2017), "SGDR: Stochastic gradient descent with warm restarts", ICLR,
    equation 5, with one period.
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
        # Weights of the two ends, so that the ends themselves are met exactly.
        weight = (1.0 + math.cos(math.pi * share)) / 2.0
        return weight * self.initial + (1.0 - weight) * self.final

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the number at this state."""
        return self.at(progress(query.study, self.budget))
