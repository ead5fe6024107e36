"""Drop a trial as soon as its folds so far show it worse than the incumbent."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Composed, FoldPlan, FoldQuery
from autotune.strategy.validators import count, not_negative, part, share
from autotune.study import Study
from autotune_strategies.acceptance.paired_t import default_test_ratio, p_not_above
from autotune_strategies.acceptance.shared_folds import against_incumbent
from autotune_strategies.folds.all_folds import AllFolds
from autotune_strategies.folds.stepwise import has_lost, next_block

__all__ = ["Racing"]

# A score differs from another by more than this share of their size, or by rounding alone.
_ROUNDING = 8 * float(np.finfo(np.float64).eps)
_LARGEST = float(np.finfo(np.float64).max)


@frozen
class Racing(Composed[FoldQuery, tuple[int, ...] | None]):
    r"""Run folds block by block, and race a trial out when it is significantly worse.

    After each block the differences *d* to the incumbent, on the folds that both ran, are tested
    by

    .. math:: t = \frac{\bar d}{\sqrt{(1/n + n_\text{test}/n_\text{train})\, s_d^2}}

    with n − 1 degrees of freedom; the trial is dropped if a mean difference as low would come by
    chance less often than ``level`` from a trial as good. Differences that are all the same leave
    no doubt. A trial that is on no fold worse, but for rounding, is never dropped, whatever the
    level. Folds that the incumbent did not run come last, all at once; so a first trial runs all
    folds.

    The test is made again after each block, so of trials as good as the incumbent more than
    ``level`` are dropped in the end; being dropped in error costs a trial, not the incumbent.

    Parameters
    ----------
    level : float
        The chance taken, at each look, of dropping a trial that is as good.
    first : int
        Folds before the first look; at least two are needed for a variance.
    block : int
        Folds between looks.
    test_ratio : float, optional
        Rows tested on over rows trained on; 1 / (k − 1) for k folds if left out, 0 for the plain
        paired t test.
    of : FoldPlan
        The folds to run if the trial holds out.

    Examples
    --------
    >>> Racing(level=0.1, first=3).of
    AllFolds()

    References
    ----------
    Maron and Moore (1994), "Hoeffding races", NeurIPS 6, pp. 59-66; Birattari et al. (2002), "A
    racing algorithm for configuring metaheuristics", GECCO, pp. 11-18 (with t tests: section 3).
    """

    level: float = field(default=0.05, validator=share)
    first: int = field(default=2, validator=count)
    block: int = field(default=1, validator=count)
    test_ratio: float | None = field(
        default=None, validator=attrs.validators.optional(not_negative)
    )
    of: FoldPlan = field(default=AllFolds(), validator=part)

    def read(self, state: tuple[Any, ...], query: FoldQuery) -> tuple[int, ...] | None:
        """Return the folds to run next, () when they are done, None when it is raced out."""
        study, trial = query.study, query.trial
        lacking: tuple[int, ...] | None = self.read_part(state, "of", query)
        if not lacking:
            return lacking
        done = len(set(study.folds_of(trial).folds))
        if done > 0:
            if has_lost(study, trial):
                return ()
            if self._hopeless(query):
                return None
        size = self.first - done if done < self.first else self.block
        return next_block(query, lacking, size)

    def _hopeless(self, query: FoldQuery) -> bool:
        study = query.study
        comparison = against_incumbent(study, query.trial)
        if comparison is None or len(comparison.gains) < self.first:
            return False
        if np.all(comparison.gains >= -_rounding(study, query.trial)):
            # Where the differences vary by rounding alone, so does what a test makes of them.
            return False
        ratio = self.test_ratio
        if ratio is None:
            ratio = default_test_ratio(study.begun.n_folds)
        p = p_not_above(-_without_unit(comparison.gains), 0.0, ratio)
        return p is not None and p < self.level


def _without_unit(gains: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return gains divided by a power of two, so that no square overflows and t stays as it is."""
    finite = np.clip(gains, -_LARGEST, _LARGEST)
    _, exponent = np.frexp(np.abs(finite).max())
    return np.asarray(np.ldexp(finite, -exponent))


def _rounding(study: Study, trial: int) -> float:
    """Return how far rounding may set a trial's scores apart from the incumbent's."""
    scores = [*study.folds_of(trial).scores]
    if study.incumbent is not None:
        scores += study.folds_of(study.incumbent).scores
    return _ROUNDING * max((abs(s) for s in scores if math.isfinite(s)), default=0.0)
