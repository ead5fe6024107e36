"""``autotune run``: tune a function, or any program."""

from __future__ import annotations

import argparse
from pathlib import Path

from autotune.cli.shared.beginning import (
    check_save,
    execution_of,
    failures_allowed,
    finish,
    going_on,
    log_directory,
    named_strategy,
    parallel_options,
    strategy_words,
    study_options,
    trials_of,
)
from autotune.cli.shared.imported import imported
from autotune.cli.shared.options import count
from autotune.cli.shared.output import NOT_SO, console_for, say
from autotune.cli.shared.running import watched
from autotune.cli.shared.spaces import named_space
from autotune.clock import SystemClock
from autotune.errors import EvaluationError
from autotune.objective import CommandObjective, Objective, as_objective, check_space
from autotune.tuner import Tuner

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = f"""\
Tune a function, imported from the current directory, or a command. Given again with the
same log it goes on where it stopped.

The function takes a dict of parameter values and returns a score, (score, seconds), or a
dict of metrics; with --n-folds, a list of scores, or it yields them one by one.

In a command {{name}} is the value of a parameter. No shell runs it, unless --shell is given.
The parameters are in the environment as well, as AUTOTUNE_PARAM_NAME. The last line that it
prints is JSON: a score, a list of them, or an object with "score", "seconds", and other
metrics. An exit code other than 0 is a failed trial.

{strategy_words()}"""

EXAMPLES = """\
examples:
  autotune run train:objective --space space.toml --log runs/x --n-trials 100 --jobs 2
  autotune run --command "train.sh --lr {lr}" --space space.toml --log runs/x --timeout 600
  autotune run train:losses --space space.toml --direction minimize --metric loss"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "objective", metavar="MODULE:FUNCTION", nargs="?", help="the function to tune"
    )
    parser.add_argument("--command", metavar="LINE", help="the command to tune, instead")
    study_options(parser)
    parser.add_argument(
        "--direction",
        choices=("maximize", "minimize"),
        default="maximize",
        help="whether larger or smaller scores are better (default: maximize)",
    )
    parser.add_argument(
        "--metric",
        metavar="NAME",
        default="score",
        help="what the score is called, and which of several metrics it is (default: score)",
    )
    parser.add_argument(
        "--n-folds",
        metavar="K",
        type=count,
        help="how many scores there are of one configuration (default: 1)",
    )
    parallel_options(parser)
    parser.add_argument(
        "--fail-fast", action="store_true", help="end with the first trial that fails"
    )
    command = parser.add_argument_group("with --command")
    command.add_argument("--shell", action="store_true", help="have a shell run it; values quoted")
    command.add_argument(
        "--stdin", action="store_true", help="give it the parameters as JSON on standard input"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    console = console_for(json=arguments.json)
    check_save(arguments.save)
    space = named_space(arguments.space)
    strategy = named_strategy(arguments.strategy)
    objective = _objective(arguments)
    check_space(objective, space)
    n_trials = trials_of(arguments)
    path: Path = log_directory(arguments.log, "autotune-run")
    going_on(path, console)
    with Tuner(
        space,
        strategy=strategy,
        log=path,
        direction=arguments.direction,
        metric=arguments.metric,
        n_folds=objective.n_folds,
        n_trials=n_trials,
        time_budget=arguments.time_budget,
        seed=arguments.seed,
    ) as tuner:
        if not arguments.quiet:
            say(console, f"Tuning {_named(arguments)}; Ctrl-C ends it early.")
        shown = None if n_trials is None else n_trials + tuner.study.n_prior
        try:
            result = watched(
                tuner,
                objective,
                console,
                shown,
                quiet=arguments.quiet,
                execution=execution_of(arguments),
                on_error="raise" if arguments.fail_fast else "record",
                max_identical_failures=failures_allowed(arguments),
            )
        except Exception:  # whatever the objective raised
            if not arguments.fail_fast or not tuner.study.outcomes().failed.any():
                raise
            finish(tuner.result(), path, arguments, console, command="run")
            return NOT_SO
    return finish(result, path, arguments, console, command="run")


def _named(arguments: argparse.Namespace) -> str:
    return str(arguments.objective if arguments.command is None else arguments.command)


def _objective(arguments: argparse.Namespace) -> Objective:
    line: str | None = arguments.command
    if (line is None) == (arguments.objective is None):
        raise EvaluationError("name a function, MODULE:FUNCTION, or give --command; one of them")
    if line is not None:
        return CommandObjective(
            line,
            n_folds=arguments.n_folds or 1,
            metric=arguments.metric,
            shell=arguments.shell,
            stdin=arguments.stdin,
        )
    for option in ("shell", "stdin"):
        if getattr(arguments, option):
            raise EvaluationError(f"--{option} goes with --command")
    result = imported(arguments.objective, "objective", "MODULE:FUNCTION, such as train:objective")
    return as_objective(result, SystemClock(), n_folds=arguments.n_folds, metric=arguments.metric)
