"""What moves share that are made of earlier trials."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autotune.space import Coordinates, Dimension, Float, Integer, Ordinal, Row, Sequence, Space
from autotune.space.dimensions import LARGEST, SMALLEST_MAGNITUDE
from autotune.strategy import Candidates, MoveQuery
from autotune.strategy.candidates import draw_steps
from autotune.study import Study

__all__ = ["drawn", "good_trials", "has_scale", "shifted", "shifted_rows"]

Array: TypeAlias = NDArray[np.float64]
Draw: TypeAlias = Callable[[np.random.Generator, int], dict[str, Array]]


def good_trials(study: Study, most: int, besides: int | None = None) -> NDArray[np.int64]:
    """Return the best judged trials with a score, no two with the same configuration.

    Parameters
    ----------
    study : Study
        The state.
    most : int
        How many at most.
    besides : int, optional
        A trial whose configuration is left out.

    Returns
    -------
    ndarray of int64
        Row numbers (trial *t* is row *t* - 1), the best first, of equals the earlier one first.
    """
    outcomes = study.outcomes()
    rows = np.flatnonzero(outcomes.usable)
    rows = rows[np.argsort(-outcomes.value[rows], kind="stable")]
    table = np.column_stack(list(study.coordinates.values()))
    # Bytes are equal for equal configurations only if 0 and NaN have one form each.
    table = np.where(np.isnan(table), np.inf, table + 0.0)
    seen = set() if besides is None else {table[besides - 1].tobytes()}
    found: list[int] = []
    for row in rows.tolist():
        if len(found) == most:
            break
        key = table[row].tobytes()
        if key not in seen:
            seen.add(key)
            found.append(row)
    return np.array(found, dtype=np.int64)


def has_scale(dimension: Dimension) -> bool:
    """Tell whether a dimension is numeric or ordered, so that differences mean something."""
    return isinstance(dimension, Float | Integer | Ordinal)


def shifted(dimension: Dimension, x: Array, a: Array, b: Array, times: Array) -> Array:
    r"""Return coordinates shifted by a multiple of the difference of two others.

    .. math:: s^{-1}\left(s(x) + t\,(s(b) - s(a))\right)

    with *s* the natural scale, reflected at its ends. Without both bounds *s* is the logarithm of
    the size, so that *x* is multiplied by :math:`(b/a)^t`; where one of the numbers is 0, or *a*
    and *b* have different signs, it is the number itself.

    Parameters
    ----------
    dimension : dimension
        Of a single parameter. If it has no scale, *x* stays.
    x, a, b, times : ndarray
        Of shapes that fit together. Where one is NaN, or the shift is 0, *x* stays exactly.

    Returns
    -------
    ndarray
        Coordinates of the dimension.
    """
    x, a, b, times = np.broadcast_arrays(x, a, b, times)
    stays = (times == 0) | (a == b) | np.isnan(a) | np.isnan(b) | np.isnan(x)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if isinstance(dimension, Ordinal):
            y = _reflected(x + times * (b - a), len(dimension.values) - 1)
        elif not isinstance(dimension, Float | Integer):
            return x.copy()
        elif dimension.bounded:
            s = dimension.scaled
            y = dimension.unscaled(s(x) + times * (s(b) - s(a)))
        else:
            y = _unbounded(dimension, x, a, b, times)
    return np.where(stays, x, y)


def _reflected(x: Array, top: int) -> Array:
    """Return the whole numbers from 0 to ``top`` next to reflected ones."""
    if top == 0:
        return np.zeros_like(x)
    x = np.mod(np.abs(np.clip(np.nan_to_num(x), -(2.0**52), 2.0**52)), 2.0 * top)
    return np.rint(np.where(x > top, 2.0 * top - x, x)) + 0.0


def _unbounded(dimension: Float | Integer, x: Array, a: Array, b: Array, times: Array) -> Array:
    by_factor = (np.sign(a) * np.sign(b) > 0) & (x != 0)
    size = np.log(np.abs(x)) + times * (np.log(np.abs(b)) - np.log(np.abs(a)))
    size = np.exp(np.clip(size, -math.log(LARGEST), math.log(LARGEST)))
    # From 0 there would be no way back to the same sign.
    size = np.maximum(size, np.minimum(np.abs(x), SMALLEST_MAGNITUDE))
    if isinstance(dimension, Integer):
        size = np.maximum(size, 1.0)
    y = np.where(by_factor, np.copysign(size, x), x + times * (b - a))
    return dimension.settle(np.nan_to_num(y))


def shifted_rows(
    dimension: Sequence, x: Array, a: Array, b: Array, times: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Shift sequences element by element, where all three are of the same length.

    Parameters
    ----------
    dimension : Sequence
        The dimension.
    x, a, b : ndarray, shape (n, longest) or (longest,)
        Padded with NaN.
    times : ndarray, shape (n,)
        As in ``shifted``.

    Returns
    -------
    rows : ndarray, shape (n, longest)
        Those that can't be shifted as they were.
    able : ndarray of bool, shape (n,)
        Which could be shifted: their elements have a scale and the lengths agree.
    """
    x, a, b, t = np.broadcast_arrays(x, a, b, times[:, None])
    if not has_scale(dimension.of):
        return x.copy(), np.zeros(len(times), dtype=np.bool_)
    lengths = [np.sum(~np.isnan(rows), axis=1) for rows in (x, a, b)]
    able = (lengths[0] == lengths[1]) & (lengths[0] == lengths[2])
    return np.where(able[:, None], shifted(dimension.of, x, a, b, t), x), able


