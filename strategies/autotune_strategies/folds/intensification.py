"""More folds for trials that promise something."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from autotune.strategy import Composed, FoldPlan, FoldQuery
from autotune.strategy.validators import count, not_negative, part
from autotune_strategies.acceptance.shared_folds import against_incumbent
from autotune_strategies.folds.all_folds import AllFolds
from autotune_strategies.folds.stepwise import has_lost, next_block

__all__ = ["Intensification"]


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
        done = len(set(study.folds_of(trial).folds))
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
