"""The dimensions that a start value, a distribution or recorded values stand for."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from autotune.errors import SpaceError
from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Ordinal,
    ScalarDimension,
    Sequence,
    plain,
)
from autotune.space.equality import Exactly

__all__ = [
    "dimension_of_distribution",
    "dimension_of_value",
    "dimension_of_values",
    "plain_value",
]


def plain_value(value: Any) -> Any:
    """Return a numpy scalar as Python's own; all else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def dimension_of_value(name: str, value: Any) -> Dimension:
    """Return the dimension that a start value lies in, as the 2018 prototype read it.

    Parameters
    ----------
    name : str
        What to call the value in a message.
    value : object
        The value.

    Raises
    ------
    SpaceError
        If it is a dimension or a distribution, or a number that is not finite.

    Examples
    --------
    >>> dimension_of_value("layers", (4, 1))
    Sequence(of=Integer(low=1, high=None, log=False), min_length=1, max_length=None, kind='tuple')
    """
    value = plain(value)
    if isinstance(value, Dimension) or hasattr(value, "rvs"):
        raise SpaceError(
            f"{name} = {value!r} is not a value; give all parameters dimensions, or none of them"
        )
    if isinstance(value, bool):
        return Boolean()
    if isinstance(value, int):
        return Integer(low=1) if value > 0 else Integer()
    if isinstance(value, float):
        if not math.isfinite(value):
            raise SpaceError(f"{name} = {value!r} is not finite; give a finite number")
        return Float(log=True) if value > 0 else Float()
    if isinstance(value, list | tuple) and len(value) > 0:
        items = [dimension_of_value(f"{name}[{i}]", item) for i, item in enumerate(value)]
        of: ScalarDimension | None = None
        if all(isinstance(item, Boolean) for item in items):
            of = Boolean()
        elif all(isinstance(item, Integer) for item in items):
            of = Integer(low=1) if all(item > 0 for item in value) else Integer()
        elif all(isinstance(item, Integer | Float) for item in items):
            of = Float(log=True) if all(item > 0 for item in value) else Float()
        if of is not None:
            return Sequence(of=of, kind="tuple" if isinstance(value, tuple) else "list")
    return Fixed(value)


def dimension_of_distribution(name: str, given: Any) -> Dimension:
    """Return the dimension that scikit-learn's ``param_distributions`` say of a parameter.

    Parameters
    ----------
    name : str
        The parameter.
    given : object
        A dimension, a list of values or a frozen scipy.stats distribution.

    Raises
    ------
    SpaceError
        If it is not one of them.

    Examples
    --------
    >>> dimension_of_distribution("degree", [2, 3, 4])
    Ordinal(values=(2, 3, 4))
    """
    if isinstance(given, Dimension):
        return given
    if hasattr(given, "rvs"):
        return _dimension_of_scipy(name, given)
    if isinstance(given, np.ndarray | range):
        given = list(given)
    if not isinstance(given, list | tuple):
        raise SpaceError(
            f"{name} = {given!r} is not a dimension, list or distribution; use Fixed({given!r}) "
            "to fix it"
        )
    values = [plain(value) for value in given]
    if len(values) == 1:
        return Fixed(values[0])
    if len(values) == 2 and {type(v) for v in values} == {bool}:
        return Boolean()
    if len(values) > 2 and all(type(value) in (int, float) for value in values):
        pairs = list(pairwise(values))
        if all(a < b for a, b in pairs) or all(a > b for a, b in pairs):
            return Ordinal(values)
    return Categorical(values)


def _dimension_of_scipy(name: str, given: Any) -> Dimension:
    family = getattr(getattr(given, "dist", None), "name", type(given).__name__)
    if not hasattr(given, "support"):
        raise SpaceError(
            f"{name}: a distribution of type {type(given).__name__} has no support(); "
            "use Float or Integer with bounds"
        )
    low, high = (float(end) for end in given.support())
    lowest, highest = (None if math.isinf(end) else end for end in (low, high))
    discrete = hasattr(getattr(given, "dist", None), "pmf") and not hasattr(given.dist, "pdf")
    log = family in ("loguniform", "reciprocal")
    if low == high:
        return Fixed(int(low) if discrete else low)
    if discrete:
        whole = [None if end is None else int(end) for end in (lowest, highest)]
        return Integer(whole[0], whole[1], log=log)
    return Float(lowest, highest, log=log)


def dimension_of_values(values: list[Any]) -> Dimension:
    """Return a dimension that holds all values of a parameter that are known, and more.

    Parameters
    ----------
    values : list
        At least one.

    Examples
    --------
    >>> dimension_of_values([-1.5, 2]), dimension_of_values(["rbf", "poly", "rbf"])
    (Float(low=-1.5, high=2.0, log=False), Categorical(choices=('rbf', 'poly')))
    """
    for kind in (tuple, list):
        if all(isinstance(value, kind) for value in values):
            elements = [element for value in values for element in value]
            of = _scalar(elements) if elements else None
            if of is not None:
                shortest = min(1, *(len(value) for value in values))
                return Sequence(of, shortest, kind="tuple" if kind is tuple else "list")
    scalar = _scalar(values)
    if scalar is not None:
        return scalar
    choices = list({Exactly(value): value for value in values}.values())
    return Fixed(choices[0]) if len(choices) == 1 else Categorical(choices)


def _scalar(values: list[Any]) -> ScalarDimension | None:
    if all(isinstance(value, bool) for value in values):
        return Boolean()
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        return None
    if not all(math.isfinite(value) for value in values):
        return None
    # Without bounds a number keeps its sign; where both occur it needs them.
    bounds = (min(values), max(values)) if min(values) <= 0 <= max(values) else (None, None)
    if bounds[0] is not None and bounds[0] == bounds[1]:
        bounds = (None, None)
    if all(isinstance(value, int) for value in values):
        return Integer(*bounds)
    return Float(*(None if bound is None else float(bound) for bound in bounds))
