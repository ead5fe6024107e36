"""Short steps where the score is sensitive, long ones where it is not."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import not_negative, part, positive
from autotune_strategies.schedules.constant import Constant
from autotune_strategies.sensitivity import sensitivity

__all__ = ["LengthBySensitivity"]

Array: TypeAlias = NDArray[np.float64]


@frozen
class LengthBySensitivity(Composed[ScheduleQuery, Array]):
    r"""Step lengths that are inversely related to how much a parameter matters.

    .. math:: \ell_j = \text{base} \cdot
              \min\left(\max\left(s_j^{-\text{power}}, \tfrac{1}{\text{most}}\right),
                        \text{most}\right)

    with :math:`s_j` the sensitivity measured on the recorded steps, 1 on average; so steps in
    different parameters are anticipated to change the score about as much.

    Parameters
    ----------
    base : Schedule
        The length of a parameter of average sensitivity.
    target : {"score", "seconds"}
        What should change as much.
    power : float
        How strongly sensitivity counts; 0 for not at all.
    most : float
        The largest factor by which a length differs from the base, either way; at least 1.

    Examples
    --------
    >>> LengthBySensitivity(Constant(0.2)).power
    1.0
    """

    base: Schedule = field(default=Constant(0.2), validator=part)
    target: Literal["score", "seconds"] = field(default="score")
    power: float = field(default=1.0, validator=not_negative)
    most: float = field(default=5.0, validator=positive)

    def __attrs_post_init__(self) -> None:
        if self.target not in {"score", "seconds"}:
            raise ComponentError(
                f"LengthBySensitivity.target = {self.target!r} must be 'score' or 'seconds'"
            )
        if not self.most >= 1:
            raise ComponentError(f"LengthBySensitivity.most = {self.most!r} must be >= 1; raise it")

    @property
    def may_be_zero(self) -> bool:
        """Whether the base may."""
        return bool(getattr(self.base, "may_be_zero", False))

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> Array:
        """Return the lengths at this state, shape (d,)."""
        base = np.asarray(self.read_part(state, "base", query), dtype=np.float64)
        with np.errstate(over="ignore", under="ignore"):
            inverse = sensitivity(query.study, self.target) ** -self.power
            lengths = base * np.clip(inverse, 1.0 / self.most, self.most)
        return np.minimum(lengths, np.finfo(np.float64).max)
