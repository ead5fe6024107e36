"""A log that is complete: events kept as tables somewhere, to be read only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
from attrs import frozen

from autotune.errors import LogError
from autotune.log.base import ClosingLog
from autotune.log.layouts import Layouts
from autotune.log.tables import only, union, until
from autotune.space import Space
from autotune.study import Event
from autotune.study.events import EventColumns

__all__ = ["Piece", "SealedLog"]


@frozen(eq=False)
class Piece:
    """A stretch of a log's events, of one space.

    Parameters
    ----------
    first, last : int
        The sequence numbers of its first and last event.
    read : callable
        Returns them as rows.
    """

    first: int
    last: int
    read: Callable[[], pa.Table]


class SealedLog(ClosingLog):
    """A log that is read wherever it is kept, and never written.

    Parameters
    ----------
    name : str
        What to call it.
    pieces : sequence of Piece
        Its events, in order.
    schema : pyarrow.Schema, optional
        Of the last piece; None for an empty log.
    """

    def __init__(self, name: str, pieces: Sequence[Piece], schema: pa.Schema | None) -> None:
        self._name = name
        self._pieces = tuple(pieces)
        self._schema = schema
        self._layouts = Layouts()

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def read_only(self) -> bool:
        """Whether it can't be appended to: always."""
        return True

    @property
    def space(self) -> Space | None:
        """The space in force after its last event; None for an empty log."""
        return None if self._schema is None else self._layouts.of_schema(self._schema).space

    def bind(self, space: Space) -> None:
        """Put objects in the place of their labels: use this space where it reads the same."""
        self._layouts.bind(space)

    def append(self, events: Sequence[Event]) -> None:
        """Refuse: such a log is complete.

        Raises
        ------
        LogError
            Always, where there are events to add.
        """
        if len(events) > 0:
            raise LogError(
                f"{self._name} is read-only; fork it, or copy it to a directory, to go on with it"
            )

    def tables(self, start: int = 0) -> Iterator[pa.Table]:
        """Yield the rows from event ``start`` on, in tables of one space each."""
        for piece in self._pieces:
            if piece.last >= start:
                yield piece.read().slice(max(0, start - piece.first))

    def events(self, start: int = 0) -> Iterator[Event]:
        """Return the events from number ``start`` on."""
        return self._layouts.events(self.tables(start))

    def batches(self, stop: int | None = None) -> Iterator[Event | EventColumns]:
        """Return the events before number ``stop``, runs of trial events as columns."""
        return self._layouts.batches(until(self.tables(), stop))

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all events as rows of an Arrow table; one without columns for an empty log."""
        tables = [only(table, columns) for table in self.tables()]
        return union(tables) if len(tables) > 0 else pa.table({})

    def close(self) -> None:
        """Do nothing: nothing is held open."""

    def __len__(self) -> int:
        return self._pieces[-1].last + 1 if len(self._pieces) > 0 else 0

    def __repr__(self) -> str:
        return f"SealedLog({self._name!r}, {len(self)} events)"
