"""Plain start values of an estimator get their bounds and choices from what it publishes."""

import importlib.util
import math
import warnings
from numbers import Integral, Real

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import OPTICS
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import ElasticNet, LogisticRegression, RidgeCV, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, NuSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators
from sklearn.utils._param_validation import Hidden, Interval, StrOptions

from autotune import (
    Boolean,
    Categorical,
    Fixed,
    Float,
    Integer,
    Ordinal,
    Sequence,
    Space,
    StepSearchCV,
    Tuner,
    open_log,
    tune,
    verify,
)
from autotune.errors import SpaceError
from autotune.sklearn import space_for
from autotune.sklearn.ranges import Range
from autotune.study import SpaceChanged
from autotune.testing import same

X, y = load_iris(return_X_y=True)
POSITIVE = Float(log=True)
PENALTY = Float(low=0, linear_below=0.01)


@pytest.mark.parametrize(
    ("estimator", "name", "value", "dimension"),
    [
        (SVC(), "C", 1.0, POSITIVE),
        (SVC(), "C", 1, POSITIVE),
        (SVC(), "C", np.float32(2), POSITIVE),
        (SVC(), "gamma", 0.1, POSITIVE),
        (SVC(), "gamma", 0.0, PENALTY),
        (SVC(), "gamma", "scale", Categorical(["auto", "scale"])),
        (SVC(), "kernel", "rbf", Categorical(["linear", "poly", "rbf", "sigmoid"])),
        (
            SVC(),
            "kernel",
            "precomputed",
            Categorical(["linear", "poly", "precomputed", "rbf", "sigmoid"]),
        ),
        (SVC(), "coef0", 0.0, Float()),
        (SVC(), "coef0", -1.0, Float()),
        (SVC(), "degree", 3, Integer(low=1)),
        (SVC(), "degree", 0, Integer(low=0)),
        (SVC(), "shrinking", True, Boolean()),
        (SVC(), "class_weight", None, Categorical([None, "balanced"])),
        (SVC(), "class_weight", {0: 1.0, 1: 2.0}, Fixed({0: 1.0, 1: 2.0})),
        (SVC(), "max_iter", -1, Fixed(-1)),
        (SVC(), "max_iter", 100, Integer(low=1)),
        (SVC(), "random_state", 0, Fixed(0)),
        (SVC(), "verbose", False, Fixed(False)),
        (NuSVC(), "nu", 0.5, Float(0.05, 1)),
        (NuSVC(), "nu", 0.02, Float(high=1.0, log=True)),
        (ElasticNet(), "l1_ratio", 0.5, Float(0, 1)),
        (ElasticNet(), "l1_ratio", 1, Float(0, 1)),
        (ElasticNet(), "l1_ratio", 0.02, Float(0, 1, linear_below=0.01)),
        (ElasticNet(), "l1_ratio", 0.0, Float(0, 1, linear_below=0.01)),
        (HistGradientBoostingClassifier(), "l2_regularization", 0, PENALTY),
        (HistGradientBoostingClassifier(), "learning_rate", 0.1, POSITIVE),
        (HistGradientBoostingClassifier(), "max_bins", 255, Integer(2, 255)),
        (HistGradientBoostingClassifier(), "max_leaf_nodes", 31, Integer(low=2)),
        (HistGradientBoostingClassifier(), "early_stopping", "auto", Fixed("auto")),
        (HistGradientBoostingClassifier(), "early_stopping", True, Boolean()),
        (RandomForestClassifier(), "n_jobs", 2, Fixed(2)),
        (RandomForestClassifier(), "max_features", 3, Integer(low=1)),
        (RandomForestClassifier(), "max_features", 1.0, Float(0.05, 1)),
        (RandomForestClassifier(), "max_features", "sqrt", Categorical([None, "log2", "sqrt"])),
        (RandomForestClassifier(), "max_features", None, Categorical([None, "log2", "sqrt"])),
        (RandomForestClassifier(), "max_depth", None, Fixed(None)),
        (RandomForestClassifier(), "min_samples_split", 2, Integer(low=2)),
        (DecisionTreeClassifier(), "ccp_alpha", 0.0, PENALTY),
        (
            DecisionTreeClassifier(),
            "min_weight_fraction_leaf",
            0.0,
            Float(0, 0.5, linear_below=0.005),
        ),
        (GaussianNB(), "var_smoothing", 1e-9, POSITIVE),
        (MLPClassifier(), "hidden_layer_sizes", (100,), Sequence(of=Integer(low=1))),
        (MLPClassifier(), "beta_2", 0.999, Float(0, 0.9995)),
        (MLPClassifier(), "momentum", 0.9, Float(0, 1)),
        (MLPClassifier(), "n_iter_no_change", math.inf, None),
        (OPTICS(), "max_eps", math.inf, None),
        (RidgeCV(), "cv", 5, Fixed(5)),
        (TfidfVectorizer(), "ngram_range", (1, 2), Fixed((1, 2))),
        (TfidfVectorizer(), "max_df", 1.0, Float(0, 1)),
        (TfidfVectorizer(), "max_df", 4, Integer(low=1)),
    ],
)
def test_the_dimension_of_a_start_value(estimator, name, value, dimension):
    if dimension is None:
        pytest.importorskip("sklearn", minversion="1.6")
        assert space_for(estimator, {name: value})[name] == Fixed(value)
        return
    space = space_for(estimator, {name: value})
    assert same(space[name], dimension)
    assert space.start[name] == value


