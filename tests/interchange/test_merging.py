"""Merging logs, and verifying many."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from autotune import StepSearchCV, Tuner, open_log, tune, verify
from autotune.errors import LogError, StudyError
from autotune.interchange import export_results, merge
from autotune.interchange.earlier import read_prior, read_table
from autotune.log import MemoryLog
from autotune.replay import find_logs, fork
from autotune.replay import verify_many as verify_all
from autotune.study import Evaluated, Measurement
from autotune.testing import legal_logs
from autotune_strategies import recipes

WALK = recipes.random_walk()


def objective(c):
    return -((c["x"] - 3) ** 2), 0.5


def walked(seed, n_trials=8, **more):
    return tune(objective, {"x": 1.0}, n_trials=n_trials, seed=seed, strategy=WALK, **more).log


def test_each_evaluation_once_in_the_order_of_the_logs():
    one, two = walked(1), walked(2)
    found = merge([one, two])
    # Both began at the start values, with the same score and seconds.
    assert found.n_duplicates == 1
    assert found.conflicts == ()
    assert list(found.trials) == [*read_prior(one), *read_prior(two)[1:]]
    assert merge([one, one]).trials == tuple(read_prior(one))
    assert "1 duplicates" in str(found)


@given(st.integers(0, 25), st.integers(0, 25))
def test_the_shared_past_of_forks_counts_once(a, b):
    log = walked(3)
    forks = [fork(log, min(seq, len(log) - 1)) for seq in (a, b)]
    for forked in forks:
        Tuner.resume(forked, strategy=recipes.random_search(), n_trials=10).run(objective)
    found = merge([log, *forks])
    logs = (log, *forks)
    assert len(found.trials) + found.n_duplicates == sum(len(read_prior(each)) for each in logs)
    configurations = [tuple(t.configuration.items()) for t in found.trials]
    assert len(set(configurations)) == len(configurations)


def test_conflicts_are_reported_and_kept():
    logs = []
    for score in (0.5, 0.75):
        tuner = Tuner({"x": 1.0}, n_folds=2, strategy=WALK)
        trial = tuner.ask().trial
        tuner.tell(trial, Measurement((0, 1), (0.25, score), (0.1, 0.1), (0.0, 0.0)))
        logs.append(tuner.log)
    found = merge(logs)
    assert len(found.trials) == 2
    (conflict,) = found.conflicts
    assert (conflict.configuration, conflict.fold) == ({"x": 1.0}, 1)
    assert conflict.scores == (0.5, 0.75)
    assert "0.5, 0.75 on fold 1" in str(found)


def test_a_new_study_learns_from_what_was_merged():
    found = merge([walked(1), walked(2)])
    tuner = Tuner({"x": 1.0}, strategy=WALK, n_trials=3)
    tuner.take_over(found.trials)
    assert tuner.study.n_prior == len(found.trials) == 15
    best = max(t.measurement.scores[0] for t in found.trials)
    assert tuner.study.incumbent_outcome.score == best
    assert tuner.run(objective).n_trials == 18
    assert verify(tuner.log).passed
    assert read_prior(found.trials) == list(found.trials)


def test_prior_results_of_a_search():
    from sklearn.datasets import load_iris
    from sklearn.svm import SVC

    X, y = load_iris(return_X_y=True)

    def search(seed, **more):
        return StepSearchCV(
            SVC(), {"C": 1.0}, n_trials=3, cv=3, random_state=seed, strategy=WALK, **more
        ).fit(X, y)

    found = merge([search(0).log_, search(1).log_])
    assert search(2, prior_results=found.trials).study_.n_prior == len(found.trials)


@given(legal_logs(), legal_logs())
def test_any_log_is_merged_with_itself(events, others):
    log = MemoryLog()
    log.append(list(events))
    found = merge([log, log])
    evaluated = {e.trial for e in events if isinstance(e, Evaluated)}
    assert len(found.trials) + found.n_duplicates == 2 * len(evaluated)
    assert len(found.trials) <= len(evaluated)


def test_what_can_not_be_merged():
    with pytest.raises(StudyError, match="logs = "):
        merge([])
    with pytest.raises(StudyError, match=r"logs\[1\] holds no study"):
        merge([walked(1), MemoryLog()])
    with pytest.raises(StudyError, match=r"logs\[1\].*minimize"):
        merge([walked(1), walked(1, direction="minimize")])
    with pytest.raises(StudyError, match=r"logs\[1\].*'accuracy'"):
        merge([walked(1), walked(1, metric="accuracy")])


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_many_logs_are_verified(tmp_path, n_jobs):
    for seed in range(3):
        walked(seed, log=tmp_path / "runs" / str(seed % 2) / str(seed)).close()
    found = verify_all(tmp_path, n_jobs=n_jobs)
    assert found.passed
    assert [row["log"] for row in found.rows] == [str(p) for p in find_logs(tmp_path)]
    assert [row["n_proposals"] for row in found.rows] == [8, 8, 8]
    assert str(found) == "3 of 3 logs verified, 78 events"


def test_the_one_that_differs_is_named(tmp_path):
    walked(1, log=tmp_path / "good").close()
    with open_log(tmp_path / "bad") as log:
        events = list(walked(2).events())
        seq = next(i for i, e in enumerate(events) if isinstance(e, Evaluated) and e.trial == 4)
        changed = evolve(events[seq].measurement, scores=(9.0,))
        events[seq] = evolve(events[seq], measurement=changed)
        log.append(events)
    found = verify_all([tmp_path / "good", tmp_path / "bad"])
    assert not found.passed
    assert [row["verified"] for row in found.rows] == [True, False]
    assert "1 of 2 logs verified" in str(found)
    assert f"{tmp_path / 'bad'}: differs at" in str(found)


def test_a_folder_without_logs(tmp_path):
    with pytest.raises(LogError, match="no log"):
        verify_all(tmp_path)


def test_earlier_results_are_read_from_files_as_import_reads_them(tmp_path):
    log = walked(1)
    for form in ("csv", "parquet", "json"):
        path = export_results(log, tmp_path / f"trials.{form}")
        found = read_prior(path)
        assert found == read_table(path)
        assert [t.configuration for t in found] == [t.configuration for t in read_prior(log)]
        assert [t.measurement.scores for t in found] == [
            t.measurement.scores for t in read_prior(log)
        ]
        tuner = Tuner({"x": 1.0}, strategy=WALK, n_trials=3)
        tuner.take_over(found)
        assert tuner.study.n_prior == len(found)
    with pytest.raises(StudyError, match="prior_results: source is of type int"):
        read_prior(5)
