"""Large logs: size, time to open and memory of a million events, and of many trials beside Optuna.

Each opening happens in a fresh process with the files in the system's cache; the best of several
counts, for what disturbs a measurement only ever adds to it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import frozen
from rich.console import Console

from autotune.log import open_log
from autotune.study import Event
from autotune_benchmarks.machine import file_system, machine
from autotune_benchmarks.options import count
from autotune_benchmarks.overhead import optuna_work
from autotune_benchmarks.overhead.figures import Figure, tell
from autotune_benchmarks.overhead.measure import bytes_in, openings
from autotune_benchmarks.overhead.workload import made_up_events
from autotune_strategies.recipes import autotune_2018

__all__ = ["Opening", "add_arguments", "main", "measure"]

_GROUP = 512
_EVENTS = 1_000_000
_TRIALS = 100_000


@frozen
class Opening:
    """The best of several openings.

    Parameters
    ----------
    seconds : float
        The least there were.
    peak : float
        The least peak of resident memory, in megabytes.
    imported : float
        What of that the libraries take.
    """

    seconds: float
    peak: float
    imported: float


def write_log(path: Path, events: Iterator[Event]) -> tuple[int, float]:
    """Append events in groups to a new log; return their number and the seconds of appending."""
    n, seconds = 0, 0.0
    with open_log(path, mode="x") as log:
        while group := list(islice(events, _GROUP)):
            begin = perf_counter()
            log.append(group)
            seconds += perf_counter() - begin
            n += len(group)
    return n, seconds


def opening(what: str, path: Path, trials: int, repeats: int) -> Opening:
    """Open a log or a peer's file several times, each in a fresh process."""
    found = openings(what, path, trials, repeats)
    return Opening(
        min(each["seconds"] for each in found),
        min(each["peak"] for each in found),
        min(each["imported"] for each in found),
    )


def large_figures(
    events: int, folder: Path, repeats: int, say: Callable[[str], None]
) -> list[Figure]:
    """Measure one log of so many events, or a few less: whole trials of three."""
    trials = max((events - 1) // 3, 1)
    path = folder / "large"
    say(f"appending {3 * trials + 1:,} events")
    n, seconds = write_log(path, made_up_events(autotune_2018(), trials))
    section = f"{n:,} events"
    judged = events == _EVENTS
    figures = [
        Figure(
            section,
            "appended",
            "events/s",
            n / seconds,
            "more",
            note=f"groups of {_GROUP}, each durable; sealing and merging included",
        ),
        Figure(section, "on disk", "MB", bytes_in(path) / 1e6, "less"),
    ]
    targets: dict[str, tuple[str, float | None]] = {
        "study": ("opened to a Study", 5.0),
        "tuner": ("opened to a Tuner that can ask", None),
        "table": ("opened to the table of trials", 5.0),
    }
    for what, (words, target) in targets.items():
        say(words)
        found = opening(what, path, trials, repeats)
        figures += [
            Figure(
                section,
                words,
                "s",
                found.seconds,
                "less",
                target=target if judged else None,
                note="open_log, then replay(log.batches())"
                if what == "study"
                else "Tuner.resume, with autotune_2018"
                if what == "tuner"
                else "",
            ),
            Figure(
                section,
                f"{words}: peak memory",
                "MB",
                found.peak,
                "less",
                target=1500.0 if judged and target is not None else None,
                note=f"resident; {found.imported:.0f} MB of it are there when all is imported",
            ),
        ]
    return figures


def beside_figures(
    trials: int, folder: Path, repeats: int, say: Callable[[str], None]
) -> list[Figure]:
    """Measure a log of so many trials beside Optuna's journal and SQLite file of the same."""
    path = folder / "log"
    say(f"appending {trials:,} trials")
    write_log(path, made_up_events(autotune_2018(), trials))
    say("opening")
    own, size = opening("study", path, trials, repeats), bytes_in(path)
    figures: list[Figure] = []
    writers: dict[str, tuple[str, Callable[[Path, int], None]]] = {
        "journal": ("JournalStorage(JournalFileBackend)", optuna_work.write_journal),
        "sqlite": ("RDBStorage with SQLite", optuna_work.write_sqlite),
    }
    for what, (words, write) in writers.items():
        file = folder / f"peer.{what}"
        say(f"writing the peer's {what}")
        write(file, trials)
        say(f"opening the peer's {what}")
        peer, peer_size = opening(what, file, trials, repeats), bytes_in(file)
        section = f"{trials:,} trials, {what}"
        judged = what == "journal" and trials == _TRIALS
        note = f"Optuna: {words}, load_study, all trials"
        figures += [
            Figure(section, "opened", "s", own.seconds, "less", peer.seconds, note=note),
            Figure(section, "on disk", "MB", size / 1e6, "less", peer_size / 1e6),
            Figure(section, "peak memory", "MB", own.peak, "less", peer.peak),
            Figure(
                section,
                "memory beyond the libraries",
                "MB",
                own.peak - own.imported,
                "less",
                peer.peak - peer.imported,
            ),
            Figure(
                section,
                "times faster opened",
                "times",
                peer.seconds / own.seconds,
                "more",
                target=10.0 if judged else None,
            ),
            Figure(
                section,
                "times smaller",
                "times",
                peer_size / size,
                "more",
                target=5.0 if judged else None,
            ),
        ]
    return figures


def measure(
    events: int,
    trials: int,
    folder: Path,
    *,
    repeats: int = 3,
    peers: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> list[Figure]:
    """Measure everything.

    Parameters
    ----------
    events : int
        Events of the large log.
    trials : int
        Trials of the log beside the peer's.
    folder : Path
        An empty directory.
    repeats : int
        Openings of which the best counts.
    peers : bool
        Whether Optuna is measured too.
    say : callable
        Told what is being done.
    """
    large = large_figures(events, folder, repeats, say)
    beside = beside_figures(trials, folder, repeats, say) if peers else []
    return list(chain(large, beside))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``scale``."""
    parser.add_argument(
        "--events", type=count, default=_EVENTS, help="events of the large log (%(default)s)"
    )
    parser.add_argument(
        "--trials", type=count, default=_TRIALS, help="trials beside Optuna's (%(default)s)"
    )
    parser.add_argument("--repeats", type=count, default=3, help="openings each (%(default)s)")
    parser.add_argument("--no-peers", action="store_true", help="leave Optuna out")
    parser.add_argument("--dir", type=Path, help="where to write logs (a temporary directory)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> int:
    """Measure, print the report, and return the exit code: 1 if a target is missed."""
    messages = Console(stderr=True)
    peers = not arguments.no_peers
    if peers and not optuna_work.available():
        messages.print(f"Optuna is {optuna_work.MISSING}", highlight=False)
        peers = False
    about: dict[str, Any] = machine()
    with tempfile.TemporaryDirectory(dir=arguments.dir) as name, messages.status("") as status:
        about["file system"] = file_system(Path(name))
        figures = measure(
            arguments.events,
            arguments.trials,
            Path(name),
            repeats=arguments.repeats,
            peers=peers,
            say=status.update,
        )
    code = 1 if any(figure.met is False for figure in figures) else 0
    title = f"Scale (best of {arguments.repeats})"
    tell("scale", title, figures, about, as_json=arguments.json)
    return code
