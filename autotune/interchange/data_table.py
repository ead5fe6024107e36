"""A table of data in a file, as features, target and groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from autotune.errors import EvaluationError, MissingExtraError

__all__ = ["Data", "read_data"]


@frozen(eq=False)
class Data:
    """Features, target and groups of a search.

    Parameters
    ----------
    X : DataFrame or ndarray
        The features; an array where pandas is not installed.
    y : ndarray, optional
        The target.
    groups : ndarray, optional
        The group of each row, which a splitter keeps together.
    """

    X: Any
    y: NDArray[Any] | None
    groups: NDArray[Any] | None


def read_data(
    path: Path, *, target: str | None, groups: str | None = None, drop: Sequence[str] = ()
) -> Data:
    """Read a table: Parquet, CSV, Arrow or Feather, by the end of its name.

    Parameters
    ----------
    path : Path
        ``.parquet``, ``.csv`` or ``.tsv``, also with ``.gz``, ``.arrow`` or ``.feather``.
    target, groups : str, optional
        Names of columns, which are then no features.
    drop : sequence of str
        Columns that are none either.

    Raises
    ------
    EvaluationError
        If the file can't be read, a column is not there, or the target has gaps.
    MissingExtraError
        If columns are not numbers, and pandas is not installed.
    """
    table = _read(path)
    names = list(table.column_names)
    for option, name in (
        ("--target", target),
        ("--groups", groups),
        *(("--drop", each) for each in drop),
    ):
        if name is not None and names.count(name) != 1:
            there = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
            raise EvaluationError(
                f"{option} {name!r} names {names.count(name)} columns of {path}; it has {there}"
            )
    left = [name for name in names if name not in {target, groups, *drop}]
    if len(left) == 0 or table.num_rows == 0:
        raise EvaluationError(
            f"{path} has {len(left)} features and {table.num_rows} rows; both are needed"
        )
    y = None if target is None else _column(table, target, "--target")
    of = None if groups is None else _column(table, groups, "--groups")
    return Data(_features(table.select(left), path), y, of)


def _read(path: Path) -> Any:
    kinds = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in (".gz", ".bz2")]
    reader = _READERS.get(kinds[-1] if kinds else "")
    if reader is None:
        raise EvaluationError(f"--data {path} must end in one of {', '.join(_READERS)}")
    try:
        return reader(path)
    except FileNotFoundError as error:
        raise EvaluationError(f"--data {path} does not exist; check the path") from error
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise EvaluationError(f"--data {path} can't be read: {error}") from error


def _read_csv(path: Path, delimiter: str = ",") -> Any:
    from pyarrow import csv

    return csv.read_csv(path, parse_options=csv.ParseOptions(delimiter=delimiter))


def _read_tsv(path: Path) -> Any:
    return _read_csv(path, "\t")


def _read_parquet(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.read_table(path)


def _read_arrow(path: Path) -> Any:
    """Read Arrow's file format, which Feather is too, or its stream format."""
    with pa.memory_map(str(path)) as file:
        try:
            return pa.ipc.open_file(file).read_all()
        except pa.ArrowInvalid:
            file.seek(0)
            return pa.ipc.open_stream(file).read_all()


_READERS: dict[str, Callable[[Path], Any]] = {
    ".parquet": _read_parquet,
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".arrow": _read_arrow,
    ".feather": _read_arrow,
}


def _column(table: Any, name: str, option: str) -> NDArray[Any]:
    column = table.column(name)
    if column.null_count > 0:
        raise EvaluationError(
            f"{option} {name!r} has no value in {column.null_count} of {table.num_rows} rows; "
            "leave these rows out of the file"
        )
    values: NDArray[Any] = column.to_numpy()
    return values


def _features(table: Any, path: Path) -> Any:
    try:
        import pandas as pd  # noqa: F401  # to_pandas needs it
    except ImportError:
        return _numbers(table, path)
    return table.to_pandas()


def _numbers(table: Any, path: Path) -> NDArray[np.float64]:
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    others = [field.name for field in table.schema if not any(test(field.type) for test in numeric)]
    if others:
        raise MissingExtraError(
            f"columns {', '.join(others)} of {path} are not numbers, so pandas is needed: "
            "pip install pandas"
        )
    return np.column_stack(
        [column.cast(pa.float64()).to_numpy(zero_copy_only=False) for column in table.columns]
    )
