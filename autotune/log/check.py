"""Integrity: whether a log is whole, and repairs that lose nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import define, field, frozen

from autotune.errors import AutotuneError, LogError, LogLockedError
from autotune.log.archive import Archive, is_archive
from autotune.log.directory import FORMAT, MARK, DirectoryLog, check_mark
from autotune.log.files import TEMPORARY, sync_directory, write_file
from autotune.log.frames import read_frames
from autotune.log.listing import LIVE_NAME, live_path
from autotune.log.parts import Part
from autotune.log.schema import SPACE_KEY
from autotune.log.writer_lock import HOLDER_NAME, LOCK_NAME, WriterLock
from autotune.study import replay

__all__ = ["Finding", "Integrity", "check_log"]

FindingKind: TypeAlias = Literal["note", "repaired", "repairable", "damage"]

DAMAGED = ".damaged"


@frozen
class Finding:
    """One thing that ``check_log`` found.

    Parameters
    ----------
    kind : {"note", "repaired", "repairable", "damage"}
        Whether it is worth knowing, was put right, could be, or can't be.
    file : str
        The name of the file it is about; empty for the log as a whole.
    words : str
        What it is.
    """

    kind: FindingKind
    file: str
    words: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.file + ': ' if self.file else ''}{self.words}"


@frozen
class Integrity:
    """The findings of ``check_log``.

    Parameters
    ----------
    path : str
        The log.
    n_events : int
        Events that can be read, from the first on.
    n_parts : int
        Sealed parts among its files.
    n_checksummed : int
        Those that carry a checksum.
    findings : tuple of Finding
        What there is to say, in the order of the files.
    """

    path: str
    n_events: int
    n_parts: int
    n_checksummed: int
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether the log is whole, with nothing left to repair."""
        return all(each.kind in ("note", "repaired") for each in self.findings)

    def __str__(self) -> str:
        of = f"{self.n_events} events in {self.n_parts} sealed parts"
        if self.passed:
            head = f"{self.path}: whole, {of}"
        elif any(each.kind == "damage" for each in self.findings):
            head = f"{self.path}: damaged; {of} can be read"
        else:
            head = f"{self.path}: needs a repair that loses nothing; {of} can be read"
        return "\n".join([head, *(f"  {each}" for each in self.findings)])


@frozen
class _Held:
    """Events that a file holds intact, and the name it should have."""

    path: Path
    first: int
    last: int
    proper: Path


@frozen
class _Repair:
    file: str
    words: str
    do: Callable[[], Any]


@define
class _Look:
    """The result of a look at all files."""

    parts: list[_Held] = field(factory=list)
    lives: list[_Held] = field(factory=list)
    damaged: list[tuple[Part, str]] = field(factory=list)
    n_checksummed: int = 0
    findings: list[Finding] = field(factory=list)
    repairs: list[_Repair] = field(factory=list)
    # What the next writer clears away by itself.
    loose: list[Finding] = field(factory=list)


def check_log(path: str | PathLike[str], *, repair: bool = True) -> Integrity:
    """Check every byte of a log in a directory, and repair what can be without loss.

    Each part is compared with its checksum and read, sequence numbers must follow on each other
    from 0, and the events must fold. Put right are: what an interrupted append, seal or merge left;
    a missing or unreadable mark; files that were given other names; a damaged part all of whose
    events other files hold too (it stays beside them, as ``….damaged``). Anything else is
    only reported, with every file as it was. Nothing is touched while another process writes.

    A log whose last files were deleted whole can't be told from one that ended there.

    Parameters
    ----------
    path : path
        The directory; also of an archive, whose files are compared with their checksums.
    repair : bool
        Whether to repair, or only to say what could be.

    Returns
    -------
    Integrity
        What was found and done.

    Raises
    ------
    LogError
        If there is no log, or one of a newer format.

    Examples
    --------
    >>> import tempfile
    >>> from autotune import tune
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = tune(lambda c: -c["x"] ** 2, {"x": 1.0}, n_trials=5, log=f"{folder}/log")
    ...     found.log.close()
    ...     check_log(f"{folder}/log").passed
    True
    """
    directory = Path(path)
    if is_archive(directory):
        return _check_archive(directory)
    _check_there(directory)
    lock, notes = _locked(directory) if repair else (None, [])
    try:
        look = _look(directory)
        findings = [*notes, *look.findings]
        if lock is not None:
            findings += _done(directory, look.repairs)
        else:
            findings += [Finding("repairable", each.file, each.words) for each in look.repairs]
    finally:
        if lock is not None:
            lock.release()
    clean = all(each.kind != "damage" for each in findings)
    if lock is not None and clean:
        # A writer that opens a log clears away what interrupted ones left, and seals.
        DirectoryLog(directory).close()
        findings += look.loose
    elif len(notes) > 0:
        findings += [Finding("note", each.file, each.words) for each in look.loose]
    else:
        findings += [
            Finding("note" if each.kind == "note" else "repairable", each.file, each.words)
            for each in look.loose
        ]
    n_events = _n_readable(look)
    if clean and (lock is not None or len(look.repairs) == 0):
        n_events, problem = _replayed(directory)
        findings += [] if problem is None else [Finding("damage", "", problem)]
    n_parts = sum(1 for file in directory.iterdir() if Part.of(file) is not None)
    n_checksummed = sum(
        1
        for part in map(Part.of, directory.iterdir())
        if part is not None and part.digest is not None
    )
    return Integrity(str(directory), n_events, n_parts, n_checksummed, tuple(findings))


