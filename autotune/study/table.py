"""A persistent table: rows are only ever added, and every older view of it stays as it was."""

from __future__ import annotations

from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.space.equality import same

__all__ = ["Table"]

_SMALLEST_CAPACITY = 16
_new = object.__new__


class _Buffer:
    __slots__ = ("lock", "rows", "used")

    def __init__(self, rows: NDArray[Any], used: int) -> None:
        self.rows = rows
        self.used = used
        self.lock = Lock()

    def claim(self, begin: int, end: int) -> bool:
        """Reserve rows for one view's future; only one claim from the same row succeeds."""
        with self.lock:
            if self.used != begin or end > len(self.rows):
                return False
            self.used = end
            return True


class Table:
    """The first ``n`` rows of a buffer of records that later views share.

    Appending writes behind the last row and returns a longer view, in amortised constant time. The
    first of two futures of one view goes on in the shared buffer, the second in a copy of it, so
    neither sees the other, in whichever threads they are made.

    Parameters
    ----------
    dtype : numpy dtype
        A structured dtype, one field a column.

    Examples
    --------
    >>> table = Table(np.dtype([("score", "f8")]))
    >>> one = table.append((0.5,))
    >>> two, other = one.append((0.6,)), one.append((0.7,))
    >>> one["score"].tolist(), two["score"].tolist(), other["score"].tolist()
    ([0.5], [0.5, 0.6], [0.5, 0.7])
    """

    __slots__ = ("_buffer", "_length")

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._buffer = _Buffer(np.zeros(_SMALLEST_CAPACITY, dtype), 0)
        self._length = 0

    @classmethod
    def of(cls, rows: NDArray[Any]) -> Table:
        """Return a table that owns the given rows."""
        return cls._view(_Buffer(rows, len(rows)), len(rows))

    @classmethod
    def _view(cls, buffer: _Buffer, length: int) -> Table:
        table = cls.__new__(cls)
        table._buffer = buffer
        table._length = length
        return table

    @property
    def dtype(self) -> np.dtype[Any]:
        """The structured dtype of a row."""
        return self._buffer.rows.dtype

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, column: str) -> NDArray[Any]:
        view = self._buffer.rows[column][: self._length]
        view.flags.writeable = False
        return view

    @property
    def rows(self) -> NDArray[Any]:
        """All rows, read-only."""
        view = self._buffer.rows[: self._length]
        view.flags.writeable = False
        return view

    def _longer(self, extra: int) -> Table:
        """Return a view with more rows, still to be written, that are its own."""
        n = self._length
        buffer = self._buffer
        if not buffer.claim(n, n + extra):
            rows = np.zeros(max(_SMALLEST_CAPACITY, 2 * (n + extra)), buffer.rows.dtype)
            rows[:n] = buffer.rows[:n]
            buffer = _Buffer(rows, n + extra)
        return self._view(buffer, n + extra)

    def append(self, row: tuple[Any, ...]) -> Table:
        """Return the table with one more row."""
        # The body of ``_longer``, written out: applying an event is mostly this.
        n = self._length
        buffer = self._buffer
        with buffer.lock:
            free = buffer.used == n and n < len(buffer.rows)
            if free:
                buffer.used = n + 1
        if not free:
            longer = self._longer(1)
            buffer = longer._buffer
        else:
            longer = _new(Table)
            longer._buffer = buffer
            longer._length = n + 1
        buffer.rows[n] = row
        return longer

    def extend(self, rows: NDArray[Any]) -> Table:
        """Return the table with all the rows behind its own."""
        if len(rows) == 0:
            return self
        longer = self._longer(len(rows))
        longer._buffer.rows[self._length : len(longer)] = rows
        return longer

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return same(self.rows, other.rows)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (Table.of, (self.rows.copy(),))

    def __repr__(self) -> str:
        return f"Table({len(self)} rows: {', '.join(self.dtype.names or ())})"
