"""Workers that are lost: by nobody's fault once, and by the trial's own twice."""

from __future__ import annotations

import signal
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from attrs import evolve

from autotune import Fixed, Float, Space, Tuner, open_log, tune, verify
from autotune.execution import Execution
from autotune.log import MemoryLog
from autotune.objective import Measurement
from autotune.replay import state_at
from autotune.strategy import describe, rebuild
from autotune.strategy.defaults import known_components
from autotune.study import Accepted, Evaluated, Failure, Proposed, Rejected, apply, reduce, replay
from autotune.study.measurement import WORKER_DIED, WORKER_LOST, joined, loss
from autotune_strategies import recipes

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL"),
    pytest.mark.filterwarnings("ignore:joblib's workers failed:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:ProcessPoolExecutor failed:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:ClientExecutor failed:RuntimeWarning"),
]

WALK = recipes.random_walk()
SPACE = Space({"x": Float(-10, 10)}, start={"x": 1.0})


def space(where, times):
    """The objective is told by constants what it shall do, for it travels to other processes."""
    fixed = {"where": Fixed(str(where)), "times": Fixed(times)}
    return Space({"x": Float(-10, 10), **fixed}, start={"x": 1.0})


def made():
    """Return an objective that travels by value; its start kills its process so many times."""

    def objective(c):
        import os
        import signal
        from pathlib import Path

        if c["x"] == 1.0:
            seen = len(list(Path(c["where"]).iterdir()))
            if seen < c["times"]:
                (Path(c["where"]) / str(seen)).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return -((c["x"] - 3) ** 2), 0.1

    return objective


def told(log):
    """Return what happened to trials, in order."""
    result = []
    for event in log.events():
        match event:
            case Evaluated():
                failure = event.measurement.failure
                result.append((event.trial, None if failure is None else failure.kind))
            case Accepted() | Rejected():
                result.append((event.trial, type(event).__name__))
            case _:
                pass
    return result


def searched(where, times, n_trials=3, **ways):
    log = MemoryLog()
    how = {"strategy": WALK, "seed": 3, "log": log, "execution": Execution(**ways)}
    found = tune(made(), space(where, times), n_trials=n_trials, **how)
    assert found.n_trials == n_trials
    assert not found.study.pending
    assert verify(log).passed
    assert replay(log.batches()) == reduce(log.events())
    return log


OWN = {"n_jobs": 2, "timeout": 60.0, "batch_size": 2}
WAYS = [
    pytest.param(OWN, id="own processes"),
    pytest.param({"n_jobs": 2, "asynchronous": True}, id="own processes, as completed"),
    pytest.param({"n_jobs": 2, "batch_size": 2}, id="joblib"),
]


@pytest.fixture
def pool():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        yield executor


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


def check_once(log):
    study = state_at(log)
    assert study.n_losses(1) == 1
    assert study.outcome(1).score == -4.0
    assert study.failures() == {}
    assert study.incumbent is not None
    events = [event for event in told(log) if event[0] == 1]
    assert events[:2] == [(1, WORKER_LOST), (1, None)]
    assert len(events) == 3  # accepted, or not where another was judged before


def check_twice(log):
    study = state_at(log)
    assert study.n_losses(1) == 1
    assert study.outcome(1).failed
    assert study.failures()[1].kind == WORKER_DIED
    assert "SIGKILL" in study.failures()[1].message
    events = [event for event in told(log) if event[0] == 1]
    assert events == [(1, WORKER_LOST), (1, WORKER_DIED), (1, "Rejected")]


@pytest.mark.parametrize("ways", WAYS)
def test_a_trial_whose_worker_was_lost_once_is_run_again(ways, tmp_path):
    check_once(searched(tmp_path, 1, **ways))


@pytest.mark.parametrize("ways", WAYS)
def test_a_trial_that_kills_its_worker_twice_has_failed(ways, tmp_path):
    check_twice(searched(tmp_path, 1000, **ways))
    assert len(list(tmp_path.iterdir())) == 2  # it was begun no third time


def test_a_pool_that_breaks_once(pool, tmp_path):
    check_once(searched(tmp_path, 1, executor=pool, batch_size=2))


def test_a_pool_and_a_process_that_a_trial_kills(pool, tmp_path):
    check_twice(searched(tmp_path, 1000, executor=pool, batch_size=2))


def test_dask_runs_a_task_again_by_itself(cluster, tmp_path):
    log = searched(tmp_path, 1, executor=cluster.get_executor(), batch_size=2)
    study = state_at(log)
    assert study.failures() == {}
    assert study.outcome(1).score == -4.0