def drawn(query: MoveQuery, draw: Draw) -> Candidates:
    """Return legal candidates, with the parameters that they change.

    Parameters
    ----------
    query : MoveQuery
        What a move is asked.
    draw : callable
        ``draw(rng, n)`` returns coordinates of n candidates, sequences as wide as in the study.
        It need not look at conditions or constraints.

    Returns
    -------
    Candidates
        ``query.count`` candidates. As moved count the parameters that differ from those of the
        trial stepped from; not those that only became active, or inactive, by it.
    """
    study = query.study
    space = study.known_space
    if not space.conditional and not space.constraints:
        coordinates = draw(query.key.generator(), query.count)
        return Candidates(coordinates, tuple(_changed(study, query.parent, coordinates)))
    waiting: Iterator[tuple[Row, tuple[str, ...]]] = iter(())

    def propose(rng: np.random.Generator, _: Row) -> tuple[Row, tuple[str, ...]]:
        nonlocal waiting
        found = next(waiting, None)
        if found is None:
            # Drawn many at a time, for that costs little more than one.
            coordinates = draw(rng, query.count)
            names = _changed(study, query.parent, coordinates)
            waiting = zip(_rows(space, coordinates, query.count), names, strict=True)
            found = next(waiting)
        return found

    candidates = draw_steps(query, propose)
    active = space.active(candidates.coordinates)
    moved = tuple(
        tuple(name for name in names if active[name][i]) for i, names in enumerate(candidates.moved)
    )
    return Candidates(candidates.coordinates, moved)


def _changed(study: Study, parent: int, coordinates: Coordinates) -> list[tuple[str, ...]]:
    """Return for each candidate the parameters in which it differs from a trial."""
    unlike = []
    for name, before in study.coordinates.items():
        column, value = coordinates[name], before[parent - 1]
        same = (column == value) | (np.isnan(column) & np.isnan(value))
        unlike.append(~(same if same.ndim == 1 else same.all(axis=1)))
    names = study.known_space.names
    return [tuple(itertools.compress(names, row)) for row in np.stack(unlike, axis=1).tolist()]


def _rows(space: Space, coordinates: Coordinates, n: int) -> Iterator[Row]:
    for i in range(n):
        yield {
            name: _unpadded(coordinates[name][i])
            if isinstance(dimension, Sequence)
            else float(coordinates[name][i])
            for name, dimension in space.parameters
        }


def _unpadded(row: Array) -> Array:
    return row[~np.isnan(row)]
