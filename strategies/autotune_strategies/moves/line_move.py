"""Along the lines from earlier trials through the incumbent."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.space import Sequence
from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.validators import count, not_negative, part, positive
from autotune_strategies.moves.local_perturbation import LocalPerturbation
from autotune_strategies.moves.recombination import (
    drawn,
    good_trials,
    has_scale,
    shifted,
    shifted_rows,
)

__all__ = ["LineMove"]


@frozen
class LineMove(Composed[MoveQuery, Candidates]):
    r"""Move along the line from an earlier good trial through the one stepped from, and beyond.

    .. math:: s(x') = s(x) + t\,(s(x) - s(x_i)), \qquad t \sim U(-\text{back}, \text{beyond})

    where *s* is the natural scale and trial *i* is drawn for each candidate from the best with
    another configuration: at *t* = 0 is the trial stepped from, at -1 the earlier one. Numbers and
    ordinals lie on the line (reflected at its bounds), those without both bounds on a logarithmic
    scale; sequences of the same length do element by element; anything else is as in the nearer of
    the two trials. As long as there are no two trials the candidates are those of another move.

    Parameters
    ----------
    back, beyond : float
        How far the candidates lie towards the earlier trial, and away from it, in units of the
        distance of the two.
    top : int
        From how many trials the earlier one is drawn.
    of : Move
        The move that draws as long as there is no line.

    Examples
    --------
    >>> LineMove(beyond=2.0).back
    0.5

    References
    ----------
    Hooke and Jeeves (1961), "'Direct search' solution of numerical and statistical problems",
    Journal of the ACM 8, pp. 212-229; Powell (1964), "An efficient method for finding the minimum
    of a function of several variables without calculating derivatives", Computer Journal 7,
    pp. 155-162 (searches along lines through earlier points).
    """

    back: float = field(default=0.5, validator=not_negative)
    beyond: float = field(default=1.0, validator=positive)
    top: int = field(default=10, validator=count)
    of: Move = field(default=LocalPerturbation(), validator=part)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates."""
        study, at = query.study, query.parent - 1
        others = good_trials(study, self.top, besides=query.parent)
        if len(others) == 0:
            asked = MoveQuery(study, query.key.child("of"), query.parent, query.count)
            candidates: Candidates = self.read_part(state, "of", asked)
            return candidates
        coordinates = study.coordinates

        def draw(rng: np.random.Generator, n: int) -> dict[str, np.ndarray[Any, Any]]:
            rows = others[rng.integers(len(others), size=n)]
            times = rng.uniform(-self.back, self.beyond, size=n)
            near_other = times < -0.5
            columns = {}
            for name, dimension in study.known_space.parameters:
                column = coordinates[name]
                x, a = column[at], column[rows]
                if isinstance(dimension, Sequence):
                    on_line, able = shifted_rows(dimension, x, a, x, times)
                    use = ~able & near_other
                    columns[name] = np.where(use[:, None], a, on_line)
                elif has_scale(dimension):
                    # Of a parameter that only one of the two has, that one's value.
                    on_line = shifted(dimension, x, a, x, times)
                    columns[name] = np.where(np.isnan(x), a, on_line)
                else:
                    use = near_other | np.isnan(x)
                    columns[name] = np.where(use & ~np.isnan(a), a, x)
            return columns

        return drawn(query, draw)
