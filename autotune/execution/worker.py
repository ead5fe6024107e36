"""The work done on a task by a worker, on whichever machine it is."""

from __future__ import annotations

from autotune.execution.limits import Limits
from autotune.execution.serialize import NotStoredError, Source, load, unpack
from autotune.execution.worker_process import shared_processes
from autotune.execution.workers import evaluated, portable
from autotune.objective import Measurement, failed

__all__ = ["evaluate_isolated", "evaluate_stored"]


def evaluate_stored(
    source: Source, packed: bytes, folds: tuple[int, ...], repeat: int = 0
) -> Measurement:
    """Evaluate in this process.

    Parameters
    ----------
    source : Source
        The objective.
    packed : bytes
        The configuration.
    folds : tuple of int
        The folds.
    repeat : int
        How often the configuration was evaluated before.

    Raises
    ------
    NotStoredError
        If the objective's files are not on this machine.
    """
    try:
        objective = load(source)
        configuration = unpack(packed)
    except NotStoredError:
        raise
    except Exception as error:  # noqa: BLE001  # such as a module that can't be imported here
        return portable(failed(error, folds, 0.0))
    try:
        return portable(evaluated(objective, configuration, folds, repeat))
    except SystemExit as error:  # of this worker only, not of the study
        return portable(failed(error, folds, 0.0))


def evaluate_isolated(
    source: Source, packed: bytes, folds: tuple[int, ...], limits: Limits, repeat: int = 0
) -> Measurement:
    """Evaluate in a process of this worker's own, which is ended when it passes a limit."""
    return shared_processes().evaluate(source, packed, folds, limits, repeat)
