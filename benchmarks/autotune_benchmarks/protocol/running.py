"""Strategies against each other, against the field, and against themselves with a part swapped.

Every contestant searches every problem of a suite with every seed. Each run is an event log in an
archive below --out; runs that are there already are not run again, so an interrupted command goes
on where it was. Without --out nothing is kept, and the figures are shown. The suite components
swaps every component into a base recipe.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
from attrs import evolve, frozen
from rich.console import Console

from autotune.errors import AutotuneError
from autotune_benchmarks.contestants.chosen import all_contestants, chosen_contestants
from autotune_benchmarks.contestants.contestant import Contestant
from autotune_benchmarks.options import count, whole
from autotune_benchmarks.problems.suites import SUITES
from autotune_benchmarks.protocol.runner import Plan, Results, run_plan
from autotune_strategies import recipes

__all__ = ["add_arguments", "main"]


@frozen
class _Usual:
    """What is run where nothing is said."""

    trials: int = 100
    seeds: int = 20
    contestants: tuple[str, ...] = ("recipes", "peers")


_SMOKE = (
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
)
_USUAL = {
    "smoke": _Usual(20, 2, _SMOKE),
    "components": _Usual(seeds=10, contestants=("components",)),
    "recipes": _Usual(seeds=10, contestants=("recipes",)),
    "failing": _Usual(trials=40),
}
_YARDSTICK = "random_search"  # what the suite recipes compares with


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``run``."""
    parser.add_argument("suite", choices=SUITES, help=f"{', '.join(SUITES)}", metavar="SUITE")
    parser.add_argument("--budget", type=count, help="trials (100; smoke: 20; failing: 40)")
    parser.add_argument(
        "--seconds", type=float, help="a budget beside it: recorded seconds and the tuner's own"
    )
    parser.add_argument(
        "--seeds", type=count, help="of each problem (20; components, recipes: 10; smoke: 2)"
    )
    parser.add_argument(
        "--first-seed", type=whole, default=0, help="the first of them (%(default)s)"
    )
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
        help="with commas: recipes, peers, components, a group of these such as warps, a pattern "
        "such as 'pickers/by*', or single ones such as default,optuna-tpe (recipes and peers; "
        "components or recipes in the suites of these names)",
    )
    parser.add_argument(
        "--base",
        default="default",
        choices=recipes.__all__,
        help="the recipe that components are swapped into (%(default)s)",
    )
    parser.add_argument(
        "--problems", metavar="NAMES", help="only these of the suite, with commas (all)"
    )
    parser.add_argument("--out", type=Path, help="the directory of results (none is kept)")
    parser.add_argument(
        "--jobs", type=count, default=joblib.cpu_count(), help="processes (%(default)s)"
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="of a Dask scheduler whose workers are used instead"
    )
    parser.add_argument("--list", action="store_true", help="name the contestants, run nothing")


def main(
    arguments: argparse.Namespace, show: Callable[[Plan, Results], None] = lambda *_: None
) -> int:
    """Run what is asked for; return 0 if all runs were completed.

    Parameters
    ----------
    arguments : Namespace
        The options.
    show : callable
        Shows the figures where no results are kept.
    """
    console = Console(stderr=True)
    usual = _USUAL.get(arguments.suite, _Usual())
    names = _names(arguments.contestants)
    if arguments.list:
        for each in all_contestants(arguments.base):
            if names is None or each in chosen_contestants(names, arguments.base):
                why = each.missing()
                print(f"{each.name}: {each.version() if why is None else why}")
        return 0
    try:
        plan = Plan(
            arguments.suite,
            _problems(arguments.suite, arguments.problems),
            _contestants(arguments.suite, names or usual.contestants, arguments.base),
            arguments.seeds or usual.seeds,
            arguments.budget or usual.trials,
            arguments.seconds,
            dict(_seeds_of(each) for each in arguments.seeds_of),
            arguments.first_seed,
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
    place = TemporaryDirectory() if arguments.out is None else nullcontext(arguments.out)
    try:
        with place as out:
            results, failures = run_plan(
                plan, Path(out), jobs=arguments.jobs, dask=arguments.dask, console=console
            )
    except AutotuneError as error:
        console.print(str(error), highlight=False, markup=False)
        return 1
    for failure in failures:
        console.print(f"failed: {failure.run.name}: {failure.words}", highlight=False, markup=False)
    done = len(runs) - len(failures)
    if arguments.out is None:
        show(plan, results)
    else:
        console.print(
            f"{done:,} runs are in {results.path}; next: autotune-bench report {results.path}",
            highlight=False,
        )
    return 1 if failures else 0


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(n.strip() for n in text.split(",") if n.strip())


def _contestants(suite: str, names: tuple[str, ...], base: str) -> tuple[Contestant, ...]:
    if suite != "recipes":
        return chosen_contestants(names, base)
    found = chosen_contestants((*names, _YARDSTICK), base)
    ordered = sorted(found, key=lambda each: each.name != _YARDSTICK)
    return tuple(evolve(each, group="recipes", against=_YARDSTICK) for each in ordered)


def _problems(suite: str, text: str | None) -> tuple[str, ...]:
    names = _names(text)
    if names is None:
        return SUITES[suite]
    unknown = [name for name in names if name not in SUITES[suite]]
    if unknown:
        raise ValueError(
            f"problem {unknown[0]!r} is not in the suite {suite}: {', '.join(SUITES[suite])}"
        )
    return names


def _seeds_of(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not number.isdecimal():
        raise ValueError(f"--seeds-of {text!r} must be a contestant and a number, as in smac3=5")
    return name, int(number)
