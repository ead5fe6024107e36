"""What all workers offer, however they evaluate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from autotune.execution.task import Task
from autotune.objective import Measurement

__all__ = ["Workers"]


class Workers(Protocol):
    """Evaluate tasks. Whatever goes wrong with a task is a failure in its measurement."""

    @property
    def count(self) -> int:
        """How many tasks run at once."""
        ...

    def split(self, folds: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the folds of a trial as those of its tasks."""
        ...

    def results(self, tasks: Sequence[Task]) -> Iterator[Measurement]:
        """Evaluate tasks and yield what came of them, in their order, each as soon as it can be."""
        ...

    def submit(self, task: Task) -> None:
        """Begin to evaluate a task; ``wait`` tells when it is done."""
        ...

    def wait(self) -> list[tuple[Task, Measurement]]:
        """Return submitted tasks that are done, at least one, in the order they were submitted."""
        ...

    def close(self) -> None:
        """Let go of everything, and end what still runs where that is possible."""
        ...
