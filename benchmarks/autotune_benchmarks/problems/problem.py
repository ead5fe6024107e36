"""What every problem of a benchmark offers."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from autotune.objective import Measurement
from autotune.space import Configuration, Space
from autotune.strategy import Key
from autotune.study import Direction

__all__ = ["Instanced", "Measured", "Problem", "instance_of", "study_seed"]


class Problem(Protocol):
    """Something to search in, whose noise-free values are known to the referee alone."""

    @property
    def name(self) -> str:
        """What it is called, ``family/name``."""
        ...

    @property
    def family(self) -> str:
        """The problems it belongs with."""
        ...

    @property
    def space(self) -> Space:
        """The search space."""
        ...

    @property
    def direction(self) -> Direction:
        """Which scores are better."""
        ...

    @property
    def metric(self) -> str:
        """What the score is called."""
        ...

    @property
    def n_folds(self) -> int:
        """How many folds ``evaluate_folds`` knows."""
        ...

    def first(self, seed: int) -> dict[str, Any]:
        """Return the configuration that all runs with this seed begin with."""
        ...

    def evaluate(self, configuration: Configuration, seed: int, trial: int) -> tuple[float, float]:
        """Return score and seconds of a trial; the noise has the address (seed, trial)."""
        ...

    def evaluate_folds(self, configuration: Configuration, folds: tuple[int, ...]) -> Measurement:
        """Return scores and seconds of some folds; always the same."""
        ...

    def truth(self, configuration: Configuration) -> float:
        """Return the score without noise."""
        ...

    def regret(self, configuration: Configuration) -> float:
        """Return the normalised regret of the true score: 0 for the best, 1 for the median."""
        ...


@runtime_checkable
class Instanced(Protocol):
    """A kind of problem, of which runs with different numbers search different instances."""

    def instance(self, seed: int) -> Problem:
        """Return the problem that runs with this number search in."""
        ...


@runtime_checkable
class Measured(Protocol):
    """A problem that tells why a trial failed."""

    def measure(self, configuration: Configuration, seed: int, trial: int) -> Measurement:
        """Return the measurement of a trial, with the score and seconds of ``evaluate``."""
        ...


def instance_of(problem: Problem, seed: int) -> Problem:
    """Return what runs with this number search in: the problem itself, or an instance of it.

    Parameters
    ----------
    problem : Problem
        The problem, or the kind of problem.
    seed : int
        The number of the run.
    """
    return problem.instance(seed) if isinstance(problem, Instanced) else problem


def study_seed(problem: str, seed: int) -> int:
    """Return the seed of a study: runs of different problems share no randomness.

    Parameters
    ----------
    problem : str
        The problem's name.
    seed : int
        The number of the run.

    Examples
    --------
    >>> study_seed("hpobench/car", 0) == study_seed("hpobench/kc1", 0)
    False
    """
    return int(Key(seed).child("study", problem).generator().integers(2**63))
