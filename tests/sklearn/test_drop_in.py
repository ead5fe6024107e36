"""Whatever works with scikit-learn's searches works with StepSearchCV: its checks, and much more."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier, is_clusterer
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, make_scorer
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from autotune import StepSearchCV, verify

X, y = load_iris(return_X_y=True)
FRAME = pd.DataFrame(X, columns=["a", "b", "c", "d"])


def search(estimator, space, **more):
    return StepSearchCV(estimator, space, **{"n_trials": 3, "cv": 2, "random_state": 0, **more})


def as_grid(found, estimator, **more):
    """Return scikit-learn's scores of the configurations that a search tried."""
    grid = [{name: [value] for name, value in p.items()} for p in found.cv_results_["params"]]
    return GridSearchCV(estimator, grid, **{"cv": found.cv, "scoring": found.scoring, **more})


CHECKED = [
    search(Ridge(), {"alpha": [0.1, 1.0]}, n_trials=2),
    search(LogisticRegression(), {"C": [0.1, 1.0]}, n_trials=2),
]


@parametrize_with_checks(CHECKED)
@pytest.mark.filterwarnings("default")
def test_scikit_learns_estimator_checks_pass_and_none_is_excepted(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "splitter",
    [
        RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
        ShuffleSplit(3, random_state=0),
        TimeSeriesSplit(3),
        PredefinedSplit(np.arange(150) % 3),
        [
            (np.arange(0, 150, 2), np.arange(1, 150, 2)),
            (np.arange(1, 150, 2), np.arange(0, 150, 2)),
        ],
        [(np.arange(150) % 2 == 0, np.arange(150) % 2 == 1)],
    ],
    ids=lambda splitter: type(splitter).__name__,
)
def test_any_splitter(splitter):
    shuffled = np.random.default_rng(0).permutation(150)
    tree = DecisionTreeClassifier(random_state=0)
    data = X[shuffled], y[shuffled]
    found = search(tree, {"max_depth": 2}, cv=splitter).fit(*data)
    grid = as_grid(found, tree).fit(*data)
    scores = found.cv_results_["mean_test_score"]
    np.testing.assert_allclose(scores, grid.cv_results_["mean_test_score"])
    assert found.n_splits_ == grid.n_splits_


@pytest.mark.parametrize("splitter", [GroupKFold(3), LeaveOneGroupOut()])
def test_groups(splitter):
    groups = np.repeat(np.arange(5), 30)
    found = search(SVC(), {"C": 1.0}, cv=splitter).fit(X, y, groups=groups)
    grid = as_grid(found, SVC()).fit(X, y, groups=groups)
    scores = found.cv_results_["mean_test_score"]
    np.testing.assert_allclose(scores, grid.cv_results_["mean_test_score"])
    with pytest.raises(ValueError, match="groups"):
        search(SVC(), {"C": 1.0}, cv=splitter).fit(X, y)


def test_metadata_reach_the_estimator_the_scorer_and_the_splitter():
    weight = np.where(y == 1, 0.01, 1.0)
    groups = np.arange(150) % 4
    with sklearn.config_context(enable_metadata_routing=True):
        model = SVC().set_fit_request(sample_weight=True)
        scorer = make_scorer(f1_score, average="macro").set_score_request(
            sample_weight="importance"
        )
        given = {"sample_weight": weight, "importance": weight, "groups": groups}
        found = search(model, {"C": 1.0}, cv=GroupKFold(2), scoring=scorer).fit(X, y, **given)
        grid = as_grid(found, model).fit(X, y, **given)
        np.testing.assert_allclose(
            found.cv_results_["mean_test_score"], grid.cv_results_["mean_test_score"]
        )
        plain = search(SVC(), {"C": 1.0}, cv=GroupKFold(2), scoring=found.scoring)
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError):
            plain.fit(X, y, **given)
        nested = cross_validate(found, X, y, cv=GroupKFold(2), params=given)
        assert len(nested["test_score"]) == 2


