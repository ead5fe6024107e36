"""Evaluate in processes of this machine that can be ended one by one."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor

from autotune.execution.future_workers import FutureWorkers
from autotune.execution.limits import Limits
from autotune.execution.serialize import Source, Stored, pack, store
from autotune.execution.worker_process import TIMED_OUT, WorkerProcesses
from autotune.execution.workers import Task
from autotune.objective import Measurement, failed

__all__ = ["IsolatedWorkers"]


class IsolatedWorkers(FutureWorkers):
    """Processes of this machine, each minded by a thread of this one.

    Parameters
    ----------
    source : Source
        What is evaluated.
    count : int
        How many run at once.
    limits : Limits
        On each evaluation.
    separate_folds : bool
        Whether each fold is a task of its own.
    """

    def __init__(self, source: Source, count: int, limits: Limits, *, separate_folds: bool) -> None:
        super().__init__(count, separate_folds=separate_folds)
        self._limits = limits
        self._stored = source if isinstance(source, Stored) else store(source)
        self._owned = not isinstance(source, Stored)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self._processes = WorkerProcesses(threads=max(1, (cores or 1) // count))
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="autotune")
        self._hung: set[int] = set()

    def send(self, task: Task) -> Future[Measurement]:
        """Begin to evaluate a task."""
        return self._threads.submit(self._evaluate, task)

    def _evaluate(self, task: Task) -> Measurement:
        if task.trial in self._hung:
            # These folds never ran, and count for no seconds.
            return failed(TimeoutError("another fold of this trial took too long"), (), 0.0)
        try:
            packed = pack(task.configuration)
        except Exception as error:  # noqa: BLE001  # a choice that can't travel
            return failed(error, task.folds, 0.0)
        result = self._processes.evaluate(
            self._stored, packed, task.folds, self._limits, task.repeat
        )
        if result.failure is not None and result.failure.kind == TIMED_OUT:
            self._hung.add(task.trial)
        return result

    def close(self) -> None:
        """End all processes."""
        self.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._processes.close()
        self._threads.shutdown(wait=True)
        if self._owned:
            self._stored.remove()
