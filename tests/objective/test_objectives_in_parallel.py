"""Objectives of every kind with several workers, limits, and interrupts among them."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import stat
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import evolve

from autotune import tune, verify
from autotune.errors import EvaluationError
from autotune.execution import Execution
from autotune.objective import CommandObjective, CoroutineObjective, KeepsTime
from autotune.study import Evaluated
from autotune_strategies import Racing, recipes

SPACE = {"x": 1.0}
RACING = evolve(recipes.random_walk(), folds=Racing())


def hill(c):
    return -((c["x"] - 3) ** 2)


def decisions(log):
    return [
        (e.measurement.folds, e.measurement.scores)
        for e in log.events()
        if isinstance(e, Evaluated)
    ]


def failures(log):
    return [
        e.measurement.failure
        for e in log.events()
        if isinstance(e, Evaluated)
        if e.measurement.failure
    ]


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def steps(c):
    for fold in range(5):
        yield hill(c) - fold / 100


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.filterwarnings("ignore:only .* workers have something to do")
def test_generators_in_threads_give_the_log_of_one(batch_size):
    closed = []

    def closing(c):
        try:
            yield from steps(c)
        finally:
            closed.append(threading.current_thread().name)

    options = {"n_folds": 5, "n_trials": 12, "strategy": RACING, "seed": 3}
    one = tune(steps, SPACE, execution=Execution(batch_size=batch_size), **options)
    several = tune(closing, SPACE, execution=Execution(n_jobs=3, batch_size=batch_size), **options)
    with ThreadPoolExecutor(2) as pool:
        pooled = tune(
            steps, SPACE, execution=Execution(executor=pool, batch_size=batch_size), **options
        )
    assert decisions(one.log) == decisions(several.log) == decisions(pooled.log)
    assert len(closed) == 12
    assert verify(several.log).passed


def test_generators_as_they_are_completed():
    result = tune(
        steps,
        SPACE,
        n_folds=5,
        n_trials=12,
        strategy=RACING,
        seed=3,
        execution=Execution(n_jobs=2, asynchronous=True),
    )
    assert result.study.n_judged == 12
    assert failures(result.log) == []
    assert verify(result.log).passed


def test_generators_have_no_time_out():
    with pytest.raises(EvaluationError, match="StepwiseObjective can't be evaluated in a process"):
        tune(steps, SPACE, n_folds=5, execution=Execution(timeout=5.0))


def test_generators_do_not_go_to_processes_and_say_so_before_any_work():
    seen = []
    with ProcessPoolExecutor(1) as pool, pytest.raises(EvaluationError, match="use threads"):
        tune(
            steps,
            SPACE,
            n_folds=5,
            execution=Execution(executor=pool),
            n_trials=3,
            progress=lambda *e: seen.append(e),
        )
    assert seen == []


def test_async_trials_wait_side_by_side():
    together = threading.Barrier(3, timeout=60)

    async def meets(c):
        # Three are there at the same time, or this breaks.
        await asyncio.get_running_loop().run_in_executor(None, together.wait)
        return hill(c)

    result = tune(
        meets, SPACE, n_trials=9, execution=Execution(n_jobs=3, asynchronous=True), seed=1
    )
    assert failures(result.log) == []
    assert verify(result.log).passed


def test_async_functions_in_a_batch_give_the_log_of_one():
    async def waiting(c):
        await asyncio.sleep(0)
        return hill(c)

    one = tune(waiting, SPACE, n_trials=6, execution=Execution(batch_size=3), seed=1)
    several = tune(waiting, SPACE, n_trials=6, seed=1, execution=Execution(n_jobs=3, batch_size=3))
    assert decisions(one.log) == decisions(several.log)


def test_an_async_function_that_takes_too_long_is_cancelled():
    cancelled = []

    async def hangs(c):
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            cancelled.append(c["x"])
            raise

    result = tune(hangs, SPACE, n_trials=2, execution=Execution(timeout=0.05))
    assert [failure.kind for failure in failures(result.log)] == ["TimeoutError"] * 2
    assert "timeout = 0.05 s" in failures(result.log)[0].message
    assert len(cancelled) == 2


def test_a_time_out_of_the_functions_own_keeps_its_words():
    async def gives_up(c):
        raise TimeoutError("no answer")

    result = tune(gives_up, SPACE, n_trials=1, execution=Execution(timeout=60))
    assert failures(result.log)[0].message == "no answer"


def test_the_shorter_time_out_counts():
    for objective in (CommandObjective("true"), CoroutineObjective(hill)):
        assert isinstance(objective, KeepsTime)
        assert objective.with_timeout(5).with_timeout(3).with_timeout(4).timeout == 3
    with pytest.raises(EvaluationError, match="timeout = -1"):
        CoroutineObjective(hill, timeout=-1)
    with pytest.raises(EvaluationError, match="timeout = 0"):
        tune(CommandObjective("echo 1"), SPACE, execution=Execution(timeout=0))


posix = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts and signals")


@posix
def test_commands_side_by_side_and_with_a_time_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Each waits until another one is there too.
    script(
        tmp_path / "meet.sh",
        'touch "here.$$"; while [ $(ls here.* | wc -l) -lt 2 ]; do sleep 0.01; done; echo "$1"',
    )
    result = tune(
        CommandObjective("meet.sh {x}"),
        SPACE,
        n_trials=4,
        execution=Execution(n_jobs=2, batch_size=2, timeout=60),
    )
    assert failures(result.log) == []
    script(tmp_path / "hang.sh", "sleep 600 & wait")
    result = tune(
        CommandObjective("hang.sh"),
        SPACE,
        n_trials=2,
        execution=Execution(n_jobs=2, batch_size=2, timeout=0.2),
    )
    assert [failure.kind for failure in failures(result.log)] == ["TimeoutError"] * 2


@posix
@pytest.mark.parametrize("asynchronous", [False, True])
def test_an_interrupt_ends_what_all_threads_wait_for(asynchronous, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script(tmp_path / "slow.sh", "echo $$ > child.$$; sleep 600")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def children():
        return [int(text) for path in tmp_path.glob("child.*") if (text := path.read_text())]

    def interrupt():
        while len(children()) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        result = tune(
            CommandObjective("slow.sh"),
            SPACE,
            n_trials=4,
            execution=Execution(
                n_jobs=2, batch_size=1 if asynchronous else 4, asynchronous=asynchronous
            ),
        )
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
    assert result.interrupted
    assert result.study.n_judged == 0
    for child in children():
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


@posix
def test_an_interrupt_cancels_what_runs_on_the_event_loop():
    begun, cancelled = [], []

    async def slow(c):
        begun.append(True)
        try:
            await asyncio.sleep(600)
        finally:
            cancelled.append(True)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupt():
        while len(begun) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        result = tune(slow, SPACE, n_trials=4, execution=Execution(n_jobs=2, batch_size=2))
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
    assert result.interrupted
    assert len(cancelled) == len(begun) == 2


def test_commands_travel_without_what_runs():
    objective = CommandObjective("echo {x}")
    back = pickle.loads(pickle.dumps(objective))  # noqa: S301
    assert back.evaluate({"x": 1.5}, (0,)).scores == (1.5,)
    back.finish_all()
