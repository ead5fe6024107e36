"""Many logs as one data set, for questions in SQL or with data frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pds
import pyarrow.fs as pfs
import pyarrow.parquet as pq
from attrs import frozen

from autotune.errors import LogError
from autotune.log.archive import LOG_COLUMN, Archive, find_archive, find_logs, is_archive
from autotune.log.directory import DirectoryLog
from autotune.log.filesystems import file_system, find_stored, stored_parts
from autotune.log.parts import read_schema
from autotune.log.tables import as_schema, common_schema

__all__ = ["read_logs"]


@frozen(eq=False)
class _Source:
    """Rows of one schema: those of a file, or some in memory."""

    schema: pa.Schema
    name: str | None  # of the log; None where the rows say it themselves
    path: PurePath | None = None
    table: pa.Table | None = None


def read_logs(
    logs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    filesystem: Any = None,
) -> pds.Dataset:
    """Return the events of many logs as one lazy data set.

    One row is one event, as in ``Log.table``; the column ``log`` says whose it is: the log's path
    in the folder. The columns are those of all logs together. A parameter that has different types
    in different logs has the one that holds all: doubles for numbers, else text. Files are read
    when a query needs them, and only the columns and logs that it names.

    Parameters
    ----------
    logs : path or iterable of path
        A folder of logs and archives, or the logs themselves, which go by the paths given.
    filesystem : pyarrow.fs.FileSystem or fsspec.AbstractFileSystem, optional
        Where they are, if not on this machine: sealed logs, no archives.

    Returns
    -------
    pyarrow.dataset.Dataset
        Of what was written at the time of the call. DuckDB, Polars and pandas read it as it is.

    Raises
    ------
    LogError
        If there is no log, or one can't be read.

    Examples
    --------
    >>> import tempfile
    >>> from autotune import tune
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for seed in (1, 2):
    ...         tune(lambda c: -c["x"] ** 2, {"x": 1.0}, n_trials=5, seed=seed,
    ...              log=f"{folder}/{seed}").log.close()
    ...     table = read_logs(folder).to_table(columns=["log", "kind", "param_x"])
    >>> table.group_by("log").aggregate([("kind", "count")]).sort_by("log").to_pylist()
    [{'log': '1', 'kind_count': 17}, {'log': '2', 'kind_count': 17}]
    """
    system = pfs.LocalFileSystem()
    if filesystem is not None:
        system = file_system(filesystem)
        sources = _stored(logs, system)
    elif isinstance(logs, str | os.PathLike):
        sources = _below(Path(logs))
    else:
        sources = [source for path in map(Path, logs) for source in _of_log(path, os.fspath(path))]
    if len(sources) == 0:
        raise LogError(f"{logs!r}: there is no log with an event; name logs, or a folder of logs")
    name = pa.schema([(LOG_COLUMN, pa.string())])
    schema = common_schema([name, *(source.schema for source in sources)])
    return _data_set(sources, schema, system)


def _stored(
    logs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], system: pfs.FileSystem
) -> list[_Source]:
    if isinstance(logs, str | os.PathLike):
        top = PurePosixPath(logs)
        inside = find_stored(top.as_posix(), system)
        named = {top / name: top.name if name == "." else name for name in inside}
    else:
        named = {PurePosixPath(place): os.fspath(place) for place in logs}
    sources = []
    for place, name in named.items():
        for part in stored_parts(place.as_posix(), system):
            file = place / part.path.name
            with system.open_input_file(file.as_posix()) as opened:
                sources.append(_Source(pq.read_schema(opened), name, path=file))
    return sources


def _below(top: Path) -> list[_Source]:
    sources = _of_archive(top) if is_archive(top) else []
    for path in find_logs(top):
        if is_archive(top) and find_archive(path) == (top, path.relative_to(top).as_posix()):
            continue
        name = path.name if path == top else path.relative_to(top).as_posix()
        sources += _of_log(path, name)
    return sources


def _of_archive(path: Path) -> list[_Source]:
    """Read an archive's files as they are, where each row that counts is in one of them."""
    archive = Archive(path)
    if archive.settled:
        return [_Source(schema, None, path=file) for file, schema in archive.schemas]
    return [source for name in archive for source in _of_log(path / name, name)]


def _of_log(path: Path, name: str) -> list[_Source]:
    inside = find_archive(path)
    if inside is not None:
        stored = Archive(inside[0])[inside[1]]
        return [_Source(table.schema, name, table=table) for table in stored.tables()]
    with DirectoryLog(path, mode="r") as log:
        parts, tables = log.files()
    sources = [_Source(read_schema(part), name, path=part.path) for part in parts]
    return [*sources, *(_Source(table.schema, name, table=table) for table in tables)]


def _data_set(sources: Sequence[_Source], schema: pa.Schema, system: pfs.FileSystem) -> pds.Dataset:
    parquet = pds.ParquetFileFormat()
    fragments, tables = [], []
    for source in sources:
        if source.path is not None and _castable(source.schema, schema):
            named: dict[str, Any] = {}
            if source.name is not None:
                named = {"partition_expression": pc.field(LOG_COLUMN) == source.name}
            fragments.append(parquet.make_fragment(str(source.path), system, **named))
            continue
        table = source.table
        if table is None:
            table = parquet.make_fragment(str(source.path), system).to_table()
        if source.name is not None:
            column = pa.array([source.name] * table.num_rows, pa.string())
            table = table.append_column(LOG_COLUMN, column)
        tables.append(as_schema(table, schema))
    children: list[pds.Dataset] = []
    if len(fragments) > 0:
        children.append(pds.FileSystemDataset(fragments, schema, parquet, system))
    if len(tables) > 0:
        children.append(pds.dataset(pa.concat_tables(tables), schema=schema))
    return children[0] if len(children) == 1 else pds.UnionDataset(schema, children)


def _castable(own: pa.Schema, schema: pa.Schema) -> bool:
    """Tell whether reading a file turns its types into those wanted; only numbers are turned."""
    return all(_alike(column.type, schema.field(column.name).type) for column in own)


def _alike(own: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_list(own) and pa.types.is_list(wanted):
        return _alike(own.value_type, wanted.value_type)
    return bool(own == wanted or (pa.types.is_integer(own) and pa.types.is_floating(wanted)))
