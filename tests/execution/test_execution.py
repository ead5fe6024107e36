"""Trials and folds in parallel: the same log on any workers, and whatever happens to them."""

from __future__ import annotations

import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import (
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from multiprocessing import get_context
from pathlib import Path

import joblib
import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from autotune import Fixed, Float, Space, Tuner, tune, verify
from autotune.errors import EvaluationError, StudyError
from autotune.execution import Execution, Limits, batch_size_for
from autotune.execution.executor_workers import ExecutorWorkers
from autotune.execution.serialize import NotStoredError, Stored, load, serialize, store
from autotune.execution.workers import Task
from autotune.log import MemoryLog
from autotune.objective import Measurement, joined
from autotune.replay import state_at
from autotune.strategy import Composed, FoldQuery
from autotune.study import Evaluated, Proposed, Rejected
from autotune_strategies import recipes

N_TRIALS = 12


def space(how: str = "well", where: str = "") -> Space:
    return Space({"x": Float(-10, 10), "how": Fixed(how), "where": Fixed(where)}, start={"x": 1.0})


def made():
    """Return an objective that travels by value, and misbehaves where x is above 2."""

    def objective(c):
        import os
        import signal
        import sys
        import time

        if c["x"] > 2:
            match c["how"]:
                case "raise":
                    raise ValueError("too large")
                case "nan":
                    return float("nan")
                case "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "exit":
                    sys.exit(3)
                case "hang":
                    time.sleep(1000)
                case "memory":
                    import numpy as np

                    return float(np.ones(2**28).sum())  # 2 GiB
        return -((c["x"] - 3) ** 2), 0.1

    return objective


@frozen
class InFolds:
    """Four folds of known scores and seconds."""

    n_folds: int = 4

    def evaluate(self, configuration, folds):
        scores = tuple(-((configuration["x"] - 3) ** 2) - fold / 10 for fold in folds)
        return Measurement(folds, scores, (0.5,) * len(folds), (0.1,) * len(folds))


def told(log):
    """Return what a log says, but for when, and who."""
    return [re.sub(r"\bat=\d+|study_id='\w+'", "", repr(event)) for event in log.events()]


def searched(objective=None, how="well", n_trials=N_TRIALS, strategy=None, **ways):
    log = MemoryLog()
    found = tune(
        made() if objective is None else objective,
        space(how),
        n_trials=n_trials,
        seed=3,
        log=log,
        strategy=strategy,
        execution=Execution(**ways),
    )
    assert found.n_trials == n_trials
    assert not found.study.pending
    assert verify(log).passed
    return log


def failures(log):
    return list(state_at(log).failures().values())


# The same log on any workers


@pytest.fixture(scope="module")
def expected():
    return told(searched(batch_size=4))


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        yield executor


def test_joblib_gives_the_same_log(expected):
    assert told(searched(batch_size=4, n_jobs=2)) == expected


def test_threads_of_joblib_give_the_same_log(expected):
    with joblib.parallel_config(backend="threading"):
        assert told(searched(batch_size=4, n_jobs=3)) == expected


def test_processes_that_can_be_ended_give_the_same_log(expected):
    assert told(searched(batch_size=4, n_jobs=2, timeout=100.0)) == expected


def test_a_pool_of_processes_gives_the_same_log(expected, pool):
    assert told(searched(batch_size=4, executor=pool)) == expected


@pytest.mark.parametrize("workers", [1, 4])
def test_a_pool_of_threads_gives_the_same_log(expected, workers):
    with ThreadPoolExecutor(workers) as executor:
        assert told(searched(batch_size=4, executor=executor)) == expected


@pytest.mark.parametrize("strategy", [recipes.default(), recipes.racing(level=0.3)])
def test_folds_in_parallel_give_the_same_log(strategy, pool):
    ways = {"strategy": strategy, "batch_size": 3}
    assert told(searched(InFolds(), executor=pool, **ways)) == told(searched(InFolds(), **ways))


def test_batches_of_one_are_the_walk_itself(pool):
    assert told(searched(executor=pool, n_jobs=1)) == told(searched())


def test_two_dask_workers_give_the_same_log(cluster, expected):
    assert told(searched(batch_size=4, executor=cluster.get_executor())) == expected


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=":0", processes=True
            ) as local,
            distributed.Client(local) as client,
        ):
            yield client


def test_what_kills_dask_workers_is_recorded(cluster):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        log = searched(how="kill", n_trials=3, executor=cluster.get_executor(), batch_size=3)
    found = failures(log)
    # Where Dask loses the objective with its last worker, it goes on here.
    assert {failure.kind for failure in found} <= {"KilledWorker", "WorkerDied"}
    assert 0 < len(found) < 3  # the start is harmless


