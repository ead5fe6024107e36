"""Results of several places put together: runs made on other machines, or at other times."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from autotune.errors import AutotuneError
from autotune_benchmarks.protocol.runner import Results

__all__ = ["add_arguments", "main"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``merge``."""
    parser.add_argument("results", type=Path, nargs="+", help="directories of results")
    parser.add_argument(
        "--rename",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="take a contestant in under another name, as of another checkout; may be repeated",
    )
    parser.add_argument("--out", type=Path, required=True, help="the directory that takes them in")


def main(arguments: argparse.Namespace) -> int:
    """Take the results in, and return 0 if that was possible."""
    console = Console(stderr=True)
    for path in arguments.results:
        if not (path / "runs.parquet").is_file():
            console.print(f"{path}: there are no results", highlight=False, markup=False)
            return 2
    renamed = dict(each.partition("=")[::2] for each in arguments.rename)
    if not all(old and new for old, new in renamed.items()):
        console.print("--rename must be like default=before", highlight=False, markup=False)
        return 2
    try:
        into = Results(arguments.out)
        for path in arguments.results:
            taken = into.take_in(Results(path), renamed)
            console.print(f"{taken:,} runs of {path}", highlight=False, markup=False)
    except (ValueError, AutotuneError) as error:
        console.print(str(error), highlight=False, markup=False)
        return 1
    return 0
