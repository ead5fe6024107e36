"""``autotune check``: whether logs are whole, byte by byte, and repairs that lose nothing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from autotune.cli.shared.options import json_option
from autotune.cli.shared.output import BAD_INPUT, NOT_SO, OK, console_for, counted, print_json, say
from autotune.errors import AutotuneError, LogError
from autotune.log import Archive, is_archive, is_log
from autotune.log.archive import find_archive
from autotune.log.check import Finding, Integrity, check_log
from autotune.log.listing import LIVE_NAME
from autotune.log.parts import Part
from autotune.study.formatting import clean

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Check every byte of a log: checksums, the order of events, and that they make a study.
Repairs what can be repaired without loss, such as what an interrupted write left, and says
so; all else is only reported. Whether its decisions are right is for verify to say.
Exit code 0 if all is whole, 1 if not."""

EXAMPLES = """\
examples:
  autotune check autotune-demo
  autotune check autotune-demo --dry-run         only say what would be repaired
  autotune check runs archive --json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "logs",
        metavar="LOG|FOLDER",
        type=Path,
        nargs="+",
        help="directories of logs, archives, or folders of them",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="change nothing, only say what would be repaired"
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    console = console_for(json=False)
    documents: list[dict[str, Any]] = []
    codes = {OK}
    paths = _named(arguments.logs)
    for path in paths:
        try:
            document, words = _checked(path, repair=not arguments.dry_run)
            codes.add(OK if document["passed"] else NOT_SO)
        except (AutotuneError, OSError) as error:
            if len(paths) == 1:
                raise
            words = f"{path}: not checked: {error}"
            document = {"log": str(path), "passed": None, "problem": str(error)}
            codes.add(BAD_INPUT)
        documents.append(document)
        if not arguments.json:
            for line in words.splitlines():
                say(console, clean(line))
    passed = sum(document["passed"] is True for document in documents)
    if arguments.json:
        print_json({"n_logs": len(documents), "n_passed": passed, "logs": documents})
    elif len(documents) > 1:
        say(console, f"{passed} of {len(documents)} are whole")
    return NOT_SO if NOT_SO in codes else max(codes)


def _named(paths: list[Path]) -> list[Path]:
    """Return logs and archives, also logs whose mark is gone; an archive stands for its logs."""
    result: dict[Path, None] = {}
    for path in paths:
        inside = find_archive(path)
        if inside is not None and not is_log(path):
            result[inside[0]] = None
        elif _is_either(path):
            result[path] = None
        else:
            below = sorted(each for each in path.rglob("*") if _is_either(each))
            if len(below) == 0:
                raise LogError(f"{path} holds no log; name a log, or a folder of logs")
            result.update(dict.fromkeys(below))
    return list(result)


def _is_either(path: Path) -> bool:
    if not path.is_dir():
        return False
    return (
        is_log(path)
        or is_archive(path)
        or any(
            Part.of(file) is not None or LIVE_NAME.fullmatch(file.name) is not None
            for file in path.iterdir()
        )
    )


def _checked(path: Path, *, repair: bool) -> tuple[dict[str, Any], str]:
    if is_archive(path):
        return _checked_archive(path)
    result: Integrity = check_log(path, repair=repair)
    document = {
        "log": result.path,
        "passed": result.passed,
        "n_events": result.n_events,
        "n_parts": result.n_parts,
        "n_checksummed": result.n_checksummed,
        "findings": result.findings,
    }
    return document, str(result)


def _checked_archive(path: Path) -> tuple[dict[str, Any], str]:
    archive = Archive(path)
    findings = [Finding("damage", file.name, words) for file, words in archive.damaged()]
    findings += [
        Finding(
            "damage",
            "",
            f"of {name} only a part is there, as an interrupted compact or a lost file leaves; "
            "add it again, or restore the file from a copy",
        )
        for name in archive.incomplete
    ]
    n_files = len(archive.files)
    how = "damaged" if findings else "whole"
    held = f"{counted(len(archive), 'log')} in {counted(n_files, 'file')}"
    words = f"{path}: {how}, an archive of {held}"
    document = {
        "archive": str(path),
        "passed": not findings,
        "n_logs": len(archive),
        "n_files": n_files,
        "findings": findings,
    }
    return document, "\n".join([words, *(f"  {each}" for each in findings)])
