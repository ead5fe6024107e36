"""Columns of coordinates, many configurations at once: what is active, allowed, equal.

Columns are an array for each parameter, (n,) or, for sequences, (n, longest) padded with NaN; NaN
is also what an inactive parameter has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Several
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.space.conditions import Condition, as_double
from autotune.space.dimensions import (
    Boolean,
    Dimension,
    Fixed,
    Float,
    Integer,
    Sequence,
)

if TYPE_CHECKING:
    from autotune.space.space import Space

__all__ = [
    "Coordinates",
    "active_columns",
    "allowed_by_conditions",
    "decoded_columns",
    "fingerprints",
    "join_columns",
    "n_rows",
    "settled_columns",
    "take_rows",
]

Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Coordinates: TypeAlias = Mapping[str, NDArray[np.float64]]


@frozen
class _Asked:
    """Columns as conditions look at them; ``active`` grows while they are asked."""

    n: int
    dimensions: Mapping[str, Dimension]
    coordinates: Coordinates
    active: Mapping[str, Mask]

    def has(self, name: str, value: Any) -> Mask:
        """Tell where a parameter is active and has a value."""
        column, wanted = self.coordinates[name], self.dimensions[name].encode(value)
        if not isinstance(wanted, tuple):
            return np.asarray(self.active[name] & (column == wanted))
        if len(wanted) > column.shape[1]:
            return np.zeros(self.n, dtype=np.bool_)
        row = np.full(column.shape[1], np.nan)
        row[: len(wanted)] = wanted
        same = (column == row) | (np.isnan(column) & np.isnan(row))
        return np.asarray(self.active[name] & np.all(same, axis=1))

    def number(self, name: str) -> Array:
        """Return a parameter's numbers; NaN where it is inactive or has none."""
        dimension, column = self.dimensions[name], self.coordinates[name]
        if isinstance(dimension, Float | Integer):
            return np.where(self.active[name], column, np.nan)
        if isinstance(dimension, Boolean | Sequence):
            return np.full(self.n, np.nan)
        options = (dimension.value,) if isinstance(dimension, Fixed) else dimension.options
        known = self.active[name] & ~np.isnan(column)
        indices = np.where(known, column, 0.0).astype(np.int64)
        return np.where(known, np.array([as_double(v) for v in options])[indices], np.nan)


def n_rows(coordinates: Coordinates) -> int:
    """Return of how many configurations columns are."""
    return len(next(iter(coordinates.values())))


def active_columns(space: Space, coordinates: Coordinates) -> dict[str, Mask]:
    """Tell in which rows each parameter is active; see ``Space.active``."""
    n = n_rows(coordinates)
    active: dict[str, Mask] = {}
    asked = _Asked(n, space._by_name, coordinates, active)
    conditions = space._condition_of
    for name in space._order:
        active[name] = _holds(conditions.get(name), asked)
    return {name: active[name] for name in space}


def _holds(condition: Condition | None, asked: _Asked) -> Mask:
    if condition is None:
        return np.ones(asked.n, dtype=np.bool_)
    with np.errstate(over="ignore", invalid="ignore"):  # sums
        return np.array(np.broadcast_to(condition.answer(asked), asked.n))


def settled_columns(space: Space, coordinates: Coordinates) -> dict[str, Array]:
    """Mark inactive parameters and give newly active ones their start values; see ``Space``."""
    columns = dict(coordinates)
    if not space.conditional:
        return columns
    active: dict[str, Mask] = {}
    asked = _Asked(n_rows(coordinates), space._by_name, columns, active)
    conditions = space._condition_of
    starts = space.start_values
    for name in space._order:
        dimension, column = space[name], columns[name]
        active[name] = on = _holds(conditions.get(name), asked)
        if isinstance(dimension, Sequence):
            lacks = on & (np.count_nonzero(~np.isnan(column), axis=1) < dimension.min_length)
        else:
            lacks = on & np.isnan(column)
        if lacks.any():
            start = np.atleast_1d(np.asarray(dimension.encode(starts[name]), dtype=np.float64))
            if column.ndim == 2:
                column = _wide(column, max(len(start), column.shape[1]))
                start = np.pad(start, (0, column.shape[1] - len(start)), constant_values=np.nan)
            column = np.where(lacks[:, None] if column.ndim == 2 else lacks, start, column)
        if not on.all():
            column = np.where(on[:, None] if column.ndim == 2 else on, column, np.nan)
        columns[name] = column
    return columns