def test_tuples_and_lists_are_choices_where_the_estimator_holds_a_single_value():
    space = space_for(
        SVC(),
        {"C": 1.0, "kernel": ("rbf", "poly"), "degree": [2, 3, 4], "gamma": loguniform(1e-3, 1)},
    )
    assert space["C"] == POSITIVE
    assert space["kernel"] == Categorical(["rbf", "poly"])
    assert space["degree"] == Ordinal([2, 3, 4])
    assert space["gamma"] == Float(1e-3, 1, log=True)
    assert list(space) == ["C", "kernel", "degree", "gamma"]
    layers = space_for(MLPClassifier(), {"hidden_layer_sizes": [(10,), (20, 10)]})
    assert layers["hidden_layer_sizes"] == Categorical([(10,), (20, 10)])
    depths = space_for(RandomForestClassifier(), {"max_depth": (2, 4, 8)})
    assert depths["max_depth"] == Ordinal([2, 4, 8])
    priors = space_for(GaussianNB(), {"priors": (0.2, 0.3, 0.5)})
    assert isinstance(priors["priors"], Sequence)  # an array or None, never a number


def test_declared_parameters_start_at_the_estimators_own_settings_beside_start_values():
    found = StepSearchCV(
        SVC(kernel="poly", gamma=0.5),
        {"C": 3.0, "kernel": ["linear", "poly"], "gamma": Float(0.1, 1)},
        n_trials=2,
        random_state=0,
    ).fit(X, y)
    assert found.cv_results_["params"][0] == {"C": 3.0, "kernel": "poly", "gamma": 0.5}


def test_nested_parameters_of_pipelines_and_meta_estimators():
    pipe = make_pipeline(StandardScaler(), PCA(), BaggingClassifier(SVC()))
    space = space_for(
        pipe,
        {
            "standardscaler__with_mean": True,
            "pca__tol": 0.0,
            "baggingclassifier__max_samples": 1.0,
            "baggingclassifier__estimator__C": 1,
            "baggingclassifier__estimator__gamma": 0.0,
        },
    )
    assert space["standardscaler__with_mean"] == Boolean()
    assert space["pca__tol"] == PENALTY
    assert space["baggingclassifier__max_samples"] == Float(0.05, 1)
    assert space["baggingclassifier__estimator__C"] == POSITIVE
    assert space["baggingclassifier__estimator__gamma"] == PENALTY


def test_parameters_of_steps_that_are_searched_themselves():
    pipe = make_pipeline(StandardScaler(), SVC())
    svm, logistic, forest = SVC(), LogisticRegression(), RandomForestClassifier()
    space = space_for(pipe, {"svc": [svm, logistic, forest], "svc__C": 1, "svc__tol": 1e-3})
    assert space["svc__C"] == POSITIVE  # the same for both that have it
    assert space["svc__tol"] == POSITIVE


def test_estimators_that_publish_nothing_are_read_as_ever():
    class Own(BaseEstimator):
        def __init__(self, depth=1, rate=0.0, names=(1, 2)):
            self.depth, self.rate, self.names = depth, rate, names

    class Odd(Own):
        _parameter_constraints = {"depth": ["whatever"], "rate": "no_validation"}  # noqa: RUF012

    for estimator in (Own(), Odd()):
        start = {"depth": 1, "rate": 0.0, "names": (1, 2)}
        assert same(space_for(estimator, start), Space.from_start(start))


