"""Moves made of other moves: mixtures, those not tried before, and trying the incumbent again."""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Sequence as Several
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.space.columns import fingerprints, join_columns, take_rows
from autotune.strategy import Candidates, Composed, Move, MoveQuery, Schedule, ScheduleQuery
from autotune.strategy.candidates import unchanged
from autotune.strategy.validators import as_tuple, count, part, positive
from autotune_strategies.moves.perturbation import GlobalJump, LocalPerturbation
from autotune_strategies.schedules.combinations import Constant

__all__ = ["Mixture", "Reevaluate", "Unseen", "interleaved"]


def interleaved(parts: Several[Candidates], which: NDArray[np.int64]) -> Candidates:
    """Return the next candidate of the move that ``which`` names, for each of its entries.

    Parameters
    ----------
    parts : sequence of Candidates
        Of each move as many as it is named; they may be left out where it is not.
    which : ndarray of int, shape (n,)
        The moves, by number.
    """
    # Where each candidate came to lie when the moves' candidates were put end to end.
    place = np.argsort(np.argsort(which, kind="stable"), kind="stable")
    joined = join_columns(candidates.coordinates for candidates in parts)
    moved = [names for candidates in parts for names in candidates.moved]
    return Candidates(take_rows(joined, place), tuple(moved[i] for i in place))


def _as_floats(given: Iterable[Any]) -> tuple[Any, ...]:
    # Whole numbers would come back from a log as floats; what is not a number is refused below.
    return tuple(float(x) if type(x) is int and abs(x) < 1 << 53 else x for x in as_tuple(given))


@frozen
class Mixture(Composed[MoveQuery, Candidates]):
    """Take each candidate from one of several moves, by chance and weight.

    Parameters
    ----------
    moves : tuple of Move
        Two or more.
    weights : tuple of float, optional
        How often each is taken, relative to the others; evenly if left out.

    Examples
    --------
    >>> from autotune_strategies.moves.perturbation import GlobalJump
    >>> from autotune_strategies.moves.perturbation import GlobalJump, LocalPerturbation
    >>> Mixture((LocalPerturbation(), GlobalJump()), weights=(3, 1)).shares
    (0.75, 0.25)
    """

    moves: tuple[Move, ...] = field(converter=as_tuple)
    weights: tuple[float, ...] = field(default=(), converter=_as_floats)

    @moves.validator
    def _check_moves(self, attribute: Any, value: tuple[Move, ...]) -> None:
        if len(value) == 0:
            raise ComponentError("Mixture.moves = () must hold at least one move")
        for move in value:
            part(self, attribute, move)

    @weights.validator
    def _check_weights(self, attribute: Any, value: tuple[float, ...]) -> None:
        if len(value) not in (0, len(self.moves)):
            raise ComponentError(
                f"Mixture.weights = {value!r} must have a weight for each of {len(self.moves)} "
                "moves"
            )
        for weight in value:
            positive(self, attribute, weight)

    @property
    def shares(self) -> tuple[float, ...]:
        """The chance with which a candidate comes from each move."""
        weights = self.weights or (1.0,) * len(self.moves)
        total = float(sum(weights))
        return tuple(weight / total for weight in weights)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates, each from a move picked for itself."""
        rng = query.key.child("which").generator()
        which = rng.choice(len(self.moves), size=query.count, p=self.shares)
        parts: list[Candidates] = []
        for i, (move, move_state) in enumerate(zip(self.moves, state, strict=True)):
            count = int(np.sum(which == i))
            if count > 0:
                asked = evolve(query, key=query.key.child(i), count=count)
                parts.append(move.read(move_state, asked))
        return interleaved(parts, which)


@frozen
class Unseen(Composed[MoveQuery, Candidates]):
    """Leave out candidates whose configuration was proposed before, as long as there are others.

    A model evaluated twice on the same folds scores the same, so trying it again is a waste. What
    is left out is replaced by the first of further candidates that is new. Where none turns up, new
    ones come more than once; where the move finds none at all, they come from the whole space
    (``GlobalJump``); and only if all seems to be tried, what was drawn is tried again.

    Parameters
    ----------
    of : Move
        The move that draws.
    tries : int
        How often candidates are drawn: as many each time, or up to 100 where few were asked for.

    Examples
    --------
    >>> from autotune_strategies.moves.change import ChangeParameters
    >>> Unseen(ChangeParameters()).tries
    4
    """

    of: Move = field(validator=part)
    tries: int = field(default=4, validator=count)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates."""
        space = query.study.known_space
        seen = set(fingerprints(space, query.study.coordinates))
        drawn: list[Candidates] = []
        fresh: list[tuple[int, int]] = []
        count, tried = query.count, 0
        # Where what is allowed must be looked for, half of them come twice rather.
        sparing = len(space.constraints) > 0 and not query.one_by_one
        enough = math.ceil(query.count / 2) if sparing else query.count
        for attempt in range(self.tries):
            asked = evolve(query, key=query.key.child(attempt), count=count)
            candidates: Candidates = self.read_part(state, "of", asked)
            prints = fingerprints(space, candidates.coordinates)
            fresh += [(attempt, i) for i, key in enumerate(prints) if key not in seen]
            drawn.append(candidates)
            if len(fresh) >= enough:
                break
            tried += count
            if not query.one_by_one:
                # As many as it takes to find what is lacking, by the share that was new so far.
                wanted = 1.2 * (query.count - len(fresh)) * (tried + 1) / (len(fresh) + 0.5)
                count = max(query.count, min(math.ceil(wanted), _MOST_AGAIN))
        if len(drawn) == 1 and len(fresh) == query.count:
            return drawn[0]
        if not fresh and not query.one_by_one:
            # All around is tried: there may be something else further off.
            asked = evolve(query, key=query.key.child("anywhere"), count=_MOST_ANYWHERE)
            drawn.append(GlobalJump().read((), asked))
            prints = fingerprints(space, drawn[-1].coordinates)
            fresh = [(self.tries, i) for i, key in enumerate(prints) if key not in seen]
        if not fresh:
            fresh = [(len(drawn) - 1, i) for i in range(query.count)]
        begins = np.cumsum([0, *(len(candidates) for candidates in drawn)])
        rows = np.resize([begins[attempt] + i for attempt, i in fresh], query.count)
        joined = join_columns(candidates.coordinates for candidates in drawn)
        moved = [names for candidates in drawn for names in candidates.moved]
        return Candidates(take_rows(joined, rows), tuple(moved[i] for i in rows))


# How many candidates are drawn at once to find new ones, by the move and in the whole space.
_MOST_AGAIN = 100
_MOST_ANYWHERE = 500


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
            return unchanged(query)
        asked = evolve(query, key=key.child("of"))
        candidates: Candidates = self.read_part(state, "of", asked)
        return candidates
