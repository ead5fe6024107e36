"""Once more the move that succeeded last."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.space import Sequence
from autotune.strategy import Candidates, Composed, Move, MoveQuery
from autotune.strategy.validators import part, positive, share
from autotune.study import Study
from autotune_strategies.moves.interleaved import interleaved
from autotune_strategies.moves.local_perturbation import LocalPerturbation
from autotune_strategies.moves.recombination import (
    drawn,
    has_scale,
    shifted,
    shifted_rows,
)
from autotune_strategies.schedules.limits import check_upside

__all__ = ["Momentum"]


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
        rest = MoveQuery(study, key.child("of"), query.parent, n - k)
        if k == 0 or success is None:
            candidates: Candidates = self.read_part(state, "of", rest)
            return candidates
        repeated = self._repeated(MoveQuery(study, key.child("repeat"), query.parent, k), *success)
        if k == n:
            return repeated
        others: Candidates = self.read_part(state, "of", rest)
        return interleaved(study.known_space, (repeated, others), np.where(repeats, 0, 1))

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
