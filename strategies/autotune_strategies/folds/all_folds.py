"""Every trial gets every fold."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from autotune.strategy import Composed, FoldQuery

__all__ = ["AllFolds"]


@frozen
class AllFolds(Composed[FoldQuery, tuple[int, ...]]):
    """Run all folds of each trial at once, as plain cross-validation does.

    Examples
    --------
    >>> AllFolds()
    AllFolds()
    """

    def read(self, state: tuple[Any, ...], query: FoldQuery) -> tuple[int, ...]:  # noqa: ARG002
        """Return the folds that the trial still lacks."""
        done = set(query.study.folds_of(query.trial).folds)
        return tuple(fold for fold in range(query.study.begun.n_folds) if fold not in done)
