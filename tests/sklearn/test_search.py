"""StepSearchCV on real data: results, failures, going on, and what scikit-learn users expect."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from autotune import Categorical, Float, Space, StepSearchCV, open_log, tune, verify
from autotune.errors import AutotuneError, ComponentError, SpaceError, StudyError
from autotune.space import as_space
from autotune.study import Evaluated
from autotune_strategies import recipes

X, y = load_iris(return_X_y=True)
START = {"C": 1.0, "gamma": 0.1}


def search(**options):
    given = {"n_trials": 8, "random_state": 0, **options}
    return StepSearchCV(SVC(), given.pop("space", START), **given)


def test_a_search_on_real_data():
    found = search(n_trials=25).fit(X, y)
    assert found.best_score_ > 0.97
    assert found.best_params_ == found.cv_results_["params"][found.best_index_]
    assert found.best_score_ == found.cv_results_["mean_test_score"][found.best_index_]
    assert found.best_estimator_.get_params()["C"] == found.best_params_["C"]
    assert found.predict(X).shape == (150,)
    assert found.score(X, y) > 0.95
    assert list(found.classes_) == [0, 1, 2]
    assert found.n_features_in_ == 4
    assert found.n_splits_ == 5
    assert found.refit_time_ > 0
    assert not found.multimetric_
    assert not found.interrupted_
    assert verify(found.log_).passed


def test_scores_are_those_of_grid_search():
    found = search().fit(X, y)
    for i, params in enumerate(found.cv_results_["params"]):
        grid = GridSearchCV(SVC(), {k: [v] for k, v in params.items()}).fit(X, y)
        for k in range(5):
            name = f"split{k}_test_score"
            assert found.cv_results_[name][i] == grid.cv_results_[name][0]
        assert found.cv_results_["mean_test_score"][i] == pytest.approx(
            grid.cv_results_["mean_test_score"][0], rel=1e-15
        )
        assert found.cv_results_["std_test_score"][i] == pytest.approx(
            grid.cv_results_["std_test_score"][0], abs=1e-15
        )


def test_cv_results_have_scikit_learns_columns_and_the_prototypes():
    found = search(return_train_score=True).fit(X, y)
    grid = GridSearchCV(SVC(), {"C": [1.0, 2.0], "gamma": [0.1]}, return_train_score=True).fit(X, y)
    assert set(grid.cv_results_) <= set(found.cv_results_)
    prototype = {
        "improved",
        "iteration",
        "score_improved_by",
        "score_improvement_anticipated",
        "time_improved_by",
        "changes",
        "params_previous",
    }
    assert prototype <= set(found.cv_results_)
    assert {len(column) for column in found.cv_results_.values()} == {8}
    assert found.cv_results_["changes"][0] == "start values"
    assert found.cv_results_["iteration"].tolist() == list(range(1, 9))
    for i in range(1, 8):
        changed = found.cv_results_["changes"][i]
        before, after = found.cv_results_["params_previous"][i], found.cv_results_["params"][i]
        if i < 4:
            assert changed == "start point"
            continue
        names = [n for n in before if before[n] != after[n]]
        assert len(names) > 0
        assert sorted(told.split(" from ")[0] for told in changed.split("; ")) == sorted(names)
    accepted = np.flatnonzero(found.cv_results_["improved"])
    assert accepted[-1] == found.best_index_
    ranks = found.cv_results_["rank_test_score"]
    assert ranks.min() == 1


def test_the_same_random_state_searches_the_same():
    a, b, c = (search(random_state=seed).fit(X, y) for seed in (1, 1, 2))
    assert a.cv_results_["params"] == b.cv_results_["params"]
    assert a.cv_results_["params"] != c.cv_results_["params"]
    search(random_state=np.random.RandomState(0)).fit(X, y)
    search(random_state=None).fit(X, y)


def test_it_starts_at_the_estimators_own_settings():
    space = {
        "C": Float(0.01, 100, log=True),
        "kernel": ["rbf", "linear"],
        "gamma": loguniform(1e-3, 1),
    }
    found = StepSearchCV(SVC(C=7.0, kernel="linear"), space, n_trials=2, random_state=0).fit(X, y)
    first = found.cv_results_["params"][0]
    assert (first["C"], first["kernel"]) == (7.0, "linear")
    assert first["gamma"] == pytest.approx(0.0316, rel=0.01)  # "scale" is not a number
    found = StepSearchCV(
        SVC(),
        Space(
            space | {"gamma": Float(0.1, 1)} | {"kernel": Categorical(["rbf"])}, start={"C": 3.0}
        ),
        n_trials=1,
    ).fit(X, y)
    assert found.best_params_["C"] == 3.0
    found = StepSearchCV(SVC(C=7.0), as_space(space, start={"C": 2.0}), n_trials=1).fit(X, y)
    assert found.best_params_["C"] == 2.0


def test_pipelines_lists_and_strings():
    pipe = make_pipeline(StandardScaler(), MLPClassifier(max_iter=15, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = StepSearchCV(
            pipe,
            as_space(
                {"mlpclassifier__hidden_layer_sizes": (4, 2), "mlpclassifier__activation": "relu"},
                options={"mlpclassifier__activation": ["relu", "tanh"]},
            ),
            n_trials=6,
            cv=2,
            random_state=0,
        ).fit(X, y)
    assert type(found.best_params_["mlpclassifier__hidden_layer_sizes"]) is tuple


def test_whole_steps_can_be_swapped():
    pipe = make_pipeline(StandardScaler(), SVC())
    found = StepSearchCV(
        pipe,
        {
            "svc": [SVC(), LogisticRegression(max_iter=2000)],
            "standardscaler": ["passthrough", StandardScaler()],
        },
        n_trials=6,
        random_state=0,
    ).fit(X, y)
    assert verify(found.log_).passed
    assert found.best_params_["svc"] is not found.best_estimator_[-1]


# Failures


class Moody(ClassifierMixin, BaseEstimator):
    """Fails on some settings."""

    def __init__(self, mood=0.5, how="raise"):
        self.mood = mood
        self.how = how

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        if self.mood > 0.5:
            raise MemoryError("out of memory") if self.how == "memory" else ValueError("in a mood")
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


@pytest.mark.parametrize(("how", "kind"), [("raise", "ValueError"), ("memory", "MemoryError")])
def test_a_failing_fit_is_a_failed_trial(how, kind):
    found = StepSearchCV(Moody(how=how), {"mood": 0.5}, n_trials=12, random_state=0)
    with pytest.warns(FitFailedWarning, match=kind):
        found.fit(X, y)
    failed = [e for e in found.log_.events() if isinstance(e, Evaluated) and e.measurement.failure]
    assert 0 < len(failed) < 12
    assert {e.measurement.failure.kind for e in failed} == {kind}
    scores = found.cv_results_["mean_test_score"]
    assert np.isnan(scores).sum() == len(failed)
    assert found.cv_results_["rank_test_score"][np.isnan(scores)].min() > 1
    assert len(scores) == 12


def test_all_fits_failing_is_an_error_that_says_why(tmp_path):
    with pytest.raises(ValueError, match=r"no trial succeeded.*in a mood"):
        StepSearchCV(Moody(), {"mood": Float(5.0, 10.0)}, n_trials=3, log=tmp_path / "log").fit(
            X, y
        )
    with open_log(tmp_path / "log", mode="r") as log:
        assert sum(isinstance(e, Evaluated) for e in log.events()) == 3


def test_error_score_raise():
    with pytest.raises(ValueError, match="in a mood"):
        StepSearchCV(Moody(), {"mood": 9.0}, n_trials=3, error_score="raise").fit(X, y)


def test_error_score_as_a_number():
    found = StepSearchCV(Moody(), {"mood": 0.5}, n_trials=12, random_state=0, error_score=-1.0)
    with pytest.warns(FitFailedWarning, match=r"^\d+ fits or scorings failed; .*-1\.0"):
        found.fit(X, y)
    failed = found.cv_results_["mean_test_score"] == -1.0
    assert 0 < failed.sum() < 12
    assert np.array_equal(found.cv_results_["split0_failed"] == 1.0, failed)


def raising(estimator, X, y):
    raise RuntimeError("no score today")


def returning_text(estimator, X, y):
    return "0.9"


def returning_nan(estimator, X, y):
    return float("nan")


@pytest.mark.parametrize(
    ("scoring", "words"),
    [(raising, "no score today"), (returning_text, "'0.9'"), (returning_nan, "finite")],
)
def test_a_bad_scorer_is_a_recorded_failure(scoring, words):
    with pytest.raises(ValueError, match=words):
        search(scoring=scoring, n_trials=2).fit(X, y)


# Bad input


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"space": {"c": 1.0}}, SpaceError, "'c' is not a parameter of Never; did you mean 'C'"),
        ({"space": {}}, SpaceError, "empty"),
        ({"n_trials": 0}, AutotuneError, "n_trials"),
        ({"prior_results": 5}, StudyError, "prior_results"),
        (
            {"prior_results": {"params": [{"C": 1.0}], "mean_test_score": [1.0]}},
            SpaceError,
            "result 0.*gamma",
        ),
        ({"n_jobs": "two"}, ValueError, "n_jobs"),
        ({"strategy": "best"}, ComponentError, "strategy"),
    ],
)
def test_bad_input_is_named_before_any_fit(options, error, words):
    class Never(SVC):
        def fit(self, X, y):
            raise AssertionError("a fit was made")

    given = {"n_trials": 3, **options}
    with pytest.raises(error, match=words):
        StepSearchCV(Never(), given.pop("space", START), **given).fit(X, y)


# Going on


def test_fitting_again_with_the_same_log_goes_on(tmp_path):
    log = tmp_path / "log"
    first = search(n_trials=4, log=log).fit(X, y)
    again = search(n_trials=4, log=log).fit(X, y)
    assert again.cv_results_["params"] == first.cv_results_["params"]
    more = search(n_trials=10, log=log, random_state=None).fit(X, y)
    whole = search(n_trials=10).fit(X, y)
    assert more.cv_results_["params"][:4] == first.cv_results_["params"]
    assert [p["C"] for p in more.cv_results_["params"]] == [
        p["C"] for p in whole.cv_results_["params"]
    ]
    assert verify(log).passed


def test_another_study_in_the_log_is_refused(tmp_path):
    log = tmp_path / "log"
    search(n_trials=2, log=log).fit(X, y)
    with pytest.raises(SpaceError, match=r"the start is C = 1\.0 there, 2\.0 here"):
        search(n_trials=3, log=log, space={"C": 2.0, "gamma": 0.1}).fit(X, y)
    with pytest.raises(StudyError, match="n_folds"):
        search(n_trials=3, log=log, cv=3).fit(X, y)


@pytest.mark.parametrize("kind", ["search", "log", "path", "dict"])
def test_prior_results(kind, tmp_path):
    first = search(n_trials=12, log=tmp_path / "log" if kind == "path" else None).fit(X, y)
    prior = {
        "search": first,
        "log": first.log_,
        "path": tmp_path / "log",
        "dict": first.cv_results_,
    }[kind]
    found = search(n_trials=3, prior_results=prior, random_state=5).fit(X, y)
    assert len(found.cv_results_["params"]) == 15
    assert found.cv_results_["params"][:12] == first.cv_results_["params"]
    assert found.best_score_ >= first.best_score_
    assert found.study_.parent(13) == first.best_index_ + 1
    assert verify(found.log_).passed


def test_prior_results_of_grid_search():
    grid = GridSearchCV(SVC(), {"C": [0.01, 1.0, 10.0], "gamma": [0.1]}).fit(X, y)
    found = search(n_trials=2, prior_results=grid).fit(X, y)
    assert found.best_score_ >= grid.best_score_


def test_an_interrupt_ends_cleanly():
    calls = []

    class Impatient(SVC):
        def fit(self, X, y):
            calls.append(1)
            if len(calls) == 12:
                raise KeyboardInterrupt
            return super().fit(X, y)

    found = StepSearchCV(Impatient(), START, n_trials=50, random_state=0).fit(X, y)
    assert found.interrupted_
    assert len(found.cv_results_["params"]) == 2
    assert found.predict(X).shape == (150,)
    calls[:] = [1] * 11
    with pytest.raises(KeyboardInterrupt):
        StepSearchCV(Impatient(), START, n_trials=50, random_state=0).fit(X, y)


# As scikit-learn's own


def test_several_metrics():
    found = search(scoring=["accuracy", "f1_macro"], refit="f1_macro").fit(X, y)
    assert found.multimetric_
    grid = GridSearchCV(
        SVC(), {"C": [1.0]}, scoring=["accuracy", "f1_macro"], refit="f1_macro"
    ).fit(X, y)
    assert set(grid.cv_results_) <= set(found.cv_results_)
    assert found.best_score_ == found.cv_results_["mean_test_f1_macro"][found.best_index_]
    assert found.score(X, y) > 0.9
    assert found.study_.begun.metric == "f1_macro"
    unfitted = search(
        scoring={"a": "accuracy", "b": make_scorer(lambda y, p: 1.0)}, refit=False
    ).fit(X, y)
    assert "mean_test_a" in unfitted.cv_results_
    assert not hasattr(unfitted, "best_estimator_")


def test_refit_false_and_callable():
    found = search(refit=False).fit(X, y)
    assert found.best_score_ > 0.9
    with pytest.raises((AttributeError, NotFittedError)):
        found.predict(X)
    found = search(refit=lambda results: 2).fit(X, y)
    assert found.best_params_ == found.cv_results_["params"][2]


def test_the_honest_score_is_that_of_the_best_trial():
    found = search(n_trials=12).fit(X, y)
    honest = found.honest_score_
    assert honest.trial == found.cv_results_["iteration"][found.best_index_]
    assert honest.measured == pytest.approx(found.best_score_)
    assert honest.low < honest.score < honest.high
    assert found.honest_score_ is honest
    again = pickle.loads(pickle.dumps(found))  # noqa: S301  # our own
    assert again.honest_score_ == honest


def test_the_honest_score_needs_a_best_trial():
    assert not hasattr(StepSearchCV(SVC(), {"C": 1.0}), "honest_score_")
    several = {"scoring": ["accuracy", "f1_macro"], "refit": False}
    assert search(n_trials=3, **several).fit(X, y).honest_score_ is None
    last = search(n_trials=6, refit=lambda results: len(results["params"]) - 1).fit(X, y)
    assert last.honest_score_.trial == 6


def test_losses_regression_and_groups():
    X_, y_ = load_diabetes(return_X_y=True)
    groups = np.arange(len(y_)) % 7
    found = StepSearchCV(
        Ridge(),
        {"alpha": 1.0},
        scoring="neg_mean_squared_error",
        cv=GroupKFold(3),
        n_trials=10,
        random_state=0,
    ).fit(X_, y_, groups=groups)
    assert found.best_score_ < 0
    assert found.best_params_["alpha"] < 1.0


def test_fit_params_are_cut_to_the_fold():
    X_, y_ = load_breast_cancer(return_X_y=True)
    weight = np.ones(len(y_))
    found = StepSearchCV(
        DecisionTreeClassifier(random_state=0), {"max_depth": 3}, n_trials=3, cv=2, random_state=0
    )
    found.fit(X_, y_, sample_weight=weight)
    assert found.best_score_ > 0.8


def test_without_a_target():
    found = StepSearchCV(
        KMeans(n_init=1, random_state=0), {"n_clusters": 2}, n_trials=5, random_state=0
    ).fit(X)
    assert found.best_params_["n_clusters"] > 2


def test_an_iterator_of_splits_is_used_for_every_trial():
    found = search(cv=iter(list(KFold(3).split(X)))).fit(X, y)
    assert found.n_splits_ == 3
    assert not np.isnan(found.cv_results_["mean_test_score"]).any()


def test_two_jobs_search_as_one_does():
    one, two = (search(n_jobs=n).fit(X, y) for n in (None, 2))
    assert one.cv_results_["params"] == two.cv_results_["params"]


def test_cloning_pickling_and_nesting():
    made = search(strategy=recipes.autotune_2018(step_number_vars=2))
    copy = clone(made)
    assert copy.strategy == made.strategy
    assert copy.get_params()["n_trials"] == 8
    found = pickle.loads(pickle.dumps(search().fit(X, y)))  # noqa: S301
    assert found.predict(X).shape == (150,)
    assert found.study_.n_trials == 8
    assert len(cross_val_score(search(n_trials=3), X, y, cv=3)) == 3


def test_verbose_tells_the_steps(capsys):
    search(verbose=2, n_trials=4).fit(X, y)
    told = capsys.readouterr().out
    assert "trial 1: start values" in told
    assert told.count("trial ") == 4


def test_importing_is_light():
    code = "import autotune, sys; print('matplotlib' in sys.modules, 'hypothesis' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


# Found by review


MODELS = """
import os
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Unspeakable(Exception):
    def __init__(self, a, b):
        super().__init__("does not survive pickling")


