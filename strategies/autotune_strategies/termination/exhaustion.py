"""Stop when every configuration has been tried."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from attrs import frozen

from autotune.space import Boolean, Categorical, Dimension, Fixed, Float, Integer, Ordinal, Space
from autotune.strategy import StopQuery
from autotune.study import Study
from autotune_strategies.termination.rule import Rule

__all__ = [
    "ENUMERABLE",
    "Signature",
    "SpaceExhausted",
    "cardinality",
    "combinations",
    "configuration_rows",
    "independent",
    "signature",
]

ENUMERABLE = 10_000
"""Spaces with conditions or constraints are enumerated up to so many combinations."""

Signature: TypeAlias = tuple[tuple[float, ...] | float | None, ...]


def cardinality(space: Space) -> int | None:
    """Return the number of different legal configurations of a space.

    Parameters
    ----------
    space : Space
        The space.

    Returns
    -------
    int or None
        None if there is no end of them (a ``Float``, a missing bound) or as good as none (more than
        thousands of digits), or if there are conditions or constraints and more than 10,000
        combinations to go through.

    Examples
    --------
    >>> from autotune.space import Integer, Sequence
    >>> cardinality(Space({"k": Integer(1, 5), "layers": Sequence(Integer(1, 2), 1, 3)}))
    70
    """
    most = combinations(space)
    if most is None or independent(space):
        return most
    if most > ENUMERABLE:
        return None
    return len(set(configuration_rows(space)))


def independent(space: Space) -> bool:
    """Tell whether every combination of values is a configuration."""
    return not space.conditional and len(space.constraints) == 0


def combinations(space: Space) -> int | None:
    """Return the product of the dimensions' sizes, None if there is no end of values."""
    total = 1
    for _, dimension in space.parameters:
        size = _size(dimension)
        if size is None:
            return None
        total *= size
    return total


def _size(dimension: Dimension) -> int | None:
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
            elements = _size(dimension.of)
            # Beyond that the number has so many digits that none will ever be reached.
            if elements is None or elements.bit_length() * dimension.max_length > 10_000:
                return None
            lengths = range(dimension.min_length, dimension.max_length + 1)
            if elements == 1:
                return len(lengths)
            # The geometric sum, for lengths may be many.
            first, last = dimension.min_length, dimension.max_length + 1
            return int((elements**last - elements**first) // (elements - 1))


def _coordinates(dimension: Dimension) -> Iterator[float | tuple[float, ...]]:
    """Go through the coordinates of a finite dimension."""
    match dimension:
        case Integer():
            low, high = dimension.low, dimension.high
            assert low is not None
            assert high is not None
            yield from (float(value) for value in range(low, high + 1))
        case Fixed() | Boolean() | Categorical() | Ordinal():
            yield from (float(index) for index in range(_size(dimension) or 0))
        case Float():
            raise AssertionError("a Float has no end of values")
        case _:
            assert dimension.max_length is not None
            for length in range(dimension.min_length, dimension.max_length + 1):
                yield from itertools.product(*(_coordinates(dimension.of) for _ in range(length)))


def configuration_rows(space: Space) -> Iterator[Signature]:
    """Go through the legal configurations of a finite space, some of them several times."""
    names = space.names
    # Lazily, because a caller may be content with the first few of a great many.
    for row in _product([dimension for _, dimension in space.parameters]):
        settled: dict[str, Any] = {
            name: np.array(value) if isinstance(value, tuple) else value
            for name, value in zip(names, row, strict=True)
        }
        settled = space.settle_row(settled)
        if space.allows_row(settled):
            yield signature(settled)


def _product(dimensions: list[Dimension]) -> Iterator[tuple[float | tuple[float, ...], ...]]:
    if not dimensions:
        yield ()
        return
    for rest in _product(dimensions[1:]):
        for value in _coordinates(dimensions[0]):
            yield (value, *rest)


def signature(row: dict[str, Any]) -> Signature:
    """Return a row of coordinates as a value that equals those of the same configuration only.

    An inactive parameter, NaN, becomes None, and padding is dropped.
    """
    return tuple(
        tuple(value[~np.isnan(value)].tolist())
        if isinstance(value, np.ndarray) and value.ndim == 1
        else (None if math.isnan(value) else float(value))
        for value in row.values()
    )


@frozen
class SpaceExhausted(Rule):
    """Stop when every configuration of a finite space has been proposed at least once.

    A space with a ``Float``, a missing bound, or conditions or constraints over more than 10,000
    combinations is never exhausted. Not monotone: the space may be extended.

    Examples
    --------
    >>> print(SpaceExhausted())
    Stop when every configuration has been tried.
    """

    def clause(self) -> str:
        """Return the condition in words."""
        return "every configuration has been tried"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        study = query.study
        space = study.known_space
        most = combinations(space)
        if most is None:
            return None
        if independent(space):
            if study.n_trials < most:
                return None
            n = len(_tried(study))
            return f"all {n} configurations have been tried" if n >= most else None
        if most > ENUMERABLE:
            return None
        tried = _tried(study)
        # The first one that has not been tried ends the search for it, mostly at once.
        if any(row not in tried for row in configuration_rows(space)):
            return None
        return f"all {len(tried)} configurations have been tried"


def _tried(study: Study) -> set[Signature]:
    columns = study.coordinates
    return {
        signature({name: column[i] for name, column in columns.items()})
        for i in range(study.n_trials)
    }
