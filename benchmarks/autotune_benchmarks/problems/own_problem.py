"""The base of problems given by a formula; also of your own."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from autotune.objective import Measurement
from autotune.space import Configuration, Space
from autotune.strategy import Key
from autotune.study import Direction

__all__ = ["OwnProblem", "random_configuration", "random_median"]

_DRAWS = 2000


class OwnProblem(ABC):
    """A problem of which only name, space, true score and best score must be given.

    A subclass is hashable (a frozen attrs class, or any plain one) and has

    - ``name`` ("mine/parabola"), ``space``, and ``best``, the best true score there is;
    - ``truth(configuration)``, the score without noise; NaN where a trial fails;
    - where the defaults don't fit: ``direction``, ``metric``, ``noise`` (the standard deviation of
      a score), ``seconds`` (what evaluating costs), ``first``, ``median`` and ``n_folds``.

    Examples
    --------
    >>> from autotune.space import Float
    >>> class Parabola(OwnProblem):
    ...     name = "mine/parabola"
    ...     space = Space({"x": Float(-1, 1)})
    ...     best = 0.0
    ...     def truth(self, configuration):
    ...         return configuration["x"] ** 2
    ...     def seconds(self, configuration):
    ...         return 1.0 + configuration["x"]
    >>> problem = Parabola()
    >>> problem.evaluate({"x": 0.5}, seed=0, trial=1)
    (0.25, 1.5)
    >>> problem.regret({"x": 0.0}), round(problem.median, 1)
    (0.0, 0.3)
    """

    direction: ClassVar[Direction] = "minimize"
    metric: ClassVar[str] = "loss"
    n_folds: int = 5

    @property
    @abstractmethod
    def name(self) -> str:
        """What it is called, ``family/name``."""

    @property
    @abstractmethod
    def space(self) -> Space:
        """The search space."""

    @property
    @abstractmethod
    def best(self) -> float:
        """The best true score there is."""

    @abstractmethod
    def truth(self, configuration: Configuration) -> float:
        """Return the score without noise; NaN where a trial fails."""

    @property
    def family(self) -> str:
        """What stands before the name's slash."""
        return self.name.partition("/")[0]

    @property
    def median(self) -> float:
        """The true score of the median of many random configurations."""
        return random_median(self)

    def noise(self, configuration: Configuration) -> float:  # noqa: ARG002
        """Return the standard deviation of a score; 0 unless overridden."""
        return 0.0

    def seconds(self, configuration: Configuration) -> float:  # noqa: ARG002
        """Return what evaluating costs; 1 s unless overridden."""
        return 1.0

    def first(self, seed: int) -> dict[str, Any]:
        """Return the configuration that runs with this seed begin with: random, but no failure."""
        key = Key(seed).child("first")
        for draw in range(1000):
            found = random_configuration(self.space, key.child(draw))
            if math.isfinite(self.truth(found)):
                return found
        raise RuntimeError(f"{self.name}: none of 1000 random configurations has a finite truth")

    def evaluate(self, configuration: Configuration, seed: int, trial: int) -> tuple[float, float]:
        """Return score and seconds of a trial; the noise has the address (seed, trial)."""
        found = self.space.check(configuration)
        return self._noisy(found, Key(seed).child(trial, "noise")), self.seconds(found)

    def evaluate_folds(self, configuration: Configuration, folds: tuple[int, ...]) -> Measurement:
        """Return scores and seconds of folds, each with noise of its own; always the same.

        The noise is that of all folds together, which the mean over them would have.
        """
        found = self.space.check(configuration)
        share = math.sqrt(self.n_folds)
        scores = tuple(
            self._noisy(found, Key(fold).child("fold", repr(sorted(found.items()))), share)
            for fold in folds
        )
        return Measurement(
            folds,
            scores,
            (self.seconds(found) / self.n_folds,) * len(folds),
            (0.0,) * len(folds),
        )

    def _noisy(self, configuration: Configuration, key: Key, times: float = 1.0) -> float:
        score, sd = self.truth(configuration), self.noise(configuration)
        return score if sd == 0 else score + times * sd * float(key.generator().standard_normal())

    def regret(self, configuration: Configuration) -> float:
        """Return the normalised regret: 0 for the best, 1 for the median, infinite for failures."""
        score = self.truth(self.space.check(configuration))
        if not math.isfinite(score):
            return math.inf
        return (score - self.best) / (self.median - self.best) + 0.0  # no -0.0


def random_configuration(space: Space, key: Key) -> dict[str, Any]:
    """Return a configuration drawn evenly on the natural scales, one that the constraints allow.

    Parameters
    ----------
    space : Space
        Where.
    key : Key
        The address of the draw.
    """
    rng = key.generator()
    while True:
        found = space.decode_row(space.sample(rng, 1), 0)
        if space.allows(found):
            return found


@lru_cache(maxsize=1024)
def random_median(problem: OwnProblem) -> float:
    """Return the median true score of some two thousand random configurations.

    Failed ones count as the worst; the draws are always the same.

    Parameters
    ----------
    problem : OwnProblem
        Whose.
    """
    rng = Key(0).child("median", problem.name).generator()
    worst = -math.inf if problem.direction == "maximize" else math.inf
    drawn = problem.space.decode(problem.space.sample(rng, _DRAWS))
    scores = [problem.truth(each) for each in drawn if problem.space.allows(each)]
    return float(np.median([score if math.isfinite(score) else worst for score in scores]))
