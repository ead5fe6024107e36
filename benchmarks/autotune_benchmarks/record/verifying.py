"""Short benchmark runs written as logs, and every decision in them derived again, bit for bit.

The runs are those of the other benchmarks: recipes on recorded tables, as they are, with layers, or
cross-validated. Logs are verified by other processes than those that made them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

import joblib
from attrs import frozen
from rich.console import Console
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autotune.errors import MissingExtraError
from autotune.log import Archive, MemoryLog
from autotune.replay import Verifications, verify_many
from autotune.strategy.defaults import with_budget
from autotune.study import Event
from autotune_benchmarks.contestants.search import search_by_strategy
from autotune_benchmarks.machine import machine
from autotune_benchmarks.options import count, whole
from autotune_benchmarks.problems.layered_table import LayeredTable
from autotune_benchmarks.problems.problem import Problem
from autotune_benchmarks.problems.recorded_tables import TABLES, load_table
from autotune_strategies import recipes

__all__ = ["Short", "add_arguments", "main", "shorts", "write_logs"]

_SHOWN = 10
_LEAST, _MOST = 20, 30


@frozen
class Short:
    """A short run.

    Parameters
    ----------
    recipe, table : str
        What searches, and where.
    seed : int
        The number of the run.
    trials : int
        Its length.
    kind : {"plain", "layers", "folds"}
        Whether the table is searched as it is, with a sequence of layers, or cross-validated.
    """

    recipe: str
    table: str
    seed: int
    trials: int
    kind: str

    @property
    def name(self) -> str:
        """What its log is called in the archive of all."""
        return f"{self.recipe}/{self.table.replace('/', '-')}-{self.kind}/{self.seed:04d}"


def shorts(n: int, first_seed: int = 0, tables: Sequence[str] = TABLES) -> list[Short]:
    """Return the first n short runs: all recipes on all tables with one seed, then the next.

    Parameters
    ----------
    n : int
        How many.
    first_seed : int
        The seed to begin with.
    tables : sequence of str
        Names of recorded tables.

    Examples
    --------
    >>> [short.trials for short in shorts(3)]
    [20, 21, 22]
    """
    pairs = list(product(tables, recipes.__all__))
    found = []
    for i in range(n):
        table, recipe = pairs[i % len(pairs)]
        seed = first_seed + i // len(pairs)
        trials = _LEAST + (first_seed * len(pairs) + i) % (_MOST - _LEAST + 1)
        kind = ("plain", "layers", "folds")[seed % 3]
        if kind == "layers" and not table.startswith("hpobench/"):
            kind = "plain"
        if recipe == "racing":  # makes sense with folds only
            kind = "folds"
        found.append(Short(recipe, table, seed, trials, kind))
    return found


def _run(wanted: Sequence[Short]) -> dict[str, list[Event]]:
    found = {}
    with threadpool_limits(1):
        for short in wanted:
            recorded = load_table(short.table)
            problem: Problem = LayeredTable(recorded) if short.kind == "layers" else recorded
            strategy = with_budget(getattr(recipes, short.recipe)(), short.trials)
            found[short.name] = search_by_strategy(
                problem, strategy, short.seed, folds=short.kind == "folds", timer=lambda: 0.0
            )
    return found


def write_logs(wanted: Sequence[Short], archive: Archive, jobs: int = 1) -> int:
    """Run what has no log yet; return how many were run.

    Parameters
    ----------
    wanted : sequence of Short
        Which.
    archive : Archive
        Where the logs are kept.
    jobs : int
        Processes.
    """
    missing = [short for short in wanted if short.name not in archive]
    by_table: dict[str, list[Short]] = {}
    for short in missing:
        by_table.setdefault(short.table, []).append(short)
    # Some batches of each table, for tables take long to load and runs are not of one length.
    batches = [runs[i::4] for runs in by_table.values() for i in range(4) if len(runs[i::4]) > 0]
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")
    for found in parallel(joblib.delayed(_run)(batch) for batch in batches):
        archive.add({name: MemoryLog(events) for name, events in found.items()})
    return len(missing)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``verify``."""
    parser.add_argument("--logs", type=count, default=1000, help="how many (%(default)s)")
    parser.add_argument("--first-seed", type=whole, default=0, help="of the runs (%(default)s)")
    parser.add_argument(
        "--tables", nargs="+", default=TABLES, choices=TABLES, metavar="TABLE", help="(all)"
    )
    parser.add_argument("--jobs", type=count, default=joblib.cpu_count(), help="(%(default)s)")
    parser.add_argument(
        "--out",
        type=Path,
        help="the archive to keep the logs in; those that are there are verified as they are",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> int:
    """Make and verify the logs, print the report, and return 0 if all are as they must be."""
    about = machine()
    messages = Console(stderr=True)
    wanted = shorts(arguments.logs, arguments.first_seed, arguments.tables)
    place = tempfile.TemporaryDirectory() if arguments.out is None else nullcontext(arguments.out)
    with place as name, messages.status("") as status:
        archive = Archive(name)
        status.update(f"making {len(wanted)} logs")
        begin = perf_counter()
        try:
            made = write_logs(wanted, archive, arguments.jobs)
        except MissingExtraError as error:
            messages.print(str(error), highlight=False)
            return 1
        making = perf_counter() - begin
        status.update(f"verifying {len(wanted)} logs")
        begin = perf_counter()
        found = verify_many([archive.path / short.name for short in wanted], n_jobs=arguments.jobs)
        seconds = perf_counter() - begin
    report = _report(wanted, found, made, making, seconds, arguments.jobs)
    if arguments.json:
        print(json.dumps({"benchmark": "verify", "machine": about, **report}, indent=2))
        return 0 if found.passed else 1
    console = Console()
    console.print(
        f"{report['verified']} of {report['logs']} logs verified bit for bit: "
        f"{report['proposals']:,} proposals, {report['verdicts']:,} verdicts and "
        f"{report['stops']:,} stops from {report['events']:,} events",
        highlight=False,
    )
    console.print(
        f"{made} logs made in {making:.1f} s; verified in {seconds:.1f} s on {arguments.jobs} "
        f"processes, {report['milliseconds']:.0f} ms of a process for each log",
        highlight=False,
    )
    for difference in report["differences"]:
        console.print(f"[red]{difference}[/]", highlight=False)
    console.print(", ".join(f"{key} {value}" for key, value in about.items()), highlight=False)
    return 0 if found.passed else 1


def _report(
    wanted: Sequence[Short],
    found: Verifications,
    made: int,
    making: float,
    seconds: float,
    jobs: int,
) -> dict[str, Any]:
    each = list(zip(wanted, found.found, strict=True))
    differences = [f"{short.name}: {v}" for short, v in each if not v.passed]
    return {
        "logs": len(each),
        "verified": len(each) - len(differences),
        "made": made,
        "seconds_making": making,
        "seconds": seconds,
        "jobs": jobs,
        "milliseconds": 1e3 * seconds * jobs / len(each),
        "events": sum(v.n_events for v in found.found),
        "proposals": sum(v.n_proposals for v in found.found),
        "verdicts": sum(v.n_verdicts for v in found.found),
        "stops": sum(v.n_stops for v in found.found),
        "differences": differences[:_SHOWN],
    }
