"""The domains of gradient boosters, which publish them in their manuals only.

XGBoost: https://xgboost.readthedocs.io/en/stable/parameter.html (the ``range`` of each parameter,
with the names of its scikit-learn interface). LightGBM:
https://lightgbm.readthedocs.io/en/stable/Parameters.html (``constraints``). CatBoost:
https://catboost.ai/docs/en/references/training-parameters/common. Read in November 2026.

What is closed at 0 in the manual though 0 makes no model, as a learning rate of 0, is open here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from autotune.sklearn.ranges import Range

__all__ = ["Published", "booster_domain"]

Published: TypeAlias = "Range | tuple[Any, ...] | None"
"""A range of numbers, the choices there are, or None for what is no matter of tuning."""

_FRACTION = Range(0, 1, low_open=True)
_RATE = Range(0, 1, low_open=True, log=True)
_PENALTY = Range(0)
_POSITIVE = Range(0, low_open=True)
_UNIT = Range(0, 1)
# Gains are sums over rows, so that smaller ones make no difference.
_GAIN = Range(0, linear_below=0.1)
_COUNT = Range(1, whole=True)
_COUNT_OR_NONE = Range(0, whole=True)

_XGBOOST: dict[str, Published] = {
    "n_estimators": _COUNT,
    "learning_rate": _RATE,
    "eta": _RATE,
    "gamma": _GAIN,
    "min_split_loss": _GAIN,
    "max_depth": _COUNT_OR_NONE,
    "max_leaves": _COUNT_OR_NONE,
    "max_bin": Range(2, whole=True),
    "min_child_weight": _PENALTY,
    "max_delta_step": _PENALTY,
    "subsample": _FRACTION,
    "colsample_bytree": _FRACTION,
    "colsample_bylevel": _FRACTION,
    "colsample_bynode": _FRACTION,
    "reg_lambda": _PENALTY,
    "lambda": _PENALTY,
    "reg_alpha": _PENALTY,
    "alpha": _PENALTY,
    "scale_pos_weight": _POSITIVE,
    "num_parallel_tree": _COUNT,
    "max_cat_to_onehot": _COUNT,
    "max_cat_threshold": _COUNT,
    "early_stopping_rounds": _COUNT,
    "rate_drop": _UNIT,
    "skip_drop": _UNIT,
    "tweedie_variance_power": Range(1, 2, low_open=True, high_open=True),
    "huber_slope": _POSITIVE,
    "booster": ("gbtree", "gblinear", "dart"),
    "grow_policy": ("depthwise", "lossguide"),
    "tree_method": ("approx", "auto", "exact", "hist"),
    "sample_type": ("uniform", "weighted"),
    "normalize_type": ("tree", "forest"),
    "missing": None,
    "verbosity": None,
    "n_jobs": None,
    "nthread": None,
    "random_state": None,
    "seed": None,
    "device": None,
    "objective": None,
    "eval_metric": None,
    "importance_type": None,
    "validate_parameters": None,
}

_LIGHTGBM: dict[str, Published] = {
    "n_estimators": _COUNT,
    "learning_rate": _RATE,
    "num_leaves": Range(2, whole=True),
    "max_depth": Range(-1, whole=True),
    "max_bin": Range(2, whole=True),
    "min_data_in_bin": _COUNT,
    "subsample_for_bin": _COUNT,
    "min_child_samples": _COUNT_OR_NONE,
    "min_data_in_leaf": _COUNT_OR_NONE,
    "min_child_weight": _PENALTY,
    "min_sum_hessian_in_leaf": _PENALTY,
    "subsample": _FRACTION,
    "bagging_fraction": _FRACTION,
    "subsample_freq": _COUNT_OR_NONE,
    "bagging_freq": _COUNT_OR_NONE,
    "colsample_bytree": _FRACTION,
    "feature_fraction": _FRACTION,
    "feature_fraction_bynode": _FRACTION,
    "reg_alpha": _PENALTY,
    "lambda_l1": _PENALTY,
    "reg_lambda": _PENALTY,
    "lambda_l2": _PENALTY,
    "linear_lambda": _PENALTY,
    "min_split_gain": _GAIN,
    "min_gain_to_split": _GAIN,
    "path_smooth": _PENALTY,
    "cat_l2": _PENALTY,
    "cat_smooth": _PENALTY,
    "max_cat_threshold": _COUNT,
    "max_cat_to_onehot": _COUNT,
    "min_data_per_group": _COUNT,
    "drop_rate": _UNIT,
    "skip_drop": _UNIT,
    "top_rate": _UNIT,
    "other_rate": _UNIT,
    "scale_pos_weight": _POSITIVE,
    "sigmoid": _POSITIVE,
    "tweedie_variance_power": Range(1, 2, high_open=True),
    "early_stopping_round": _COUNT_OR_NONE,
    # "rf" needs other settings, and is no boosting.
    "boosting_type": ("gbdt", "dart"),
    "class_weight": (None, "balanced"),
    "verbose": None,
    "verbosity": None,
    "n_jobs": None,
    "num_threads": None,
    "random_state": None,
    "seed": None,
    "device": None,
    "device_type": None,
    "objective": None,
    "importance_type": None,
    "tree_learner": None,
}

_CATBOOST: dict[str, Published] = {
    "iterations": _COUNT,
    "n_estimators": _COUNT,
    "learning_rate": _RATE,
    "depth": Range(1, 16, whole=True),
    "max_depth": Range(1, 16, whole=True),
    "l2_leaf_reg": _PENALTY,
    "reg_lambda": _PENALTY,
    "random_strength": _PENALTY,
    "bagging_temperature": _PENALTY,
    "border_count": Range(1, 65535, whole=True),
    "max_bin": Range(1, 65535, whole=True),
    "rsm": _FRACTION,
    "colsample_bylevel": _FRACTION,
    "subsample": _FRACTION,
    "min_data_in_leaf": _COUNT,
    "min_child_samples": _COUNT,
    "max_leaves": Range(2, 64, whole=True),
    "num_leaves": Range(2, 64, whole=True),
    "leaf_estimation_iterations": _COUNT,
    "model_size_reg": _PENALTY,
    "fold_len_multiplier": Range(1, low_open=True),
    "scale_pos_weight": _POSITIVE,
    "grow_policy": ("Depthwise", "Lossguide", "SymmetricTree"),
    "verbose": None,
    "logging_level": None,
    "thread_count": None,
    "random_seed": None,
    "random_state": None,
    "task_type": None,
}

_TABLES: dict[tuple[str, str], Mapping[str, Published]] = {
    ("xgboost", "XGBModel"): _XGBOOST,
    ("lightgbm", "LGBMModel"): _LIGHTGBM,
    ("catboost", "CatBoost"): _CATBOOST,
}


def booster_domain(estimator: Any, parameter: str) -> tuple[Published] | None:
    """Return what is known of a parameter of a gradient booster, None if nothing is.

    Parameters
    ----------
    estimator : object
        A booster, or any other estimator.
    parameter : str
        Its own parameter's name.
    """
    for cls in type(estimator).__mro__:
        table = _TABLES.get((cls.__module__.partition(".")[0], cls.__name__), {})
        if parameter in table:
            return (table[parameter],)
    return None
