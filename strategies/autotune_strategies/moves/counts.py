"""How many parameters change in one step."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Component, Composed, Key, Schedule, ScheduleQuery
from autotune.strategy.validators import count, part, positive
from autotune.study import Study

__all__ = ["FixedNumber", "Geometric", "Number", "NumberQuery", "Scheduled"]


@frozen(eq=False)
class NumberQuery:
    """Asks how many parameters a step changes.

    The answer is an array of shape (most,): the chances of 1, 2, … up to ``most``, which sum to 1.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    most : int
        How many parameters can change, at least one.
    """

    study: Study
    key: Key
    most: int


Number: TypeAlias = Component[Any, NumberQuery, NDArray[np.float64]]


@frozen
class FixedNumber(Composed[NumberQuery, NDArray[np.float64]]):
    """Change so many parameters in every step; all, if there are fewer.

    Parameters
    ----------
    n : int
        How many.

    Examples
    --------
    >>> FixedNumber(2)
    FixedNumber(n=2)
    """

    n: int = field(default=1, validator=count)

    def read(self, state: tuple[Any, ...], query: NumberQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances of 1, 2, … parameters, shape (most,)."""
        chances = np.zeros(query.most)
        chances[min(self.n, query.most) - 1] = 1.0
        return chances


@frozen
class Geometric(Composed[NumberQuery, NDArray[np.float64]]):
    r"""Change one parameter and a geometric number more, at most all.

    .. math:: P(N = n) = \begin{cases}
        q\,(1 - q)^{n - 1} & n < d \\
        (1 - q)^{d - 1} & n = d
        \end{cases}
        \qquad q = 1 / \text{mean}

    so that small steps are the rule, and a step in all *d* parameters at once is possible.

    Parameters
    ----------
    mean : float
        How many change on average, at least 1; a little fewer where there are not many parameters.

    Examples
    --------
    >>> Geometric(1.5).mean
    1.5
    """

    mean: float = field(default=2.0, validator=positive)

    def __attrs_post_init__(self) -> None:
        if not self.mean >= 1:
            raise ComponentError(f"Geometric.mean = {self.mean!r} must be >= 1; raise it")

    def read(self, state: tuple[Any, ...], query: NumberQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances of 1, 2, … parameters, shape (most,)."""
        q = 1.0 / self.mean
        chances = (1.0 - q) ** np.arange(query.most)
        chances[:-1] *= q
        return np.asarray(chances)


@frozen
class Scheduled(Composed[NumberQuery, NDArray[np.float64]]):
    r"""Change as many parameters as a schedule says, on average.

    With *v* the schedule's value, brought between 1 and the number of parameters *d*, the number is
    :math:`\lfloor v \rfloor` or one more, the latter with chance :math:`v - \lfloor v \rfloor`. So
    a search may start with steps in many parameters and end with steps in one.

    Parameters
    ----------
    schedule : Schedule
        The number; of one that answers a value for each parameter the mean counts.

    Examples
    --------
    >>> from autotune_strategies.schedules.decay import Exponential
    >>> Scheduled(Exponential(initial=4.0, floor=1.0)).schedule.initial
    4.0

    References
    ----------
    Regis and Shoemaker (2013), "Combining radial basis function surrogates and dynamic coordinate
    search in high-dimensional expensive black-box optimization", Engineering Optimization 45,
    pp. 529-555, who perturb ever fewer coordinates.
    """

    schedule: Schedule = field(validator=part)

    def read(self, state: tuple[Any, ...], query: NumberQuery) -> NDArray[np.float64]:
        """Return the chances of 1, 2, … parameters, shape (most,)."""
        answer = self.read_part(
            state, "schedule", ScheduleQuery(query.study, query.key.child("schedule"))
        )
        # Brought between the bounds first: a sum of values as large as doubles get has no mean.
        value = float(np.mean(np.clip(answer, 0.0, float(query.most) * np.size(answer))))
        value = min(max(value, 1.0), float(query.most))
        below = math.floor(value)
        chances = np.zeros(query.most)
        chances[below - 1] = 1.0 - (value - below)
        if below < query.most:
            chances[below] = value - below
        return chances
