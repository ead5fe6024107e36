"""Normal steps on the natural scale of each parameter."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import Fixed, ScalarDimension
from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import part
from autotune_strategies.schedules.constant import Constant
from autotune_strategies.steps.per_parameter import per_parameter

__all__ = ["NormalStep"]

Array: TypeAlias = NDArray[np.float64]


@frozen
class NormalStep(Composed[ScheduleQuery, tuple[Array, ...]]):
    r"""Step by a normal draw on the parameter's natural scale.

    .. math:: u' = u + \ell Z, \quad Z \sim N(0, 1),

    where *u* runs from 0 to 1 between the bounds (along their logarithms if the parameter says so),
    reflected there; a number without both bounds is multiplied by :math:`\exp(\ell Z)`. Whole
    numbers and ordered values always change; booleans flip, and choices become another choice, each
    as likely.

    Parameters
    ----------
    length : Schedule
        Standard deviation, as a share of the range (or of the logarithm, without bounds); one
        number, or a vector with one for each parameter.

    Examples
    --------
    >>> NormalStep()
    NormalStep(length=Constant(value=0.2))
    >>> from autotune.space import Boolean
    >>> NormalStep().step(np.random.default_rng(0), Boolean(), 1.0, (0.2,), alone=True)
    0.0

    References
    ----------
    Beyer and Schwefel (2002), "Evolution strategies", Natural Computing 1, pp. 3-52: the mutation
    of a (1+1)-ES.
    """

    length: Schedule = field(default=Constant(0.2), validator=part)

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> tuple[Array, ...]:
        """Return the lengths at this state, shape (d,)."""
        return (per_parameter(query.study, self.read_part(state, "length", query)),)

    def step(
        self,
        rng: np.random.Generator,
        dimension: ScalarDimension | Fixed,
        coordinate: float,
        scales: tuple[float, ...],
        *,
        alone: bool,  # noqa: ARG002
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
            The parameter's own length, out of what ``read`` returned.
        alone : bool
            Whether no other parameter moves in the same step; makes no difference here.
        """
        (length,) = scales
        return dimension.step(rng, coordinate, length)
