"""Inverse-linear decay to a floor."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import not_negative

__all__ = ["InverseLinear"]


@frozen
class InverseLinear(Composed[ScheduleQuery, float]):
    r"""A number that decays as one over the number of trials, down to a floor.

    .. math:: \max\left(\text{floor}, \frac{\text{initial}}{1 + n \cdot \text{decay}}\right)

    with *n* the number of trials proposed so far.

    Parameters
    ----------
    initial : float
        The number at the first trial.
    decay : float
        The rate: with 0.25 it takes four trials to halve.
    floor : float
        The least it becomes.

    Examples
    --------
    >>> InverseLinear(initial=1.0, decay=0.25, floor=0.5).at(1)
    0.8

    References
    ----------
    The exploration rate of the AutoTune prototype (2018).
    """

    initial: float = field(default=1.0, validator=not_negative)
    decay: float = field(default=0.25, validator=not_negative)
    floor: float = field(default=0.5, validator=not_negative)

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0."""
        return self.floor == 0 and self.initial == 0

    def at(self, n_trials: int) -> float:
        """Return the number after so many trials."""
        return max(float(self.floor), self.initial / (1.0 + n_trials * self.decay))

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the number at this state."""
        return self.at(query.study.n_trials)
