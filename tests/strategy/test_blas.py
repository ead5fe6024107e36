"""Decisions don't hang on the number of threads of the linear algebra."""

from __future__ import annotations

import threading

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits

from autotune import Float, Space, tune, verify
from autotune.log import MemoryLog
from autotune.strategy.blas import one_thread
from autotune.study import Proposed
from autotune_strategies import recipes

SPACE = Space({f"x{i}": Float(-1, 1) for i in range(6)})


def bumpy(c):
    x = np.array(list(c.values()))
    return float(np.sum(np.sin(5 * x) - x**2)), 0.5


def threads():
    return {m["num_threads"] for m in threadpool_info() if m["user_api"] == "blas"}


def configurations(log):
    return [event.configuration for event in log.events() if isinstance(event, Proposed)]


def recorded(n_threads):
    log = MemoryLog()
    with threadpool_limits(n_threads, user_api="blas"):
        tune(bumpy, SPACE, n_trials=40, seed=1, log=log, strategy=recipes.gaussian())
    return log


def test_a_study_is_the_same_with_one_thread_and_with_several():
    one, several = recorded(1), recorded(4)
    a, b = (
        [e.configuration for e in log.events() if hasattr(e, "moved")] for log in (one, several)
    )
    assert a == b
    with threadpool_limits(4, user_api="blas"):
        assert verify(one).passed


def test_studies_in_several_threads_are_as_each_by_itself():
    alone = recorded(1)
    logs = [MemoryLog() for _ in range(3)]
    threads_ = [
        threading.Thread(
            target=tune,
            args=(bumpy, SPACE),
            kwargs={"n_trials": 40, "seed": 1, "log": log, "strategy": recipes.gaussian()},
        )
        for log in logs
    ]
    for thread in threads_:
        thread.start()
    for thread in threads_:
        thread.join(120)
    assert [configurations(log) for log in logs] == [configurations(alone)] * 3


def test_the_number_of_threads_is_restored():
    assert scipy.linalg is not None
    with threadpool_limits(3, user_api="blas"):
        with one_thread():
            assert threads() == {1}
            with one_thread():
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == {3}


def test_an_error_restores_it_too():
    with threadpool_limits(3, user_api="blas"):
        try:
            with one_thread():
                raise ValueError("no")
        except ValueError:
            pass
        assert threads() == {3}
