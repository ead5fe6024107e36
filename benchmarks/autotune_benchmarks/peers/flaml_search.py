"""FLAML's CFO and BlendSearch, by the searchers' own interface, that of Ray Tune."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from attrs import define, frozen

from autotune.space import Configuration
from autotune_benchmarks.peers.flat_space import (
    Choice,
    Flat,
    FlatSpace,
    Place,
    Real,
    Whole,
    flattened,
)
from autotune_benchmarks.peers.installed import missing, quiet, short_seed, versions
from autotune_benchmarks.peers.tool import Tool, ToolSession
from autotune_benchmarks.problems.problem import Problem

__all__ = ["FlamlSearch", "FlamlSession"]

_TRIES = (
    100  # tune.run, too, gives up when a searcher has nothing to say so many times (max_failure)
)


@define(eq=False)
class FlamlSession(ToolSession):
    """A searcher of a flat space, asked and told as ``flaml.tune.run`` does.

    Its best is what had the least loss, as ``tune.run(...).best_config`` is.
    """

    flat: FlatSpace
    searcher: Any
    _given: dict[str, Any] | None = None

    def ask(self) -> dict[str, Any]:
        """Return what the searcher suggests.

        It suggests nothing where it has tried the same before, and is asked again. When it has had
        nothing to suggest for as often as ``tune.run`` would bear, its best is tried once more.
        """
        for _ in range(_TRIES):
            first = self.is_first()
            with quiet("flaml", "optuna"):
                self._given = self.searcher.suggest(str(self._asked))
            if first:
                return dict(self.first)
            if self._given is not None:
                return self.flat.configuration(flattened(self._given))
        return self.best()

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:
        """Tell the searcher of the loss and what it cost, or that the trial failed."""
        found = self.loss(configuration, score)
        if self._given is None:
            return
        with quiet("flaml", "optuna"):
            # What tune.run reports of a trial that returned nothing is an infinite loss as well.
            result = {
                "config": self._given,
                "loss": float("inf") if found is None else found,
                "time_total_s": seconds,
                "training_iteration": 0,
            }
            self.searcher.on_trial_result(str(self._asked), result)
            self.searcher.on_trial_complete(str(self._asked), result)


def _domain(parameter: Flat) -> Any:
    from flaml import tune

    match parameter:
        case Real(low=low, high=high, log=True):
            return tune.loguniform(low, high)
        case Real(low=low, high=high):
            return tune.uniform(low, high)
        case Whole(low=low, high=high, log=True):
            return tune.lograndint(low, high + 1)
        case Whole(low=low, high=high):
            return tune.randint(low, high + 1)
        case Place(n=n):
            return tune.randint(0, n)
        case Choice(n=n):
            # Of numbers it would make an order; words have none.
            return tune.choice([f"{i}" for i in range(n)])


@frozen
class FlamlSearch(Tool):
    """FLAML.

    Parameters
    ----------
    searcher : {"cfo", "blendsearch"}
        Which of its searchers suggests.

    Notes
    -----
    ``tune.run`` measures how long an evaluation takes, which is nothing when a score is looked up
    in a table; so the searcher itself is asked and told, as ``tune.run`` does, with the recorded
    seconds for ``time_total_s``. A first point is given to all tools alike, so there is no
    ``low_cost_partial_config``: it would tell FLAML, and nobody else, which values are cheap.
    BlendSearch brings its own searcher of Optuna's. Conditions aren't told: its nested choices
    would need a parameter twice where two branches share it. A failed trial's loss is infinite.
    """

    searcher: Literal["cfo", "blendsearch"] = "cfo"
    given: ClassVar[Mapping[str, Any]] = {
        "seed": "the run's",
        "first point": "points_to_evaluate",
        "cost_attr": "time_total_s, told the recorded seconds",
        "num_samples": "the budget",
        "ordered values": "randint of the place",
        "low_cost_partial_config": "none: no other tool is told which values are cheap",
    }

    @property
    def name(self) -> str:
        """Such as "flaml-cfo"."""
        return f"flaml-{self.searcher}"

    def missing(self) -> str | None:
        """Return what can't be imported."""
        return missing("flaml", *(("optuna",) if self.searcher == "blendsearch" else ()))

    def version(self) -> str:
        """Return FLAML's version and its helper's."""
        return versions("flaml", *(("optuna",) if self.searcher == "blendsearch" else ()))

    def session(
        self, problem: Problem, first: Configuration, seed: int, n_trials: int
    ) -> FlamlSession:
        """Begin a search."""
        with quiet("flaml", "optuna"):
            from flaml import CFO, BlendSearch

            flat = FlatSpace(problem.space)
            start = {
                name: f"{value}" if isinstance(flat[name], Choice) else value
                for name, value in flat.all_values(first).items()
            }
            searcher = (CFO if self.searcher == "cfo" else BlendSearch)(
                metric="loss",
                mode="min",
                space={parameter.name: _domain(parameter) for parameter in flat.parameters},
                points_to_evaluate=[start],
                num_samples=n_trials,
                cost_attr="time_total_s",
                seed=short_seed(seed),
            )
        return FlamlSession(problem.direction, first, flat, searcher)
