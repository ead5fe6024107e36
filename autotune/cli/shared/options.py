"""Options that several commands have, and the checks of their values."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

__all__ = [
    "count",
    "jobs_option",
    "json_option",
    "log_argument",
    "seconds",
    "time_budget_option",
    "whole_number",
]


def count(text: str) -> int:
    """Return a whole number of at least 1."""
    return _at_least(text, 1)


def whole_number(text: str) -> int:
    """Return a whole number of at least 0."""
    return _at_least(text, 0)


def seconds(text: str) -> float:
    """Return a number of seconds above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number of seconds > 0")
    return number


def _at_least(text: str, bound: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = bound - 1
    if number < bound:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number >= {bound}")
    return number


def _jobs(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1 and number != -1:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be a whole number >= 1, or -1 for one on each core"
        )
    return number


def json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON document to standard output, and everything else to standard error",
    )


def time_budget_option(parser: argparse.ArgumentParser, otherwise: str = "no limit") -> None:
    """Add ``--time-budget``."""
    parser.add_argument(
        "--time-budget",
        metavar="SECONDS",
        type=seconds,
        help="seconds that the study may run in all, pauses between sessions left out; no trial is "
        f"begun once they are spent (default: {otherwise})",
    )


def jobs_option(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add ``--jobs``."""
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_jobs,
        default=1,
        help="processes to use; -1 for one on each core (default: 1)",
    )


def log_argument(parser: argparse.ArgumentParser, *, name: str = "log", words: str = "") -> None:
    """Add the path of a log."""
    parser.add_argument(
        name,
        metavar="LOG",
        type=Path,
        help=words or "directory of a log, or ARCHIVE/NAME for one in an archive",
    )
