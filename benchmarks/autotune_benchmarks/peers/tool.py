"""What adapters share: the packages of a tool, and what scored best while it searched."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import define, field, frozen

from autotune.space import Configuration
from autotune.study import Direction
from autotune_benchmarks.peers.installed import loss, missing, versions

__all__ = ["Tool", "ToolSession"]


@frozen
class Tool:
    """A peer whose packages are named, and what is set otherwise than it would by itself.

    A subclass has a ``name`` and ``session``, and in place of these attributes properties where
    they hang on its parameters. The notes of its docstring stand on the page of peers.
    """

    modules: ClassVar[tuple[str, ...]] = ()
    """What must be importable."""
    packages: ClassVar[tuple[str, ...]] = ()
    """The distributions whose versions are told."""
    given: ClassVar[Mapping[str, Any]] = {}
    """What is set."""

    def missing(self) -> str | None:
        """Return what can't be imported; None if nothing is missing."""
        return missing(*self.modules)

    def version(self) -> str:
        """Return the versions of its packages."""
        return versions(*self.packages)

    def settings(self) -> dict[str, Any]:
        """Return what is set."""
        return dict(self.given)


@define(eq=False)
class ToolSession:
    """A search whose best is what scored best, unless a subclass knows better.

    Parameters
    ----------
    direction : {"maximize", "minimize"}
        Which scores are better.
    first : mapping
        What it begins with.
    cost : int
        Evaluations that count as one.
    """

    direction: Direction
    first: Configuration
    cost: int = field(default=1, kw_only=True)
    _asked: int = field(default=0, init=False)
    _best: Configuration | None = field(default=None, init=False)
    _best_loss: float = field(default=math.inf, init=False)

    def is_first(self) -> bool:
        """Count what is asked for, and tell whether it is the first."""
        self._asked += 1
        return self._asked == 1

    def loss(self, configuration: Configuration, score: float) -> float | None:
        """Return the loss, None where the trial failed; keep the configuration if it is the least.

        Parameters
        ----------
        configuration : mapping
            What was tried.
        score : float
            What it scored.
        """
        found = loss(self.direction, score)
        if found is not None and (self._best is None or found < self._best_loss):
            self._best, self._best_loss = dict(configuration), found
        return found

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:  # noqa: ARG002
        """Keep the configuration if it scored best so far."""
        self.loss(configuration, score)

    def best(self) -> dict[str, Any]:
        """Return what scored best, the first configuration before anything did."""
        return dict(self.first if self._best is None else self._best)
