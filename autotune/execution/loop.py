"""The loops that drive a study: in batches, or as trials are completed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from autotune.execution.interrupt import Interrupts
from autotune.execution.workers import Task, Workers
from autotune.study import Accepted, Measurement, Proposed, Rejected, Study
from autotune.study.measurement import joined

__all__ = ["Loop", "run_as_completed", "run_in_batches"]


class Loop(Protocol):
    """The side of a tuner that loops need: proposals, measurements, and a record of both."""

    @property
    def study(self) -> Study:
        """The state."""
        ...

    def propose_batch(self, size: int) -> list[Proposed]:
        """Propose trials and record them together; none when the study is over."""
        ...

    def folds_wanted(self, trial: int) -> tuple[int, ...]:
        """Return the folds of a pending trial to run next; none when it can be judged."""
        ...

    def repeat(self, trial: int) -> int:
        """Return how often a trial's configuration was evaluated before, if the objective cares."""
        ...

    def record(self, trial: int, measurement: Measurement) -> None:
        """Record what some folds gave."""
        ...

    def judge(self, trial: int) -> Accepted | Rejected:
        """Judge a trial whose folds are done, and record it."""
        ...


def run_in_batches(loop: Loop, workers: Workers, size: int, interrupts: Interrupts) -> None:
    """Propose some trials from one state, evaluate them, judge them in their order, and so on.

    Where a fold plan wants a trial's folds in several rounds, every round goes over all trials of
    the batch that still want some; its results are recorded in the order of the trials, and then
    those that want no more are judged. A trial whose worker was lost makes up its round before.
    What comes next hangs on the recorded study alone, so a study that was killed within a batch
    goes on as the uninterrupted one.

    Parameters
    ----------
    loop : Loop
        Proposes, judges and records.
    workers : Workers
        Evaluate.
    size : int
        Trials in a batch.
    interrupts : Interrupts
        Ctrl-C.
    """
    while loop.study.pending or loop.propose_batch(size):
        late = [trial for trial in _late(loop.study) if loop.folds_wanted(trial)]
        if not late:
            for trial in sorted(loop.study.pending):
                if not loop.folds_wanted(trial):
                    loop.judge(trial)
            # A verdict may have raced out a trial that wanted more before.
            late = [trial for trial in sorted(loop.study.pending) if loop.folds_wanted(trial)]
        _evaluate(loop, workers, late, interrupts)


def _late(study: Study) -> list[int]:
    """Return the pending trials that have been evaluated less often than others: a broken round."""
    rounds = {
        trial: int(np.count_nonzero(study.evaluations["trial"] == trial)) - study.n_losses(trial)
        for trial in sorted(study.pending)
    }
    most = max(rounds.values(), default=0)
    return [trial for trial, n in rounds.items() if n < most]


def _evaluate(loop: Loop, workers: Workers, trials: Sequence[int], interrupts: Interrupts) -> None:
    """Evaluate the folds that some trials want next, and record them in the order of the trials."""
    tasks: list[list[Task]] = []
    for trial in trials:
        configuration = loop.study.configuration(trial)
        split = workers.split(loop.folds_wanted(trial))
        repeat = loop.repeat(trial)
        tasks.append([Task(trial, configuration, folds, repeat) for folds in split])
    results = workers.results([task for group in tasks for task in group])
    for trial, group in zip(trials, tasks, strict=True):
        with interrupts.waiting():
            parts = [next(results) for _ in group]
        loop.record(trial, joined(parts))


def run_as_completed(loop: Loop, workers: Workers, interrupts: Interrupts) -> None:
    """Give every worker that has nothing to do the next task, and judge trials as they come in.

    The order in which they come in is that of the log, so the log is derived again like any other;
    another run may come to another order, and so to another search.

    Parameters
    ----------
    loop : Loop
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
        wanted = loop.folds_wanted(trial)
        if not wanted:
            loop.judge(trial)
            return
        split = workers.split(wanted)
        configuration = loop.study.configuration(trial)
        parts[trial], missing[trial] = {}, len(split)
        repeat = loop.repeat(trial)
        queue.extend(Task(trial, configuration, folds, repeat) for folds in split)

    for trial in sorted(loop.study.pending):
        advance(trial)
    while True:
        while running < workers.count:
            if not queue:
                proposed = loop.propose_batch(1)
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
                measured = parts.pop(task.trial)
                del missing[task.trial]
                loop.record(task.trial, joined([measured[folds] for folds in sorted(measured)]))
                advance(task.trial)
