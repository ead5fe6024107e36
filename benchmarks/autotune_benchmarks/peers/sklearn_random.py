"""scikit-learn's RandomizedSearchCV: the candidates that its ``ParameterSampler`` draws."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from attrs import define, field, frozen
from scipy.stats import loguniform, randint, uniform

from autotune.space import Configuration
from autotune_benchmarks.peers.flat_space import Choice, Flat, FlatSpace, Place, Real, Whole
from autotune_benchmarks.peers.installed import short_seed
from autotune_benchmarks.peers.tool import Tool, ToolSession
from autotune_benchmarks.problems.problem import Problem

__all__ = ["RoundedLogUniform", "SklearnRandom", "SklearnRandomSession", "distributions"]


@frozen
class RoundedLogUniform:
    """Whole numbers on a logarithmic scale, which scipy has no distribution of.

    Parameters
    ----------
    low, high : int
        Bounds, both inclusive.
    """

    low: int
    high: int

    def rvs(self, random_state: np.random.RandomState | None = None) -> int:
        """Draw one, as scikit-learn asks a distribution to."""
        edges = loguniform(self.low - 0.5, self.high + 0.5)
        return int(np.clip(round(float(edges.rvs(random_state=random_state))), self.low, self.high))


def distributions(flat: FlatSpace) -> dict[str, Any]:
    """Return a space as ``param_distributions``; inactive parameters are drawn too."""
    return {parameter.name: _distribution(parameter) for parameter in flat.parameters}


def _distribution(parameter: Flat) -> Any:
    match parameter:
        case Real(low=low, high=high, log=True):
            return loguniform(low, high)
        case Real(low=low, high=high):
            return uniform(low, high - low)
        case Whole(low=low, high=high, log=True):
            return RoundedLogUniform(low, high)
        case Whole(low=low, high=high):
            return randint(low, high + 1)
        case Place(n=n) | Choice(n=n):
            return list(range(n))


@define(eq=False)
class SklearnRandomSession(ToolSession):
    """The first point, then candidates that were drawn beforehand."""

    candidates: list[dict[str, Any]] = field(repr=False)

    def ask(self) -> dict[str, Any]:
        """Return the next candidate; its best again when there are no more."""
        if self.is_first():
            return dict(self.first)
        if self._asked - 2 < len(self.candidates):
            return dict(self.candidates[self._asked - 2])
        return self.best()


@frozen
class SklearnRandom(Tool):
    """RandomizedSearchCV of scikit-learn.

    Notes
    -----
    It draws all candidates before it fits any, with ``ParameterSampler``; that is what is asked
    here. Parameters of branches that aren't taken are drawn and not looked at.
    """

    name = "sklearn-random"
    packages = ("scikit-learn",)
    given: ClassVar[Mapping[str, Any]] = {
        "n_iter": "the budget less the first point",
        "random_state": "the run's seed",
        "first point": "tried first; the search itself knows none",
        "ordered values": "a list, drawn evenly",
        "log scales": "loguniform; rounded for whole numbers",
    }

    def session(
        self, problem: Problem, first: Configuration, seed: int, n_trials: int
    ) -> SklearnRandomSession:
        """Begin a search."""
        from sklearn.model_selection import ParameterSampler

        flat = FlatSpace(problem.space)
        given = distributions(flat)
        n = n_trials - 1
        if all(isinstance(values, list) for values in given.values()):
            # Lists alone are drawn from without putting back.
            n = min(n, math.prod(len(values) for values in given.values()))
        drawn = ParameterSampler(given, n, random_state=short_seed(seed)) if n > 0 else ()
        candidates = [flat.configuration(values) for values in drawn]
        return SklearnRandomSession(problem.direction, first, candidates)
