"""The space that the user names: a file, a log that has it, or start values."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autotune.errors import LogError, SpaceError
from autotune.log import open_log
from autotune.log.archive import find_archive
from autotune.space import Space, read_space

__all__ = ["named_space", "named_values", "read_value"]


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


def named_values(option: str, given: Iterable[str]) -> list[tuple[str, str]]:
    """Return the names and values that were given as NAME=VALUE.

    Raises
    ------
    SpaceError
        If a word is not of that form.
    """
    pairs = []
    for word in given:
        name, separator, text = word.partition("=")
        if not (name and separator):
            raise SpaceError(f"{option} {word!r} must be NAME=VALUE, such as lr=0.1")
        pairs.append((name, text))
    return pairs


def read_value(text: str) -> Any:
    """Return a value as TOML reads it; what it doesn't read is a string."""
    try:
        read = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return read if isinstance(read, bool | int | float | str | list) else text
