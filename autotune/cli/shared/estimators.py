"""Estimators that the user names, and start values of their parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autotune.cli.shared.imported import imported
from autotune.cli.shared.spaces import named_values, read_value
from autotune.errors import EvaluationError

__all__ = ["named_estimator", "start_values_for"]


def named_estimator(name: str) -> Any:
    """Return the estimator that the user named: a class, an object, or a function that makes one.

    Raises
    ------
    EvaluationError
        If it is none of them.
    """
    found = imported(name, "--estimator", "MODULE:NAME, such as sklearn.svm:SVC")
    made = found
    if isinstance(found, type) or not hasattr(found, "get_params"):
        if not callable(found):
            raise EvaluationError(
                f"--estimator {name!r} is of type {type(found).__name__}; name an estimator, its "
                "class, or a function that makes one"
            )
        try:
            made = found()
        except Exception as error:  # the user's code, whatever it raises
            raise EvaluationError(
                f"--estimator {name!r} can't be made without arguments ({type(error).__name__}: "
                f"{error}); name a function that makes it"
            ) from error
    if not (hasattr(made, "get_params") and hasattr(made, "fit")):
        raise EvaluationError(
            f"--estimator {name!r} gives an object of type {type(made).__name__}, which has no "
            "fit and get_params; name an estimator as scikit-learn has them"
        )
    return made


def start_values_for(estimator: Any, given: Iterable[str]) -> dict[str, Any]:
    """Return start values given as NAME=VALUE; a list is a tuple where the estimator holds one."""
    known = estimator.get_params(deep=True)
    values = {}
    for name, text in named_values("--start", given):
        value = read_value(text)
        if isinstance(value, list) and isinstance(known.get(name), tuple):
            value = tuple(value)
        values[name] = value
    return values
