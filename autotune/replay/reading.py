"""Logs to read: those that are open, and those that are named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import TypeAlias

from autotune.log import Log, open_log

__all__ = ["LogLike", "reading"]

LogLike: TypeAlias = "Log | str | PathLike[str]"


@contextmanager
def reading(log: LogLike) -> Iterator[Log]:
    """Give a log to read, and close it afterwards if it was opened here.

    Parameters
    ----------
    log : path or Log
        The log.
    """
    opened = open_log(log, mode="r")
    try:
        yield opened
    finally:
        if opened is not log:
            opened.close()
