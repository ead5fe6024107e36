"""Cardinality: how many different configurations a space holds, with conditions and constraints."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autotune.space.conditions import Condition
from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Ordinal,
)

if TYPE_CHECKING:
    from autotune.space.space import Space

__all__ = ["COUNTED", "COUNTED_ONE_BY_ONE", "cardinality", "combinations_of", "dimension_size"]

COUNTED = 200_000
"""Combinations of parameters that conditions tie together are gone through up to so many."""

COUNTED_ONE_BY_ONE = 10_000
"""And where a function is asked about each, up to so many."""

# Longer numbers than this many bits are as good as no end.
_DIGITS = 10_000


def dimension_size(dimension: Dimension) -> int | None:
    """Return the number of values of a dimension; None if there is no end of them."""
    match dimension:
        case Fixed():
            return 1
        case Boolean():
            return 2
        case Categorical() | Ordinal():
            return len(dimension.options)
        case Integer():
            if dimension.low is None or dimension.high is None:
                return None
            return dimension.high - dimension.low + 1
        case Float():
            return None
        case _:
            if dimension.max_length is None:
                return None
            elements = dimension_size(dimension.of)
            # Beyond that the number has so many digits that none will ever be reached.
            if elements is None or elements.bit_length() * dimension.max_length > _DIGITS:
                return None
            lengths = range(dimension.min_length, dimension.max_length + 1)
            if elements == 1:
                return len(lengths)
            # The geometric sum, for lengths may be many.
            first, last = dimension.min_length, dimension.max_length + 1
            return int((elements**last - elements**first) // (elements - 1))


def _coordinates(dimension: Dimension) -> list[float] | list[tuple[float, ...]]:
    """Return the coordinates of all values of a finite dimension."""
    match dimension:
        case Integer():
            low, high = dimension.low, dimension.high
            assert low is not None
            assert high is not None
            return [float(value) for value in range(low, high + 1)]
        case Fixed() | Boolean() | Categorical() | Ordinal():
            return [float(index) for index in range(dimension_size(dimension) or 0)]
        case Float():
            raise AssertionError("a Float has no end of values")
        case _:
            assert dimension.max_length is not None
            elements: Any = _coordinates(dimension.of)
            return [
                tuple(value)
                for length in range(dimension.min_length, dimension.max_length + 1)
                for value in itertools.product(elements, repeat=length)
            ]


def cardinality(space: Space) -> int | None:
    """Return the number of different legal configurations of a space.

    Parameters that no condition or constraint ties together multiply; the combinations of those
    that are tied are gone through.

    Parameters
    ----------
    space : Space
        The space.

    Returns
    -------
    int or None
        None if there is no end of them (a ``Float``, a missing bound) or as good as none (more than
        thousands of digits), or if they can't be counted within reason: more than two
        hundred thousand combinations that are tied together, ten thousand where a constraint is a
        function.
    """
    sizes = {name: dimension_size(dimension) for name, dimension in space.parameters}
    if any(size is None for size in sizes.values()):
        return None
    known = {name: size for name, size in sizes.items() if size is not None}
    ties = _ties(space)
    tied = set().union(*ties)
    total = 1
    for names in _groups(space, ties):
        combinations = math.prod(known[name] for name in names)
        count = _count(space, names, combinations) if names[0] in tied else combinations
        if count is None:
            return None
        total *= count
    return total


def _ties(space: Space) -> list[set[str]]:
    """Return the sets of parameters that a condition or a constraint looks at together."""
    ties = [{name, *condition.names} for name, condition in space.conditions]
    for constraint in space.constraints:
        names = constraint.names if isinstance(constraint, Condition) else space.names
        ties.append(set(names))
    return ties


def _groups(space: Space, ties: list[set[str]]) -> list[list[str]]:
    """Return the parameters in groups such that nothing ties one to one of another group."""
    groups: list[set[str]] = [{name} for name in space.names]
    for tie in ties:
        touched = [group for group in groups if group & tie]
        groups = [group for group in groups if not group & tie]
        groups.append(set().union(*touched))
    return [[name for name in space.names if name in group] for group in groups]


def _count(space: Space, names: list[str], combinations: int) -> int | None:
    """Return the number of legal configurations of some parameters, tied to no others."""
    functions = any(not isinstance(constraint, Condition) for constraint in space.constraints)
    if combinations > (COUNTED_ONE_BY_ONE if functions else COUNTED):
        return None
    part = type(space)(
        {name: space[name] for name in names},
        start={name: value for name, value in space.start_values.items() if name in names},
        conditions={name: c for name, c in space.conditions if name in names},
        constraints=[
            constraint
            for constraint in space.constraints
            if not isinstance(constraint, Condition) or set(constraint.names) <= set(names)
        ],
    )
    columns, digits = _grid(part, combinations)
    active = part.active(columns)
    try:
        allowed = part.allowed(part.mark_inactive(columns))
    except Exception:  # noqa: BLE001  # a function that was not made for all combinations
        return None
    # Which combination a row is, but for what is inactive in it.
    place = np.zeros(combinations, dtype=np.int64)
    for name, digit in digits.items():
        size = dimension_size(part[name])
        assert size is not None
        place = place * (size + 1) + np.where(active[name], digit, size)
    return len(np.unique(place[allowed]))


def combinations_of(space: Space, n: int) -> dict[str, NDArray[np.float64]]:
    """Return the coordinates of all combinations of values, of which there are n."""
    return _grid(space, n)[0]


def _grid(
    space: Space, combinations: int
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.int64]]]:
    """Return the coordinates of all combinations of values, and which value of each they hold."""
    from autotune.space.space import pad_rows

    columns: dict[str, NDArray[np.float64]] = {}
    digits: dict[str, NDArray[np.int64]] = {}
    rest = combinations
    index = np.arange(combinations)
    for name, dimension in space.parameters:
        values: Any = _coordinates(dimension)
        rest //= len(values)
        digits[name] = index // rest % len(values)
        tuples = isinstance(values[0], tuple)
        table = pad_rows(values) if tuples else np.array(values, dtype=np.float64)
        columns[name] = table[digits[name]]
    return columns, digits
