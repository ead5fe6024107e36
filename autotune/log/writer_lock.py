"""One writer at a time: a lock that the system releases when its holder dies, and who holds it."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from autotune.errors import LogLockedError
from autotune.log.files import discard

__all__ = ["WriterLock"]


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
        self._note = directory / "writer.json"
        self._lock = FileLock(directory / "writer.lock", timeout=0, thread_local=False)
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
        self._note.write_text(json.dumps(note), encoding="utf-8")

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
