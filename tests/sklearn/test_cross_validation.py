"""The cross-validated objective: what it measures, where it runs, and what it calls."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.callback import FitCallback, ProgressBar
from sklearn.linear_model import Ridge
from sklearn.metrics import check_scoring
from sklearn.model_selection import KFold

from autotune import StepSearchCV
from autotune.clock import user_cpu_seconds
from autotune.sklearn.cross_validation import CrossValidated
from autotune.study import Evaluated
from autotune_strategies import recipes
from helpers import TESTS, Watchful

X = np.random.default_rng(0).normal(size=(40, 3))
y = X @ [1.0, 2.0, 3.0]


class Slow(RegressorMixin, BaseEstimator):
    """Sleeps or works while it fits and scores; ``how`` says which."""

    def __init__(self, seconds=0.0, how="sleep", alpha=1.0):
        self.seconds = seconds
        self.how = how
        self.alpha = alpha

    def fit(self, X, y):
        self.coef_ = np.zeros(X.shape[1])
        end = time.perf_counter() + self.seconds
        if self.how == "sleep":
            time.sleep(self.seconds)
        while time.perf_counter() < end:
            pass
        return self

    def predict(self, X):
        return X @ self.coef_


def objective(estimator, **more):
    return CrossValidated(
        estimator=estimator,
        X=X,
        y=y,
        splits=tuple(KFold(4).split(X)),
        scorer=check_scoring(estimator),
        metric="score",
        **more,
    )


# Time


def test_sleep_is_time_and_no_work_of_processors():
    asleep = objective(Slow()).evaluate({"seconds": 0.1}, (0, 2))
    assert min(asleep.fit_seconds) >= 0.1
    assert max(asleep.metrics["fit_cpu_seconds"]) < 0.05
    busy = objective(Slow(how="work")).evaluate({"seconds": 0.1}, (1,))
    assert busy.fit_seconds[0] >= 0.1
    assert 0 < busy.metrics["fit_cpu_seconds"][0] <= busy.fit_seconds[0] + 0.02
    assert asleep.metrics.keys() == {"fit_cpu_seconds", "score_cpu_seconds"}


def test_in_a_thread_of_several_only_its_own_work_counts():
    stop = threading.Event()

    def work():
        while not stop.is_set():
            pass

    def measure(seconds):
        begin = user_cpu_seconds()
        time.sleep(0.2)
        seconds.append(user_cpu_seconds() - begin)

    seconds: list[float] = []
    others = [threading.Thread(target=work), threading.Thread(target=measure, args=(seconds,))]
    for thread in others:
        thread.start()
    others[1].join()
    stop.set()
    others[0].join()
    assert seconds[0] < 0.1


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_seconds_are_taken_where_the_fit_is(n_jobs):
    # Two fits of 50 ms at once are two of 50 ms each, and not one of 100.
    found = StepSearchCV(Slow(), {"seconds": [0.05]}, n_trials=1, cv=4, n_jobs=n_jobs, refit=False)
    found.fit(X, y)
    (evaluated,) = (e.measurement for e in found.log_.events() if isinstance(e, Evaluated))
    assert len(evaluated.fit_seconds) == 4
    assert min(evaluated.fit_seconds) >= 0.05
    assert found.cv_results_["mean_fit_time"][0] == np.mean(evaluated.fit_seconds)
    cpu = evaluated.metrics["fit_cpu_seconds"]
    assert found.cv_results_["mean_fit_cpu_time"][0] == pytest.approx(np.mean(cpu))
    assert found.cv_results_["std_fit_cpu_time"][0] == pytest.approx(np.std(cpu))
    assert "split0_fit_cpu_seconds" not in found.cv_results_


def test_the_longest_fit_and_the_price_of_time_look_at_the_seconds_of_a_fold():
    limit = recipes.default(max_fit_time=0.2)
    found = StepSearchCV(
        Slow(),
        {"seconds": [0.0, 0.25]},
        strategy=limit,
        n_trials=4,
        cv=2,
        refit=False,
        n_jobs=2,
        random_state=0,
    ).fit(X, y)
    results = found.cv_results_
    slow = np.array([params["seconds"] == 0.25 for params in results["params"]])
    assert slow.sum() > 0
    assert set(results["reason"][slow]) <= {"too slow", "duplicate"}
    found = StepSearchCV(
        Slow(seconds=0.1),
        {"seconds": [0.1, 0.0]},
        strategy=recipes.default(price=1.0),
        n_trials=4,
        cv=2,
        refit=False,
        random_state=0,
    ).fit(X, y)
    assert found.best_params_ == {"seconds": 0.0}  # the scores are the same
    assert found.cv_results_["time_improved_by"][found.best_index_] > 0.05


# Elsewhere


def test_it_evaluates_in_another_process_as_here(tmp_path):
    pytest.importorskip("pandas")
    with config_context(transform_output="pandas"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = objective(Watchful())
        here = made.evaluate({"alpha": 2.0}, (1, 3))
    path = tmp_path / "objective.pickle"
    path.write_bytes(pickle.dumps(made))
    code = """
        import pickle, sys
        sys.path.insert(0, sys.argv[2])
        with open(sys.argv[1], "rb") as file:
            objective = pickle.load(file)
        measured = objective.evaluate({"alpha": 2.0}, (1, 3))
        print(measured.scores, measured.failure)
        print(objective.evaluate({"alpha": -1.0}, (0,)).error.__class__.__name__)
    """
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code), path, TESTS],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == [f"{here.scores} None", "InvalidParameterError"]


# Before a trial


def test_between_trials_is_called_before_the_first_fold_of_each():
    calls = []
    made = objective(Ridge(), between_trials=lambda: calls.append(1))
    made.evaluate({"alpha": 1.0}, (0,))
    made.evaluate({"alpha": 1.0}, (1, 2))
    assert len(calls) == 1
    made.evaluate({"alpha": 2.0}, (0, 1))
    made.evaluate({"alpha": 1.0}, (3,))
    assert len(calls) == 3
    calls.clear()
    StepSearchCV(
        Ridge(),
        {"alpha": 1.0},
        strategy=recipes.racing(),
        n_trials=6,
        random_state=0,
        between_trials=lambda: calls.append(1),
    ).fit(X, y)
    assert len(calls) == 6


def test_a_failing_between_trials_is_recorded():
    def hook():
        raise RuntimeError("no session")

    measured = objective(Ridge(), between_trials=hook).evaluate({"alpha": 1.0}, (0, 1))
    assert measured.failure.kind == "RuntimeError"
    assert measured.failure.message == "between_trials: no session"
    assert isinstance(measured.error, RuntimeError)
    with pytest.raises(ValueError, match="'between_trials' parameter"):
        StepSearchCV(Ridge(), {"alpha": 1.0}, between_trials=3).fit(X, y)


# Scikit-learn's callbacks


class Told:
    """Writes down what it is told."""

    max_propagation_depth = 0

    def __init__(self):
        self.tasks = []

    def setup(self, estimator, context):
        self.tasks.append(("setup", type(estimator).__name__))

    def teardown(self, estimator, context):
        self.tasks.append(("teardown", type(estimator).__name__))

    def on_fit_task_begin(self, estimator, context, *, X=None):
        self.tasks.append(("begin", context.task_name, context.task_id))
        assert context.task_name == "search" or X is not None

    def on_fit_task_end(self, estimator, context):
        self.tasks.append(("end", context.task_name, context.task_id))


@pytest.mark.parametrize("trials", [1, 3])
def test_callbacks_see_the_search_its_folds_and_the_refit(trials):
    told = Told()
    assert isinstance(told, FitCallback)
    search = StepSearchCV(Ridge(), {"alpha": 1.0}, n_trials=trials, cv=2, random_state=0)
    search.set_callbacks(told)
    search.fit(X, y)
    folds = [
        (what, "candidate-split-evaluation", k)
        for k in range(2 * trials)
        for what in ("begin", "end")
    ]
    assert told.tasks == [
        ("setup", "StepSearchCV"),
        ("begin", "fit", 0),
        ("begin", "search", 0),
        *folds,
        ("end", "search", 0),
        ("begin", "refit-with-best-params", 1),
        ("end", "refit-with-best-params", 1),
        ("end", "fit", 0),
        ("teardown", "StepSearchCV"),
    ]


def test_callbacks_are_torn_down_when_a_search_fails():
    told = Told()
    search = StepSearchCV(Ridge(), {"alpha": [-1.0]}, n_trials=1, cv=2)
    search.set_callbacks(told)
    with pytest.raises(ValueError, match="no trial succeeded"):
        search.fit(X, y)
    assert told.tasks[-1] == ("teardown", "StepSearchCV")
    assert [task for task in told.tasks if task[0] == "end"] == [
        ("end", "candidate-split-evaluation", k) for k in range(2)
    ] + [("end", "search", 0)]


def test_scikit_learns_own_progress_bar_with_folds_in_workers(capsys):
    search = StepSearchCV(Ridge(), {"alpha": 1.0}, n_trials=3, cv=2, n_jobs=2, random_state=0)
    search.set_callbacks(ProgressBar(max_propagation_depth=0))
    search.fit(X, y)
    assert "search" in capsys.readouterr().out
