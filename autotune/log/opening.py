"""Opening whatever names a log."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from autotune.errors import LogError
from autotune.log.archive import Archive, find_archive
from autotune.log.base import Log
from autotune.log.directory import DirectoryLog, Mode, is_log
from autotune.log.filesystems import open_stored

__all__ = ["open_log"]


def open_log(log: Log | str | PathLike[str], mode: Mode = "a", *, filesystem: Any = None) -> Log:
    """Return a log: the one given, that in the directory of that path, or one in an archive.

    Parameters
    ----------
    log : Log or path
        What to open.
    mode : {"r", "a", "x"}
        For a path: read, append (making it if need be), or make anew. A log in an archive,
        ``archive/name``, can only be read.
    filesystem : pyarrow.fs.FileSystem or fsspec.AbstractFileSystem, optional
        Where the path is, if not on this machine; a sealed log there can be read.

    Raises
    ------
    LogError
        If it can't be opened.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, open_log(folder) as log:
    ...     len(log)
    0
    """
    if isinstance(log, Log):
        return log
    if isinstance(log, str | PathLike):
        if filesystem is not None:
            if mode != "r":
                raise LogError(
                    f"mode = {mode!r}: logs on other file systems are sealed and read with "
                    "mode='r'; copy it to a directory with copy_log to go on with it"
                )
            return open_stored(log, filesystem)
        inside = None if is_log(Path(log)) else find_archive(Path(log))
        return DirectoryLog(log, mode=mode) if inside is None else _in_archive(*inside, mode)
    raise LogError(f"log = {log!r} is of type {type(log).__name__}; give a path or a Log")


def _in_archive(path: Path, name: str, mode: Mode) -> Log:
    archive = Archive(path)
    if mode != "r":
        raise LogError(
            f"{path / name} is in an archive, where logs are complete; fork it to go on with it, "
            "or open it with mode='r'"
        )
    if name not in archive:
        raise LogError(f"the archive {path} has no log named {name!r}; it has {len(archive)} logs")
    return archive[name]
