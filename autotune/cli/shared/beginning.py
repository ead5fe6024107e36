"""Beginning a study, or going on with it when a command is given again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from autotune.cli.digits import free_directory
from autotune.cli.shared.options import (
    count,
    jobs_option,
    json_option,
    seconds,
    time_budget_option,
    whole_number,
)
from autotune.cli.shared.output import NOT_SO, counted, say
from autotune.cli.shared.running import conclude
from autotune.errors import LogError
from autotune.execution import Execution
from autotune.log import is_log
from autotune.report.document import plain_data
from autotune.strategy import Strategy
from autotune.strategy.defaults import recipe, recipe_names, trials_within
from autotune.study.failures import commonest, told
from autotune.study.formatting import clean
from autotune.tuner import TuneResult

__all__ = [
    "check_save",
    "execution_of",
    "failures_allowed",
    "finish",
    "going_on",
    "log_directory",
    "named_strategy",
    "parallel_options",
    "strategy_words",
    "study_options",
    "tell_failures",
    "trials_of",
]


def strategy_words() -> str:
    """Return the names of all recipes, for a command's description."""
    names = recipe_names()
    return f"strategies: {', '.join(names[:5])},\n            {', '.join(names[5:])}"


def study_options(parser: argparse.ArgumentParser, *, space_required: bool = True) -> None:
    """Add the options of a study."""
    parser.add_argument(
        "--space",
        metavar="FILE",
        type=Path,
        required=space_required,
        help="a TOML or JSON file with the search space (autotune space --help), or a log",
    )
    parser.add_argument(
        "--log",
        metavar="DIR",
        type=Path,
        help="directory of the log; a study that is in it goes on (default: a new directory here)",
    )
    parser.add_argument(
        "--n-trials",
        metavar="N",
        type=count,
        help="trials in the study when it ends, with those it has (default: 100, or with "
        "--time-budget as many as there is time for)",
    )
    time_budget_option(parser)
    parser.add_argument("--strategy", metavar="NAME", help="a recipe (default: default)")
    parser.add_argument(
        "--seed", metavar="S", type=whole_number, help="seed of the search (default: 0)"
    )
    parser.add_argument(
        "--save", metavar="FILE", type=Path, help="write the best configuration there, as JSON"
    )
    parser.add_argument("--quiet", action="store_true", help="show the result only, no progress")
    json_option(parser)


def parallel_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of how trials are evaluated."""
    group = parser.add_argument_group("several at once")
    jobs_option(group)
    mode = group.add_mutually_exclusive_group()
    mode.add_argument(
        "--batch-size",
        metavar="N",
        type=_batch_size,
        default="auto",
        help="trials proposed from one state, and judged in order; with a number the log does not "
        "depend on --jobs (default: auto, enough to keep all busy)",
    )
    mode.add_argument(
        "--asynchronous",
        action="store_true",
        help="propose a trial whenever a job has nothing to do, instead of in batches",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        help="an evaluation that takes longer is ended, and its trial has failed",
    )

    parser.add_argument(
        "--max-identical-failures",
        metavar="N",
        type=whole_number,
        default=5,
        help="end when so many trials failed in the same way and none has succeeded; 0 to go on "
        "whatever fails (default: 5)",
    )


def failures_allowed(arguments: argparse.Namespace) -> int | None:
    """Return how many trials may fail in the same way before any has succeeded."""
    return arguments.max_identical_failures or None


def execution_of(arguments: argparse.Namespace) -> Execution:
    """Return how trials are evaluated."""
    return Execution(
        n_jobs=arguments.jobs,
        batch_size=arguments.batch_size,
        asynchronous=arguments.asynchronous,
        timeout=arguments.timeout,
    )


def _batch_size(text: str) -> int | str:
    return "auto" if text == "auto" else count(text)


def trials_of(arguments: argparse.Namespace) -> int | None:
    """Return the number of trials that the study shall have; None for no limit."""
    given: int | None = arguments.n_trials
    return trials_within("auto" if given is None else given, arguments.time_budget)


def named_strategy(name: str | None) -> Strategy | None:
    """Return the strategy of a recipe that the user named."""
    return None if name is None else recipe(name)


def check_save(path: Path | None, option: str = "--save") -> None:
    """Check, before a long run, that its result can be written.

    Raises
    ------
    LogError
        If there is no such directory.
    """
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise LogError(f"{option} {path} must be a file in a directory that exists")


def log_directory(path: Path | None, stem: str) -> Path:
    """Return the directory of the log: the one named, or a new one called after the stem."""
    return free_directory(Path(), stem) if path is None else path


def going_on(path: Path, console: Console) -> None:
    """Say that a study goes on, if there is one."""
    if is_log(path):
        say(console, f"Going on with the study in {path}.")


def finish(
    result: TuneResult,
    log: Path,
    arguments: argparse.Namespace,
    console: Console,
    *,
    command: str,
) -> int:
    """Tell what a run came to, save it if asked to, and return the exit code."""
    if arguments.save is not None and result.best is not None:
        _save(result.best, arguments.save)
    again = (command, *arguments.words[1:])
    if arguments.log is None:
        again += ("--log", str(log))
    code = conclude(result, log, again, console, json=arguments.json, picture=False)
    tell_failures(result, console)
    if arguments.save is not None and result.best is not None:
        say(console, f"best configuration: {arguments.save}")
    return NOT_SO if result.best is None and not result.interrupted else code


def _save(configuration: Mapping[str, Any], path: Path) -> None:
    text = json.dumps(plain_data(configuration), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def tell_failures(result: TuneResult, console: Console) -> None:
    """Say how many trials failed, if any did, and of what most of them."""
    failures = result.study.failures()
    if len(failures) == 0:
        return
    failure, n = commonest(failures.values())
    say(console)
    say(
        console,
        f"{counted(len(failures), 'trial')} of {result.study.n_judged} failed; {n} of them by "
        f"{clean(told(failure))}",
    )
