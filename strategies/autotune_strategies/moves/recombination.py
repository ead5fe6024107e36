"""Moves that combine good trials: crossover and differential evolution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.space import Coordinates, Dimension, Float, Integer, Ordinal, Sequence
from autotune.space.dimensions import from_log_size, log_size
from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.candidates import differing, draw_columns, row_columns
from autotune.strategy.validators import count, not_negative, part, share
from autotune.study import Study
from autotune_strategies.moves.perturbation import LocalPerturbation

__all__ = [
    "Crossover",
    "DifferentialEvolution",
    "drawn",
    "good_trials",
    "has_scale",
    "shifted",
    "shifted_rows",
]

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
    result: list[int] = []
    for row in rows.tolist():
        if len(result) == most:
            break
        key = table[row].tobytes()
        if key not in seen:
            seen.add(key)
            result.append(row)
    return np.array(result, dtype=np.int64)


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
        elif dimension.two_way:
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
    size = from_log_size(log_size(x) + times * (log_size(b) - log_size(a)))
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
    space, base = query.study.known_space, row_columns(query.study, query.parent)

    def propose(rng: np.random.Generator, n: int) -> tuple[Coordinates, NDArray[np.bool_]]:
        columns = draw(rng, n)
        return columns, differing(space, base, columns)

    return draw_columns(query, propose)


@frozen
class Crossover(Composed[MoveQuery, Candidates]):
    """Take each parameter from the trial stepped from, or from another one of the best.

    Each candidate has a mate of its own, drawn evenly from the best trials with another
    configuration. Of the parameters in which the two differ one, drawn evenly, comes from the mate
    in any case. A parameter that is inactive in the one comes from the other. As long as there is
    no mate the candidates are those of another move.

    No new values come up that way; mix it with a move that finds some, by ``Mixture``. Where the
    two differ in one parameter only the candidate is the mate itself, which ``Unseen`` leaves out.

    Parameters
    ----------
    top : int
        From how many trials the mate is drawn.
    chance : float
        With which a parameter comes from the mate.
    of : Move
        The move that draws as long as there is no mate.

    Examples
    --------
    >>> Crossover(top=5).chance
    0.5

    References
    ----------
    Syswerda (1989), "Uniform crossover in genetic algorithms", ICGA 3, pp. 2-9.
    """

    top: int = field(default=10, validator=count)
    chance: float = field(default=0.5, validator=share)
    of: Move = field(default=LocalPerturbation(), validator=part)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates."""
        study, space, at = query.study, query.study.known_space, query.parent - 1
        mates = good_trials(study, self.top, besides=query.parent)
        if len(mates) == 0:
            asked = evolve(query, key=query.key.child("of"))
            candidates: Candidates = self.read_part(state, "of", asked)
            return candidates
        coordinates = study.coordinates
        active = space.active(coordinates)
        names = space.searched
        # Where a condition makes the difference, the parameter that it asks about differs too.
        differs = np.stack(
            [
                _unlike(coordinates[name], at, mates) & active[name][at] & active[name][mates]
                for name in names
            ],
            axis=1,
        )

        def draw(rng: np.random.Generator, n: int) -> dict[str, np.ndarray[Any, Any]]:
            which = rng.integers(len(mates), size=n)
            taken = rng.random((n, len(names))) < self.chance
            # The one that is taken in any case: the first in a random order that differs.
            order = np.where(differs[which], rng.random((n, len(names))), -1.0)
            taken[np.arange(n), order.argmax(axis=1)] = True
            rows = mates[which]
            columns = {
                name: np.repeat(column[at : at + 1], n, axis=0)
                for name, column in coordinates.items()
            }
            for j, name in enumerate(names):
                mine, theirs = active[name][at], active[name][rows]
                use = np.where(mine & theirs, taken[:, j], theirs)
                columns[name][use] = coordinates[name][rows[use]]
            return columns

        return drawn(query, draw)


