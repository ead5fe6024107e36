"""Conditions on configurations, as data: when a parameter is active, what combinations are allowed.

A condition on a parameter that is itself inactive does not hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import add, and_, or_
from typing import Any, Protocol, TypeAlias

import numpy as np
from attrs import evolve, field, frozen

from autotune.errors import SpaceError
from autotune.space.dimensions import Dimension, plain
from autotune.space.equality import Exactly

__all__ = [
    "And",
    "Condition",
    "Constraint",
    "Equals",
    "GreaterThan",
    "In",
    "LessThan",
    "Not",
    "Or",
    "Sum",
    "UnknownPredicate",
]

Configuration: TypeAlias = Mapping[str, Any]
_MISSING = object()


class Asked(Protocol):
    """The values a condition looks at: of one configuration, or of many at once."""

    def has(self, name: str, value: Any) -> Any:
        """Tell where a parameter is active and has a value."""

    def number(self, name: str) -> Any:
        """Return a parameter's number; NaN where it is inactive or has none."""


@frozen
class _One:
    """A configuration as conditions look at it."""

    configuration: Configuration

    def has(self, name: str, value: Any) -> bool:
        present = self.configuration.get(name, _MISSING)
        return present is value or Exactly(present) == Exactly(value)

    def number(self, name: str) -> float:
        return as_double(self.configuration.get(name))


class _Condition:
    """The base of all conditions; ``a & b``, ``a | b`` and ``~a`` join them and turn them round."""

    __slots__ = ()

    def holds(self, configuration: Configuration) -> bool:
        """Tell whether it holds for a configuration."""
        return bool(self.answer(_One(configuration)))

    def answer(self, asked: Asked) -> Any:
        """Tell where it holds: a boolean for one configuration, an array of them for many."""
        raise NotImplementedError

    def __and__(self, other: Any) -> And:
        return And((*(self.conditions if isinstance(self, And) else (self,)), other))

    def __or__(self, other: Any) -> Or:
        return Or((*(self.conditions if isinstance(self, Or) else (self,)), other))

    def __invert__(self) -> Not:
        return Not(self)


def _name(instance: object, attribute: Any, value: str) -> None:
    if not isinstance(value, str) or value == "":
        raise SpaceError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a parameter's name"
        )


@frozen
class _OfParameter(_Condition):
    parameter: str = field(validator=_name)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return (self.parameter,)


@frozen
class Equals(_OfParameter):
    """A parameter has a value.

    Parameters
    ----------
    parameter : str
        Its name.
    value : object
        The value.

    Examples
    --------
    >>> Equals("kernel", "rbf").holds({"kernel": "rbf"})
    True
    >>> Equals("kernel", "rbf").holds({})
    False
    """

    value: Any = field(converter=plain, eq=Exactly)

    def answer(self, asked: Asked) -> Any:
        """Tell where it holds."""
        return asked.has(self.parameter, self.value)


def _values(given: Iterable[Any]) -> tuple[Any, ...]:
    if isinstance(given, str):
        raise SpaceError(f"In.values = {given!r} must be several values; use Equals for one")
    return tuple(plain(value) for value in given)


@frozen
class In(_OfParameter):
    """A parameter has one of several values.

    Parameters
    ----------
    parameter : str
        Its name.
    values : iterable
        The values.

    Examples
    --------
    >>> In("kernel", ["rbf", "poly"]).holds({"kernel": "linear"})
    False
    """

    values: tuple[Any, ...] = field(converter=_values, eq=Exactly)

    def answer(self, asked: Asked) -> Any:
        """Tell where it holds."""
        return reduce(or_, (asked.has(self.parameter, value) for value in self.values), False)


def _is_term(value: Any) -> bool:
    if isinstance(value, str):
        return value != ""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_terms(instance: object, attribute: Any, value: Any) -> None:
    if len(value) == 0 or not all(_is_term(term) for term in value):
        raise SpaceError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be names of parameters "
            "or numbers, at least one"
        )


