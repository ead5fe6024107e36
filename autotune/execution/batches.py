"""Drive a study in batches: the same log whatever the number and speed of the workers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autotune.execution.interrupt import Interrupts
from autotune.execution.loop import Desk
from autotune.execution.task import Task
from autotune.execution.workers import Workers
from autotune.objective import joined
from autotune.study import Study

__all__ = ["run_in_batches"]


def run_in_batches(desk: Desk, workers: Workers, size: int, interrupts: Interrupts) -> None:
    """Propose some trials from one state, evaluate them, judge them in their order, and so on.

    Where a fold plan wants a trial's folds in several rounds, every round goes over all trials of
    the batch that still want some; its results are recorded in the order of the trials, and then
    those that want no more are judged. What comes next hangs on the recorded study alone, so a
    study that was killed within a batch goes on as the uninterrupted one.

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
    while desk.study.pending or desk.propose_batch(size):
        late = [trial for trial in _late(desk.study) if desk.folds_wanted(trial)]
        if not late:
            for trial in sorted(desk.study.pending):
                if not desk.folds_wanted(trial):
                    desk.judge(trial)
            # A verdict may have raced out a trial that wanted more before.
            late = [trial for trial in sorted(desk.study.pending) if desk.folds_wanted(trial)]
        _evaluate(desk, workers, late, interrupts)


def _late(study: Study) -> list[int]:
    """Return the pending trials that have been evaluated less often than others: a broken round."""
    rounds = {
        trial: int(np.count_nonzero(study.evaluations["trial"] == trial))
        for trial in sorted(study.pending)
    }
    most = max(rounds.values(), default=0)
    return [trial for trial, n in rounds.items() if n < most]


def _evaluate(desk: Desk, workers: Workers, trials: Sequence[int], interrupts: Interrupts) -> None:
    """Evaluate the folds that some trials want next, and record them in the order of the trials."""
    tasks: list[list[Task]] = []
    for trial in trials:
        configuration = desk.study.configuration(trial)
        split = workers.split(desk.folds_wanted(trial))
        tasks.append([Task(trial, configuration, folds) for folds in split])
    results = workers.results([task for group in tasks for task in group])
    for trial, group in zip(trials, tasks, strict=True):
        with interrupts.waiting():
            parts = [next(results) for _ in group]
        desk.record(trial, joined(parts))
