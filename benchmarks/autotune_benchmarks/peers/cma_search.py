"""CMA-ES as its author's package has it, by its ask-and-tell interface."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from attrs import define, field, frozen

from autotune.space import Configuration
from autotune_benchmarks.peers.flat_space import FlatSpace
from autotune_benchmarks.peers.installed import quiet, short_seed
from autotune_benchmarks.peers.tool import Tool, ToolSession
from autotune_benchmarks.problems.problem import Problem

__all__ = ["CmaSearch", "CmaSession"]

_SIGMA = 0.3  # a third or so of the unit cube's edge, as the package's documentation advises


@define(eq=False)
class CmaSession(ToolSession):
    """An evolution strategy, asked for a generation at a time and told of it when it is scored.

    Parameters
    ----------
    direction, first
        As for ``ToolSession``; the first is the mean of the first generation.
    flat : FlatSpace
        What it searches in.
    strategy : cma.CMAEvolutionStrategy
        On the unit cube.
    dimensions : int
        How many of its coordinates mean something; it needs two.
    """

    flat: FlatSpace
    strategy: Any
    dimensions: int
    _generation: list[Any] = field(factory=list)
    _losses: list[float] = field(factory=list)

    def ask(self) -> dict[str, Any]:
        """Return the first point, then the members of one generation after the other."""
        if self.is_first():
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
        found = self.loss(configuration, score)
        if self._asked > 1:
            self._losses.append(math.inf if found is None else found)


@frozen
class CmaSearch(Tool):
    """CMA-ES of the package cma.

    Notes
    -----
    All parameters are taken to the unit cube, logarithmic ones on their scale, and an axis is cut
    into equal parts for whole numbers, ordered values and choices, which is the usual relaxation.
    The first point is evaluated, then it is the mean of the first generation. Its best is what had
    the least loss, ``result.xbest``; a failed trial's loss is infinite.
    """

    name = "cma-es"
    modules = ("cma",)
    packages = ("cma",)
    given: ClassVar[Mapping[str, Any]] = {
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
        return CmaSession(problem.direction, first, flat, strategy, dimensions)
