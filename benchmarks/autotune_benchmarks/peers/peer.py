"""What every peer of a benchmark offers: another tool, run as its documentation recommends."""

from __future__ import annotations

from typing import Any, Protocol

from autotune.space import Configuration
from autotune_benchmarks.problems.problem import Problem

__all__ = ["Peer", "Session"]


class Session(Protocol):
    """One search of a tool: asked for a configuration, told of its score, turn by turn."""

    @property
    def cost(self) -> int:
        """How many evaluations an ``ask`` stands for; 1 but where the tool tries several at once.

        Where it is more, as many calls of ``ask`` follow each other as one trial of the budget.
        """
        ...

    def ask(self) -> dict[str, Any]:
        """Return what to try next; the first is the configuration that all runs begin with."""
        ...

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:
        """Take in the score of what was last asked for.

        Parameters
        ----------
        configuration : mapping
            What was tried.
        score : float
            As the problem's direction has it; not finite where the trial failed.
        seconds : float
            What evaluating it took.
        """
        ...

    def best(self) -> dict[str, Any]:
        """Return the configuration that the tool itself calls its best now."""
        ...


class Peer(Protocol):
    """Another tool, by value: equal peers run alike."""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        ...

    def missing(self) -> str | None:
        """Return why it can't run here and what to do about it; None if it can."""
        ...

    def version(self) -> str:
        """Return the versions of what it needs, such as "optuna 5.0.0"."""
        ...

    def settings(self) -> dict[str, Any]:
        """Return what is set otherwise than the tool would by itself."""
        ...

    def session(self, problem: Problem, first: Configuration, seed: int, n_trials: int) -> Session:
        """Begin a search.

        Parameters
        ----------
        problem : Problem
            Whose space and direction the tool is told of; nothing else of it.
        first : mapping
            The configuration to begin with.
        seed : int
            Of the tool's own randomness.
        n_trials : int
            The budget.
        """
        ...
