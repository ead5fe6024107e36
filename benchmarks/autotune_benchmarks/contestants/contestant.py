"""Who takes part: a recipe, a recipe with one part swapped, or another tool."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from typing import Any, Literal, TypeAlias

from attrs import frozen

from autotune.strategy import Strategy, describe
from autotune.study import Event
from autotune_benchmarks.contestants.search import limited, search_by_peer, search_by_strategy
from autotune_benchmarks.peers.peer import Peer
from autotune_benchmarks.problems.layered_table import LayeredTable
from autotune_benchmarks.problems.problem import Problem
from autotune_benchmarks.problems.recorded_tables import RecordedTable

__all__ = ["Contestant", "Kind"]

Kind: TypeAlias = Literal["recipe", "peer", "component"]


@frozen
class Contestant:
    """What searches, under its name.

    Parameters
    ----------
    name : str
        That of the recipe or of the peer, or ``group/label`` of a component.
    by : Strategy or Peer
        What searches.
    group : str
        The kind of part that is swapped; empty for recipes and peers.
    against : str
        The name of the contestant that it is compared with, its own if with none; empty where the
        report chooses.
    folds : bool
        Whether the recorded seeds are the folds of a cross-validation, rather than luck. The budget
        is then that of so many trials with all folds.
    layers : bool
        Whether the width and depth of a recorded network are searched as a sequence of layers.
    prior : int
        Random trials taken over as earlier results, out of the budget.
    """

    name: str
    by: Strategy | Peer
    group: str = ""
    against: str = ""
    folds: bool = False
    layers: bool = False
    prior: int = 0

    @property
    def strategy(self) -> Strategy:
        """What decides, where that is a strategy of this library."""
        assert isinstance(self.by, Strategy)
        return self.by

    @property
    def kind(self) -> Kind:
        """What kind of contestant it is."""
        if not isinstance(self.by, Strategy):
            return "peer"
        return "component" if self.group else "recipe"

    def missing(self) -> str | None:
        """Return why it can't run here, with the remedy; None if it can."""
        return None if isinstance(self.by, Strategy) else self.by.missing()

    def version(self) -> str:
        """Return the version of what searches."""
        if not isinstance(self.by, Strategy):
            return self.by.version()
        try:
            return metadata.version("autotune-search")
        except metadata.PackageNotFoundError:
            return "not installed"

    def described(self) -> dict[str, Any]:
        """Return how it searches, as plain data."""
        if isinstance(self.by, Strategy):
            return describe(self.by)
        return {"peer": self.by.name, "settings": self.by.settings()}

    def fingerprint(self) -> str:
        """Return what changes when the description, the version or the way of running does.

        It does not see changes of the code behind them.
        """
        said: list[Any] = [self.described(), self.version() if self.kind == "peer" else None]
        if self.folds or self.layers or self.prior:
            said.append([self.folds, self.layers, self.prior])
        text = json.dumps(said, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def takes(self, problem: str) -> bool:
        """Tell whether it can search a problem: layers need a width and a depth."""
        return not self.layers or problem.startswith("hpobench/")

    def seen(self, problem: Problem) -> Problem:
        """Return what it searches in: the problem, or the same with layers."""
        if not self.layers:
            return problem
        assert isinstance(problem, RecordedTable)
        return LayeredTable(problem)

    def search(
        self, problem: Problem, seed: int, trials: int, seconds: float | None = None
    ) -> list[Event]:
        """Search a problem, and return the events.

        Parameters
        ----------
        problem : Problem
            Where.
        seed : int
            The number of the run.
        trials : int
            The budget.
        seconds : float, optional
            The budget in seconds, of evaluating and asking together.
        """
        seen = self.seen(problem)
        if not isinstance(self.by, Strategy):
            return search_by_peer(seen, self.by, seed, trials, seconds=seconds)
        # A rule to stop counts trials, whatever their folds, and leaves out those taken over.
        by_rule = not (self.folds or self.prior)
        return search_by_strategy(
            seen,
            limited(self.by, trials if by_rule else None, seconds),
            seed,
            folds=self.folds,
            prior=self.prior,
            evaluations=None if by_rule else trials * (seen.n_folds if self.folds else 1),
        )
