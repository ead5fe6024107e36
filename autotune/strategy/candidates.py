"""Candidate steps that are legal: inactive parameters marked, constraints kept."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autotune.space import Configuration, Coordinates, Row, Sequence, Space
from autotune.space.columns import join_columns, take_rows
from autotune.space.space import pad_rows
from autotune.strategy.component import Candidates, MoveQuery
from autotune.strategy.one_by_one import draw_one_by_one
from autotune.strategy.replacement import Allowing, Replace, nearer
from autotune.study import Study

__all__ = [
    "columns_of",
    "differing",
    "draw_columns",
    "draw_steps",
    "encoded_row",
    "row_columns",
    "row_of",
    "unchanged",
]

Propose: TypeAlias = Callable[[np.random.Generator, Row], tuple[Row, tuple[str, ...]]]
Columns: TypeAlias = dict[str, NDArray[np.float64]]
Mask: TypeAlias = NDArray[np.bool_]
ProposeColumns: TypeAlias = Callable[[np.random.Generator, int], tuple[Coordinates, Mask]]
_Rows: TypeAlias = tuple[Columns, list[tuple[str, ...]]]


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


def row_columns(study: Study, trial: int, n: int = 1) -> dict[str, NDArray[np.float64]]:
    """Return the coordinates of a trial as columns, n times one after the other.

    Parameters
    ----------
    study : Study
        The study.
    trial : int
        Its number, from 1.
    n : int
        How many rows.
    """
    return {
        name: np.repeat(column[trial - 1 : trial], n, axis=0)
        for name, column in study.coordinates.items()
    }


def differing(space: Space, row: Coordinates, columns: Coordinates) -> Mask:
    """Tell in which parameters configurations differ from another, shape (n, d).

    Parameters
    ----------
    space : Space
        The space.
    row : mapping of str to ndarray
        One configuration, as columns of a single row.
    columns : mapping of str to ndarray
        Coordinates of n configurations; NaN is equal to itself.
    """
    unlike = []
    for name in space:
        x, y = columns[name], row[name]
        if x.ndim == 2 and x.shape[1] != y.shape[1]:
            width = max(x.shape[1], y.shape[1])
            x, y = (
                np.pad(z, ((0, 0), (0, width - z.shape[1])), constant_values=np.nan) for z in (x, y)
            )
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        unlike.append(~(same if same.ndim == 1 else same.all(axis=1)))
    return np.stack(unlike, axis=1)


def unchanged(query: MoveQuery) -> Candidates:
    """Return candidates that stay where they are; at the start values, if that is forbidden."""
    return draw_steps(query, lambda _, base: (base, ()))


def draw_steps(query: MoveQuery, propose: Propose) -> Candidates:
    """Draw as many candidate steps as a query asks for, all of them legal, row by row.

    Parameters
    ----------
    query : MoveQuery
        What a move is asked.
    propose : callable
        ``propose(rng, row) -> (row, moved)``: takes the coordinates of the trial to step from and
        returns others, with the names of the parameters that it drew to move. It need not look
        at conditions or constraints: see ``draw_columns``, which is quicker where a move can draw
        many rows at once.

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
    space = query.study.known_space
    base = row_of(query.study, query.parent)

    def propose_columns(rng: np.random.Generator, n: int) -> tuple[Coordinates, Any]:
        drawn = [propose(rng, base) for _ in range(n)]
        return columns_of(space, [row for row, _ in drawn]), _array(names for _, names in drawn)

    return draw_columns(query, propose_columns)


