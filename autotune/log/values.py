"""How values of a dimension are written as Arrow, and read back as values or as coordinates."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import LogError
from autotune.space import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Ordinal,
    Sequence,
)

__all__ = ["ValueColumn", "column_for", "single", "split", "text", "to_list"]

Array: TypeAlias = NDArray[np.float64]


class ValueColumn(Protocol):
    """How the values of one dimension are kept in a column."""

    @property
    def type(self) -> pa.DataType:
        """The Arrow type of the column."""

    def write(self, value: Any) -> Any:
        """Return what Arrow is given for one legal value."""

    def values(self, array: pa.Array) -> list[Any]:
        """Return the values in an array without nulls."""

    def coordinates(self, array: pa.Array) -> Array:
        """Return the coordinates of the values in an array without nulls."""


def text(value: str) -> str:
    r"""Return a string that UTF-8 can hold: a lone surrogate becomes its escape.

    Examples
    --------
    >>> text("caf\u00e9"), text("\ud800")
    ('café', '\\ud800')
    """
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()


def single(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def split(array: pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the elements of a list array end to end, and the length of each list (0 for null)."""
    lengths = pc.fill_null(pc.list_value_length(array), 0)
    return array.flatten(), np.asarray(lengths, dtype=np.int64)


def to_list(array: pa.Array) -> list[Any]:
    """Return an array as Python values: null is None, NaN stays, lists become tuples."""
    if pa.types.is_list(array.type):
        flat, lengths = split(array)
        items, ends = to_list(flat), np.cumsum(lengths).tolist()
        rows: list[Any] = []
        begin = 0
        for end in ends:
            rows.append(tuple(items[begin:end]))
            begin = end
        for i in np.flatnonzero(np.asarray(array.is_null())).tolist():
            rows[i] = None
        return rows
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.int64())
    if array.null_count == 0 and (pa.types.is_primitive(array.type)):
        values: list[Any] = array.to_numpy(zero_copy_only=False).tolist()
        return values
    return list(array.to_pylist())


@frozen
class _NumberColumn:
    """Numbers and booleans, which are their own coordinates."""

    type: pa.DataType
    write: Any

    def values(self, array: pa.Array) -> list[Any]:
        return to_list(array)

    def coordinates(self, array: pa.Array) -> Array:
        return np.asarray(array.cast(pa.float64()))


def _plain_type(values: list[Any]) -> pa.DataType | None:
    """Return the Arrow type of values that are all of one plain type, else None."""
    kinds = {type(value) for value in values}
    if kinds == {str}:
        return pa.string()
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {float}:
        return pa.float64()
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values):
        return pa.int64()
    return None


def _written(value: Any) -> Any:
    if type(value) is str:
        return text(value)
    return [_written(item) for item in value] if type(value) in (tuple, list) else value


def _storage(options: tuple[Any, ...], labels: tuple[str, ...]) -> tuple[pa.DataType, list[Any]]:
    """Return the type in which choices are written and what stands for each, all different."""
    kind = _plain_type(list(options))
    if kind is None and all(type(option) in (tuple, list) for option in options):
        inner = _plain_type([item for option in options for item in option])
        kind = None if inner is None else pa.list_(inner)
    if kind is not None:
        written = [_written(option) for option in options]
        # A list and a tuple of the same items are different choices, but the same to Arrow.
        if len({tuple(w) if type(w) is list else w for w in written}) == len(written):
            return kind, written
    written = [text(label) for label in labels]
    if len(set(written)) < len(written):
        written = [f"{label}#{i}" for i, label in enumerate(written)]
    return pa.string(), written


def _matching(array: pa.Array, options: pa.Array) -> NDArray[np.int64]:
    """Return the index of each value among the options, -1 where it is not one of them."""
    if not pa.types.is_list(array.type):
        return np.asarray(pc.fill_null(pc.index_in(array, value_set=options), -1), dtype=np.int64)
    known = pc.unique(options.flatten())
    rows, wanted = (_padded_codes(lists, known) for lists in (array, options))
    width = max(rows.shape[1], wanted.shape[1])
    rows, wanted = (
        np.pad(codes, ((0, 0), (0, width - codes.shape[1])), constant_values=-1)
        for codes in (rows, wanted)
    )
    found = np.full(len(rows), -1, dtype=np.int64)
    for i, option in enumerate(wanted):
        found[np.all(rows == option, axis=1)] = i
    return found


