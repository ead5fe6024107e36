"""Workers whose tasks are futures, however these come about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeAlias

from attrs import evolve

from autotune.execution.workers import Task
from autotune.objective import Measurement, failed
from autotune.study import Failure
from autotune.study.measurement import WORKER_LOST

__all__ = ["FutureWorkers", "done_with"]

Name: TypeAlias = tuple[int, tuple[int, ...]]

# A wait is cut up, so that an interrupt and the loss of all workers are noticed on every platform.
_LOOK_SECONDS = 1.0


class FutureWorkers:
    """The base of workers that send tasks away and wait for futures.

    Futures are looked at by the thread that waits, and by no other.

    Parameters
    ----------
    count : int
        How many tasks run at once.
    separate_folds : bool
        Whether each fold is a task of its own.
    """

    def __init__(self, count: int, *, separate_folds: bool) -> None:
        self.count = count
        self._separate_folds = separate_folds
        self._running: dict[Name, tuple[Task, Future[Measurement]]] = {}
        self._lost: dict[Name, Failure] = {}

    def split(self, folds: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the folds of a trial as those of its tasks."""
        return [(fold,) for fold in folds] if self._separate_folds else [folds]

    def submit(self, task: Task) -> None:
        """Begin to evaluate a task."""
        self._running[task.trial, task.folds] = task, self.send(task)

    def results(self, tasks: Sequence[Task]) -> Iterator[Measurement]:
        """Evaluate tasks and yield what came of them, in their order."""
        for task in tasks:
            self.submit(task)
        for task in tasks:
            name = task.trial, task.folds
            while name in self._running:
                _, future = self._running[name]
                wait([future], timeout=_LOOK_SECONDS)
                if not future.done():
                    self.look()
                    continue
                measurement = self._settled(task, future)
                if measurement is not None:
                    yield measurement

    def wait(self) -> list[tuple[Task, Measurement]]:
        """Return submitted tasks that are done, at least one, in the order they were submitted."""
        result: list[tuple[Task, Measurement]] = []
        while self._running and not result:
            futures = [future for _, future in self._running.values()]
            done, _ = wait(futures, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            if not done:
                self.look()
            for task, future in list(self._running.values()):
                if future in done:
                    measurement = self._settled(task, future)
                    if measurement is not None:
                        result.append((task, measurement))
        return result

    def _settled(self, task: Task, future: Future[Measurement]) -> Measurement | None:
        """Return what came of a task; None if it has been sent again."""
        try:
            measurement = future.result()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever a worker died of
            again = self.recover(task, error)
            if again is not None:
                self._running[task.trial, task.folds] = task, again
                return None
            measurement = failed(error, task.folds, 0.0)
        name = task.trial, task.folds
        del self._running[name]
        lost = self._lost.pop(name, None)
        return measurement if lost is None else evolve(measurement, lost=lost)

    def lose(self, task: Task, words: str) -> None:
        """Note that the worker was lost that had begun a task, or may have."""
        self._lost[task.trial, task.folds] = Failure(WORKER_LOST, words)

    def cancel(self) -> None:
        """Take back what has not begun."""
        for _, future in self._running.values():
            future.cancel()
        self._running.clear()

    def send(self, task: Task) -> Future[Measurement]:
        """Begin to evaluate a task somewhere."""
        raise NotImplementedError

    def recover(self, task: Task, error: BaseException) -> Future[Measurement] | None:  # noqa: ARG002
        """Evaluate a task again whose worker failed; None if that is its result."""
        return None

    def look(self) -> None:
        """See whether there is still anybody to wait for."""


def done_with(measurement: Measurement) -> Future[Measurement]:
    """Return a future that is done."""
    future: Future[Measurement] = Future()
    future.set_result(measurement)
    return future
