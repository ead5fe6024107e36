"""``autotune verify``: derive every recorded decision again, of one log or of many."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from attrs import frozen
from joblib import Parallel, delayed
from rich.console import Console

from autotune.cli.shared.options import jobs_option, json_option
from autotune.cli.shared.output import (
    BAD_INPUT,
    NOT_SO,
    OK,
    console_for,
    print_json,
    print_rows,
    say,
)
from autotune.cli.shared.studies import check_begun, named_logs
from autotune.errors import AutotuneError, ComponentError
from autotune.log import open_log
from autotune.replay import Verification, verify
from autotune.report.document import plain_data
from autotune.study.formatting import clean

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Derive every recorded proposal, verdict and stop again from the events before it.
Exit code 0 if all agree, 1 if not; then the first event that differs is named. Of
several logs, or a folder of them, each is verified by itself."""

EXAMPLES = """\
examples:
  autotune verify autotune-demo
  autotune verify runs --jobs -1
  autotune verify runs/a runs/b --json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "logs",
        metavar="LOG|FOLDER",
        type=Path,
        nargs="+",
        help="directories of logs, ARCHIVE/NAME for logs in archives, or folders of logs",
    )
    jobs_option(parser)
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    given: list[Path] = arguments.logs
    logs = named_logs(given)
    if logs == given[:1] and len(given) == 1:
        return _verify_one(logs[0], json=arguments.json)
    return _verify_many(logs, n_jobs=arguments.jobs, json=arguments.json)


def _verify_one(path: Path, *, json: bool) -> int:
    result = _verified(path)
    if json:
        print_json({"log": str(path), **_as_data(result)})
    else:
        print(clean(result))
    return OK if result.passed else NOT_SO


def _verified(path: Path) -> Verification:
    with open_log(path, mode="r") as log:
        check_begun(log, path)
        try:
            return verify(log)
        except ComponentError as error:
            raise ComponentError(
                f"{path}: {error}; from Python: autotune.verify(log, components=[...])"
            ) from error


def _as_data(found: Verification) -> dict[str, Any]:
    difference = found.difference
    return {
        "verified": found.passed,
        "n_events": found.n_events,
        "n_proposals": found.n_proposals,
        "n_verdicts": found.n_verdicts,
        "n_stops": found.n_stops,
        "difference": None
        if difference is None
        else {**plain_data(difference), "words": str(difference)},
    }


@frozen
class _Outcome:
    """Of one log among many: what was found, or why it could not be verified."""

    log: str
    found: Verification | None
    problem: str | None

    def as_data(self) -> dict[str, Any]:
        if self.found is None:
            return {"log": self.log, "verified": None, "problem": self.problem}
        return {"log": self.log, **_as_data(self.found), "problem": None}


def _outcome(path: Path) -> _Outcome:
    try:
        return _Outcome(str(path), _verified(path), None)
    except (AutotuneError, OSError) as error:  # the others are to be verified all the same
        return _Outcome(str(path), None, str(error))


def _verify_many(logs: list[Path], *, n_jobs: int, json: bool) -> int:
    outcomes: list[_Outcome] = Parallel(n_jobs=n_jobs)(delayed(_outcome)(path) for path in logs)
    result = [each.found for each in outcomes if each.found is not None]
    verified = sum(each.passed for each in result)
    if json:
        print_json(
            {
                "n_logs": len(outcomes),
                "n_verified": verified,
                "n_events": sum(each.n_events for each in result),
                "logs": [each.as_data() for each in outcomes],
            }
        )
    else:
        _print_outcomes(console_for(json=False), outcomes)
    if verified < len(result):
        return NOT_SO
    return OK if len(result) == len(outcomes) else BAD_INPUT


def _print_outcomes(console: Console, outcomes: list[_Outcome]) -> None:
    rows: list[list[object]] = []
    for each in outcomes:
        if each.found is None:
            rows.append([each.log, "not verified", None, None, None, None])
        else:
            result = each.found
            numbers = [result.n_events, result.n_proposals, result.n_verdicts, result.n_stops]
            rows.append([each.log, "verified" if result.passed else "differs", *numbers])
    columns = ["log", "verdict", "events", "proposals", "verdicts", "stops"]
    print_rows(console, columns, rows, right=columns[2:])
    say(console)
    verified = sum(each.found is not None and each.found.passed for each in outcomes)
    n_events = sum(each.found.n_events for each in outcomes if each.found is not None)
    say(console, f"{verified} of {len(outcomes)} logs verified, {n_events} events")
    for each in outcomes:
        if each.found is None:
            say(console, clean(f"{each.log}: not verified: {each.problem}"))
        elif not each.found.passed:
            say(console, clean(f"{each.log}: {each.found}"))
