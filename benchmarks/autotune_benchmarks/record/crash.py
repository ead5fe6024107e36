"""Running studies killed with SIGKILL at random moments: what was acknowledged is there for ever.

A study with a fast objective runs in a real process and tells, over a pipe, every event that it is
about to append and every append that has returned. At a moment drawn at random it is killed; the
log is then opened, checked, folded and gone on with, until it is whole and verified. A second
process reads each log all the while. In the killed process a live file is sealed after a few events
and parts are merged after a few seals, by setting constants of ``autotune.log``: with their real
sizes hardly a kill would meet either. The system outlives its processes here; that a log survives
a power cut rests on its syncing, which this doesn't try.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
from attrs import define, field, frozen
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autotune.errors import AutotuneError, LogError
from autotune.log import DirectoryLog, open_log
from autotune.log.check import check_log
from autotune.replay import verify
from autotune.space import Boolean, Categorical, Dimension, Float, Integer, Sequence, Space
from autotune.study import Event, reduce, replay
from autotune.tuner import Tuner
from autotune_benchmarks.machine import file_system, machine
from autotune_benchmarks.options import count, whole
from autotune_strategies import recipes

__all__ = ["Report", "add_arguments", "campaign", "main"]

_TRIALS = 40
# From so many trials on, a log with an odd number is gone on with in a wider space.
_WIDER_FROM = 20
_RECIPES = ("random_walk", "annealing", "coordinate_walk", "random_search", "autotune_2018")
# What is set in the killed process: seals after 8 events, merges of 4 parts, tiers of 32 events.
_SMALL = (
    ("autotune.log.directory", "_EVENTS_TO_SEAL", 8),
    ("autotune.log.parts", "MERGED_AT_ONCE", 4),
    ("autotune.log.parts", "_SMALLEST_TIER", 32),
)
_PATIENCE = 60.0
_PART = re.compile(r"part-(\d{20})-(\d{20})\b.*\.parquet")
_LIVE = re.compile(r"live-(\d{20})\b.*\.arrow")

STARTING = "starting, the log not opened yet"
OPENING = "opening the log, clearing up after the last kill"
BEFORE_FIRST = "before the first event"
BETWEEN = "between appends"
NOT_WRITTEN = "in an append, its events not on the disk"
WRITTEN = "in an append, its events on the disk: sealing, merging"
CLOSING = "closing: sealing, merging"
CLOSED = "after closing"
PHASES = (STARTING, OPENING, BEFORE_FIRST, BETWEEN, NOT_WRITTEN, WRITTEN, CLOSING, CLOSED)


def _space(*, wide: bool) -> Space:
    wider: dict[str, Dimension] = {"momentum": Float(0.0, 1.0)} if wide else {}
    return Space(
        {
            "x": Float(-10.0, 10.0),
            "rate": Float(1e-4, 1.0, log=True),
            "n": Integer(1, 20),
            "solver": Categorical(["adam", "sgd"]),
            "bias": Boolean(),
            "layers": Sequence(of=Integer(1, 64), min_length=1, max_length=4),
            **wider,
        },
        start={"x": 1.0, "rate": 0.1, "n": 5, "layers": (4, 1)},
    )


def _score(configuration: dict[str, Any]) -> tuple[float, float]:
    if configuration["n"] == 13:
        raise ValueError("thirteen is too much")
    score = -((configuration["x"] - 3) ** 2) - abs(configuration["n"] - 7) / 8
    return score - abs(len(configuration["layers"]) - 3), 0.25 + configuration["n"] / 32


def _digests(events: Iterable[Event]) -> list[str]:
    return [
        hashlib.blake2b(repr(event).encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()
        for event in events
    ]


# In the processes that are started


class _TellingLog(DirectoryLog):
    """A log that tells what it is about to append and what it has appended."""

    def __init__(self, path: str, teller: Connection, acknowledged: Any) -> None:
        teller.send_bytes(b"opening")
        super().__init__(path)
        self._teller = teller
        self._acknowledged = acknowledged
        teller.send_bytes(b"opened %d" % len(self))

    def append(self, events: Any) -> None:
        """Append events, with a word before and after."""
        self._teller.send_bytes(b"append " + " ".join(_digests(events)).encode())
        super().append(events)
        self._acknowledged.value = len(self)
        self._teller.send_bytes(b"appended %d" % len(self))

    def close(self) -> None:
        """Close, with a word before and after."""
        if self.read_only:
            return
        self._teller.send_bytes(b"closing")
        super().close()
        self._teller.send_bytes(b"closed")


def _seal_often() -> None:
    for module, name, value in _SMALL:
        place = import_module(module)
        if not hasattr(place, name):
            raise RuntimeError(f"{module} has no {name} any more; say in crash.py what it is now")
        setattr(place, name, value)


def _run_session(
    path: str, number: int, teller: Connection, acknowledged: Any, *, wide: bool
) -> None:
    """Go on with a study until it is whole; what is killed."""
    _seal_often()
    strategy = getattr(recipes, _RECIPES[number % len(_RECIPES)])()
    with threadpool_limits(1), _TellingLog(path, teller, acknowledged) as log:
        space = _space(wide=wide)
        Tuner(space, strategy=strategy, log=log, n_trials=_TRIALS, seed=number).run(_score)


def _run_reader(path: str, teller: Connection, acknowledged: Any, ended: Any) -> None:
    """Read a log again and again while others write it, and tell at the end what was seen."""
    seen: list[str] = []
    wrong: list[str] = []
    looks = 0
    kept: Any = None
    while not ended.value:
        least = acknowledged.value
        try:
            # By turns a log that was opened before, and one that is opened for this look.
            if kept is None or looks % 2 == 0:
                kept = open_log(path, mode="r")
            found = _digests(kept.events())
        except Exception as error:  # noqa: BLE001  # whatever it is, it is to be told
            if least > 0 or not isinstance(error, LogError):
                wrong.append(f"a reader: {type(error).__name__}: {error}")
            kept = None
            sleep(0.002)
            continue
        looks += 1
        if len(found) < least:
            wrong.append(f"a reader saw {len(found)} events when {least} were acknowledged")
        if found[: len(seen)] != seen:
            wrong.append(f"a reader saw {len(found)} events that don't go on from {len(seen)}")
        seen = found
    teller.send_bytes(json.dumps({"looks": looks, "seen": seen, "wrong": wrong[:5]}).encode())


# In this process


@define
class Report:
    """What a campaign came to.

    Parameters
    ----------
    kills, logs, sessions : int
        Kills that met a running process, logs, and processes started.
    phases : Counter
        What the killed processes were doing.
    left : Counter
        What kills left behind in the logs.
    acknowledged : int
        Events whose append had returned.
    lost, unreadable, failed : list of str
        Logs that lacked an acknowledged event or had another; that could not be opened, checked or
        folded; and what else went wrong.
    verified : int
        Logs whose every decision was derived again.
    looks : int
        Readings of logs while they were written.
    checks, repaired : int
        Checks of every byte of a log, and those that repaired something.
    """

    kills: int = 0
    logs: int = 0
    sessions: int = 0
    phases: Counter[str] = field(factory=Counter)
    left: Counter[str] = field(factory=Counter)
    acknowledged: int = 0
    lost: list[str] = field(factory=list)
    unreadable: list[str] = field(factory=list)
    failed: list[str] = field(factory=list)
    verified: int = 0
    looks: int = 0
    checks: int = 0
    repaired: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing was lost and every log was read and verified."""
        return not (self.lost or self.unreadable or self.failed) and self.verified == self.logs

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "passed": self.passed,
            "kills": self.kills,
            "phases": {phase: self.phases[phase] for phase in PHASES},
            "left behind": dict(sorted(self.left.items())),
            "logs": self.logs,
            "processes": self.sessions,
            "events acknowledged": self.acknowledged,
            "lost": self.lost,
            "unreadable": self.unreadable,
            "failed": self.failed,
            "logs verified": self.verified,
            "readings while written": self.looks,
            "integrity checks": self.checks,
            "repairs": self.repaired,
        }


