"""Candidates that have not been tried yet."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import Coordinates, Sequence, Space
from autotune.space.space import pad_rows
from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.validators import count, part

__all__ = ["Unseen"]


@frozen
class Unseen(Composed[MoveQuery, Candidates]):
    """Leave out candidates whose configuration was proposed before, as long as there are others.

    A model evaluated twice on the same folds scores the same, so trying it again is a waste. What
    is left out is replaced by the first of further candidates that is new; where none turns up, by
    others of the candidates that are, and by what was drawn if all were tried.

    Parameters
    ----------
    of : Move
        The move that draws.
    tries : int
        How often as many candidates are drawn.

    Examples
    --------
    >>> from autotune_strategies.moves.change_parameters import ChangeParameters
    >>> Unseen(ChangeParameters()).tries
    4
    """

    of: Move = field(validator=part)
    tries: int = field(default=4, validator=count)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates."""
        space = query.study.known_space
        seen = set(_fingerprints(space, query.study.coordinates))
        first: Candidates | None = None
        fresh: list[tuple[Candidates, int]] = []
        for attempt in range(self.tries):
            asked = MoveQuery(query.study, query.key.child(attempt), query.parent, query.count)
            candidates: Candidates = self.read_part(state, "of", asked)
            first = candidates if first is None else first
            prints = _fingerprints(space, candidates.coordinates)
            fresh += [(candidates, i) for i, key in enumerate(prints) if key not in seen]
            if len(fresh) >= query.count:
                break
        if not fresh or first is None:
            return candidates if first is None else first
        if all(candidates is first for candidates, _ in fresh) and len(fresh) == query.count:
            return first
        picked = [fresh[i % len(fresh)] for i in range(query.count)]
        return Candidates(
            {name: _picked(space, name, picked) for name in space},
            tuple(candidates.moved[i] for candidates, i in picked),
        )


def _fingerprints(space: Space, coordinates: Coordinates) -> list[bytes]:
    """Return what is equal for equal configurations only, for each row."""
    columns = [coordinates[name] for name in space]
    if not any(isinstance(dimension, Sequence) for _, dimension in space.parameters):
        # Adding 0 makes -0.0 the 0.0 that it equals.
        table = np.ascontiguousarray(np.stack(columns, axis=1)) + 0.0
        return [row.tobytes() for row in table]
    # Sequences may be padded more widely in one table than in another.
    wide = [column if column.ndim == 2 else column[:, None] for column in columns]
    return [
        b"|".join((column[i][~np.isnan(column[i])] + 0.0).tobytes() for column in wide)
        for i in range(len(wide[0]))
    ]


def _picked(space: Space, name: str, picked: list[tuple[Candidates, int]]) -> NDArray[np.float64]:
    rows = [candidates.coordinates[name][i] for candidates, i in picked]
    if not isinstance(space[name], Sequence):
        return np.array(rows, dtype=np.float64)
    return pad_rows([row[~np.isnan(row)] for row in rows])
