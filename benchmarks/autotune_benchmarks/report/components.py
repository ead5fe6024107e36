"""What each component is worth: swapped into a base recipe, on recorded tables, seeds paired.

The regret shown is that of the incumbent's noise-free score: 0 for the best configuration of the
table, 1 for the median one. Differences to the base are over the same tables and seeds, with a 95 %
bootstrap interval over seeds. Components that make no sense in the base recipe are swapped into
another base, named above them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any, TypeAlias

import joblib
from attrs import frozen
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autotune.errors import MissingExtraError
from autotune.strategy import describe
from autotune_benchmarks.contestants.variants import (
    BASE,
    BASES,
    Contestant,
    contestants,
    recipe_contestants,
)
from autotune_benchmarks.machine import machine
from autotune_benchmarks.options import count, whole
from autotune_benchmarks.problems.recorded_tables import TABLES, load_table
from autotune_benchmarks.protocol.campaign import (
    Failed,
    Record,
    by_contestant,
    campaign,
    problem_of,
    read_records,
    unfinished,
)
from autotune_benchmarks.protocol.runs import checkpoints, run
from autotune_benchmarks.statistics.intervals import Interval, bootstrap_mean, mean_over_tables
from autotune_strategies import recipes

__all__ = ["Row", "add_arguments", "as_markdown", "as_table", "main", "summarise"]

Runs: TypeAlias = Mapping[tuple[str, int], Record]

_WIDTH = 165


@frozen
class Row:
    """What a contestant came to.

    Parameters
    ----------
    group, label : str
        Which.
    against : str
        The name of the contestant it is compared with.
    runs : int
        How many, over tables and seeds.
    at : tuple of int
        Numbers of trials.
    regret : tuple of float
        The mean regret after each.
    difference : tuple of Interval, optional
        Of the regret, from that of the contestant it is compared with; below 0 is better. None for
        the base itself.
    n_trials, n_evaluations, fit_seconds : float
        Means of a run.
    own_milliseconds : float
        What a trial costs beside its evaluation, in the mean.
    """

    group: str
    label: str
    against: str
    runs: int
    at: tuple[int, ...]
    regret: tuple[float, ...]
    difference: tuple[Interval, ...] | None
    n_trials: float
    n_evaluations: float
    fit_seconds: float
    own_milliseconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        shown: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("group", "label", "against", "runs", "n_trials", "n_evaluations")
        }
        shown["regret"] = dict(zip(map(str, self.at), self.regret, strict=True))
        shown["difference"] = None
        if self.difference is not None:
            shown["difference"] = {
                str(at): {"mean": each.mean, "low": each.low, "high": each.high}
                for at, each in zip(self.at, self.difference, strict=True)
            }
        shown["fit_seconds"] = self.fit_seconds
        shown["own_milliseconds"] = self.own_milliseconds
        return shown


def summarise(chosen: Sequence[Contestant], records: Sequence[Record]) -> list[Row]:
    """Return a row for each contestant that has runs.

    Parameters
    ----------
    chosen : sequence of Contestant
        In the order wanted.
    records : sequence of Record
        Their runs. Where a run failed, its pair is left out of the comparison.
    """
    runs = by_contestant(records)
    return [
        _row(contestant, runs[contestant.name], runs.get(contestant.against))
        for contestant in chosen
        if contestant.name in runs
    ]


def _row(contestant: Contestant, own: Runs, others: Runs | None) -> Row:
    records = list(own.values())
    at = records[0].at
    difference = None
    if others is not None and contestant.against != contestant.name:
        pairs = [key for key in own if key in others]
        if pairs:
            difference = tuple(
                bootstrap_mean(
                    _by_table((t, own[t, s].regret[i] - others[t, s].regret[i]) for t, s in pairs)
                )
                for i in range(len(at))
            )
    return Row(
        group=contestant.group,
        label=contestant.label,
        against=contestant.against,
        runs=len(records),
        at=at,
        regret=tuple(
            mean_over_tables(_by_table((r.table, r.regret[i]) for r in records))
            for i in range(len(at))
        ),
        difference=difference,
        n_trials=mean(r.n_trials for r in records),
        n_evaluations=mean(r.n_evaluations for r in records),
        fit_seconds=mean(r.fit_seconds for r in records),
        own_milliseconds=1e3 * mean(r.own_seconds for r in records),
    )


def _by_table(pairs: Any) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for table, value in pairs:
        found.setdefault(table, []).append(value)
    return found


def as_table(title: str, rows: Sequence[Row], at: Sequence[int]) -> Table:
    """Return the rows as a table for people, in groups."""
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("\n", no_wrap=True)
    for n in at:
        table.add_column(f"regret\nat {n}", justify="right", no_wrap=True)
    for n in at:
        table.add_column(f"less the base's\nat {n}", justify="right", no_wrap=True)
    for heading in ("\ntrials", "recorded\nseconds", "own ms\na trial"):
        table.add_column(heading, justify="right", no_wrap=True)
    group = ("", "")
    for row in rows:
        if (row.group, row.against) != group:
            group = row.group, row.against
            table.add_section()
            if row.label:
                against = "" if row.against == BASE else f", against {row.against}"
                table.add_row(f"[bold]{row.group}{against}[/]")
        differences = [""] * len(at)
        if row.difference is not None:
            differences = [_shown(each) for each in row.difference]
        table.add_row(
            f"  {escape(row.label)}" if row.label else f"[bold]{row.group}[/]",
            *(f"{regret:.3f}" for regret in row.regret),
            *differences,
            f"{row.n_trials:.0f}",
            f"{row.fit_seconds:,.0f}",
            f"{row.own_milliseconds:.1f}",
        )
    return table


def _shown(found: Interval) -> str:
    mean_, low, high = (
        f"{number:+.3f}".replace("0.", ".") for number in (found.mean, found.low, found.high)
    )
    words = f"{mean_} ({low} {high})"
    if not found.clear:
        return f"[dim]{words}[/]"
    return f"[green]{words}[/]" if found.mean < 0 else f"[red]{words}[/]"


def as_markdown(rows: Sequence[Row], at: Sequence[int]) -> str:
    """Return the rows as Markdown, a table for each group.

    Parameters
    ----------
    rows : sequence of Row
        In the order wanted.
    at : sequence of int
        Numbers of trials.
    """
    columns = [f"regret at {n}" for n in at] + [f"difference at {n}" for n in at]
    head = [
        f"| | {' | '.join(columns)} | trials | own ms a trial |",
        "|---" + "|---:" * (len(columns) + 2) + "|",
    ]
    lines: list[str] = []
    group = ("", "")
    for row in rows:
        if (row.group, row.against) != group:
            group = row.group, row.against
            title = row.group[0].upper() + row.group[1:]
            against = "" if row.difference is None else f", against *{row.against}*"
            lines += ["", f"**{title}**{against}", "", *head]
        differences = [""] * len(at)
        if row.difference is not None:
            differences = [_marked(each) for each in row.difference]
        cells = [
            row.label or row.group,
            *(f"{regret:.3f}" for regret in row.regret),
            *differences,
            f"{row.n_trials:.0f}",
            f"{row.own_milliseconds:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines[1:])


def _marked(found: Interval) -> str:
    words = f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return f"**{words}**" if found.clear else words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``components``."""
    parser.add_argument(
        "--recipes",
        action="store_true",
        help="compare the recipes with random search, in place of components with a base",
    )
    parser.add_argument(
        "--base",
        default="default",
        choices=recipes.__all__,
        help="the recipe that components are swapped into (%(default)s)",
    )
    parser.add_argument(
        "--tables",
        nargs="+",
        metavar="PATTERN",
        help="tables such as hpobench/car, or patterns (hpobench; all 15 with --recipes)",
    )
    parser.add_argument("--seeds", type=count, default=10, help="runs on each table (%(default)s)")
    parser.add_argument(
        "--first-seed", type=whole, default=0, help="the first of them (%(default)s)"
    )
    parser.add_argument("--trials", type=count, default=100, help="of each run (%(default)s)")
    parser.add_argument(
        "--only", default="*", metavar="PATTERN", help="rows such as 'warps' or 'moves/*'"
    )
    parser.add_argument("--jobs", type=count, help="runs at a time (one for each core)")
    parser.add_argument(
        "--out", type=Path, help="a Parquet file of runs; those in it are not run again"
    )
    parser.add_argument("--list", action="store_true", help="name the rows, and run nothing")
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print JSON")
    printed.add_argument("--markdown", action="store_true", help="print Markdown tables")