@frozen
class _Kill:
    """When to kill: so many seconds after the start, or behind so many more events."""

    seconds: float | None
    events: int
    delay: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> _Kill:
        # Opening and clearing up take some ten milliseconds, an append with a seal about as many.
        early = float(rng.uniform(0.005, 0.06)) if rng.random() < 0.3 else None
        return cls(early, int(rng.integers(0, 45)), float(rng.uniform(0.0, 0.008)))


class _Session:
    """One process that runs a study, and what it told."""

    def __init__(
        self, context: Any, path: Path, number: int, acknowledged: Any, *, wide: bool
    ) -> None:
        self.phase = STARTING
        self.underway: list[str] = []
        self.appended: list[str] = []
        self._receiver, teller = context.Pipe(duplex=False)
        self.process = context.Process(
            target=_run_session,
            args=(str(path), number, teller, acknowledged),
            kwargs={"wide": wide},
        )
        self.process.start()
        teller.close()

    def listen(self, seconds: float) -> bool:
        """Hear what it tells within some seconds; return whether there was anything."""
        if not self._receiver.poll(seconds):
            return False
        try:
            word, _, rest = self._receiver.recv_bytes().decode().partition(" ")
        except (EOFError, OSError):
            return False
        match word:
            case "opening":
                self.phase = OPENING
            case "opened":
                self.phase = BETWEEN if int(rest) > 0 else BEFORE_FIRST
            case "append":
                self.underway = rest.split()
                self.phase = NOT_WRITTEN
            case "appended":
                self.appended += self.underway
                self.underway = []
                self.phase = BETWEEN
            case "closing":
                self.phase = CLOSING
            case "closed":
                self.phase = CLOSED
        return True

    def wait_and_kill(self, kill: _Kill | None) -> bool:
        """Kill the process at its moment, or let it end; return whether it was killed."""
        begun = monotonic()
        while monotonic() < begun + _PATIENCE:
            if kill is not None:
                if kill.seconds is not None:
                    sleep(max(begun + kill.seconds - monotonic(), 0.0))
                    break
                if len(self.appended) >= kill.events or self.phase in (CLOSING, CLOSED):
                    sleep(kill.delay)
                    break
            if not self.listen(0.05) and not self.process.is_alive():
                break
        self.process.kill()
        self.process.join()
        while self.listen(0.0):
            pass
        self._receiver.close()
        return bool(self.process.exitcode == -9)


