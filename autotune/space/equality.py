"""Deep equality: the same value of the same type, where NaN is NaN, and 1, 1.0 and True differ."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

__all__ = ["Exactly", "same"]


class Exactly:
    """A value that equals only the same value of the same type: 1 is not True, NaN is NaN."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exactly) and same(self.value, other.value)

    def __hash__(self) -> int:
        value = self.value
        if type(value) in (list, tuple):
            return hash((type(value), *(Exactly(item) for item in value)))
        if type(value) is float and math.isnan(value):
            return hash("nan")
        try:
            return hash((type(value), value))
        except TypeError:
            return hash(type(value))


def same(a: Any, b: Any) -> bool:
    """Tell whether two values are the same all the way down.

    Types must agree, NaN equals NaN, and attrs classes (events, studies, spaces, components) are
    compared field by field whether or not they define equality. Whatever else there is, is
    compared with ``==``.

    Parameters
    ----------
    a, b : object
        Any values: numbers, containers, arrays, attrs classes.

    Returns
    -------
    bool
        Whether they are the same.

    Examples
    --------
    >>> same({"score": (float("nan"), 1.0)}, {"score": (float("nan"), 1.0)})
    True
    >>> same(1, 1.0), same([1], (1,))
    (False, False)
    """
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if type(a) in (str, int, bool):
        return bool(a == b)
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, np.ndarray | np.generic):
        return _same_arrays(np.asarray(a), np.asarray(b))
    if attrs.has(type(a)):
        names = [attribute.name for attribute in attrs.fields(type(a)) if _counts(attribute)]
        return all(same(getattr(a, name), getattr(b, name)) for name in names)
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    try:
        return bool(a == b)
    except (TypeError, ValueError):  # objects without a single truth value
        return False


def _counts(attribute: attrs.Attribute[Any]) -> bool:
    # What is left out of a class's equality on purpose is derived from the rest.
    return attribute.eq is not False


def _same_arrays(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.names is not None:
        return all(_same_arrays(a[name], b[name]) for name in a.dtype.names)
    if a.dtype == object:
        return all(same(x, y) for x, y in zip(a.flat, b.flat, strict=True))
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))
