"""Random search, the yardstick; twice the budget of it, a harder one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import define, field, frozen, validators

from autotune.space import Configuration, Space
from autotune.strategy import Key
from autotune.study import Direction
from autotune_benchmarks.problems.problem import Problem

__all__ = ["RandomSearch", "RandomSession"]


@define
class RandomSession:
    """Candidates evenly on the natural scales; its best is what scored best.

    Parameters
    ----------
    space : Space
        Where.
    direction : {"maximize", "minimize"}
        Which scores are better.
    first : mapping
        What to begin with.
    rng : Generator
        What draws.
    cost : int
        Evaluations that count as one.
    """

    space: Space
    direction: Direction
    first: Configuration
    rng: np.random.Generator
    cost: int = 1
    _asked: bool = False
    _best: Configuration | None = None
    _best_score: float = math.nan

    def ask(self) -> dict[str, Any]:
        """Return the first configuration, then random ones that the constraints allow."""
        if not self._asked:
            self._asked = True
            return dict(self.first)
        while True:
            drawn = self.space.decode_row(self.space.sample(self.rng, 1), 0)
            if self.space.allows(drawn):
                return drawn

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:  # noqa: ARG002
        """Keep the configuration if it scored best so far."""
        if not math.isfinite(score):
            return
        sign = 1.0 if self.direction == "maximize" else -1.0
        if self._best is None or sign * score > sign * self._best_score:
            self._best, self._best_score = dict(configuration), score

    def best(self) -> dict[str, Any]:
        """Return what scored best, the first configuration before anything did."""
        return dict(self.first if self._best is None else self._best)


@frozen
class RandomSearch:
    """Random search.

    Parameters
    ----------
    times : int
        How many evaluations count as one: with 2 it has twice the others' budget.

    Notes
    -----
    It draws evenly on the natural scales; its best is what scored best. With twice the budget it is
    the yardstick of Li et al. (2018), "Hyperband".
    """

    times: int = field(default=1, validator=[validators.instance_of(int), validators.ge(1)])

    @property
    def name(self) -> str:
        """Such as "random" and "random-2x"."""
        return "random" if self.times == 1 else f"random-{self.times}x"

    def missing(self) -> str | None:
        """Nothing is: it is this package's own."""
        return None

    def version(self) -> str:
        """Return numpy's version, whose generator draws."""
        return f"numpy {np.__version__}"

    def settings(self) -> dict[str, Any]:
        """Return how many evaluations count as one."""
        return {"evaluations per trial": self.times}

    def session(
        self,
        problem: Problem,
        first: Configuration,
        seed: int,
        n_trials: int,  # noqa: ARG002
    ) -> RandomSession:
        """Begin a search."""
        rng = Key(seed).child("random search").generator()
        return RandomSession(problem.space, problem.direction, first, rng, self.times)
