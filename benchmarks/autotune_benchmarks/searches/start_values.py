"""Searches from plain start values of well-known models: no trial may leave its model's domain.

Each model gets its own defaults, or values much like them, as start values: zeros that may not
become negative, fractions that start at 1. All are fitted in earnest, on few rows; a trial that
fails is told with its words. Models whose package is not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib
import time
import warnings
from collections.abc import Callable
from typing import Any

from attrs import frozen

from autotune.sklearn import StepSearchCV
from autotune_benchmarks.options import count

__all__ = ["MODELS", "Outcome", "add_arguments", "main", "models", "searched"]

# As scikit-learn and the boosters refuse a value; anything else is numbers that ran away.
_REFUSALS = ("InvalidParameterError", "XGBoostError", "LightGBMError", "CatBoostError")

Make = Callable[[], tuple[Any, dict[str, Any]]]


@frozen
class Outcome:
    """What searches of a model came to.

    Parameters
    ----------
    model : str
        Its name.
    trials : int
        Of all searches.
    refused : tuple of str
        The words of the trials that failed because the model did not take a value.
    others : tuple of str
        Those of the trials that failed otherwise.
    seconds : float
        Of all searches.
    """

    model: str
    trials: int
    refused: tuple[str, ...]
    others: tuple[str, ...]
    seconds: float


def _xgboost() -> tuple[Any, dict[str, Any]]:
    model = importlib.import_module("xgboost").XGBClassifier(n_jobs=1, random_state=0)
    return model, {
        "n_estimators": 20,
        "learning_rate": 0.3,
        "max_depth": 4,
        "gamma": 0.0,
        "min_child_weight": 1.0,
        "max_delta_step": 0,
        "subsample": 1.0,
        "colsample_bytree": 1.0,
        "reg_alpha": 0.0,
        "reg_lambda": 1,
        "grow_policy": "depthwise",
    }


def _lightgbm() -> tuple[Any, dict[str, Any]]:
    model = importlib.import_module("lightgbm").LGBMClassifier(n_jobs=1, random_state=0, verbose=-1)
    return model, {
        "n_estimators": 20,
        "learning_rate": 0.1,
        "num_leaves": 31,
        "max_depth": -1,
        "min_split_gain": 0.0,
        "min_child_weight": 1e-3,
        "min_child_samples": 20,
        "subsample": 1.0,
        "subsample_freq": 1,
        "colsample_bytree": 1.0,
        "reg_alpha": 0.0,
        "reg_lambda": 0.0,
        "boosting_type": "gbdt",
    }


def _catboost() -> tuple[Any, dict[str, Any]]:
    model = importlib.import_module("catboost").CatBoostClassifier(
        thread_count=1, random_seed=0, verbose=False, allow_writing_files=False
    )
    return model, {
        "iterations": 10,
        "learning_rate": 0.1,
        "depth": 4,
        "l2_leaf_reg": 3.0,
        "random_strength": 1.0,
        "bagging_temperature": 0.0,
        "border_count": 64,
        "rsm": 1.0,
    }


def _boosting() -> tuple[Any, dict[str, Any]]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=0), {
        "max_iter": (5, 10, 20),  # the more the better, and the longer
        "learning_rate": 0.1,
        "max_leaf_nodes": 31,
        "max_depth": None,
        "min_samples_leaf": 20,
        "l2_regularization": 0.0,
        "max_features": 1.0,
        "max_bins": 255,
        "class_weight": None,
    }


def _svc() -> tuple[Any, dict[str, Any]]:
    from sklearn.svm import SVC

    # Some kernels with a large C would take their time.
    return SVC(max_iter=2000), {
        "C": 1,
        "kernel": "rbf",
        "gamma": 0.1,
        "degree": 3,
        "coef0": 0.0,
        "tol": 1e-3,
        "shrinking": True,
        "class_weight": None,
    }


def _mlp() -> tuple[Any, dict[str, Any]]:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(max_iter=15, random_state=0), {
        "hidden_layer_sizes": (20,),
        "activation": "relu",
        "solver": "adam",
        "alpha": 1e-4,
        "learning_rate_init": 1e-3,
        "momentum": 0.9,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-8,
        "validation_fraction": 0.1,
        "early_stopping": False,
    }


MODELS: dict[str, Make] = {
    "XGBoost": _xgboost,
    "LightGBM": _lightgbm,
    "CatBoost": _catboost,
    "HistGradientBoosting": _boosting,
    "SVC": _svc,
    "MLP": _mlp,
}
"""Models with the start values of their searches."""


def models() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Return the models that are installed."""
    found = {}
    for name, make in MODELS.items():
        try:
            found[name] = make()
        except ImportError:
            continue
    return found


def searched(
    name: str,
    estimator: Any,
    start: dict[str, Any],
    *,
    n_trials: int,
    seeds: range,
    strategy: str,
) -> Outcome:
    """Return what searches of a model came to.

    Parameters
    ----------
    name : str
        The model's name.
    estimator : estimator
        The model.
    start : dict
        Its start values.
    n_trials : int
        Of each search.
    seeds : range
        One search for each.
    strategy : str
        The recipe.
    """
    from sklearn.datasets import make_classification

    X, y = make_classification(150, 8, n_informative=5, random_state=0)
    trials = 0
    refused: list[str] = []
    others: list[str] = []
    begin = time.perf_counter()
    for seed in seeds:
        search = StepSearchCV(
            estimator,
            start,
            n_trials=n_trials,
            cv=2,
            refit=False,
            strategy=strategy,
            random_state=seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X, y)
        trials += search.study_.n_trials
        for trial, failure in search.study_.failures().items():
            words = f"trial {trial} of seed {seed}: {failure.kind}: {failure.message}"
            (refused if failure.kind in _REFUSALS else others).append(words)
    return Outcome(name, trials, tuple(refused), tuple(others), time.perf_counter() - begin)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the benchmark takes."""
    parser.add_argument("--trials", type=count, default=40, help="of a search (%(default)s)")
    parser.add_argument("--seeds", type=count, default=5, help="searches of a model (%(default)s)")
    parser.add_argument("--strategy", default="default", help="the recipe (%(default)s)")
    parser.add_argument(
        "--models", nargs="+", choices=list(MODELS), help="(default: those installed)"
    )


def main(arguments: argparse.Namespace) -> int:
    """Run it; the exit code tells whether a trial left its model's domain."""
    failed = False
    for name, (estimator, start) in models().items():
        if arguments.models is not None and name not in arguments.models:
            continue
        outcome = searched(
            name,
            estimator,
            start,
            n_trials=arguments.trials,
            seeds=range(arguments.seeds),
            strategy=arguments.strategy,
        )
        print(
            f"{name:20} {outcome.trials} trials, {len(outcome.refused)} refused, "
            f"{len(outcome.others)} failed otherwise, {outcome.seconds:.0f} s",
            flush=True,
        )
        for words in (*outcome.refused, *outcome.others):
            print(f"    {' '.join(words.split())[:200]}")
        failed = failed or len(outcome.refused) > 0
    return int(failed)
