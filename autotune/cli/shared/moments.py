"""Options that name a moment of a log: an event, or the end of a trial."""

from __future__ import annotations

import argparse

from autotune.cli.shared.options import count, whole_number
from autotune.errors import StudyError
from autotune.log import Log

__all__ = ["moment_of", "moment_options"]


def moment_options(parser: argparse.ArgumentParser, doing: str) -> None:
    """Add ``--at`` and ``--trial``, of which one can be given."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--at", metavar="SEQ", type=whole_number, help=f"{doing} this event, counted from 0"
    )
    either.add_argument(
        "--trial", metavar="N", type=count, help=f"{doing} the verdict on this trial"
    )


def moment_of(log: Log, arguments: argparse.Namespace) -> int | None:
    """Return the sequence number of the event that was named; None if none was.

    Raises
    ------
    StudyError
        If the log has no such event or trial.
    """
    at: int | None = arguments.at
    trial: int | None = arguments.trial
    if at is not None and at >= len(log):
        raise StudyError(f"--at {at} must be from 0 to {len(log) - 1}, the log's last event")
    if trial is None:
        return at
    last: int | None = None
    for seq, event in enumerate(log.events()):
        if getattr(event, "trial", None) == trial:
            last = seq
    if last is None:
        raise StudyError(f"--trial {trial} is not in the log; see autotune show LOG --all")
    return last
