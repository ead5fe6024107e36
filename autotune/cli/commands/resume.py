"""``autotune resume``: go on with a study."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from autotune.cli.shared.beginning import (
    execution_of,
    failures_allowed,
    parallel_options,
    tell_failures,
)
from autotune.cli.shared.imported import imported
from autotune.cli.shared.options import count, json_option, log_argument, time_budget_option
from autotune.cli.shared.output import NOT_SO, OK, command_line, console_for, say
from autotune.cli.shared.running import conclude, more_of, print_run, watched
from autotune.cli.shared.studies import replayed
from autotune.clock import SystemClock
from autotune.errors import ComponentError, EvaluationError, SpaceError, StudyError
from autotune.log import open_log
from autotune.objective import CommandObjective, Objective, as_objective, runs_folds
from autotune.report.budget import budget_of
from autotune.space.dimensions import Label
from autotune.study import Study
from autotune.study.formatting import clean
from autotune.tuner import Tuner

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Go on with the study in a log, where it stopped: a trial that was running comes first.
A log of the demo needs nothing else. For any other, name the function that was tuned,
which is imported from the current directory, or the command."""

EXAMPLES = """\
examples:
  autotune resume autotune-demo
  autotune resume autotune-demo --n-trials 200
  autotune resume runs/mine --objective my_module:my_function"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    log_argument(parser, words="directory of a log")
    parser.add_argument(
        "--objective",
        metavar="MODULE:FUNCTION",
        help="the function that was tuned: takes a dict of parameter values, returns a score, or "
        "(score, seconds)",
    )
    parser.add_argument("--command", metavar="LINE", help="the command that was tuned, instead")
    parser.add_argument(
        "--n-folds",
        metavar="K",
        type=count,
        help="how many scores it returns at once (default: 1; as in the log if it yields them, or "
        "is told which folds to run)",
    )
    parser.add_argument(
        "--n-trials",
        metavar="N",
        type=count,
        help="trials in the study when it ends, with those it has (default: as the log says)",
    )
    time_budget_option(parser, "as the log says")
    parallel_options(parser)
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    path: Path = arguments.log
    console = console_for(json=arguments.json)
    if arguments.objective is not None and arguments.command is not None:
        raise EvaluationError("give --objective or --command; one of them")
    given = None if arguments.objective is None else _imported(arguments.objective)
    with open_log(path, mode="r") as log:
        study = replayed(log, path)
    budget = budget_of(study.strategy)
    wanted: int | None = arguments.n_trials
    seconds: float | None = arguments.time_budget
    if _complete(study, wanted, seconds):
        return _nothing_to_do(study, path, console, json=arguments.json)
    if arguments.command is not None:
        given = _command(arguments, study)
    objective, is_demo = _objective(given, path, study, arguments.n_folds)
    if objective.n_folds != study.begun.n_folds:
        raise EvaluationError(
            f"{path} is a study of {study.begun.n_folds} folds, but the objective has "
            f"{objective.n_folds}; resume it with the objective it was begun with (and --n-folds, "
            "if that returns all scores at once), or from Python with StepSearchCV(..., log=...)"
        )
    with open_log(path, mode="a") as log:
        try:
            tuner = Tuner.resume(log, n_trials=wanted, time_budget=seconds)
        except ComponentError as error:
            raise ComponentError(
                f"{path}: {error}; from Python: autotune.Tuner.resume(log, strategy=...)"
            ) from error
        total = budget if wanted is None else wanted
        shown = None if total is None else total + tuner.study.n_prior
        of = "" if shown is None else f" of {shown}"
        say(console, f"Resuming {path} after {study.n_judged}{of} trials; Ctrl-C ends it early.")
        execution = execution_of(arguments)
        result = watched(
            tuner,
            objective,
            console,
            shown,
            quiet=False,
            execution=execution,
            max_identical_failures=failures_allowed(arguments),
        )
    again: tuple[object, ...] = ("resume", path)
    if arguments.command is not None:
        again += ("--command", arguments.command)
    elif not is_demo:
        again += ("--objective", arguments.objective)
    if arguments.n_folds is not None:
        again += ("--n-folds", arguments.n_folds)
    code = conclude(result, path, again, console, json=arguments.json, picture=is_demo)
    tell_failures(result, console)
    return NOT_SO if result.best is None and not result.interrupted else code


def _complete(study: Study, wanted: int | None, seconds: float | None) -> bool:
    if study.pending:
        return False
    if wanted is None and seconds is None:
        return study.stopped is not None
    if wanted is not None and study.n_trials - study.n_prior >= wanted:
        return True
    return seconds is not None and study.seconds >= seconds


def _nothing_to_do(study: Study, path: Path, console: Console, *, json: bool) -> int:
    done = study.n_trials - study.n_prior
    why = f"{done} trials done" if study.stopped is None else clean(study.stopped.words)
    say(console, f"{path} is complete: {why}")
    say(console, f"to go on: {command_line(*more_of(study, ('resume', path)))}")
    if json:
        print_run(study, path, None, interrupted=False)
    return OK


def _objective(given: Any, path: Path, study: Study, n_folds: int | None) -> tuple[Objective, bool]:
    """Return the objective that the user named, or else the demo's if the log is marked so."""
    if given is None:
        from autotune.cli import digits

        marked = digits.marked_objective(path, study.known_space)
        if marked is None:
            raise StudyError(
                f"{path} does not say what was tuned; name it with --objective module:function, or "
                "resume from Python: autotune.Tuner.resume(log).run(objective), or "
                "StepSearchCV(..., log=...) with the same arguments as before"
            )
        return marked, True
    for name in study.known_space:
        if _only_labels(study.known_space[name]):
            raise SpaceError(
                f"the choices of {name!r} are objects that only your code has; resume from Python: "
                "autotune.Tuner.resume(log, space=...).run(objective)"
            )
    began = study.begun
    if n_folds is None and not isinstance(given, Objective) and runs_folds(given):
        n_folds = began.n_folds
    return as_objective(given, SystemClock(), n_folds=n_folds, metric=began.metric), False


def _command(arguments: argparse.Namespace, study: Study) -> CommandObjective:
    line, began = arguments.command, study.begun
    n_folds: int | None = arguments.n_folds
    if n_folds is None:
        n_folds = began.n_folds if "{folds}" in line else 1
    return CommandObjective(line, n_folds=n_folds, metric=began.metric)


def _only_labels(dimension: Any) -> bool:
    choices = [getattr(dimension, "value", None), *getattr(dimension, "options", ())]
    return any(isinstance(choice, Label) for choice in choices)


def _imported(name: str) -> Any:
    """Return the function that the user named, as ``module:function``."""
    found = imported(name, "--objective", "module:function, such as my_module:my_function")
    if not callable(found) and not isinstance(found, Objective):
        raise EvaluationError(
            f"--objective {name!r} is of type {type(found).__name__}; name a function of a "
            "configuration"
        )
    return found
