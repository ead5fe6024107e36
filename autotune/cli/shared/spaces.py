"""The space that the user names: a file, or a log that has it."""

from __future__ import annotations

from pathlib import Path

from autotune.errors import LogError, SpaceError
from autotune.log import open_log
from autotune.log.archive import find_archive
from autotune.space import Space, read_space

__all__ = ["named_space"]


def named_space(path: Path, option: str = "--space") -> Space:
    """Return the space of a log, or that in a TOML or JSON file.

    Raises
    ------
    SpaceError
        If there is none; the message names the option.
    LogError
        If it is an empty log, or one that can't be read.
    """
    if path.is_dir() or find_archive(path) is not None:
        with open_log(path, mode="r") as log:
            if log.space is None:
                raise LogError(f"{option} {path}: the log holds no study yet; name another")
            return log.space
    try:
        return read_space(path)
    except SpaceError as error:
        raise SpaceError(f"{option} {error}") from error
