"""A step length for each parameter, by what its own changes brought."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import positive
from autotune_strategies.schedules.counting import judged_steps
from autotune_strategies.schedules.limits import check_between

__all__ = ["PerParameterSuccess"]

Array: TypeAlias = NDArray[np.float64]


@frozen
class PerParameterSuccess(Composed[ScheduleQuery, Array]):
    r"""Step lengths that grow where changes help and shrink where they make the model worse.

    After every judged step, for each parameter *j* that moved in it,

    .. math:: \ell_j \leftarrow \begin{cases}
        \ell_j \cdot \text{grow} & \text{if it was accepted with a gain} \\
        \ell_j \cdot \text{shrink} & \text{if it was worse than the incumbent, or failed}
        \end{cases}

    within the bounds; others stay. Start points, given points and earlier results don't count.

    Parameters
    ----------
    initial : float
        All lengths at first.
    grow, shrink : float
        Factors, above and below 1. By default four failures undo a success.
    floor, ceiling : float
        Bounds of the lengths.

    Examples
    --------
    >>> PerParameterSuccess(initial=0.2, grow=2.0, shrink=0.5).grow
    2.0

    References
    ----------
    Rosenbrock (1960), "An automatic method for finding the greatest or least value of a function",
    The Computer Journal 3(3), pp. 175-184, who lengthens a direction's step by 3 after a success
    and halves (and turns) it after a failure.
    """

    initial: float = field(default=0.2, validator=positive)
    grow: float = field(default=1.5, validator=positive)
    shrink: float = field(default=0.9, validator=positive)
    floor: float = field(default=0.01, validator=positive)
    ceiling: float = field(default=1.0, validator=positive)

    def __attrs_post_init__(self) -> None:
        if not self.grow > 1:
            raise ComponentError(f"PerParameterSuccess.grow = {self.grow!r} must be > 1; raise it")
        if not self.shrink < 1:
            raise ComponentError(
                f"PerParameterSuccess.shrink = {self.shrink!r} must be < 1; lower it"
            )
        check_between(self, "initial", "floor", "ceiling")

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> Array:  # noqa: ARG002
        """Return the lengths at this state, shape (d,)."""
        study = query.study
        low, high = math.log(self.floor), math.log(self.ceiling)
        grow, shrink = math.log(self.grow), math.log(self.shrink)
        lengths = dict.fromkeys(study.known_space, math.log(self.initial))
        steps = judged_steps(study)
        moved = study.proposals["moved"][steps.trial - 1]
        changes = np.where(steps.success, grow, np.where(steps.failure, shrink, 0.0)).tolist()
        for names, change in zip(moved, changes, strict=True):
            for name in names:
                if name in lengths:
                    lengths[name] = min(max(lengths[name] + change, low), high)
        return np.clip(np.exp(list(lengths.values())), self.floor, self.ceiling)
