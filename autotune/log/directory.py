"""A durable log: a directory with a live Arrow stream that grows, sealed into Parquet parts.

Names say which events a file holds, so whatever moment a process is killed at, what is there says
which files count: parts follow on each other from event 0, live files on them, and a file whose
events another holds too is left over from an interrupted seal or merge.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa

from autotune.errors import LogError
from autotune.log.base import ClosingLog, by_space
from autotune.log.files import TEMPORARY, discard, sync_directory, write_file
from autotune.log.layouts import Layouts
from autotune.log.listing import TRIES, list_log, live_path
from autotune.log.live import LiveRows, LiveWriter
from autotune.log.parts import Part, read_part, read_schema, to_merge, write_part
from autotune.log.tables import only, union, until
from autotune.log.writer_lock import HOLDER_NAME, LOCK_NAME, WriterLock
from autotune.space import Space
from autotune.study import Event
from autotune.study.events import EventColumns

__all__ = ["FORMAT", "MARK", "DirectoryLog", "check_mark", "is_log", "parse_mark"]

Mode = Literal["r", "a", "x"]

FORMAT = {"format": "autotune log", "version": 1}
MARK = "log.json"
# A writer that was killed while it made a log has left no more than these.
_BEGINNINGS = {LOCK_NAME, HOLDER_NAME, HOLDER_NAME + TEMPORARY, MARK + TEMPORARY}
_EVENTS_TO_SEAL = 2048
_BYTES_TO_SEAL = 8 * 2**20


def is_log(path: Path) -> bool:
    """Tell whether a directory holds a log.

    Parameters
    ----------
    path : Path
        Of the directory.
    """
    return (path / MARK).is_file()


def check_mark(path: Path) -> None:
    """Check that the mark of a log's directory names a format that is known here.

    Raises
    ------
    FileNotFoundError
        If there is none.
    LogError
        If it can't be read, or names another format or a newer version.
    """
    parse_mark(str(path), (path / MARK).read_bytes())


def parse_mark(path: str, content: bytes) -> None:
    """Check the content of the mark of a log's directory; raises as ``check_mark``."""
    try:
        mark = json.loads(content)
        name, version = mark["format"], int(mark["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise LogError(
            f"{path}/{MARK} can't be read; it should say {json.dumps(FORMAT)}: run autotune check "
            "to have it written again"
        ) from error
    if name != FORMAT["format"] or version > 1:
        raise LogError(
            f"{path} is of format {name!r}, version {version}; this autotune knows "
            f"{FORMAT['format']!r} up to version 1: upgrade autotune-search"
        )


class DirectoryLog(ClosingLog):
    """A log in a directory, durable against kills at any moment.

    ``append`` returns when the events are on the disk. They go to a live file, an Arrow IPC stream
    with a checksum in each batch; from time to time, and on closing, it is sealed into a Parquet
    part, written aside and renamed. Small parts are merged into larger ones. Readers take no lock
    and see what is there whenever they look.

    Parameters
    ----------
    path : path
        The directory.
    mode : {"r", "a", "x"}
        Read what is there; append, making it if need be; or make it anew and fail if it is there.

    Raises
    ------
    LogLockedError
        If another process is writing it.
    LogError
        If it can't be opened.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with DirectoryLog(f"{folder}/log") as log:
    ...         len(log)
    0
    """

    def __init__(self, path: str | os.PathLike[str], *, mode: Mode = "a") -> None:
        if mode not in ("r", "a", "x"):
            raise LogError(f"mode = {mode!r} must be 'r', 'a' or 'x'")
        self._path = Path(path)
        self._mode = mode
        self._lock: WriterLock | None = None
        self._space: Space | None = None
        self._parts: list[Part] = []
        # Live files that are written no more and not sealed yet, and the one that is written.
        self._ended: list[LiveWriter] = []
        self._live: LiveWriter | None = None
        # What a reader found in live files, or was live when a writer closed.
        self._found: list[LiveRows] = []
        self._layouts = Layouts()
        self._schemas: dict[Part, pa.Schema] = {}
        self._prepare()
        if mode == "r":
            self._look()
            return
        try:
            self._lock = WriterLock(self._path)
            self._check_place()  # again, for now nobody else can make a log here
            if is_log(self._path):
                self._recover()
            else:
                write_file(self._path / MARK, json.dumps(FORMAT).encode())
        except BaseException as error:
            self._release()
            if isinstance(error, OSError) and not isinstance(error, LogError):
                raise self._trouble("can't be opened for writing", error) from error
            raise

    # Opening

    def _prepare(self) -> None:
        try:
            self._check_place()
            if self._mode != "r" and not self._path.exists():
                self._path.mkdir(parents=True, exist_ok=True)
                sync_directory(self._path.parent)
        except LogError:
            raise
        except OSError as error:
            raise self._trouble("can't be opened", error) from error

    def _check_place(self) -> None:
        path, mode = self._path, self._mode
        if path.exists() and not path.is_dir():
            raise LogError(f"{path} is a file, not the directory of a log; give another path")
        if is_log(path):
            check_mark(path)
            if mode == "x":
                raise LogError(f"{path} holds a log already; use mode='a' or another path")
            return
        if path.is_dir() and any(file.name not in _BEGINNINGS for file in path.iterdir()):
            raise LogError(
                f"{path} is a directory with other things in it and no log; give another path"
            )
        if mode == "r":
            raise LogError(f"{path} holds no log; check the path")

    def _recover(self) -> None:
        """Take up a log where its last writer left it, whatever it was doing."""
        listing = list_log(self._path)
        for left in listing.left_over:
            # What a damaged part holds too is a copy of it, and not to be thrown away.
            if left.part is None or _intact(left.part):
                discard(left.path)
        self._parts = list(listing.parts)
        for rows in listing.lives:
            # Sealed at once: a torn tail is gone, and a new live file begins clean.
            self._write_sealed(rows)
        for path in listing.live_files:
            discard(path)
        self._space = self._space_of_last(())
        self._merge()

    def _space_of_last(self, lives: Sequence[LiveRows]) -> Space | None:
        if len(lives) > 0:
            table = lives[-1].table
            assert table is not None
            return self._layouts.of_schema(table.schema).space
        return self._layouts.of_schema(self._schema(self._parts[-1])).space if self._parts else None

    # Reading

    @property
    def path(self) -> Path:
        """The directory."""
        return self._path

    @property
    def read_only(self) -> bool:
        """Whether it can't be appended to."""
        return self._mode == "r"

    @property
    def space(self) -> Space | None:
        """The space in force after its last event; None for an empty log.

        Of a log that another process writes, as of the last reading.
        """
        return self._space

    def bind(self, space: Space) -> None:
        """Put objects in the place of their labels: use this space where it reads the same.

        Parameters
        ----------
        space : Space
            With the choices themselves.
        """
        self._layouts.bind(space)
        if self._space is not None and self._space.describe() == space.describe():
            self._space = space

    def _look(self) -> None:
        """Look what a writer has done meanwhile; it may seal and merge as we look."""
        for _ in range(TRIES):
            try:
                listing = list_log(self._path)
                self._parts = list(listing.parts)
                self._found = list(listing.lives)
                self._space = self._space_of_last(self._found)
            except FileNotFoundError as error:
                if not self._path.is_dir():
                    raise self._trouble("is gone", error) from error
            except LogError:
                raise
            except OSError as error:
                raise self._trouble("can't be read", error) from error
            else:
                return
        raise LogError(f"{self._path}: the files change faster than they can be read; try again")

    def _chunks(self) -> list[Part | LiveRows]:
        """Return where the events are now."""
        if self._mode == "r":
            self._look()
            return [*self._parts, *self._found]
        return [*self._parts, *(live.rows() for live in self._writers())]

    def _writers(self) -> list[LiveWriter]:
        return [*self._ended, *([] if self._live is None else [self._live])]

    def _tables(
        self,
        chunks: list[Part | LiveRows],
        start: int = 0,
        *,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.Table]:
        """Yield the rows from event ``start`` on, file by file, each of one space."""
        end = chunks[-1].last + 1 if len(chunks) > 0 else 0
        following, misses = start, 0
        while following < end:
            chunk = next((chunk for chunk in chunks if chunk.last >= following), None)
            if chunk is None:
                raise LogError(
                    f"the log {self._path} has lost events {following} to {end - 1} since it was "
                    "opened; restore it from a copy"
                )
            try:
                if isinstance(chunk, Part):
                    table = read_part(chunk, columns)
                else:
                    assert chunk.table is not None
                    table = only(chunk.table, columns)
            except FileNotFoundError as error:
                # Merged meanwhile: the same events are in another file now.
                misses += 1
                if misses == TRIES:
                    raise self._trouble("has lost a part", error) from error
                chunks = self._chunks()
                continue
            yield table.slice(following - chunk.first, end - following)
            following = chunk.last + 1

    def tables(self, start: int = 0) -> Iterator[pa.Table]:
        """Yield the rows there are now from event ``start`` on, in tables of one space each."""
        yield from self._tables(self._chunks(), start)

    def events(self, start: int = 0) -> Iterator[Event]:
        """Return the events there are now, from number ``start`` on."""
        return self._layouts.events(self._tables(self._chunks(), start))

    def batches(self, stop: int | None = None) -> Iterator[Event | EventColumns]:
        """Return the events before number ``stop``, runs of trial events as columns."""
        return self._layouts.batches(until(self._tables(self._chunks()), stop))

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all events as rows of an Arrow table; one without columns for an empty log."""
        tables = list(self._tables(self._chunks(), columns=columns))
        return union(tables) if tables else pa.table({})

    def files(self) -> tuple[list[Part], list[pa.Table]]:
        """Return the sealed parts there are now, and the rows that are in none yet."""
        chunks = self._chunks()
        parts = [chunk for chunk in chunks if isinstance(chunk, Part)]
        rows = [chunk.table for chunk in chunks if isinstance(chunk, LiveRows)]
        return parts, [table for table in rows if table is not None]

    def __len__(self) -> int:
        if self._mode == "r":
            self._look()
        lives: list[LiveRows] | list[LiveWriter] = (
            self._found if self._mode == "r" else self._writers()
        )
        if len(lives) > 0:
            return lives[-1].last + 1
        return self._parts[-1].last + 1 if len(self._parts) > 0 else 0

    # Writing

    def append(self, events: Sequence[Event]) -> None:
        """Add events behind the last; when this returns they are on the disk.

        Raises
        ------
        LogError
            If they can't be written: the log is then as it was, and intact.
        """
        if self._mode == "r":
            raise LogError(
                f"{self._path} was opened with mode='r', or is closed; open it with mode='a' to "
                "append"
            )
        if len(events) == 0:
            return
        first = len(self)
        space = self._space
        batches = []
        for space, group in by_space(events, self._space, first):
            batches.append(self._layouts.of_space(space).batch(group, first))
            first += len(group)
        try:
            self._write(batches)
        except LogError:
            raise
        except OSError as error:
            n = len(self)
            state = f"those up to {n - 1} are safe" if n > 0 else "it has none"
            raise self._trouble(f"can't take more events; {state}", error) from error
        self._space = space
        self._keep_small()

    def _write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Write all batches or none; one of another schema than the last begins a live file."""
        before, current, first = self._live, self._live, len(self)
        made: list[LiveWriter] = []
        extended = False
        try:
            for batch in batches:
                if current is None or not current.schema.equals(batch.schema, check_metadata=True):
                    current = LiveWriter.create(live_path(self._path, first), first, batch)
                    made.append(current)
                else:
                    current.append(batch)
                    extended = extended or current is before
                first += batch.num_rows
        except BaseException:
            for live in reversed(made):
                live.remove()
            if before is not None and extended:
                before.drop_last()
            raise
        self._live = current
        if before is not None and before is not current:
            self._ended.append(before)
        self._ended += made[:-1]

    def _keep_small(self) -> None:
        """Seal and merge where it is time to."""
        live = self._live
        if live is not None and (live.n_events >= _EVENTS_TO_SEAL or live.length >= _BYTES_TO_SEAL):
            self._ended.append(live)
            self._live = None
        if len(self._ended) == 0:
            return
        # The events are safe in their live files, so the append has not failed where sealing does;
        # the next one tries again.
        with contextlib.suppress(OSError):
            self._seal_ended()

    def seal(self) -> None:
        """Turn the live file into a sealed part, and merge small parts.

        Raises
        ------
        LogError
            If that can't be written; the live file stays.
        """
        if self._mode == "r":
            return
        if self._live is not None:
            self._ended.append(self._live)
            self._live = None
        try:
            self._seal_ended()
        except LogError:
            raise
        except OSError as error:
            raise self._trouble("can't be sealed; its events are safe", error) from error

    def _seal_ended(self) -> None:
        while len(self._ended) > 0:
            live = self._ended[0]
            self._write_sealed(live.rows())
            del self._ended[0]
            live.remove()
        self._merge()

    def _write_sealed(self, rows: LiveRows) -> None:
        assert rows.table is not None
        part = write_part(self._path, rows.first, rows.table)
        if part not in self._parts[-1:]:  # as after a seal that was interrupted
            self._parts.append(part)

    def _merge(self) -> None:
        while True:
            alike: list[Part] = []
            for part in reversed(self._parts):
                if self._schema(part) != self._schema(self._parts[-1]):
                    break
                alike.insert(0, part)
            n = to_merge(alike)
            if n == 0:
                return
            old = self._parts[-n:]
            table = pa.concat_tables([read_part(part) for part in old])
            merged = write_part(self._path, old[0].first, table)
            self._parts[-n:] = [merged]
            for part in old:
                discard(part.path)
                self._schemas.pop(part, None)

    def _schema(self, part: Part) -> pa.Schema:
        schema = self._schemas.get(part)
        if schema is None:
            schema = self._schemas[part] = read_schema(part)
        return schema

    def close(self) -> None:
        """Seal what is live and give back the right to write; the log can still be read."""
        if self._mode == "r":
            return
        try:
            self.seal()
        finally:
            self._mode = "r"
            self._release()

    def _release(self) -> None:
        for live in self._writers():
            live.close()
        self._ended, self._live = [], None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _trouble(self, what: str, error: OSError) -> LogError:
        reason = error.strerror or str(error)
        return LogError(
            f"the log {self._path} {what}: {reason}; check the disk's space and permissions"
        )

    def __repr__(self) -> str:
        return f"DirectoryLog({str(self._path)!r}, mode={self._mode!r})"


def _intact(part: Part) -> bool:
    try:
        read_part(part, ["seq"])
    except (LogError, OSError):
        return False
    return True
