r"""What takes the place of candidates that the constraints forbid, where few are allowed.

Drawing again until enough is allowed is right, but where the constraints allow a hundredth of the
space it takes a hundred draws for each candidate. Then the allowed configurations that are known
already help: a step that led out of what is allowed is shortened, and of a whole space a walk from
one allowed configuration to the next is a sample.

References
----------
Neal (2003), "Slice sampling", Annals of Statistics 31(3), pp. 705-767, section 4.1 (an interval
that is shrunk until a point in it is in the slice leaves the uniform distribution as it is); Smith
(1984), "Efficient Monte Carlo procedures for generating points uniformly distributed over bounded
regions", Operations Research 32(6), pp. 1296-1308 (hit and run).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autotune.space import (
    Boolean,
    Categorical,
    Coordinates,
    Dimension,
    Fixed,
    Float,
    Integer,
    Sequence,
    Space,
)
from autotune.space.columns import (
    allowed_by_conditions,
    fingerprints,
    join_columns,
    n_rows,
    take_rows,
)
from autotune.space.unit_cube import axes_of, from_unit_cube, to_unit_cube
from autotune.study import Study

__all__ = ["Allowing", "Replace", "nearer", "wandering"]

Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]


class Allowing:
    """Tells what the constraints allow, with so many calls of functions at most.

    A function is asked about a configuration once; when the calls are used up, what is not known
    counts as forbidden.

    Parameters
    ----------
    space : Space
        The space.
    calls : int
        For how many configurations functions may be called.
    """

    def __init__(self, space: Space, calls: int) -> None:
        self.space = space
        self.calls = calls
        self._known: dict[bytes, bool] = {}

    def tell(self, columns: Coordinates) -> Mask:
        """Tell which rows are allowed."""
        allowed = allowed_by_conditions(self.space, columns)
        if self.space.predicates:
            rows = np.flatnonzero(allowed)
            allowed[rows] = self._asked(take_rows(columns, rows))
        return allowed

    def first(self, columns: Coordinates, n: int) -> NDArray[np.int64]:
        """Return for each of n rows the first of its tries that is allowed, -1 if none is.

        Parameters
        ----------
        columns : mapping of str to ndarray
            The first try of all rows, then the second of all, and so on.
        n : int
            How many rows have tries.
        """
        allowed = allowed_by_conditions(self.space, columns).reshape(-1, n)
        if not self.space.predicates:
            return np.where(allowed.any(axis=0), allowed.argmax(axis=0), -1)
        result = np.full(n, -1)
        for k, mask in enumerate(allowed):
            rows = np.flatnonzero(mask & (result < 0))
            result[rows[self._asked(take_rows(columns, k * n + rows))]] = k
        return result

    def _asked(self, columns: Coordinates) -> Mask:
        """Tell which rows the functions allow."""
        keys = fingerprints(self.space, columns)
        # Each once, in the order in which they come.
        fresh = {key: i for i, key in reversed(list(enumerate(keys))) if key not in self._known}
        rows = sorted(fresh.values())[: self.calls]
        self.calls -= len(rows)
        told = self.space.allowed_by_predicates(take_rows(columns, rows))
        self._known.update(zip([keys[i] for i in rows], told, strict=True))
        return np.array([self._known.get(key, False) for key in keys], dtype=np.bool_)


Replace: TypeAlias = Callable[
    [Study, np.random.Generator, Allowing, Coordinates, Coordinates, Coordinates], Coordinates
]
"""``replace(study, rng, allowing, base, known, refused)``: columns of allowed candidates, as many
as are refused or fewer; ``base`` is a single row, ``known`` are candidates that are allowed."""


def nearer(
    study: Study,
    rng: np.random.Generator,
    allowing: Allowing,
    base: Coordinates,
    known: Coordinates,  # noqa: ARG001
    refused: Coordinates,
) -> Coordinates:
    """Shorten refused steps until they are allowed, or exchange values of like parameters.

    A step is shortened to an even share of what it was, again and again; about half of what it
    moved stays behind. Where several parameters have the same dimension, as the places of a
    permutation have, a step may exchange their values instead; of both ways the one that succeeds
    is taken more often.
    """
    space = study.known_space
    pairs = _pairs_to_exchange(space, base)
    n = n_rows(refused)
    reach = np.ones(n)
    succeeded, tried = np.ones(2), np.full(2, 2.0)
    found: list[Coordinates] = []
    for _ in range(_ROUNDS):
        rates = succeeded / tried
        exchange = rng.random(n) < (rates[1] / rates.sum() if len(pairs) > 0 else 0.0)
        reach = reach * rng.random(n)
        shortened = _shortened(space, rng, base, refused, reach)
        exchanged = _exchanged(space, rng, base, pairs, n)
        columns = space.settle(
            {
                name: column if column.ndim == 2 else np.where(exchange, exchanged[name], column)
                for name, column in shortened.items()
            }
        )
        allowed = allowing.tell(columns) & _moved(space, base, columns)
        found.append(take_rows(columns, allowed))
        for way in (0, 1):
            tried[way] += np.sum(exchange == way)
            succeeded[way] += np.sum(allowed & (exchange == way))
        refused, reach = take_rows(refused, ~allowed), reach[~allowed]
        n = len(reach)
        if n == 0:
            break
    return join_columns(found)


_ROUNDS = 8


def _moved(space: Space, base: Coordinates, columns: Coordinates) -> Mask:
    """Tell which rows differ from one."""
    key = fingerprints(space, base)[0]
    return np.array([other != key for other in fingerprints(space, columns)], dtype=np.bool_)


def _shortened(
    space: Space, rng: np.random.Generator, base: Coordinates, steps: Coordinates, reach: Array
) -> dict[str, Array]:
    """Return steps that go a share of the way, in about half of the parameters, one at least."""
    n = len(reach)
    stays = rng.random((n, len(space))) < 0.5
    moved = np.stack([_unlike(steps[name], base[name]) for name in space], axis=1)
    order = np.where(moved, rng.random((n, len(space))), -1.0)
    stays[np.arange(n), order.argmax(axis=1)] = False
    columns = {}
    for j, name in enumerate(space):
        x, y = base[name], steps[name]
        if x.ndim == 2:
            x, y = _equally_wide(x, y)
            y = _part_of_sequences(space[name], x, y, reach)
            columns[name] = np.where(stays[:, j, None], x, y)
        else:
            columns[name] = np.where(stays[:, j], x, _part(space[name], x, y, reach))
    return columns


def _unlike(x: Array, y: Array) -> Mask:
    if x.ndim == 2:
        x, y = _equally_wide(x, y)
        return np.asarray(np.any((x != y) & ~(np.isnan(x) & np.isnan(y)), axis=1))
    return np.asarray((x != y) & ~(np.isnan(x) & np.isnan(y)))


def _equally_wide(x: Array, y: Array) -> tuple[Array, Array]:
    width = max(x.shape[1], y.shape[1])
    x, y = (np.pad(z, ((0, 0), (0, width - z.shape[1])), constant_values=np.nan) for z in (x, y))
    return x, y


def _part(dimension: Dimension, x: Array, y: Array, share: Array) -> Array:
    """Return coordinates a share of the way from x to y on the natural scale."""
    x, y, share = np.broadcast_arrays(x, y, share)
    if isinstance(dimension, Categorical | Boolean | Fixed | Sequence):
        return y
    here, there = np.nan_to_num(x, nan=1.0), np.nan_to_num(y, nan=1.0)
    if not isinstance(dimension, Float | Integer):
        z = np.rint(here + share * (there - here))
    elif dimension.two_way:
        z = dimension.unscaled(
            (1.0 - share) * dimension.scaled(here) + share * dimension.scaled(there)
        )
    else:
        alike = np.sign(here) * np.sign(there) > 0
        sizes = [np.log(np.where(alike, np.abs(each), 1.0)) for each in (here, there)]
        size = np.exp((1.0 - share) * sizes[0] + share * sizes[1])
        linear = (1.0 - share) * here + share * there
        z = dimension.settle(np.where(alike, np.copysign(size, here), linear))
    return np.where(np.isnan(x) | np.isnan(y), y, z)


def _part_of_sequences(dimension: Dimension, x: Array, y: Array, share: Array) -> Array:
    """Do so element by element, where both are of one length."""
    assert isinstance(dimension, Sequence)
    same = np.all(np.isnan(x) == np.isnan(y), axis=1)
    return np.where(same[:, None], _part(dimension.of, x, y, share[:, None]), y)


def _pairs_to_exchange(space: Space, base: Coordinates) -> list[tuple[str, str]]:
    """Return which parameters have the same dimension, but different values."""
    return [
        (a, b)
        for a, b in _like_pairs(space)
        if not np.isnan(base[a][0] + base[b][0]) and base[a][0] != base[b][0]
    ]


def _like_pairs(space: Space) -> list[tuple[str, str]]:
    """Return the pairs of parameters that have the same dimension, sequences apart."""
    alike: dict[Dimension, list[str]] = {}
    for name in space.searched:
        if not isinstance(space[name], Sequence):
            alike.setdefault(space[name], []).append(name)
    return [pair for names in alike.values() for pair in itertools.combinations(names, 2)]


# One exchange, and with a chance of a half each another one.
_MOST_EXCHANGES = 4


def _exchanged(
    space: Space,
    rng: np.random.Generator,
    base: Coordinates,
    pairs: list[tuple[str, str]],
    n: int,
) -> dict[str, Array]:
    """Return n rows like one, in which some pairs have exchanged their values."""
    table = np.repeat([[base[name][0] for name in space if base[name].ndim == 1]], n, axis=0)
    names = [name for name in space if base[name].ndim == 1]
    if len(pairs) > 0:
        place = {name: j for j, name in enumerate(names)}
        places = np.array([(place[a], place[b]) for a, b in pairs])
        number = np.minimum(rng.geometric(0.5, size=n), _MOST_EXCHANGES)
        for k in range(_MOST_EXCHANGES):
            rows = np.flatnonzero(number > k)
            a, b = places[rng.integers(len(places), size=len(rows))].T
            table[rows, a], table[rows, b] = table[rows, b], table[rows, a]
    return {name: table[:, j] for j, name in enumerate(names)}


def wandering(
    study: Study,
    rng: np.random.Generator,
    allowing: Allowing,
    base: Coordinates,
    known: Coordinates,
    refused: Coordinates,
) -> Coordinates:
    """Walk from allowed configurations through the whole space, evenly over what is allowed.

    Walks begin at candidates that were allowed, at trials of the study and at the base. Each of
    their steps goes along one axis of the unit cube or two at once, to an even place on the line
    through the cube, and nearer until it is allowed (hit and run, with the shrinking interval of
    slice sampling); or it exchanges two parameters that have the same dimension.
    """
    space, n = study.known_space, n_rows(refused)
    places = _where_to_begin(study, rng, allowing, base, known, n)
    if len(places) == 0:
        return nearer(study, rng, allowing, base, known, refused)
    u = places[rng.integers(len(places), size=n)]
    pairs = _like_axes(space)
    called = len(space.predicates) > 0
    fewest, n_tries = (3, 4) if called else (6, 8)
    for _ in range(min(max(_STEPS_IN_ALL // n, fewest), _MOST_STEPS)):
        if called and allowing.calls == 0:
            break
        exchange = rng.random(n) < (_EXCHANGES if len(pairs) > 0 else 0.0)
        tries = np.where(exchange[:, None], _swapped(rng, u, pairs), _along(rng, u, n_tries))
        first = allowing.first(from_unit_cube(space, tries.reshape(-1, u.shape[1])), n)
        rows = np.flatnonzero(first >= 0)
        u[rows] = tries[first[rows], rows]
    return from_unit_cube(space, u)


_STEPS_IN_ALL, _MOST_STEPS = 600, 24
_EXCHANGES, _DIAGONALS = 0.3, 0.3
_MOST_BEGINNINGS = 200


def _where_to_begin(
    study: Study,
    rng: np.random.Generator,
    allowing: Allowing,
    base: Coordinates,
    known: Coordinates,
    n: int,
) -> Array:
    """Return points of the unit cube where allowed configurations lie, shape (any, axes)."""
    space = study.known_space
    tried = take_rows(study.coordinates, slice(-_MOST_BEGINNINGS, None))
    if space.predicates:  # which must not use up their calls
        most = min(n_rows(tried), max(n, 8), max(allowing.calls // 4, 1))
        tried = take_rows(tried, rng.permutation(n_rows(tried))[:most])
    points = to_unit_cube(space, join_columns([known, base, tried]), rng)
    return points[allowing.tell(from_unit_cube(space, points))]


def _like_axes(space: Space) -> NDArray[np.int64]:
    """Return pairs of axes of the unit cube that belong to like parameters, shape (any, 2)."""
    axis = axes_of(space)
    return np.array([(axis[a], axis[b]) for a, b in _like_pairs(space)], dtype=np.int64)


def _along(rng: np.random.Generator, u: Array, n_tries: int) -> Array:
    """Return for each point ever nearer ones on a line through it, shape (tries, n, axes)."""
    n, size = u.shape
    rows = np.arange(n)
    one = rng.integers(size, size=n)
    direction = np.zeros((n, size))
    other = (one + rng.integers(1, max(size, 2), size=n)) % size
    both = (rng.random(n) < _DIAGONALS) & (other != one)
    direction[rows, other] = np.where(both, np.where(rng.random(n) < 0.5, 1.0, -1.0), 0.0)
    direction[rows, one] = 1.0
    # How far the line goes within the cube, backward and forward.
    with np.errstate(divide="ignore", invalid="ignore"):
        to_zero, to_one = -u / direction, (1.0 - u) / direction
    low = np.where(direction == 0, -np.inf, np.minimum(to_zero, to_one)).max(axis=1)
    high = np.where(direction == 0, np.inf, np.maximum(to_zero, to_one)).min(axis=1)
    tries = np.empty((n_tries, n, size))
    for k in range(n_tries):
        t = low + (high - low) * rng.random(n)
        tries[k] = u + t[:, None] * direction
        low, high = np.where(t < 0, t, low), np.where(t < 0, high, t)
    return np.clip(tries, 0.0, 1.0)


def _swapped(rng: np.random.Generator, u: Array, pairs: NDArray[np.int64]) -> Array:
    """Return for each point the one with two like axes exchanged, shape (1, n, axes)."""
    swapped = u.copy()
    if len(pairs) > 0:
        rows = np.arange(len(u))
        a, b = pairs[rng.integers(len(pairs), size=len(u))].T
        swapped[rows, a], swapped[rows, b] = u[rows, b], u[rows, a]
    return swapped[None]
