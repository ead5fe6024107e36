"""Tables of a log whose parameters changed: one schema that has place for all rows."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa

__all__ = ["union"]


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
    kinds: dict[str, pa.DataType] = {}
    for table in tables:
        for column in table.schema:
            kinds[column.name] = _common(kinds.get(column.name, column.type), column.type)
    schema = pa.schema(list(kinds.items()), metadata=tables[-1].schema.metadata)
    aligned = []
    for table in tables:
        present = set(table.column_names)
        aligned.append(
            pa.Table.from_arrays(
                [
                    _as(table[name], kind)
                    if name in present
                    else pa.chunked_array([pa.nulls(table.num_rows, kind)])
                    for name, kind in kinds.items()
                ],
                schema=schema,
            )
        )
    return pa.concat_tables(aligned)
