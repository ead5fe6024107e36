"""An archive: thousands of short studies in a few Parquet files.

Each file holds whole stretches of many logs, one below the other, all of spaces that differ in
nothing but the start; its metadata say which rows are whose. Files are never changed: adding writes
another, and when there are many of a kind they are merged into a larger one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import field, frozen

from autotune.errors import LogError
from autotune.log.base import Log, by_space
from autotune.log.directory import DirectoryLog, is_log
from autotune.log.files import TEMPORARY, discard, write_file
from autotune.log.parts import encodings, to_merge
from autotune.log.schema import SPACE_KEY, Layout
from autotune.log.sealed import Piece, SealedLog
from autotune.log.writer_lock import HOLDER_NAME, LOCK_NAME, WriterLock
from autotune.space.version_1 import put_start, split_start

__all__ = ["Archive", "compact", "find_archive", "find_logs", "is_archive"]

ARCHIVE_FORMAT = {"format": "autotune archive", "version": 1}
ARCHIVE_MARK = "archive.json"
LOG_COLUMN = "log"
_STRETCHES_KEY = b"autotune.logs"
_NAME = re.compile(r"logs-(\d{10})-([0-9a-f]{16})\.parquet")
_ROWS_IN_GROUP = 2**14
_LOG_NAME = re.compile(r"[^/\\\x00]+(/[^/\\\x00]+)*")
# Enough to fill files, little enough to hold.
_EVENTS_AT_ONCE = 2**18


@frozen
class _Stretch:
    """Some consecutive events of a log, of one space, as rows of a file."""

    log: str
    first: int
    n_events: int
    total: int  # events of the whole log
    schema: pa.Schema = field(repr=False)
    row: int = 0

    @property
    def key(self) -> tuple[str, int]:
        return self.log, self.first


@frozen(eq=False)
class _File:
    path: Path
    number: int
    digest: str
    schema: pa.Schema = field(repr=False)
    stretches: tuple[_Stretch, ...] = field(repr=False)

    def __len__(self) -> int:
        return sum(stretch.n_events for stretch in self.stretches)


def is_archive(path: Path) -> bool:
    """Tell whether a directory holds an archive.

    Parameters
    ----------
    path : Path
        Of the directory.
    """
    return (path / ARCHIVE_MARK).is_file()


def find_archive(path: Path) -> tuple[Path, str] | None:
    """Return the archive that a path leads into, and the name of the log there; None if none."""
    for parent in path.parents:
        if is_archive(parent):
            return parent, path.relative_to(parent).as_posix()
    return None


def find_logs(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the logs in a folder and those below it, in archives too; itself, if it is one.

    Parameters
    ----------
    folder : path
        Where to look.

    Returns
    -------
    list of Path
        Sorted; each can be given to ``open_log``.
    """
    top = Path(folder)
    if is_log(top):
        return [top]
    found = [*_in_archive(top)]
    for path in top.rglob("*"):
        if path.is_dir():
            found += [path] if is_log(path) else _in_archive(path)
    return sorted(found)


def _in_archive(path: Path) -> list[Path]:
    return [path / name for name in Archive(path).names] if is_archive(path) else []


