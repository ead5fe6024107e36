"""Process groups: a process is started with a group of its own, and ended with all of the group."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import Any, Literal

__all__ = ["own_group", "signal_group", "signal_name"]


def own_group() -> dict[str, Any]:
    """Return the arguments of ``subprocess.Popen`` that give a process a group of its own."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def signal_group(process: subprocess.Popen[Any], name: Literal["SIGTERM", "SIGKILL"]) -> None:
    """Send a signal to a process and all of its group; on Windows the process is ended.

    Parameters
    ----------
    process : Popen
        One that was started with ``own_group()``; it may have ended.
    name : {"SIGTERM", "SIGKILL"}
        The signal.
    """
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, getattr(signal, name))


def signal_name(number: int) -> str:
    """Return the name of a signal.

    Parameters
    ----------
    number : int
        Its number.

    Examples
    --------
    >>> signal_name(9)
    'SIGKILL'
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
