"""What a log's directory holds at a moment: sealed parts, the live file, and what is left over."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen

from autotune.errors import LogError
from autotune.log.files import TEMPORARY
from autotune.log.parts import Part, chain

__all__ = ["Listing", "list_log", "live_path"]

_LIVE = re.compile(r"live-(\d{20})\.arrow")


@frozen
class Listing:
    """The files of a log.

    Parameters
    ----------
    parts : tuple of Part
        Those that follow on each other from event 0.
    live : Path, optional
        The live file that follows on them.
    left_over : tuple of Path
        What an interrupted seal, merge or write left; nothing needs it.
    """

    parts: tuple[Part, ...]
    live: Path | None
    left_over: tuple[Path, ...]

    @property
    def n_sealed(self) -> int:
        """Events in the parts."""
        return self.parts[-1].last + 1 if self.parts else 0


def live_path(directory: Path, first: int) -> Path:
    """Return the path of the live file that begins with an event."""
    return directory / f"live-{first:020d}.arrow"


def list_log(directory: Path) -> Listing:
    """List the files of a log.

    Raises
    ------
    LogError
        If a part is missing.
    """
    parts: list[Part] = []
    lives: dict[int, Path] = {}
    left_over: list[Path] = []
    for path in _stable_names(directory):
        part = Part.of(path)
        live = _LIVE.fullmatch(path.name)
        if part is not None:
            parts.append(part)
        elif live is not None:
            lives[int(live[1])] = path
        elif path.name.endswith(TEMPORARY):
            left_over.append(path)
    used, contained = chain(parts)
    left_over += [part.path for part in contained]
    n_sealed = used[-1].last + 1 if used else 0
    for first, path in lives.items():
        if first < n_sealed:
            left_over.append(path)
        elif first > n_sealed:
            raise LogError(
                f"{path}: it begins with event {first} where event {n_sealed} should follow; a "
                "part is missing or was renamed, restore it from a copy"
            )
    return Listing(tuple(used), lives.get(n_sealed), tuple(left_over))


def _stable_names(directory: Path) -> list[Path]:
    """List a directory until two looks agree, for a writer may seal between two names."""
    before = sorted(directory.iterdir())
    for _ in range(20):
        now = sorted(directory.iterdir())
        if now == before:
            break
        before = now
    return before
