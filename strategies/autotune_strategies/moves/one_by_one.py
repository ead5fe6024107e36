"""Candidates drawn one after the other, as in logs of before schema version 3."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from autotune.space import Float, Integer, Sequence
from autotune.space.space import pad_rows
from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.validators import part

__all__ = ["OneByOne", "number_steps", "sequence_steps"]

Array = NDArray[np.float64]


@frozen
class OneByOne(Composed[MoveQuery, Candidates]):
    """Draw another move's candidates one after the other, where it would draw many at once.

    Logs of before schema version 3 are read as if they said so, for then candidates were drawn one
    by one in spaces with conditions or constraints, and where numbers have no bounds; so their
    decisions follow to the bit and they go on as they began. It is slower, and where the
    constraints allow little it finds little: nobody else needs it.

    Parameters
    ----------
    of : Move
        The move.

    Examples
    --------
    >>> from autotune_strategies.moves.perturbation import LocalPerturbation
    >>> OneByOne(LocalPerturbation()).of.mean_number
    2.0
    """

    of: Move = field(validator=part)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates."""
        candidates: Candidates = self.read_part(state, "of", evolve(query, one_by_one=True))
        return candidates


def number_steps(
    rng: np.random.Generator, dimension: Float | Integer, x: Array, length: float
) -> Array:
    """Step each of n numbers without both bounds."""
    return np.array([dimension.step(rng, float(v), length) for v in x])


def sequence_steps(
    rng: np.random.Generator, dimension: Sequence, row: Array, n: int, length: float
) -> Array:
    """Step n times from a sequence, shape (n, longest)."""
    return pad_rows([dimension.step(rng, row, length) for _ in range(n)])
