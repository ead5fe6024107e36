"""Evaluate on any executor: a pool of threads or processes, loky, Dask, MPI."""

from __future__ import annotations

import time
import warnings
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from typing import Any

from autotune.errors import EvaluationError
from autotune.execution.future_workers import FutureWorkers, done_with
from autotune.execution.isolated import IsolatedWorkers
from autotune.execution.limits import Limits
from autotune.execution.serialize import (
    NotStoredError,
    Serialized,
    Source,
    Stored,
    pack,
    serialize,
    store,
)
from autotune.execution.worker import evaluate_isolated, evaluate_stored
from autotune.execution.workers import Task, evaluated
from autotune.objective import Measurement, Objective, failed, finish_all, separate_folds

__all__ = ["ExecutorWorkers", "ThreadWorkers", "executor_size"]

# Left alone, a task that a person has interrupted may run for hours.
_ENDING_SECONDS = 0.1

# How long a cluster may be without any worker before the trials are evaluated here.
_LOST_SECONDS = 30.0


def executor_size(executor: Executor, n_jobs: int | None) -> int:
    """Return how many tasks an executor runs at once.

    Raises
    ------
    EvaluationError
        If it does not say, and ``n_jobs`` neither.
    """
    if n_jobs is not None and n_jobs > 0:
        return n_jobs
    client = _dask_client(executor)
    if client is not None:
        return max(1, int(sum(client.nthreads().values())))
    for name in ("_max_workers", "max_workers", "num_workers"):
        size = getattr(executor, name, None)
        if isinstance(size, int) and size > 0:
            return size
    raise EvaluationError(
        f"executor = {executor!r} does not say how many tasks it runs at once; say n_jobs = …"
    )


def _in_words(executor: Executor, error: BaseException) -> str:
    return f"{type(executor).__name__} failed ({type(error).__name__}: {error})"


def _dask_client(executor: Executor) -> Any:
    if type(executor).__module__.startswith("distributed."):
        return getattr(executor, "_client", None)
    return None


