"""Fold plans: which cross-validation folds of a trial are run, and when it is given up."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed, FoldPlan, FoldQuery
from autotune.strategy.validators import count, not_negative, part, share
from autotune.study import Study
from autotune_strategies.acceptance.paired_tests import default_test_ratio, p_not_above
from autotune_strategies.acceptance.shared_folds import against_incumbent, related

__all__ = [
    "AllFolds",
    "FoldSubset",
    "Intensification",
    "Racing",
    "RotatingSubset",
    "has_lost",
    "next_block",
]


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
        return _lacking(query, range(query.study.begun.n_folds))


def _lacking(query: FoldQuery, wanted: Iterable[int]) -> tuple[int, ...]:
    """Return those of the wanted folds that the trial has not run."""
    done = set(query.study.measurement(query.trial).folds)
    return tuple(fold for fold in wanted if fold not in done)


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
        return _lacking(query, tuple(fold for fold in self.folds if fold < n_folds) or (0,))


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
        return _lacking(query, wanted)


def has_lost(study: Study, trial: int) -> bool:
    """Tell whether a fold so far has no finite score, so that the trial can have no mean."""
    return not all(math.isfinite(score) for score in study.measurement(trial).scores)


def next_block(query: FoldQuery, lacking: tuple[int, ...], size: int) -> tuple[int, ...]:
    """Return the next few folds that can be compared with the incumbent's, or else all that lack.

    Parameters
    ----------
    query : FoldQuery
        The question put to the plan.
    lacking : tuple of int
        The folds that the trial has not run, one at least.
    size : int
        How many to run before the next comparison.
    """
    study, incumbent = query.study, query.study.incumbent
    if incumbent is None or not related(study, query.trial, incumbent):
        return lacking
    known = set(study.measurement(incumbent).folds)
    comparable = tuple(fold for fold in lacking if fold in known)
    return comparable[:size] if comparable else lacking


@frozen
class Intensification(Composed[FoldQuery, tuple[int, ...] | None]):
    r"""Double a trial's folds as long as it keeps up with the incumbent.

    After the first folds, and after each doubling, the trial goes on if on the folds that both ran

    .. math:: \bar y \ge \bar y^* - \text{margin}

    and is raced out otherwise. So most trials cost a fold or two, and what becomes the incumbent
    has run them all. The first trial, with no incumbent to compare it with, runs all folds at once.

    Parameters
    ----------
    first : int
        Folds before the first comparison.
    margin : float
        How far behind it may be, in units of the score. One fold's luck is large: a margin of about
        the standard deviation of the differences between folds keeps good trials in.
    of : FoldPlan
        The folds to run if the trial holds out.

    Examples
    --------
    >>> Intensification(first=2, margin=0.01).first
    2

    References
    ----------
    Hutter, Hoos and Leyton-Brown (2011), "Sequential model-based optimization for general algorithm
    configuration", LION 5, algorithm 2 ("Intensify", of ROAR and SMAC).
    """

    first: int = field(default=1, validator=count)
    margin: float = field(default=0.0, validator=not_negative)
    of: FoldPlan = field(default=AllFolds(), validator=part)

    def read(self, state: tuple[Any, ...], query: FoldQuery) -> tuple[int, ...] | None:
        """Return the folds to run next, () when they are done, None when it is raced out."""
        study, trial = query.study, query.trial
        lacking: tuple[int, ...] | None = self.read_part(state, "of", query)
        if not lacking:
            return lacking
        done = len(set(study.measurement(trial).folds))
        if done > 0:
            if has_lost(study, trial):
                return ()
            comparison = against_incumbent(study, trial)
            if (
                comparison is not None
                and len(comparison.gains) >= self.first
                and comparison.gain < -self.margin
            ):
                return None
        # As many again as are done.
        size = self.first - done if done < self.first else done
        return next_block(query, lacking, size)


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
        done = len(set(study.measurement(trial).folds))
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
    scores = [*study.measurement(trial).scores]
    if study.incumbent is not None:
        scores += study.measurement(study.incumbent).scores
    return _ROUNDING * max((abs(s) for s in scores if math.isfinite(s)), default=0.0)
