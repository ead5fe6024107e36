"""XGBoost, LightGBM and CatBoost: what their manuals say of their parameters is kept to."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from autotune import Categorical, Fixed, Float, Integer, Ordinal, StepSearchCV
from autotune.errors import SpaceError
from autotune.sklearn import space_for
from autotune.sklearn.boosters import _CATBOOST, _LIGHTGBM, _XGBOOST, booster_domain
from autotune.sklearn.ranges import Range
from autotune_benchmarks.searches.start_values import MODELS, models, searched

X, y = make_classification(120, 6, random_state=0)
PENALTY = Float(low=0, linear_below=0.01)


def model(name):
    found = models()
    if name not in found:
        pytest.skip(f"{name} is not installed")
    return found[name]


def test_start_values_of_xgboost():
    booster, _ = model("XGBoost")
    expected = {
        "gamma": (0.0, Float(low=0, linear_below=0.1)),
        "reg_alpha": (0, PENALTY),
        "reg_lambda": (1, Float(log=True)),
        "subsample": (1.0, Float(0.05, 1)),
        "colsample_bytree": (0.8, Float(0.05, 1)),
        "learning_rate": (0.3, Float(high=1.0, log=True)),
        "max_depth": (6, Integer(low=1)),
        "n_estimators": (100, Integer(low=1)),
        "grow_policy": ("depthwise", Categorical(["depthwise", "lossguide"])),
        "max_leaves": ((0, 8, 64), Ordinal([0, 8, 64])),
        "n_jobs": (1, Fixed(1)),
        "scale_pos_weight": (1.0, Float(log=True)),
        "base_score": (0.5, Float(log=True)),  # which depends on the objective
    }
    space = space_for(booster, {name: start for name, (start, _) in expected.items()})
    assert {name: space[name] for name in space} == {name: d for name, (_, d) in expected.items()}
    nested = space_for(make_pipeline(StandardScaler(), booster), {"xgbclassifier__gamma": 0.0})
    assert nested["xgbclassifier__gamma"] == expected["gamma"][1]
    with pytest.raises(SpaceError, match=r"subsample = 1.5 is not one that XGBClassifier takes"):
        space_for(booster, {"subsample": 1.5})
    with pytest.raises(SpaceError, match=r"max_depth = 1.5 .* a whole number in \[0, inf\)"):
        space_for(booster, {"max_depth": 1.5})


def test_start_values_of_lightgbm():
    booster, _ = model("LightGBM")
    expected = {
        "max_depth": (-1, Fixed(-1)),
        "num_leaves": (31, Integer(low=2)),
        "min_child_samples": (20, Integer(low=1)),
        "reg_alpha": (0.0, PENALTY),
        "feature_fraction": (0.9, Float(0.05, 1)),  # an alias, which get_params does not list
        "subsample_freq": (0, Integer(low=0)),
        "class_weight": (None, Categorical([None, "balanced"])),
        "boosting_type": ("gbdt", Categorical(["gbdt", "dart"])),
        "importance_type": ("split", Fixed("split")),
    }
    space = space_for(booster, {name: start for name, (start, _) in expected.items()})
    assert {name: space[name] for name in space} == {name: d for name, (_, d) in expected.items()}


@pytest.mark.parametrize("name", ["XGBoost", "LightGBM", "CatBoost"])
def test_no_trial_leaves_its_domain(name):
    estimator, start = model(name)
    assert all(booster_domain(estimator, parameter) is not None for parameter in start)
    for strategy in ("random_walk", "random_search"):
        outcome = searched(name, estimator, start, n_trials=12, seeds=range(1), strategy=strategy)
        assert (outcome.refused, outcome.others) == ((), ())


@pytest.mark.parametrize("name", ["HistGradientBoosting", "SVC", "MLP"])
def test_no_trial_of_other_models_does(name):
    estimator, start = MODELS[name]()
    outcome = searched(name, estimator, start, n_trials=12, seeds=range(1), strategy="random_walk")
    assert (outcome.refused, outcome.trials) == ((), 12)


def test_a_zero_is_left_and_come_back_to():
    booster, _ = model("XGBoost")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = StepSearchCV(
            booster.set_params(n_estimators=5),
            {"gamma": 0.0, "reg_alpha": 0.0},
            n_trials=40,
            cv=2,
            strategy="random_walk",
            random_state=1,
        ).fit(X, y)
    values = np.array([c["gamma"] for c in found.cv_results_["params"]])
    assert values.min() == 0
    assert 0.01 < values.max() < 100
    assert len(found.study_.failures()) == 0


def test_the_tables_hold_what_they_should():
    for table in (_XGBOOST, _LIGHTGBM, _CATBOOST):
        for name, domain in table.items():
            assert domain is None or isinstance(domain, Range | tuple), name
    assert booster_domain(StandardScaler(), "gamma") is None
