"""Contenders of StepSearchCV are measured again on other splits."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from attrs import evolve
from sklearn.datasets import load_iris, load_wine
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    check_cv,
    cross_val_score,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from autotune import Categorical, Integer, StepSearchCV, verify
from autotune.analysis import honest_score
from autotune.errors import StudyError
from autotune.sklearn.splits import other_splits
from autotune.study.repeats import evaluations_of, repeat_of, same_split
from autotune_strategies import recipes
from autotune_strategies.confirmation import ConfirmContenders

X, y = load_wine(return_X_y=True)
GROUPS = np.arange(len(X)) % 30
SPACE = {"max_depth": Integer(1, 12), "min_samples_leaf": Integer(1, 30)}


def search(**options):
    given = {"n_trials": 24, "cv": 3, "n_repeats": 3, "random_state": 0, **options}
    return StepSearchCV(DecisionTreeClassifier(random_state=0), SPACE, **given)


def confirming_strategy():
    """Return a strategy that measures contenders again from the tenth trial on."""
    return evolve(recipes.default(), confirmation=ConfirmContenders(share=1.0, worth=0.0))


@pytest.fixture(scope="module")
def found():
    return search(strategy=confirming_strategy()).fit(X, y)


def confirming(study):
    return [t for t in range(1, study.n_trials + 1) if study.origin(t) == "confirm"]


def drawn(found, repeat):
    """Return a repeat's splits as an iterable for scikit-learn's own functions."""
    splitter = check_cv(3, y, classifier=True)
    first = tuple(splitter.split(X, y))
    others = other_splits(splitter, first, n_repeats=3, seed=0, X=X, y=y, routed={})
    return (first, *others)[repeat]


def test_contenders_are_measured_again_on_other_splits(found):
    study = found.study_
    again = confirming(study)
    assert len(again) >= 3
    for trial in again:
        first = int(evaluations_of(study)[trial - 1])
        assert repeat_of(study, trial) > 0
        assert study.measurement(trial).folds == (0, 1, 2)
        assert study.measurement(trial).scores != study.measurement(first).scores
        assert not same_split(study, trial, first)
    assert verify(found.log_).passed


def test_scores_are_those_of_scikit_learn_on_the_same_splits(found):
    results = found.cv_results_
    repeats = set()
    for row, trial in enumerate(results["iteration"]):
        repeat = repeat_of(found.study_, int(trial))
        if repeat in repeats:
            continue
        repeats.add(repeat)
        model = DecisionTreeClassifier(random_state=0, **results["params"][row])
        scores = cross_val_score(model, X, y, cv=drawn(found, repeat))
        assert [results[f"split{fold}_test_score"][row] for fold in range(3)] == list(scores)
    assert {0, 1} <= repeats


def test_no_configuration_is_measured_more_often_than_there_are_splits():
    study = search(n_repeats=2).fit(X, y).study_
    assert np.bincount(evaluations_of(study)).max() == 2
    assert confirming(study)


def test_with_one_repeat_all_is_as_before():
    one, left_out = search(n_repeats=1), search()
    left_out.n_repeats = StepSearchCV(SVC(), {"C": 1.0}).n_repeats
    a, b = one.fit(X, y).study_, left_out.fit(X, y).study_
    assert a.begun.deterministic is True
    assert a.begun.n_repeats is None
    assert confirming(a) == []
    assert a.coordinates.keys() == b.coordinates.keys()
    assert all(np.array_equal(a.coordinates[name], b.coordinates[name]) for name in a.coordinates)


def test_the_best_is_one_that_scores_well_on_average(found):
    model = DecisionTreeClassifier(random_state=0, **found.best_params_)
    assert np.mean([cross_val_score(model, X, y, cv=drawn(found, r)).mean() for r in range(3)]) > (
        cross_val_score(DecisionTreeClassifier(max_depth=1), X, y, cv=3).mean() + 0.1
    )
    row = found.best_index_
    assert found.best_score_ == found.cv_results_["mean_test_score"][row]
    honest = honest_score(found.study_, int(found.cv_results_["iteration"][row]))
    assert honest.known
    assert honest.low < honest.score < honest.high


def test_a_search_killed_in_the_middle_goes_on_as_the_whole_one(found, tmp_path):
    whole = found.study_
    cut = confirming(whole)[1]
    for n in (cut - 1, cut, whole.n_trials):
        part = search(
            log=tmp_path / "log",
            n_trials=n,
            random_state=None if n > cut else 0,
            strategy=confirming_strategy(),
        ).fit(X, y)
    assert verify(tmp_path / "log").passed
    assert part.study_.n_trials == whole.n_trials
    for trial in range(1, whole.n_trials + 1):
        assert part.study_.configuration(trial) == whole.configuration(trial)
        assert part.study_.origin(trial) == whole.origin(trial)
        assert part.study_.measurement(trial).scores == whole.measurement(trial).scores


def test_two_jobs_search_the_same_splits():
    found = search(n_jobs=2, strategy=confirming_strategy()).fit(X, y)
    study = found.study_
    again = confirming(study)
    assert again
    for trial in again[:3]:
        repeat = repeat_of(study, trial)
        model = DecisionTreeClassifier(random_state=0, **study.configuration(trial))
        scores = cross_val_score(model, X, y, cv=drawn(found, repeat))
        assert study.measurement(trial).scores == tuple(scores)
    assert verify(found.log_).passed


DRAWING = [
    KFold(3),
    KFold(3, shuffle=True, random_state=1),
    StratifiedKFold(3),
    GroupKFold(3),
    StratifiedGroupKFold(3),
    ShuffleSplit(3, random_state=0),
    StratifiedShuffleSplit(3, random_state=0),
    GroupShuffleSplit(3, random_state=0),
    RepeatedKFold(n_splits=2, n_repeats=2, random_state=0),
]


def can_draw(splitter):
    return "random_state" in inspect.signature(type(splitter).__init__).parameters


@pytest.mark.parametrize("splitter", [*filter(can_draw, DRAWING)], ids=lambda s: type(s).__name__)
def test_splitters_are_drawn_anew_and_left_as_they_are(splitter):
    said = repr(splitter)
    routed = {"groups": GROUPS} if "Group" in type(splitter).__name__ else {}
    first = tuple(splitter.split(X, y, **routed))
    given = {"n_repeats": 3, "seed": 5, "X": X, "y": y, "routed": routed}
    others = other_splits(splitter, first, **given)
    assert len(others) == 2
    assert repr(splitter) == said
    every = [first, *others]
    tests = {tuple(np.concatenate([test for _, test in splits])) for splits in every}
    assert len(tests) == 3
    assert all(len(splits) == len(first) for splits in every)
    if routed:
        for splits in others:
            for train, test in splits:
                assert not set(GROUPS[train]) & set(GROUPS[test])
    again = other_splits(splitter, first, **given)
    assert all(
        np.array_equal(a, b)
        for one, two in zip(others, again, strict=True)
        for pair, other in zip(one, two, strict=True)
        for a, b in zip(pair, other, strict=True)
    )


def test_groups_stay_together_in_a_search():
    cv = StratifiedGroupKFold(3)
    found = search(cv=cv, n_trials=20, strategy=confirming_strategy()).fit(X, y, groups=GROUPS)
    assert found.study_.n_trials == 20
    assert confirming(found.study_)


@pytest.mark.parametrize(
    ("cv", "words"),
    [
        (TimeSeriesSplit(3), "cv = TimeSeriesSplit has no random_state"),
        (PredefinedSplit(np.arange(len(X)) % 3), "cv = PredefinedSplit has no random_state"),
        (LeaveOneOut(), "cv = LeaveOneOut has no random_state"),
        (list(KFold(3).split(X)), "cv = CVIterableWrapper has no random_state"),
        (KFold(len(X)), "made the same again"),
    ],
)
def test_splits_that_cannot_be_drawn_anew_are_refused_before_any_fit(cv, words):
    class Never(DecisionTreeClassifier):
        def fit(self, X, y):
            raise AssertionError("fitted")

    refused = StepSearchCV(Never(), SPACE, cv=cv, n_repeats=3)
    with pytest.raises(ValueError, match=words):
        refused.fit(X, y)


@pytest.mark.parametrize("n_repeats", [0, -1, 1.5, "2", None])
def test_a_bad_number_of_repeats_is_refused(n_repeats):
    with pytest.raises(ValueError, match="n_repeats"):
        search(n_repeats=n_repeats).fit(X, y)


def test_a_log_of_other_repeats_is_refused(tmp_path):
    search(log=tmp_path / "log", n_trials=2).fit(X, y)
    with pytest.raises(StudyError, match="its n_repeats is 3, not 2"):
        search(log=tmp_path / "log", n_trials=3, n_repeats=2).fit(X, y)
    with pytest.raises(StudyError, match="other splits"):
        search(log=tmp_path / "log", n_trials=3, n_repeats=1).fit(X, y)


def test_a_small_space_ends_when_all_is_measured_on_all_splits():
    iris = load_iris(return_X_y=True)
    space = {"C": Categorical([0.1, 1.0, 10.0]), "kernel": Categorical(["linear", "rbf"])}
    found = StepSearchCV(SVC(), space, n_trials=40, cv=3, n_repeats=2, random_state=0)
    with pytest.warns(UserWarning, match="6 configurations"):
        found.fit(*iris)
    assert np.bincount(evaluations_of(found.study_)).tolist()[1:7] == [2] * 6
    assert found.study_.n_trials == 12
    grid = GridSearchCV(SVC(), {"C": [0.1, 1.0, 10.0], "kernel": ["linear", "rbf"]}, cv=3)
    grid.fit(*iris)
    assert found.best_score_ > grid.best_score_ - 0.03
