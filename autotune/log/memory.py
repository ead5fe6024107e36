"""A log in memory: for trying things out, and for what is written elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

import pyarrow as pa

from autotune.errors import LogError
from autotune.events import Event, EventColumns
from autotune.log.base import by_space
from autotune.log.schema import Layout
from autotune.log.tables import union
from autotune.space import Space

__all__ = ["MemoryLog"]


class MemoryLog:
    """A log that lives as long as the object.

    Parameters
    ----------
    events : iterable of Event
        What it begins with.
    read_only : bool
        Whether nothing can be appended.

    Examples
    --------
    >>> len(MemoryLog())
    0
    """

    def __init__(self, events: Iterable[Event] = (), *, read_only: bool = False) -> None:
        self._events: list[Event] = []
        self._space: Space | None = None
        self._closed = False
        self._read_only = False
        self.append(list(events))
        self._read_only = read_only

    @property
    def read_only(self) -> bool:
        """Whether it can't be appended to."""
        return self._read_only

    @property
    def space(self) -> Space | None:
        """The space in force after its last event; None for an empty log."""
        return self._space

    def append(self, events: Sequence[Event]) -> None:
        """Add events behind the last.

        Raises
        ------
        LogError
            If the log is closed or read-only, or begins otherwise than with ``StudyStarted``.
        """
        self._check_open()
        if self._read_only:
            raise LogError("the log is read-only; make one with read_only=False to append")
        groups = by_space(events, self._space, len(self._events))
        self._events.extend(events)
        if len(groups) > 0:
            self._space = groups[-1][0]

    def events(self, start: int = 0) -> Iterator[Event]:
        """Return the events there are now, from number ``start`` on."""
        self._check_open()
        return iter(self._events[start:])

    def _groups(self) -> list[tuple[int, Layout, list[Event]]]:
        groups = []
        first = 0
        for space, events in by_space(self._events, None, 0):
            groups.append((first, Layout(space), events))
            first += len(events)
        return groups

    def runs(self) -> Iterator[Event | EventColumns]:
        """Return all events, runs of trial events as columns and the others one by one."""
        self._check_open()
        return (
            run
            for first, layout, events in self._groups()
            for run in layout.runs(layout.batch(events, first))
        )

    def table(self) -> pa.Table:
        """Return all events as rows of an Arrow table; one without columns for an empty log."""
        self._check_open()
        tables = [
            pa.Table.from_batches([layout.batch(events, first)])
            for first, layout, events in self._groups()
        ]
        return union(tables) if len(tables) > 0 else pa.table({})

    def close(self) -> None:
        """Close the log."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise LogError("the log is closed; make a new one with its events")

    def __len__(self) -> int:
        return len(self._events)

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
        return f"MemoryLog({len(self)} events)"
