"""The events and columns of a log as a page, made from the classes that define them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from autotune import Boolean, Categorical, Fixed, Float, Integer, Ordinal, Sequence, Space
from autotune.log.fields import COMMON, EVENT_FIELDS, CellField, ConfigurationField, NestedField
from autotune.log.schema import SPACE_KEY, VERSION_KEY, schema_for
from autotune.study import Measurement
from autotune.study.events import KINDS, ORIGINS, REASONS, SCHEMA_VERSION

from .docstrings import parameters, summary

__all__ = ["COMMON_WORDS", "SPACE", "page", "rows", "write"]

COMMON_WORDS = {
    "seq": "The event's place in the log, from 0.",
    "at": "When it was written, UTC.",
    "kind": "Which event it is: the name of its class.",
    "schema_version": f"Version of these columns; {SCHEMA_VERSION} today.",
    "trial": "Number of the trial, from 1; null for events of the study as a whole.",
}
"""Meanings of the columns that every event has."""

SPACE = Space(
    {
        "float": Float(0.0, 1.0),
        "integer": Integer(1, 10),
        "boolean": Boolean(),
        "categorical": Categorical(["a", "b"]),
        "ordinal": Ordinal([16, 32, 64]),
        "sequence": Sequence(of=Integer(1, 64), max_length=3),
        "constant": Fixed("fixed"),
    }
)
"""A space with a parameter of every kind."""


def _type(cell: CellField, annotation: Any = None) -> str:
    shown = str(cell.type).replace("item: ", "")
    is_json = annotation is Space or get_origin(annotation) is Mapping
    return f"`{shown}`, JSON" if is_json and shown == "string" else f"`{shown}`"


def rows(kind: type) -> Iterator[tuple[str, str, str, str]]:
    """Yield the columns of an event: field, column, Arrow type and what it says.

    Examples
    --------
    >>> from autotune.study import StudyStopped
    >>> [row[1] for row in rows(StudyStopped)]
    ['rule', 'words']
    """
    said, hints = parameters(kind), get_type_hints(kind)
    of_measurement, measurement_hints = parameters(Measurement), get_type_hints(Measurement)
    common = {name for name, _ in COMMON}
    for item in EVENT_FIELDS[kind]:
        measured = item.name in of_measurement and item.name not in said
        field = f"measurement.{item.name}" if measured else item.name
        match item:
            case CellField() if measured:
                annotation = measurement_hints[item.name]
                yield field, item.column, _type(item, annotation), of_measurement[item.name][1]
            case CellField():
                if item.name not in common:
                    yield field, item.column, _type(item, hints[item.name]), said[item.name][1]
            case NestedField():
                inner = parameters(item.make)
                for cell in item.cells:
                    yield field, cell.column, _type(cell), inner[cell.name][1]
            case ConfigurationField():
                yield item.name, "param_<name>", "see [parameters](#parameters)", said[item.name][1]


def page() -> str:
    """Return the page, as Markdown."""
    lines = [
        "# Events and columns of a log",
        "",
        "Made from `autotune.study.events` and `autotune.log.schema`, so it says what this version",
        "writes. One row is one event; a column that an event has no use for is null in its row.",
        "[The event log](../../explanation/event-log.md) tells why it is so, and",
        "[Logs](../../logs.md) how to work with them.",
        "",
        "## Columns of every event",
        "",
        "| column | Arrow type | what it says |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | `{kind}` | {COMMON_WORDS[name]} |" for name, kind in COMMON]
    for kind in KINDS:
        lines += ["", f"## {kind.__name__}", "", summary(kind), ""]
        lines += ["| field | column | Arrow type | what it says |", "|---|---|---|---|"]
        lines += [
            f"| `{field}` | `{column}` | {type_} | {words} |"
            for field, column, type_, words in rows(kind)
        ]
    schema = schema_for(SPACE)
    lines += [
        "",
        "## Parameters",
        "",
        "Each parameter has a column `param_<name>` of its own type, null where the parameter is",
        "inactive. A choice that is not a plain value, such as an estimator, is written as its",
        "label.",
        "",
        "| dimension | Arrow type of its column |",
        "|---|---|",
    ]
    lines += [
        f"| `{SPACE[name]!r}` | `{str(schema.field(f'param_{name}').type).replace('item: ', '')}` |"
        for name in SPACE
    ]
    lines += [
        "",
        "`Categorical`, `Ordinal` and `Fixed` take the type of their values: doubles, integers,",
        "booleans, strings, or lists of them.",
        "",
        "## Words",
        "",
        f"- `origin`: {', '.join(f'`{word}`' for word in ORIGINS)}",
        f"- `reason`: {', '.join(f'`{word}`' for word in REASONS)}",
        "- `direction`: `maximize`, `minimize`",
        "",
        "## Metadata",
        "",
        f"The schema of every file carries `{VERSION_KEY.decode()}`, the version of the columns,",
        f"and `{SPACE_KEY.decode()}`, the space as JSON: a file says what its parameters are.",
        "",
    ]
    return "\n".join(lines)


def write(to: Path) -> None:
    """Write the page."""
    to.mkdir(parents=True, exist_ok=True)
    path = to / "columns.md"
    text = page()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
