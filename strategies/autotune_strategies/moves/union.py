"""A mixture of moves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.validators import part, positive
from autotune_strategies.moves.interleaved import interleaved

__all__ = ["Mixture"]


def _as_tuple(given: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(given)


def _as_floats(given: Iterable[Any]) -> tuple[Any, ...]:
    # Whole numbers would come back from a log as floats; what is no number is refused below.
    return tuple(float(x) if type(x) is int else x for x in given)


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
    >>> from autotune_strategies.moves.global_jump import GlobalJump
    >>> from autotune_strategies.moves.local_perturbation import LocalPerturbation
    >>> Mixture((LocalPerturbation(), GlobalJump()), weights=(3, 1)).shares
    (0.75, 0.25)
    """

    moves: tuple[Move, ...] = field(converter=_as_tuple)
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
                asked = MoveQuery(query.study, query.key.child(i), query.parent, count)
                parts.append(move.read(move_state, asked))
        return interleaved(query.study.known_space, parts, which)
