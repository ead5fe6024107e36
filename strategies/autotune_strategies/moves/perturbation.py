"""Moves near the incumbent, and jumps anywhere."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.space import (
    Boolean,
    Categorical,
    Coordinates,
    Dimension,
    Float,
    Integer,
    Ordinal,
    Sequence,
)
from autotune.space.unit_cube import cube_size, from_unit_cube
from autotune.strategy import Candidates, Composed, MoveQuery, Schedule, ScheduleQuery
from autotune.strategy.candidates import draw_columns, row_columns, row_of, unchanged
from autotune.strategy.replacement import wandering
from autotune.strategy.validators import part
from autotune_strategies.moves.one_by_one import number_steps, sequence_steps
from autotune_strategies.moves.step import searchable
from autotune_strategies.schedules.combinations import Constant

__all__ = ["GlobalJump", "LocalPerturbation"]

Array: TypeAlias = NDArray[np.float64]


# On the natural scale of a number without both bounds one unit is this factor.
_UNIT = math.log(100.0)


def _at_least_one(instance: object, attribute: Any, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < math.inf:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a number >= 1"
        )


@frozen
class LocalPerturbation(Composed[MoveQuery, Candidates]):
    r"""Step a few parameters by normal draws on their natural scale.

    How many change is one and a geometric number more, with the given mean; which, is drawn evenly.
    A bounded number at place *u* of its scale goes to *u* + *length* · *Z*, reflected at the ends,
    with *Z* standard normal; one without both bounds is multiplied by
    :math:`100^{\text{length} \cdot Z}`, or as far on its own scale if that has a place for 0
    (``linear_below``); whole numbers and ordinals go one place at least; booleans
    flip and choices become another one. Of a sequence one element changes, or it grows or shrinks.

    All candidates are drawn at once in numpy, so that hundreds cost little more than one.

    Parameters
    ----------
    length : Schedule
        The step length, a number or one for each parameter: 0.2 is a fifth of the range.
    mean_number : float
        How many parameters change on average.

    Examples
    --------
    >>> LocalPerturbation(mean_number=1.5).length
    Constant(value=0.2)

    References
    ----------
    Regis and Shoemaker (2013), "Combining radial basis function surrogates and dynamic coordinate
    search in high-dimensional expensive black-box optimization", Engineering Optimization 45,
    pp. 529-555 (few coordinates perturbed, from the best point).
    """

    length: Schedule = field(default=Constant(0.2), validator=part)
    mean_number: float = field(default=2.0, validator=_at_least_one)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidate steps."""
        space = query.study.known_space
        answer = self.read_part(
            state, "length", ScheduleQuery(query.study, query.key.child("length"))
        )
        lengths = dict(zip(space, np.broadcast_to(answer, len(space)).tolist(), strict=True))
        base = row_of(query.study, query.parent)
        names = searchable(space, base)
        if not names:
            return unchanged(query)
        places = [space.names.index(name) for name in names]

        def propose(rng: np.random.Generator, n: int) -> tuple[Coordinates, NDArray[np.bool_]]:
            moved = np.zeros((n, len(space)), dtype=np.bool_)
            moved[:, places] = self._mask(rng, len(names), n)
            columns = row_columns(query.study, query.parent, n)
            for name, place in zip(names, places, strict=True):
                chosen, dimension = np.flatnonzero(moved[:, place]), space[name]
                if isinstance(dimension, Sequence):
                    rows = _sequence_steps(
                        rng,
                        dimension,
                        base[name],
                        len(chosen),
                        lengths[name],
                        one_by_one=query.one_by_one,
                    )
                    columns[name] = _with_rows(columns[name], chosen, rows)
                else:
                    columns[name][chosen] = _steps(
                        rng,
                        dimension,
                        columns[name][chosen],
                        lengths[name],
                        one_by_one=query.one_by_one,
                    )
            return columns, moved

        apart = space.conditional or len(space.constraints) > 0
        return draw_columns(query, propose, at_once=1 if apart else None)

    def _mask(self, rng: np.random.Generator, d: int, n: int) -> NDArray[np.bool_]:
        """Draw which of d parameters change in each of n candidates, one at least."""
        number = np.minimum(rng.geometric(1.0 / self.mean_number, size=n), d)
        rank = rng.random((n, d)).argsort(axis=1).argsort(axis=1)
        return np.asarray(rank < number[:, None])


def _with_rows(column: Array, where: NDArray[np.int64], rows: Array) -> Array:
    """Return a column of sequences in which some are replaced."""
    wide = np.full((len(column), max(column.shape[1], rows.shape[1])), np.nan)
    wide[:, : column.shape[1]] = column
    wide[where] = np.nan
    wide[where, : rows.shape[1]] = rows
    return wide