def test_what_is_hidden_or_deprecated_is_no_choice():
    class Old(BaseEstimator):
        _parameter_constraints = {  # noqa: RUF012
            "way": [StrOptions({"a", "b", "c"}, deprecated={"c"}), Hidden(StrOptions({"warn"}))],
            "size": [
                Hidden(Interval(Integral, 0, 1, closed="both")),
                Interval(Real, 0, 2, closed="both"),
            ],
        }

        def __init__(self, way="a", size=1.0):
            self.way, self.size = way, size

    assert space_for(Old(), {"way": "a"})["way"] == Categorical(["a", "b"])
    assert space_for(Old(), {"way": "warn"})["way"] == Fixed("warn")
    assert space_for(Old(), {"way": "c"})["way"] == Fixed("c")


@pytest.mark.parametrize(
    ("estimator", "start", "words"),
    [
        (
            SVC(),
            {"C": -1.0},
            r"start value of C = -1.0 is not one that SVC takes: C must be a float",
        ),
        (SVC(), {"kernel": "rbg"}, "'rbg' is not one that SVC takes"),
        (RandomForestClassifier(), {"n_estimators": 10.0}, "an int in the range"),
        (make_pipeline(SVC()), {"svc__degree": -1}, "start value of svc__degree = -1"),
    ],
)
def test_a_start_value_that_is_not_taken_is_refused_before_any_fit(estimator, start, words):
    with pytest.raises(SpaceError, match=words):
        StepSearchCV(estimator, start).fit(X, y)


ENDS = st.sampled_from([None, -100.0, -1.0, 0.0, 0.5, 1.0, 3.0, 1e4])


@given(
    st.tuples(ENDS, ENDS),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.floats(-200, 2e4) | st.floats(0, 1) | st.sampled_from([0.0, 1.0, 1e-300, 0.999999999]),
    st.integers(0, 2**32),
)
@example((0.0, 1.0), True, True, False, 1 - 2**-53, 0)
@example((0.0, None), True, False, False, 5e-324, 0)
def test_a_range_is_never_left(ends, low_open, high_open, whole, value, seed):
    low, high = ends
    if low is not None and high is not None and not low < high:
        return
    inside = Range(low, high, low_open=low_open, high_open=high_open, whole=whole)
    value = float(round(value)) if whole else value
    if value not in inside:
        return
    dimension = inside.dimension(int(value) if whole else value)
    if isinstance(dimension, Fixed):
        return
    # A clipped step lies on an end of the dimension, so that must be in the range too.
    assert all(end is None or end in inside for end in (dimension.low, dimension.high))
    x = dimension.encode(dimension.check("start", value))
    rng = np.random.default_rng(seed)
    for length in (0.01, 0.2, 1.0, 5.0, 0.2, 5.0):
        x = dimension.step(rng, x, length)
        assert x in inside, (inside, dimension)
    if value > 0 and (low is None or low >= 0 or high is None):
        assert x >= 0  # between bounds on both sides of 0 it may go to either
    # What a design draws lies inside too.
    space = Space({"x": dimension}, start={"x": value})
    for recipe in ("random_search", "random_walk"):
        tuner = Tuner(space, strategy=recipe, n_trials=4, seed=seed)
        while (proposed := tuner.ask()) is not None:
            assert proposed.configuration["x"] in inside
            tuner.tell(proposed.trial, 0.0)


def test_a_number_at_its_bound_can_move_inside():
    for dimension in (Range(0, 1, low_open=True).dimension(1.0), Range(1).dimension(1.0)):
        rng = np.random.default_rng(0)
        assert all(dimension.step(rng, 1.0, 0.2) != 1.0 for _ in range(20))


def test_zero_keeps_to_its_side_unless_nothing_is_known():
    result = tune(lambda c: c["x"], {"x": 0.0}, n_trials=20, strategy="random_search")
    values = [e.configuration["x"] for e in result.log.events() if hasattr(e, "configuration")]
    assert min(values) < 0 < max(values)
    found = StepSearchCV(
        HistGradientBoostingClassifier(max_iter=3),
        {"l2_regularization": 0.0},
        n_trials=15,
        cv=2,
        strategy="random_walk",
        random_state=0,
    ).fit(X, y)
    values = np.array([c["l2_regularization"] for c in found.cv_results_["params"]])
    assert values.min() == 0
    assert 0 < values.max() < 1


