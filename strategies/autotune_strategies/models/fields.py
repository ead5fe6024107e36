"""Validators of fields that are a word out of a few, or on or off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Attribute

from autotune.errors import ComponentError

__all__ = ["one_of", "switch"]


def one_of(*words: str) -> Callable[[Any, Attribute[Any], Any], None]:
    """Return a check that a field is one of a few words."""

    def check(instance: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or value not in words:
            raise ComponentError(
                f"{type(instance).__name__}.{attribute.name} = {value!r} must be one of "
                f"{', '.join(map(repr, words))}"
            )

    return check


def switch(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Check that a field is True or False."""
    if not isinstance(value, bool):
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be True or False"
        )
