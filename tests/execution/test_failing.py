"""Runs that can't succeed end early, and say why; hard ones don't."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from autotune import Execution, Float, Space, StepSearchCV, Tuner, open_log, tune, verify
from autotune.errors import EvaluationError, StudyError
from autotune.log import MemoryLog
from autotune.replay import state_at
from autotune.study import Failure
from autotune.study.failures import commonest, likeness, told
from autotune_strategies import recipes

SPACE = Space({"x": Float(-10, 10)}, start={"x": 1.0})
WALK = recipes.random_walk()
X, y = load_iris(return_X_y=True)


def broken(c):
    raise FileNotFoundError(f"no file data_{c['x']}.csv at {hex(id(c))}")


def run(objective, log=None, **more):
    return tune(objective, SPACE, strategy=WALK, n_trials=30, log=log, seed=0, **more)


def test_numbers_and_addresses_make_no_failure_another():
    def same(a, b, kind="E"):
        return likeness(Failure("E", a)) == likeness(Failure(kind, b))

    assert same("x = -0.5 at 0x7f", "x = 1e-07  at\n0x80")
    assert same("shape (3, 4)", "shape (10, 4)")
    assert not same("no file a", "no file b")
    assert not same("no file a", "no file a", "F")
    assert told(Failure("E", "")) == "E"
    assert told(Failure("E", "\ud800\x1b[2J")).encode()  # which a terminal can show, and no more
    assert "\x1b" not in told(Failure("E", "\x1b[2J"))
    assert len(told(Failure("E", "word " * 1000))) < 500
    failures = [Failure("E", "1"), Failure("F", "x"), Failure("F", "x"), Failure("E", "2")]
    assert commonest(failures) == (failures[0], 2)


@pytest.mark.parametrize("allowed", [1, 2, 5])
def test_the_first_trials_that_all_fail_alike_end_the_run_in_the_error(allowed):
    log = MemoryLog()
    with pytest.raises(EvaluationError, match="none has succeeded: FileNotFoundError") as caught:
        run(broken, log, max_identical_failures=allowed)
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    study = state_at(log)
    assert study.n_trials == study.n_judged == allowed
    assert study.stopped is None
    assert verify(log).passed


def test_when_the_mistake_is_put_right_the_study_goes_on(tmp_path):
    with pytest.raises(EvaluationError):
        run(broken, tmp_path / "log")
    with pytest.raises(EvaluationError):  # and five more if it is not
        run(broken, tmp_path / "log")
    found = run(lambda c: -((c["x"] - 3) ** 2), tmp_path / "log")
    assert found.n_trials == 30
    assert len(found.study.failures()) == 10
    assert found.best is not None
    assert found.stopped == "30 of 30 trials done"
    found.log.close()
    assert verify(tmp_path / "log").passed


def test_a_run_goes_on_where_failures_differ_or_one_trial_succeeded():
    calls = []

    def differs(c):
        calls.append(c)
        raise ValueError("abc"[len(calls) % 3])

    with pytest.warns(UserWarning, match="no trial succeeded: 10 of 30 failed by ValueError: b"):
        assert run(differs).n_trials == 30

    def only_the_start(c):
        if c["x"] != 1.0:
            raise ValueError("no")
        return 1.0

    found = run(only_the_start)
    assert (found.n_trials, found.best) == (30, {"x": 1.0})

    def every_sixth_is_another(c):
        calls.append(c)
        raise ValueError("a" if len(calls) % 6 else "b")

    with pytest.raises(EvaluationError, match="ValueError: a"):
        run(every_sixth_is_another)
    with pytest.warns(UserWarning, match="no trial succeeded: 25 of 30"):
        run(every_sixth_is_another, max_identical_failures=6)
    with pytest.warns(UserWarning, match="no trial succeeded"):
        assert run(broken, max_identical_failures=None).n_trials == 30


def test_a_success_of_an_earlier_session_counts():
    log = MemoryLog()
    tuner = Tuner(SPACE, strategy=WALK, log=log, n_trials=20)
    tuner.tell(tuner.ask().trial, 1.0)
    assert tuner.run(broken).n_trials == 20


def test_time_outs_are_not_the_doing_of_the_objective():
    def slow(c):
        raise TimeoutError("it took longer than 5 s")

    limited = Execution(timeout=60.0)
    with pytest.raises(EvaluationError, match="TimeoutError"):
        run(slow)
    with pytest.warns(UserWarning, match="raise the limit"):
        assert tune(slow, SPACE, n_trials=6, strategy=WALK, execution=limited).n_trials == 6


def test_several_at_a_time_are_judged_in_their_order():
    log = MemoryLog()
    with pytest.raises(EvaluationError, match=r"^5 trials failed in the same way"):
        run(broken, log, execution=Execution(batch_size=4))
    study = state_at(log)
    assert (study.n_judged, sorted(study.pending)) == (5, [6, 7, 8])
    found = run(lambda c: c["x"], log, execution=Execution(batch_size=4))
    assert found.n_trials == 30
    assert verify(log).passed


@pytest.mark.parametrize("bad", [0, -1, 2.0, "5", True])
def test_a_number_that_makes_no_sense_is_refused_before_any_work(bad):
    tuner = Tuner(SPACE)
    with pytest.raises(StudyError, match="max_identical_failures = "):
        tuner.run(broken, max_identical_failures=bad)
    assert len(tuner.log) == 1


# With scikit-learn


class Broken(ClassifierMixin, BaseEstimator):
    """Can't be fitted, for a reason that has nothing to do with its parameter."""

    def __init__(self, p=1.0):
        self.p = p

    def fit(self, X, y):
        raise RuntimeError(f"the licence server {os.getpid()} does not answer")

    def predict(self, X):
        return np.zeros(len(X))


