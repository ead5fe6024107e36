"""Tasks, and what all workers offer, however they evaluate them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from attrs import evolve, frozen

from autotune.objective import KnowsRepeats, Measurement, Objective, failed

__all__ = ["Task", "Workers", "evaluated", "portable", "survives_pickling"]


@frozen
class Task:
    """The work of one worker at a time.

    Parameters
    ----------
    trial : int
        Number of the trial.
    configuration : mapping
        Its configuration.
    folds : tuple of int
        The folds to evaluate.
    repeat : int
        How often the configuration was evaluated before: see ``autotune.study.repeats.repeat_of``.
    """

    trial: int
    configuration: Mapping[str, Any]
    folds: tuple[int, ...]
    repeat: int = 0


def evaluated(
    objective: Objective,
    configuration: Mapping[str, Any],
    folds: tuple[int, ...],
    repeat: int = 0,
) -> Measurement:
    """Evaluate, and return whatever goes wrong as a failure; interrupts and exits are raised."""
    try:
        if isinstance(objective, KnowsRepeats):
            measurement = objective.evaluate_repeat(dict(configuration), folds, repeat)
        else:
            measurement = objective.evaluate(dict(configuration), folds)
        return measurement.checked(folds)
    except Exception as error:  # noqa: BLE001  # also of an objective that breaks its word
        return failed(error, folds, 0.0)


def portable(measurement: Measurement) -> Measurement:
    """Return a measurement that can travel: without its exception if that would not survive."""
    error = measurement.error
    if error is None or survives_pickling(error):
        return measurement
    return evolve(measurement, error=None)


def survives_pickling(error: BaseException) -> bool:
    """Tell whether an exception comes out of a journey as it went in."""
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)  # noqa: S301  # our own
    except Exception:  # noqa: BLE001  # an exception's own methods may raise anything
        return False


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
