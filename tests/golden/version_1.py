"""Spaces in the words of schema version 1, whose manifest holds digests of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autotune.space import (
    And,
    Boolean,
    Categorical,
    Condition,
    Dimension,
    Equals,
    Fixed,
    Float,
    In,
    Integer,
    LessThan,
    Not,
    Or,
    Ordinal,
    Sequence,
    Space,
)
from autotune.space.conditions import label
from autotune.space.dimensions import is_plain

__all__ = ["described_in_version_1"]


def described_in_version_1(space: Space) -> dict[str, Any]:
    """Return what ``Space.describe`` returned when version 1 was written.

    Parameters
    ----------
    space : Space
        With the conditions there were then.
    """
    dimensions = dict(space.parameters)
    described: dict[str, Any] = {
        "parameters": [{"name": name, **_dimension(of)} for name, of in dimensions.items()],
        "start": {
            name: _value(value, dimensions[name]) for name, value in space.start_values.items()
        },
    }
    if space.conditions:
        described["conditions"] = {
            name: _condition(condition, dimensions) for name, condition in space.conditions
        }
    if space.constraints:
        described["constraints"] = [
            _condition(constraint, dimensions)
            if isinstance(constraint, Condition)
            else {"type": "function", "label": label(constraint)}
            for constraint in space.constraints
        ]
    return described


def _dimension(dimension: Dimension) -> dict[str, Any]:
    match dimension:
        case Float() | Integer():
            return {
                "type": type(dimension).__name__,
                "low": dimension.low,
                "high": dimension.high,
                "log": dimension.log,
            }
        case Boolean():
            return {"type": "Boolean"}
        case Categorical() | Ordinal():
            return {
                "type": type(dimension).__name__,
                "values": [_value(value, dimension) for value in dimension.options],
            }
        case Sequence():
            return {
                "type": "Sequence",
                "of": _dimension(dimension.of),
                "min_length": dimension.min_length,
                "max_length": dimension.max_length,
                "kind": dimension.kind,
            }
        case Fixed():
            return {"type": "Constant", "value": _value(dimension.value, dimension)}


def _value(value: Any, dimension: Dimension) -> Any:
    if type(value) in (tuple, list) and (isinstance(dimension, Sequence) or is_plain(value)):
        of = dimension.of if isinstance(dimension, Sequence) else dimension
        return {type(value).__name__: [_value(item, of) for item in value]}
    if type(value) is float and not math.isfinite(value):
        return {"float": repr(value)}
    if is_plain(value):
        return value
    if isinstance(dimension, Categorical | Ordinal):
        return {"label": dimension.labels[int(dimension.encode(value))]}
    if isinstance(dimension, Fixed):
        return {"label": dimension.labels[0]}
    raise AssertionError(f"{dimension!r} holds the object {value!r}")


def _condition(condition: Condition, dimensions: Mapping[str, Dimension]) -> dict[str, Any]:
    match condition:
        case Equals(parameter=name, value=value):
            described = _value(value, dimensions[name])
            return {"type": "Equals", "parameter": name, "value": described}
        case In(parameter=name, values=values):
            several = [_value(value, dimensions[name]) for value in values]
            return {"type": "OneOf", "parameter": name, "values": several}
        case LessThan(left=left, right=right, or_equal=or_equal):
            return {"type": "Less", "left": left, "right": right, "or_equal": or_equal}
        case And() | Or():
            kind = "AllOf" if isinstance(condition, And) else "AnyOf"
            parts = [_condition(part, dimensions) for part in condition.conditions]
            return {"type": kind, "conditions": parts}
        case Not(condition=Or(conditions=several)) if len(several) != 1:
            parts = [_condition(part, dimensions) for part in several]
            return {"type": "NoneOf", "conditions": parts}
        case Not(condition=single):
            return {"type": "NoneOf", "conditions": [_condition(single, dimensions)]}
        case _:
            raise AssertionError(f"{condition!r} was not known")


# What version 1 of the schema called the fields and components of strategies.
_COMPONENTS_OF_VERSION_1 = {"Mixture": "Union", "FixedNumber": "Fixed"}
_FIELDS_OF_VERSION_1 = {
    "n_candidates": "draws",
    "score_anticipator": "score",
    "seconds_anticipator": "seconds",
    "pending_value": "pending",
}


def in_words_of_version_1(value: Any) -> Any:
    """Return the plain form of a strategy's description with the names that version 1 wrote."""
    if isinstance(value, list):
        return [in_words_of_version_1(item) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = value.get("component") in ("Strategy", "RegretBound")
    described = {
        (_FIELDS_OF_VERSION_1.get(name, name) if renamed else name): in_words_of_version_1(item)
        for name, item in value.items()
    }
    if described.get("component") in _COMPONENTS_OF_VERSION_1:
        described["component"] = _COMPONENTS_OF_VERSION_1[described["component"]]
    return described