def _unlike(
    column: np.ndarray[Any, Any], at: int, others: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Tell which rows differ from one; NaN is equal to itself."""
    same = (column[others] == column[at]) | (np.isnan(column[others]) & np.isnan(column[at]))
    return np.asarray(~(same if same.ndim == 1 else same.all(axis=1)))


# The best one, and two whose difference is added to it.
LEAST = 3


@frozen
class DifferentialEvolution(Composed[MoveQuery, Candidates]):
    r"""Add a multiple of the difference of two good trials to the best one (DE/best/1/bin).

    .. math:: s(v) = s(x_{\text{best}}) + \text{factor} \cdot (s(x_i) - s(x_j))

    with *s* the natural scale (logarithmic without both bounds), reflected at the bounds, and
    *i* ≠ *j* drawn for each candidate from the population without its best. A parameter comes from
    *v* with the chance *crossover*, one in any case, otherwise from the trial stepped from. So
    steps are as long, in each parameter, as the good trials differ. A choice, a boolean and a
    sequence of another length are those of trial *i*, with the chance *factor*, where *i* and *j*
    differ. As long as the population has fewer than three trials the candidates are those of
    another move.

    Parameters
    ----------
    factor : float
        The multiple.
    crossover : float
        The chance with which a parameter changes.
    population : int
        How many of the best trials (with different configurations), at least three.
    of : Move
        The move that draws as long as there are too few.

    Examples
    --------
    >>> DifferentialEvolution(population=20).factor
    0.5

    References
    ----------
    Storn and Price (1997), "Differential evolution - a simple and efficient heuristic for global
    optimization over continuous spaces", Journal of Global Optimization 11, pp. 341-359.
    """

    factor: float = field(default=0.5, validator=not_negative)
    crossover: float = field(default=0.5, validator=share)
    population: int = field(default=10, validator=count)
    of: Move = field(default=LocalPerturbation(), validator=part)

    @population.validator
    def _check_population(self, attribute: Any, value: int) -> None:  # noqa: ARG002
        if value < LEAST:
            raise ComponentError(
                f"DifferentialEvolution.population = {value!r} must be at least {LEAST}; raise it"
            )

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates."""
        study, space, at = query.study, query.study.known_space, query.parent - 1
        good = good_trials(study, self.population)
        names = space.searched
        if len(good) < LEAST:
            asked = evolve(query, key=query.key.child("of"))
            candidates: Candidates = self.read_part(state, "of", asked)
            return candidates
        coordinates = study.coordinates
        best, others = good[0], good[1:]

        def draw(rng: np.random.Generator, n: int) -> dict[str, np.ndarray[Any, Any]]:
            first = rng.integers(len(others), size=n)
            second = (first + rng.integers(1, len(others), size=n)) % len(others)
            i, j = others[first], others[second]
            crossed = rng.random((n, len(names))) < self.crossover
            crossed[np.arange(n), rng.integers(len(names), size=n)] = True
            columns = {
                name: np.repeat(column[at : at + 1], n, axis=0)
                for name, column in coordinates.items()
            }
            for k, name in enumerate(names):
                column = coordinates[name]
                mutant = self._mutant(rng, space[name], column[best], column[j], column[i])
                # What is inactive in the trial stepped from may be wanted by another parameter.
                lacks = np.all(np.isnan(columns[name]).reshape(n, -1), axis=1)
                use = crossed[:, k] | (lacks & space.conditional)
                columns[name][use] = mutant[use]
            return columns

        return drawn(query, draw)

    def _mutant(self, rng: np.random.Generator, dimension: Any, x: Any, a: Any, b: Any) -> Any:
        """Return the best's coordinates plus the factor times b - a, or b's."""
        n = len(a)
        times = np.full(n, float(self.factor))
        donated = rng.random(n) < self.factor
        if isinstance(dimension, Sequence):
            rows, able = shifted_rows(dimension, x, a, b, times)
            same = np.all((a == b) | (np.isnan(a) & np.isnan(b)), axis=1)
            return np.where((donated & ~able & ~same)[:, None], b, rows)
        y = shifted(dimension, x, a, b, times)
        if not has_scale(dimension):
            y = np.where(donated & (a != b) & ~np.isnan(b), b, y)
        # What is inactive in the best comes from one that has it.
        y = np.where(np.isnan(y), b, y)
        return np.where(np.isnan(y), a, y)
