"""CMA-ES as its author's package has it, by its ask-and-tell interface."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import define, field, frozen

from autotune.space import Configuration
from autotune.study import Direction
from autotune_benchmarks.peers.flat_space import FlatSpace
from autotune_benchmarks.peers.installed import loss, missing, quiet, short_seed, versions
from autotune_benchmarks.problems.problem import Problem

__all__ = ["CmaSearch", "CmaSession"]

_SIGMA = 0.3  # a third or so of the unit cube's edge, as the package's documentation advises


@define
class CmaSession:
    """An evolution strategy, asked for a generation at a time and told of it when it is scored.

    Parameters
    ----------
    strategy : cma.CMAEvolutionStrategy
        On the unit cube.
    flat : FlatSpace
        What it searches in.
    direction : {"maximize", "minimize"}
        Which scores are better.
    first : mapping
        What it begins with, the mean of the first generation.
    dimensions : int
        How many of its coordinates mean something; it needs two.
    """

    strategy: Any
    flat: FlatSpace
    direction: Direction
    first: Configuration
    dimensions: int
    cost: int = 1
    _generation: list[Any] = field(factory=list)
    _losses: list[float] = field(factory=list)
    _asked: int = 0
    _best: Configuration | None = None
    _best_loss: float = math.inf

    def ask(self) -> dict[str, Any]:
        """Return the first point, then the members of one generation after the other."""
        self._asked += 1
        if self._asked == 1:
            return dict(self.first)
        if len(self._losses) == len(self._generation):
            with quiet("cma"):
                if self._generation:
                    self.strategy.tell(self._generation, self._losses)
                self._generation, self._losses = self.strategy.ask(), []
        x = self._generation[len(self._losses)][: self.dimensions]
        return self.flat.configuration(self.flat.from_unit(np.asarray(x)))

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:  # noqa: ARG002
        """Keep the loss until the generation is complete; a failed trial's is infinite."""
        found = loss(self.direction, score)
        if found is not None and found < self._best_loss:
            self._best, self._best_loss = dict(configuration), found
        if self._asked > 1:
            self._losses.append(math.inf if found is None else found)

    def best(self) -> dict[str, Any]:
        """Return what had the least loss, as ``result.xbest`` does."""
        return dict(self.first if self._best is None else self._best)


@frozen
class CmaSearch:
    """CMA-ES of the package cma.

    Notes
    -----
    All parameters are taken to the unit cube, logarithmic ones on their scale, and an axis is cut
    into equal parts for whole numbers, ordered values and choices, which is the usual relaxation.
    The first point is evaluated, then it is the mean of the first generation. Its best is what had
    the least loss, ``result.xbest``; a failed trial's loss is infinite.
    """

    @property
    def name(self) -> str:
        """Its name."""
        return "cma-es"

    def missing(self) -> str | None:
        """Return what can't be imported."""
        return missing("cma")

    def version(self) -> str:
        """Return the package's version."""
        return versions("cma")

    def settings(self) -> dict[str, Any]:
        """Return what is set."""
        return {
            "x0": "the first point, which is also evaluated first",
            "sigma0": _SIGMA,
            "bounds": "the unit cube, log scales taken to it",
            "integers, ordered values, choices": "equal parts of an axis",
            "seed": "the run's",
            "inactive parameters": "kept, not looked at",
        }

    def session(
        self,
        problem: Problem,
        first: Configuration,
        seed: int,
        n_trials: int,  # noqa: ARG002
    ) -> CmaSession:
        """Begin a search."""
        with quiet("cma"):
            import cma

            flat = FlatSpace(problem.space)
            x0 = flat.unit(flat.all_values(first))
            dimensions = len(x0)
            if dimensions == 1:
                x0 = np.append(x0, 0.5)
            strategy = cma.CMAEvolutionStrategy(
                x0,
                _SIGMA,
                {"bounds": [0, 1], "seed": short_seed(seed) + 1, "verbose": -9},
            )
        return CmaSession(strategy, flat, problem.direction, first, dimensions)
