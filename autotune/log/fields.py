"""Columns derived from the fields of event classes: Arrow types, and how cells are written."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs
import pyarrow as pa
from attrs import frozen

from autotune.errors import LogError
from autotune.log.values import text, to_list
from autotune.space import Space
from autotune.study import Evaluated, Event, Measurement
from autotune.study.events import KINDS

__all__ = [
    "COMMON",
    "EVENT_FIELDS",
    "CellField",
    "ConfigurationField",
    "EventField",
    "NestedField",
    "field_values",
    "made",
]

# The fields of a measurement that a log holds.
_MEASURED = ("folds", "scores", "fit_seconds", "score_seconds", "metrics", "failure")
# Where the configuration stands in the schema, its parameters' columns stand.
CONFIGURATION = "configuration"

COMMON: tuple[tuple[str, pa.DataType], ...] = (
    ("seq", pa.int64()),
    ("at", pa.timestamp("us", tz="UTC")),
    ("kind", pa.string()),
    ("schema_version", pa.int16()),
    ("trial", pa.int64()),
)
"""The columns every event has a place for, whatever its kind."""


def _same(value: Any) -> Any:
    return value


@frozen
class CellField:
    """A field that is kept in one column.

    Parameters
    ----------
    name : str
        Of the field in its class.
    column : str
        Of the column.
    type : pyarrow.DataType
        Of the column.
    write : callable
        From the field's value, other than None, to what Arrow is given.
    read : callable
        From an array of the column to a list of values.
    """

    name: str
    column: str
    type: pa.DataType
    write: Callable[[Any], Any]
    read: Callable[[pa.Array], list[Any]]


@frozen
class NestedField:
    """An optional attrs object, kept in a column for each of its fields.

    Parameters
    ----------
    name : str
        Of the field in its class; the columns are called ``<name>_<inner field>``.
    make : type
        The attrs class.
    cells : tuple of CellField
        Its fields. The first is never null where there is an object; others may be.
    """

    name: str
    make: type
    cells: tuple[CellField, ...]


@frozen
class ConfigurationField:
    """The configuration, kept in a column for each parameter of the space."""

    name: str = CONFIGURATION


EventField: TypeAlias = CellField | NestedField | ConfigurationField


def _check_json(value: Any, where: str) -> None:
    if value is None or type(value) in (bool, int, float, str):
        return
    if type(value) is list:
        for i, item in enumerate(value):
            _check_json(item, f"{where}[{i}]")
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if type(key) is not str:
                raise LogError(f"{where} has the key {key!r}, which is not a string; use str(key)")
            _check_json(item, f"{where}[{key!r}]")
        return
    raise LogError(
        f"{where} = {value!r} is of type {type(value).__name__}, which JSON can't hold and give "
        "back the same; use plain dicts, lists, strings, numbers, booleans and None"
    )


def _to_json(name: str) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        _check_json(value, name)
        return json.dumps(value, default=dict, separators=(",", ":"))

    return write


def _space_to_json(space: Space) -> str:
    return json.dumps(space.describe(), separators=(",", ":"))


def _from_json(array: pa.Array) -> list[Any]:
    return [None if cell is None else json.loads(cell) for cell in array.to_pylist()]


def _spaces_from_json(array: pa.Array) -> list[Any]:
    return [None if cell is None else Space.from_description(cell) for cell in _from_json(array)]


def _measures(array: pa.Array) -> list[Any]:
    return [
        None if cell is None else {name: tuple(values) for name, values in cell}
        for cell in array.to_pylist()
    ]


_SCALARS: dict[Any, tuple[pa.DataType, Callable[[Any], Any]]] = {
    float: (pa.float64(), float),
    int: (pa.int64(), _same),
    bool: (pa.bool_(), _same),
    str: (pa.string(), text),
}


def _cell(name: str, column: str, annotation: Any) -> CellField:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Space:
        return CellField(name, column, pa.string(), _space_to_json, _spaces_from_json)
    if annotation in _SCALARS:
        kind, write = _SCALARS[annotation]
        return CellField(name, column, kind, write, to_list)
    if origin is Literal:
        return CellField(name, column, pa.string(), text, to_list)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        inner, _ = _SCALARS[arguments[0]]
        convert = text if arguments[0] is str else _same
        return CellField(
            name, column, pa.list_(inner), lambda items: [convert(i) for i in items], to_list
        )
    if origin is Mapping and arguments[1] == tuple[float, ...]:
        return CellField(
            name,
            column,
            pa.map_(pa.string(), pa.list_(pa.float64())),
            lambda items: [(text(key), list(values)) for key, values in items.items()],
            _measures,
        )
    if origin is Mapping:
        return CellField(name, column, pa.string(), _to_json(name), _from_json)
    raise TypeError(f"no Arrow type is known for the event field {name}: {annotation}")


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (kind for kind in get_args(annotation) if kind is not type(None))
    return annotation


def _field(name: str, annotation: Any) -> EventField:
    if name == CONFIGURATION:
        return ConfigurationField()
    annotation = _without_none(annotation)
    if attrs.has(annotation) and annotation is not Space:
        hints = get_type_hints(annotation)
        cells = tuple(
            _cell(inner.name, f"{name}_{inner.name}", _without_none(hints[inner.name]))
            for inner in attrs.fields(annotation)
        )
        return NestedField(name, annotation, cells)
    if name == "at":
        return CellField(name, name, dict(COMMON)["at"], _same, to_list)
    return _cell(name, name, annotation)


def _fields(kind: type) -> tuple[EventField, ...]:
    hints = get_type_hints(kind)
    fields: list[EventField] = []
    for item in attrs.fields(kind):
        if hints[item.name] is Measurement:  # its fields stand as if they were the event's
            fields += [each for each in _fields(Measurement) if each.name in _MEASURED]
        elif item.name != "error":  # an exception goes into no log
            fields.append(_field(item.name, hints[item.name]))
    return tuple(fields)


def field_values(events: Sequence[Event], name: str) -> list[Any]:
    """Return a field of events of one kind, as ``EVENT_FIELDS`` has it."""
    if name in _MEASURED and isinstance(events[0], Evaluated):
        return [getattr(event.measurement, name) for event in events]  # type: ignore[union-attr]
    return [getattr(event, name) for event in events]


def made(kind: type, values: tuple[Any, ...]) -> Event:
    """Return the event that the values of its fields make, in the order of ``EVENT_FIELDS``."""
    if kind is Evaluated:
        at, trial, *measured = values
        return Evaluated(at, trial, Measurement(*measured))
    event: Event = kind(*values)
    return event


EVENT_FIELDS: dict[type, tuple[EventField, ...]] = {kind: _fields(kind) for kind in KINDS}
"""The fields of each event class, in the order of its constructor."""
