"""``autotune explain``: why a trial was proposed."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from autotune.cli.shared.options import count, json_option, log_argument
from autotune.cli.shared.output import OK, console_for, print_json, print_rows, say
from autotune.cli.shared.studies import check_begun
from autotune.errors import ComponentError
from autotune.log import open_log
from autotune.replay import Candidate, Explanation, explain
from autotune.report.document import plain_data
from autotune.study.formatting import aligned, clean, format_value

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Tell why a trial was proposed: how it came about, what was anticipated of each change, and
the candidates that were weighed beside it. All of it is derived again from the log."""

EXAMPLES = """\
examples:
  autotune explain autotune-demo 12
  autotune explain autotune-demo 12 --all
  autotune explain autotune-demo 12 --json"""

_SHOWN = 5


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    log_argument(parser)
    parser.add_argument("trial", metavar="TRIAL", type=count, help="number of the trial")
    parser.add_argument(
        "--all", action="store_true", help=f"list all candidates, not only the first {_SHOWN}"
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    path: Path = arguments.log
    with open_log(path, mode="r") as log:
        check_begun(log, path)
        try:
            found = explain(log, arguments.trial)
        except ComponentError as error:
            raise ComponentError(
                f"{path}: {error}; from Python: "
                "autotune.replay.explain(log, trial, components=[...])"
            ) from error
    if arguments.json:
        print_json({"log": str(path), "words": str(found), **plain_data(found)})
    else:
        _print_explanation(console_for(json=False), found, every=arguments.all)
    return OK


def _print_explanation(console: Console, found: Explanation, *, every: bool) -> None:
    for line in str(found).splitlines():
        say(console, clean(line))
    weighed = found.candidates
    if all(each.worth is None for each in weighed):
        return
    shown = weighed if every else weighed[:_SHOWN]
    say(console)
    of = "" if len(shown) == len(weighed) else f", the first {len(shown)}"
    say(console, f"{len(weighed)} candidates, the chosen one first{of}:", style="bold")
    numbers = ("worth", "score", "score_sd", "seconds", "gain")
    columns = [
        aligned((getattr(each, name) for each in shown), signed=name == "gain") for name in numbers
    ]
    titles = [name.replace("_", " ") for name in numbers]
    print_rows(
        console,
        ["", *titles, "change"],
        [
            ["*" if each.chosen else None, *row, _change(each)]
            for each, *row in zip(shown, *columns, strict=True)
        ],
        right=titles,
    )


def _change(candidate: Candidate) -> str:
    return ", ".join(
        f"{name} to {format_value(candidate.configuration.get(name, 'inactive'))}"
        for name in candidate.moved
    )