class Deadly(ClassifierMixin, BaseEstimator):
    def __init__(self, mood=0.5, how="raise"):
        self.mood = mood
        self.how = how

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.mood > 0.5 and self.how == "exit":
            os._exit(137)
        if self.mood > 0.5:
            raise Unspeakable(1, 2)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)
"""


@pytest.mark.parametrize("how", ["raise", "exit"])
def test_what_a_worker_dies_of_is_recorded(how, tmp_path, monkeypatch):
    (tmp_path / "moody_models.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    Deadly = importlib.import_module("moody_models").Deadly
    found = StepSearchCV(Deadly(how=how), {"mood": 0.5}, n_trials=6, n_jobs=2, cv=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found.fit(X, y)
    assert len(found.cv_results_["params"]) == 6
    assert np.isnan(found.cv_results_["mean_test_score"]).any()
    assert verify(found.log_).passed


def test_a_metric_may_be_called_score():
    scoring = {"acc": "accuracy", "score": "neg_log_loss"}
    tree = DecisionTreeClassifier(random_state=0)
    found = StepSearchCV(
        tree, {"max_depth": 3}, scoring=scoring, refit="score", n_trials=3, cv=3, random_state=0
    ).fit(X, y)
    assert (found.cv_results_["mean_test_acc"] > 0).all()
    assert (found.cv_results_["mean_test_score"] < 0).all()
    assert found.best_score_ < 0


def test_a_single_metric_may_be_named_by_refit():
    found = search(scoring="accuracy", refit="accuracy", n_trials=3).fit(X, y)
    assert "mean_test_score" in found.cv_results_
    assert found.score(X, y) > 0.9


def test_another_scoring_in_the_log_is_refused(tmp_path):
    search(n_trials=2, log=tmp_path / "log", scoring="accuracy").fit(X, y)
    with pytest.raises(StudyError, match="metric is 'accuracy'"):
        search(n_trials=3, log=tmp_path / "log", scoring="f1_macro").fit(X, y)


def test_prior_results_of_the_other_direction_are_refused():
    log = tune(lambda c: c["C"], START, n_trials=2, direction="minimize").log
    with pytest.raises(StudyError, match="direction"):
        search(n_trials=3, prior_results=log).fit(X, y)


def test_fitting_again_forgets_the_last_fit():
    found = search(scoring=["accuracy", "f1_macro"], refit="accuracy", n_trials=2).fit(X, y)
    found.set_params(refit=False).fit(X, y)
    assert not hasattr(found, "best_estimator_")
    assert not hasattr(found, "best_index_")


def test_parameters_that_start_at_zero_are_tuned():
    found = StepSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"ccp_alpha": Float(0, 1)},
        n_trials=6,
        random_state=0,
    ).fit(X, y)
    assert found.cv_results_["params"][0] == {"ccp_alpha": 0.0}
    assert len({p["ccp_alpha"] for p in found.cv_results_["params"]}) > 3