def _left_behind(path: Path) -> Counter[str]:
    """Count the files in a log that an interrupted write, seal or merge has left."""
    names = [file.name for file in path.iterdir()] if path.is_dir() else []
    parts = [(int(m[1]), int(m[2])) for m in map(_PART.fullmatch, names) if m is not None]
    lives = [int(m[1]) for m in map(_LIVE.fullmatch, names) if m is not None]
    inside = [a for a in parts for b in parts if a != b and b[0] <= a[0] and a[1] <= b[1]]
    sealed = max((last for _, last in parts), default=-1)
    return Counter(
        {
            "files half written": sum(name.endswith(".tmp") for name in names),
            "merged parts not yet deleted": len(set(inside)),
            "sealed live files not yet deleted": sum(first <= sealed for first in lives),
            "live files": sum(first > sealed for first in lives),
        }
    )


def _check(path: Path, n_events: int, report: Report, *, repair: bool) -> None:
    """Check every byte of a log, which must have lost nothing and be whole when repaired."""
    found = check_log(path, repair=repair)
    report.checks += 1
    report.repaired += any(each.kind == "repaired" for each in found.findings)
    damaged = any(each.kind == "damage" for each in found.findings)
    if damaged or found.n_events != n_events or (repair and not found.passed):
        report.unreadable.append(str(found))


def _read(path: Path) -> list[str]:
    """Read a log in all ways; return the digests of its events."""
    with open_log(path, mode="r") as log:
        events = list(log.events())
        singly, columns = reduce(events), replay(log.batches())
        if log.table().num_rows != len(events) or len(log) != len(events):
            raise LogError(f"{path}: its table and its events are not as many")
    if singly.verdicts != columns.verdicts or singly.incumbent != columns.incumbent:
        raise LogError(f"{path}: folded as columns it is another study than event by event")
    return _digests(events)


def _look_after_kill(path: Path, known: list[str], session: _Session, report: Report) -> list[str]:
    """Look whether a killed process's log is as it must be; return its events."""
    acknowledged = [*known, *session.appended]
    report.left += _left_behind(path)
    if not acknowledged and not (path / "log.json").is_file():
        return []
    try:
        found = _read(path)
        # By turns the check repairs what the kill left, and the next writer clears it away.
        _check(path, len(found), report, repair=report.kills % 2 == 0)
        if _read(path) != found:
            report.lost.append(f"{path.name}: a check has changed the events")
    except (AutotuneError, OSError, ValueError) as error:
        report.unreadable.append(f"{path.name}, killed {session.phase}: {error}")
        return acknowledged
    if found[: len(acknowledged)] != acknowledged:
        report.lost.append(
            f"{path.name}, killed {session.phase}: {len(found)} events, {len(acknowledged)} "
            "acknowledged, and they are not the first of them"
        )
    more = found[len(acknowledged) :]
    if more and more != session.underway:
        report.failed.append(f"{path.name}, killed {session.phase}: part of an append is there")
    if session.phase == NOT_WRITTEN and more:
        session.phase = WRITTEN
    return found


