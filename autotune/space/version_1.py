"""Descriptions of spaces as logs of schema version 1 hold them, with the words of that time.

``{"parameters": [{"name": "x", "type": "Float", ...}], "start": {"x": 0.5}}``, conditions by the
names ``OneOf``, ``Less``, ``AllOf``, ``AnyOf`` and ``NoneOf``, a fixed value as ``Constant``. They
are read for ever, and no longer written. ``split_start`` and ``put_start`` know both forms.
"""

from __future__ import annotations

from typing import Any

from autotune.errors import SpaceError
from autotune.space.conditions import (
    And,
    Condition,
    Constraint,
    Equals,
    In,
    LessThan,
    Not,
    Or,
    UnknownPredicate,
)
from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Label,
    Ordinal,
    Sequence,
)
from autotune.space.serialization import Description, Parts

__all__ = ["is_version_1", "parts_of_version_1", "put_start", "split_start"]


def is_version_1(description: Any) -> bool:
    """Tell whether a description has the form of version 1: its parameters are a list."""
    return isinstance(description, dict) and isinstance(description.get("parameters"), list)


def parts_of_version_1(description: Description) -> Parts:
    """Return what a description in the form of version 1 says.

    Raises
    ------
    SpaceError
        If it is none.

    Examples
    --------
    >>> x = {"name": "x", "type": "Constant", "value": {"tuple": [4, 1]}}
    >>> parts_of_version_1({"parameters": [x], "start": {"x": {"tuple": [4, 1]}}}).parameters
    [('x', Fixed(value=(4, 1)))]
    """
    try:
        return Parts(
            [(item["name"], _dimension(item)) for item in description["parameters"]],
            {name: _value(value) for name, value in description["start"].items()},
            {name: _condition(data) for name, data in description.get("conditions", {}).items()},
            [_constraint(data) for data in description.get("constraints", ())],
        )
    except SpaceError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SpaceError(f"not the description of a space: {error!r}") from error


def split_start(description: Description) -> tuple[Description, dict[str, Any]]:
    """Return a description without its start values, and these by name, whatever its form.

    Examples
    --------
    >>> split_start({"parameters": {"x": {"kind": "boolean", "start": True}}})
    ({'parameters': {'x': {'kind': 'boolean'}}}, {'x': True})
    """
    if is_version_1(description):
        return {k: v for k, v in description.items() if k != "start"}, description["start"]
    given = description["parameters"]
    start = {name: data["start"] for name, data in given.items() if "start" in data}
    rest = {name: {k: v for k, v in data.items() if k != "start"} for name, data in given.items()}
    return {**description, "parameters": rest}, start


def put_start(description: Description, start: dict[str, Any]) -> Description:
    """Return a description with other start values, as ``split_start`` returns them."""
    if is_version_1(description):
        return {**description, "start": start}
    given = {
        name: {**data, "start": start[name]} if name in start else data
        for name, data in description["parameters"].items()
    }
    return {**description, "parameters": given}


def _dimension(data: Description) -> Dimension:
    kind = data["type"]
    match kind:
        case "Float" | "Integer":
            number = Float if kind == "Float" else Integer
            return number(data["low"], data["high"], log=data["log"])
        case "Boolean":
            return Boolean()
        case "Categorical" | "Ordinal":
            indexed = Categorical if kind == "Categorical" else Ordinal
            return indexed([_value(value) for value in data["values"]])
        case "Sequence":
            of: Any = _dimension(data["of"])
            return Sequence(of, data["min_length"], data["max_length"], data["kind"])
        case "Constant":
            return Fixed(_value(data["value"]))
    raise SpaceError(f"unknown type of dimension {kind!r}")


def _value(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    ((kind, content),) = data.items()
    match kind:
        case "tuple":
            return tuple(_value(item) for item in content)
        case "list":
            return [_value(item) for item in content]
        case "float":
            return float(content)
        case "label":
            return Label(content)
    raise SpaceError(f"unknown kind of value {kind!r}")


def _constraint(data: Description) -> Constraint:
    return UnknownPredicate(data["label"]) if data["type"] == "function" else _condition(data)


def _condition(data: Description) -> Condition:
    kind = data["type"]
    match kind:
        case "Equals":
            return Equals(data["parameter"], _value(data["value"]))
        case "OneOf":
            return In(data["parameter"], [_value(value) for value in data["values"]])
        case "Less":
            return LessThan(data["left"], data["right"], or_equal=data["or_equal"])
        case "AllOf" | "AnyOf" | "NoneOf":
            result = [_condition(part) for part in data["conditions"]]
            if kind == "AllOf":
                return And(result)
            if kind == "AnyOf":
                return Or(result)
            return Not(result[0] if len(result) == 1 else Or(result))
    raise SpaceError(f"unknown type of condition {kind!r}")
