"""Layouts of the spaces that a log has had, and its tables as events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from autotune.log.labels import with_objects
from autotune.log.schema import SPACE_KEY, Layout, space_of
from autotune.space import Space
from autotune.study import Event
from autotune.study.events import EventColumns

__all__ = ["Layouts"]

_ROWS_IN_RUN = 2**20


class Layouts:
    """The layouts of a log's spaces, made once each, with the objects of a bound space."""

    def __init__(self) -> None:
        self._bound: Space | None = None
        self._made: dict[bytes, Layout] = {}

    def bind(self, space: Space) -> None:
        """Use this space where a logged one reads the same."""
        self._bound = space
        self._made.clear()

    def of_schema(self, schema: pa.Schema) -> Layout:
        """Return the layout of a table's schema.

        Raises
        ------
        LogError
            If its metadata name no space, or one that can't be made.
        """
        key = (schema.metadata or {}).get(SPACE_KEY, b"")
        layout = self._made.get(key)
        if layout is None:
            space = space_of(schema)
            if self._bound is not None and self._bound.describe() == space.describe():
                space = self._bound
            layout = self._made[key] = Layout(with_objects(space, self._bound))
        return layout

    def of_space(self, space: Space) -> Layout:
        """Return the layout of a space."""
        for layout in self._made.values():
            if layout.space is space:
                return layout
        layout = Layout(space)
        self._made[layout.schema.metadata[SPACE_KEY]] = layout
        return layout

    def events(self, tables: Iterable[pa.Table]) -> Iterator[Event]:
        """Yield the events of tables, each of one space, one by one."""
        for table in tables:
            yield from self.of_schema(table.schema).events(table)

    def batches(self, tables: Iterable[pa.Table]) -> Iterator[Event | EventColumns]:
        """Yield the events of tables, runs of trial events as columns."""
        for table in _joined(tables):
            yield from self.of_schema(table.schema).batches(table)


def _joined(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Put tables of one space together, for folding is quick with long runs."""
    waiting: list[pa.Table] = []
    for table in tables:
        alike = len(waiting) == 0 or waiting[0].schema.equals(table.schema, check_metadata=True)
        if not alike or sum(other.num_rows for other in waiting) >= _ROWS_IN_RUN:
            yield pa.concat_tables(waiting)
            waiting = []
        waiting.append(table)
    if len(waiting) > 0:
        yield pa.concat_tables(waiting)
