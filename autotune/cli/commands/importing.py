"""``autotune import``: another tool's results as a log."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

from autotune.cli.shared.options import json_option
from autotune.cli.shared.output import OK, command_line, console_for, counted, print_json, say
from autotune.cli.shared.score_column import columns_scored_by
from autotune.cli.shared.spaces import named_space
from autotune.errors import LogError, StudyError
from autotune.interchange.importing import import_results
from autotune.interchange.optuna_studies import load_optuna
from autotune.interchange.result_files import SUFFIXES
from autotune.log import is_log
from autotune.replay import state_at
from autotune.report.best import best_of
from autotune.report.document import study_document
from autotune.report.tables import steps_table
from autotune.strategy.defaults import default_strategy, recipe
from autotune.study import Study
from autotune.study.formatting import as_python

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Make a log of results that another tool recorded: in a CSV, Parquet or JSON file, of the 2018
prototype, of scikit-learn's cv_results_, as export wrote it, or any table of parameters and
scores; or in an Optuna study. The log can be shown, verified, and gone on with."""

EXAMPLES = """\
examples:
  autotune import cv_results.csv --log runs/old
  autotune import losses.csv --log runs/losses --score loss --minimize
  autotune import sqlite:///studies.db --study first --log runs/first
  autotune import cv_results.csv --log runs/old --space autotune-demo"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a .parquet, .json or CSV file; or with --study an SQLite or journal file of "
        "Optuna, or the URL of its data base",
    )
    parser.add_argument(
        "--study",
        metavar="NAME",
        nargs="?",
        const="",
        help="import an Optuna study (NAME may be left out if there is one only)",
    )
    parser.add_argument(
        "--log", metavar="DIR", type=Path, required=True, help="a new directory for the log"
    )
    parser.add_argument(
        "--score",
        metavar="COLUMN",
        help="the column of scores (default: split0_test_score and so on, mean_test_score, score)",
    )
    parser.add_argument("--minimize", action="store_true", help="smaller scores are better")
    parser.add_argument(
        "--metric", metavar="NAME", help="what the score is called (default: COLUMN, or score)"
    )
    parser.add_argument(
        "--space",
        metavar="FILE",
        type=Path,
        help="a TOML or JSON file with the space, or a log that has it (default: inferred)",
    )
    parser.add_argument(
        "--strategy",
        metavar="NAME",
        help="a recipe that judges, and goes on with the study (default: default)",
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    name_of_source: str = arguments.file
    file = Path(name_of_source)
    to: Path = arguments.log
    score: str | None = arguments.score
    of_optuna: bool = arguments.study is not None or "://" in name_of_source
    if not of_optuna and not file.is_file():
        raise StudyError(f"{file} is not a file; give the path of a CSV, Parquet or JSON file")
    if score is not None and (of_optuna or file.suffix.lower() in SUFFIXES):
        raise StudyError(f"--score {score}: only CSV files have columns to choose from")
    if is_log(to):
        raise LogError(f"--log {to} holds a log already; name a new directory")
    name: str | None = arguments.strategy
    strategy = default_strategy() if name is None else recipe(name)
    space = None if arguments.space is None else named_space(arguments.space)
    metric = arguments.metric or score or "score"
    try:
        source: Any = file if score is None else columns_scored_by(file, score)
        if of_optuna:
            source = load_optuna(name_of_source, arguments.study or None)
        log = import_results(
            source,
            str(to),
            space=space,
            strategy=strategy,
            direction="minimize" if arguments.minimize else "maximize",
            metric=metric,
        )
    except (UnicodeDecodeError, csv.Error) as error:
        raise StudyError(f"{file} can't be read as CSV in UTF-8: {error}") from error
    with log:
        study = state_at(log)
    if arguments.json:
        print_json({"log": str(to), "source": name_of_source, **study_document(study)})
    else:
        _tell(study, name_of_source, to)
    return OK


def _tell(study: Study, file: str, to: Path) -> None:
    console = console_for(json=False)
    accepted = int(study.verdicts["accepted"].sum())
    say(console, f"{file}: {counted(study.n_trials, 'trial')}, {accepted} accepted, now in {to}")
    best = best_of(study)
    if best is not None:
        say(console)
        console.print(steps_table(study))
        say(console)
        say(console, f"best ({best.score}, trial {best.trial}):")
        say(console, as_python(best.configuration))
        if best.expected:
            say(console, best.expected)
    say(console)
    say(console, "next:")
    say(console, f"  {command_line('show', to)}")
    again = ("resume", to, "--objective", "module:function", "--n-trials", 2 * study.n_trials)
    say(console, f"  {command_line(*again)}")