def main(arguments: argparse.Namespace) -> int:
    """Run what is asked for, print the report, and return the exit code."""
    messages = Console(stderr=True)
    if arguments.recipes:
        chosen = recipe_contestants(arguments.only)
    else:
        chosen = contestants(getattr(recipes, arguments.base)(), arguments.only)
    if arguments.list:
        for contestant in chosen:
            print(contestant.name)
        return 0
    tables = _tables(arguments.tables or (["*"] if arguments.recipes else ["hpobench"]))
    if len(chosen) < 2 or not tables:
        what = f"--only {arguments.only}" if tables else f"--tables {' '.join(arguments.tables)}"
        messages.print(f"{what} matches nothing; see --list, and the tables {', '.join(TABLES)}")
        return 2
    try:
        load_table(tables[0])
    except MissingExtraError as error:
        messages.print(str(error))
        return 1
    if arguments.out is not None and not arguments.out.parent.is_dir():
        messages.print(f"--out {arguments.out}: there is no such directory; make it first")
        return 2
    found = machine()  # before the searching itself is a load
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    jobs = joblib.cpu_count() if arguments.jobs is None else arguments.jobs
    _say_what_comes(chosen, tables, list(seeds), arguments, jobs, messages)
    records, failures = campaign(
        chosen,
        tables,
        list(seeds),
        arguments.trials,
        jobs=jobs,
        out=arguments.out,
        console=messages,
    )
    _report(summarise(chosen, records), failures, tables, arguments, chosen, found)
    return 1 if failures else 0


