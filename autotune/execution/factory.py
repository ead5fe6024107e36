"""Which workers a run gets, by what its caller said."""

from __future__ import annotations

import math

from autotune.errors import EvaluationError
from autotune.execution.execution import Execution
from autotune.execution.executor_workers import ExecutorWorkers, ThreadWorkers, executor_size
from autotune.execution.isolated import IsolatedWorkers
from autotune.execution.serial import SerialWorkers
from autotune.execution.serialize import serialize
from autotune.execution.workers import Workers
from autotune.objective import Objective, placement, separate_folds

__all__ = ["batch_size_for", "begun_within", "workers_for"]


def workers_for(objective: Objective, execution: Execution) -> Workers:
    """Return workers for an objective.

    An executor is used as it is. Without one and with one job, trials are evaluated serially in
    this process. With limits, or asynchronously, they are evaluated in processes that can be ended
    one by one; otherwise by joblib. An objective whose ``placement`` is in threads gets threads.

    Parameters
    ----------
    objective : Objective
        What is evaluated.
    execution : Execution
        How.

    Raises
    ------
    EvaluationError
        If these do not go together.
    """
    # Joblib is loaded when something is evaluated, not when a study is only looked at.
    from joblib import effective_n_jobs

    from autotune.execution.joblib_workers import JoblibWorkers, joblib_uses_threads

    limits, executor, n_jobs = execution.limits, execution.executor, execution.n_jobs
    place = placement(objective)
    separate = separate_folds(objective)
    if place == "serial" and limits.any:
        raise EvaluationError(
            f"{type(objective).__name__} can't be evaluated in a process of its own, which "
            "timeout and memory_limit need; leave them out"
        )
    if executor is not None:
        return ExecutorWorkers(objective, executor, executor_size(executor, n_jobs), limits)
    count = int(effective_n_jobs(n_jobs))
    if limits.any:
        return IsolatedWorkers(serialize(objective), count, limits, separate_folds=separate)
    if count == 1:
        return SerialWorkers(objective)
    if place != "anywhere" or (execution.asynchronous and joblib_uses_threads()):
        return ThreadWorkers(objective, count)
    if execution.asynchronous:
        return IsolatedWorkers(serialize(objective), count, limits, separate_folds=separate)
    return JoblibWorkers(objective, n_jobs, execution.pre_dispatch, count)


def batch_size_for(workers: int, n_folds: int) -> int:
    """Return how many trials to propose at once so that workers are seldom idle.

    With one worker one at a time. With more, at least four, and the fewest with two folds or more
    for each worker, such that less than a tenth of the workers' time is left without work.

    Parameters
    ----------
    workers : int
        How many folds are evaluated at once.
    n_folds : int
        Folds of a trial.

    Examples
    --------
    >>> batch_size_for(1, 5), batch_size_for(2, 5), batch_size_for(4, 1), batch_size_for(16, 5)
    (1, 4, 8, 9)
    """
    if workers == 1:
        return 1
    size = max(4, math.ceil(2 * workers / n_folds))
    while size * n_folds < 0.9 * workers * math.ceil(size * n_folds / workers):
        size += 1
    return size


def begun_within(seconds: float, workers: int, tasks: int, each: float | None) -> int:
    """Return how many trials, proposed at once, workers will have begun after so many seconds.

    Parameters
    ----------
    seconds : float
        The time there is.
    workers : int
        How many tasks run at once.
    tasks : int
        Tasks of a trial.
    each : float, optional
        Seconds of work that a trial takes; None while that is not known.

    Returns
    -------
    int
        At least as many as can begin at once.

    Examples
    --------
    >>> begun_within(10.0, 2, 1, None), begun_within(10.0, 2, 1, 4.0), begun_within(0.5, 16, 5, 4.0)
    (2, 5, 4)
    """
    at_once = math.ceil(workers / tasks)
    if each is None:
        return at_once
    # More than anybody proposes at once is as good as no end.
    return max(at_once, math.ceil(min(seconds * workers / max(each, 1e-9), 1e9)))
