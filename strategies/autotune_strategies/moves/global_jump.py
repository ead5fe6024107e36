"""Jumps anywhere in the space."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from autotune.space import Coordinates, Row, Sequence
from autotune.space.unit_cube import cube_size, from_unit_cube
from autotune.strategy import Candidates, Composed, MoveQuery
from autotune.strategy.candidates import draw_steps

__all__ = ["GlobalJump"]


@frozen
class GlobalJump(Composed[MoveQuery, Candidates]):
    """Draw every parameter anew, evenly on its natural scale, wherever the search stands.

    A number without both bounds is drawn within a factor of 100 of its start value, a whole one
    within a factor of 10. With an exploration rate of 1 this is random search; a share of such
    candidates keeps a model-based search from staying in one valley.

    Examples
    --------
    >>> GlobalJump()
    GlobalJump()

    References
    ----------
    Bergstra and Bengio (2012), "Random search for hyper-parameter optimization", JMLR 13,
    pp. 281-305.
    """

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:  # noqa: ARG002
        """Return ``query.count`` candidates."""
        space = query.study.known_space
        size = cube_size(space)
        if size == 0:
            return draw_steps(query, lambda _, base: (base, ()))
        if space.constraints:

            def propose(rng: np.random.Generator, base: Row) -> tuple[Row, tuple[str, ...]]:  # noqa: ARG001
                drawn = from_unit_cube(space, rng.random((1, size)))
                row = {
                    name: _unpadded(drawn, name, 0)
                    if isinstance(dimension, Sequence)
                    else float(drawn[name][0])
                    for name, dimension in space.parameters
                }
                return row, space.searched

            candidates = draw_steps(query, propose)
            active = space.active(candidates.coordinates)
        else:
            points = query.key.generator().random((query.count, size))
            coordinates = from_unit_cube(space, points)
            active = space.active(coordinates)
            candidates = Candidates(coordinates, (space.searched,) * query.count)
        if not space.conditional:
            return candidates
        moved = tuple(
            tuple(name for name in names if active[name][i])
            for i, names in enumerate(candidates.moved)
        )
        return Candidates(candidates.coordinates, moved)


def _unpadded(coordinates: Coordinates, name: str, i: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    row = coordinates[name][i]
    kept: np.ndarray[Any, np.dtype[np.float64]] = row[~np.isnan(row)]
    return kept