def _padded_codes(lists: pa.Array, known: pa.Array) -> NDArray[np.int64]:
    """Return each list as codes of its items, -2 for one not known, padded with -1."""
    flat, lengths = split(lists)
    codes = np.asarray(pc.fill_null(pc.index_in(flat, value_set=known), -2), dtype=np.int64)
    return _pad(codes, lengths, -1)


def _pad(flat: NDArray[Any], lengths: NDArray[np.int64], filler: float) -> NDArray[Any]:
    width = max(int(lengths.max(initial=0)), 1)
    out = np.full((len(lengths), width), filler, dtype=flat.dtype)
    out[np.arange(width) < lengths[:, None]] = flat
    return out


@frozen
class _ChoiceColumn:
    """Choices: as they are if all are of one plain type, else by label."""

    dimension: Categorical | Ordinal
    type: pa.DataType = field(init=False)
    written: list[Any] = field(init=False)
    _options: pa.Array = field(init=False)

    def __attrs_post_init__(self) -> None:
        kind, written = _storage(self.dimension.options, self.dimension.labels)
        object.__setattr__(self, "type", kind)
        object.__setattr__(self, "written", written)
        object.__setattr__(self, "_options", pa.array(written, type=kind))

    def write(self, value: Any) -> Any:
        return self.written[int(self.dimension.encode(value))]

    def _indices(self, array: pa.Array) -> NDArray[np.int64]:
        indices = _matching(array, self._options)
        if np.any(indices < 0):
            value = array[int(np.argmin(indices))].as_py()
            raise LogError(
                f"{value!r} is not one of the choices {list(self.dimension.labels)} of the space "
                "in force there; the log was changed or is damaged"
            )
        return indices

    def values(self, array: pa.Array) -> list[Any]:
        options = self.dimension.options
        return [options[i] for i in self._indices(array).tolist()]

    def coordinates(self, array: pa.Array) -> Array:
        return self._indices(array).astype(np.float64)


@frozen
class _FixedColumn:
    """A fixed value: written for other readers, taken from the space by this one."""

    value: Any
    type: pa.DataType
    written: Any

    def write(self, value: Any) -> Any:  # noqa: ARG002
        return self.written

    def values(self, array: pa.Array) -> list[Any]:
        return [self.value] * len(array)

    def coordinates(self, array: pa.Array) -> Array:
        return np.zeros(len(array))


@frozen
class _SequenceColumn:
    """Lists of values of another column."""

    element: ValueColumn
    make: type[tuple[Any, ...]] | type[list[Any]]

    @property
    def type(self) -> pa.DataType:
        return pa.list_(self.element.type)

    def write(self, value: Any) -> Any:
        write = self.element.write
        return [write(item) for item in value]

    def values(self, array: pa.Array) -> list[Any]:
        flat, lengths = split(array)
        items, make = self.element.values(flat), self.make
        ends = np.cumsum(lengths)
        return [
            make(items[begin:end])
            for begin, end in zip((ends - lengths).tolist(), ends.tolist(), strict=True)
        ]

    def coordinates(self, array: pa.Array) -> Array:
        flat, lengths = split(array)
        return _pad(self.element.coordinates(flat), lengths, np.nan)


def column_for(dimension: Dimension) -> ValueColumn:
    """Return how the values of a dimension are kept.

    Parameters
    ----------
    dimension : Dimension
        Any dimension of a space.

    Examples
    --------
    >>> from autotune.space import Sequence, Integer
    >>> str(column_for(Sequence(of=Integer(1, 64))).type.value_type)
    'int64'
    """
    match dimension:
        case Float():
            return _NumberColumn(pa.float64(), float)
        case Integer():
            return _NumberColumn(pa.int64(), int)
        case Boolean():
            return _NumberColumn(pa.bool_(), bool)
        case Categorical() | Ordinal():
            return _ChoiceColumn(dimension)
        case Sequence():
            return _SequenceColumn(
                column_for(dimension.of), tuple if dimension.kind == "tuple" else list
            )
        case Fixed():
            kind, (written,) = _storage((dimension.value,), dimension.labels)
            return _FixedColumn(dimension.value, kind, written)