class Fussy(ClassifierMixin, BaseEstimator):
    """Wants things at fit time, as networks do."""

    def __init__(self, bias=0.0):
        self.bias = bias

    def fit(self, X, y, *, epochs, callbacks, weights):
        assert epochs == 3
        assert len(weights) == len(X)
        for callback in callbacks:
            callback(self)
        self.classes_ = np.unique(y)
        self.seen_ = weights
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_fit_parameters_reach_the_estimator():
    seen = []
    found = search(Fussy(), {"bias": 1.0}, n_trials=2)
    found.fit(X, y, epochs=3, callbacks=[seen.append], weights=np.arange(150))
    assert len(seen) == 2 * 2 + 1
    assert found.best_estimator_.seen_.tolist() == list(range(150))


def test_one_of_several_metrics_may_fail():
    def never(y, predicted):
        raise RuntimeError("no such metric")

    scoring = {"accuracy": "accuracy", "never": make_scorer(never)}
    found = search(SVC(), {"C": 1.0}, scoring=scoring, refit="accuracy").fit(X, y)
    assert np.isnan(found.cv_results_["mean_test_never"]).all()
    assert (found.cv_results_["mean_test_accuracy"] > 0.5).all()
    with pytest.raises(ValueError, match=r"no trial succeeded.*RuntimeError: no such metric"):
        search(SVC(), {"C": 1.0}, scoring=scoring, refit="never").fit(X, y)


# Kinds of data


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array])
def test_sparse_input(make):
    found = search(LogisticRegression(max_iter=500), {"C": 1.0}).fit(make(X), y)
    dense = search(LogisticRegression(max_iter=500), {"C": 1.0}).fit(X, y)
    assert found.best_score_ == pytest.approx(dense.best_score_)
    assert found.predict(sparse.csr_array(X)).shape == (150,)


def test_data_frames_with_columns_by_name():
    frame = FRAME.assign(kind=np.array(["u", "v", "w"])[np.arange(150) % 3])
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), ["a", "b"]), ("words", OneHotEncoder(), ["kind"])]
    )
    pipe = make_pipeline(columns, LogisticRegression(max_iter=500))
    space = {
        "logisticregression__C": [1.0, 2.0],
        "columntransformer__numbers__with_mean": [True, False],
    }
    target = pd.Series(y, index=frame.index + 1000).map(str)
    found = search(pipe, space).fit(frame.set_index(target.index), target)
    assert found.feature_names_in_.tolist() == ["a", "b", "c", "d", "kind"]
    assert set(found.predict(frame)) <= {"0", "1", "2"}
    polars = search(pipe, space).fit(pl.DataFrame(frame), pl.Series(y))
    assert polars.best_score_ == found.best_score_


def test_lists_of_texts():
    texts = [f"{'good' if label else 'bad'} {i}" for i, label in enumerate(y)]
    pipe = make_pipeline(CountVectorizer(), MultinomialNB())
    space = {"multinomialnb__alpha": [1.0, 2.0], "countvectorizer__ngram_range": [(1, 1), (1, 2)]}
    found = search(pipe, space).fit(texts, (y > 0).tolist())
    assert found.best_score_ == 1.0
    assert found.best_params_["countvectorizer__ngram_range"] in [(1, 1), (1, 2)]


def test_precomputed_kernels_are_cut_both_ways():
    kernel = rbf_kernel(X)
    found = search(SVC(kernel="precomputed"), {"C": 1.0}).fit(kernel, y)
    plain = search(SVC(gamma=1 / 4), {"C": 1.0}).fit(X, y)
    assert found.best_score_ == pytest.approx(plain.best_score_)


def test_several_targets():
    X_, y_ = load_diabetes(return_X_y=True)
    both = np.column_stack([y_, -y_])
    found = search(DecisionTreeRegressor(random_state=0), {"max_depth": 3}).fit(X_, both)
    assert found.predict(X_).shape == (442, 2)
    classes = np.column_stack([y, y > 0])
    found = search(DecisionTreeClassifier(random_state=0), {"max_depth": 3}, scoring=exact)
    found.fit(X, classes)
    assert [len(each) for each in found.classes_] == [3, 2]


def exact(estimator, X, y):
    return np.mean((estimator.predict(X) == y).all(axis=1))


