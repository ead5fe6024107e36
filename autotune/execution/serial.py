"""Evaluate in this process, one task after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import field, frozen

from autotune.execution.workers import Task, evaluated
from autotune.objective import Measurement, Objective

__all__ = ["SerialWorkers"]


@frozen
class SerialWorkers:
    """The process and thread that the study itself runs in.

    Parameters
    ----------
    objective : Objective
        What is evaluated.
    """

    objective: Objective
    _done: list[tuple[Task, Measurement]] = field(factory=list, init=False, eq=False, repr=False)

    @property
    def count(self) -> int:
        """One."""
        return 1

    def split(self, folds: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return all folds as one task."""
        return [folds]

    def results(self, tasks: Sequence[Task]) -> Iterator[Measurement]:
        """Evaluate one task after the other."""
        for task in tasks:
            yield _done(self.objective, task)

    def submit(self, task: Task) -> None:
        """Evaluate a task; it is done when this returns."""
        self._done.append((task, _done(self.objective, task)))

    def wait(self) -> list[tuple[Task, Measurement]]:
        """Return what was submitted."""
        done = self._done[:]
        self._done.clear()
        return done

    def close(self) -> None:
        """Do nothing."""


def _done(objective: Objective, task: Task) -> Measurement:
    return evaluated(objective, task.configuration, task.folds, task.repeat)
