"""The live file of a log: where events are first written, one frame for each append."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import pyarrow as pa
from attrs import frozen

from autotune.errors import LogError
from autotune.log.files import discard, sync_directory, write_all
from autotune.log.frames import FrameWriter, read_frames

__all__ = ["LiveRows", "LiveWriter", "read_live"]


@frozen(eq=False)
class LiveRows:
    """The events of a live file.

    Parameters
    ----------
    first, last : int
        The sequence numbers of its first and last event; ``last`` is below ``first`` without any.
    table : pyarrow.Table, optional
        The events as rows; None without any.
    """

    first: int
    last: int
    table: pa.Table | None


def read_live(path: Path, first: int) -> LiveRows:
    """Read a live file up to its last whole append.

    Parameters
    ----------
    path : Path
        The file.
    first : int
        The sequence number of its first event, as its name says.

    Raises
    ------
    FileNotFoundError
        If it is not there, for it may have been sealed meanwhile.
    LogError
        If it is damaged otherwise than by a write that was interrupted.
    """
    frames = read_frames(path.read_bytes())
    following = first
    for batch in frames.batches:
        if batch.column("seq")[0].as_py() != following:
            raise LogError(
                f"{path}: event {batch.column('seq')[0]} stands where event {following} should; "
                "the file was renamed or changed, restore it from a copy"
            )
        following += batch.num_rows
    if frames.damaged:
        raise LogError(
            f"{path}: it is damaged at byte {frames.length}, with whole events behind that, which "
            "no interrupted write does; restore it from a copy"
        )
    table = pa.Table.from_batches(frames.batches) if len(frames.batches) > 0 else None
    return LiveRows(first, following - 1, table)


class LiveWriter:
    """A live file that is being written.

    Use ``create``, for a live file without events stands for nothing.

    Parameters
    ----------
    path : Path
        The file.
    first : int
        The sequence number of its first event.
    schema : pyarrow.Schema
        Of its events.
    """

    def __init__(self, path: Path, first: int, schema: pa.Schema) -> None:
        self.path = path
        self.first = first
        self.schema = schema
        self.n_events = 0
        self.length = 0
        self.broken = False
        self._batches: list[pa.RecordBatch] = []
        self._lengths: list[int] = []
        self._frames = FrameWriter(schema)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(path, flags, 0o666)

    @classmethod
    def create(cls, path: Path, first: int, batch: pa.RecordBatch) -> Self:
        """Make a live file with its first events; where that fails there is none."""
        live = cls(path, first, batch.schema)
        try:
            live._cut()
            live._write(live._frames.head + live._frames.frame(batch), batch)
            sync_directory(path.parent)
        except BaseException:
            live.remove()
            raise
        return live

    @property
    def last(self) -> int:
        """The sequence number of its last event."""
        return self.first + self.n_events - 1

    def append(self, batch: pa.RecordBatch) -> None:
        """Write events and wait until the disk has them; where that fails all is as it was."""
        if self.broken:
            raise LogError(
                f"{self.path}: an earlier write failed and could not be undone; open it again"
            )
        self._write(self._frames.frame(batch), batch)

    def drop_last(self) -> None:
        """Take back the last append."""
        self.n_events -= self._batches.pop().num_rows
        self.length -= self._lengths.pop()
        self._cut()

    def _write(self, content: bytes, batch: pa.RecordBatch) -> None:
        try:
            write_all(self._descriptor, content)
        except BaseException:
            # Also when the user interrupts: what stays behind a half frame could not be read.
            self._cut()
            raise
        self._batches.append(batch)
        self._lengths.append(len(content))
        self.n_events += batch.num_rows
        self.length += len(content)

    def _cut(self) -> None:
        """Cut the file back to what was acknowledged."""
        self.broken = True
        os.ftruncate(self._descriptor, self.length)
        os.fsync(self._descriptor)
        self.broken = False

    def rows(self) -> LiveRows:
        """Return its events."""
        return LiveRows(self.first, self.last, pa.Table.from_batches(self._batches, self.schema))

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def remove(self) -> None:
        """Close the file and delete it."""
        self.close()
        discard(self.path)