def _check_archive(directory: Path) -> Integrity:
    archive = Archive(directory)
    findings = [Finding("damage", path.name, words) for path, words in archive.damaged()]
    n_events = 0
    findings += [
        Finding("note", "", f"{name} is there in part only, as an interrupted add leaves it")
        for name in archive.incomplete
    ]
    for name, log in archive.items():
        try:
            replay(log.batches())
            n_events += len(log)
        except AutotuneError as error:
            findings.append(Finding("damage", "", f"{name}: {error}"))
    n_files = len(archive.files)
    return Integrity(str(directory), n_events, n_files, n_files, tuple(findings))


def _check_there(directory: Path) -> None:
    if not directory.is_dir():
        raise LogError(f"{directory} is not a directory of a log; check the path")
    if not any(file.name == MARK or _is_of_log(file) for file in directory.iterdir()):
        raise LogError(f"{directory} holds no log; check the path")


def _is_of_log(file: Path) -> bool:
    return Part.of(file) is not None or LIVE_NAME.fullmatch(file.name) is not None


def _locked(directory: Path) -> tuple[WriterLock | None, list[Finding]]:
    try:
        return WriterLock(directory), []
    except LogLockedError as error:
        return None, [Finding("note", "", f"nothing was touched, for {error}")]
    except OSError as error:
        return None, [Finding("note", "", f"nothing was touched, for it can't be written: {error}")]


def _look(directory: Path) -> _Look:
    look = _Look()
    _look_at_mark(directory, look)
    for path in sorted(directory.iterdir()):
        if path.name in (MARK, LOCK_NAME, HOLDER_NAME) or path.name.endswith(DAMAGED):
            continue
        if path.name.endswith(TEMPORARY):
            words = "a file that was never finished"
            look.loose.append(Finding("repaired", path.name, f"{words}, cleared away"))
        elif path.suffix == ".parquet":
            _look_at_part(path, look)
        elif path.suffix == ".arrow":
            _look_at_live(path, look)
        else:
            look.findings.append(Finding("note", path.name, "is not a file of the log, left alone"))
    _plan_names(look)
    _plan_copies(look)
    _find_gaps(look)
    return look


def _look_at_mark(directory: Path, look: _Look) -> None:
    mark = directory / MARK
    try:
        check_mark(directory)
    except FileNotFoundError:
        words = "was missing, written again"
    except LogError:
        try:
            json.loads(mark.read_text(encoding="utf-8"))
        except ValueError:
            words = "was unreadable, written again"
        else:
            raise  # it says something else, as of a newer format
    else:
        return
    look.repairs.append(
        _Repair(mark.name, words, lambda: write_file(mark, json.dumps(FORMAT).encode()))
    )


def _look_at_part(path: Path, look: _Look) -> None:
    named = Part.of(path)
    try:
        content = path.read_bytes()
        if named is not None and not named.matches(content):
            raise LogError("its bytes don't match the checksum in its name")
        table = pq.read_table(pa.BufferReader(content))
        seqs = np.asarray(table["seq"])
        if len(seqs) == 0 or np.any(np.diff(seqs) != 1):
            raise LogError("its events don't follow on each other")
        if SPACE_KEY not in (table.schema.metadata or {}):
            raise LogError("its schema says no space")
    except (LogError, pa.ArrowException, OSError, KeyError, TypeError) as error:
        if named is None:
            look.findings.append(Finding("note", path.name, "is not a file of the log, left alone"))
        else:
            look.damaged.append((named, str(error)))
        return
    first, last = int(seqs[0]), int(seqs[-1])
    right = named is not None and (named.first, named.last) == (first, last)
    if right and named is not None and named.digest is None:
        look.findings.append(
            Finding("note", path.name, "carries no checksum, for an older version wrote it")
        )
    proper = path if right else Part.for_content(path.parent, first, len(seqs), content).path
    look.parts.append(_Held(path, first, last, proper))


