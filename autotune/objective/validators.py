"""Checks that several kinds of objective make when they are built."""

from __future__ import annotations

from typing import Any

from autotune.errors import EvaluationError

__all__ = ["check_n_folds"]


def check_n_folds(instance: object, attribute: Any, value: int) -> None:  # noqa: ARG001
    """Check that a number of folds is one.

    Raises
    ------
    EvaluationError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise EvaluationError(f"n_folds = {value!r} must be a whole number >= 1")