class Archive(Mapping[str, SealedLog]):
    """Complete logs by name, in a few files of one directory.

    It is a mapping from names to read-only logs. ``open_log("archive/name")`` opens one as well.

    Parameters
    ----------
    path : path
        The directory; it is made by the first ``add``.

    Raises
    ------
    LogError
        If it holds something else, or is of a newer format.

    Examples
    --------
    >>> import tempfile
    >>> from autotune import tune
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     archive = Archive(f"{folder}/archive")
    ...     for seed in range(3):
    ...         found = tune(lambda c: -c["x"] ** 2, {"x": 1.0}, n_trials=5, seed=seed)
    ...         archive.add({f"toy/{seed}": found.log})
    ...     print(archive.names, len(archive["toy/1"]))
    ('toy/0', 'toy/1', 'toy/2') 17
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._files: tuple[_File, ...] = ()
        self._where: dict[str, list[tuple[_File, _Stretch]]] = {}
        self._incomplete: tuple[str, ...] = ()
        if is_archive(self._path):
            self._check_mark()
        elif self._path.exists() and any(
            file.name not in (LOCK_NAME, HOLDER_NAME) and not file.name.endswith(TEMPORARY)
            for file in (self._path.iterdir() if self._path.is_dir() else [self._path])
        ):
            raise LogError(
                f"{self._path} is there already and is not an archive; give another path"
            )
        self._look()

    def _check_mark(self) -> None:
        mark = self._path / ARCHIVE_MARK
        try:
            found = json.loads(mark.read_text(encoding="utf-8"))
            name, version = found["format"], int(found["version"])
        except (ValueError, KeyError, TypeError) as error:
            raise LogError(
                f"{mark} can't be read; it should say {json.dumps(ARCHIVE_FORMAT)}"
            ) from error
        if name != ARCHIVE_FORMAT["format"] or version > 1:
            raise LogError(
                f"{self._path} is of format {name!r}, version {version}; this autotune knows "
                f"{ARCHIVE_FORMAT['format']!r} up to version 1: upgrade autotune-search"
            )

    def _look(self) -> None:
        paths = sorted(self._path.glob("logs-*.parquet")) if self._path.is_dir() else []
        known = {file.path: file for file in self._files}
        files = [known.get(path) or _opened(path) for path in paths]
        self._files = tuple(file for file in files if file is not None)
        found: dict[str, dict[int, tuple[_File, _Stretch]]] = {}
        for file in self._files:  # a merged file has the higher number, and what it merged too
            for stretch in file.stretches:
                found.setdefault(stretch.log, {})[stretch.first] = (file, stretch)
        chains = {name: _chain(stretches) for name, stretches in found.items()}
        self._where = {name: chain for name, chain in chains.items() if len(chain) > 0}
        self._incomplete = tuple(sorted(name for name, chain in chains.items() if not chain))

    @property
    def path(self) -> Path:
        """The directory."""
        return self._path

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its logs, sorted."""
        return tuple(sorted(self._where))

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Names of logs that are there in part, as an interrupted ``add`` or a lost file leaves."""
        return self._incomplete

    @property
    def settled(self) -> bool:
        """Whether its files hold nothing twice and nothing incomplete, as an ``add`` leaves it."""
        return all(
            self._place(stretch) is file for file in self._files for stretch in file.stretches
        )

    @property
    def schemas(self) -> tuple[tuple[Path, pa.Schema], ...]:
        """Its files, each with the schema of the events in it."""
        return tuple((file.path, file.schema) for file in self._files)

    @property
    def files(self) -> tuple[Path, ...]:
        """Its files, in the order they were written."""
        return tuple(file.path for file in self._files)

    def __getitem__(self, name: str) -> SealedLog:
        """Return a log.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        pieces = [
            Piece(
                stretch.first, stretch.first + stretch.n_events - 1, partial(_read, file, stretch)
            )
            for file, stretch in self._where[name]
        ]
        return SealedLog(f"{self._path}/{name}", pieces, self._where[name][-1][1].schema)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self._where)

    def __repr__(self) -> str:
        return f"Archive({str(self._path)!r}, {len(self)} logs)"

    def add(self, logs: Mapping[str, Log]) -> None:
        """Add logs; when this returns they are on the disk, and until then none of them is there.

        Parameters
        ----------
        logs : mapping of str to Log
            By name; ``/`` in a name makes groups.

        Raises
        ------
        LogError
            If a name is taken or unfit, a log is empty, or it can't be written.
        """
        _check_names(logs)
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(self._path)
            try:
                self._look()
                taken = sorted(set(logs) & set(self._where))
                if len(taken) > 0:
                    raise LogError(f"{self._path} has logs named {taken} already; name them anew")
                if not is_archive(self._path):
                    write_file(self._path / ARCHIVE_MARK, json.dumps(ARCHIVE_FORMAT).encode())
                self._write([pair for name in sorted(logs) for pair in _split(name, logs[name])])
                self._tidy()
            finally:
                lock.release()
        except LogError:
            raise
        except OSError as error:
            raise LogError(
                f"the archive {self._path} can't be written: {error.strerror or error}; check the "
                "disk's space and permissions"
            ) from error

    def _write(self, tables: list[tuple[_Stretch, pa.Table]]) -> None:
        number = self._files[-1].number + 1 if len(self._files) > 0 else 0
        groups: dict[str, list[tuple[_Stretch, pa.Table]]] = {}
        for stretch, table in tables:
            groups.setdefault(_but_start(stretch.schema), []).append((stretch, table))
        contents = [_encoded(group) for group in groups.values()]
        written: list[Path] = []
        try:
            for content in contents:
                digest = hashlib.blake2b(content, digest_size=8).hexdigest()
                path = self._path / f"logs-{number:010d}-{digest}.parquet"
                write_file(path, content)
                written.append(path)
                number += 1
        except BaseException:
            for path in written:
                discard(path)
            raise
        self._look()

    def _tidy(self) -> None:
        """Merge files where there are many of a space, and clear away what merges left."""
        while True:
            for path in self._path.glob(f"*{TEMPORARY}"):
                discard(path)
            for file in self._files:
                if all(self._place(stretch) is not file for stretch in file.stretches):
                    discard(file.path)
            self._look()
            old = self._to_merge()
            if len(old) == 0:
                return
            stretches = sorted(
                ((file, stretch) for file in old for stretch in file.stretches),
                key=lambda pair: pair[1].key,
            )
            tables = {file.path: _whole(file) for file in old}
            self._write(
                [
                    (stretch, tables[file.path].slice(stretch.row, stretch.n_events))
                    for file, stretch in stretches
                    if self._place(stretch) is file
                ]
            )

    def _place(self, stretch: _Stretch) -> _File | None:
        """Return the file whose copy of a stretch counts."""
        places = self._where.get(stretch.log, [])
        return next((file for file, other in places if other.first == stretch.first), None)

    def _to_merge(self) -> list[_File]:
        by_space: dict[str, list[_File]] = {}
        for file in self._files:
            by_space.setdefault(_but_start(file.schema), []).append(file)
        for files in by_space.values():
            n = to_merge(files)
            if n > 0:
                return files[-n:]
        return []

    def damaged(self) -> list[tuple[Path, str]]:
        """Compare each file with its checksum; return those that differ, and what is lost."""
        found = []
        for file in self._files:
            if hashlib.blake2b(file.path.read_bytes(), digest_size=8).hexdigest() != file.digest:
                names = [stretch.log for stretch in file.stretches]
                words = f"its bytes don't match its checksum; it holds {', '.join(names[:5])}"
                more = f" and {len(names) - 5} more" if len(names) > 5 else ""
                found.append((file.path, f"{words}{more}; restore it from a copy"))
        return found


