"""The make-up of a component: its classes, its copies, and the code that writes it down."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import TypeVar

import attrs

from autotune.strategy import describe, rebuild

__all__ = ["classes_of", "copy_of", "equal_value", "imports_of", "rebuilt"]

C = TypeVar("C")

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def _members(value: object) -> Iterator[object]:
    """Yield a value and all that it holds, attrs objects among them."""
    yield value
    kind = type(value)
    if attrs.has(kind):
        for attribute in attrs.fields(kind):
            yield from _members(getattr(value, attribute.name, None))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _members(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _members(item)


def classes_of(component: object) -> list[type]:
    """Return the attrs classes of a component and of its parts, each once."""
    kinds = [type(member) for member in _members(component) if attrs.has(type(member))]
    return list(dict.fromkeys(kinds))


def rebuilt(component: C) -> C:
    """Return the component that its description, written as JSON, stands for."""
    known = {kind.__name__: kind for kind in classes_of(component)}
    again: C = rebuild(json.loads(json.dumps(describe(component))), known)
    return again


def _is_immutable(value: object) -> bool:
    if type(value) in _PLAIN or (callable(value) and not attrs.has(type(value))):
        return True
    if type(value) is tuple:
        return all(_is_immutable(item) for item in value)
    kind = type(value)
    return (
        attrs.has(kind)
        and kind.__setattr__.__name__ == "_frozen_setattrs"
        and not hasattr(value, "__dict__")
        and all(_is_immutable(getattr(value, a.name)) for a in attrs.fields(kind))
    )


def copy_of(component: C) -> C:
    """Return a copy that shares nothing changeable; the component itself if it can't change."""
    return component if _is_immutable(component) else copy.deepcopy(component)


def imports_of(component: object) -> list[str]:
    """Return the imports that the component's repr needs; none for classes of local scopes."""
    found: dict[str, set[str]] = {}
    for kind in classes_of(component):
        if "<locals>" not in kind.__qualname__ and kind.__module__ != "__main__":
            found.setdefault(kind.__module__, set()).add(kind.__qualname__.split(".")[0])
    return [f"from {module} import {', '.join(sorted(found[module]))}" for module in sorted(found)]


def equal_value(value: C) -> C:
    """Return another object of the same value: tuples too are made anew, which copying spares."""
    if type(value) is tuple:
        return tuple([equal_value(item) for item in value])  # type: ignore[return-value,attr-defined]
    if attrs.has(type(value)):
        return copy.copy(value)
    return copy.deepcopy(value)
