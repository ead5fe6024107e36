"""Drive a study in batches: the same log whatever the number and speed of the workers."""

from __future__ import annotations

from collections.abc import Sequence

from autotune.desk import Desk
from autotune.execution.task import Task, joined
from autotune.execution.workers import Workers
from autotune.interrupt import Interrupts

__all__ = ["run_in_batches"]


def run_in_batches(desk: Desk, workers: Workers, size: int, interrupts: Interrupts) -> None:
    """Propose some trials from one state, evaluate them, judge them in their order, and so on.

    Trials that are pending when it begins are a batch of their own, so a study that was killed
    within a batch goes on as the uninterrupted one. Where a fold plan wants a trial's folds in
    several rounds, every round goes over all trials of the batch that still want some.

    Parameters
    ----------
    desk : Desk
        Proposes, judges and records.
    workers : Workers
        Evaluate.
    size : int
        Trials in a batch.
    interrupts : Interrupts
        Ctrl-C.
    """
    waiting = sorted(desk.study.pending)
    while True:
        while waiting:
            waiting = _round(desk, workers, waiting, interrupts)
        waiting = [proposed.trial for proposed in desk.propose_batch(size)]
        if not waiting:
            return


def _round(
    desk: Desk, workers: Workers, trials: Sequence[int], interrupts: Interrupts
) -> list[int]:
    """Evaluate the next folds of some trials; return those that are not judged yet."""
    tasks: list[list[Task]] = []
    for trial in trials:
        wanted = desk.folds_wanted(trial)
        configuration = desk.study.configuration(trial)
        split = workers.split(wanted) if wanted else []
        tasks.append([Task(trial, configuration, folds) for folds in split])
    results = workers.results([task for group in tasks for task in group])
    left = []
    for trial, group in zip(trials, tasks, strict=True):
        if group:
            with interrupts.waiting():
                parts = [next(results) for _ in group]
            desk.record(trial, joined(parts))
        if desk.folds_wanted(trial):
            left.append(trial)
        else:
            desk.judge(trial)
    return left
