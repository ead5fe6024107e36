"""Crossover of the best trials."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.validators import count, part, share
from autotune_strategies.moves.local_perturbation import LocalPerturbation
from autotune_strategies.moves.recombination import drawn, good_trials

__all__ = ["Crossover"]


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
            asked = MoveQuery(study, query.key.child("of"), query.parent, query.count)
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
