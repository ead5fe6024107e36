"""A schedule kept within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import not_negative, part
from autotune_strategies.schedules.limits import check_upside

__all__ = ["Clipped"]


@frozen
class Clipped(Composed[ScheduleQuery, float | NDArray[np.float64]]):
    """Another schedule's number, or numbers, brought within bounds.

    Parameters
    ----------
    of : Schedule
        The schedule.
    floor, ceiling : float
        Bounds; None for no upper one.

    Examples
    --------
    >>> from autotune_strategies.schedules.exponential import Exponential
    >>> Clipped(Exponential(initial=2.0), floor=0.05, ceiling=1.0).ceiling
    1.0
    """

    of: Schedule = field(validator=part)
    floor: float = field(default=0.0, validator=not_negative)
    ceiling: float | None = field(default=None, validator=optional(not_negative))

    def __attrs_post_init__(self) -> None:
        if self.ceiling is not None:
            check_upside(self, "floor", "ceiling")

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0."""
        of = bool(getattr(self.of, "may_be_zero", False))
        return (of and self.floor == 0) or self.ceiling == 0

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float | NDArray[np.float64]:
        """Return the bounded number at this state: a vector if the other's is one."""
        value = np.maximum(self.read_part(state, "of", query), float(self.floor))
        if self.ceiling is not None:
            value = np.minimum(value, float(self.ceiling))
        return float(value) if np.ndim(value) == 0 else value