def _terms(given: Any) -> tuple[Any, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise SpaceError(f"Sum.terms = {given!r} must be several; put them in brackets")
    return tuple(plain(term) for term in given)


@frozen
class Sum:
    """The sum of parameters and plain numbers, for a comparison.

    Parameters
    ----------
    terms : iterable of str or float
        Parameters' names, or numbers.

    Examples
    --------
    >>> LessThan(Sum(("subsample", "colsample")), 1.0).holds({"subsample": 0.5, "colsample": 0.4})
    True
    """

    terms: tuple[str | float, ...] = field(converter=_terms, validator=_check_terms)


def _check_side(instance: object, attribute: Any, value: Any) -> None:
    if not _is_term(value) and not isinstance(value, Sum):
        raise SpaceError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a number or the name "
            "of a parameter"
        )


def as_double(value: Any) -> float:
    """Return a number as a double, infinite where it is too large; NaN for all else.

    Examples
    --------
    >>> as_double(3), as_double(True), as_double(-10**400)
    (3.0, nan, -inf)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


@frozen
class _Comparison(_Condition):
    left: str | float | Sum = field(converter=plain, validator=_check_side)
    right: str | float | Sum = field(converter=plain, validator=_check_side)
    or_equal: bool = field(default=False, kw_only=True)

    @property
    def sides(self) -> tuple[str | float | Sum, str | float | Sum]:
        """The left and the right side."""
        return self.left, self.right

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return tuple(n for side in self.sides for n in _terms_of(side) if isinstance(n, str))

    def _numbers(self, asked: Asked) -> tuple[Any, Any]:
        return _number(self.left, asked), _number(self.right, asked)


def _number(term: str | float | Sum, asked: Asked) -> Any:
    if isinstance(term, str):
        return asked.number(term)
    if isinstance(term, Sum):
        # From left to right, for Python's own ``sum`` rounds otherwise than numpy's.
        return reduce(add, (_number(each, asked) for each in term.terms))
    return as_double(term)


def _terms_of(side: str | float | Sum) -> tuple[str | float, ...]:
    return side.terms if isinstance(side, Sum) else (side,)


@frozen
class LessThan(_Comparison):
    """One number is less than another: parameters by name, plain numbers, or sums of them.

    Parameters
    ----------
    left, right : str, float or Sum
        A parameter's name, a number, or a sum.
    or_equal : bool
        Whether they may be equal.

    Examples
    --------
    >>> LessThan("min_samples_leaf", "min_samples_split").holds(
    ...     {"min_samples_leaf": 1, "min_samples_split": 2})
    True
    >>> LessThan(1, "degree", or_equal=True).holds({"degree": 1})
    True
    """

    def answer(self, asked: Asked) -> Any:
        """Tell where it holds."""
        left, right = self._numbers(asked)
        return left <= right if self.or_equal else left < right


@frozen
class GreaterThan(_Comparison):
    """One number is greater than another: parameters by name, plain numbers, or sums of them.

    Parameters
    ----------
    left, right : str, float or Sum
        A parameter's name, a number, or a sum.
    or_equal : bool
        Whether they may be equal.

    Examples
    --------
    >>> GreaterThan("degree", 1).holds({"degree": 1})
    False
    """

    def answer(self, asked: Asked) -> Any:
        """Tell where it holds."""
        left, right = self._numbers(asked)
        return left >= right if self.or_equal else left > right


def _condition(given: Any) -> Condition:
    if not isinstance(given, Condition):
        raise SpaceError(
            f"{given!r} is not a condition; use Equals, In, LessThan, GreaterThan, And, Or or Not"
        )
    return given


def _conditions(given: Iterable[Any]) -> tuple[Condition, ...]:
    return tuple(_condition(each) for each in given)


@frozen
class _Several(_Condition):
    conditions: tuple[Condition, ...] = field(converter=_conditions)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return tuple(dict.fromkeys(name for each in self.conditions for name in each.names))


@frozen
class And(_Several):
    """All of several conditions hold; ``a & b`` for short.

    Parameters
    ----------
    conditions : iterable
        The conditions.

    Examples
    --------
    >>> And([Equals("kernel", "poly"), LessThan(1, "degree")]).names
    ('kernel', 'degree')
    """

    def answer(self, asked: Asked) -> Any:
        """Tell where it holds."""
        return reduce(and_, (condition.answer(asked) for condition in self.conditions), True)


@frozen
class Or(_Several):
    """At least one of several conditions holds; ``a | b`` for short.

    Parameters
    ----------
    conditions : iterable
        The conditions.

    Examples
    --------
    >>> Or([Equals("a", 1), Equals("b", 2)]).holds({"a": 3, "b": 2})
    True
    """

    def answer(self, asked: Asked) -> Any:
        """Tell where it holds."""
        return reduce(or_, (condition.answer(asked) for condition in self.conditions), False)


@frozen
class Not(_Condition):
    """A condition does not hold; ``~a`` for short.

    Parameters
    ----------
    condition : condition
        The condition.

    Examples
    --------
    >>> Not(Equals("penalty", "l1") & Equals("solver", "lbfgs")).holds(
    ...     {"penalty": "l1", "solver": "lbfgs"})
    False
    """

    condition: Condition = field(converter=_condition)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return self.condition.names

    def answer(self, asked: Asked) -> Any:
        """Tell where it holds."""
        return np.logical_not(self.condition.answer(asked))


Condition: TypeAlias = Equals | In | LessThan | GreaterThan | And | Or | Not
Predicate: TypeAlias = Callable[[Configuration], bool]


@frozen
class UnknownPredicate:
    """A constraint known only by its label: the log was opened without the space that holds it.

    Parameters
    ----------
    label : str
        The label, as written in the log.
    """

    label: str

    def __call__(self, configuration: Configuration) -> bool:  # noqa: ARG002
        """Refuse to answer."""
        raise SpaceError(
            f"the constraint {self.label!r} of the space is a function, which a log doesn't hold; "
            "pass space= with the function"
        )


Constraint: TypeAlias = Condition | Predicate


def settled(condition: Condition, dimensions: Mapping[str, Dimension], where: str) -> Condition:
    """Return a condition with its values as the dimensions hold them.

    Raises
    ------
    SpaceError
        If it names no parameter of the space, or a value that the parameter can't have.
    """
    for name in condition.names:
        if name not in dimensions:
            raise SpaceError(
                f"{where} looks at {name!r}, which is not a parameter of the space "
                f"({', '.join(dimensions)}); correct the name or add the parameter"
            )
    match condition:
        case Equals():
            dimension = dimensions[condition.parameter]
            return evolve(condition, value=dimension.check(where, condition.value))
        case In():
            dimension = dimensions[condition.parameter]
            return evolve(condition, values=[dimension.check(where, v) for v in condition.values])
        case LessThan() | GreaterThan():
            return condition
        case And() | Or():
            parts = [settled(part, dimensions, where) for part in condition.conditions]
            return evolve(condition, conditions=parts)
        case Not():
            return Not(settled(condition.condition, dimensions, where))


def allows(constraint: Constraint, configuration: Configuration) -> bool:
    """Tell whether a constraint allows a configuration.

    A condition does not apply where a parameter that it looks at is inactive.
    """
    if isinstance(constraint, Condition):
        if any(name not in configuration for name in constraint.names):
            return True
        return constraint.holds(configuration)
    return bool(constraint(configuration))


def label(constraint: Constraint) -> str:
    """Return a constraint's name in logs."""
    if isinstance(constraint, UnknownPredicate):
        return constraint.label
    name = getattr(constraint, "__qualname__", None)
    return f"{constraint.__module__}.{name}" if name else type(constraint).__qualname__
