"""Sealed parts of a log: Parquet files that are never changed, and how small ones are merged.

A part's name says which events it holds and what its bytes hash to, so that damage is found when it
is read, whatever store it was copied through. Parts written before names said so have no checksum.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence, Sized
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen

from autotune.errors import LogError
from autotune.log.files import write_file

__all__ = [
    "Part",
    "chain",
    "encode_part",
    "encodings",
    "parse_part",
    "read_part",
    "read_schema",
    "to_merge",
    "write_part",
]

_NAME = re.compile(r"part-(\d{20})-(\d{20})(?:-([0-9a-f]{16}))?\.parquet")
_DIGEST_BYTES = 8

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
    digest : str, optional
        What its bytes hash to; None for a part of an older log.
    """

    path: Path
    first: int
    last: int
    digest: str | None = None

    def __len__(self) -> int:
        return self.last - self.first + 1

    @classmethod
    def of(cls, path: Path) -> Part | None:
        """Return the part that a file is by its name, or None."""
        match = _NAME.fullmatch(path.name)
        return None if match is None else cls(path, int(match[1]), int(match[2]), match[3])

    def matches(self, content: bytes) -> bool:
        """Tell whether these bytes have the checksum in its name, or there is none in it."""
        return self.digest is None or _digest(content) == self.digest

    @classmethod
    def for_content(cls, directory: Path, first: int, n_events: int, content: bytes) -> Part:
        """Return the part of a directory that these bytes make."""
        last, digest = first + n_events - 1, _digest(content)
        return cls(
            directory / f"part-{first:020d}-{last:020d}-{digest}.parquet", first, last, digest
        )


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


def to_merge(parts: Sequence[Sized]) -> int:
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


def encodings(schema: pa.Schema) -> dict[str, Any]:
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


def encode_part(table: pa.Table) -> bytes:
    """Return the content of a part's file.

    Parameters
    ----------
    table : pyarrow.Table
        Its events, as rows.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", **encodings(table.schema))
    content: bytes = sink.getvalue().to_pybytes()
    return content


def write_part(directory: Path, first: int, table: pa.Table) -> Part:
    """Write a part; when this returns it is on the disk, and until then it isn't there.

    Parameters
    ----------
    directory : Path
        Where.
    first : int
        The sequence number of its first event.
    table : pyarrow.Table
        Its events, as rows.
    """
    content = encode_part(table)
    part = Part.for_content(directory, first, table.num_rows, content)
    write_file(part.path, content)
    return part


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
        If it can't be read, or is not what its name says.
    """
    try:
        content = part.path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unreadable(part, error) from error
    return parse_part(part, content, columns)


def parse_part(part: Part, content: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the events in the content of a part's file as rows; raises as ``read_part``.

    Parameters
    ----------
    part : Part
        What its name says.
    content : bytes
        Of the file.
    columns : sequence of str, optional
        The columns wanted; those it hasn't are left out.
    """
    if not part.matches(content):
        raise _unreadable(part, "its bytes don't match the checksum in its name")
    try:
        with pq.ParquetFile(pa.BufferReader(content)) as file:
            known = set(file.schema_arrow.names)
            wanted = None if columns is None else [name for name in columns if name in known]
            table = file.read(columns=wanted)
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


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()


def _unreadable(part: Part, error: Exception | str) -> LogError:
    return LogError(
        f"{part.path}: events {part.first} to {part.last} can't be read ({error}); the file is "
        "damaged, restore it from a copy"
    )
