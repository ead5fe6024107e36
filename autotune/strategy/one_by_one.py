"""Candidates drawn one after the other, as logs of before schema version 3 drew them.

Those logs say ``OneByOne``, and draw on to the bit. What is drawn anew is drawn many rows at once:
see ``autotune.strategy.candidates``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autotune.space import Coordinates
from autotune.space.columns import join_columns, take_rows
from autotune.strategy.component import MoveQuery

__all__ = ["draw_one_by_one"]

Drawn: TypeAlias = tuple[Coordinates, Any]

# A constraint that forbids nearly everything must not make a search hang.
MAX_TRIES = 50


def draw_one_by_one(
    query: MoveQuery, propose: Callable[[np.random.Generator, int], Drawn], at_once: int
) -> tuple[dict[str, NDArray[np.float64]], NDArray[Any]]:
    """Take for each candidate the next row that the constraints allow.

    After 50 rows in turn that they forbid a candidate stays where it is.

    Parameters
    ----------
    query : MoveQuery
        What a move is asked.
    propose : callable
        As for ``autotune.strategy.candidates.draw_columns``.
    at_once : int
        How many rows are drawn in one go.

    Returns
    -------
    tuple
        Columns, and what moved, as ``propose`` returns it.
    """
    study, space = query.study, query.study.known_space
    rows = _rows(query, propose, at_once)
    base: Coordinates = {
        name: column[query.parent - 1 : query.parent] for name, column in study.coordinates.items()
    }
    if space.constraints and not space.allowed(base)[0]:
        # A constraint added later may forbid even the trial stepped from; the start it never does.
        base = space.encode([space.start])
    drawn: list[Drawn] = []
    for _ in range(query.count):
        for _ in range(MAX_TRIES):
            row, moved, allowed = next(rows)
            if allowed:
                drawn.append((row, moved))
                break
        else:
            nothing = np.zeros_like(moved)
            if moved.ndim == 1:
                nothing[:] = [()]
            drawn.append((base, nothing))
    return join_columns(row for row, _ in drawn), np.concatenate([moved for _, moved in drawn])


def _rows(
    query: MoveQuery, propose: Callable[[np.random.Generator, int], Drawn], at_once: int
) -> Iterator[tuple[Coordinates, Any, bool]]:
    space, rng = query.study.known_space, query.key.generator()
    while True:
        columns, moved = propose(rng, at_once)
        columns = space.settle(columns)
        for i, allowed in enumerate(space.allowed(columns).tolist()):
            yield take_rows(columns, [i]), moved[[i]], allowed
