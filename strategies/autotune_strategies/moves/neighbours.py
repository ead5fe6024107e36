"""All configurations that are one place away."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

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
from autotune.space.columns import join_columns, take_rows
from autotune.space.dimensions import LARGEST, SMALLEST
from autotune.space.distance import FACTOR
from autotune.strategy import Candidates, Composed, MoveQuery, Schedule, ScheduleQuery
from autotune.strategy.candidates import columns_of, row_of, unchanged
from autotune.strategy.validators import part
from autotune_strategies.moves.step import searchable
from autotune_strategies.schedules.combinations import Constant

__all__ = ["Neighbours", "neighbours_of"]

Array: TypeAlias = NDArray[np.float64]

Change: TypeAlias = tuple[str, Any]


@frozen
class Neighbours(Composed[MoveQuery, Candidates]):
    r"""Change one parameter by one place, to each of the neighbours in turn.

    The neighbours are all configurations that differ in one parameter: an ordinal is one place
    lower or higher; a boolean flips; a choice is any other one; a bounded number is *length* of its
    scale lower or higher, but not beyond its bounds; one without both bounds is divided or
    multiplied by :math:`100^{\text{length}}`; whole numbers move by one at least. Of a sequence one
    element does so, or it grows by an element like its smallest, or loses one.

    They are drawn in a random order without repetition; once all are drawn, all come again. If as
    many are asked for as there are, and none is better, the search stands on a local optimum.

    Parameters
    ----------
    length : Schedule
        How far one place is for a number, as a part of its scale: one number, or one for each
        parameter. With 0 only whole numbers have neighbours.

    Examples
    --------
    >>> Neighbours().length
    Constant(value=0.1)

    References
    ----------
    Hutter, Hoos and Leyton-Brown (2011), "Sequential model-based optimization for general algorithm
    configuration", LION 5, section 4.3 (the one-exchange neighbourhood).
    """

    length: Schedule = field(default=Constant(0.1), validator=part)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates."""
        study, key = query.study, query.key
        space = study.known_space
        answer = self.read_part(state, "length", ScheduleQuery(study, key.child("length")))
        lengths = dict(zip(space, np.broadcast_to(answer, len(space)).tolist(), strict=True))
        base = row_of(study, query.parent)
        changes = [
            (name, value)
            for name in searchable(space, base)
            for value in neighbours_of(space[name], base[name], lengths[name])
        ]
        order = key.generator().permutation(len(changes))
        picked = _legal(query, [changes[i] for i in order])
        if not picked:
            return unchanged(query)
        rows = np.resize(np.arange(len(picked)), query.count)
        moved = [(name,) for _, name in picked]
        columns = join_columns(row for row, _ in picked)
        return Candidates(take_rows(columns, rows), tuple(moved[i] for i in rows))


def _legal(query: MoveQuery, changes: list[Change]) -> list[tuple[Coordinates, str]]:
    """Return the first changed rows that the constraints allow, as many as are asked for."""
    space = query.study.known_space
    legal: list[tuple[Coordinates, str]] = []
    for begin in range(0, len(changes), _AT_ONCE):
        part = changes[begin : begin + _AT_ONCE]
        base = row_of(query.study, query.parent)
        columns = space.settle(columns_of(space, [{**base, name: value} for name, value in part]))
        for i in np.flatnonzero(space.allowed(columns)).tolist():
            legal.append((take_rows(columns, [i]), part[i][0]))
            if len(legal) == query.count:
                return legal
    return legal


# How many neighbours are tested at once.
_AT_ONCE = 64


def neighbours_of(dimension: Dimension, coordinate: Any, length: float) -> list[Any]:
    """Return the coordinates that are one place away, each once.

    Parameters
    ----------
    dimension : dimension
        Of the parameter.
    coordinate : float or ndarray
        Where it stands; a row without padding for a sequence.
    length : float
        One place of a number, as a part of its scale.

    Examples
    --------
    >>> neighbours_of(Integer(1, 10), 1.0, 0.1), neighbours_of(Ordinal(["a", "b", "c"]), 1.0, 0.1)
    ([2.0], [0.0, 2.0])
    """
    if isinstance(dimension, Sequence):
        return _of_sequence(dimension, coordinate, length)
    x = float(coordinate)
    match dimension:
        case Boolean():
            return [1.0 - x]
        case Categorical(choices=choices):
            return [float(i) for i in range(len(choices)) if i != x]
        case Ordinal(values=values):
            return [y for y in (x - 1.0, x + 1.0) if 0 <= y < len(values)]
        case Float() | Integer():
            return _of_number(dimension, x, length)
        case _:
            return []


def _of_number(dimension: Float | Integer, x: float, length: float) -> list[float]:
    whole = isinstance(dimension, Integer)
    if length == 0 and not whole:
        return []
    low = -LARGEST if dimension.low is None else float(dimension.low)
    high = LARGEST if dimension.high is None else float(dimension.high)
    result = []
    for sign in (-1.0, 1.0):
        y = min(max(_moved(dimension, x, sign * length), low), high)
        if whole:
            y = float(np.rint(y))
            y = min(y, x - 1.0) if sign < 0 else max(y, x + 1.0)
        # Without bounds a number keeps its sign.
        free = dimension.low is None and dimension.high is None and not dimension.two_way
        crosses = free and x != 0 and np.sign(x) != np.sign(y)
        # A number that would not stay, such as one beyond a bound, is not a neighbour.
        if y != x and not crosses and float(dimension.settle(np.asarray(y))) == y:
            result.append(y)
    return result


def _moved(dimension: Float | Integer, x: float, by: float) -> float:
    """Return where a number comes to lie, moved on its natural scale."""
    if dimension.bounded:
        u = float(dimension.scaled(np.asarray(x))) + by
        return float(dimension.unscaled(np.asarray(min(max(u, 0.0), 1.0))))
    if dimension.two_way:
        place = float(dimension.scaled(np.asarray(x))) + by * math.log(FACTOR)
        if dimension.low is not None:
            place = max(place, float(dimension.scaled(np.asarray(dimension.low))))
        if dimension.high is not None:
            place = min(place, float(dimension.scaled(np.asarray(dimension.high))))
        return float(dimension.unscaled(np.asarray(place)))
    if x == 0:
        return by
    further = (by > 0) == (x > 0)
    exponent = math.copysign(min(abs(by) * math.log(FACTOR), 700.0), 1.0 if further else -1.0)
    size = abs(x) * math.exp(exponent)
    # From 0 there would be no way back to the same sign.
    return math.copysign(max(size, min(abs(x), SMALLEST)), x)


def _of_sequence(dimension: Sequence, row: Array, length: float) -> list[Array]:
    result = []
    for i, x in enumerate(row):
        for y in neighbours_of(dimension.of, x, length):
            changed = row.copy()
            changed[i] = y
            result.append(changed)
    if dimension.max_length is None or len(row) < dimension.max_length:
        result.append(dimension.grown(row))
    if len(row) > dimension.min_length:
        # Of equal elements side by side it makes no difference which one is lost.
        result += [np.delete(row, i) for i in range(len(row)) if i == 0 or row[i] != row[i - 1]]
    return result
