"""Frames: messages between processes, each behind its length."""

from __future__ import annotations

import struct
from typing import IO

__all__ = ["read_frame", "write_frame"]

_LENGTH = struct.Struct(">Q")


def write_frame(stream: IO[bytes], message: bytes) -> None:
    """Write a message."""
    stream.write(_LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Read a message; None when the stream ends, also within one.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> write_frame(stream, b"done")
    >>> _ = stream.seek(0)
    >>> read_frame(stream), read_frame(stream)
    (b'done', None)
    """
    try:
        head = stream.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack(head)
        message = stream.read(length)
    except (OSError, ValueError):  # closed while it was read
        return None
    return message if len(message) == length else None
