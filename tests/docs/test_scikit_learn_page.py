"""The page that says what StepSearchCV does with all that RandomizedSearchCV has: each row holds."""

from __future__ import annotations

import inspect
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from attrs import evolve
from scipy.stats import loguniform
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, RandomizedSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.svm import SVC

from autotune import StepSearchCV
from autotune_strategies import Never, SpaceExhausted, recipes
from helpers import DOCS

PAGE = (DOCS / "scikit-learn.md").read_text(encoding="utf-8")

X, y = load_iris(return_X_y=True)
names = np.array(["setosa", "versicolor", "virginica"])
FRAME = pd.DataFrame(X, columns=["a", "b", "c", "d"])
DISTRIBUTIONS = {"C": loguniform(0.1, 10), "gamma": [0.01, 0.1]}


def table(heading):
    """Return the rows of the table under a heading: name, default or None, and what ours does."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)(?:=([^`]*))?` \| (.+) \|$", section, re.MULTILINE)
    return {name: (default or None, words) for name, default, words in rows if "Search" not in name}


PARAMETERS, ATTRIBUTES, METHODS = (
    table(f"Every {what}") for what in ("parameter", "attribute", "method")
)


def pair(estimator=None, fit=(X, y), trials=3, **more):
    """Return RandomizedSearchCV and StepSearchCV, fitted on the same."""
    estimator = SVC() if estimator is None else estimator
    space = more.pop("space", DISTRIBUTIONS)
    given = {"cv": 2, "random_state": 0, **more}
    return (
        RandomizedSearchCV(estimator, space, n_iter=trials, **given).fit(*fit),
        StepSearchCV(estimator, space, n_trials=trials, **given).fit(*fit),
    )


@pytest.fixture(scope="module")
def fitted():
    return pair(
        LogisticRegression(max_iter=500), (FRAME, names[y]), space={"C": loguniform(0.1, 10)}
    )


def test_the_tables_have_every_row_and_no_other(fitted):
    signature = inspect.signature(RandomizedSearchCV).parameters
    defaults = {
        name: None if each.default is each.empty else repr(each.default)
        for name, each in signature.items()
    }
    assert {name: default for name, (default, _) in PARAMETERS.items()} == defaults
    theirs, ours = fitted
    there = {name for name in vars(theirs) if name.endswith("_") and not name.startswith("_")}
    section = RandomizedSearchCV.__doc__.split("    Attributes\n")[1].split("    See Also\n")[0]
    documented = set(re.findall(r"^    (\w+) : ", section, re.MULTILINE))
    assert set(ATTRIBUTES) == documented | there
    assert {name for name in vars(ours) if name.endswith("_")} - there == {
        "study_",
        "log_",
        "interrupted_",
        "space_",
    }
    if sklearn.__version__ >= "1.9":
        public = {
            name
            for name, _ in inspect.getmembers(RandomizedSearchCV, callable)
            if not name.startswith("_") and name not in ATTRIBUTES and name[:4] != "set_"
        }
        public |= {"set_params", "set_callbacks"}
        public |= {name for name in METHODS if name in dir(theirs)}  # those there only if fitted
        assert set(METHODS) == public
    own = set(inspect.signature(StepSearchCV).parameters) - set(signature)
    for name in own - {"space", "n_trials"}:
        assert f"`{name}`" in PAGE.split("Its own are")[1].split("\n\n")[0], name


# What each parameter's row says


def estimator_is_cloned():
    model = SVC(C=3.0)
    theirs, ours = pair(model)
    assert not hasattr(model, "support_")
    assert ours.estimator is theirs.estimator is model


def the_space_is_the_same_dictionary():
    _, ours = pair(space=DISTRIBUTIONS)
    assert all(0.1 <= params["C"] <= 10 for params in ours.cv_results_["params"])
    assert {params["gamma"] for params in ours.cv_results_["params"]} <= {0.01, 0.1}
    with pytest.raises(ValueError, match="space"):
        StepSearchCV(SVC(), [DISTRIBUTIONS, {"C": [1.0]}]).fit(X, y)


def n_trials_is_the_number_in_the_study(tmp_path):
    for trials in (2, 5):
        search = StepSearchCV(
            SVC(), DISTRIBUTIONS, n_trials=trials, cv=2, log=tmp_path / "log", refit=False
        ).fit(X, y)
        assert len(search.cv_results_["params"]) == trials


def any_scoring():
    def function(estimator, X, y):
        return {"half": 0.5, "accuracy": estimator.score(X, y)}

    for scoring, refit in (
        ("f1_macro", True),
        (None, True),
        (["accuracy", "f1_macro"], "accuracy"),
        (("accuracy", "f1_macro"), "f1_macro"),
        ({"a": "accuracy"}, "a"),
        (function, "accuracy"),
        (lambda estimator, X, y: estimator.score(X, y), True),
    ):
        theirs, ours = pair(scoring=scoring, refit=refit, trials=2)
        assert set(theirs.cv_results_) <= set(ours.cv_results_)
        assert ours.multimetric_ == theirs.multimetric_


def jobs_change_no_result():
    one = StepSearchCV(SVC(), DISTRIBUTIONS, n_trials=3, cv=2, random_state=0).fit(X, y)
    two = StepSearchCV(
        SVC(), DISTRIBUTIONS, n_trials=3, cv=2, random_state=0, n_jobs=2, pre_dispatch=1
    ).fit(X, y)
    assert two.cv_results_["params"] == one.cv_results_["params"]
    assert (
        two.cv_results_["mean_test_score"].tolist() == one.cv_results_["mean_test_score"].tolist()
    )


def refit_as_it_likes():
    for refit in (False, True, lambda results: 1):
        theirs, ours = pair(refit=refit)
        for name in ("best_estimator_", "best_index_", "best_score_", "best_params_"):
            assert hasattr(ours, name) == hasattr(theirs, name), (refit, name)
    assert ours.best_index_ == theirs.best_index_ == 1
    assert ours.best_params_ == ours.cv_results_["params"][1]
    for bad, error in ((lambda results: 99, IndexError), (lambda results: "1", TypeError)):
        with pytest.raises(error, match="best_index_"):
            pair(refit=bad)
        with pytest.raises(error, match="best_index_"):
            StepSearchCV(SVC(), DISTRIBUTIONS, n_trials=2, cv=2, refit=bad).fit(X, y)


def splits_are_made_once():
    class Shuffled(KFold):
        calls = 0

        def split(self, X, y=None, groups=None):
            type(self).calls += 1
            return super().split(X, y, groups)

    again = evolve(recipes.random_walk(), termination=SpaceExhausted() & Never())
    search = StepSearchCV(
        SVC(), {"C": [1.0]}, strategy=again, n_trials=3, cv=Shuffled(2, shuffle=True)
    ).fit(X, y)
    assert Shuffled.calls == 1
    assert search.study_.n_trials == 3
    assert len(set(search.cv_results_["mean_test_score"])) == 1
    iterator = (split for split in KFold(2).split(X))
    search = StepSearchCV(SVC(), {"C": [1.0]}, n_trials=3, cv=iterator).fit(X, y)
    assert not np.isnan(search.cv_results_["split1_test_score"]).any()


def verbose_tells(capsys):
    lines = []
    for verbose in range(4):
        StepSearchCV(
            SVC(),
            {"C": [1e-9, 1e-8, 1.0]},
            n_trials=3,
            cv=2,
            random_state=0,
            verbose=verbose,
            refit=False,
        ).fit(X, y)
        lines.append(len(capsys.readouterr().out.splitlines()))
    assert lines == [0, 1, 3, 9]


def random_state_repeats():
    a, b = (pair(random_state=np.random.RandomState(3))[1] for _ in range(2))
    assert a.cv_results_["params"] == b.cv_results_["params"]


class Failing(DummyClassifier):
    """Fails for some strategies, and on the second half of the data alone for others."""

    def fit(self, X, y):
        if self.strategy == "prior" or (self.strategy == "uniform" and y[0] > 0):
            raise RuntimeError("not today")
        return super().fit(X, y)


def failures_are_recorded():
    space = {"strategy": ["stratified", "prior"]}
    with pytest.warns(FitFailedWarning, match="not today"):
        ours = StepSearchCV(Failing(), space, n_trials=6, cv=2, random_state=0).fit(X, y)
    assert np.isnan(ours.cv_results_["mean_test_score"]).any()
    with pytest.warns(FitFailedWarning, match="error_score = 0.25"):
        ours = StepSearchCV(
            Failing(), space, n_trials=6, cv=2, random_state=0, error_score=0.25
        ).fit(X, y)
    assert not np.isnan(ours.cv_results_["mean_test_score"]).any()
    for search, n in ((RandomizedSearchCV, "n_iter"), (StepSearchCV, "n_trials")):
        with pytest.raises(RuntimeError, match="not today"):
            search(Failing(), {"strategy": ["prior"]}, error_score="raise", **{n: 1}).fit(X, y)


def train_scores_are_recorded():
    theirs, ours = pair(return_train_score=True)
    assert {name for name in ours.cv_results_ if "train" in name} == {
        name for name in theirs.cv_results_ if "train" in name
    }


PARAMETER_CHECKS = {
    "estimator": estimator_is_cloned,
    "param_distributions": the_space_is_the_same_dictionary,
    "n_iter": n_trials_is_the_number_in_the_study,
    "scoring": any_scoring,
    "n_jobs": jobs_change_no_result,
    "refit": refit_as_it_likes,
    "cv": splits_are_made_once,
    "verbose": verbose_tells,
    "pre_dispatch": jobs_change_no_result,
    "random_state": random_state_repeats,
    "error_score": failures_are_recorded,
    "return_train_score": train_scores_are_recorded,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_does_what_its_row_says(name, tmp_path, capsys):
    _, words = PARAMETERS[name]
    ours = inspect.signature(StepSearchCV).parameters
    if words.startswith("the same"):
        there = inspect.signature(RandomizedSearchCV).parameters[name].default
        assert ours[name].default is there or ours[name].default == there
    elif name == "n_iter":
        assert f'n_trials="{ours["n_trials"].default}"' in words
    elif name == "param_distributions":
        assert "`space`" in words
    given = {"tmp_path": tmp_path, "capsys": capsys}
    check = PARAMETER_CHECKS[name]
    check(**{each: given[each] for each in inspect.signature(check).parameters})


# What each attribute's row says

ATTRIBUTE_CHECKS = {
    "best_estimator_": lambda theirs, ours: (
        type(ours.best_estimator_) is type(theirs.best_estimator_)
        and ours.best_params_["C"] == ours.best_estimator_.C
    ),
    "best_index_": lambda theirs, ours: (
        ours.best_index_ + 1 == ours.study_.incumbent
        and ours.best_score_ >= ours.cv_results_["mean_test_score"].max() - 1e-3
    ),
    "best_params_": lambda theirs, ours: (
        ours.best_params_ == ours.cv_results_["params"][ours.best_index_]
        and set(ours.best_params_) == set(theirs.best_params_)
    ),
    "best_score_": lambda theirs, ours: (
        ours.best_score_ == ours.cv_results_["mean_test_score"][ours.best_index_]
    ),
    "classes_": lambda theirs, ours: ours.classes_.tolist() == theirs.classes_.tolist(),
    "cv_results_": lambda theirs, ours: (
        (set(theirs.cv_results_) | {"changes", "reason", "mean_fit_cpu_time"})
        <= set(ours.cv_results_)
    ),
    "feature_names_in_": lambda theirs, ours: (
        ours.feature_names_in_.tolist() == theirs.feature_names_in_.tolist()
    ),
    "multimetric_": lambda theirs, ours: ours.multimetric_ == theirs.multimetric_,
    "n_features_in_": lambda theirs, ours: ours.n_features_in_ == theirs.n_features_in_,
    "n_splits_": lambda theirs, ours: ours.n_splits_ == theirs.n_splits_,
    "refit_time_": lambda theirs, ours: ours.refit_time_ > 0,
    "scorer_": lambda theirs, ours: (
        type(ours.scorer_) is type(theirs.scorer_)
        and ours.scorer_(ours, FRAME, names[y]) == ours.score(FRAME, names[y])
    ),
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_each_attribute_is_what_its_row_says(name, fitted):
    theirs, ours = fitted
    if name != "best_index_":  # numpy's integer, unless refit is a callable
        assert isinstance(getattr(theirs, name), type(getattr(ours, name)))
    assert ATTRIBUTE_CHECKS[name](theirs, ours)
    unfitted = StepSearchCV(LogisticRegression(), {"C": 1.0})
    assert not hasattr(unfitted, name)


# What each method's row says


@pytest.fixture(scope="module")
def pairs():
    """Return pairs with and without refit, of estimators that have different methods."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            pair(estimator, trials=1, space=space, refit=refit)
            for estimator, space in (
                (SVC(), {"C": [1.0]}),
                (LogisticRegression(), {"C": [1.0]}),
                (PCA(), {"n_components": [2]}),
                (KMeans(n_init=1, random_state=0), {"n_clusters": [2]}),
                (KernelDensity(), {"bandwidth": [1.0]}),
            )
            for refit in (True, False)
        ]


