"""Checks of fields that bound one another."""

from __future__ import annotations

from typing import Any

from autotune.errors import ComponentError

__all__ = ["check_between", "check_upside"]


def check_upside(component: object, low: str, high: str) -> None:
    """Check that one field is not above another."""
    a, b = getattr(component, low), getattr(component, high)
    if not a <= b:
        name = type(component).__name__
        raise ComponentError(
            f"{name}.{low} = {a!r} must not be above {name}.{high} = {b!r}; swap them"
        )


def check_between(component: Any, field: str, low: str, high: str) -> None:
    """Check that a field lies between two others."""
    check_upside(component, low, high)
    value = getattr(component, field)
    if not getattr(component, low) <= value <= getattr(component, high):
        name = type(component).__name__
        raise ComponentError(
            f"{name}.{field} = {value!r} must be from {name}.{low} = {getattr(component, low)!r} "
            f"to {name}.{high} = {getattr(component, high)!r}; change it or widen them"
        )
