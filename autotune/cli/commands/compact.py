"""``autotune compact``: many logs in an archive of a few files."""

from __future__ import annotations

import argparse
from pathlib import Path

from autotune.cli.shared.options import json_option
from autotune.cli.shared.output import OK, command_line, console_for, counted, print_json, say
from autotune.cli.shared.studies import named_logs
from autotune.log.archive import compact

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Copy logs into an archive, which keeps thousands of short ones in a few files. The originals
are left as they are. show, verify and check take an archive, and each log in it is
ARCHIVE/NAME to all commands that read. An archive that is there already is added to."""

EXAMPLES = """\
examples:
  autotune compact runs --to archive
  autotune show archive
  autotune verify archive/digits"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "logs",
        metavar="FOLDER|LOG",
        type=Path,
        nargs="+",
        help="a folder of logs, which are named by their paths in it; or several logs",
    )
    parser.add_argument(
        "--to", metavar="ARCHIVE", type=Path, required=True, help="a directory for the archive"
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    given: list[Path] = arguments.logs
    to: Path = arguments.to
    logs = named_logs(given)  # complains where there is none
    folder = len(given) == 1 and given[0].is_dir()
    archive = compact(given[0] if folder else logs, to)
    n_bytes = sum(file.stat().st_size for file in archive.files)
    if arguments.json:
        print_json(
            {
                "archive": str(to),
                "n_added": len(logs),
                "n_logs": len(archive),
                "n_files": len(archive.files),
                "n_bytes": n_bytes,
                "logs": archive.names,
            }
        )
        return OK
    console = console_for(json=False)
    held = f"{counted(len(archive), 'log')} in {counted(len(archive.files), 'file')}"
    say(console, f"{counted(len(logs), 'log')} added to {to}; it has {held}, {n_bytes} bytes")
    say(console)
    say(console, "next:")
    say(console, f"  {command_line('show', to)}")
    say(console, f"  {command_line('verify', to)}")
    return OK
