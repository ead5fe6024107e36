"""``autotune demo``: a real search on bundled data."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autotune.cli import digits
from autotune.cli.shared.options import count, json_option, time_budget_option, whole_number
from autotune.cli.shared.output import command_line, console_for, say
from autotune.cli.shared.running import conclude, watched
from autotune.errors import LogError
from autotune.log import Log, is_log, open_log
from autotune.tuner import Tuner

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Tune a neural network on scikit-learn's handwritten digits, by 3-fold cross-validation,
starting from poor settings. Shows its progress, the accepted steps, a chart of score and
fit time, and where the log is. Ctrl-C ends it with what there is; resume goes on."""

EXAMPLES = """\
examples:
  autotune demo
  autotune demo --log runs/digits --seed 7
  autotune demo --n-trials 30 --json > found.json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "--log",
        metavar="DIR",
        type=Path,
        help="a new directory for the log (default: autotune-demo here, or the next free "
        "autotune-demo-2, ...)",
    )
    parser.add_argument(
        "--n-trials",
        metavar="N",
        type=count,
        default=digits.N_TRIALS,
        help=f"how many trials to do (default: {digits.N_TRIALS})",
    )
    time_budget_option(parser)
    parser.add_argument(
        "--seed", metavar="S", type=whole_number, default=0, help="seed of the search (default: 0)"
    )
    parser.add_argument("--quiet", action="store_true", help="show the result only, no progress")
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    console = console_for(json=arguments.json)
    n_trials: int = arguments.n_trials
    objective = digits.Digits.load()
    log = _new_log(arguments.log, digits.free_directory)
    with (
        log,
        Tuner(
            digits.SPACE,
            log=log,
            metric=digits.METRIC,
            n_folds=digits.N_FOLDS,
            n_trials=n_trials,
            time_budget=arguments.time_budget,
            seed=arguments.seed,
        ) as tuner,
    ):
        path = _path_of(log)
        digits.mark(path)
        if not arguments.quiet:
            say(
                console,
                f"Tuning a neural network on scikit-learn's digits: {n_trials} trials of "
                f"{digits.N_FOLDS} folds; Ctrl-C ends it early.",
            )
        result = watched(tuner, objective, console, n_trials, quiet=arguments.quiet)
    return conclude(result, path, ("resume", path), console, json=arguments.json, picture=True)


def _new_log(path: Path | None, free: Callable[[Path], Path]) -> Log:
    if path is None:
        return open_log(free(Path()), mode="x")
    if is_log(path):
        raise LogError(
            f"{path} holds a log already; go on with it by {command_line('resume', path)}, or "
            "choose another directory"
        )
    return open_log(path, mode="x")


def _path_of(log: Any) -> Path:
    return Path(log.path)
