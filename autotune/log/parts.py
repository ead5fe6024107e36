"""Sealed parts of a log: Parquet files that are never changed, and how small ones are merged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen

from autotune.errors import LogError
from autotune.log.files import write_file

__all__ = ["Part", "chain", "read_part", "read_schema", "to_merge", "write_part"]

_NAME = re.compile(r"part-(\d{20})-(\d{20})\.parquet")

MERGED_AT_ONCE = 16
LARGEST_MERGED = 2**18
_SMALLEST_TIER = 2048


@frozen
class Part:
    """A sealed part, by its name.

    Parameters
    ----------
    path : Path
        The file.
    first, last : int
        The sequence numbers of its first and last event.
    """

    path: Path
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    @classmethod
    def of(cls, path: Path) -> Part | None:
        """Return the part that a file is by its name, or None."""
        match = _NAME.fullmatch(path.name)
        return None if match is None else cls(path, int(match[1]), int(match[2]))

    @classmethod
    def at(cls, directory: Path, first: int, last: int) -> Part:
        """Return the part of a directory that holds the given events."""
        return cls(directory / f"part-{first:020d}-{last:020d}.parquet", first, last)


def chain(parts: Iterable[Part]) -> tuple[list[Part], list[Part]]:
    """Return the parts that follow on each other from event 0, and those that others contain.

    A merge that was interrupted leaves parts whose events are in a larger one too.

    Raises
    ------
    LogError
        If events are missing between two parts, or two overlap.
    """
    used: list[Part] = []
    contained: list[Part] = []
    following = 0
    for part in sorted(parts, key=lambda p: (p.first, -p.last)):
        if part.last < following:
            contained.append(part)
        elif part.first == following:
            used.append(part)
            following = part.last + 1
        else:
            raise LogError(
                f"{part.path}: it begins with event {part.first} where event {following} should "
                "follow; a part is missing or was renamed, restore it from a copy"
            )
    return used, contained


def _tier(n_events: int) -> int:
    tier = 0
    while n_events >= _SMALLEST_TIER * MERGED_AT_ONCE**tier:
        tier += 1
    return tier


def to_merge(parts: Sequence[Part]) -> int:
    """Return how many of the last parts to merge into one, 0 for none.

    ``MERGED_AT_ONCE`` parts of a tier make one of the next, so an event is written again only once
    for each tier, and there are few parts at any time. ``parts`` share a schema.

    Examples
    --------
    >>> to_merge([Part(Path(), 100 * i, 100 * i + 99) for i in range(16)])
    16
    """
    for tier in range(_tier(max((len(part) for part in parts), default=0)) + 1):
        run = total = 0
        for part in reversed(parts):
            if _tier(len(part)) > tier or total + len(part) > LARGEST_MERGED:
                break
            run += 1
            total += len(part)
        if run >= MERGED_AT_ONCE:
            return run
    return 0


def _paths(name: str, kind: pa.DataType) -> list[tuple[str, pa.DataType]]:
    """Return the leaf columns of a column as Parquet calls them."""
    if pa.types.is_map(kind):
        return [
            *_paths(f"{name}.key_value.key", kind.key_type),
            *_paths(f"{name}.key_value.value", kind.item_type),
        ]
    if pa.types.is_list(kind):
        return _paths(f"{name}.list.element", kind.value_type)
    return [(name, kind)]


def _encodings(schema: pa.Schema) -> dict[str, Any]:
    """Choose encodings: dictionaries for words, split bytes for doubles, deltas for integers."""
    leaves = [leaf for column in schema for leaf in _paths(column.name, column.type)]
    encodings = {}
    for name, kind in leaves:
        if pa.types.is_floating(kind):
            encodings[name] = "BYTE_STREAM_SPLIT"
        elif pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
            encodings[name] = "DELTA_BINARY_PACKED"
    return {
        "use_dictionary": [name for name, kind in leaves if pa.types.is_string(kind)],
        "column_encoding": encodings,
    }


def write_part(part: Part, table: pa.Table) -> None:
    """Write a part; when this returns it is on the disk, and until then it isn't there.

    Parameters
    ----------
    part : Part
        Where.
    table : pyarrow.Table
        Its events, as rows.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", **_encodings(table.schema))
    write_file(part.path, sink.getvalue())


def read_part(part: Part, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the events of a part as rows.

    Parameters
    ----------
    part : Part
        Which.
    columns : sequence of str, optional
        The columns wanted; those it hasn't are left out.

    Raises
    ------
    FileNotFoundError
        If it is not there, for it may have been merged meanwhile.
    LogError
        If it can't be read.
    """
    try:
        with pq.ParquetFile(part.path) as file:
            known = set(file.schema_arrow.names)
            wanted = None if columns is None else [name for name in columns if name in known]
            table = file.read(columns=wanted)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(part, error) from error
    if table.num_rows != len(part):
        raise LogError(
            f"{part.path}: it holds {table.num_rows} events, not the {len(part)} that its name "
            "says; restore it from a copy"
        )
    return table


def read_schema(part: Part) -> pa.Schema:
    """Return the schema of a part, with the space in its metadata; raises as ``read_part``."""
    try:
        return pq.read_schema(part.path)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(part, error) from error


def _unreadable(part: Part, error: Exception) -> LogError:
    return LogError(
        f"{part.path}: events {part.first} to {part.last} can't be read ({error}); the file is "
        "damaged, restore it from a copy"
    )
