"""SMAC3's facade for hyper-parameters, by its ask-and-tell interface."""

from __future__ import annotations

import math
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

from attrs import define, field, frozen

from autotune.space import Configuration
from autotune_benchmarks.peers.flat_space import Choice, Flat, FlatSpace, Place, Real, Whole
from autotune_benchmarks.peers.installed import quiet, short_seed
from autotune_benchmarks.peers.tool import Tool, ToolSession
from autotune_benchmarks.problems.problem import Problem

__all__ = ["SmacSearch", "SmacSession"]

_LOGGERS = ("smac", "ConfigSpace")


@define(eq=False)
class SmacSession(ToolSession):
    """A facade, ``smac.HyperparameterOptimizationFacade``, of a flat space, asked and told."""

    flat: FlatSpace
    facade: Any
    _info: Any = None
    _through: bool = False
    _worst: float = -math.inf
    _unscored: list[Any] = field(factory=list)

    def ask(self) -> dict[str, Any]:
        """Return the first point, then what SMAC asks for; it may ask for the same again.

        Its best is tried again when it has tried every configuration there is.
        """
        from smac.main.exceptions import ConfigurationSpaceExhaustedException
        from smac.runhistory.dataclasses import TrialInfo

        with quiet(*_LOGGERS):
            if self._info is None:
                start = _configuration(self.facade.scenario.configspace, self.flat, self.first)
                self._info = TrialInfo(start, seed=0)  # SMAC takes this seed over
                return dict(self.first)
            try:
                if not self._through:
                    self._info = self.facade.ask()
            except (ConfigurationSpaceExhaustedException, StopIteration):
                self._through = True
        if self._through:
            return self.best()
        return self.flat.configuration(dict(self._info.config))

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:
        """Tell of cost and seconds; a failed trial's cost is the worst so far.

        An infinite one, SMAC's own choice, becomes NaN on the logarithmic scale of its model.
        """
        from smac.runhistory.dataclasses import TrialValue
        from smac.runhistory.enumerations import StatusType

        if self._through:
            return
        found = self.loss(configuration, score)
        if found is not None:
            self._worst = max(self._worst, found)
        self._unscored.append((self._info, found, seconds))
        if not math.isfinite(self._worst):
            return
        with quiet(*_LOGGERS):
            for info, cost, time in self._unscored:
                value = (
                    TrialValue(self._worst, time=time, status=StatusType.CRASHED)
                    if cost is None
                    else TrialValue(cost, time=time)
                )
                self.facade.tell(info, value, save=False)
        self._unscored.clear()

    def best(self) -> dict[str, Any]:
        """Return the intensifier's incumbent."""
        with quiet(*_LOGGERS):
            incumbents = self.facade.intensifier.get_incumbents()
        if len(incumbents) == 0:
            return dict(self.first)
        return self.flat.configuration(dict(incumbents[0]))


def _configuration(configspace: Any, flat: FlatSpace, first: Configuration) -> Any:
    from ConfigSpace import Configuration as SmacConfiguration

    return SmacConfiguration(configspace, values=flat.values(first))


def _hyperparameter(parameter: Flat) -> Any:
    from ConfigSpace import (
        CategoricalHyperparameter,
        OrdinalHyperparameter,
        UniformFloatHyperparameter,
        UniformIntegerHyperparameter,
    )

    match parameter:
        case Real(name=name, low=low, high=high, log=log):
            return UniformFloatHyperparameter(name, low, high, log=log)
        case Whole(name=name, low=low, high=high, log=log):
            return UniformIntegerHyperparameter(name, low, high, log=log)
        case Place(name=name, n=n):
            return OrdinalHyperparameter(name, list(range(n)))
        case Choice(name=name, n=n):
            return CategoricalHyperparameter(name, list(range(n)))


def _space(flat: FlatSpace, seed: int) -> Any:
    """Return the space with its conditions; those of kinds it doesn't know are left out."""
    from ConfigSpace import AndConjunction, ConfigurationSpace, InCondition

    space = ConfigurationSpace(seed=seed)
    hyperparameters = {p.name: _hyperparameter(p) for p in flat.parameters}
    space.add(list(hyperparameters.values()))
    for parameter in flat.parameters:
        wanted = None if parameter.condition is None else flat.parent_values(parameter.condition)
        if wanted is None:
            continue
        parts = [
            InCondition(hyperparameters[parameter.name], hyperparameters[parent], list(values))
            for parent, values in wanted.items()
        ]
        space.add(parts[0] if len(parts) == 1 else AndConjunction(*parts))
    return space


@frozen
class SmacSearch(Tool):
    """SMAC3 with its facade for hyper-parameters: a random forest and expected improvement.

    Parameters
    ----------
    deterministic : bool
        What SMAC is told of the objective. Ours are noisy, so it may try a configuration again.

    Notes
    -----
    The facade is the one that the documentation recommends for hyper-parameters: a random forest,
    expected improvement of log costs, a Sobol design of a quarter of the budget at most. The first
    point is told before SMAC is asked, which is how the documentation starts warm. Trying a
    configuration again counts against the budget, as any evaluation does. Its best is the
    intensifier's incumbent.
    """

    deterministic: bool = False

    def settings(self) -> dict[str, Any]:
        """Return what is set."""
        return {
            "facade": "HyperparameterOptimizationFacade",
            "deterministic": self.deterministic,
            "n_trials": "the budget",
            "seed": "the run's",
            "output_directory": "a temporary one",
            "failed trials": "told the worst cost so far",
            "first point": "told before the first ask",
            "ordered values": "OrdinalHyperparameter",
            "best": "the intensifier's incumbent",
        }

    name = "smac3"
    modules = ("smac",)
    packages = ("smac", "ConfigSpace")

    def session(
        self, problem: Problem, first: Configuration, seed: int, n_trials: int
    ) -> SmacSession:
        """Begin a search."""
        with quiet(*_LOGGERS):
            from smac import HyperparameterOptimizationFacade, Scenario

            flat = FlatSpace(problem.space)
            directory = mkdtemp(prefix="smac-")
            scenario = Scenario(
                _space(flat, short_seed(seed)),
                output_directory=Path(directory),
                deterministic=self.deterministic,
                n_trials=n_trials,
                seed=short_seed(seed),
            )
            facade = HyperparameterOptimizationFacade(
                scenario, _never_called, overwrite=True, logging_level=False
            )
        session = SmacSession(problem.direction, first, flat, facade)
        finalize(session, rmtree, directory, ignore_errors=True)
        return session


def _never_called(config: Any, seed: int = 0) -> float:
    raise AssertionError(f"SMAC is asked and told; it must not evaluate {config!r} with {seed}")
