"""The study in a log that the user named, and what commands ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from autotune.errors import LogError
from autotune.log import Log, find_logs, is_log
from autotune.log.archive import find_archive
from autotune.replay import state_at
from autotune.study import Study

__all__ = ["check_begun", "named_logs", "replayed"]


def check_begun(log: Log, path: Path) -> None:
    """Check that a log holds a study.

    Raises
    ------
    LogError
        If it is empty.
    """
    if len(log) == 0:
        raise LogError(f"{path}: the log holds no study yet; start one in it, or name another")


def replayed(log: Log, path: Path) -> Study:
    """Return the study of a log that was opened by the path."""
    check_begun(log, path)
    return state_at(log)


def named_logs(paths: Iterable[Path]) -> list[Path]:
    """Return the logs that paths name, and those in folders and archives among them.

    Raises
    ------
    LogError
        If one names no log, and is not a folder with logs.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir() and not is_log(path):
            inside = find_logs(path)
            if len(inside) == 0:
                raise LogError(f"{path} holds no log; name a log, or a folder of logs")
            found.update(dict.fromkeys(inside))
        elif is_log(path) or find_archive(path) is not None:
            found[path] = None
        else:
            raise LogError(f"{path} holds no log; name a log, or a folder of logs")
    return list(found)
