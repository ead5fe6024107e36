"""The space that configurations of unknown origin lie in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from autotune.errors import SpaceError
from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Dimension,
    Exactly,
    Fixed,
    Float,
    Integer,
    ScalarDimension,
)
from autotune.space.dimensions import Sequence as SequenceDimension
from autotune.space.space import Space

__all__ = ["inferred_space", "plain_value"]


def plain_value(value: Any) -> Any:
    """Return a numpy scalar as Python's own; all else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def inferred_space(configurations: Sequence[Mapping[str, Any]]) -> Space:
    """Infer a space that holds configurations, starting at the first.

    Whole numbers, numbers, booleans and sequences of them become dimensions of their kind without
    bounds, except those that are needed to tell values of different signs; what is always the same
    and no number is fixed, and all else a choice among the values that occur.

    Parameters
    ----------
    configurations : sequence of mapping
        A value for each parameter, the same ones in all of them.

    Returns
    -------
    Space
        With the first configuration as its start values.

    Raises
    ------
    SpaceError
        If there is no configuration, or they have different parameters.

    Examples
    --------
    >>> space = inferred_space([{"n": 4, "kind": "a"}, {"n": 9, "kind": "b"}])
    >>> space["n"], space["kind"].choices
    (Integer(low=None, high=None, log=False), ('a', 'b'))
    """
    if len(configurations) == 0:
        raise SpaceError("no configurations: a space can't be inferred from nothing; give space=")
    names = list(configurations[0])
    for i, configuration in enumerate(configurations):
        if set(configuration) != set(names):
            raise SpaceError(
                f"configuration {i} has the parameters {sorted(configuration)}, the first has "
                f"{sorted(names)}; give the space with its conditions"
            )
    return Space(
        {name: _dimension([c[name] for c in configurations]) for name in names},
        start=dict(configurations[0]),
    )


def _dimension(values: list[Any]) -> Dimension:
    if all(isinstance(value, tuple) for value in values) or all(
        isinstance(value, list) for value in values
    ):
        elements = [element for value in values for element in value]
        of = _scalar(elements) if elements else None
        if of is not None:
            lengths = [len(value) for value in values]
            kind: Literal["tuple", "list"] = "tuple" if isinstance(values[0], tuple) else "list"
            return SequenceDimension(of=of, min_length=min(*lengths, 1), kind=kind)
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
