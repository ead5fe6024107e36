"""A step length that shrinks when nothing has improved for a while, as FLAML's does."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import optional

from autotune.errors import ComponentError
from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import count, positive
from autotune_strategies.schedules.counting import judged_steps
from autotune_strategies.schedules.limits import check_upside

__all__ = ["NoImprovementWindow"]


@frozen
class NoImprovementWindow(Composed[ScheduleQuery, float]):
    r"""A step length that shrinks after so many steps in a row without improvement.

    .. math:: \max\left(\text{floor}, \text{initial} \cdot \text{factor}^m\right), \quad
              m = \sum_r \lfloor n_r / \text{window} \rfloor

    with :math:`n_r` the length of each run of judged steps without success. The window is 2 *d* by
    default, *d* the number of parameters searched: enough steps to have tried each parameter both
    ways.

    Parameters
    ----------
    initial : float
        The length at first.
    factor : float
        What it is multiplied by, below 1.
    window : int, optional
        Steps in a row without success, 2 *d* by default.
    floor : float
        The least length.

    Examples
    --------
    >>> NoImprovementWindow(initial=0.4, factor=0.5, window=2).after([False, False, True, False], 2)
    0.2

    References
    ----------
    Wu, Wang and Huang (2021), "Frugal optimization for cost-related hyperparameters", AAAI 35(12),
    pp. 10347-10354, whose search waits for :math:`2^{d-1}` steps and shrinks by the square root of
    a ratio of trial numbers; to wait as long, give ``window``. Its random restarts are left to the
    strategy's moves.
    """

    initial: float = field(default=0.2, validator=positive)
    factor: float = field(default=0.5, validator=positive)
    window: int | None = field(default=None, validator=optional(count))
    floor: float = field(default=0.001, validator=positive)

    def __attrs_post_init__(self) -> None:
        if not self.factor < 1:
            raise ComponentError(
                f"NoImprovementWindow.factor = {self.factor!r} must be < 1; lower it"
            )
        check_upside(self, "floor", "initial")

    def after(self, successes: list[bool], window: int) -> float:
        """Return the length after steps that succeeded or not, in their order."""
        ends = np.flatnonzero(np.append(np.asarray(successes, dtype=np.bool_), True))
        runs = np.diff(ends, prepend=-1) - 1
        shrunk = int(np.sum(runs // window))
        return max(float(self.floor), self.initial * self.factor**shrunk)

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the length at this state."""
        study = query.study
        window = self.window
        if window is None:
            window = 2 * max(len(study.known_space.searched), 1)
        return self.after(judged_steps(study).success.tolist(), window)
