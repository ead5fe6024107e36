"""Differential evolution among the best trials."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.space import Sequence
from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.validators import count, not_negative, part, share
from autotune_strategies.moves.local_perturbation import LocalPerturbation
from autotune_strategies.moves.recombination import (
    drawn,
    good_trials,
    has_scale,
    shifted,
    shifted_rows,
)

__all__ = ["DifferentialEvolution"]

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
            asked = MoveQuery(study, query.key.child("of"), query.parent, query.count)
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