def test_what_kills_worker_after_worker_of_dask_has_failed(cluster, tmp_path):
    log = searched(tmp_path, 1000, executor=cluster.get_executor(), batch_size=2)
    study = state_at(log)
    assert set(study.failures()) == {1}
    assert study.failures()[1].kind in ("KilledWorker", WORKER_DIED)


def test_without_retries_a_lost_worker_is_a_failure(tmp_path):
    strategy = evolve(WALK, retries=0)
    log = MemoryLog()
    execution = Execution(**OWN)
    tune(made(), space(tmp_path, 1), strategy=strategy, n_trials=2, log=log, execution=execution)
    assert [event for event in told(log) if event[0] == 1] == [(1, WORKER_DIED), (1, "Rejected")]
    # As in logs that were written before there were any: they name none.
    assert "retries" not in describe(strategy)
    assert describe(WALK)["retries"] == 1
    assert rebuild(describe(strategy), known_components()) == strategy


def test_a_batch_is_judged_in_its_order_whoever_was_lost(tmp_path):
    lost, whole = searched(tmp_path, 1, **OWN, n_trials=6), searched(tmp_path, 0, **OWN, n_trials=6)
    verdicts = ("Accepted", "Rejected")
    assert [event for event in told(lost) if event[1] in verdicts] == [
        event for event in told(whole) if event[1] in verdicts
    ]
    tried = [
        [e.configuration["x"] for e in log.events() if isinstance(e, Proposed)]
        for log in (lost, whole)
    ]
    assert tried[0] == tried[1]


# By hand


def died(folds=(0,)):
    scores = (float("nan"),) * len(folds)
    seconds = (1.0,) * len(folds)
    return Measurement(folds, scores, seconds, seconds, failure=Failure(WORKER_DIED, "killed"))


def test_a_loss_leaves_a_trial_as_it_was():
    tuner = Tuner(SPACE, strategy=WALK, n_folds=2, n_trials=3)
    tuner.ask()
    before = tuner.study
    assert tuner.tell(1, died()) is None
    study = tuner.study
    assert study.pending == before.pending
    assert study.outcome(1) == before.outcome(1)
    assert len(study.folds) == 0
    assert study.failures() == {}
    assert (before.n_losses(1), study.n_losses(1)) == (0, 1)
    assert isinstance(tuner.tell(1, [1.0, 2.0]), Accepted)
    assert tuner.study.measurement(1).scores == (1.0, 2.0)
    assert tuner.study.measurement(1).failure is None
    assert verify(tuner.log).passed


def test_a_loss_is_remembered_when_the_study_is_gone_on_with(tmp_path):
    """Law 5: killed between the loss and the second attempt, it is not begun a third time."""
    with Tuner(SPACE, strategy=WALK, log=tmp_path / "log", n_trials=2) as tuner:
        tuner.ask()
        tuner.tell(1, died())
    with Tuner(SPACE, strategy=WALK, log=tmp_path / "log", n_trials=2) as tuner:
        assert tuner.study.n_losses(1) == 1
        assert isinstance(tuner.tell(1, died()), Rejected)
        assert tuner.study.failures()[1].kind == WORKER_DIED
    with open_log(tmp_path / "log", mode="r") as log:
        assert verify(log).passed
        assert replay(log.batches()) == reduce(log.events())


def test_more_losses_than_the_strategy_allows_are_found_out():
    tuner = Tuner(SPACE, strategy=WALK, n_trials=2)
    tuner.ask()
    tuner.tell(1, died())
    tuner.tell(1, died())
    events = list(tuner.log.events())
    forged = [*events[:3], Evaluated(events[2].at, 1, loss("again")), *events[3:]]
    found = verify(forged)
    assert (found.difference.seq, found.difference.field) == (3, "number of workers lost")
    assert verify(events).passed


def test_a_loss_of_one_fold_is_told_once():
    whole = Measurement((0,), (1.0,), (1.0,), (0.1,))
    other = evolve(whole, folds=(1,), lost=Failure(WORKER_LOST, "gone"))
    assert joined([whole, other]).lost.message == "gone"
    assert joined([whole, evolve(whole, folds=(1,))]).lost is None


def test_a_loss_after_some_folds_keeps_them():
    tuner = Tuner(SPACE, strategy=recipes.racing(), n_folds=4, n_trials=3)
    tuner.ask()
    study = tuner.study
    first = study.pending[1]
    study = apply(study, Evaluated(1, 1, Measurement((0, 1), (1.0, 2.0), (1.0,) * 2, (0.1,) * 2)))
    after = apply(study, Evaluated(2, 1, loss("gone")))
    assert after.pending[1] == study.pending[1] != first
    done = apply(after, Evaluated(3, 1, Measurement((2, 3), (3.0, 4.0), (1.0,) * 2, (0.1,) * 2)))
    assert done.outcome(1).score == 2.5
    assert not done.outcome(1).failed