def test_without_a_target():
    found = search(KMeans(n_init=1, random_state=0), {"n_clusters": [2, 3, 4]}, n_trials=5).fit(X)
    assert is_clusterer(found)
    assert found.predict(X).shape == (150,)
    assert found.transform(X).shape == (150, found.best_params_["n_clusters"])


# As an estimator among others


def test_within_cross_validation_pipelines_and_other_estimators():
    inner = search(SVC(), {"C": 1.0})
    nested = cross_validate(inner, X, y, cv=2, return_estimator=True)
    for each, score in zip(nested["estimator"], nested["test_score"], strict=True):
        assert each.study_.n_trials == 3
        assert 0.5 < score <= 1
    pipe = make_pipeline(StandardScaler(), inner).fit(X, y)
    assert pipe.score(X, y) > 0.9
    outer = search(make_pipeline(StandardScaler(), inner), {"stepsearchcv__n_trials": [1, 2]})
    assert outer.fit(X, y).best_score_ > 0.9
    X_, y_ = load_diabetes(return_X_y=True)
    target = TransformedTargetRegressor(
        search(Ridge(), {"alpha": 1.0}), transformer=StandardScaler()
    )
    assert target.fit(X_, y_).score(X_, y_) > 0.3


def test_clones_know_nothing_of_the_fit_and_pickles_all(tmp_path):
    made = search(SVC(), {"C": 1.0}, log=tmp_path / "log", scoring=["accuracy"], refit="accuracy")
    found = made.fit(X, y)
    fresh = clone(found)
    assert not any(name.endswith("_") for name in vars(fresh) if not name.startswith("_"))
    assert fresh.get_params().keys() == found.get_params().keys()
    again = pickle.loads(pickle.dumps(found))  # noqa: S301
    assert again.predict(X).tolist() == found.predict(X).tolist()
    assert again.cv_results_["changes"].tolist() == found.cv_results_["changes"].tolist()
    assert again.best_params_ == found.best_params_
    assert verify(again.log_).passed
    assert is_classifier(again)


def test_the_html_shows_the_estimator_then_the_best():
    made = search(make_pipeline(StandardScaler(), SVC()), {"svc__C": 1.0})
    assert "estimator: Pipeline" in made._repr_html_()
    assert "best_estimator_: Pipeline" in made.fit(X, y)._repr_html_()
    assert repr(made).startswith("StepSearchCV(")


def test_tags_are_the_estimators():
    for estimator in (Ridge(), SVC(kernel="precomputed"), DecisionTreeClassifier(), KMeans()):
        theirs = sklearn.utils.get_tags(estimator)
        ours = sklearn.utils.get_tags(search(estimator, {}))
        assert ours.estimator_type == theirs.estimator_type
        assert ours.classifier_tags == theirs.classifier_tags
        assert ours.regressor_tags == theirs.regressor_tags
        assert ours.target_tags == theirs.target_tags
        assert ours.input_tags.pairwise == theirs.input_tags.pairwise
        assert ours.input_tags.sparse == theirs.input_tags.sparse


def test_what_an_estimator_takes_but_does_not_list_can_be_tuned():
    class Open(Fussy):
        def set_params(self, **params):
            for name in [name for name in params if name.startswith("module__")]:
                setattr(self, name, params.pop(name))
            return super().set_params(**params)

        def fit(self, X, y):
            self.classes_ = np.unique(y) if self.module__size < 4 else np.unique(y)[1:]
            return self

    found = search(Open(), {"module__size": [2, 8]}, n_trials=4).fit(X, y)
    assert found.cv_results_["param_module__size"].tolist().count(8) > 0
    with pytest.raises(ValueError, match="'size' is not a parameter of Open"):
        search(Open(), {"size": [2, 8]}).fit(X, y)


def test_failing_by_type_in_every_trial_is_a_type_error():
    with pytest.raises(TypeError, match=r"no trial succeeded.*by TypeError: .*dict"):
        search(Ridge(), {"alpha": 1.0}).fit(
            np.array([[{}], [{}], [{}], [{}]], dtype=object), [1, 2, 3, 4]
        )
