"""Conditions on configurations, as data: when a parameter is active, what combinations are allowed.

A condition on a parameter that is itself inactive does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from autotune.errors import SpaceError
from autotune.space.dimensions import Dimension, Exactly, plain

__all__ = [
    "AllOf",
    "AnyOf",
    "Condition",
    "Constraint",
    "Equals",
    "Less",
    "NoneOf",
    "OneOf",
    "UnknownPredicate",
]

Configuration: TypeAlias = Mapping[str, Any]
_MISSING = object()


def _name(instance: object, attribute: Any, value: str) -> None:
    if not isinstance(value, str) or value == "":
        raise SpaceError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a parameter's name"
        )


def _matches(present: Any, wanted: Any) -> bool:
    return present is wanted or Exactly(present) == Exactly(wanted)


@frozen
class Equals:
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

    parameter: str = field(validator=_name)
    value: Any = field(converter=plain, eq=Exactly)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return (self.parameter,)

    def holds(self, configuration: Configuration) -> bool:
        """Tell whether it holds."""
        return _matches(configuration.get(self.parameter, _MISSING), self.value)


def _values(given: Iterable[Any]) -> tuple[Any, ...]:
    if isinstance(given, str):
        raise SpaceError(f"OneOf.values = {given!r} must be several values; use Equals for one")
    return tuple(plain(value) for value in given)


@frozen
class OneOf:
    """A parameter has one of several values.

    Parameters
    ----------
    parameter : str
        Its name.
    values : iterable
        The values.

    Examples
    --------
    >>> OneOf("kernel", ["rbf", "poly"]).holds({"kernel": "linear"})
    False
    """

    parameter: str = field(validator=_name)
    values: tuple[Any, ...] = field(converter=_values, eq=Exactly)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return (self.parameter,)

    def holds(self, configuration: Configuration) -> bool:
        """Tell whether it holds."""
        present = configuration.get(self.parameter, _MISSING)
        return any(_matches(present, value) for value in self.values)


def _term(instance: object, attribute: Any, value: str | float) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number and (not isinstance(value, str) or value == ""):
        raise SpaceError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a number or the name "
            "of a parameter"
        )


@frozen
class Less:
    """One number is less than another: parameters by name, or plain numbers.

    Parameters
    ----------
    left, right : str or float
        A parameter's name, or a number.
    or_equal : bool
        Whether they may be equal.

    Examples
    --------
    >>> Less("min_samples_leaf", "min_samples_split").holds(
    ...     {"min_samples_leaf": 1, "min_samples_split": 2})
    True
    >>> Less(1, "degree", or_equal=True).holds({"degree": 1})
    True
    """

    left: str | float = field(converter=plain, validator=_term)
    right: str | float = field(converter=plain, validator=_term)
    or_equal: bool = field(default=False, kw_only=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return tuple(term for term in (self.left, self.right) if isinstance(term, str))

    def holds(self, configuration: Configuration) -> bool:
        """Tell whether it holds."""
        left, right = (
            configuration.get(term) if isinstance(term, str) else term
            for term in (self.left, self.right)
        )
        for number in (left, right):
            if isinstance(number, bool) or not isinstance(number, int | float):
                return False
        return bool(left <= right if self.or_equal else left < right)  # type: ignore[operator]


def _conditions(given: Iterable[Condition]) -> tuple[Condition, ...]:
    conditions = tuple(given)
    for condition in conditions:
        if not isinstance(condition, Condition):
            raise SpaceError(
                f"{condition!r} is no condition; use Equals, OneOf, Less, AllOf, AnyOf or NoneOf"
            )
    return conditions


def _names_of(conditions: Iterable[Condition]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for condition in conditions for name in condition.names))


@frozen
class AllOf:
    """All of several conditions hold.

    Parameters
    ----------
    conditions : iterable
        The conditions.

    Examples
    --------
    >>> AllOf([Equals("kernel", "poly"), Less(1, "degree")]).names
    ('kernel', 'degree')
    """

    conditions: tuple[Condition, ...] = field(converter=_conditions)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return _names_of(self.conditions)

    def holds(self, configuration: Configuration) -> bool:
        """Tell whether it holds."""
        return all(condition.holds(configuration) for condition in self.conditions)


@frozen
class AnyOf:
    """At least one of several conditions holds.

    Parameters
    ----------
    conditions : iterable
        The conditions.

    Examples
    --------
    >>> AnyOf([Equals("a", 1), Equals("b", 2)]).holds({"a": 3, "b": 2})
    True
    """

    conditions: tuple[Condition, ...] = field(converter=_conditions)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return _names_of(self.conditions)

    def holds(self, configuration: Configuration) -> bool:
        """Tell whether it holds."""
        return any(condition.holds(configuration) for condition in self.conditions)


@frozen
class NoneOf:
    """None of several conditions holds.

    Parameters
    ----------
    conditions : iterable
        The conditions.

    Examples
    --------
    >>> NoneOf([AllOf([Equals("penalty", "l1"), Equals("solver", "lbfgs")])]).holds(
    ...     {"penalty": "l1", "solver": "lbfgs"})
    False
    """

    conditions: tuple[Condition, ...] = field(converter=_conditions)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters looked at."""
        return _names_of(self.conditions)

    def holds(self, configuration: Configuration) -> bool:
        """Tell whether it holds."""
        return not any(condition.holds(configuration) for condition in self.conditions)


Condition: TypeAlias = Equals | OneOf | Less | AllOf | AnyOf | NoneOf
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
                f"{where} looks at {name!r}, which is no parameter of the space "
                f"({', '.join(dimensions)}); correct the name or add the parameter"
            )
    match condition:
        case Equals():
            dimension = dimensions[condition.parameter]
            return evolve(condition, value=dimension.check(where, condition.value))
        case OneOf():
            dimension = dimensions[condition.parameter]
            return evolve(condition, values=[dimension.check(where, v) for v in condition.values])
        case Less():
            return condition
        case AllOf() | AnyOf() | NoneOf():
            parts = [settled(part, dimensions, where) for part in condition.conditions]
            return evolve(condition, conditions=parts)


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
