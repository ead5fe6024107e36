"""The step of the 2018 prototype: multiply and add, both up or both down."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import Boolean, Categorical, Fixed, Float, Integer, Ordinal
from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import count, part
from autotune_strategies.schedules.constant import Constant
from autotune_strategies.steps.near_or_not_positive import NearOrNotPositive
from autotune_strategies.steps.per_parameter import per_parameter

__all__ = ["MultiplyAdd"]

Array: TypeAlias = NDArray[np.float64]

# exp of more than this is no longer a finite double.
_LARGEST_EXPONENT = 700.0


@frozen
class MultiplyAdd(Composed[ScheduleQuery, tuple[Array, ...]]):
    r"""Step a number by a random factor and a random summand of the same sign.

    .. math:: y = x \exp(s\,|Z_1|) + s\,|Z_2|, \quad
              Z_1 \sim N(0, \text{multiply\_scale}^2),\ Z_2 \sim N(0, \text{add\_scale}^2),

    with *s* = ±1 at even odds; drawn again while ``veto`` finds the result uninteresting, then
    reflected into the bounds if there are any. Integers are cut to whole numbers, as in the
    prototype. Booleans flip when they move alone, else they are drawn anew; choices are picked
    evenly, never the present one when they move alone.

    Zero, which no factor leaves, steps on its dimension's own scale where ``add_scale`` is 0.

    Parameters
    ----------
    multiply_scale, add_scale : Schedule
        Standard deviations of the exponent and the summand.
    veto : callable attrs object
        ``veto(present, proposed)`` tells whether a step is uninteresting.
    max_draws : int
        After so many vetoed draws the value stays as it is.

    Examples
    --------
    >>> MultiplyAdd().multiply_scale
    Constant(value=1.0)

    References
    ----------
    ``adjust_single_parameter`` of the AutoTune prototype (2018).
    """

    multiply_scale: Schedule = field(default=Constant(1.0), validator=part)
    add_scale: Schedule = field(default=Constant(0.0), validator=part)
    veto: Callable[[float, float], bool] = field(default=NearOrNotPositive())
    max_draws: int = field(default=1000, validator=count)

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> tuple[Array, ...]:
        """Return the two scales at this state, each of shape (d,)."""
        return (
            per_parameter(query.study, self.read_part(state, "multiply_scale", query)),
            per_parameter(query.study, self.read_part(state, "add_scale", query)),
        )

    def step(
        self,
        rng: np.random.Generator,
        dimension: Float | Integer | Boolean | Categorical | Ordinal | Fixed,
        coordinate: float,
        scales: tuple[float, ...],
        *,
        alone: bool,
    ) -> float:
        """Step from a coordinate of a scalar dimension.

        Parameters
        ----------
        rng : numpy.random.Generator
            Randomness.
        dimension : dimension
            What the coordinate is of.
        coordinate : float
            Where to step from.
        scales : tuple of float
            The parameter's own two, out of what ``read`` returned.
        alone : bool
            Whether no other parameter moves in the same step.
        """
        match dimension:
            case Boolean():
                return 1.0 - coordinate if alone else float(rng.integers(2))
            case Categorical() | Ordinal():
                if alone:
                    return _other(rng, len(dimension.options), coordinate)
                return float(rng.integers(len(dimension.options)))
            case Fixed():
                return coordinate
            case Float() | Integer():
                return self._step_number(rng, dimension, coordinate, scales)

    def _step_number(
        self,
        rng: np.random.Generator,
        dimension: Float | Integer,
        coordinate: float,
        scales: tuple[float, ...],
    ) -> float:
        multiply_scale, add_scale = scales
        if coordinate == 0 and add_scale == 0:
            return dimension.step(rng, 0.0, multiply_scale)
        whole = isinstance(dimension, Integer)
        for _ in range(self.max_draws):
            sign = 1.0 if rng.random() < 0.5 else -1.0
            exponent = sign * abs(multiply_scale * rng.standard_normal())
            y = coordinate * math.exp(min(exponent, _LARGEST_EXPONENT))
            y += sign * abs(add_scale * rng.standard_normal())
            if whole and math.isfinite(y):
                y = float(math.trunc(y))
            if not math.isfinite(y) or self.veto(coordinate, y):
                continue
            settled = float(dimension.settle(np.asarray(y)))
            if settled == y or not self.veto(coordinate, settled):
                return settled
        return coordinate


def _other(rng: np.random.Generator, n: int, present: float) -> float:
    if n == 1:
        return present
    i = int(rng.integers(n - 1))
    return float(i if i < present else i + 1)
