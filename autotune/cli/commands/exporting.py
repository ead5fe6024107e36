"""``autotune export``: a log's trials as a file for other tools."""

from __future__ import annotations

import argparse
from pathlib import Path

from autotune.cli.shared.options import json_option, log_argument
from autotune.cli.shared.output import OK, console_for, counted, print_json, say
from autotune.cli.shared.studies import replayed
from autotune.errors import StudyError
from autotune.interchange.exporting import FORMATS, export_results
from autotune.log import open_log

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = f"""\
Write a log's trials to a file, one row for each: {", ".join(FORMATS)}. CSV has the columns
of the 2018 prototype, which import reads back; an Excel workbook has charts."""

EXAMPLES = """\
examples:
  autotune export autotune-demo --to trials.csv
  autotune export autotune-demo --to report.xlsx --overwrite
  autotune export autotune-demo --to trials.txt --format json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    log_argument(parser)
    parser.add_argument(
        "--to", metavar="FILE", type=Path, required=True, help="the file; its suffix tells how"
    )
    parser.add_argument(
        "--format", choices=sorted(FORMATS), help="what to write (default: as the suffix says)"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the file if it is there already"
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    path: Path = arguments.log
    to: Path = arguments.to
    if to.exists() and not to.is_dir() and not arguments.overwrite:
        raise StudyError(f"--to {to} is there already; give another path, or --overwrite")
    with open_log(path, mode="r") as log:
        study = replayed(log, path)
        written = export_results(log, to, format=arguments.format, overwrite=arguments.overwrite)
    n_bytes = written.stat().st_size
    if arguments.json:
        document = {"n_trials": study.n_trials, "n_judged": study.n_judged, "n_bytes": n_bytes}
        print_json({"log": str(path), "file": str(written), **document})
    else:
        say(console_for(json=False), f"{path}: {counted(study.n_trials, 'trial')} to {written}")
    return OK
