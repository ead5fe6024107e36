"""Candidate steps that are legal: inactive parameters marked, constraints kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from autotune.space import Configuration, Coordinates, Row, Sequence, Space
from autotune.space.space import pad_rows
from autotune.strategy.component import Candidates, MoveQuery
from autotune.study import Study

__all__ = ["columns_of", "draw_steps", "encoded_row", "row_of"]

Propose: TypeAlias = Callable[[np.random.Generator, Row], tuple[Row, tuple[str, ...]]]

# A constraint that forbids nearly everything must not make a search hang.
MAX_TRIES = 50


def row_of(study: Study, trial: int) -> dict[str, Any]:
    """Return the coordinates of a trial: a number each, an array without padding for sequences.

    Parameters
    ----------
    study : Study
        The study.
    trial : int
        Its number, from 1.

    Returns
    -------
    dict
        NaN, or an empty array, for an inactive parameter.
    """
    space = study.known_space
    record = study.proposals.rows[trial - 1]
    row: dict[str, Any] = {}
    for name, dimension in space.parameters:
        value = record[f"param_{name}"]
        row[name] = value[~np.isnan(value)] if isinstance(dimension, Sequence) else float(value)
    return row


def encoded_row(space: Space, configuration: Configuration) -> dict[str, Any]:
    """Return a configuration's coordinates by name, as ``row_of`` returns those of a trial."""
    values = space.encode_row(configuration)
    return {
        name: np.array(value) if isinstance(dimension, Sequence) else float(value)
        for (name, dimension), value in zip(space.parameters, values, strict=True)
    }


def columns_of(space: Space, rows: Iterable[Row]) -> Coordinates:
    """Return rows as columns, (n,) for each parameter, two-dimensional for sequences."""
    listed = list(rows)
    return {
        name: pad_rows([row[name] for row in listed])
        if isinstance(dimension, Sequence)
        else np.array([row[name] for row in listed], dtype=np.float64)
        for name, dimension in space.parameters
    }


def draw_steps(query: MoveQuery, propose: Propose) -> Candidates:
    """Draw as many candidate steps as a query asks for, all of them legal.

    Parameters
    ----------
    query : MoveQuery
        What a move is asked.
    propose : callable
        ``propose(rng, row) -> (row, moved)``: takes the coordinates of the trial to step from and
        returns others, with the names of the parameters that it drew to move. It need not look
        at conditions or constraints: parameters that become inactive are marked and do not count as
        moved, those that become active take their start value, and a row that the constraints
        forbid is drawn again. If none is allowed the candidate stays where it is.

    Returns
    -------
    Candidates
        ``query.count`` candidates.

    Examples
    --------
    >>> from autotune.strategy.keys import Key
    >>> from autotune.space import Float, Space
    >>> from autotune.study import reduce
    >>> from autotune.study import Proposed, StudyStarted
    >>> space = Space({"x": Float(0, 1)})
    >>> study = reduce([StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0),
    ...                 Proposed(1, 1, {"x": 0.5}, None, (), "start")])
    >>> draws = draw_steps(MoveQuery(study, Key(0), parent=1, count=3),
    ...                    lambda rng, row: ({"x": rng.random()}, ("x",)))
    >>> len(draws), draws.moved[0]
    (3, ('x',))
    """
    study = query.study
    space = study.known_space
    base = row_of(study, query.parent)
    rng = query.key.generator()
    rows: list[Row] = []
    moved: list[tuple[str, ...]] = []
    for _ in range(query.count):
        row, names = _draw(space, propose, rng, base)
        rows.append(row)
        moved.append(names)
    columns = columns_of(space, rows)
    if space.conditional:
        active = space.active(columns)
        moved = [tuple(n for n in names if active[n][i]) for i, names in enumerate(moved)]
    return Candidates(columns, tuple(moved))


def _draw(
    space: Space, propose: Propose, rng: np.random.Generator, base: Row
) -> tuple[Row, tuple[str, ...]]:
    for _ in range(MAX_TRIES):
        row, names = propose(rng, base)
        settled = space.settle_row(row)
        if space.allows_row(settled):
            return settled, names
    # A constraint added later may forbid even the trial stepped from; the start it never does.
    if space.allows_row(base):
        return base, ()
    return encoded_row(space, space.start), ()
