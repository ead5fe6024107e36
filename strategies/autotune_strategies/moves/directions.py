"""Moves along a direction: that of past successes, or a line through two good trials."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from autotune.space import Sequence
from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.validators import count, not_negative, part, positive, share
from autotune.study import Study
from autotune_strategies.moves.combinations import interleaved
from autotune_strategies.moves.perturbation import LocalPerturbation
from autotune_strategies.moves.recombination import (
    drawn,
    good_trials,
    has_scale,
    shifted,
    shifted_rows,
)
from autotune_strategies.schedules.decay import check_upside

__all__ = ["LineMove", "Momentum"]


@frozen
class Momentum(Composed[MoveQuery, Candidates]):
    r"""Repeat the move that succeeded last, a random factor longer or shorter.

    .. math:: s(x') = s(x) + f\,(s(x_i) - s(x_p)), \qquad
        \log f \sim U(\log \text{shortest}, \log \text{longest})

    where *s* is the natural scale and trial *i* the last that was accepted with a better score than
    the trial *p* that it stepped from. A number between bounds goes on by the same part of its
    range (reflected at its ends), one without both bounds is multiplied by the same factor, and
    sequences of the same length go on element by element. Booleans and choices stay, and so do
    sequences whose length differs. As long as there is no such success, all candidates are those of
    the other move.

    Parameters
    ----------
    of : Move
        The other move.
    share : float
        The chance that a candidate repeats the last success; otherwise it is the other move's.
    shortest, longest : float
        Bounds of the factor; equal for a fixed one.

    Examples
    --------
    >>> Momentum(share=0.25, shortest=1.0, longest=1.0).of
    LocalPerturbation(length=Constant(value=0.2), mean_number=2.0)

    References
    ----------
    Hooke and Jeeves (1961), "'Direct search' solution of numerical and statistical problems",
    Journal of the ACM 8, pp. 212-229 (the pattern move).
    """

    of: Move = field(default=LocalPerturbation(), validator=part)
    share: float = field(default=0.5, validator=share)
    shortest: float = field(default=0.5, validator=positive)
    longest: float = field(default=2.0, validator=positive)

    def __attrs_post_init__(self) -> None:
        check_upside(self, "shortest", "longest")

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidates."""
        study, key, n = query.study, query.key, query.count
        success = last_success(study, query.parent)
        repeats = np.zeros(n, dtype=np.bool_)
        if success is not None:
            repeats = key.child("which").generator().random(n) < self.share
        k = int(repeats.sum())
        rest = evolve(query, key=key.child("of"), count=n - k)
        if k == 0 or success is None:
            candidates: Candidates = self.read_part(state, "of", rest)
            return candidates
        repeated = self._repeated(evolve(query, key=key.child("repeat"), count=k), *success)
        if k == n:
            return repeated
        others: Candidates = self.read_part(state, "of", rest)
        return interleaved((repeated, others), np.where(repeats, 0, 1))

    def _repeated(self, query: MoveQuery, begin: int, end: int) -> Candidates:
        study, at = query.study, query.parent - 1
        coordinates = study.coordinates
        low, high = math.log(self.shortest), math.log(self.longest)

        def draw(rng: np.random.Generator, n: int) -> dict[str, np.ndarray[Any, Any]]:
            times = np.exp(low + (high - low) * rng.random(n))
            columns = {}
            for name, dimension in study.known_space.parameters:
                column = coordinates[name]
                x, a, b = column[at], column[begin - 1], column[end - 1]
                if isinstance(dimension, Sequence):
                    columns[name], _ = shifted_rows(dimension, x, a, b, times)
                else:
                    columns[name] = shifted(dimension, x, a, b, times)
            return columns

        return drawn(query, draw)


def last_success(study: Study, parent: int) -> tuple[int, int] | None:
    """Return where the last successful move began and ended that can be repeated from a trial.

    Parameters
    ----------
    study : Study
        The state.
    parent : int
        The trial.

    Returns
    -------
    tuple of int or None
        Two trials, the later one accepted and better, which differ in a number or ordinal that the
        trial has as well. None where there are none.
    """
    score = study.outcomes().value
    verdicts = study.verdicts
    coordinates = study.coordinates
    for end in verdicts["trial"][verdicts["accepted"]][::-1].tolist():
        begin = study.parent(end)
        # False also where one of them has no score.
        if begin is None or not score[end - 1] > score[begin - 1]:
            continue
        for name, dimension in study.known_space.parameters:
            x, a, b = (coordinates[name][[t - 1]] for t in (parent, begin, end))
            if isinstance(dimension, Sequence):
                _, able = shifted_rows(dimension, x, a, b, np.ones(1))
                if able[0] and bool(np.any(np.abs(a - b) > 0)):
                    return begin, end
            elif has_scale(dimension) and not np.isnan(x[0]) and np.abs(a[0] - b[0]) > 0:
                return begin, end
    return None


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
            asked = evolve(query, key=query.key.child("of"))
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
