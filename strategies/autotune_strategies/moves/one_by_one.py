"""Candidates drawn one after the other, as in logs of before schema version 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from autotune.space import Float, Integer, Row, Sequence, Space
from autotune.space.space import pad_rows
from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.candidates import Propose
from autotune.strategy.validators import part

__all__ = [
    "OneByOne",
    "number_steps",
    "propose_parameters",
    "propose_several",
    "sequence_steps",
]

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


def propose_parameters(
    move: Any, space: Space, names: tuple[str, ...], scales_of: Mapping[str, tuple[float, ...]]
) -> Propose:
    """Return how ``ChangeParameters`` proposes a row."""
    size = min(move.number, len(names))

    def propose(rng: np.random.Generator, base: Row) -> tuple[Row, tuple[str, ...]]:
        picked = tuple(names[i] for i in rng.permutation(len(names))[:size])
        row = dict(base)
        for name in space:
            if name in picked:
                row[name] = change(rng, space[name], base[name], scales_of[name])
        return row, picked

    def change(
        rng: np.random.Generator, dimension: Any, value: Any, scales: tuple[float, ...]
    ) -> Any:
        if not isinstance(dimension, Sequence):
            return move.step.step(rng, dimension, value, scales, alone=size == 1)
        may_grow = move.extend and (
            dimension.max_length is None or len(value) < dimension.max_length
        )
        actions = len(value) + int(may_grow)
        if actions == 0:
            return value
        i = int(rng.integers(actions))
        if i == len(value):
            return dimension.grown(value)
        row = value.copy()
        row[i] = move.step.step(rng, dimension.of, float(row[i]), scales, alone=size == 1)
        return row

    return propose


def propose_several(
    move: Any,
    space: Space,
    names: tuple[str, ...],
    numbers: Array,
    chances: Array,
    scales_of: Mapping[str, tuple[float, ...]],
) -> Propose:
    """Return how ``ChangeSeveral`` proposes a row; ``numbers`` are summed up."""

    def propose(rng: np.random.Generator, base: Row) -> tuple[Row, tuple[str, ...]]:
        n = 1 + int(np.searchsorted(numbers[:-1], rng.random() * numbers[-1], side="right"))
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            times = rng.standard_exponential(len(chances)) / chances
        places = sorted(np.argsort(times, kind="stable")[:n].tolist())
        picked = tuple(names[i] for i in places)
        row = dict(base)
        for name in picked:
            dimension, scales = space[name], scales_of[name]
            of = dimension.of if isinstance(dimension, Sequence) else dimension

            def step(x: float, of: Any = of, scales: tuple[float, ...] = scales) -> float:
                return float(move.step.step(rng, of, x, scales, alone=len(picked) == 1))

            if isinstance(dimension, Sequence):
                row[name] = move.sequences.apply(rng, dimension, base[name], step)
            else:
                row[name] = step(base[name])
        return row, picked

    return propose
