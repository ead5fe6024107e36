"""Evaluate with joblib, on whichever backend is in force."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve
from joblib import Parallel, delayed
from joblib.parallel import get_active_backend

from autotune.execution.isolated import IsolatedWorkers
from autotune.execution.limits import Limits
from autotune.execution.serialize import Source, Stored, pack, serialize, store
from autotune.execution.worker import evaluate_stored
from autotune.execution.workers import Task, evaluated
from autotune.objective import Measurement, Objective, failed, separate_folds
from autotune.study import Failure
from autotune.study.measurement import WORKER_LOST

__all__ = ["JoblibWorkers", "joblib_uses_threads"]

_LOCAL = ("LokyBackend", "MultiprocessingBackend")


def joblib_uses_threads() -> bool:
    """Tell whether the backend in force evaluates in threads of this process."""
    backend, _ = get_active_backend()
    return any(getattr(backend, name, False) for name in ("uses_threads", "supports_sharedmem"))


class JoblibWorkers:
    """Joblib's workers: processes by default, or those of ``joblib.parallel_config``.

    A process that dies takes down what others were evaluating at that time. All that is evaluated
    again, each in a process of its own, so that the one that kills its process is found out.

    Parameters
    ----------
    objective : Objective
        What is evaluated.
    n_jobs, pre_dispatch
        As for ``joblib.Parallel``.
    count : int
        How many run at once.
    """

    def __init__(self, objective: Objective, n_jobs: int | None, pre_dispatch: Any, count: int):
        self.count = count
        self._parallel = Parallel(n_jobs=n_jobs, pre_dispatch=pre_dispatch, return_as="generator")
        self._open = False
        self._objective = objective
        self._source: Source | None = None
        self._isolated: IsolatedWorkers | None = None
        if joblib_uses_threads():
            return
        backend, _ = get_active_backend()
        serialized = serialize(objective)
        self._source = store(serialized) if type(backend).__name__ in _LOCAL else serialized

    def split(self, folds: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the folds of a trial as those of its tasks."""
        return [(fold,) for fold in folds] if separate_folds(self._objective) else [folds]

    def results(self, tasks: Sequence[Task]) -> Iterator[Measurement]:
        """Evaluate tasks and yield what came of them, in their order."""
        if len(tasks) == 0:
            return
        if self._isolated is not None:
            yield from self._isolated.results(tasks)
            return
        done = 0
        if not self._open:
            self._parallel.__enter__()  # held open, for making workers anew takes time
            self._open = True
        try:
            for measurement in self._parallel(self._call(task) for task in tasks):
                done += 1
                yield measurement
        except Exception as error:  # noqa: BLE001  # a worker died, or what it got can't travel
            if self._source is None:
                yield from (failed(error, task.folds, 0.0) for task in tasks[done:])
                return
            words = f"joblib's workers failed ({type(error).__name__}: {error})"
            warnings.warn(
                f"{words}; what they had not finished is evaluated again, each trial in a process "
                "of its own",
                RuntimeWarning,
                stacklevel=2,
            )
            self._isolated = IsolatedWorkers(
                self._source, self.count, Limits(), separate_folds=separate_folds(self._objective)
            )
            lost = Failure(WORKER_LOST, words)
            for measurement in self._isolated.results(tasks[done:]):
                yield evolve(measurement, lost=lost)

    def _call(self, task: Task) -> Any:
        if self._source is None:
            return delayed(evaluated)(self._objective, task.configuration, task.folds, task.repeat)
        packed = pack(task.configuration)
        return delayed(evaluate_stored)(self._source, packed, task.folds, task.repeat)

    def submit(self, task: Task) -> None:
        """Refuse: joblib evaluates batches."""
        raise NotImplementedError(f"joblib can't take task {task} alone")

    def wait(self) -> list[tuple[Task, Measurement]]:
        """Refuse: joblib evaluates batches."""
        raise NotImplementedError("joblib can't take tasks one by one")

    def close(self) -> None:
        """Let go of the workers and the objective's files."""
        if self._open:
            self._parallel.__exit__(None, None, None)
            self._open = False
        if self._isolated is not None:
            self._isolated.close()
        if isinstance(self._source, Stored):
            self._source.remove()
