"""``autotune space``: check a space, print it, or write a first one."""

from __future__ import annotations

import argparse
from pathlib import Path

from autotune.cli.shared.estimators import named_estimator, start_values_for
from autotune.cli.shared.options import json_option
from autotune.cli.shared.output import OK, console_for, counted, print_json, say
from autotune.cli.shared.spaces import named_space, named_values, read_value
from autotune.errors import SpaceError
from autotune.space import Space, write_space
from autotune.space.file import space_as_toml

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Check a file with a search space, and print it as TOML with all its start values. Instead of
a file it takes a log, whose space it prints; or start values, from which a space is
inferred: numbers without bounds, which keep their sign, and choices among options; with
--estimator within the bounds and among the choices that an estimator says it takes.

A line for each parameter says its kind (float, integer, boolean, categorical, ordinal,
sequence, fixed), what goes with it, its start value, and when it is active:

  [parameters]
  C = { kind = "float", low = 1e-3, high = 1e3, log = true, start = 1.0 }
  kernel = { kind = "categorical", choices = ["linear", "rbf"] }
  gamma = { kind = "float", low = 1e-4, high = 10, log = true, when = { kernel = "rbf" } }"""

EXAMPLES = """\
examples:
  autotune space space.toml
  autotune space --start lr=0.1 layers=[4,1] kernel=rbf --options kernel=rbf,poly --to space.toml
  autotune space --estimator sklearn.svm:SVC --start C=1.0 kernel=rbf --to svc.toml
  autotune space runs/svm --to space.toml        the space of a log, as a file"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "file", metavar="FILE|LOG", type=Path, nargs="?", help="a TOML or JSON file, or a log"
    )
    parser.add_argument(
        "--start", metavar="NAME=VALUE", nargs="+", help="start values to infer a space from"
    )
    parser.add_argument(
        "--estimator",
        metavar="MODULE:NAME",
        help="the estimator of scikit-learn, or one like it, that takes the start values",
    )
    parser.add_argument(
        "--options",
        metavar="NAME=VALUE,...",
        nargs="+",
        help="the options that a start value is one of",
    )
    parser.add_argument(
        "--to", metavar="FILE", type=Path, help="a new .toml or .json file to write the space to"
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    space = _space(arguments)
    text = space_as_toml(space)
    to: Path | None = arguments.to
    if to is not None:
        write_space(space, to)
    if arguments.json:
        print_json({"space": space.describe(), "written": None if to is None else str(to)})
        return OK
    console = console_for(json=False)
    if to is None:
        say(console, text.rstrip("\n"))
    else:
        say(console, f"{counted(len(space), 'parameter')} in {to}")
    return OK


def _space(arguments: argparse.Namespace) -> Space:
    if (arguments.file is None) == (arguments.start is None):
        raise SpaceError("name a file or a log, or give --start values; one of them")
    if arguments.start is None:
        if arguments.options is not None:
            raise SpaceError("--options go with --start; a file has choices")
        if arguments.estimator is not None:
            raise SpaceError("--estimator goes with --start; a file has bounds and choices")
        return named_space(arguments.file, "space:")
    if arguments.estimator is not None:
        if arguments.options is not None:
            raise SpaceError(
                "--options go with --start alone; an estimator's choices are a list, such as "
                'kernel=["rbf","poly"]'
            )
        from autotune.sklearn import space_for  # takes a while, which the others need not wait for

        estimator = named_estimator(arguments.estimator)
        return space_for(estimator, start_values_for(estimator, arguments.start))
    start = {name: read_value(text) for name, text in named_values("--start", arguments.start)}
    options = {
        name: [read_value(each) for each in text.split(",")]
        for name, text in named_values("--options", arguments.options or ())
    }
    return Space.from_start(start, options)
