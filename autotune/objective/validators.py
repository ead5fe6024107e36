"""Checks that several kinds of objective make when they are built."""

from __future__ import annotations

import math
from typing import Any

from autotune.errors import EvaluationError

__all__ = ["check_n_folds", "check_optional_seconds", "check_seconds"]


def check_n_folds(instance: object, attribute: Any, value: int) -> None:  # noqa: ARG001
    """Check that a number of folds is one.

    Raises
    ------
    EvaluationError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise EvaluationError(f"n_folds = {value!r} must be a whole number >= 1")


def check_seconds(instance: object, attribute: Any, value: float) -> None:  # noqa: ARG001
    """Check that a number of seconds is one.

    Raises
    ------
    EvaluationError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise EvaluationError(f"{attribute.name} = {value!r} must be a number of seconds > 0")


def check_optional_seconds(instance: object, attribute: Any, value: float | None) -> None:
    """Check a number of seconds, if there is one.

    Raises
    ------
    EvaluationError
        If it is not.
    """
    if value is not None:
        check_seconds(instance, attribute, value)
