"""``autotune show``: what a log records, or the studies in a folder and how they descend."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from autotune.cli.shared.moments import moment_of, moment_options
from autotune.cli.shared.options import json_option
from autotune.cli.shared.output import OK, console_for, print_json, print_rows, say
from autotune.cli.shared.studies import check_begun
from autotune.errors import AutotuneError, StudyError
from autotune.log import find_logs, is_log, open_log
from autotune.replay import state_at
from autotune.report.best import best_of
from autotune.report.document import study_document
from autotune.report.lineage import StudyRecord, lineage_forest, lineage_tree, study_record
from autotune.report.tables import header, space_table, steps_table, trials_table
from autotune.study import Study
from autotune.study.formatting import aligned, as_python

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Show what a log records: the study, the best configuration as Python to paste, and the
accepted steps. Needs none of the code that wrote the log, runs none, and may be used
while the log is being written.

Of a folder or an archive, list the studies in it, and which was forked from which."""

EXAMPLES = """\
examples:
  autotune show autotune-demo
  autotune show autotune-demo --all
  autotune show autotune-demo --trial 12           as it was when trial 12 had been judged
  autotune show runs                               all studies in a folder
  autotune show autotune-demo --json | python -m json.tool"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "log",
        metavar="LOG|FOLDER",
        type=Path,
        help="directory of a log, ARCHIVE/NAME for one in an archive, or a folder of logs",
    )
    parser.add_argument(
        "--all", action="store_true", help="list all trials, not only accepted ones"
    )
    moment_options(parser, "show the study as it was right after")
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    path: Path = arguments.log
    if path.is_dir() and not is_log(path):
        logs = find_logs(path)
        if len(logs) > 0:
            given = {
                "--all": arguments.all,
                "--at": arguments.at is not None,
                "--trial": arguments.trial is not None,
            }
            unfit = [option for option, is_given in given.items() if is_given]
            if len(unfit) > 0:
                raise StudyError(f"{unfit[0]} is for one log; {path} is a folder of logs")
            return _show_folder(path, logs, json=arguments.json)
    with open_log(path, mode="r") as log:
        check_begun(log, path)
        seq = moment_of(log, arguments)
        study = state_at(log) if seq is None else state_at(log, seq)
    if arguments.json:
        document = study_document(study, trials=arguments.all)
        print_json({"log": str(path), **document})
    else:
        _print_study(study, every=arguments.all)
    return OK


def _print_study(study: Study, *, every: bool) -> None:
    console = console_for(json=False)
    console.print(header(study))
    say(console)
    console.print(space_table(study))
    say(console)
    best = best_of(study)
    if best is None:
        say(console, "no trial has been accepted yet")
    else:
        say(console, f"best configuration (trial {best.trial}):", style="bold")
        say(console, as_python(best.configuration))
        say(console, best.words)
        if best.trial != study.incumbent:
            say(console, f"steps are taken from trial {study.incumbent}, the incumbent")
        say(console)
        say(console, "accepted steps:", style="bold")
        console.print(steps_table(study))
    if every:
        say(console)
        say(console, "all trials:", style="bold")
        console.print(trials_table(study))


def _show_folder(folder: Path, logs: list[Path], *, json: bool) -> int:
    records: list[StudyRecord] = []
    unread: list[tuple[str, str]] = []
    for path in logs:
        name = path.relative_to(folder).as_posix()
        try:
            with open_log(path, mode="r") as log:
                if len(log) == 0:
                    unread.append((name, "holds no study yet"))
                else:
                    records.append(study_record(name, state_at(log)))
        except (AutotuneError, OSError) as error:  # the others are worth seeing
            unread.append((name, str(error)))
    if json:
        _print_folder_as_json(folder, records, unread)
    else:
        _print_folder(console_for(json=False), records, unread)
    return OK


def _print_folder_as_json(
    folder: Path, records: list[StudyRecord], unread: list[tuple[str, str]]
) -> None:
    names: dict[str, str] = {}
    for record in records:
        names.setdefault(record.study_id, record.name)
    print_json(
        {
            "folder": str(folder),
            "n_logs": len(records) + len(unread),
            "studies": [
                {
                    "log": record.name,
                    "study_id": record.study_id,
                    "forked_from": None
                    if record.lineage is None
                    else {
                        "study_id": record.lineage.study_id,
                        "seq": record.lineage.seq,
                        "log": names.get(record.lineage.study_id),
                    },
                    "metric": record.metric,
                    "direction": record.direction,
                    "n_events": record.n_events,
                    "n_trials": record.n_trials,
                    "n_accepted": record.n_accepted,
                    "incumbent": record.incumbent,
                    "score": record.score,
                    "stopped": record.stopped,
                }
                for record in records
            ],
            "not_shown": [{"log": name, "reason": reason} for name, reason in unread],
        }
    )


def _print_folder(
    console: Console, records: list[StudyRecord], unread: list[tuple[str, str]]
) -> None:
    if len(records) > 0:
        print_rows(
            console,
            ["log", "trials", "accepted", "events", "metric", "best", "by trial", "stopped"],
            [
                [
                    each.name,
                    each.n_trials,
                    each.n_accepted,
                    each.n_events,
                    each.metric,
                    score,
                    each.incumbent,
                    "no" if each.stopped is None else each.stopped,
                ]
                for each, score in zip(
                    records, aligned(each.score for each in records), strict=True
                )
            ],
            right=("trials", "accepted", "events", "best", "by trial"),
        )
    forest = lineage_forest(records)
    if any(each.lineage is not None for each in records):
        say(console)
        say(console, "lineage:", style="bold")
        for branch in forest:
            if len(branch.forks) > 0 or branch.record.lineage is not None:
                console.print(lineage_tree(branch))
    if len(unread) > 0:
        say(console)
        say(console, "not shown:", style="bold")
        print_rows(console, ["log", "why"], unread)
