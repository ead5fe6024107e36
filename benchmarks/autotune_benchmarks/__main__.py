"""``python -m autotune_benchmarks``: what autotune costs, what it finds, and what it withstands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from autotune_benchmarks.overhead import asking, overhead, scale
from autotune_benchmarks.protocol import merging, running
from autotune_benchmarks.record import crash, verifying
from autotune_benchmarks.report import failures, publishing, report
from autotune_benchmarks.searches import (
    honesty,
    prototype,
    randomized_search,
    start_values,
    workers,
)

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a benchmark and return the exit code."""
    parser = argparse.ArgumentParser(prog=_program(), description=__doc__)
    commands = parser.add_subparsers(title="benchmarks", required=True)
    for name, module, words in (
        (
            "run",
            running,
            "strategies against each other, the field, and with a part swapped",
        ),
        ("report", report, "what runs came to, as one HTML page and as Markdown"),
        ("merge", merging, "results of several places put together"),
        ("publish", publishing, "the pages of the documentation that tell of a benchmark"),
        ("overhead", overhead, "what reducing, appending, opening and asking cost"),
        ("asking", asking, "seconds of asking, in flat, conditional and constrained spaces"),
        ("prototype", prototype, "trials to the published score on the toy problem of 2018"),
        (
            "search",
            randomized_search,
            "beside RandomizedSearchCV: time, memory, and folds saved by racing",
        ),
        (
            "start-values",
            start_values,
            "models searched from plain start values: none may be refused",
        ),
        ("honesty", honesty, "what is said of a winner's score, beside what is true"),
        ("workers", workers, "how busy workers are kept, and what several trials at once cost"),
        ("crash", crash, "running studies killed at random moments: nothing is lost"),
        ("scale", scale, "size, opening and memory of large logs"),
        ("verify", verifying, "short runs written as logs, and every decision derived again"),
    ):
        command = commands.add_parser(name, help=words, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.main)
        if module is running:
            command.set_defaults(run=partial(running.main, show=failures.show_figures))
    arguments = parser.parse_args(argv)
    code: int = arguments.run(arguments)
    return code


def _program() -> str:
    name = Path(sys.argv[0]).name
    return name if name.startswith("autotune-bench") else "python -m autotune_benchmarks"


if __name__ == "__main__":
    raise SystemExit(main())
