"""A log in memory: for trying things out, and for what is written elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
from attrs import evolve

from autotune.errors import LogError
from autotune.log.base import ClosingLog, by_space
from autotune.log.schema import Layout
from autotune.log.tables import only, union
from autotune.space import Space
from autotune.study import Event, Proposed, SpaceChanged, StudyStarted
from autotune.study.events import EventColumns

__all__ = ["MemoryLog"]


class MemoryLog(ClosingLog):
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

    def bind(self, space: Space) -> None:
        """Put objects in the place of their labels, from a space that reads the same."""
        bound: list[Event] = []
        current: Space | None = None
        for event in self._events:
            if isinstance(event, StudyStarted | SpaceChanged):
                current = event.space
            if current is not None and current.describe() == space.describe():
                bound.append(_bound(event, current, space))
                self._space = space
            else:
                bound.append(event)
                self._space = current
        self._events = bound

    def append(self, events: Sequence[Event]) -> None:
        """Add events behind the last.

        Raises
        ------
        LogError
            If the log is read-only, or begins otherwise than with ``StudyStarted``.
        """
        if self._read_only:
            raise LogError("the log is read-only; make one with read_only=False to append")
        groups = by_space(events, self._space, len(self._events))
        self._events.extend(events)
        if len(groups) > 0:
            self._space = groups[-1][0]

    def events(self, start: int = 0) -> Iterator[Event]:
        """Return the events there are now, from number ``start`` on."""
        return iter(self._events[start:])

    def _groups(self, stop: int | None = None) -> list[tuple[int, Layout, list[Event]]]:
        groups = []
        first = 0
        for space, events in by_space(self._events[:stop], None, 0):
            groups.append((first, Layout(space), events))
            first += len(events)
        return groups

    def batches(self, stop: int | None = None) -> Iterator[Event | EventColumns]:
        """Return the events before number ``stop``, runs of trial events as columns."""
        return (
            run
            for first, layout, events in self._groups(stop)
            for run in layout.batches(layout.batch(events, first))
        )

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all events as rows of an Arrow table; one without columns for an empty log."""
        tables = [
            pa.Table.from_batches([layout.batch(events, first)])
            for first, layout, events in self._groups()
        ]
        return union([only(table, columns) for table in tables]) if tables else pa.table({})

    def close(self) -> None:
        """Do nothing: memory holds nothing that must be given back."""

    def __len__(self) -> int:
        return len(self._events)

    def __repr__(self) -> str:
        return f"MemoryLog({len(self)} events)"


def _bound(event: Event, old: Space, new: Space) -> Event:
    if isinstance(event, StudyStarted | SpaceChanged):
        return evolve(event, space=new)
    if isinstance(event, Proposed):
        configuration = new.decode_row(old.encode([event.configuration]), 0)
        return evolve(event, configuration=configuration)
    return event
