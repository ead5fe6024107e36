"""Optuna's distributions as dimensions, and dimensions as Optuna's distributions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from autotune.errors import SpaceError
from autotune.space import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    In,
    Integer,
    Ordinal,
    Space,
)
from autotune.space.equality import Exactly

__all__ = ["Distributed", "distributed", "space_of_trials"]

_MOST_STEPS = 10_000


@frozen
class Distributed:
    """A parameter in Optuna's terms.

    Parameters
    ----------
    distribution : optuna.distributions.BaseDistribution
        Holds every value that was tried.
    tell : callable
        Returns what stands there for a value: itself, or text where Optuna has no such values.
    """

    distribution: Any
    tell: Callable[[Any], Any]


def distributed(dimension: Dimension, tried: Sequence[Any]) -> Distributed:
    """Return Optuna's distribution for a dimension.

    Numbers without bounds get those of what was tried. Sequences, and choices that Optuna can't
    keep, become choices among texts.

    Parameters
    ----------
    dimension : Dimension
        A parameter's.
    tried : sequence
        The values it had.

    Examples
    --------
    >>> distributed(Integer(1), [3, 7]).distribution
    IntDistribution(high=7, log=False, low=1, step=1)
    """
    from optuna.distributions import FloatDistribution, IntDistribution

    match dimension:
        case Float() | Integer():
            known = [
                value for value in (*tried, dimension.low, dimension.high) if value is not None
            ]
            low, high = min(known, default=0), max(known, default=0)
            log = dimension.log and low > 0
            if isinstance(dimension, Integer):
                return Distributed(IntDistribution(int(low), int(high), log=log), int)
            return Distributed(FloatDistribution(float(low), float(high), log=log), float)
        case Boolean():
            return _choices((False, True))
        case Categorical() | Ordinal():
            return _choices(dimension.options)
        case Fixed():
            return _choices((dimension.value,))
        case _:
            return _choices(tried, text=True)


def _choices(values: Iterable[Any], *, text: bool = False) -> Distributed:
    from optuna.distributions import CategoricalDistribution

    options = list({Exactly(value): value for value in values}.values())
    plain = all(value is None or isinstance(value, bool | int | float | str) for value in options)
    # Optuna looks choices up by equality, which 1 and True or NaN do not survive.
    apart = plain and len(set(options)) == len(options) and all(x == x for x in options)  # noqa: PLR0124
    if text or not apart:
        texts = list(dict.fromkeys(repr(value) for value in options)) or ["none"]
        return Distributed(CategoricalDistribution(texts), repr)
    return Distributed(CategoricalDistribution(options), _itself)


def _itself(value: Any) -> Any:
    return value


def space_of_trials(
    configurations: Sequence[Mapping[str, Any]],
    distributions: Sequence[Mapping[str, Any]],
) -> Space:
    """Return the space that trials of an Optuna study were drawn from.

    Ranges that changed are united. A parameter that some trials lack is active under a condition,
    which is found among the values of the others.

    Parameters
    ----------
    configurations : sequence of mapping
        What each trial tried, in order; the first is the start.
    distributions : sequence of mapping
        Of the same parameters, for each trial.

    Raises
    ------
    SpaceError
        If no choice of another parameter explains why some trials lack one.
    """
    kinds: dict[str, list[Any]] = {}
    for each in distributions:
        for name, distribution in each.items():
            variants = kinds.setdefault(name, [])
            if distribution not in variants:
                variants.append(distribution)
    values = {name: [c[name] for c in configurations if name in c] for name in kinds}
    dimensions = {name: _dimension(each, values[name]) for name, each in kinds.items()}
    lacking = [name for name in kinds if len(values[name]) < len(configurations)]
    return Space(
        dimensions,
        start={**{name: values[name][0] for name in kinds}, **configurations[0]},
        conditions={name: _condition(name, dimensions, configurations) for name in lacking},
    )


def _dimension(distributions: Sequence[Any], values: Sequence[Any]) -> Dimension:
    from optuna.distributions import CategoricalDistribution

    if isinstance(distributions[0], CategoricalDistribution):
        choices = distributions[0].choices
        if len(choices) == 1:
            return Fixed(choices[0])
        if sorted(map(repr, choices)) == ["False", "True"]:
            return Boolean()
        return Categorical(choices)
    low = min(each.low for each in distributions)
    high = max(each.high for each in distributions)
    if low == high:
        return Fixed(low)
    whole = all(isinstance(value, int) for value in (low, high))
    step = distributions[0].step
    even = all(each.step == step and each.low == low for each in distributions)
    if step is not None and even and (not whole or step > 1):
        n = math.floor((high - low) / step + 1e-9) + 1
        if n <= _MOST_STEPS:
            return Ordinal(_grid(low, step, n, values))
    log = all(each.log for each in distributions)
    return Integer(low, high, log=log) if whole else Float(low, high, log=log)


def _grid(low: float, step: float, n: int, values: Sequence[Any]) -> list[Any]:
    """Return low, low + step, and so on, written as they were where they occurred."""
    grid = [low + i * step for i in range(n)]
    for value in values:
        grid[min(max(round((value - low) / step), 0), n - 1)] = value
    return sorted(set(grid))


def _condition(
    name: str, dimensions: Mapping[str, Dimension], configurations: Sequence[Mapping[str, Any]]
) -> In:
    explained = partial(_explained, name, configurations=configurations)
    for other, dimension in dimensions.items():
        if other != name and isinstance(dimension, Categorical | Boolean | Ordinal | Integer):
            values = explained(other)
            if values is not None:
                return In(other, values)
    raise SpaceError(
        f"{sum(name not in c for c in configurations)} of {len(configurations)} trials lack "
        f"{name!r}, and no choice of another parameter tells why; give space= with its conditions"
    )


def _explained(
    name: str, other: str, *, configurations: Sequence[Mapping[str, Any]]
) -> list[Any] | None:
    """Return another parameter's values with which one is there; None if more decides it."""
    there = {Exactly(c[other]): c[other] for c in configurations if name in c and other in c}
    for c in configurations:
        with_it = other in c and Exactly(c[other]) in there
        if with_it is not (name in c):
            return None
    return list(there.values())
