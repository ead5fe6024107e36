"""Sealed logs on any file system: object stores as well, where files can't be renamed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.fs as pfs
import pyarrow.parquet as pq

from autotune.errors import LogError
from autotune.log.base import Log, by_space
from autotune.log.directory import FORMAT, MARK, DirectoryLog, parse_mark
from autotune.log.listing import LIVE_NAME
from autotune.log.parts import LARGEST_MERGED, Part, chain, encode_part, parse_part
from autotune.log.schema import Layout
from autotune.log.sealed import Piece, SealedLog

__all__ = ["copy_log", "file_system", "find_stored", "open_stored", "stored_parts"]

_ROWS_IN_BATCH = 2**16


def file_system(given: Any) -> pfs.FileSystem:
    """Return a file system of pyarrow, made from one of fsspec if need be.

    Raises
    ------
    LogError
        If it is neither.
    """
    if isinstance(given, pfs.FileSystem):
        return given
    if hasattr(given, "protocol") and hasattr(given, "open"):
        return pfs.PyFileSystem(pfs.FSSpecHandler(given))
    raise LogError(
        f"filesystem = {given!r} is not a file system; give a "
        "pyarrow.fs.FileSystem or one made by fsspec"
    )


def _names(path: str, filesystem: pfs.FileSystem) -> list[str]:
    found = filesystem.get_file_info(pfs.FileSelector(path, allow_not_found=True))
    return sorted(info.base_name for info in found if info.type == pfs.FileType.File)


def _read(filesystem: pfs.FileSystem, path: str) -> bytes:
    with filesystem.open_input_file(path) as file:
        content: bytes = file.read()
    return content


def _write(filesystem: pfs.FileSystem, path: str, content: bytes) -> None:
    with filesystem.open_output_stream(path) as file:
        file.write(content)


def stored_parts(path: str, filesystem: pfs.FileSystem) -> list[Part]:
    """Return the parts of a sealed log on a file system, in order.

    Raises
    ------
    LogError
        If there is no log, or it was not sealed.
    """
    names = _names(path, filesystem)
    if MARK not in names:
        raise LogError(f"{path} holds no log on {filesystem.type_name}; check the path")
    parse_mark(path, _read(filesystem, f"{path}/{MARK}"))
    parts = [Part.of(Path(path) / name) for name in names]
    used, _ = chain(part for part in parts if part is not None)
    n_events = used[-1].last + 1 if len(used) > 0 else 0
    lives = [match for match in map(LIVE_NAME.fullmatch, names) if match is not None]
    if any(int(match[1]) >= n_events for match in lives):
        raise LogError(
            f"{path} was copied while it was written, with events that no part holds; close the "
            "log and copy it again"
        )
    return used


def open_stored(path: str | os.PathLike[str], filesystem: Any) -> SealedLog:
    """Open a sealed log on a file system, to read.

    Parameters
    ----------
    path : str
        Its directory there.
    filesystem : pyarrow.fs.FileSystem or fsspec.AbstractFileSystem
        Where.

    Raises
    ------
    LogError
        If there is no log, or it can't be read.
    """
    place, system = PurePosixPath(path).as_posix(), file_system(filesystem)
    try:
        parts = stored_parts(place, system)
        schema = None
        if len(parts) > 0:
            with system.open_input_file(f"{place}/{parts[-1].path.name}") as file:
                schema = pq.read_schema(file)
    except LogError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise LogError(f"{place} can't be read: {error}; check the path and the rights") from error
    pieces = [Piece(part.first, part.last, partial(_part, system, place, part)) for part in parts]
    return SealedLog(place, pieces, schema)


def _part(filesystem: pfs.FileSystem, place: str, part: Part) -> pa.Table:
    try:
        content = _read(filesystem, f"{place}/{part.path.name}")
    except OSError as error:
        raise LogError(f"{part.path} can't be read: {error}; check the connection") from error
    return parse_part(part, content)


def find_stored(folder: str, filesystem: pfs.FileSystem) -> list[str]:
    """Return the sealed logs in a folder of a file system, as paths in it, sorted."""
    top = (
        PurePosixPath("/") / folder
    )  # some file systems answer with a slash in front, some without
    selector = pfs.FileSelector(folder, recursive=True, allow_not_found=True)
    found = [
        PurePosixPath("/") / info.path
        for info in filesystem.get_file_info(selector)
        if info.base_name == MARK
    ]
    return sorted(mark.parent.relative_to(top).as_posix() for mark in found)


def copy_log(
    log: Log, to: str | os.PathLike[str], *, filesystem: Any = None
) -> DirectoryLog | SealedLog:
    """Copy a log, sealed, to another place.

    On a file system of its own the parts are written first, and the file that makes a directory a
    log last, so that no rename is needed and an interrupted copy is not a log.

    Parameters
    ----------
    log : Log
        What to copy.
    to : path
        A new directory.
    filesystem : pyarrow.fs.FileSystem or fsspec.AbstractFileSystem, optional
        Where that is; this machine if left out, and then the copy can be gone on with.

    Returns
    -------
    DirectoryLog or SealedLog
        The copy: open for appending on this machine, else to read.

    Raises
    ------
    LogError
        If there is a log already, or it can't be written.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow.fs
    >>> from autotune import tune
    >>> found = tune(lambda c: -c["x"] ** 2, {"x": 1.0}, n_trials=5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     bucket = pyarrow.fs.SubTreeFileSystem(folder, pyarrow.fs.LocalFileSystem())
    ...     len(copy_log(found.log, "runs/1", filesystem=bucket))
    17
    """
    if filesystem is None:
        copy = DirectoryLog(to)
        try:
            if len(copy) > 0:
                raise LogError(f"{to} holds a log already; give another path")
            for batch in _batches(log):
                copy.append(batch)
            copy.seal()
        except BaseException:
            copy.close()
            raise
        return copy
    place, system = PurePosixPath(to).as_posix(), file_system(filesystem)
    try:
        names = _names(place, system)
        if MARK in names:
            raise LogError(f"{place} holds a log already; give another path")
        system.create_dir(place, recursive=True)
        for name in names:  # what an interrupted copy left would stand beside the new parts
            if Part.of(Path(name)) is not None:
                system.delete_file(f"{place}/{name}")
        for first, table in _large(_tables(log)):
            content = encode_part(table)
            part = Part.for_content(Path(place), first, table.num_rows, content)
            _write(system, f"{place}/{part.path.name}", content)
        _write(system, f"{place}/{MARK}", json.dumps(FORMAT).encode())
    except LogError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise LogError(f"{place} can't be written: {error}; check the path and rights") from error
    return open_stored(place, system)


def _batches(log: Log) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for event in log.events():
        batch.append(event)
        if len(batch) == _ROWS_IN_BATCH:
            yield batch
            batch = []
    yield batch


def _tables(log: Log) -> Iterator[pa.Table]:
    """Yield a log's rows in tables of one space each."""
    if isinstance(log, DirectoryLog | SealedLog):
        yield from log.tables()
        return
    first = 0
    for space, events in by_space(list(log.events()), None, 0):
        yield pa.Table.from_batches([Layout(space).batch(events, first)])
        first += len(events)


def _large(tables: Iterable[pa.Table]) -> Iterator[tuple[int, pa.Table]]:
    """Yield the rows in few large tables, each with its first event's number."""
    first = 0
    waiting: list[pa.Table] = []
    for table in tables:
        n = sum(other.num_rows for other in waiting)
        alike = n == 0 or waiting[0].schema.equals(table.schema, check_metadata=True)
        if n > 0 and (not alike or n + table.num_rows > LARGEST_MERGED):
            yield first, pa.concat_tables(waiting)
            first += n
            waiting = []
        waiting.append(table)
    if len(waiting) > 0:
        yield first, pa.concat_tables(waiting)
