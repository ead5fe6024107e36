"""A durable log: a directory with a live Arrow stream that grows, sealed into Parquet parts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pyarrow as pa

from autotune.errors import LogError
from autotune.events import Event, EventColumns
from autotune.log.base import by_space
from autotune.log.files import discard, sync_directory, write_all, write_file
from autotune.log.frames import FrameWriter, read_frames
from autotune.log.listing import list_log, live_path
from autotune.log.parts import Part, read_part, read_schema, to_merge, write_part
from autotune.log.schema import SPACE_KEY, Layout, space_of
from autotune.log.tables import union
from autotune.log.writer_lock import WriterLock
from autotune.space import Space

__all__ = ["DirectoryLog", "is_log"]

Mode = Literal["r", "a", "x"]

FORMAT = {"format": "autotune log", "version": 1}
_MARK = "log.json"
_EVENTS_TO_SEAL = 2048
_BYTES_TO_SEAL = 8 * 2**20
_TRIES = 50


def is_log(path: Path) -> bool:
    """Tell whether a directory holds a log."""
    return (path / _MARK).is_file()


class DirectoryLog:
    """A log in a directory, durable against kills at any moment.

    ``append`` returns when the events are on the disk. They go to a live file, an Arrow IPC stream
    with a checksum in each batch; from time to time, and on closing, it is sealed into a Parquet
    part, written aside and renamed. Small parts are merged into larger ones.

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
        self._bound: Space | None = None
        self._lock: WriterLock | None = None
        self._descriptor: int | None = None
        self._frames: FrameWriter | None = None
        self._parts: list[Part] = []
        self._space: Space | None = None
        self._live: list[pa.RecordBatch] = []
        self._live_length = 0
        self._layouts: dict[bytes, Layout] = {}
        self._schemas: dict[Part, pa.Schema] = {}
        self._broken = False
        self._prepare()
        if mode == "r":
            self._look()
            return
        try:
            self._lock = WriterLock(self._path)
        except OSError as error:
            if isinstance(error, LogError):
                raise
            raise self._trouble("can't be written", error) from error
        try:
            self._recover()
        except BaseException:
            self._lock.release()
            raise

    # Opening

    def _prepare(self) -> None:
        path, mode = self._path, self._mode
        try:
            if path.exists() and not path.is_dir():
                raise LogError(f"{path} is a file, not the directory of a log; give another path")
            if is_log(path):
                self._check_mark()
                if mode == "x":
                    raise LogError(f"{path} holds a log already; use mode='a' or another path")
                return
            if path.is_dir() and any(path.iterdir()):
                raise LogError(
                    f"{path} is a directory with other things in it and no log; give another path"
                )
            if mode == "r":
                raise LogError(f"{path} holds no log; check the path")
            path.mkdir(parents=True, exist_ok=True)
            write_file(path / _MARK, json.dumps(FORMAT).encode())
        except LogError:
            raise
        except OSError as error:
            raise self._trouble("can't be opened", error) from error

    def _check_mark(self) -> None:
        try:
            mark = json.loads((self._path / _MARK).read_text(encoding="utf-8"))
            name, version = mark["format"], int(mark["version"])
        except (ValueError, KeyError, TypeError) as error:
            raise LogError(
                f"{self._path / _MARK} can't be read; it should say {json.dumps(FORMAT)}"
            ) from error
        if name != FORMAT["format"] or version > 1:
            raise LogError(
                f"{self._path} is of format {name!r}, version {version}; this autotune knows "
                f"{FORMAT['format']!r} up to version 1: upgrade autotune-search"
            )

    def _recover(self) -> None:
        """Take up a log where its last writer left it, whatever it was doing."""
        try:
            listing = list_log(self._path)
            for path in listing.left_over:
                discard(path)
            self._parts = list(listing.parts)
            self._space = self._space_of_last_part()
            if listing.live is not None:
                frames = self._read_live(listing.live)
                self._live = list(frames)
                if self._live:
                    # Sealed at once: a torn tail is gone, and a new live file begins clean.
                    self._space = self._layout(self._live[0].schema).space
                    self._write_sealed()
                discard(listing.live)
                self._live = []
        except LogError:
            raise
        except OSError as error:
            raise self._trouble("can't be taken up", error) from error

    def _space_of_last_part(self) -> Space | None:
        return self._layout(self._schema(self._parts[-1])).space if self._parts else None

    def _layout(self, schema: pa.Schema) -> Layout:
        key = (schema.metadata or {}).get(SPACE_KEY, b"")
        layout = self._layouts.get(key)
        if layout is None:
            space = space_of(schema)
            if self._bound is not None and self._bound.describe() == space.describe():
                space = self._bound
            layout = self._layouts[key] = Layout(space)
        return layout

    def _read_live(self, path: Path) -> tuple[pa.RecordBatch, ...]:
        frames = read_frames(path.read_bytes())
        if frames.damaged:
            raise LogError(
                f"{path}: it is damaged before its end, which no interrupted write does; restore "
                "it from a copy"
            )
        return frames.batches

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
        self._bound = space
        self._layouts.clear()
        if self._space is not None and self._space.describe() == space.describe():
            self._space = space

    def _look(self) -> None:
        """Look what a writer has done meanwhile; it may seal and merge as we look."""
        for attempt in range(_TRIES):
            try:
                listing = list_log(self._path)
                live = () if listing.live is None else self._read_live(listing.live)
                self._parts = list(listing.parts)
                self._space = self._space_of_last_part()
                if live:
                    self._space = self._layout(live[0].schema).space
                self._live = list(live)
            except FileNotFoundError as error:
                if attempt == _TRIES - 1:
                    raise self._trouble("changes too fast to be read", error) from error
            except LogError:
                raise
            except OSError as error:
                raise self._trouble("can't be read", error) from error
            else:
                return

    def _tables(self) -> list[pa.Table]:
        """Return all events as tables, each of one space."""
        for attempt in range(_TRIES):
            if self._mode == "r":
                self._look()
            try:
                tables = [read_part(part) for part in self._parts]
            except FileNotFoundError as error:
                if attempt == _TRIES - 1 or self._mode != "r":
                    raise self._trouble("has lost a part", error) from error
                continue
            if self._live:
                tables.append(pa.Table.from_batches(self._live))
            return tables
        raise AssertionError("the loop returns or raises")

    def events(self, start: int = 0) -> Iterator[Event]:
        """Return the events there are now, from number ``start`` on."""
        first = 0
        found: list[tuple[Layout, pa.Table]] = []
        for table in self._tables():
            if first + table.num_rows > start:
                found.append((self._layout(table.schema), table.slice(max(start - first, 0))))
            first += table.num_rows
        return (event for layout, table in found for event in layout.events(table))

    def runs(self) -> Iterator[Event | EventColumns]:
        """Return all events, runs of trial events as columns and the others one by one."""
        found = [(self._layout(table.schema), table) for table in self._tables()]
        return (run for layout, table in found for run in layout.runs(table))

    def table(self) -> pa.Table:
        """Return all events as rows of an Arrow table; one without columns for an empty log."""
        tables = self._tables()
        return union(tables) if tables else pa.table({})

    def __len__(self) -> int:
        if self._mode == "r":
            self._look()
        sealed = self._parts[-1].last + 1 if self._parts else 0
        return sealed + self._live_events

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
                f"{self._path} was opened with mode='r', or is closed; open it with mode='a'"
            )
        if self._broken:
            raise LogError(
                f"{self._path}: an earlier write failed and could not be undone; open it again"
            )
        if len(events) == 0:
            return
        first = len(self)
        encoded = []
        for space, group in by_space(events, self._space, first):
            layout = self._layout_of(space)
            encoded.append((space, layout.batch(group, first)))
            first += len(group)
        for space, batch in encoded:
            if self._frames is not None and self._space is not space:
                self.seal()
            self._space = space
            self._write(batch)
        if self._live_events >= _EVENTS_TO_SEAL or self._live_length >= _BYTES_TO_SEAL:
            try:
                self.seal()
            except LogError:
                # The events are safe in the live file, and the next append tries again.
                return

    @property
    def _live_events(self) -> int:
        return sum(int(batch.num_rows) for batch in self._live)

    def _layout_of(self, space: Space) -> Layout:
        for layout in self._layouts.values():
            if layout.space is space:
                return layout
        layout = Layout(space)
        self._layouts[layout.schema.metadata[SPACE_KEY]] = layout
        return layout

    def _write(self, batch: pa.RecordBatch) -> None:
        try:
            if self._frames is None:
                self._begin_live(batch.schema)
            assert self._frames is not None
            assert self._descriptor is not None
            content = self._frames.frame(batch)
            try:
                write_all(self._descriptor, content)
            except OSError:
                self._undo()
                raise
        except OSError as error:
            raise self._trouble(
                f"can't take more events; those up to {len(self) - 1} are safe", error
            ) from error
        self._live.append(batch)
        self._live_length += len(content)

    def _begin_live(self, schema: pa.Schema) -> None:
        frames = FrameWriter(schema)
        path = live_path(self._path, len(self))
        write_file(path, frames.head)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        self._frames = frames
        self._live_length = len(frames.head)

    def _undo(self) -> None:
        """Cut the live file back to what was acknowledged."""
        assert self._descriptor is not None
        try:
            os.ftruncate(self._descriptor, self._live_length)
            os.fsync(self._descriptor)
        except OSError:
            self._broken = True

    def seal(self) -> None:
        """Turn the live file into a sealed part, and merge small parts.

        Raises
        ------
        LogError
            If that can't be written; the live file stays.
        """
        if self._frames is None:
            return
        live = live_path(self._path, self._parts[-1].last + 1 if self._parts else 0)
        try:
            if self._live:
                self._write_sealed()
            assert self._descriptor is not None
            os.close(self._descriptor)
            self._descriptor = None
            self._frames = None
            self._live = []
            self._live_length = 0
            discard(live)
            self._merge()
        except LogError:
            raise
        except OSError as error:
            raise self._trouble("can't be sealed; its events are safe", error) from error

    def _write_sealed(self) -> None:
        first = self._parts[-1].last + 1 if self._parts else 0
        part = Part.at(self._path, first, first + self._live_events - 1)
        write_part(part, pa.Table.from_batches(self._live))
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
            merged = Part.at(self._path, old[0].first, old[-1].last)
            write_part(merged, pa.concat_tables([read_part(part) for part in old]))
            self._parts[-n:] = [merged]
            for part in old:
                discard(part.path)
            sync_directory(self._path)

    def _schema(self, part: Part) -> pa.Schema:
        schema = self._schemas.get(part)
        if schema is None:
            schema = self._schemas[part] = read_schema(part)
        return schema

    def close(self) -> None:
        """Seal what is live and give back the right to write; the log can still be read."""
        try:
            if self._mode != "r" and not self._broken:
                self.seal()
        finally:
            self._mode = "r"
            self._frames = None
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def _trouble(self, what: str, error: OSError) -> LogError:
        reason = error.strerror or str(error)
        return LogError(
            f"the log {self._path} {what}: {reason}; check the disk's space and permissions"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"DirectoryLog({str(self._path)!r}, mode={self._mode!r})"
