"""Worker processes that can be ended: for fits that hang, and for those that take everything."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from functools import cache
from pathlib import Path

from autotune.errors import EvaluationError
from autotune.execution.frames import read_frame, write_frame
from autotune.execution.limits import Limits
from autotune.execution.serialize import Source, Stored, store
from autotune.objective import Measurement, failed
from autotune.objective.measurement import TimeLimitError
from autotune.objective.process_group import own_group, signal_group, signal_name
from autotune.study import Failure
from autotune.study.measurement import WORKER_DIED

__all__ = ["TIMED_OUT", "WorkerProcess", "WorkerProcesses", "shared_processes"]

TIMED_OUT = "TimeoutError"
"""The kind of failure of an evaluation that took too long."""

# Loading the objective's modules may take long on a busy machine, but not for ever.
_START_SECONDS = 120.0
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class WorkerProcess:
    """A process of its own that evaluates one task after another, until it is ended.

    It leads a process group, so that what a fit started ends with it; and it ends by itself when
    the process that started it does, however that ends.

    Parameters
    ----------
    threads : int
        How many threads numerical libraries may use in it, unless the environment says.
    """

    def __init__(self, threads: int) -> None:
        environment = {name: str(threads) for name in _THREADS} | dict(os.environ)
        # The modules that are found here are to be found there.
        environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from autotune.execution.worker_program import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            **own_group(),
        )
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._started = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while (answer := read_frame(self._process.stdout)) is not None:
            self._answers.put(answer)
        self._answers.put(None)

    def evaluate(
        self,
        stored: Stored,
        packed: bytes,
        folds: tuple[int, ...],
        limits: Limits,
        repeat: int = 0,
    ) -> Measurement:
        """Evaluate some folds; a failure where the process died or had to be ended."""
        begin = time.perf_counter()
        try:
            assert self._process.stdin is not None
            request = stored, packed, folds, repeat, limits.memory
            write_frame(self._process.stdin, pickle.dumps(request))
            if not self._started and self._answer(_START_SECONDS) != b"ready":
                return self._died(folds, begin, "before it was ready")
            self._started = True
            if self._answer(_START_SECONDS) != b"begun":
                return self._died(folds, begin, "while it loaded the objective")
            begin = time.perf_counter()
        except queue.Empty:
            return self._ended(
                f"the worker process did not start within {_START_SECONDS:g} s", folds, begin
            )
        except OSError:
            return self._died(folds, begin, "before it had its task")
        try:
            answer = self._answer(limits.timeout)
        except queue.Empty:
            return self._ended(
                f"the evaluation took longer than timeout = {limits.timeout} s",
                folds,
                begin,
                limits.timeout,
            )
        if answer is None:
            return self._died(folds, begin, "during the evaluation")
        measurement: Measurement = pickle.loads(answer)  # noqa: S301  # from our own process
        return measurement

    def _answer(self, seconds: float | None) -> bytes | None:
        return self._answers.get(timeout=seconds)

    def _ended(
        self, words: str, folds: tuple[int, ...], begin: float, limit: float | None = None
    ) -> Measurement:
        self.end()
        error = TimeLimitError(f"{words} and was ended", limit)
        return failed(error, folds, time.perf_counter() - begin)

    def _died(self, folds: tuple[int, ...], begin: float, when: str) -> Measurement:
        seconds = time.perf_counter() - begin
        self.end()
        code = self._process.returncode
        if code < 0:
            how = f"was killed by signal {-code} ({signal_name(-code)})"
            if -code == signal.SIGKILL:
                how += ", as when memory runs out"
        else:
            how = f"ended with exit code {code}"
        result = failed(EvaluationError(""), folds, seconds)
        words = Failure(WORKER_DIED, f"the worker process {how} {when}")
        return Measurement(
            result.folds, result.scores, result.fit_seconds, result.score_seconds, {}, words
        )

    @property
    def alive(self) -> bool:
        """Whether it can take another task."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it at once, with all that it started."""
        signal_group(self._process, "SIGKILL")
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


class WorkerProcesses:
    """Worker processes that are lent out, one for each evaluation that runs at a time.

    Parameters
    ----------
    threads : int
        How many threads numerical libraries may use in each.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._idle: deque[WorkerProcess] = deque()
        self._busy: set[WorkerProcess] = set()
        self._stored: Stored | None = None
        self._closed = False

    def evaluate(
        self,
        source: Source,
        packed: bytes,
        folds: tuple[int, ...],
        limits: Limits,
        repeat: int = 0,
    ) -> Measurement:
        """Evaluate some folds in a process that nobody else uses meanwhile."""
        try:
            stored = self._on_disk(source)
            worker = self._lent()
        except (OSError, EvaluationError) as error:
            return failed(error, folds, 0.0)
        try:
            return worker.evaluate(stored, packed, folds, limits, repeat)
        except BaseException:
            worker.end()
            raise
        finally:
            self._returned(worker)

    def _on_disk(self, source: Source) -> Stored:
        if isinstance(source, Stored):
            return source
        with self._lock:
            if self._stored is None or self._stored.key != source.key:
                if self._stored is not None:
                    self._stored.remove()
                self._stored = store(source)
            return self._stored

    def _lent(self) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise EvaluationError("the worker processes were ended")
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    self._busy.add(worker)
                    return worker
                worker.end()
            worker = WorkerProcess(self._threads)
            self._busy.add(worker)
            return worker

    def _returned(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._busy.discard(worker)
            if worker.alive and not self._closed:
                self._idle.append(worker)
                return
        worker.end()

    def close(self) -> None:
        """End all processes, also those that are evaluating."""
        with self._lock:
            self._closed = True
            workers = [*self._idle, *self._busy]
            self._idle.clear()
            stored, self._stored = self._stored, None
        for worker in workers:
            worker.end()
        if stored is not None:
            stored.remove()


@cache
def shared_processes() -> WorkerProcesses:
    """Return the processes that this process, itself a worker of some executor, starts."""
    processes = WorkerProcesses(threads=1)
    atexit.register(processes.close)
    return processes