def _sequence_steps(
    rng: np.random.Generator,
    dimension: Sequence,
    row: Array,
    n: int,
    length: float,
    *,
    one_by_one: bool,
) -> Array:
    """Step n times from a sequence: change an element, grow or shrink, each as likely."""
    if one_by_one:
        of = dimension.of
        bounded = not isinstance(of, Float | Integer) or of.bounded
        return sequence_steps(rng, dimension, row, n, length if bounded else length * _UNIT)
    k = len(row)
    actions = ["change"] * (k > 0)
    actions += ["grow"] * (dimension.max_length is None or k < dimension.max_length)
    actions += ["shrink"] * (k > dimension.min_length)
    result = np.full((n, k + 1), np.nan)
    result[:, :k] = row
    if not actions:
        return result
    action = np.array(actions)[rng.integers(len(actions), size=n)]
    place = rng.integers(max(k, 1), size=n)
    grows, changes = action == "grow", np.flatnonzero(action == "change")
    result[grows, k] = dimension.grown(row)[-1]
    at = place[changes]
    result[changes, at] = _steps(
        rng, dimension.of, result[changes, at], length, one_by_one=one_by_one
    )
    shrinks = action == "shrink"
    # What comes behind the lost element moves up; the last place is empty.
    source = np.arange(k)[None, :] + (np.arange(k)[None, :] >= place[shrinks, None])
    result[shrinks, :k] = np.take_along_axis(result[shrinks], source, axis=1)
    return result


def _steps(
    rng: np.random.Generator,
    dimension: Dimension,
    x: Array,
    length: float,
    *,
    one_by_one: bool,
) -> Array:
    """Step each of n coordinates of a scalar dimension."""
    n = len(x)
    match dimension:
        case Boolean():
            return 1.0 - x
        case Categorical(choices=choices):
            k = len(choices)
            return x if k == 1 else (x + rng.integers(1, k, size=n)) % k
        case Ordinal(values=values):
            return _whole_steps(rng, x, length, len(values) - 1)
        case Float(linear_below=float()):
            unit = 1.0 if dimension.bounded else _UNIT
            return dimension.moved(x, length * unit * rng.standard_normal(n))
        case Float() if dimension.bounded:
            return dimension.unscaled(dimension.scaled(x) + length * rng.standard_normal(n))
        case Integer(low=int(low), high=int(high)):
            y = dimension.unscaled(dimension.scaled(x) + length * rng.standard_normal(n))
            beside = np.where(rng.random(n) < 0.5, -1.0, 1.0)
            outside = (x + beside < low) | (x + beside > high)
            return np.where(y == x, np.where(outside, x - beside, x + beside), y)
        case Float() | Integer() if one_by_one:
            return number_steps(rng, dimension, x, length * _UNIT)
        case Float() | Integer():
            return dimension.steps(rng, x, length * _UNIT)
        case _:
            return x


def _whole_steps(rng: np.random.Generator, x: Array, length: float, top: int) -> Array:
    """Step whole numbers from 0 to ``top`` by one place at least, reflected at the ends."""
    if top == 0:
        return x
    size = np.maximum(np.rint(np.abs(length * top * rng.standard_normal(len(x)))), 1.0)
    y = x + np.where(rng.random(len(x)) < 0.5, -1.0, 1.0) * size
    y = np.mod(np.abs(y), 2.0 * top)
    y = np.where(y > top, 2.0 * top - y, y)
    # A reflection may lead back to where the step began.
    return np.where(y == x, np.where(x < top, x + 1.0, x - 1.0), y)


@frozen
class GlobalJump(Composed[MoveQuery, Candidates]):
    """Draw every parameter anew, evenly on its natural scale, wherever the search stands.

    A number without both bounds is drawn within a factor of 100 of its start value, a whole one
    within a factor of 10. With an exploration rate of 1 this is random search; a share of such
    candidates keeps a model-based search from staying in one valley.

    Examples
    --------
    >>> GlobalJump()
    GlobalJump()

    References
    ----------
    Bergstra and Bengio (2012), "Random search for hyper-parameter optimization", JMLR 13,
    pp. 281-305.
    """

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:  # noqa: ARG002
        """Return ``query.count`` candidates."""
        space = query.study.known_space
        size = cube_size(space)
        if size == 0:
            return unchanged(query)
        searched = np.array([name in space.searched for name in space])

        def propose(rng: np.random.Generator, n: int) -> tuple[Coordinates, NDArray[np.bool_]]:
            return from_unit_cube(space, rng.random((n, size))), np.repeat([searched], n, axis=0)

        at_once = 1 if space.constraints else None
        return draw_columns(query, propose, replace=wandering, at_once=at_once)
