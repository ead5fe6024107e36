"""``autotune fork``: another study with the past of one."""

from __future__ import annotations

import argparse
from pathlib import Path

from autotune.cli.shared.moments import moment_of, moment_options
from autotune.cli.shared.options import json_option, log_argument
from autotune.cli.shared.output import OK, command_line, console_for, counted, print_json, say
from autotune.cli.shared.studies import check_begun
from autotune.errors import LogError
from autotune.log import open_log
from autotune.replay import fork, state_at
from autotune.report.budget import budget_of, time_budget_of
from autotune.report.document import study_document
from autotune.strategy.defaults import recipe, recipe_names, with_budget
from autotune.study import Study

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = f"""\
Begin another study with the past of one, up to an event, and let it go its own way: with
another strategy, or told other results. Both logs stand for themselves; the new one names
where it comes from. A recipe keeps the trials and seconds at which the study was to end.

strategies: {", ".join(recipe_names()[:5])},
            {", ".join(recipe_names()[5:])}"""

EXAMPLES = """\
examples:
  autotune fork autotune-demo --to again
  autotune fork autotune-demo --to walk --trial 12 --strategy random_walk
  autotune fork autotune-demo --to early --at 40
  autotune resume walk"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    log_argument(parser)
    parser.add_argument(
        "--to", metavar="DIR", type=Path, required=True, help="a new directory for the new log"
    )
    moment_options(parser, "keep the past up to and with")
    parser.add_argument(
        "--strategy",
        metavar="NAME",
        help="a recipe, which decides from here on (default: as in the log)",
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    path: Path = arguments.log
    to: Path = arguments.to
    name: str | None = arguments.strategy
    strategy = None if name is None else recipe(name)
    _check_free(to)
    with open_log(path, mode="r") as log:
        check_begun(log, path)
        seq = moment_of(log, arguments)
        seq = len(log) - 1 if seq is None else seq
        before = state_at(log, seq)
        if strategy is not None:
            strategy = with_budget(
                strategy, budget_of(before.strategy), time_budget_of(before.strategy)
            )
        with fork(log, seq, strategy=strategy, to=str(to)) as forked:
            study = state_at(forked)
    is_demo = _mark_as_source(path, to, study)
    if arguments.json:
        source = {"log": str(path), "study_id": before.begun.study_id, "seq": seq}
        document = study_document(study)
        print_json({"log": str(to), "forked_from": source, "recipe": name, **document})
        return OK
    console = console_for(json=False)
    decides = "" if name is None else f"; from here on {name} decides"
    trials = counted(study.n_trials, "trial")
    say(console, f"forked {path} after event {seq}, with {trials}, to {to}{decides}")
    say(console)
    say(console, "next:")
    again: tuple[object, ...] = () if is_demo else ("--objective", "module:function")
    say(console, f"  {command_line('resume', to, *again)}")
    return OK


def _check_free(to: Path) -> None:
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise LogError(f"--to {to} is there already; name a new directory")


def _mark_as_source(path: Path, to: Path, study: Study) -> bool:
    """Let a fork of the demo be resumed as the demo is."""
    from autotune.cli import digits

    if digits.marked_objective(path, study.known_space) is None:
        return False
    digits.mark(to)
    return True
