"""The incumbent's configuration once more, so that luck does not last."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from autotune.strategy import Candidates, Composed, Move, MoveQuery, Schedule, ScheduleQuery
from autotune.strategy.candidates import draw_steps
from autotune.strategy.validators import part
from autotune_strategies.moves.local_perturbation import LocalPerturbation
from autotune_strategies.schedules.constant import Constant

__all__ = ["Reevaluate"]


@frozen
class Reevaluate(Composed[MoveQuery, Candidates]):
    """Now and then propose the configuration stepped from again, so that it is measured anew.

    With a chance all candidates are the incumbent's own configuration, otherwise all are those of
    the other move: if it were but one of many, a choice by anticipated gain would hardly ever take
    it. It makes sense only where evaluating again can score otherwise: where scores are noisy, or
    each trial has other folds (``RotatingSubset``). Then ``PooledMean`` counts what it scores
    against the incumbent. A trial without a score is not tried again.

    Parameters
    ----------
    of : Move
        The other move.
    share : Schedule
        The chance that a trial is such a repetition.

    Examples
    --------
    >>> Reevaluate(share=Constant(0.2)).share
    Constant(value=0.2)

    References
    ----------
    Hutter, Hoos, Leyton-Brown and Stützle (2009), "ParamILS: an automatic algorithm configuration
    framework", JAIR 36, pp. 267-306, section 3 (bonus runs of the incumbent).
    """

    of: Move = field(default=LocalPerturbation(), validator=part)
    share: Schedule = field(default=Constant(0.1), validator=part)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates."""
        study, key = query.study, query.key
        chance = float(self.read_part(state, "share", ScheduleQuery(study, key.child("share"))))
        usable = study.outcomes().usable[query.parent - 1]
        if usable and key.child("whether").generator().random() < chance:
            return draw_steps(query, lambda _, base: (base, ()))
        asked = MoveQuery(study, key.child("of"), query.parent, query.count)
        candidates: Candidates = self.read_part(state, "of", asked)
        return candidates
