"""Random search, the yardstick; twice the budget of it, a harder one."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import define, field, frozen, validators

from autotune.space import Configuration, Space
from autotune.strategy import Key
from autotune_benchmarks.peers.tool import Tool, ToolSession
from autotune_benchmarks.problems.problem import Problem

__all__ = ["RandomSearch", "RandomSession"]


@define(eq=False)
class RandomSession(ToolSession):
    """Draws evenly on the natural scales, from ``space`` with ``rng``."""

    space: Space
    rng: np.random.Generator

    def ask(self) -> dict[str, Any]:
        """Return the first configuration, then random ones that the constraints allow."""
        if self.is_first():
            return dict(self.first)
        while True:
            drawn = self.space.decode_row(self.space.sample(self.rng, 1), 0)
            if self.space.allows(drawn):
                return drawn


@frozen
class RandomSearch(Tool):
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
    packages = ("numpy",)

    @property
    def name(self) -> str:
        """Such as "random" and "random-2x"."""
        return "random" if self.times == 1 else f"random-{self.times}x"

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
        return RandomSession(problem.direction, first, problem.space, rng, cost=self.times)
