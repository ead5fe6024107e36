"""Files of results, read as columns: CSV, Parquet and JSON."""

from __future__ import annotations

import json
import math
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from autotune.errors import StudyError

__all__ = ["SUFFIXES", "columns_of_arrow", "read_columns"]

Columns: TypeAlias = dict[str, list[Any]]

SUFFIXES = (".json", ".parquet")


def read_columns(path: str | PathLike[str]) -> Columns:
    """Read the columns of a Parquet or JSON file.

    Parameters
    ----------
    path : path
        Parquet; or JSON, a list of objects or an object of lists, as of a ``cv_results_``.

    Returns
    -------
    dict of str to list
        Lists in them are tuples, as sequences are in configurations, and a cell without a value is
        NaN.

    Raises
    ------
    StudyError
        If it can't be read, or is neither.
    """
    file = Path(path)
    try:
        if file.suffix.lower() == ".parquet":
            return columns_of_arrow(pq.read_table(file))
        return _json(file)
    except (pa.ArrowException, ValueError, RecursionError) as error:
        raise StudyError(
            f"{file} can't be read: {error}; check that it is what its suffix says"
        ) from error


def columns_of_arrow(table: pa.Table) -> Columns:
    """Return the columns of an Arrow table."""
    return {name: list(map(_cell, table[name].to_pylist())) for name in table.column_names}


def _json(path: Path) -> Columns:
    content = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(content, dict) and all(isinstance(column, list) for column in content.values()):
        columns: Columns = content
    elif isinstance(content, list) and all(isinstance(row, dict) for row in content):
        names = dict.fromkeys(name for row in content for name in row)
        columns = {name: [row.get(name) for row in content] for name in names}
    else:
        raise ValueError("it is neither a list of objects nor an object of lists")
    return {name: list(map(_cell, column)) for name, column in columns.items()}


def _cell(value: Any) -> Any:
    return math.nan if value is None else _tuples(value)


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _tuples(item) for name, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
