"""A process that is run to its end, or ended with all it has started."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Any

from attrs import frozen

from autotune.objective.process_group import own_group, signal_group, signal_name

__all__ = ["Ended", "Running", "run_process"]

# Programs may print gigabytes; what is looked at is the end of it.
_TAIL = 1 << 20
# Where an interrupt came while a process was being started, it soon is, or never will be.
_START_SECONDS = 10.0
_LOOK_SECONDS = 0.2


@frozen
class Ended:
    """How a process ended.

    Parameters
    ----------
    code : int
        Its exit code; less than 0 for the number of a signal.
    timed_out : bool
        Whether it was ended because it took too long.
    stdout, stderr : str
        The last of what it printed.
    """

    code: int
    timed_out: bool
    stdout: str
    stderr: str

    @property
    def signal_name(self) -> str | None:
        """The signal that ended it, if one did."""
        return None if self.code >= 0 else signal_name(-self.code)


class Running:
    """The processes that run at the moment, so that all can be ended from another thread.

    It is empty where it arrives after a journey.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._guards: set[_Guard] = set()

    def add(self, guard: _Guard) -> None:
        """Keep a process that has begun."""
        with self._lock:
            self._guards.add(guard)

    def remove(self, guard: _Guard) -> None:
        """Forget a process that has ended."""
        with self._lock:
            self._guards.discard(guard)

    def end_all(self) -> None:
        """End all of them; whoever waits for one sees it ended by a signal."""
        with self._lock:
            guards = list(self._guards)
        for guard in guards:
            guard.ask()
        for guard in guards:
            guard.insist()

    def __reduce__(self) -> tuple[type[Running], tuple[()]]:
        return type(self), ()


def run_process(
    command: str | Sequence[str],
    *,
    running: Running,
    shell: bool,
    environment: Mapping[str, str],
    directory: str | None,
    text: str,
    timeout: float | None,
    grace: float,
) -> Ended:
    """Run a process to its end.

    It leads a process group of its own, which is ended as a whole at the time-out and by an
    interrupt: asked to by SIGTERM, and made to by SIGKILL.

    Parameters
    ----------
    command : str or sequence of str
        A line for a shell, or a program and its arguments.
    running : Running
        Where the process is kept while it runs.
    shell : bool
        Which of them it is.
    environment : mapping
        Its environment variables.
    directory : str, optional
        Where it runs; here, if left out.
    text : str
        What it reads from standard input.
    timeout : float, optional
        Seconds it may take.
    grace : float
        Seconds between SIGTERM and SIGKILL.

    Raises
    ------
    OSError
        If it can't be started.
    """
    with (
        tempfile.TemporaryFile() as stdin,
        tempfile.TemporaryFile() as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        # Files, not pipes: a child that outlives the process can't hold them open.
        stdin.write(text.encode())
        stdin.seek(0)
        beginning = _Beginning(
            running,
            grace,
            command,
            shell=shell,
            env=dict(environment),
            cwd=directory,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            **own_group(),
        )
        timer: threading.Timer | None = None
        try:
            guard = beginning.guard()
            if timeout is not None:
                timer = threading.Timer(timeout, guard.time_out)
                timer.daemon = True
                timer.start()
            code = guard.wait()
        except BaseException:
            beginning.end()
            raise
        finally:
            beginning.forget()
            if timer is not None:
                timer.cancel()
        if guard.timed_out:
            guard.kill()
        return Ended(code, guard.timed_out, _tail(stdout), _tail(stderr))


class _Beginning(threading.Thread):
    """Starts a process in a thread of its own.

    An interrupt is raised in the main thread only, so it can't come between the start of the
    process and the moment from which somebody knows of it.
    """

    def __init__(self, running: Running, grace: float, command: Any, **how: Any) -> None:
        super().__init__(daemon=True)
        self._running = running
        self._grace = grace
        self._command = command
        self._how = how
        self._guard: _Guard | None = None
        self._error: Exception | None = None
        self._asked = False
        # Not join: a join that was interrupted takes the thread for ended in Python 3.11.
        self._begun = threading.Event()

    def run(self) -> None:
        try:
            process = subprocess.Popen(self._command, **self._how)  # noqa: S603  # the user's own
            self._guard = _Guard(process, self._grace)
            self._running.add(self._guard)
        except Exception as error:  # noqa: BLE001  # raised where it is waited for
            self._error = error
        finally:
            self._begun.set()
        if self._guard is not None:
            self._guard.watch()

    def guard(self) -> _Guard:
        """Start it and return who guards it."""
        self._asked = True
        self.start()
        self._begun.wait()
        if self._error is not None:
            raise self._error
        assert self._guard is not None
        return self._guard

    def end(self) -> None:
        """End the process, also one that is still being started."""
        if self._asked:
            self._begun.wait(_START_SECONDS)
        if self._guard is not None:
            self._guard.end()

    def forget(self) -> None:
        if self._guard is not None:
            self._guard.ended.set()
            self._running.remove(self._guard)


class _Guard:
    """Ends a process and its group."""

    def __init__(self, process: subprocess.Popen[bytes], grace: float) -> None:
        self.ended = threading.Event()
        self.timed_out = False
        self._process = process
        self._grace = grace
        self._code = 0
        self._done = threading.Event()

    def watch(self) -> None:
        """Wait for the process, in a thread that no interrupt comes to."""
        self._code = self._process.wait()
        self._done.set()

    def wait(self) -> int:
        # An interrupt that comes just before a wait begins is noticed only after it: so again and
        # again.
        while not self._done.wait(_LOOK_SECONDS):
            pass
        return self._code

    def time_out(self) -> None:
        if self.ended.is_set():
            return
        self.timed_out = True
        self.ask()
        self.insist()

    def ask(self) -> None:
        signal_group(self._process, "SIGTERM")

    def insist(self) -> None:
        if not self.ended.wait(self._grace):
            self.kill()

    def end(self) -> None:
        """End it now, in the thread that waits for it."""
        self.ask()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self._grace)
        self.kill()
        self._process.wait()

    def kill(self) -> None:
        signal_group(self._process, "SIGKILL")


def _tail(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _TAIL, 0))
    return file.read().decode(errors="replace")
