"""One writer at a time: a lock that the system releases when its holder dies, and who holds it."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from autotune.errors import LogLockedError
from autotune.log.files import discard, write_file

__all__ = ["HOLDER_NAME", "LOCK_NAME", "WriterLock"]

LOCK_NAME = "writer.lock"
HOLDER_NAME = "writer.json"


class WriterLock:
    """The right to write a log.

    Parameters
    ----------
    directory : Path
        The log's directory.

    Raises
    ------
    LogLockedError
        If another process has it.
    """

    def __init__(self, directory: Path) -> None:
        self._note = directory / HOLDER_NAME
        self._lock = FileLock(directory / LOCK_NAME, timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise LogLockedError(
                f"{directory}: {self._holder()} is writing this log; wait for it to end, stop it, "
                "or open the log with mode='r'"
            ) from None
        # The clock tells people only who holds the lock; nothing is decided by it.
        note = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            write_file(self._note, json.dumps(note).encode())
        except BaseException:
            self._lock.release()
            raise

    def _holder(self) -> str:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return f"process {note['pid']} on {note['host']} (since {note['since']})"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"

    def release(self) -> None:
        """Give the right back."""
        discard(self._note)
        self._lock.release()
