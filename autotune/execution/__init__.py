"""Execution of trials: in this process, in processes of this machine, or on any executor."""

from __future__ import annotations

from autotune.execution.execution import Execution
from autotune.execution.factory import batch_size_for, begun_within, workers_for
from autotune.execution.limits import Limits
from autotune.execution.workers import Task, Workers

__all__ = [
    "Execution",
    "Limits",
    "Task",
    "Workers",
    "batch_size_for",
    "begun_within",
    "workers_for",
]
