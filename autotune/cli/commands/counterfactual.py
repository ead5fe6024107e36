"""``autotune counterfactual``: what another strategy would have proposed."""

from __future__ import annotations

import argparse
from pathlib import Path

from autotune.cli.shared.options import json_option, log_argument
from autotune.cli.shared.output import OK, console_for, print_json, print_rows, say
from autotune.cli.shared.studies import check_begun
from autotune.log import open_log
from autotune.replay import Divergence, counterfactual
from autotune.strategy.defaults import recipe, recipe_names
from autotune.study.formatting import format_value

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = f"""\
Ask another strategy, at each state that was recorded, what it would have proposed there
and whether it would have accepted what was tried. Nothing is evaluated, and nothing said
of what would have come of it.

strategies: {", ".join(recipe_names()[:5])},
            {", ".join(recipe_names()[5:])}"""

EXAMPLES = """\
examples:
  autotune counterfactual autotune-demo --strategy random_walk
  autotune counterfactual autotune-demo --strategy autotune_2018 --all"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    log_argument(parser)
    parser.add_argument("--strategy", metavar="NAME", required=True, help="a recipe")
    parser.add_argument("--all", action="store_true", help="list all trials")
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    path: Path = arguments.log
    strategy = recipe(arguments.strategy)
    with open_log(path, mode="r") as log:
        check_begun(log, path)
        found = counterfactual(log, strategy)
    if arguments.json:
        print_json(
            {
                "log": str(path),
                "strategy": arguments.strategy,
                "n_proposals": len(found.divergences),
                "same_proposals": found.same_proposals,
                "same_verdicts": found.same_verdicts,
                "mean_distance": found.mean_distance,
                "stops_at": found.stops_at,
                "trials": found.divergences,
            }
        )
        return OK
    console = console_for(json=False)
    if len(found.divergences) == 0:
        say(console, "no strategy proposed a trial of this log; all were given")
        return OK
    say(console, f"{arguments.strategy}: {found}")
    if arguments.all:
        say(console)
        print_rows(
            console,
            ["trial", "distance", "accepted", "it would", "it would have tried"],
            [
                [
                    each.trial,
                    f"{each.distance:.3f}",
                    _yes(accepted=each.accepted),
                    _yes(accepted=each.would_accept),
                    _proposed(each),
                ]
                for each in found.divergences
            ],
            right=("trial", "distance"),
        )
    return OK


def _yes(*, accepted: bool | None) -> str:
    return "" if accepted is None else "yes" if accepted else "no"


def _proposed(each: Divergence) -> str:
    if each.distance == 0:
        return "the same"
    return ", ".join(f"{name} {format_value(value)}" for name, value in each.proposed.items())