def compact(
    logs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    to: str | os.PathLike[str],
) -> Archive:
    """Copy logs into an archive, which holds thousands of short ones in a few small files.

    Parameters
    ----------
    logs : path or iterable of path
        A folder of logs, which keep their paths in it as names; or logs, which keep their
        directories' names.
    to : path
        The archive, new or with other logs.

    Returns
    -------
    Archive
        With the logs. The originals are left as they are.

    Raises
    ------
    LogError
        If there is no log, or a name is taken.

    Examples
    --------
    >>> import tempfile
    >>> from autotune import tune
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for seed in range(3):
    ...         with tune(lambda c: -c["x"] ** 2, {"x": 1.0}, n_trials=5, seed=seed,
    ...                   log=f"{folder}/runs/{seed}").log:
    ...             pass
    ...     compact(f"{folder}/runs", f"{folder}/archive").names
    ('0', '1', '2')
    """
    paths: dict[str, Path] = {}
    if isinstance(logs, str | os.PathLike):
        top = Path(logs)
        for path in find_logs(top):
            paths[path.name if path == top else path.relative_to(top).as_posix()] = path
    else:
        for path in map(Path, logs):
            if path.name in paths:
                raise LogError(
                    f"{paths[path.name]} and {path} have the same name; archive them one by one "
                    "with Archive.add, under names of their own"
                )
            paths[path.name] = path
    if len(paths) == 0:
        raise LogError(f"{logs!r}: there is no log; name a log, or a folder of logs")
    archive = Archive(to)
    waiting: dict[str, Log] = {}
    n_events = 0
    for name, path in paths.items():
        inside = find_archive(path)
        waiting[name] = (
            DirectoryLog(path, mode="r") if inside is None else Archive(inside[0])[inside[1]]
        )
        n_events += len(waiting[name])
        if n_events >= _EVENTS_AT_ONCE:
            archive.add(waiting)
            waiting, n_events = {}, 0
    if len(waiting) > 0:
        archive.add(waiting)
    return archive


def _check_names(logs: Mapping[str, Log]) -> None:
    for name, log in logs.items():
        plain = isinstance(name, str) and _LOG_NAME.fullmatch(name) is not None
        if not plain or any(piece in (".", "..") for piece in name.split("/")):
            raise LogError(
                f"{name!r} can't name a log in an archive; use words with '/' between them"
            )
        if len(log) == 0:
            raise LogError(f"{name} is empty; there is nothing to archive")


def _chain(stretches: Mapping[int, tuple[_File, _Stretch]]) -> list[tuple[_File, _Stretch]]:
    """Return the stretches that make a whole log, or none."""
    chain: list[tuple[_File, _Stretch]] = []
    following = 0
    while following in stretches:
        file, stretch = stretches[following]
        chain.append((file, stretch))
        following += stretch.n_events
        if following == stretch.total:
            return chain
    return []


