"""Opening whatever names a log."""

from __future__ import annotations

from os import PathLike

from autotune.errors import LogError
from autotune.log.base import Log
from autotune.log.directory import DirectoryLog, Mode

__all__ = ["open_log"]


def open_log(log: Log | str | PathLike[str], mode: Mode = "a") -> Log:
    """Return a log: the one given, or the directory of that path.

    Parameters
    ----------
    log : Log or path
        What to open.
    mode : {"r", "a", "x"}
        For a path: read, append (making it if need be), or make anew.

    Raises
    ------
    LogError
        If it can't be opened.
    """
    if isinstance(log, Log):
        return log
    if isinstance(log, str | PathLike):
        return DirectoryLog(log, mode=mode)
    raise LogError(f"log = {log!r} is of type {type(log).__name__}; give a path or a Log")