@pytest.mark.parametrize("error_score", [np.nan, 0.0])
def test_a_search_ends_early_where_no_fit_succeeds(error_score, tmp_path):
    search = StepSearchCV(Broken(), {"p": 1.0}, cv=3, error_score=error_score, log=tmp_path / "log")
    with pytest.raises(ValueError, match="licence server"):
        search.fit(X, y)
    with open_log(tmp_path / "log", mode="r") as log:
        assert state_at(log).n_trials == 5
        assert verify(log).passed


def test_what_all_fits_stood_in_for_is_no_score():
    """As scikit-learn, which raises whatever error_score is; with few trials at the end."""
    search = StepSearchCV(Broken(), {"p": 1.0}, n_trials=3, cv=3, error_score=0.0)
    with pytest.raises(ValueError, match="all 9 fits or scorings failed"):
        search.fit(X, y)


def test_data_that_no_model_takes_ends_the_search_early():
    bad = np.where(X > 7, np.nan, X)
    with pytest.raises(ValueError, match=r"5 trials failed in the same way.*contains NaN"):
        StepSearchCV(SVC(), {"C": 1.0}, cv=3).fit(bad, y)
    with pytest.raises(ValueError, match="requires y to be passed"):
        StepSearchCV(SVC(), {"C": 1.0}, cv=3).fit(X)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scoring": "acuracy"},
        {"scoring": ["accuracy", "f1_macr"], "refit": "accuracy"},
        {"scoring": ["accuracy", "f1_macro"], "refit": "acuracy"},
        {"max_identical_failures": 0},
    ],
)
def test_a_name_that_is_misspelt_is_refused_before_any_work(wrong, tmp_path):
    with pytest.raises(ValueError, match=r"acuracy|f1_macr|refit|max_identical_failures"):
        StepSearchCV(SVC(), {"C": 1.0}, log=tmp_path / "log", **wrong).fit(X, y)
    assert not (tmp_path / "log").exists()


def test_a_search_in_a_hard_space_goes_on():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        space = Space({"C": Float(-10, 10)}, start={"C": 1.0})
        search = StepSearchCV(SVC(), space, n_trials=12, cv=2, random_state=0).fit(X, y)
    assert len(search.study_.failures()) >= 2
    assert search.study_.n_trials == 12
