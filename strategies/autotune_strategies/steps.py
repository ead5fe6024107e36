"""Steps: how a number moves, on its natural scale or by factor and summand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.space import Boolean, Categorical, Fixed, Float, Integer, Ordinal, ScalarDimension
from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import count, not_negative, part, positive
from autotune.study import Study
from autotune_strategies.schedules.combinations import Constant

__all__ = ["MultiplyAdd", "NearOrNotPositive", "NormalStep", "StudentTStep", "per_parameter"]

Array: TypeAlias = NDArray[np.float64]


@frozen
class NearOrNotPositive:
    """Find a step uninteresting if it loses the sign or stays near the present value.

    For a positive value *x* and a result *y* the step is vetoed when *y* ≤ 0 or
    (1 - share)·*y* ≤ *x* ≤ (1 + share)·*y*; negative values mirror that, and from zero anything
    but zero is interesting. (The prototype drew for ever from zero and negative values.)

    Parameters
    ----------
    share : float
        How near is too near, 0.05 by default.

    Examples
    --------
    >>> veto = NearOrNotPositive(0.05)
    >>> veto(100.0, 101.0), veto(100.0, 110.0), veto(100.0, -5.0)
    (True, False, True)
    """

    share: float = field(default=0.05, validator=not_negative)

    def __call__(self, present: float, proposed: float) -> bool:
        """Tell whether the step from ``present`` to ``proposed`` is uninteresting."""
        if present == 0:
            return proposed == 0
        x, y = (present, proposed) if present > 0 else (-present, -proposed)
        return y <= 0 or (1 - self.share) * y <= x <= (1 + self.share) * y


def per_parameter(study: Study, value: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one number for each parameter, in the order of the space.

    Parameters
    ----------
    study : Study
        The state.
    value : float or ndarray, shape (d,)
        What a schedule answered.

    Raises
    ------
    ComponentError
        If it is a vector of another length.
    """
    d = len(study.known_space)
    vector = np.asarray(value, dtype=np.float64)
    if vector.shape not in {(), (d,)}:
        raise ComponentError(
            f"a schedule answered a vector of shape {vector.shape}; the space has {d} parameters, "
            "so one number or a vector of as many is needed"
        )
    return np.full(d, vector) if vector.ndim == 0 else vector


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

    def steps(
        self,
        rng: np.random.Generator,
        dimension: ScalarDimension | Fixed,
        coordinates: Array,
        scales: tuple[float, ...],
        *,
        alone: NDArray[np.bool_],
    ) -> Array:
        """Step from each of several coordinates, as ``step`` does from one; shape (n,)."""
        n = len(coordinates)
        match dimension:
            case Boolean() | Categorical() | Ordinal():
                size = 2 if isinstance(dimension, Boolean) else len(dimension.options)
                anew = rng.integers(size, size=n).astype(np.float64)
                if size == 1:
                    return anew
                return np.where(alone, (coordinates + rng.integers(1, size, size=n)) % size, anew)
            case Fixed():
                return coordinates
            case Float() | Integer():
                return self._step_numbers(rng, dimension, coordinates, scales)

    def _step_numbers(
        self,
        rng: np.random.Generator,
        dimension: Float | Integer,
        coordinates: Array,
        scales: tuple[float, ...],
    ) -> Array:
        multiply_scale, add_scale = scales
        result = coordinates.copy()
        waiting = np.arange(len(result))
        if add_scale == 0:
            at_zero = np.flatnonzero(result == 0)
            result[at_zero] = dimension.steps(rng, result[at_zero], multiply_scale)
            waiting = np.flatnonzero(coordinates != 0)
        for _ in range(self.max_draws):
            if len(waiting) == 0:
                break
            n, x = len(waiting), coordinates[waiting]
            sign = np.where(rng.random(n) < 0.5, 1.0, -1.0)
            exponent = sign * np.abs(multiply_scale * rng.standard_normal(n))
            with np.errstate(over="ignore"):
                y = x * np.exp(np.minimum(exponent, _LARGEST_EXPONENT))
                y = y + sign * np.abs(add_scale * rng.standard_normal(n))
            y = np.trunc(y) if isinstance(dimension, Integer) else y
            settled = dimension.settle(np.where(np.isfinite(y), y, x))
            taken = np.array(
                [
                    math.isfinite(b) and not self.veto(a, b) and (c == b or not self.veto(a, c))
                    for a, b, c in zip(x.tolist(), y.tolist(), settled.tolist(), strict=True)
                ],
                dtype=np.bool_,
            )
            result[waiting[taken]] = settled[taken]
            waiting = waiting[~taken]
        return result


def _other(rng: np.random.Generator, n: int, present: float) -> float:
    if n == 1:
        return present
    i = int(rng.integers(n - 1))
    return float(i if i < present else i + 1)


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

    def steps(
        self,
        rng: np.random.Generator,
        dimension: ScalarDimension | Fixed,
        coordinates: Array,
        scales: tuple[float, ...],
        *,
        alone: NDArray[np.bool_],  # noqa: ARG002
    ) -> Array:
        """Step from each of several coordinates, as ``step`` does from one; shape (n,)."""
        (length,) = scales
        return dimension.steps(rng, coordinates, length)


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

    def steps(
        self,
        rng: np.random.Generator,
        dimension: ScalarDimension | Fixed,
        coordinates: Array,
        scales: tuple[float, ...],
        *,
        alone: NDArray[np.bool_],  # noqa: ARG002
    ) -> Array:
        """Step from each of several coordinates, as ``step`` does from one; shape (n,)."""
        (length,) = scales
        v = rng.chisquare(self.degrees_of_freedom, size=len(coordinates))
        v = np.maximum(v / self.degrees_of_freedom, _LONGEST**-2)
        return dimension.steps(rng, coordinates, length / np.sqrt(v))
