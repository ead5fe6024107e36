"""A chosen few of the folds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy import Composed, FoldQuery

__all__ = ["FoldSubset"]


def _as_tuple(folds: Iterable[int]) -> tuple[int, ...]:
    try:
        return tuple(folds)
    except TypeError:
        raise ComponentError(
            f"FoldSubset.folds = {folds!r} must be fold numbers such as (4, 9)"
        ) from None


@frozen
class FoldSubset(Composed[FoldQuery, tuple[int, ...] | None]):
    """Run the same few folds of each trial: the 5th and 10th of 20, say.

    Models get the training rows of a large number of folds at the price of few fits, and all
    trials are compared on the same folds.

    Parameters
    ----------
    folds : tuple of int
        Their numbers, from 0. Those that the study does not have are left out; if it has none of
        them, the first fold is run.

    Examples
    --------
    >>> FoldSubset((4, 9))
    FoldSubset(folds=(4, 9))
    """

    folds: tuple[int, ...] = field(converter=_as_tuple)

    @folds.validator
    def _check_folds(self, attribute: Any, value: tuple[int, ...]) -> None:  # noqa: ARG002
        if len(value) == 0:
            raise ComponentError("FoldSubset.folds = () must hold at least one fold; use AllFolds")
        for fold in value:
            if isinstance(fold, bool) or not isinstance(fold, int) or fold < 0:
                raise ComponentError(
                    f"FoldSubset.folds: {fold!r} must be a whole number >= 0; folds count from 0"
                )
        if len(set(value)) < len(value):
            raise ComponentError(f"FoldSubset.folds = {value!r} names a fold twice; leave one out")

    def read(self, state: tuple[Any, ...], query: FoldQuery) -> tuple[int, ...] | None:  # noqa: ARG002
        """Return the folds that the trial still lacks."""
        n_folds = query.study.begun.n_folds
        wanted = tuple(fold for fold in self.folds if fold < n_folds) or (0,)
        done = set(query.study.folds_of(query.trial).folds)
        return tuple(fold for fold in wanted if fold not in done)