def draw_columns(
    query: MoveQuery,
    propose: ProposeColumns,
    *,
    replace: Replace = nearer,
    at_once: int | None = None,
) -> Candidates:
    """Draw as many candidate steps as a query asks for, all of them legal, many rows at once.

    Parameters that become inactive are marked and do not count as moved, those that become active
    take their start value. Rows that the constraints forbid are drawn again, in batches as large as
    the share that was allowed so far suggests; where few are, what is lacking is made of allowed
    ones (see ``autotune.strategy.replacement``), and where even that finds too few, candidates come
    more than once. If nothing is allowed they stay where they are. Functions among the constraints
    are called for at most ``128 + 8 * count`` different configurations.

    Parameters
    ----------
    query : MoveQuery
        What a move is asked.
    propose : callable
        ``propose(rng, n) -> (columns, moved)``: coordinates of n candidates, and which parameters
        it drew to move, a boolean array of shape (n, d) in the order of the space. It need not look
        at conditions or constraints.
    replace : callable
        Makes allowed candidates where too few are drawn: ``nearer`` for steps, ``wandering`` for
        what is drawn from the whole space.
    at_once : int, optional
        How many rows were drawn at once by logs that say ``OneByOne``; all, if left out.

    Returns
    -------
    Candidates
        ``query.count`` candidates.

    Examples
    --------
    >>> from autotune.strategy.keys import Key
    >>> from autotune.space import Float, LessThan, Space
    >>> from autotune.study import reduce
    >>> from autotune.study import Proposed, StudyStarted
    >>> space = Space({"x": Float(0, 1)}, constraints=[LessThan("x", 0.6)])
    >>> study = reduce([StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0),
    ...                 Proposed(1, 1, {"x": 0.5}, None, (), "start")])
    >>> draws = draw_columns(MoveQuery(study, Key(0), parent=1, count=100),
    ...                      lambda rng, n: ({"x": rng.random(n)}, np.full((n, 1), True)))
    >>> len(draws), bool((draws.coordinates["x"] < 0.6).all())
    (100, True)
    """
    space = query.study.known_space
    if query.one_by_one and (space.constraints or at_once is not None):
        columns, drawn = draw_one_by_one(query, propose, at_once or query.count)
        moved = _names(space, drawn)
    elif len(space.constraints) == 0:
        proposed, drawn = propose(query.key.generator(), query.count)
        columns, moved = space.settle(proposed), _names(space, drawn)
    else:
        columns, moved = _allowed(query, propose, replace)
    if space.conditional:
        active = space.active(columns)
        moved = [tuple(name for name in row if active[name][i]) for i, row in enumerate(moved)]
    return Candidates({name: columns[name] for name in space}, tuple(moved))


# How many rows are drawn and tested at most: so many, and for each candidate so many more.
_ROWS, _ROWS_EACH = 512, 8
# The same for the functions among the constraints, which are called for each row.
_CALLS, _CALLS_EACH = 128, 8


def _allowed(query: MoveQuery, propose: ProposeColumns, replace: Replace) -> _Rows:
    """Draw rows that the constraints allow, and replace those that turn up too rarely."""
    study, space = query.study, query.study.known_space
    rng = query.key.generator()
    allowing = Allowing(space, _CALLS + _CALLS_EACH * query.count)
    columns, moved, refused = _drawn(query, rng, propose, allowing)
    if len(moved) == query.count:
        return columns, moved
    parent = base = row_columns(study, query.parent)
    if not allowing.tell(parent)[0]:
        # A constraint added later may forbid the trial stepped from; the start it never does.
        base = space.encode([space.start])
    more = replace(study, rng, allowing, base, columns, refused)
    columns = join_columns([columns, more])
    moved += _names(space, differing(space, parent, more))
    if len(moved) == 0:
        columns, moved = base, [()]
    rows = np.resize(np.arange(len(moved)), query.count)
    return take_rows(columns, rows), [moved[i] for i in rows]


def _drawn(
    query: MoveQuery, rng: np.random.Generator, propose: ProposeColumns, allowing: Allowing
) -> tuple[Columns, list[tuple[str, ...]], Columns]:
    """Draw until enough rows are allowed, or it takes too long; return those refused as well.

    Of the refused rows as many are returned as candidates are lacking.
    """
    space, lacking = allowing.space, query.count
    # Half of the calls are left for replacing.
    left = allowing.calls // 2 if space.predicates else _ROWS + _ROWS_EACH * query.count
    parts: list[Columns] = []
    moved: list[tuple[str, ...]] = []
    n, tried = query.count, 0
    while True:
        proposed, drawn = propose(rng, n)
        columns = space.settle(proposed)
        allowed = allowing.tell(columns)
        rows = np.flatnonzero(allowed)[:lacking]
        parts.append(take_rows(columns, rows))
        moved += _names(space, drawn[rows])
        lacking, tried, left = lacking - len(rows), tried + n, left - n
        wanted = math.ceil(1.2 * lacking * (tried + 1) / (len(moved) + 0.5))
        if lacking == 0 or left <= 0 or (space.predicates and wanted > left):
            break
        n = min(left, wanted)
    refused = take_rows(columns, np.resize(np.flatnonzero(~allowed), lacking))
    return join_columns(parts), moved, refused


def _names(space: Space, moved: NDArray[Any]) -> list[tuple[str, ...]]:
    """Return what moved in each row, as names."""
    if moved.ndim == 1:
        return list(moved)
    return [tuple(itertools.compress(space.names, row)) for row in moved.tolist()]


def _array(moved: Iterable[tuple[str, ...]]) -> NDArray[Any]:
    listed = list(moved)
    result = np.empty(len(listed), dtype=object)
    result[:] = listed
    return result
