"""What autotune itself costs: reducing, appending, opening and asking, beside Optuna."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any

import attrs
from attrs import frozen
from rich.console import Console
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autotune.log import open_log
from autotune.strategy import Strategy, ask
from autotune.strategy.state import SearchState
from autotune.study import Event, Study, reduce, replay
from autotune_benchmarks.machine import file_system, machine
from autotune_benchmarks.options import count
from autotune_benchmarks.overhead import optuna_work
from autotune_benchmarks.overhead.figures import Figure, tell
from autotune_benchmarks.overhead.measure import (
    bytes_in,
    median_seconds,
    openings,
    quiet,
    seconds_of,
)
from autotune_benchmarks.overhead.workload import made_up_events
from autotune_strategies import Constant, recipes
from autotune_strategies.recipes import autotune_2018

__all__ = ["Sizes", "add_arguments", "main", "measure"]

_GROUP = 32
_ASK_AT = (10, 100, 1000, 10_000)
_RECIPES_AT = (100, 1000)


@frozen
class Sizes:
    """How much is measured.

    Parameters
    ----------
    trials : int
        Trials of the log that is folded and opened.
    appends : int
        Events appended one at a time; ten times as many in groups.
    repeats : int
        Repetitions whose median is taken.
    ask_at : tuple of int
        Numbers of trials at which ``ask`` is measured.
    asks : int
        Different asks measured at each.
    peer_asks : int
        The same for the peer, which takes longer.
    recipes_at : tuple of int
        Numbers of trials, rising, at which ``ask`` of every recipe is measured.
    recipe_asks : int
        Different asks measured at each.
    """

    trials: int = 100_000
    appends: int = 3000
    repeats: int = 5
    ask_at: tuple[int, ...] = _ASK_AT
    asks: int = 40
    peer_asks: int = 10
    recipes_at: tuple[int, ...] = _RECIPES_AT
    recipe_asks: int = 20

    @classmethod
    def quick(cls, trials: int) -> Sizes:
        """Return sizes for a look that takes seconds; too small for the targets to mean much."""
        return cls(min(trials, 5000), 300, 3, (10, 100, 1000), 10, 3, recipe_asks=5)


@frozen
class Peer:
    """Optuna, if it is there and wanted.

    Parameters
    ----------
    absent : str, optional
        Why it is not measured.
    """

    absent: str | None

    def measure(self, work: Callable[[], float]) -> float | str:
        """Return what the work gives, or why it was not done."""
        return work() if self.absent is None else self.absent


def measure(sizes: Sizes, folder: Path, peer: Peer, say: Callable[[str], None]) -> list[Figure]:
    """Measure everything.

    Parameters
    ----------
    sizes : Sizes
        How much.
    folder : Path
        An empty directory for logs.
    peer : Peer
        Whether Optuna is measured too.
    say : callable
        Told what is being done.
    """
    strategy = autotune_2018()
    say(f"making up {sizes.trials:,} trials")
    events = list(made_up_events(strategy, sizes.trials))
    return [
        *reduce_figures(events, sizes, folder, say),
        *append_figures(events, sizes, folder, peer, say),
        *open_figures(sizes, folder, peer, say),
        *ask_figures(strategy, events, sizes, peer, say),
        *recipe_figures(events, sizes, say),
    ]


def reduce_figures(
    events: list[Event], sizes: Sizes, folder: Path, say: Callable[[str], None]
) -> list[Figure]:
    """Measure folding; leaves the log ``folder / "log"`` with all events."""
    say("reducing")
    singly = median_seconds(lambda: reduce(events), sizes.repeats)
    _append(folder / "log", events, 4096)
    with open_log(folder / "log", mode="r") as log:
        columns = median_seconds(lambda: replay(log.batches()), sizes.repeats)
    n = len(events)
    return [
        Figure(
            "reduce",
            "one event at a time",
            "events/s",
            n / singly,
            "more",
            target=200_000,
            note=f"autotune.study.reduce over {n:,} events in memory, median of {sizes.repeats}",
        ),
        Figure(
            "reduce",
            "as columns",
            "events/s",
            n / columns,
            "more",
            note="replay(log.batches()) of a DirectoryLog: reading the files is part of it",
        ),
    ]


def _append(path: Path, events: list[Event], group: int) -> float:
    """Append events to a new log, the first (the study's start) unmeasured; return the seconds."""
    with open_log(path, mode="x") as log:
        log.append(events[:1])
        groups = [events[i : i + group] for i in range(1, len(events), group)]
        with quiet():
            begin = perf_counter()
            for each in groups:
                log.append(each)
            return perf_counter() - begin


def _syncs_per_second(path: Path, n: int) -> float:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:

        def work() -> None:
            for _ in range(n):
                os.write(descriptor, b"x" * 200)
                os.fsync(descriptor)

        return n / seconds_of(work)
    finally:
        os.close(descriptor)


def append_figures(
    events: list[Event], sizes: Sizes, folder: Path, peer: Peer, say: Callable[[str], None]
) -> list[Figure]:
    """Measure durable appends."""
    say("appending")
    few, many = events[: sizes.appends + 1], events[: 10 * sizes.appends + 1]
    repeats = range(3)
    syncs = median(_syncs_per_second(folder / f"syncs-{i}", sizes.appends) for i in repeats)
    single = median((len(few) - 1) / _append(folder / f"single-{i}", few, 1) for i in repeats)
    group = median((len(many) - 1) / _append(folder / f"group-{i}", many, _GROUP) for i in repeats)
    trials = sizes.appends // 3
    say("appending with the peer")
    live = peer.measure(
        lambda: median(
            optuna_work.live_trials_per_second(folder / f"live-{i}.journal", trials)
            for i in repeats
        )
    )
    ready = peer.measure(
        lambda: median(
            optuna_work.ready_trials_per_second(folder / f"ready-{i}.journal", trials)
            for i in repeats
        )
    )
    return [
        Figure(
            "append",
            "bare write and fsync",
            "/s",
            syncs,
            "more",
            note=f"200 bytes to a file on {file_system(folder)}: the limit of single appends",
        ),
        Figure("append", "one event, durable", "events/s", single, "more"),
        Figure(
            "append",
            f"groups of {_GROUP} events, durable",
            "events/s",
            group,
            "more",
            target=1000,
            note="one write and one fsync for each group; sealing into parts is included",
        ),
        Figure(
            "append",
            "trials of a running study",
            "trials/s",
            single / 3,
            "more",
            live,
            note="autotune: 3 events, each synced; Optuna: 8 journal records (create, 6 "
            "parameters, finish), each under a lock and synced",
        ),
        Figure(
            "append",
            "finished trials",
            "trials/s",
            group / 3,
            "more",
            ready,
            note=f"autotune: groups of {_GROUP} events; Optuna: study.add_trial, one synced record",
        ),
    ]


def open_figures(
    sizes: Sizes, folder: Path, peer: Peer, say: Callable[[str], None]
) -> list[Figure]:
    """Measure opening the log that ``reduce_figures`` left, and the peer's of the same trials."""
    log, journal = folder / "log", folder / "log.journal"
    target = sizes.trials == 100_000
    say("opening")
    seconds = _opening("study", log, sizes)
    peer_bytes = peer.measure(lambda: _journal_megabytes(journal, sizes.trials, say))
    say("opening with the peer")
    peer_seconds = peer.measure(lambda: _opening("journal", journal, sizes))
    name = f"{sizes.trials:,} trials"
    return [
        Figure(
            "open",
            f"{name} to a Study",
            "s",
            seconds,
            "less",
            peer_seconds,
            2.0 if target else None,
            f"each in a fresh process, files in the cache, imports not counted, median of "
            f"{sizes.repeats}; Optuna: JournalStorage, load_study, all trials",
        ),
        Figure(
            "open",
            f"{name} on disk",
            "MB",
            bytes_in(log) / 1e6,
            "less",
            peer_bytes,
            25.0 if target else None,
            "Optuna: the records that a running study writes",
        ),
    ]


def _opening(what: str, path: Path, sizes: Sizes) -> float:
    return median(each["seconds"] for each in openings(what, path, sizes.trials, sizes.repeats))


def _journal_megabytes(path: Path, trials: int, say: Callable[[str], None]) -> float:
    say(f"writing the peer's journal of {trials:,} trials")
    optuna_work.write_journal(path, trials)
    return bytes_in(path) / 1e6


def ask_figures(
    strategy: Strategy,
    events: list[Event],
    sizes: Sizes,
    peer: Peer,
    say: Callable[[str], None],
) -> list[Figure]:
    """Measure ``ask`` of ``autotune_2018`` at different numbers of trials."""
    exploiting = attrs.evolve(strategy, exploration=Constant(0.0))
    figures = []
    exploit: dict[int, float] = {}
    for n in sizes.ask_at:
        if 3 * n >= len(events):
            continue
        say(f"asking at {n:,} trials")
        study = reduce(events[: 1 + 3 * n])
        exploit[n] = median(_ask_seconds(exploiting, study, sizes.asks))
        mixed = mean(_ask_seconds(strategy, study, sizes.asks))
        tpe = peer.measure(lambda n=n: 1e3 * optuna_work.seconds_per_ask(n, sizes.peer_asks))  # type: ignore[misc]
        target = 5.0 if n == 100 else None
        figures += [
            Figure(
                "ask",
                f"exploiting, {n:,} trials",
                "ms",
                1e3 * exploit[n],
                "less",
                tpe,
                target,
                f"25 draws compared; median of {sizes.asks} seeds. Optuna: TPE, in memory, ask and "
                f"6 suggestions, median of {sizes.peer_asks}",
            ),
            Figure(
                "ask",
                f"as it comes, {n:,} trials",
                "ms",
                1e3 * mixed,
                "less",
                tpe,
                target,
                f"exploring at the recipe's own rate; mean over {sizes.asks} seeds",
            ),
        ]
    if 100 in exploit and 10_000 in exploit:
        figures.append(
            Figure(
                "ask",
                "growth from 100 to 10,000 trials",
                "times",
                exploit[10_000] / exploit[100],
                "less",
                target=100,
                note="exploiting; 100 times would be linear",
            )
        )
    return figures


def recipe_figures(events: list[Event], sizes: Sizes, say: Callable[[str], None]) -> list[Figure]:
    """Measure ``ask`` of every recipe, on the same trials.

    The events are folded once by each recipe, so that parts that learn from them know what they
    would know in a running study.
    """
    figures = []
    for name in recipes.__all__:
        say(f"asking {name}")
        strategy: Strategy = getattr(recipes, name)()
        if strategy.n_candidates > 1:  # comparing candidates takes longer
            strategy = attrs.evolve(strategy, exploration=Constant(0.0))
        current = SearchState.initial(strategy)
        folded, folding = 0, 0.0
        seconds: dict[int, float] = {}
        with threadpool_limits(1):
            for n in sizes.recipes_at:
                upto = 1 + 3 * n
                if upto > len(events):
                    continue
                begin = perf_counter()
                current = current.reduce(events[folded:upto])
                folding += perf_counter() - begin
                folded = upto
                asked = _ask_seconds(strategy, current.study, sizes.recipe_asks, current.state)
                seconds[n] = median(asked)
        for n, took in seconds.items():
            figures.append(
                Figure(
                    "ask by recipe",
                    f"{name}, {n:,} trials",
                    "ms",
                    1e3 * took,
                    "less",
                    target=25.0 if (name, n) == ("default", 100) else None,
                )
            )
        if len(seconds) > 1:
            few, many = min(seconds), max(seconds)
            figures.append(
                Figure(
                    "ask by recipe",
                    f"{name}, folding a trial, mean of {many:,}",
                    "ms",
                    1e3 * folding / many,
                    "less",
                    note="its three events; a Gaussian process learns here, not in ask"
                    if name == "default"
                    else "",
                )
            )
            figures.append(
                Figure(
                    "ask by recipe",
                    f"{name}, growth from {few:,} to {many:,}",
                    "times",
                    seconds[many] / seconds[few],
                    "less",
                    target=many / few,
                    note="6 parameters; exploiting, where candidates are compared; median of "
                    f"{sizes.recipe_asks} seeds, one thread"
                    if name == "default"
                    else "",
                )
            )
    return figures


def _ask_seconds(
    strategy: Strategy, study: Study, seeds: int, state: tuple[Any, ...] | None = None
) -> list[float]:
    """Return the seconds of an ask for each of several seeds, the median of three tries each."""
    state = strategy.init() if state is None else state
    found = []
    with quiet():  # once: collecting garbage takes many times as long as an ask
        for seed in range(seeds):
            seeded = attrs.evolve(study, started=attrs.evolve(study.begun, seed=seed))
            ask(strategy, state, seeded, at=0)
            tries = []
            for _ in range(3):
                begin = perf_counter()
                ask(strategy, state, seeded, at=0)
                tries.append(perf_counter() - begin)
            found.append(median(tries))
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``overhead``."""
    parser.add_argument(
        "--trials", type=count, default=100_000, help="trials of the log (%(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="a look, in seconds")
    parser.add_argument("--no-peers", action="store_true", help="leave Optuna out")
    parser.add_argument("--dir", type=Path, help="where to write logs (a temporary directory)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> int:
    """Measure, print the report, and return the exit code."""
    sizes = Sizes.quick(arguments.trials) if arguments.quick else Sizes(arguments.trials)
    if arguments.no_peers:
        peer = Peer("left out")
    else:
        peer = Peer(None if optuna_work.available() else optuna_work.MISSING)
    found = machine()  # before the measuring itself is a load
    messages = Console(stderr=True)
    with tempfile.TemporaryDirectory(dir=arguments.dir) as folder, messages.status("") as status:
        figures = measure(sizes, Path(folder), peer, status.update)
        found["file system"] = file_system(Path(folder))
    tell("overhead", "Overhead", figures, found, as_json=arguments.json)
    return 0
