"""Drive a study as its trials are completed: no worker waits for another."""

from __future__ import annotations

from collections import deque

from autotune.execution.interrupt import Interrupts
from autotune.execution.loop import Desk
from autotune.execution.task import Task
from autotune.execution.workers import Workers
from autotune.objective import Measurement, joined

__all__ = ["run_as_completed"]


def run_as_completed(desk: Desk, workers: Workers, interrupts: Interrupts) -> None:
    """Give every worker that has nothing to do the next task, and judge trials as they come in.

    The order in which they come in is that of the log, so the log is derived again like any other;
    another run may come to another order, and so to another search.

    Parameters
    ----------
    desk : Desk
        Proposes, judges and records.
    workers : Workers
        Evaluate.
    interrupts : Interrupts
        Ctrl-C.
    """
    queue: deque[Task] = deque()
    running = 0
    # Of each trial, the parts of its present round by their folds, and how many are missing.
    parts: dict[int, dict[tuple[int, ...], Measurement]] = {}
    missing: dict[int, int] = {}

    def advance(trial: int) -> None:
        wanted = desk.folds_wanted(trial)
        if not wanted:
            desk.judge(trial)
            return
        split = workers.split(wanted)
        configuration = desk.study.configuration(trial)
        parts[trial], missing[trial] = {}, len(split)
        queue.extend(Task(trial, configuration, folds) for folds in split)

    for trial in sorted(desk.study.pending):
        advance(trial)
    while True:
        while running < workers.count:
            if not queue:
                proposed = desk.propose_batch(1)
                if not proposed:
                    break
                advance(proposed[0].trial)
                continue
            with interrupts.waiting():
                workers.submit(queue.popleft())
            running += 1
        if running == 0:
            return
        with interrupts.waiting():
            done = workers.wait()
        for task, measurement in done:
            running -= 1
            parts[task.trial][task.folds] = measurement
            missing[task.trial] -= 1
            if missing[task.trial] == 0:
                found = parts.pop(task.trial)
                del missing[task.trial]
                desk.record(task.trial, joined([found[folds] for folds in sorted(found)]))
                advance(task.trial)
