"""Validators for the fields of components; each names the field, the value and the bound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import attrs

from autotune.errors import ComponentError
from autotune.strategy.component import is_component

__all__ = [
    "as_tuple",
    "count",
    "finite",
    "natural",
    "not_negative",
    "one_of",
    "part",
    "positive",
    "share",
    "switch",
]


def as_tuple(value: Any) -> tuple[Any, ...]:
    """Convert what a field is given to a tuple; a value alone is made one, for validators."""
    several = isinstance(value, Iterable) and not isinstance(value, str)
    return tuple(value) if several else (value,)


def finite(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Check that a field is a finite number."""
    where = f"{type(instance).__name__}.{attribute.name}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ComponentError(f"{where} = {value!r} must be a number, not {type(value).__name__}")
    try:
        finite = math.isfinite(value)
    except OverflowError:
        raise ComponentError(f"{where} must be a number that fits a double") from None
    if not finite:
        raise ComponentError(f"{where} = {value!r} must be finite")


def positive(instance: object, attribute: attrs.Attribute[Any], value: float) -> None:
    """Check that a field is a finite number above zero."""
    finite(instance, attribute, value)
    if not value > 0:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be > 0; raise it"
        )


def not_negative(instance: object, attribute: attrs.Attribute[Any], value: float) -> None:
    """Check that a field is a finite number of at least zero."""
    finite(instance, attribute, value)
    if not value >= 0:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be >= 0; raise it"
        )


def share(instance: object, attribute: attrs.Attribute[Any], value: float) -> None:
    """Check that a field is a number from 0 to 1."""
    finite(instance, attribute, value)
    if not 0 <= value <= 1:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be from 0 to 1"
        )


def count(instance: object, attribute: attrs.Attribute[Any], value: int) -> None:
    """Check that a field is a whole number of at least one."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a whole number >= 1"
        )


def natural(instance: object, attribute: attrs.Attribute[Any], value: int) -> None:
    """Check that a field is a whole number of at least zero."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a whole number >= 0"
        )


def part(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check that a field is a component."""
    if not is_component(value):
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a component, a frozen "
            "attrs object with init, update and read; for a plain number write Constant(number)"
        )


def one_of(*words: str) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """Return a check that a field is one of a few words."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or value not in words:
            raise ComponentError(
                f"{type(instance).__name__}.{attribute.name} = {value!r} must be one of "
                f"{', '.join(map(repr, words))}"
            )

    return check


def switch(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check that a field is True or False."""
    if not isinstance(value, bool):
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be True or False"
        )
