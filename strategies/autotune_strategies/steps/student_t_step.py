"""Heavy-tailed steps: mostly short, now and then very long."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import Fixed, ScalarDimension
from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import part, positive
from autotune_strategies.schedules.constant import Constant
from autotune_strategies.steps.per_parameter import per_parameter

__all__ = ["StudentTStep"]

Array: TypeAlias = NDArray[np.float64]

# With few degrees of freedom the draw may be beyond the largest double.
_LONGEST = 1e9


@frozen
class StudentTStep(Composed[ScheduleQuery, tuple[Array, ...]]):
    r"""Step as ``NormalStep`` does, but by a draw of Student's *t* distribution.

    .. math:: u' = u + \ell T, \quad T = Z \sqrt{\nu / V},\ Z \sim N(0, 1),\ V \sim \chi^2_\nu.

    One degree of freedom is the Cauchy distribution; with many it is the normal.

    Parameters
    ----------
    length : Schedule
        Scale of the draw, as a share of the range (or of the logarithm, without bounds); one
        number, or a vector with one for each parameter.
    degrees_of_freedom : float
        The smaller, the heavier the tails.

    Examples
    --------
    >>> StudentTStep().degrees_of_freedom
    1.0

    References
    ----------
    Yao, Liu and Lin (1999), "Evolutionary programming made faster", IEEE Transactions on
    Evolutionary Computation 3(2), pp. 82-102: Cauchy mutation.
    """

    length: Schedule = field(default=Constant(0.1), validator=part)
    degrees_of_freedom: float = field(default=1.0, validator=positive)

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
        v = float(rng.chisquare(self.degrees_of_freedom)) / self.degrees_of_freedom
        stretch = min(1.0 / math.sqrt(v), _LONGEST) if v > 0 else _LONGEST
        return dimension.step(rng, coordinate, length * stretch)