def _look_at_live(path: Path, look: _Look) -> None:
    named = LIVE_NAME.fullmatch(path.name)
    content = path.read_bytes()
    frames = read_frames(content)
    seqs = [int(seq) for batch in frames.batches for seq in np.asarray(batch.column("seq"))]
    ours = len(seqs) > 0 and SPACE_KEY in (frames.schema.metadata or {} if frames.schema else {})
    if named is None and not ours:
        look.findings.append(Finding("note", path.name, "is not a file of the log, left alone"))
        return
    if frames.damaged or np.any(np.diff(seqs) != 1):
        words = f"is damaged at byte {frames.length}, with whole events behind that"
        look.findings.append(Finding("damage", path.name, f"{words}; restore it from a copy"))
        return
    torn = len(content) - frames.length
    if len(seqs) == 0:
        words = "held no whole event, as when its first append was interrupted; cleared away"
        look.loose.append(Finding("repaired", path.name, words))
        return
    if torn > 0:
        words = f"its last {torn} bytes are of an append that was interrupted; cut off"
        look.loose.append(Finding("repaired", path.name, words))
    proper = live_path(path.parent, seqs[0])
    look.lives.append(_Held(path, seqs[0], seqs[-1], proper))


def _covers(held: list[_Held], first: int, last: int) -> bool:
    """Tell whether files hold all events of a range and none beside it."""
    following = first
    for each in sorted(held, key=lambda h: (h.first, -h.last)):
        if each.first == following and each.last <= last:
            following = each.last + 1
    return following == last + 1


def _plan_names(look: _Look) -> None:
    """Give files their names back, unless others hold what is in them."""
    for held in (look.parts, look.lives):
        for each in [each for each in held if each.proper != each.path]:
            others = [other for other in [*look.parts, *look.lives] if other is not each]
            if _covers(others, each.first, each.last) or each.proper.exists():
                held.remove(each)
                words = f"is a copy of events {each.first} to {each.last}, left alone"
                look.findings.append(Finding("note", each.path.name, words))
                continue
            words = (
                f"holds events {each.first} to {each.last}; its name is {each.proper.name} again"
            )
            look.repairs.append(_Repair(each.path.name, words, _renaming(each.path, each.proper)))


def _renaming(path: Path, to: Path) -> Callable[[], Any]:
    return lambda: path.rename(to)


def _plan_copies(look: _Look) -> None:
    """Put damaged parts aside where other files hold their events, and report the others."""
    intact = [*look.parts, *look.lives]
    for part, reason in look.damaged:
        holder = [
            each for each in look.parts if each.first <= part.first and part.last <= each.last
        ]
        words = f"events {part.first} to {part.last} can't be read here ({reason})"
        if len(holder) > 0 or _covers(intact, part.first, part.last):
            aside = part.path.with_name(part.path.name + DAMAGED)
            words += f"; other files hold them, so it is put aside as {aside.name}"
            look.repairs.append(_Repair(part.path.name, words, _renaming(part.path, aside)))
        else:
            words += "; restore the file from a copy"
            look.findings.append(Finding("damage", part.path.name, words))


def _find_gaps(look: _Look) -> None:
    following = 0
    damaged = [_Held(part.path, part.first, part.last, part.path) for part, _ in look.damaged]
    everything = [*look.parts, *look.lives, *damaged]
    for each in sorted(everything, key=lambda held: (held.first, -held.last)):
        if each.first > following:
            words = f"events {following} to {each.first - 1} are missing; restore them from a copy"
            look.findings.append(Finding("damage", "", words))
        elif following > each.first and each.last >= following and each not in damaged:
            words = f"its events {each.first} to {following - 1} are in another file too"
            look.findings.append(Finding("damage", each.path.name, f"{words}; remove one of them"))
        following = max(following, each.last + 1)


def _n_readable(look: _Look) -> int:
    following = 0
    for each in sorted([*look.parts, *look.lives], key=lambda held: (held.first, -held.last)):
        if each.first <= following <= each.last:
            following = each.last + 1
    return following


def _done(directory: Path, repairs: list[_Repair]) -> list[Finding]:
    findings = []
    for each in repairs:
        try:
            each.do()
        except OSError as error:
            words = f"{each.words}: that failed ({error}); check the disk's space and permissions"
            findings.append(Finding("repairable", each.file, words))
        else:
            findings.append(Finding("repaired", each.file, each.words))
    sync_directory(directory)
    return findings


def _replayed(directory: Path) -> tuple[int, str | None]:
    """Read and fold all events as a study does; return their number and what is wrong."""
    try:
        with DirectoryLog(directory, mode="r") as log:
            replay(log.batches())
            return len(log), None
    except AutotuneError as error:
        return 0, str(error)