def _run_log(
    context: Any, path: Path, number: int, kills: int, rng: np.random.Generator, report: Report
) -> None:
    """Run one study until it is whole, with at most so many kills, and verify it."""
    acknowledged, ended = context.RawValue("q", 0), context.RawValue("b", 0)
    receiver, teller = context.Pipe(duplex=False)
    reader = context.Process(target=_run_reader, args=(str(path), teller, acknowledged, ended))
    reader.start()
    teller.close()
    known: list[str] = []
    report.logs += 1
    while True:
        wide = number % 2 == 1 and len(known) > 3 * _WIDER_FROM
        session = _Session(context, path, number, acknowledged, wide=wide)
        report.sessions += 1
        killed = session.wait_and_kill(_Kill.draw(rng) if kills > 0 else None)
        report.acknowledged += len(session.appended)
        if not killed:
            if session.process.exitcode != 0 or session.phase != CLOSED:
                report.failed.append(f"{path.name}: a process failed {session.phase}")
                break
            known += session.appended
            break
        if kills == 0:
            report.failed.append(f"{path.name}: a process hung {session.phase}")
            break
        kills -= 1
        report.kills += 1
        known = _look_after_kill(path, known, session, report)
        report.phases[session.phase] += 1
    ended.value = 1
    try:
        said = json.loads(receiver.recv_bytes()) if receiver.poll(_PATIENCE) else None
    except EOFError:
        said = None
    if said is None:
        report.failed.append(f"{path.name}: the reader failed or hung")
        reader.kill()
    else:
        report.looks += said["looks"]
        report.failed += said["wrong"]
        if said["seen"] != known[: len(said["seen"])]:
            report.failed.append(f"{path.name}: a reader saw events that are not in the log")
    reader.join()
    receiver.close()
    _verify(path, known, report)


def _verify(path: Path, known: list[str], report: Report) -> None:
    try:
        found = _read(path)
        if found != known:
            report.lost.append(f"{path.name}: at the end it holds other events than were appended")
        _check(path, len(known), report, repair=False)
        with threadpool_limits(1):
            verification = verify(path)
    except (AutotuneError, OSError, ValueError) as error:
        report.unreadable.append(f"{path.name}: {error}")
        return
    if verification.passed:
        report.verified += 1
    else:
        report.failed.append(f"{path.name}: {verification}")


def campaign(
    kills: int, seed: int, folder: Path, say: Callable[[str], None] = lambda _: None
) -> Report:
    """Kill running studies.

    Parameters
    ----------
    kills : int
        How often.
    seed : int
        Of the moments.
    folder : Path
        Where the logs go.
    say : callable
        Told how far it is.

    Returns
    -------
    Report
        What came of it.
    """
    # The server has imported everything once; a process forked from it starts at once.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", __name__])
    rng = np.random.default_rng(seed)
    report = Report()
    while report.kills < kills and len(report.failed) + len(report.unreadable) < 20:
        left = kills - report.kills
        _run_log(context, folder / f"log-{report.logs:04d}", report.logs, left, rng, report)
        say(f"{report.kills} of {kills} kills, {report.logs} logs, {report.acknowledged} events")
    return report


def _as_table(report: Report) -> Table:
    table = Table(title=f"{report.kills} kills")
    table.add_column("what the process was doing")
    table.add_column("kills", justify="right")
    for phase in PHASES:
        table.add_row(phase, str(report.phases[phase]))
    table.add_section()
    for what, n in sorted(report.left.items()):
        table.add_row(f"left behind: {what}", str(n))
    return table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``crash``."""
    parser.add_argument("--kills", type=count, default=500, help="kills (%(default)s)")
    parser.add_argument("--seed", type=whole, default=0, help="of their moments (%(default)s)")
    parser.add_argument("--dir", type=Path, help="where to write logs (a temporary directory)")
    parser.add_argument("--out", type=Path, help="write the report as JSON to a file")


def main(arguments: argparse.Namespace) -> int:
    """Kill, print the report, and return 0 if nothing was lost."""
    messages = Console(stderr=True)
    if arguments.out is not None and not arguments.out.parent.is_dir():
        messages.print(f"--out {arguments.out}: there is no such directory; make it first")
        return 2
    about = machine()
    begin = monotonic()
    with tempfile.TemporaryDirectory(dir=arguments.dir) as folder, messages.status("") as status:
        about["file system"] = file_system(Path(folder))
        report = campaign(arguments.kills, arguments.seed, Path(folder), status.update)
    seconds = monotonic() - begin
    if arguments.out is not None:
        said = {"benchmark": "crash", "seed": arguments.seed, "seconds": round(seconds, 1)}
        said |= {"machine": about, **report.as_dict()}
        arguments.out.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    console = Console()
    console.print(_as_table(report))
    trouble = [*report.lost, *report.unreadable, *report.failed]
    for line in trouble[:20]:
        console.print(f"[red]{line}[/]", highlight=False)
    console.print(
        f"{report.acknowledged:,} events acknowledged, {len(report.lost)} logs lost any; "
        f"{len(report.unreadable)} unreadable; {report.verified} of {report.logs} logs verified; "
        f"{report.looks:,} readings while written; {len(report.failed)} other failures; "
        f"{report.checks} integrity checks, {report.repaired} with repairs; "
        f"{seconds:.0f} s",
        highlight=False,
    )
    console.print(", ".join(f"{name} {value}" for name, value in about.items()), highlight=False)
    return 0 if report.passed else 1