def _say_what_comes(
    chosen: Sequence[Contestant],
    tables: Sequence[str],
    seeds: Sequence[int],
    arguments: argparse.Namespace,
    jobs: int,
    console: Console,
) -> None:
    """Say how many runs are to come and how long they may take, by a run of each base or recipe."""
    records = [] if arguments.out is None else read_records(arguments.out)
    kept = {record.name: record for record in records}
    left = unfinished(chosen, tables, seeds, arguments.trials, kept)
    runs = sum(len(batch) for _, _, _, batch, _ in left)
    wanted = sum(
        len(batch) for *_, batch, _ in unfinished(chosen, tables, seeds, arguments.trials, {})
    )
    seconds = 0.0
    of_a_run: dict[str, float] = {}
    with threadpool_limits(1):
        for contestant, _, table, batch, trials in left:
            like = contestant.name if arguments.recipes else contestant.against
            if like not in of_a_run:
                probe = next(each for each in chosen if each.name == like)
                problem = problem_of(probe, table)
                begin = perf_counter()
                run(problem, probe.strategy, batch[0], trials, folds=probe.folds)
                of_a_run[like] = perf_counter() - begin
            seconds += len(batch) * of_a_run[like]
    console.print(
        f"{len(chosen)} strategies on {len(tables)} tables with {len(seeds)} seeds: {wanted:,} "
        f"runs of {arguments.trials} trials, {wanted - runs:,} of them there already; about "
        f"{seconds / jobs / 60:.1f} minutes on {jobs} processes"
        + ("" if arguments.recipes else ", if all cost what their bases do"),
        highlight=False,
    )


def _tables(patterns: Sequence[str]) -> list[str]:
    return [
        name
        for name in TABLES
        if any(fnmatchcase(name, p) or name.startswith(f"{p}/") for p in patterns)
    ]


def _report(
    rows: list[Row],
    failures: list[Failed],
    tables: list[str],
    arguments: argparse.Namespace,
    chosen: Sequence[Contestant],
    found: dict[str, str],
) -> None:
    if arguments.json:
        report = {
            "benchmark": "recipes" if arguments.recipes else "components",
            "bases": {c.name: describe(c.strategy) for c in chosen if c.against == c.name},
            "tables": tables,
            "seeds": [arguments.first_seed, arguments.first_seed + arguments.seeds - 1],
            "trials": arguments.trials,
            "machine": found,
            "rows": [row.as_dict() for row in rows],
            "failures": [
                {"contestant": f.contestant, "table": f.table, "seed": f.seed, "words": f.words}
                for f in failures
            ],
        }
        print(json.dumps(report, indent=2))
        return
    if arguments.markdown:
        print(as_markdown(rows, checkpoints(arguments.trials)))
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)  # a file has room
    what = "Recipes, against random search" if arguments.recipes else "Components"
    title = f"{what}: normalised regret, mean over {len(tables)} tables and {arguments.seeds} seeds"
    console.print(as_table(title, rows, checkpoints(arguments.trials)))
    if not arguments.recipes:
        for row in rows:
            if row.against == row.group:
                console.print(f"{row.group}: {BASES[row.group].words}", highlight=False)
    for failure in failures:
        console.print(
            f"failed: {failure.contestant} on {failure.table}, seed {failure.seed}: "
            f"{failure.words}",
            markup=False,
            highlight=False,
        )
    console.print(f"tables: {', '.join(tables)}", highlight=False)
    console.print(", ".join(f"{k} {v}" for k, v in found.items()), highlight=False)