@pytest.mark.filterwarnings("ignore:ClientExecutor failed:RuntimeWarning")
@pytest.mark.parametrize("lost", ["before anything else", "after another task"])
def test_what_dask_leaves_pending_for_ever_is_evaluated_here(cluster, lost):
    workers = ExecutorWorkers(InFolds(), cluster.get_executor(), 2, Limits())
    tasks = [Task(1, {"x": 1.0}, (fold,)) for fold in range(2)]
    for task in tasks:
        workers.submit(task)
    workers._running[1, (1,)] = tasks[1], Future()  # as Dask's own, when its result is lost
    if lost == "after another task":
        workers._running[1, (0,)] = tasks[0], workers.recover(tasks[0], CancelledError())
    workers._scattered.cancel()
    done = []
    while len(done) < 2:
        done += workers.wait()
    workers.close()
    assert sorted((task.folds, measured.scores) for task, measured in done) == [
        ((0,), (-4.0,)),
        ((1,), (-4.1,)),
    ]


def test_a_hung_fit_on_dask_is_ended(cluster):
    log = searched(
        how="hang", n_trials=3, executor=cluster.get_executor(), batch_size=3, timeout=0.2
    )
    assert {failure.kind for failure in failures(log)} == {"TimeoutError"}


# As they are completed


def test_as_completed_in_threads():
    with ThreadPoolExecutor(4) as executor:
        log = searched(executor=executor, asynchronous=True)
    at_once = 0
    running = set()
    for event in log.events():
        if isinstance(event, Proposed):
            running.add(event.trial)
        elif isinstance(event, Evaluated):
            running.discard(event.trial)
        at_once = max(at_once, len(running))
    assert at_once == 4


def test_as_completed_in_processes_with_folds():
    log = searched(
        InFolds(), strategy=recipes.racing(level=0.3), n_jobs=2, asynchronous=True, n_trials=6
    )
    assert failures(log) == []


def test_trials_are_judged_as_they_come_in():
    def objective(c):
        import time

        time.sleep(1.5 if c["x"] == 1.0 else 0.0)  # the start takes long
        return -abs(c["x"])

    with ThreadPoolExecutor(2) as executor:
        log = searched(objective, executor=executor, asynchronous=True, n_trials=6)
    order = [event.trial for event in log.events() if isinstance(event, Evaluated)]
    assert order.index(1) > order.index(2)


def test_with_one_worker_both_ways_are_the_same():
    assert told(searched(asynchronous=True)) == told(searched())


# What happens to trials and workers


@pytest.mark.parametrize(
    "ways",
    [
        {"n_jobs": 2, "batch_size": 4},
        {"n_jobs": 2, "timeout": 60.0, "batch_size": 4},
        {"n_jobs": 2, "asynchronous": True},
    ],
    ids=["joblib", "ended", "asynchronous"],
)
@pytest.mark.parametrize(
    ("how", "kind"), [("raise", "ValueError"), ("nan", "not finite"), ("exit", "SystemExit")]
)
def test_what_goes_wrong_in_a_worker_is_recorded(how, kind, ways):
    found = failures(searched(how=how, n_trials=6, **ways))
    assert {failure.kind for failure in found} == {kind}


def test_who_kills_its_process_is_found_out_by_joblib():
    with pytest.warns(RuntimeWarning, match="joblib's workers failed"):
        log = searched(how="kill", n_trials=4, n_jobs=2, batch_size=4)
    found = failures(log)
    assert {failure.kind for failure in found} == {"WorkerDied"}
    assert "SIGKILL" in found[0].message
    assert len(found) < 4


def test_who_kills_its_process_breaks_a_pool_and_no_study():
    with (
        ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor,
        pytest.warns(RuntimeWarning, match="ProcessPoolExecutor failed"),
    ):
        log = searched(how="kill", n_trials=4, executor=executor, batch_size=4)
    assert {failure.kind for failure in failures(log)} == {"WorkerDied"}


