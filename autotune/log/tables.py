"""Tables of a log whose parameters changed: one schema that has place for all rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

__all__ = ["as_schema", "common_schema", "only", "union", "until"]


def _common(a: pa.DataType, b: pa.DataType) -> pa.DataType:
    if a == b:
        return a
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in (a, b)):
        return pa.float64()
    if all(pa.types.is_list(kind) for kind in (a, b)):
        return pa.list_(_common(a.value_type, b.value_type))
    return pa.string()


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if kind == pa.string() and not pa.types.is_primitive(column.type):
        cells = [None if cell is None else json.dumps(cell) for cell in column.to_pylist()]
        return pa.chunked_array([pa.array(cells, kind)])
    return column.cast(kind)


def union(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of tables one below the other, with the columns of all of them.

    A parameter whose type changed has the type that holds both: doubles for whole numbers and
    doubles, else text.

    Parameters
    ----------
    tables : sequence of pyarrow.Table
        At least one. The metadata of the last stay.

    Examples
    --------
    >>> union([pa.table({"a": [1]}), pa.table({"a": [0.5], "b": ["x"]})]).to_pylist()
    [{'a': 1.0, 'b': None}, {'a': 0.5, 'b': 'x'}]
    """
    metadata = tables[-1].schema.metadata
    schema = common_schema([table.schema for table in tables]).with_metadata(metadata)
    return pa.concat_tables([as_schema(table, schema) for table in tables])


def common_schema(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return the columns of all schemas, each of the type that holds those it has in them.

    Parameters
    ----------
    schemas : sequence of pyarrow.Schema
        At least one. None of their metadata stay.
    """
    kinds: dict[str, pa.DataType] = {}
    for schema in schemas:
        for column in schema:
            kinds[column.name] = _common(kinds.get(column.name, column.type), column.type)
    return pa.schema(list(kinds.items()))


def as_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table's rows with the columns of a common schema, null where it had none.

    Parameters
    ----------
    table : pyarrow.Table
        The rows.
    schema : pyarrow.Schema
        From ``common_schema``.
    """
    present = set(table.column_names)
    return pa.Table.from_arrays(
        [
            _as(table[column.name], column.type)
            if column.name in present
            else pa.chunked_array([pa.nulls(table.num_rows, column.type)])
            for column in schema
        ],
        schema=schema,
    )


def only(table: pa.Table, columns: Sequence[str] | None) -> pa.Table:
    """Return a table with those of the columns that it has; as it is, if none are named."""
    if columns is None:
        return table
    return table.select([name for name in columns if name in table.column_names])


def until(tables: Iterable[pa.Table], stop: int | None) -> Iterator[pa.Table]:
    """Yield tables up to so many rows in all, and none of those behind them.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        A log's, from its beginning.
    stop : int, optional
        How many rows; all if left out.

    Examples
    --------
    >>> [table.num_rows for table in until([pa.table({"a": [1, 2]})] * 3, 3)]
    [2, 1]
    """
    if stop is not None and stop <= 0:
        return
    left = stop
    for table in tables:
        yield table if left is None else table.slice(0, left)
        if left is not None:
            left -= table.num_rows
            if left <= 0:
                return
