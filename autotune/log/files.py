"""Durable writing: bytes on the disk when a call returns, files that appear whole or not."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

__all__ = ["TEMPORARY", "discard", "sync_directory", "write_all", "write_file"]

TEMPORARY = ".tmp"


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of the content, however many calls that takes, and wait until the disk has it."""
    left = memoryview(content)
    while len(left) > 0:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def sync_directory(path: Path) -> None:
    """Wait until the disk has the names in a directory."""
    if sys.platform == "win32":  # directories can't be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, even if the power fails.

    Parameters
    ----------
    path : Path
        Where; a file there is replaced.
    content : bytes
        What.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(temporary, flags, 0o666)
        try:
            write_all(descriptor, content)
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except OSError:
        discard(temporary)
        raise
    sync_directory(path.parent)


def discard(path: Path) -> None:
    """Delete a file that nothing needs; if that fails the next writer tries again."""
    with contextlib.suppress(OSError):
        path.unlink()
