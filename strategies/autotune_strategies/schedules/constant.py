"""A number that never changes."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import not_negative

__all__ = ["Constant"]


@frozen
class Constant(Composed[ScheduleQuery, float]):
    """The same number at every trial.

    Parameters
    ----------
    value : float
        The number, at least 0.

    Examples
    --------
    >>> Constant(0.1)
    Constant(value=0.1)
    """

    value: float = field(validator=not_negative)

    @property
    def may_be_zero(self) -> bool:
        """Whether it is 0."""
        return self.value == 0

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the number."""
        return float(self.value)