def test_a_hung_fit_is_ended_with_all_that_it_started(tmp_path):
    def objective(c):
        import subprocess
        from pathlib import Path

        if c["x"] == 1.0:
            return 0.0
        child = subprocess.Popen(["sleep", "1000"])
        here = Path(c["where"])
        (here / f"new-{child.pid}").touch()
        (here / f"new-{child.pid}").rename(here / str(child.pid))
        child.wait()
        return 1.0

    found = tune(
        objective, space(where=str(tmp_path)), n_trials=2, seed=3, execution=Execution(timeout=2.0)
    )
    (event,) = (e for e in found.log.events() if isinstance(e, Evaluated) and e.measurement.failure)
    assert event.measurement.failure.kind == "TimeoutError"
    assert "timeout = 2.0 s" in event.measurement.failure.message
    assert event.measurement.fit_seconds[0] >= 2.0
    (child,) = tmp_path.iterdir()
    deadline = time.monotonic() + 60
    while is_running(int(child.name)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(int(child.name))


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory on Linux only")
def test_a_fit_that_wants_too_much_memory_fails(tmp_path):
    log = searched(how="memory", n_trials=4, memory_limit=2**29)
    found = failures(log)
    assert len(found) > 0
    assert all(re.search("MemoryError", failure.kind) for failure in found)


def test_an_objective_that_a_worker_cannot_import_is_told():
    def objective(c):
        return 1.0

    class Foreign:
        n_folds = 1

        def evaluate(self, configuration, folds):
            return Measurement(folds, (1.0,), (0.1,), (0.1,))

        def __reduce__(self):
            return __import__, ("no_such_module",)

    found = failures(searched(Foreign(), n_trials=2, timeout=60.0))
    assert [failure.kind for failure in found] == ["ModuleNotFoundError"] * 2


def test_an_objective_that_cannot_travel_is_refused_before_any_work():
    log = MemoryLog()
    lock = threading.Lock()
    with pytest.raises(EvaluationError, match="can't travel to other processes"):
        tune(
            lambda c: float(lock.locked()),
            {"x": 1.0},
            execution=Execution(n_jobs=2, batch_size=2),
            log=log,
        )
    assert not any(isinstance(event, Proposed) for event in log.events())


def test_a_killed_study_leaves_no_worker_behind(tmp_path):
    script = tmp_path / "study.py"
    script.write_text(
        "import os, pathlib, time\n"
        "from autotune import tune\n"
        "from autotune.execution import Execution\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n"
        "def objective(c):\n"
        "    (here / f'new-{os.getpid()}').touch()\n"
        "    (here / f'new-{os.getpid()}').rename(here / f'pid-{os.getpid()}')\n"
        "    time.sleep(1000)\n"
        "tune(objective, {'x': 1.0}, execution=Execution(timeout=500.0))\n"
    )
    study = subprocess.Popen([sys.executable, script], env={**os.environ})
    try:
        while not (pids := list(tmp_path.glob("pid-*"))):
            assert study.poll() is None
            time.sleep(0.05)
    finally:
        study.kill()
        study.wait()
    worker = int(pids[0].name.removeprefix("pid-"))
    deadline = time.monotonic() + 60
    while is_running(worker) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(worker)


# Interrupts and resuming


@pytest.mark.parametrize("after", [1, 4, 6, 11])
def test_an_interrupted_batch_is_gone_on_with(after, expected):
    log = MemoryLog()
    calls = []
    objective = made()

    def interrupted(c):
        calls.append(c)
        if len(calls) > after:
            raise KeyboardInterrupt
        return objective(c)

    begun = tune(
        interrupted, space(), n_trials=N_TRIALS, seed=3, log=log, execution=Execution(batch_size=4)
    )
    assert begun.interrupted
    assert len(begun.study.pending) == 4
    tune(objective, space(), n_trials=N_TRIALS, log=log, execution=Execution(batch_size=4))
    assert told(log) == expected


def test_an_interrupt_ends_what_runs_in_other_processes():
    def objective(c):
        import time

        time.sleep(1000 if c["x"] != 1.0 else 0)
        return 1.0

    def interrupt(event, study):
        if isinstance(event, Proposed) and event.trial > 1:
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        found = tune(
            objective,
            space(),
            n_trials=5,
            execution=Execution(n_jobs=2, asynchronous=True),
            progress=interrupt,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert found.interrupted
    assert 1 not in found.study.pending or len(found.study.pending) <= 2


# Staging


@given(st.lists(st.floats(allow_nan=False), max_size=20), st.integers(0, 3))
def test_arrays_are_mapped_and_cannot_be_written(values, extra):
    array = np.array(values + [0.0] * extra)
    stored = store((array, "words"))
    try:
        there, words = load(stored)
        np.testing.assert_array_equal(there, array)
        assert words == "words"
        if len(array) > 0:
            with pytest.raises(ValueError, match="read-only"):
                there[0] = 1.0
        assert load(stored)[0] is there  # it is read once
    finally:
        stored.remove()


def test_what_is_not_on_this_machine_is_told():
    with pytest.raises(NotStoredError, match="not on this machine"):
        load(Stored("/nowhere/at/all", "some key"))


class Elsewhere(Executor):
    """A pool on another machine: files from here are not there."""

    _max_workers = 1

    def submit(self, function, /, source, *arguments):
        future: Future = Future()
        try:
            gone = Stored("/nowhere", source.key) if isinstance(source, Stored) else source
            future.set_result(function(gone, *arguments))
        except NotStoredError as error:
            future.set_exception(error)
        return future


def test_without_a_common_disk_the_objective_is_sent_along(expected):
    assert told(searched(batch_size=4, executor=Elsewhere())) == expected


def test_the_data_travel_once():
    data = np.zeros(100_000)

    def objective(c):
        return float(data.sum()) - c["x"] ** 2, 0.1

    lengths = []

    class Counting(Executor):
        _max_workers = 1

        def submit(self, function, /, *arguments):
            lengths.append(len(pickle.dumps(arguments)))
            future: Future = Future()
            future.set_result(function(*arguments))
            return future

    searched(objective, executor=Counting(), n_trials=5)
    assert len(lengths) == 5
    assert max(lengths) < 2_000
    assert len(serialize(objective).buffers[0]) == data.nbytes


# Parts


@given(st.integers(1, 64), st.integers(1, 20))
def test_an_automatic_batch_keeps_workers_busy(workers, folds):
    size = batch_size_for(workers, folds)
    if workers == 1:
        assert size == 1
        return
    tasks = size * folds
    rounds = -(-tasks // workers)
    assert tasks >= 2 * workers
    assert tasks >= 0.9 * rounds * workers
    assert size >= 4
    assert size <= 2 * -(-2 * workers // folds) + workers + 4


@given(st.lists(st.booleans(), min_size=1, max_size=5))
def test_folds_are_joined_in_order(failed):
    from autotune.study import Failure

    parts = [
        Measurement(
            (i,),
            (float(i),),
            (1.0,),
            (2.0,),
            {f"m{i % 2}": (0.5,)},
            Failure("E", str(i)) if bad else None,
        )
        for i, bad in enumerate(failed)
    ]
    whole = joined(parts)
    assert whole.folds == tuple(range(len(failed)))
    assert whole.scores == tuple(map(float, range(len(failed))))
    assert all(len(column) == len(failed) for column in whole.metrics.values())
    first = next((str(i) for i, bad in enumerate(failed) if bad), None)
    assert (None if whole.failure is None else whole.failure.message) == first


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ({"n_jobs": 0}, "n_jobs = 0 must be"),
        ({"n_jobs": True}, "n_jobs = True must be"),
        ({"timeout": 0}, "timeout = 0 must be a number of seconds > 0"),
        ({"timeout": float("nan")}, "timeout = nan must be"),
        ({"memory_limit": 1.5}, "memory_limit = 1.5 must be a whole number of bytes"),
        ({"executor": "dask"}, "executor = 'dask' is of type str; give"),
        ({"batch_size": 0}, "batch_size = 0 must be"),
        ({"batch_size": "many"}, "batch_size = 'many' must be"),
        ({"batch_size": 3, "asynchronous": True}, "goes with asynchronous=False"),
    ],
)
def test_wishes_that_make_no_sense_are_refused_before_any_work(ways, words):
    log = MemoryLog()
    with pytest.raises((EvaluationError, StudyError), match=re.escape(words)):
        tune(made(), space(), log=log, execution=Execution(**ways))
    assert not any(isinstance(event, Proposed) for event in log.events())


def test_workers_without_work_are_told_of():
    with (
        ThreadPoolExecutor(3) as executor,
        pytest.warns(UserWarning, match="only 1 of 3 workers have something to do"),
    ):
        tune(made(), space(), n_trials=2, execution=Execution(executor=executor))


def test_limits_read_well():
    assert not Limits().any
    assert Limits(memory=10).any
    assert repr(Limits(timeout=3.0)) == "Limits(timeout=3.0, memory=None)"


def test_a_failure_in_a_worker_is_raised_where_it_is_asked_for():
    tuner = Tuner(space("raise"), n_trials=9, seed=3)
    with pytest.raises(ValueError, match="too large"):
        tuner.run(made(), execution=Execution(n_jobs=2, batch_size=3), on_error="raise")
    assert failures(tuner.log) != []


@frozen
class UntilOvertaken(Composed[FoldQuery, tuple[int, ...] | None]):
    """One fold; two of odd trials, unless a later one is accepted before."""

    def read(self, state, query):
        study, trial = query.study, query.trial
        done = len(study.measurement(trial).folds)
        if done == 0:
            return (0,)
        if trial % 2 == 0 or done == 2:
            return ()
        return None if (study.incumbent or 0) > trial else (1,)


def test_a_trial_that_another_verdict_races_out_is_not_evaluated_again():
    log = MemoryLog()
    strategy = evolve(recipes.random_walk(), folds=UntilOvertaken())
    tune(
        InFolds(2),
        space(),
        n_trials=8,
        seed=3,
        log=log,
        strategy=strategy,
        execution=Execution(batch_size=2),
    )
    events = list(log.events())
    assert any(isinstance(e, Rejected) and e.reason == "raced out" for e in events)
    assert all(len(event.measurement.folds) > 0 for event in events if isinstance(event, Evaluated))
    assert verify(log, components=[UntilOvertaken]).passed
