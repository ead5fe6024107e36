"""Strategies against each other and against the field: runs that become a report.

Every contestant searches every problem of a suite with every seed. Each run is an event log in an
archive below --out; runs that are there already are not run again, so an interrupted command goes
on where it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
from attrs import frozen
from rich.console import Console

from autotune.errors import AutotuneError
from autotune_benchmarks.contestants.contestant import all_entrants, chosen_entrants
from autotune_benchmarks.options import count
from autotune_benchmarks.problems.suites import SUITES
from autotune_benchmarks.protocol.runner import Plan, run_plan

__all__ = ["add_arguments", "main"]


@frozen
class _Usual:
    """What is run where nothing is said."""

    trials: int
    seeds: int
    contestants: tuple[str, ...] | None


_USUAL = _Usual(100, 20, None)
_SMOKE = _Usual(
    20,
    2,
    (
        "default",
        "autotune_2018",
        "discounted",
        "random_walk",
        "random",
        "random-2x",
        "optuna-tpe",
        "flaml-cfo",
        "hyperopt-tpe",
        "cma-es",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``run``."""
    parser.add_argument("suite", choices=SUITES, help=f"{', '.join(SUITES)}", metavar="SUITE")
    parser.add_argument("--budget", type=count, help="trials (100; smoke: 20)")
    parser.add_argument(
        "--seconds", type=float, help="a budget beside it: recorded seconds and the tuner's own"
    )
    parser.add_argument("--seeds", type=count, help="of each problem (20; smoke: 2)")
    parser.add_argument(
        "--seeds-of",
        action="append",
        default=[],
        metavar="NAME=N",
        help="fewer for a slow contestant, such as smac3=5; may be given several times",
    )
    parser.add_argument(
        "--contestants",
        metavar="NAMES",
        help="with commas: recipes, peers, or single ones such as default,optuna-tpe (all)",
    )
    parser.add_argument(
        "--problems", metavar="NAMES", help="only these of the suite, with commas (all)"
    )
    parser.add_argument("--out", type=Path, required=True, help="the directory of results")
    parser.add_argument(
        "--jobs", type=count, default=joblib.cpu_count(), help="processes (%(default)s)"
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="of a Dask scheduler whose workers are used instead"
    )
    parser.add_argument("--list", action="store_true", help="name the contestants, run nothing")


def main(arguments: argparse.Namespace) -> int:
    """Run what is asked for; return 0 if all runs were completed."""
    console = Console(stderr=True)
    if arguments.list:
        for entrant in all_entrants():
            why = entrant.missing()
            print(f"{entrant.name}: {entrant.version() if why is None else why}")
        return 0
    usual = _SMOKE if arguments.suite == "smoke" else _USUAL
    try:
        plan = Plan(
            arguments.suite,
            _problems(arguments.suite, arguments.problems),
            chosen_entrants(_names(arguments.contestants) or usual.contestants),
            arguments.seeds or usual.seeds,
            arguments.budget or usual.trials,
            arguments.seconds,
            dict(_seeds_of(each) for each in arguments.seeds_of),
        )
    except ValueError as error:
        console.print(str(error), highlight=False, markup=False)
        return 2
    for name, why in plan.missing().items():
        console.print(f"missing: {name}: {why}", highlight=False, markup=False)
    runs = plan.runs()
    console.print(
        f"{len({run.contestant for run in runs})} contestants on {len(plan.problems)} problems: "
        f"{len(runs):,} runs of {plan.trials} trials",
        highlight=False,
    )
    try:
        results, failures = run_plan(
            plan, arguments.out, jobs=arguments.jobs, dask=arguments.dask, console=console
        )
    except AutotuneError as error:
        console.print(str(error), highlight=False, markup=False)
        return 1
    for failure in failures:
        console.print(f"failed: {failure.run.name}: {failure.words}", highlight=False, markup=False)
    done = len(runs) - len(failures)
    console.print(
        f"{done:,} runs are in {results.path}; next: autotune-bench report {results.path}",
        highlight=False,
    )
    return 1 if failures else 0


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def _problems(suite: str, text: str | None) -> tuple[str, ...]:
    names = _names(text)
    if names is None:
        return SUITES[suite]
    unknown = [name for name in names if name not in SUITES[suite]]
    if unknown:
        raise ValueError(
            f"problem {unknown[0]!r} is not in the suite {suite}: {', '.join(SUITES[suite])}"
        )
    return tuple(names)


def _seeds_of(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not number.isdecimal():
        raise ValueError(f"--seeds-of {text!r} must be a contestant and a number, as in smac3=5")
    return name, int(number)
