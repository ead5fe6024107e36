"""The 1/5th success rule of evolution strategies."""

from __future__ import annotations

import math
from typing import Any

from attrs import field, frozen
from attrs.validators import optional

from autotune.errors import ComponentError
from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import count, positive
from autotune_strategies.schedules.counting import judged_steps
from autotune_strategies.schedules.limits import check_between

__all__ = ["OneFifthRule"]


@frozen
class OneFifthRule(Composed[ScheduleQuery, float]):
    r"""A step length that grows while more than a fifth of the steps succeed, else shrinks.

    After every judged step

    .. math:: \ell \leftarrow \begin{cases}
        \ell \cdot f & \text{after a success} \\
        \ell \cdot f^{-\tau / (1 - \tau)} & \text{after a failure}
        \end{cases}

    with *f* the factor and τ the target, so that a share τ of successes leaves it where it is. With
    a window the share is counted instead: after every ``window`` steps the length is multiplied by
    *f* if more than τ of them succeeded, and divided by it if fewer did.

    A success is a step that was accepted with a gain. Start points, given points and earlier
    results don't count.

    Parameters
    ----------
    initial : float
        The length at first.
    factor : float
        How much it grows, above 1.
    target : float
        The share of successes to keep up, between 0 and 1 (both exclusive).
    window : int, optional
        So many steps are judged together.
    floor, ceiling : float
        Bounds of the length.

    Examples
    --------
    >>> round(OneFifthRule(initial=0.2, factor=2.0).after([True, False, False, False, False]), 6)
    0.2

    References
    ----------
    Rechenberg (1973), "Evolutionsstrategie", Frommann-Holzboog; Schumer and Steiglitz (1968),
    "Adaptive step size random search", IEEE Transactions on Automatic Control 13(3), pp. 270-276;
    after every step as in Kern et al. (2004), "Learning probability distributions in continuous
    evolutionary algorithms", Natural Computing 3, pp. 77-112.
    """

    initial: float = field(default=0.2, validator=positive)
    factor: float = field(default=1.5, validator=positive)
    target: float = field(default=0.2, validator=positive)
    window: int | None = field(default=None, validator=optional(count))
    floor: float = field(default=0.001, validator=positive)
    ceiling: float = field(default=1.0, validator=positive)

    def __attrs_post_init__(self) -> None:
        if not self.factor > 1:
            raise ComponentError(f"OneFifthRule.factor = {self.factor!r} must be > 1; raise it")
        if not self.target < 1:
            raise ComponentError(f"OneFifthRule.target = {self.target!r} must be < 1; lower it")
        check_between(self, "initial", "floor", "ceiling")

    def after(self, successes: list[bool]) -> float:
        """Return the length after steps that succeeded or not, in their order."""
        low, high = math.log(self.floor), math.log(self.ceiling)
        grow = math.log(self.factor)
        length = math.log(self.initial)
        if self.window is None:
            shrink = grow * self.target / (1.0 - self.target)
            changes = [grow if success else -shrink for success in successes]
        else:
            n = self.window
            changes = []
            for i in range(0, len(successes) - n + 1, n):
                excess = sum(successes[i : i + n]) - self.target * n
                # A share that is the target up to rounding counts as the target.
                changes.append(0.0 if abs(excess) < 1e-9 * n else math.copysign(grow, excess))
        for change in changes:
            # Bounded at each step, or a long run would have to be made good by one as long.
            length = min(max(length + change, low), high)
        return min(max(math.exp(length), self.floor), self.ceiling)

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the length at this state."""
        return self.after(judged_steps(query.study).success.tolist())
