"""``autotune backtest``: how well anticipators would have predicted what a log records."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from autotune.cli.shared.options import json_option, log_argument
from autotune.cli.shared.output import OK, console_for, print_json, print_rows, say
from autotune.cli.shared.studies import check_begun
from autotune.log import open_log
from autotune.replay import Backtest, backtest
from autotune.strategy.defaults import anticipator, anticipator_names

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = f"""\
Predict each trial of a log from the events before it, by anticipators with their
parameters as they are by default, and rank them. No model is fitted anew.

anticipators: {", ".join(anticipator_names())}

skill: 1 less the ratio of squared errors to those of the mean until then; 0 is no better.
within 50 %, 95 %: the share of outcomes inside intervals that claim this."""

EXAMPLES = """\
examples:
  autotune backtest autotune-demo
  autotune backtest autotune-demo --target seconds
  autotune backtest autotune-demo --anticipator Ridge GaussianProcess --json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    log_argument(parser)
    parser.add_argument(
        "--anticipator", metavar="NAME", nargs="+", help="which to rank (default: all)"
    )
    parser.add_argument(
        "--target",
        choices=("score", "seconds"),
        default="score",
        help="what to predict (default: score)",
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    path: Path = arguments.log
    names: list[str] = list(dict.fromkeys(arguments.anticipator or anticipator_names()))
    made = [anticipator(name, target=arguments.target) for name in names]
    with open_log(path, mode="r") as log:
        check_begun(log, path)
        events = list(log.events())
    found = {
        name: backtest(events, each, target=arguments.target)
        for name, each in zip(names, made, strict=True)
    }
    ranked = dict(sorted(found.items(), key=lambda item: _rank(item[1])))
    if arguments.json:
        print_json(
            {
                "log": str(path),
                "target": arguments.target,
                "anticipators": [
                    {"anticipator": name, **each.as_dict()} for name, each in ranked.items()
                ],
            }
        )
        return OK
    console = console_for(json=False)
    say(console, f"{arguments.target} of each trial, predicted from the events before it:")
    say(console)
    columns = ["anticipator", "trials", "rmse", "skill", "rank correlation", "in 50 %", "in 95 %"]
    print_rows(
        console,
        columns,
        [
            [
                name,
                len(each.trials),
                *(_number(value) for value in (each.rmse, each.skill, each.rank_correlation)),
                *(_number(each.coverage[level]) for level in (0.5, 0.95)),
            ]
            for name, each in ranked.items()
        ],
        right=columns[1:],
    )
    return OK


def _rank(found: Backtest) -> float:
    return math.inf if math.isnan(found.rmse) else found.rmse


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3g}"