class ExecutorWorkers(FutureWorkers):
    """An executor that somebody else made, and that is left open.

    Where it breaks, because a process of it died, or its cluster is gone, what it had not finished
    is evaluated again in processes of this machine, and so is all that follows: the study goes on,
    and a trial that kills its process is found out.

    Parameters
    ----------
    objective : Objective
        What is evaluated.
    executor : concurrent.futures.Executor
        Runs it.
    count : int
        How many tasks run at once.
    limits : Limits
        On each evaluation; where there are any, workers evaluate in a process of their own.
    """

    def __init__(
        self, objective: Objective, executor: Executor, count: int, limits: Limits
    ) -> None:
        super().__init__(count, separate_folds=separate_folds(objective))
        self._objective = objective
        self._executor = executor
        self._limits = limits
        self._client = _dask_client(executor)
        self._in_threads = isinstance(executor, ThreadPoolExecutor) and not limits.any
        self._serialized: Serialized | None = None
        self._source: Source | None = None
        self._scattered: Any = None
        self._isolated: IsolatedWorkers | None = None
        self._lost_since: float | None = None
        self._on_cluster: set[tuple[int, tuple[int, ...]]] = set()
        if not self._in_threads:
            self._serialized = serialize(objective)
            self._source = store(self._serialized) if self._client is None else self._serialized

    def send(self, task: Task) -> Future[Measurement]:
        """Begin to evaluate a task."""
        if self._isolated is not None:
            return self._isolated.send(task)
        try:
            return self._sent(task)
        except (RuntimeError, OSError, BrokenExecutor) as error:  # it broke, or was shut down
            return self._send_isolated(task, error)
        except Exception as error:  # noqa: BLE001  # a choice that can't travel
            return done_with(failed(error, task.folds, 0.0))

    def _sent(self, task: Task) -> Future[Measurement]:
        if self._in_threads:
            return self._executor.submit(
                evaluated, self._objective, task.configuration, task.folds, task.repeat
            )
        packed = pack(task.configuration)
        source: Any = self._source
        if self._client is not None:
            if self._scattered is None or self._scattered.status not in ("finished", "pending"):
                self._scattered = self._client.scatter(self._source, broadcast=True, hash=False)
            source = self._scattered
            self._on_cluster.add((task.trial, task.folds))
        if self._limits.any:
            return self._executor.submit(
                evaluate_isolated, source, packed, task.folds, self._limits, task.repeat
            )
        return self._executor.submit(evaluate_stored, source, packed, task.folds, task.repeat)

    def _send_isolated(self, task: Task, error: BaseException) -> Future[Measurement]:
        if self._source is None:
            return done_with(failed(error, task.folds, 0.0))
        if self._isolated is None:
            warnings.warn(
                f"{_in_words(self._executor, error)}; what it had not finished, and all that "
                "follows, is evaluated in processes of this machine",
                RuntimeWarning,
                stacklevel=2,
            )
            self._isolated = IsolatedWorkers(
                self._source, self.count, self._limits, separate_folds=self._separate_folds
            )
        self._on_cluster.discard((task.trial, task.folds))
        return self._isolated.send(task)

    def recover(self, task: Task, error: BaseException) -> Future[Measurement] | None:
        """Evaluate a task again if its worker failed rather than the task."""
        if isinstance(error, NotStoredError):
            # There is no disk in common: the objective travels with its tasks from now on.
            if isinstance(self._source, Stored):
                self._source.remove()
            self._source = self._serialized
            return self.send(task)
        if isinstance(error, BrokenExecutor | CancelledError):
            self.lose(task, _in_words(self._executor, error))
            return self._send_isolated(task, error)
        return None

    def look(self) -> None:
        """See whether a cluster can still do what it was given; else nothing would ever be done."""
        if self._client is None:
            return
        if self._scattered is not None and self._scattered.status in ("cancelled", "lost"):
            # Dask leaves futures pending for ever that needed what its last worker took along.
            self._leave_cluster(CancelledError("the objective was lost with the last worker"))
        elif self._isolated is None and self._without_workers():
            reason = f"the cluster has had no worker for {_LOST_SECONDS:g} s"
            self._leave_cluster(EvaluationError(reason))

    def _leave_cluster(self, error: BaseException) -> None:
        """Evaluate in processes of this machine what the cluster has not done."""
        self._scattered = None
        for name in sorted(self._on_cluster & self._running.keys()):
            task, future = self._running[name]
            if not future.done():
                future.cancel()
                self.lose(task, _in_words(self._executor, error))
                self._running[name] = task, self._send_isolated(task, error)

    def _without_workers(self) -> bool:
        if self._client.status == "running" and self._has_workers():
            self._lost_since = None
            return False
        if self._lost_since is None:
            self._lost_since = time.monotonic()
        return time.monotonic() - self._lost_since >= _LOST_SECONDS

    def _has_workers(self) -> bool:
        try:
            return len(self._client.nthreads()) > 0
        except (OSError, TimeoutError):
            return False

    def close(self) -> None:
        """Let go of the objective; the executor stays open."""
        self.cancel()
        if self._isolated is not None:
            self._isolated.close()
        if isinstance(self._source, Stored):
            self._source.remove()
        if self._scattered is not None:
            self._scattered.release()


class ThreadWorkers(ExecutorWorkers):
    """Threads of this process, for objectives that can't leave it.

    Parameters
    ----------
    objective : Objective
        What is evaluated.
    count : int
        How many run at once.
    """

    def __init__(self, objective: Objective, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="autotune")
        super().__init__(objective, self._pool, count, Limits())

    def close(self) -> None:
        """End the threads once their tasks are done, or their objective has ended them."""
        left = [future for _, future in self._running.values()]
        super().close()
        while wait(left, timeout=_ENDING_SECONDS).not_done:
            finish_all(self._objective)
        self._pool.shutdown(wait=True, cancel_futures=True)