def _split(name: str, log: Log) -> Iterator[tuple[_Stretch, pa.Table]]:
    """Yield a log's rows while each of its spaces was in force, in the schema of that space."""
    groups = by_space(list(log.events()), None, 0)
    total, first = sum(len(events) for _, events in groups), 0
    for space, events in groups:
        layout = Layout(space)
        stretch = _Stretch(name, first, len(events), total, layout.schema)
        yield stretch, pa.Table.from_batches([layout.batch(events, first)])
        first += len(events)


def _but_start(schema: pa.Schema) -> str:
    """Return a schema's space without its start, which seeds of a benchmark differ in."""
    return json.dumps(split_start(json.loads(schema.metadata[SPACE_KEY]))[0])


def _with_start(schema: pa.Schema, start: dict[str, Any]) -> pa.Schema:
    space = put_start(json.loads(schema.metadata[SPACE_KEY]), start)
    text = json.dumps(space, separators=(",", ":"))
    return schema.with_metadata({**schema.metadata, SPACE_KEY: text.encode()})


def _noted(stretches: Iterable[_Stretch]) -> bytes:
    """Return what a file's metadata say of the rows in it."""
    starts: dict[str, int] = {}
    logs = []
    for each in stretches:
        start = json.dumps(split_start(json.loads(each.schema.metadata[SPACE_KEY]))[1])
        number = starts.setdefault(start, len(starts))
        logs.append([each.log, each.first, each.n_events, each.total, number])
    return json.dumps({"starts": [json.loads(start) for start in starts], "logs": logs}).encode()


def _stretches(noted: bytes, schema: pa.Schema) -> Iterator[_Stretch]:
    """Yield what ``_noted`` was given."""
    said = json.loads(noted)
    schemas = [_with_start(schema, start) for start in said["starts"]]
    row = 0
    for log, first, n_events, total, number in said["logs"]:
        yield _Stretch(log, first, n_events, total, schemas[number], row)
        row += n_events


def _encoded(tables: list[tuple[_Stretch, pa.Table]]) -> bytes:
    named = [
        table.add_column(0, LOG_COLUMN, pa.array([stretch.log] * table.num_rows, pa.string()))
        for stretch, table in tables
    ]
    whole = pa.concat_tables(named)
    whole = whole.replace_schema_metadata(
        {
            **tables[0][0].schema.metadata,
            _STRETCHES_KEY: _noted(stretch for stretch, _ in tables),
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(
        whole,
        sink,
        compression="zstd",
        row_group_size=_ROWS_IN_GROUP,
        write_page_checksum=True,
        **encodings(whole.schema),
    )
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _opened(path: Path) -> _File | None:
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    try:
        schema = pq.read_schema(path)
        metadata = dict(schema.metadata or {})
        noted = metadata.pop(_STRETCHES_KEY)
        own = schema.remove(schema.get_field_index(LOG_COLUMN)).with_metadata(metadata)
        stretches = tuple(_stretches(noted, own))
    except FileNotFoundError:  # merged meanwhile, and in a file that is listed behind it
        return None
    except (pa.ArrowException, OSError, LookupError, TypeError, ValueError) as error:
        raise _unreadable(path, error) from error
    return _File(path, int(match[1]), match[2], own, stretches)


def _whole(file: _File) -> pa.Table:
    try:
        table = pq.read_table(file.path, columns=file.schema.names, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(file.path, error) from error
    return table.cast(file.schema).replace_schema_metadata(file.schema.metadata)


def _read(file: _File, stretch: _Stretch) -> pa.Table:
    first = stretch.row // _ROWS_IN_GROUP
    last = (stretch.row + stretch.n_events - 1) // _ROWS_IN_GROUP
    try:
        with pq.ParquetFile(file.path, page_checksum_verification=True) as opened:
            table = opened.read_row_groups(range(first, last + 1), columns=file.schema.names)
    except FileNotFoundError as error:
        raise LogError(f"{file.path} was merged meanwhile; open the archive again") from error
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(file.path, error) from error
    found = table.slice(stretch.row - first * _ROWS_IN_GROUP, stretch.n_events)
    if found.num_rows != stretch.n_events:
        raise _unreadable(file.path, "rows are missing")
    return found.replace_schema_metadata(stretch.schema.metadata)


def _unreadable(path: Path, error: Exception | str) -> LogError:
    return LogError(f"{path} can't be read ({error}); it is damaged, restore it from a copy")