def test_the_space_is_told_and_recorded(capsys, tmp_path):
    found = StepSearchCV(
        SVC(), {"C": 1, "kernel": "rbf"}, n_trials=2, verbose=1, log=tmp_path / "log"
    ).fit(X, y)
    said = capsys.readouterr().out
    assert "C: Float(low=None, high=None, log=True), from 1" in said
    assert "kernel: Categorical(" in said
    assert found.space_ == space_for(SVC(), {"C": 1, "kernel": "rbf"})
    with open_log(tmp_path / "log", mode="r") as log:
        assert log.space == found.space_


def test_a_study_recorded_with_the_space_of_before_goes_on_as_it_was_begun(tmp_path):
    # As an earlier version read them: without bounds and choices.
    start = {"l1_ratio": 0.5, "alpha": 1e-3, "penalty": "elasticnet", "random_state": 0}
    options = {"strategy": "random_walk", "random_state": 1, "cv": 3}
    before = Space.from_start(start)
    model = SGDClassifier(max_iter=5, tol=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        StepSearchCV(model, before, n_trials=4, log=tmp_path / "a", **options).fit(X, y)
        # In one go, as the earlier version would have.
        StepSearchCV(model, before, n_trials=8, log=tmp_path / "b", **options).fit(X, y)
        found = StepSearchCV(model, start, n_trials=8, log=tmp_path / "a", **options).fit(X, y)
    assert space_for(model, start) != before
    assert found.space_ == before
    with open_log(tmp_path / "a", mode="r") as log, open_log(tmp_path / "b", mode="r") as other:
        events = list(log.events())
        assert not any(isinstance(event, SpaceChanged) for event in events)
        proposed, wanted = (
            [e.configuration for e in each if hasattr(e, "configuration")]
            for each in (events, other.events())
        )
    assert proposed == wanted
    assert verify(tmp_path / "a").passed


def test_earlier_trials_that_failed_outside_of_the_domain_are_left_out():
    before = Space.from_start({"l1_ratio": 0.9})
    options = {"cv": 2, "strategy": "random_walk", "random_state": 0}
    model = SGDClassifier(penalty="elasticnet", max_iter=5, tol=None, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        earlier = StepSearchCV(model, before, n_trials=12, **options).fit(X, y)
        failed = len(earlier.study_.failures())
        assert 0 < failed < 11
        found = StepSearchCV(
            model, {"l1_ratio": 0.9}, n_trials=3, prior_results=earlier, **options
        ).fit(X, y)
    assert found.study_.n_prior == 12 - failed
    assert len(found.study_.failures()) == 0


def test_another_start_value_is_another_study(tmp_path):
    StepSearchCV(SVC(), {"C": 1.0}, n_trials=2, log=tmp_path / "log").fit(X, y)
    with pytest.raises(SpaceError, match=r"the start is C = 1.0 there, 2.0 here"):
        StepSearchCV(SVC(), {"C": 2.0}, n_trials=4, log=tmp_path / "log").fit(X, y)


def _estimators():
    from sklearn.utils._test_common.instance_generator import _construct_instances

    for name, cls in all_estimators():
        if not hasattr(cls, "_parameter_constraints"):
            continue
        try:
            yield name, next(iter(_construct_instances(cls)))
        except (TypeError, StopIteration, ImportError):
            continue


@pytest.mark.skipif(
    importlib.util.find_spec("sklearn.utils._test_common") is None,
    reason="this scikit-learn does not say how to make each estimator",
)
@pytest.mark.parametrize("strategy", ["random_walk", "random_search", "coordinate_walk"])
def test_no_estimator_of_scikit_learn_is_led_out_of_its_domain(strategy):
    checked = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, estimator in _estimators():
            start = {
                parameter: value
                for parameter, value in estimator.get_params(deep=False).items()
                if value is None or type(value) in (bool, int, float, str)
            }
            if any(repr(value) == "nan" for value in start.values()) or not start:
                continue
            tuner = Tuner(space_for(estimator, start), strategy=strategy, n_trials=20, seed=0)
            while (proposed := tuner.ask()) is not None:
                legal = clone(estimator).set_params(**proposed.configuration)
                try:
                    legal._validate_params()
                except ValueError as error:
                    raise AssertionError(f"{name}: {proposed.configuration}") from error
                tuner.tell(proposed.trial, proposed.trial % 5)
                checked += 1
    assert checked > 3000