def allowed_by_conditions(space: Space, coordinates: Coordinates) -> Mask:
    """Tell which rows the constraints that are conditions allow, those of functions apart.

    A condition does not apply where a parameter that it looks at is inactive.
    """
    n = n_rows(coordinates)
    allowed = np.ones(n, dtype=np.bool_)
    constraints = [each for each in space.constraints if isinstance(each, Condition)]
    if not constraints:
        return allowed
    active = active_columns(space, coordinates)
    asked = _Asked(n, space._by_name, coordinates, active)
    for constraint in constraints:
        broken = ~_holds(constraint, asked)
        for name in constraint.names:
            broken &= active[name]
        allowed &= ~broken
    return allowed


def decoded_columns(space: Space, coordinates: Coordinates) -> list[dict[str, Any]]:
    """Return the configurations at the given coordinates."""
    names = space.names
    values = [_decoded(space[name], coordinates[name]) for name in names]
    if not space.conditional:
        return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
    active = active_columns(space, coordinates)
    masks = np.stack([active[name] for name in names], axis=1).tolist()
    return [
        {name: value for name, value, on in zip(names, row, mask, strict=True) if on}
        for row, mask in zip(zip(*values, strict=True), masks, strict=True)
    ]


def _decoded(dimension: Dimension, column: Array) -> Any:
    """Return the values at coordinates; anything where there is none."""
    match dimension:
        case Float():
            return column.tolist()
        case Integer():
            return np.where(np.isnan(column), 0.0, column).astype(np.int64).tolist()
        case Boolean():
            return (column >= 0.5).tolist()
        case Fixed():
            return [dimension.value] * len(column)
        case Sequence():
            return [dimension.decode(row) for row in column]
        case _:
            options = dimension.options
            known = np.where(np.isnan(column), 0.0, column).astype(np.int64)
            return [options[i] for i in known.tolist()]


def fingerprints(space: Space, coordinates: Coordinates) -> list[bytes]:
    """Return what is equal for equal configurations only, for each row.

    Parameters
    ----------
    space : Space
        The space.
    coordinates : mapping of str to ndarray
        Columns.

    Examples
    --------
    >>> from autotune.space import Float, Space
    >>> a, b = fingerprints(Space({"x": Float(-1, 1)}), {"x": np.array([0.0, -0.0])})
    >>> a == b
    True
    """
    sequences = [column for column in coordinates.values() if column.ndim == 2]
    lengths = [np.count_nonzero(~np.isnan(column), axis=1) for column in sequences]
    numbers = [column for column in (coordinates[name] for name in space) if column.ndim == 1]
    # Adding 0 makes -0.0 the 0.0 that it equals.
    table = np.ascontiguousarray(np.stack([*numbers, *lengths], axis=1, dtype=np.float64)) + 0.0
    rows = [row.tobytes() for row in table]
    for column, length in zip(sequences, lengths, strict=True):
        # Sequences may be padded more widely in one table than in another.
        elements = [row.tobytes() for row in np.ascontiguousarray(column + 0.0)]
        ends = (8 * length).tolist()
        rows = [row + more[:end] for row, more, end in zip(rows, elements, ends, strict=True)]
    return rows


def take_rows(coordinates: Coordinates, rows: Any) -> dict[str, Array]:
    """Return some rows: by number, mask or slice."""
    return {name: column[rows] for name, column in coordinates.items()}


def join_columns(parts: Iterable[Coordinates]) -> dict[str, Array]:
    """Return the rows of several columns, one after the other.

    Examples
    --------
    >>> join_columns([{"s": np.array([[1.0, 2.0]])}, {"s": np.array([[3.0]])}])["s"]
    array([[ 1.,  2.],
           [ 3., nan]])
    """
    several = list(parts)
    if len(several) == 1:
        return dict(several[0])
    return {name: _joined([part[name] for part in several]) for name in several[0]}


def _joined(columns: Several[Array]) -> Array:
    if columns[0].ndim == 1:
        return np.concatenate(columns)
    width = max(column.shape[1] for column in columns)
    return np.concatenate([_wide(column, width) for column in columns])


def _wide(column: Array, width: int) -> Array:
    missing = width - column.shape[1]
    if missing <= 0:
        return column
    return np.pad(column, ((0, 0), (0, missing)), constant_values=np.nan)
