"""Contents of a log's directory at a moment: sealed parts, live files, and what is left over."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen

from autotune.errors import LogError
from autotune.log.files import TEMPORARY
from autotune.log.live import LiveRows, read_live
from autotune.log.parts import Part, chain

__all__ = ["LIVE_NAME", "TRIES", "LeftOver", "Listing", "list_log", "live_path"]

TRIES = 50
LIVE_NAME = re.compile(r"live-(\d{20})\.arrow")


@frozen
class LeftOver:
    """A file that an interrupted seal, merge or write left.

    Parameters
    ----------
    path : Path
        The file.
    part : Part, optional
        The part that holds its events too; None for a file that was never finished.
    """

    path: Path
    part: Part | None = None


@frozen(eq=False)
class Listing:
    """The files of a log.

    Parameters
    ----------
    parts : tuple of Part
        Those that follow on each other from event 0.
    lives : tuple of LiveRows
        What was read of the live files that follow on them. There are two where the space has just
        changed and the older was not sealed yet.
    live_files : tuple of Path
        All live files that are not left over, also those without a whole event.
    left_over : tuple of LeftOver
        What an interrupted seal, merge or write left; nothing needs it.
    """

    parts: tuple[Part, ...]
    lives: tuple[LiveRows, ...]
    live_files: tuple[Path, ...]
    left_over: tuple[LeftOver, ...]


def live_path(directory: Path, first: int) -> Path:
    """Return the path of the live file that begins with an event."""
    return directory / f"live-{first:020d}.arrow"


def list_log(directory: Path) -> Listing:
    """List the files of a log and read the live ones, while a writer may seal and merge.

    Raises
    ------
    LogError
        If a part is missing or a live file damaged.
    OSError
        If the directory can't be read.
    """
    for _ in range(TRIES):
        paths = _stable_names(directory)
        try:
            return _listing(paths)
        except FileNotFoundError:
            continue
        except LogError:
            # The files may have moved between the look at their names and that into them.
            if _stable_names(directory) == paths:
                raise
    raise LogError(f"{directory}: the files change faster than they can be read; try again")


def _listing(paths: list[Path]) -> Listing:
    used, contained = chain(part for part in map(Part.of, paths) if part is not None)
    left_over = [LeftOver(part.path, _holder(used, part.first)) for part in contained]
    left_over += [LeftOver(path) for path in paths if path.name.endswith(TEMPORARY)]
    n_sealed = following = used[-1].last + 1 if len(used) > 0 else 0
    lives: list[LiveRows] = []
    live_files: list[Path] = []
    for path in paths:  # in the order of their names, which is that of their events
        match = LIVE_NAME.fullmatch(path.name)
        if match is None:
            continue
        first = int(match[1])
        if first < n_sealed:
            left_over.append(LeftOver(path, _holder(used, first)))
            continue
        if first > following:
            raise LogError(
                f"{path}: it begins with event {first} where event {following} should follow; a "
                "part is missing or was renamed, restore it from a copy"
            )
        live_files.append(path)
        rows = read_live(path, first)
        if rows.table is not None:
            lives.append(rows)
            following = rows.last + 1
    return Listing(tuple(used), tuple(lives), tuple(live_files), tuple(left_over))


def _holder(parts: list[Part], seq: int) -> Part:
    return next(part for part in parts if part.first <= seq <= part.last)


def _stable_names(directory: Path) -> list[Path]:
    """List a directory until two looks agree, for a writer may seal between two names."""
    before = sorted(directory.iterdir())
    for _ in range(TRIES):
        now = sorted(directory.iterdir())
        if now == before:
            break
        before = now
    return before
