"""A space in the words that other tools know: numbers, places in an order, and choices.

Tools have no sequences, so one becomes its length and as many elements as it may have; a value of
an ordered list becomes its place in the list, for few tools know ordered lists of values. Every
tool is told of the same parameters, each in its own terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen

from autotune.errors import SpaceError
from autotune.space import (
    And,
    Boolean,
    Categorical,
    Condition,
    Configuration,
    Dimension,
    Equals,
    Fixed,
    Float,
    In,
    Integer,
    Ordinal,
    Sequence,
    Space,
)

__all__ = ["Choice", "Flat", "FlatSpace", "Place", "Real", "Values", "Whole", "flattened"]

Values: TypeAlias = dict[str, Any]
"""Values of flat parameters by name: a float for a real, an int for all others."""


@frozen
class Real:
    """A real number.

    Parameters
    ----------
    name : str
        Its name.
    low, high : float
        Bounds, both inclusive.
    log : bool
        Whether its scale is logarithmic.
    condition : Condition, optional
        When it is active, in the words of the space; None if always.
    """

    name: str
    low: float
    high: float
    log: bool
    condition: Condition | None = None


@frozen
class Whole:
    """A whole number; parameters as for ``Real``."""

    name: str
    low: int
    high: int
    log: bool
    condition: Condition | None = None


@frozen
class Place:
    """A place in an ordered list of ``n`` values, from 0; the list is evenly spaced for a tool."""

    name: str
    n: int
    condition: Condition | None = None


@frozen
class Choice:
    """One of ``n`` things without an order, from 0."""

    name: str
    n: int
    condition: Condition | None = None


Flat: TypeAlias = Real | Whole | Place | Choice


@frozen
class FlatSpace:
    """The flat parameters of a space, and configurations there and back.

    Parameters
    ----------
    space : Space
        The space.

    Raises
    ------
    SpaceError
        If a number has not both bounds, a sequence no greatest length, or there are constraints:
        the tools have no common way to be told of those.

    Examples
    --------
    >>> flat = FlatSpace(Space({"layers": Sequence(of=Integer(1, 9), min_length=1, max_length=2)}))
    >>> [parameter.name for parameter in flat.parameters]
    ['layers.length', 'layers.0', 'layers.1']
    >>> flat.values({"layers": (7,)})
    {'layers.length': 1, 'layers.0': 7}
    >>> flat.configuration({"layers.length": 1, "layers.0": 7, "layers.1": 3})
    {'layers': (7,)}
    """

    space: Space
    parameters: tuple[Flat, ...] = field(init=False, repr=False, eq=False)
    _by_name: dict[str, Flat] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.space.constraints:
            raise SpaceError(
                "the space has constraints, which peers can't be told of; use a space without, or "
                "let such configurations fail"
            )
        conditions = dict(self.space.conditions)
        found: list[Flat] = []
        for name, dimension in self.space.parameters:
            found.extend(_flat(name, dimension, conditions.get(name)))
        object.__setattr__(self, "parameters", tuple(found))
        object.__setattr__(self, "_by_name", {parameter.name: parameter for parameter in found})

    def __getitem__(self, name: str) -> Flat:
        return self._by_name[name]

    @property
    def in_order(self) -> tuple[Flat, ...]:
        """The parameters, each after those that its condition looks at."""
        found: dict[str, Flat] = {}

        def visit(parameter: Flat) -> None:
            if parameter.name in found:
                return
            if parameter.condition is not None:
                for name in parameter.condition.names:
                    if name in self._by_name:
                        visit(self._by_name[name])
            found[parameter.name] = parameter

        for parameter in self.parameters:
            visit(parameter)
        return tuple(found.values())

    @property
    def conditional(self) -> bool:
        """Whether some flat parameter is not always active."""
        return any(parameter.condition is not None for parameter in self.parameters)

    def values(self, configuration: Configuration) -> Values:
        """Return the values of the active flat parameters."""
        found: Values = {}
        for name, value in configuration.items():
            dimension = self.space[name]
            match dimension:
                case Fixed():
                    continue
                case Sequence(of=of):
                    if _varies(dimension):
                        found[f"{name}.length"] = len(value)
                    for i, item in enumerate(value):
                        found[f"{name}.{i}"] = _value(of, item)
                case _:
                    found[name] = _value(dimension, value)
        return found

    def all_values(self, configuration: Configuration) -> Values:
        """Return the values of all flat parameters: the start values for those not active."""
        given = self.values(configuration)
        start = {**self.values(self.space.start_values), **given}
        return {p.name: start[p.name] if p.name in start else _middle(p) for p in self.parameters}

    def configuration(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration of flat values; those of inactive parameters are not looked at.

        Numbers that rounding carried over a bound are brought back to it.
        """
        whole: dict[str, Any] = {}
        starts = self.space.start_values
        for name, dimension in self.space.parameters:
            match dimension:
                case Fixed(value=value):
                    whole[name] = value
                case Sequence(of=of):
                    whole[name] = starts[name]
                    key = f"{name}.length"
                    length = (
                        int(values.get(key, -1)) if _varies(dimension) else dimension.min_length
                    )
                    items = [f"{name}.{i}" for i in range(length)]
                    if length >= 0 and all(item in values for item in items):
                        whole[name] = [_back(of, self._by_name[i], values[i]) for i in items]
                case _:
                    whole[name] = (
                        _back(dimension, self._by_name[name], values[name])
                        if name in values
                        else starts[name]
                    )
        return self.space.check_values(whole)

    def unit(self, values: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return all values on the unit cube, places and choices in the middles of equal parts."""
        return np.array([_unit(p, values[p.name]) for p in self.parameters])

    def from_unit(self, x: np.ndarray[Any, np.dtype[np.float64]]) -> Values:
        """Return the values at a point of the unit cube."""
        return {p.name: _from_unit(p, float(u)) for p, u in zip(self.parameters, x, strict=True)}

    def is_active(self, parameter: Flat, values: Mapping[str, Any]) -> bool:
        """Tell whether a parameter's condition holds, the values of its parents being known."""
        if parameter.condition is None:
            return True
        parents = {n: self._parent(n, values) for n in parameter.condition.names if n in values}
        return parameter.condition.holds(parents)

    def _parent(self, name: str, values: Mapping[str, Any]) -> Any:
        if name not in self.space:  # the length of a sequence
            return values[name]
        return _back(self.space[name], self._by_name[name], values[name])

    def parent_values(self, condition: Condition) -> dict[str, tuple[int, ...]] | None:
        """Return which values of which parents a condition wants, or None where it is no such.

        A conjunction of "is" and "is one of" on places, choices and lengths is; tools that know
        conditions at all know these.
        """
        match condition:
            case Equals(parameter=name, value=value):
                return self._wanted(name, (value,))
            case In(parameter=name, values=values):
                return self._wanted(name, values)
            case And(conditions=parts):
                found: dict[str, tuple[int, ...]] = {}
                for part in parts:
                    wanted = self.parent_values(part)
                    if wanted is None or set(wanted) & set(found):
                        return None
                    found.update(wanted)
                return found
            case _:
                return None

    def _wanted(self, name: str, values: tuple[Any, ...]) -> dict[str, tuple[int, ...]] | None:
        if isinstance(self._by_name.get(name), Real | None):
            return None
        if name not in self.space:
            return {name: tuple(values)}
        return {name: tuple(int(_value(self.space[name], value)) for value in values)}


def _flat(name: str, dimension: Dimension, condition: Condition | None) -> list[Flat]:
    match dimension:
        case Float(low=float(low), high=float(high), log=log):
            return [Real(name, low, high, log, condition)]
        case Integer(low=int(low), high=int(high), log=log):
            return [Whole(name, low, high, log, condition)]
        case Ordinal(values=values):
            return [Place(name, len(values), condition)]
        case Categorical(choices=choices):
            return [Choice(name, len(choices), condition)]
        case Boolean():
            return [Choice(name, 2, condition)]
        case Fixed():
            return []
        case Sequence(of=of, min_length=least, max_length=int(most)):
            found: list[Flat] = []
            if _varies(dimension):
                found.append(Whole(f"{name}.length", least, most, log=False, condition=condition))
            for i in range(most):
                when = condition
                if i >= least:
                    lengths = tuple(range(i + 1, most + 1))
                    longer = In(f"{name}.length", lengths)
                    when = longer if condition is None else And((condition, longer))
                found.extend(_flat(f"{name}.{i}", of, when))
            return found
    raise SpaceError(
        f"{name} = {dimension!r} has no bounds, and peers need them; give low and high, or "
        "max_length for a sequence"
    )


def _varies(dimension: Sequence) -> bool:
    return dimension.min_length != dimension.max_length


def _value(dimension: Dimension, value: Any) -> Any:
    return value if isinstance(dimension, Float | Integer) else int(dimension.encode(value))  # type: ignore[arg-type]


def _back(dimension: Dimension, parameter: Flat, value: Any) -> Any:
    match parameter:
        case Real(low=low, high=high):
            return float(min(max(float(value), low), high))
        case Whole(low=low, high=high):
            return int(min(max(round(float(value)), low), high))
        case Place(n=n) | Choice(n=n):
            return dimension.decode(float(min(max(round(float(value)), 0), n - 1)))  # type: ignore[arg-type]


def _middle(parameter: Flat) -> Any:
    return _from_unit(parameter, 0.5)


def _unit(parameter: Flat, value: Any) -> float:
    match parameter:
        case Real(low=low, high=high, log=log):
            return float(Float(low, high, log=log).scaled(np.asarray(float(value))))
        case Whole(low=low, high=high, log=True):
            edges = Float(low - 0.5, high + 0.5, log=True)
            return float(edges.scaled(np.asarray(float(value))))
        case Whole(low=low, high=high):
            return float((value - low + 0.5) / (high - low + 1))
        case Place(n=n) | Choice(n=n):
            return float((value + 0.5) / n)


def _from_unit(parameter: Flat, u: float) -> Any:
    u = min(max(u, 0.0), 1.0)
    match parameter:
        case Real(low=low, high=high, log=log):
            return float(Float(low, high, log=log).unscaled(np.asarray(u)))
        case Whole(low=low, high=high, log=True):
            x = float(Float(low - 0.5, high + 0.5, log=True).unscaled(np.asarray(u)))
            return int(min(max(round(x), low), high))
        case Whole(low=low, high=high):
            return min(low + int(u * (high - low + 1)), high)
        case Place(n=n) | Choice(n=n):
            return min(int(u * n), n - 1)


def flattened(found: Mapping[str, Any]) -> Values:
    """Return what a tool has nested, choice by choice, as values by name."""
    out: Values = {}
    for name, value in found.items():
        out.update(flattened(value) if isinstance(value, dict) else {name: value})
    return out
