"""Some folds for each trial, and others for the next."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy import Composed, FoldQuery
from autotune.strategy.validators import count

__all__ = ["RotatingSubset"]


@frozen
class RotatingSubset(Composed[FoldQuery, tuple[int, ...] | None]):
    r"""Run a few folds of each trial, going round, so that all are used equally often.

    .. math:: \left\{\left((t - 1)\,\text{size} + j\right) \bmod k : 0 \le j < \text{size}\right\}

    for trial *t* of a study with *k* folds. The search then can't fit a few folds. But where trials
    share no fold, their means are compared, and the folds' differences count as noise; a size above
    half of the folds makes any two trials share some.

    Parameters
    ----------
    size : int
        Folds of each trial; all of them, if there are fewer.
    at_random : bool
        Whether to draw the folds of each trial instead, without repetition.

    Examples
    --------
    >>> RotatingSubset(2).chosen(trial=3, n_folds=5)
    (0, 4)
    """

    size: int = field(validator=count)
    at_random: bool = field(default=False, kw_only=True)

    @at_random.validator
    def _check_at_random(self, attribute: Any, value: object) -> None:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ComponentError(f"RotatingSubset.at_random = {value!r} must be True or False")

    def chosen(self, trial: int, n_folds: int) -> tuple[int, ...]:
        """Return the folds whose turn it is."""
        size = min(self.size, n_folds)
        return tuple(sorted(((trial - 1) * size + j) % n_folds for j in range(size)))

    def read(self, state: tuple[Any, ...], query: FoldQuery) -> tuple[int, ...] | None:  # noqa: ARG002
        """Return the folds that the trial still lacks."""
        n_folds = query.study.begun.n_folds
        if self.at_random:
            order = query.key.generator().permutation(n_folds)
            wanted = tuple(sorted(order[: self.size].tolist()))
        else:
            wanted = self.chosen(query.trial, n_folds)
        done = set(query.study.folds_of(query.trial).folds)
        return tuple(fold for fold in wanted if fold not in done)
