"""The Arrow schema of a log, and events to rows and back.

One row is one event. The columns follow from the event classes and the space; fields of the same
name in different events share a column, and each parameter has its own, ``param_<name>``, of its
own type. The schema's metadata carry the space as JSON, so that a file of a log says what its
parameters are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import LogError, SpaceError
from autotune.log.fields import (
    COMMON,
    CONFIGURATION,
    EVENT_FIELDS,
    CellField,
    ConfigurationField,
    EventField,
    NestedField,
    field_values,
    made,
)
from autotune.log.labels import with_objects
from autotune.log.upcast import upcast
from autotune.log.values import ValueColumn, column_for, single, split
from autotune.space import Space
from autotune.study import (
    Accepted,
    Evaluated,
    Event,
    Failure,
    Proposed,
    Rejected,
    SpaceChanged,
    StudyStarted,
)
from autotune.study.events import KINDS, ORIGINS, REASONS, SCHEMA_VERSION, EventColumns

__all__ = ["Layout", "schema_for", "space_of", "to_batch", "to_batches", "to_columns", "to_events"]

Rows: TypeAlias = NDArray[np.int64]

SPACE_KEY = b"autotune.space"
VERSION_KEY = b"autotune.schema_version"

_TRIAL_KINDS = (Proposed, Evaluated, Accepted, Rejected)
# Trial events first, because they are what people look at.
_SHOWN = (*_TRIAL_KINDS, *(kind for kind in KINDS if kind not in _TRIAL_KINDS))
_INACTIVE = object()
_NAMES = [kind.__name__ for kind in KINDS]
_CODES = {kind: code for code, kind in enumerate(KINDS)}
_ROWS_AT_A_TIME = 8192


def _parameter(name: str) -> str:
    return f"param_{name}"


def _cells(item: EventField) -> tuple[CellField, ...]:
    match item:
        case CellField():
            return (item,)
        case NestedField():
            return item.cells
        case ConfigurationField():
            return ()


@frozen(eq=False)
class Layout:
    """How events are laid out as rows while a space is in force.

    Parameters
    ----------
    space : Space
        The space in force.

    Examples
    --------
    >>> from autotune.space import Boolean
    >>> Layout(Space({"shuffle": Boolean()})).schema.field("param_shuffle").type
    DataType(bool)
    """

    space: Space
    parameters: dict[str, ValueColumn] = field(init=False, repr=False)
    schema: pa.Schema = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        parameters = {name: column_for(dimension) for name, dimension in self.space.parameters}
        columns = dict(COMMON)
        for kind in _SHOWN:
            for item in EVENT_FIELDS[kind]:
                if item.name == CONFIGURATION:
                    columns.update({_parameter(n): c.type for n, c in parameters.items()})
                for cell in _cells(item):
                    if columns.setdefault(cell.column, cell.type) != cell.type:
                        raise TypeError(f"two events disagree on the type of {cell.column}")
        metadata = {
            SPACE_KEY: json.dumps(self.space.describe(), separators=(",", ":")),
            VERSION_KEY: str(SCHEMA_VERSION),
        }
        object.__setattr__(self, "parameters", parameters)
        object.__setattr__(self, "schema", pa.schema(list(columns.items()), metadata=metadata))

    def batch(self, events: Sequence[Event], first_seq: int) -> pa.RecordBatch:
        """Return events as rows.

        Parameters
        ----------
        events : sequence of Event
            In order. Every proposal's configuration fits the space.
        first_seq : int
            The sequence number of the first.

        Returns
        -------
        pyarrow.RecordBatch
            A row for each event.

        Raises
        ------
        LogError
            If a value doesn't fit its column.
        """
        n = len(events)
        groups: dict[type, list[int]] = {}
        for row, event in enumerate(events):
            groups.setdefault(type(event), []).append(row)
        cells: dict[str, list[Any]] = {}
        kinds: list[Any] = [None] * n
        for kind, rows in groups.items():
            if kind not in EVENT_FIELDS:
                raise LogError(f"{kind.__name__} is not a kind of event; a log holds {_NAMES}")
            for row in rows:
                kinds[row] = kind.__name__
            group = [events[row] for row in rows] if len(groups) > 1 else events
            for item in EVENT_FIELDS[kind]:
                values = field_values(group, item.name)
                if isinstance(item, ConfigurationField):
                    self._put_configurations(cells, n, rows, values)
                else:
                    _put(cells, n, rows, item, values)
        arrays = []
        for column in self.schema:
            if column.name in cells:
                arrays.append(_array(column, cells[column.name], first_seq))
            elif column.name == "kind":
                arrays.append(pa.array(kinds, column.type))
            elif column.name == "seq":
                arrays.append(pa.array(range(first_seq, first_seq + n), column.type))
            elif column.name == "schema_version":
                arrays.append(pa.array([SCHEMA_VERSION] * n, column.type))
            else:
                arrays.append(pa.nulls(n, column.type))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _put_configurations(
        self, cells: dict[str, list[Any]], n: int, rows: list[int], values: list[Any]
    ) -> None:
        conditional = self.space.conditional
        for configuration in values:
            unknown = conditional and any(name not in self.parameters for name in configuration)
            if unknown or (not conditional and len(configuration) != len(self.parameters)):
                given, known = set(configuration), set(self.parameters)
                raise LogError(
                    f"the configuration {dict(configuration)!r} lacks {sorted(known - given)} and "
                    f"has unknown {sorted(given - known)}; check it with Space.check"
                )
        optional = dict(self.space.conditions)
        for name, column in self.parameters.items():
            target = cells.setdefault(_parameter(name), [None] * n)
            write = column.write
            try:
                for row, configuration in zip(rows, values, strict=True):
                    if name in configuration or name not in optional:
                        target[row] = write(configuration[name])
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                value = configuration.get(name, "missing")
                reason = error if isinstance(error, SpaceError) else repr(error)
                raise LogError(
                    f"{name} = {value!r} does not fit {self.space[name]!r}: {reason}; check the "
                    "configuration with Space.check"
                ) from error

    def events(self, rows: pa.Table | pa.RecordBatch) -> Iterator[Event]:
        """Return the events of rows, one by one.

        Parameters
        ----------
        rows : pyarrow.Table or RecordBatch
            As written by ``batch``.

        Yields
        ------
        Event
            In order.

        Raises
        ------
        LogError
            If a row is of an unknown kind or a newer version, or a value makes no sense.
        """
        table = upcast(_table(rows))
        for begin in range(0, table.num_rows, _ROWS_AT_A_TIME):
            piece = table.slice(begin, _ROWS_AT_A_TIME)
            codes = _kind_codes(piece)
            events: list[Any] = [None] * piece.num_rows
            for code in np.unique(codes).tolist():
                where = np.flatnonzero(codes == code)
                result = self._of_kind(KINDS[code], _taken(piece, where))
                for row, event in zip(where.tolist(), result, strict=True):
                    events[row] = event
            yield from events

    def _of_kind(self, kind: type, rows: pa.Table) -> list[Event]:
        columns: list[list[Any]] = []
        for item in EVENT_FIELDS[kind]:
            match item:
                case CellField():
                    columns.append(item.read(_column(rows, item.column)))
                case NestedField():
                    parts = [cell.read(_column(rows, cell.column)) for cell in item.cells]
                    columns.append(
                        [
                            None if values[0] is None else item.make(*values)
                            for values in zip(*parts, strict=True)
                        ]
                    )
                case ConfigurationField():
                    columns.append(self._configurations(rows))
        if kind in (StudyStarted, SpaceChanged):
            columns = [
                [with_objects(v, self.space) if isinstance(v, Space) else v for v in column]
                for column in columns
            ]
        return [made(kind, values) for values in zip(*columns, strict=True)]

    def _configurations(self, rows: pa.Table) -> list[dict[str, Any]]:
        values = [self._values(rows, name) for name in self.parameters]
        names = list(self.parameters)
        configurations = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
        if not self.space.conditional:
            return configurations
        return [
            {name: value for name, value in row.items() if value is not _INACTIVE}
            for row in configurations
        ]

    def _values(self, rows: pa.Table, name: str) -> list[Any]:
        array, column = self._filled(rows, name), self.parameters[name]
        if array.null_count == 0:
            return column.values(array)
        values = iter(column.values(array.drop_null()))
        valid = np.asarray(array.is_valid())
        return [next(values) if there else _INACTIVE for there in valid]

    def _coordinates(self, rows: pa.Table, name: str) -> NDArray[np.float64]:
        array, column = self._filled(rows, name), self.parameters[name]
        if array.null_count == 0:
            return column.coordinates(array)
        known = column.coordinates(array.drop_null())
        coordinates = np.full((len(array), *known.shape[1:]), np.nan)
        coordinates[np.asarray(array.is_valid())] = known
        return coordinates

    def _filled(self, rows: pa.Table, name: str) -> pa.Array:
        array = _column(rows, _parameter(name))
        kind = self.parameters[name].type
        if array.type != kind:
            raise LogError(f"column {_parameter(name)} is of type {array.type}, not {kind}")
        if array.null_count > 0 and name not in dict(self.space.conditions):
            raise LogError(f"a proposal has no value for {name}; the log was changed or is damaged")
        return array

    def columns(self, rows: pa.Table | pa.RecordBatch) -> EventColumns:
        """Return rows of trial events as columns; ``batches`` does so for any rows.

        Parameters
        ----------
        rows : pyarrow.Table or RecordBatch
            As written by ``batch``; only proposed, evaluated, accepted and rejected.

        Returns
        -------
        EventColumns
            The same events.

        Raises
        ------
        LogError
            If a row is of another or unknown kind or a newer version, or a value makes no sense.
        """
        table = upcast(_table(rows))
        return self._columns(table, _kind_codes(table))

    def batches(self, rows: pa.Table | pa.RecordBatch) -> Iterator[Event | EventColumns]:
        """Return rows as runs of trial events, and the other events between them one by one.

        Parameters
        ----------
        rows : pyarrow.Table or RecordBatch
            As written by ``batch``.

        Yields
        ------
        Event or EventColumns
            In order.

        Raises
        ------
        LogError
            If a row is of an unknown kind or a newer version, or a value makes no sense.
        """
        table = upcast(_table(rows))
        codes = _kind_codes(table)
        rare = np.flatnonzero(~np.isin(codes, [_CODES[kind] for kind in _TRIAL_KINDS]))
        begin = 0
        for row in [*rare.tolist(), len(codes)]:
            if row > begin:
                yield self._columns(table.slice(begin, row - begin), codes[begin:row])
            if row < len(codes):
                yield from self.events(table.slice(row, 1))
            begin = row + 1

    def _columns(self, table: pa.Table, codes: NDArray[np.int8]) -> EventColumns:
        proposed = codes == _CODES[Proposed]
        evaluated = codes == _CODES[Evaluated]
        accepted = codes == _CODES[Accepted]
        judged = accepted | (codes == _CODES[Rejected])
        if not np.all(proposed | evaluated | judged):
            raise LogError("columns hold trial events only; use batches for others")
        proposals = _taken(
            table,
            np.flatnonzero(proposed),
            [
                *(_parameter(name) for name in self.parameters),
                *("parent", "moved", "origin"),
                *(cell.column for cell in _ANTICIPATED.cells),
            ],
        )
        evaluations = _taken(
            table,
            np.flatnonzero(evaluated),
            ["folds", "scores", "fit_seconds", "score_seconds", *_FAILURE],
        )
        verdicts = _taken(table, np.flatnonzero(judged), ["gain", "seconds_saved", "reason"])
        folds, fold_count = split(_column(evaluations, "folds"))
        reason = _word_codes(verdicts, "reason", REASONS)
        if np.any((reason < 0) != accepted[judged]):
            raise LogError(
                f"a rejection has no reason, or one that is not one of {list(REASONS)}; upgrade "
                "autotune-search if a newer version wrote it"
            )
        origin = _word_codes(proposals, "origin", ORIGINS)
        if np.any(origin < 0):
            raise LogError(
                f"a proposal's origin is not one of {list(ORIGINS)}; upgrade autotune-search if a "
                "newer version wrote it"
            )
        return EventColumns(
            kind=codes,
            at=np.asarray(_column(table, "at").cast(pa.int64())),
            trial=np.asarray(_column(table, "trial")),
            coordinates={name: self._coordinates(proposals, name) for name in self.parameters},
            parent=np.asarray(pc.fill_null(_column(proposals, "parent"), 0)),
            origin=origin,
            moved=_tuples(_column(proposals, "moved")),
            anticipated=np.column_stack(
                [_numbers(proposals, cell.column) for cell in _ANTICIPATED.cells]
            ),
            fold_count=fold_count,
            folds=np.asarray(folds),
            scores=_end_to_end(evaluations, "scores", fold_count),
            fit_seconds=_end_to_end(evaluations, "fit_seconds", fold_count),
            score_seconds=_end_to_end(evaluations, "score_seconds", fold_count),
            failure=_failures(evaluations),
            gain=_numbers(verdicts, "gain"),
            seconds_saved=_numbers(verdicts, "seconds_saved"),
            reason=reason,
        )


def _nested(kind: type, name: str) -> NestedField:
    (item,) = (item for item in EVENT_FIELDS[kind] if item.name == name)
    assert isinstance(item, NestedField)
    return item


_ANTICIPATED = _nested(Proposed, "anticipated")
_FAILURE = tuple(cell.column for cell in _nested(Evaluated, "failure").cells)


def _failures(rows: pa.Table) -> list[Failure | None]:
    failures: list[Failure | None] = [None] * rows.num_rows
    where = np.flatnonzero(np.asarray(_column(rows, _FAILURE[0]).is_valid()))
    cells = (_column(rows, name).take(where).to_pylist() for name in _FAILURE)
    for row, values in zip(where.tolist(), zip(*cells, strict=True), strict=True):
        failures[row] = Failure(*values)
    return failures


def _put(
    cells: dict[str, list[Any]], n: int, rows: list[int], item: EventField, values: list[Any]
) -> None:
    for cell in _cells(item):
        target = cells.setdefault(cell.column, [None] * n)
        write = cell.write
        for row, value in zip(rows, values, strict=True):
            if value is None:
                continue
            inner = value if item is cell else getattr(value, cell.name)
            if inner is None:
                continue
            try:
                target[row] = write(inner)
            except (TypeError, ValueError, AttributeError) as error:
                raise LogError(
                    f"{cell.column} = {inner!r} can't be written: {error}; pass what the event's "
                    "documentation says"
                ) from error


def _array(column: pa.Field, values: list[Any], first_seq: int) -> pa.Array:
    try:
        return pa.array(values, column.type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise LogError(
            f"column {column.name} of events {first_seq} to {first_seq + len(values) - 1} can't "
            f"hold a value: {error}; pass what the event's documentation says"
        ) from error


def _table(rows: pa.Table | pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows


def _column(rows: pa.Table, name: str) -> pa.Array:
    if name not in rows.column_names:
        raise LogError(f"the log has no column {name}; it was changed or is damaged")
    return single(rows[name])


def _taken(rows: pa.Table, where: Rows, names: Sequence[str] | None = None) -> pa.Table:
    if names is not None:
        for name in names:
            _column(rows.slice(0, 0), name)
        rows = rows.select(list(names))
    return rows if len(where) == rows.num_rows else rows.combine_chunks().take(where)


def _kind_codes(rows: pa.Table) -> NDArray[np.int8]:
    kinds = _column(rows, "kind")
    codes = np.asarray(pc.fill_null(pc.index_in(kinds, value_set=pa.array(_NAMES)), -1))
    if np.any(codes < 0):
        row = int(np.argmin(codes))
        raise LogError(
            f"event {_column(rows, 'seq')[row]} is of the unknown kind {kinds[row].as_py()!r} "
            f"(version {_column(rows, 'schema_version')[row]} of the log's schema; this autotune "
            f"knows up to {SCHEMA_VERSION}); upgrade autotune-search"
        )
    return codes.astype(np.int8)


def _numbers(rows: pa.Table, name: str) -> NDArray[np.float64]:
    return np.array(pc.fill_null(_column(rows, name), np.nan))


def _word_codes(rows: pa.Table, name: str, words: Sequence[str]) -> NDArray[np.int8]:
    result = pc.index_in(_column(rows, name), value_set=pa.array(list(words)))
    return np.asarray(pc.fill_null(result, -1)).astype(np.int8)


def _end_to_end(rows: pa.Table, name: str, count: Rows) -> NDArray[np.float64]:
    flat, lengths = split(_column(rows, name))
    if not np.array_equal(lengths, count):
        raise LogError(f"an evaluation has not one of {name} for each fold")
    return np.asarray(flat)


def _tuples(lists: pa.Array) -> list[tuple[str, ...]]:
    """Return lists of strings as tuples, one object for all that are equal."""
    flat, lengths = split(lists)
    words = flat.dictionary_encode()
    codes, names = np.asarray(words.indices).tolist(), words.dictionary.to_pylist()
    known: dict[tuple[int, ...], tuple[str, ...]] = {}
    rows: list[tuple[str, ...]] = []
    begin = 0
    for end in np.cumsum(lengths).tolist():
        key = tuple(codes[begin:end])
        row = known.get(key)
        if row is None:
            row = known[key] = tuple(names[code] for code in key)
        rows.append(row)
        begin = end
    return rows


def space_of(schema: pa.Schema) -> Space:
    """Return the space that a schema's metadata tell, with labels for objects.

    Raises
    ------
    LogError
        If there is none, or a newer version wrote it.
    """
    metadata = schema.metadata or {}
    if SPACE_KEY not in metadata:
        raise LogError("no space is written here; this is not a file of an autotune log")
    version = metadata.get(VERSION_KEY, b"?").decode()
    if version.isdigit() and int(version) > SCHEMA_VERSION:
        raise LogError(
            f"events written with version {version} of the log's schema can't be read by this "
            f"autotune, which knows versions up to {SCHEMA_VERSION}; upgrade autotune-search"
        )
    return Space.from_description(json.loads(metadata[SPACE_KEY]))


def schema_for(space: Space) -> pa.Schema:
    """Return the Arrow schema of events while a space is in force.

    Examples
    --------
    >>> from autotune.space import Float
    >>> schema_for(Space({"alpha": Float(0, 1)})).names[:6]
    ['seq', 'at', 'kind', 'schema_version', 'trial', 'param_alpha']
    """
    return Layout(space).schema


def to_batch(events: Iterable[Event], first_seq: int, space: Space) -> pa.RecordBatch:
    """Return events as rows; see ``Layout.batch``, which is faster for many calls."""
    return Layout(space).batch(list(events), first_seq)


def to_events(rows: pa.Table | pa.RecordBatch, space: Space) -> Iterator[Event]:
    """Return the events of rows one by one; see ``Layout.events``."""
    return Layout(space).events(rows)


def to_columns(rows: pa.Table | pa.RecordBatch, space: Space) -> EventColumns:
    """Return rows of trial events as columns; see ``Layout.columns``."""
    return Layout(space).columns(rows)


def to_batches(rows: pa.Table | pa.RecordBatch, space: Space) -> Iterator[Event | EventColumns]:
    """Return rows as runs of trial events and other events; see ``Layout.batches``."""
    return Layout(space).batches(rows)