@pytest.mark.parametrize("name", METHODS)
def test_each_method_is_there_when_theirs_is_and_returns_the_same(name, pairs):
    compared = 0
    for theirs, ours in pairs:
        assert hasattr(ours, name) == hasattr(theirs, name)
        if theirs.refit and hasattr(theirs, name) and "_" not in (name[3:4], name[-1]):
            given = {"inverse_transform": X[:, :2], "score": (X, y)}.get(name, X)
            given = given if isinstance(given, tuple) else (given,)
            if name == "fit":
                continue
            expected, found = (
                np.asarray(getattr(each, name)(*given), float) for each in (theirs, ours)
            )
            np.testing.assert_allclose(found, expected)
            compared += 1
    assert compared > 0 or name in (
        "fit",
        "get_params",
        "set_params",
        "set_callbacks",
        "get_metadata_routing",
    )


def test_set_output_reaches_the_estimator():
    search = StepSearchCV(PCA(), {"n_components": [2]}, n_trials=1, cv=2)
    search.set_output(transform="pandas").fit(FRAME)
    assert search.transform(FRAME).columns.tolist() == ["pca0", "pca1"]
    search.set_output(transform="default")
    assert isinstance(search.transform(FRAME), np.ndarray)
    assert not hasattr(StepSearchCV(SVC(), {"C": 1.0}), "set_output")
