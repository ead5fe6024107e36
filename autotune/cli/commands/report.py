"""``autotune report``: logs as an interactive page of HTML, complete in one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from autotune.cli.shared.options import json_option
from autotune.cli.shared.output import OK, console_for, counted, print_json, say
from autotune.cli.shared.studies import named_logs
from autotune.errors import StudyError
from autotune.report.writing import write_report

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Write a page that shows what logs record: the best configuration as Python to paste, how
much each parameter matters, the accepted steps in words, interactive charts, and all
trials with the reasons in a table that sorts and filters. Of several logs it compares the
studies. The page is one file, needs no network, and runs nothing that a log says."""

EXAMPLES = """\
examples:
  autotune report autotune-demo
  autotune report autotune-demo -o demo.html --overwrite
  autotune report runs -o runs.html               all studies in a folder, compared"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "logs",
        metavar="LOG|FOLDER",
        type=Path,
        nargs="+",
        help="directories of logs, ARCHIVE/NAME for logs in archives, or folders of logs",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        default=Path("report.html"),
        help="the file (default: report.html)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the file if it is there already"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="leave out what an anticipator says of the parameters, which takes seconds or more",
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    to: Path = arguments.output
    if to.exists() and not arguments.overwrite:
        raise StudyError(f"--output {to} is there already; give another path, or --overwrite")
    logs = named_logs(arguments.logs)
    written = write_report(
        {str(path): path for path in logs}, to, overwrite=True, quick=arguments.quick
    )
    if arguments.json:
        n_bytes = written.stat().st_size
        print_json({"logs": [str(path) for path in logs], "file": str(written), "n_bytes": n_bytes})
    else:
        say(console_for(json=False), f"a report on {counted(len(logs), 'log')}: {written}")
    return OK
