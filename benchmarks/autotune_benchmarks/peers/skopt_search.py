"""scikit-optimize's Gaussian process, by its ask-and-tell interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import define, frozen

from autotune.space import Configuration
from autotune_benchmarks.peers.flat_space import Choice, Flat, FlatSpace, Place, Real, Whole
from autotune_benchmarks.peers.installed import quiet, short_seed
from autotune_benchmarks.peers.tool import Tool, ToolSession
from autotune_benchmarks.problems.problem import Problem

__all__ = ["SkoptSearch", "SkoptSession"]


@define(eq=False)
class SkoptSession(ToolSession):
    """A ``skopt.Optimizer`` of a flat space that is asked and told."""

    flat: FlatSpace
    optimizer: Any
    _point: list[Any] | None = None
    _worst: float | None = None
    _unscored: list[list[Any]] | None = None

    def ask(self) -> dict[str, Any]:
        """Return the first point, and what the optimizer asks for after it."""
        if self._point is None:
            values = self.flat.all_values(self.first)
            self._point = [_tool_value(p, values[p.name]) for p in self.flat.parameters]
            return dict(self.first)
        with quiet():
            self._point = self.optimizer.ask()
        return self._configuration(self._point)

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:  # noqa: ARG002
        """Tell of the loss; of a failed trial, which it has no word for, the worst loss so far."""
        found = self.loss(configuration, score)
        waiting = self._unscored or []
        if found is None and self._worst is None:
            self._unscored = [*waiting, self._point or []]
            return
        with quiet():
            if found is not None:
                self._worst = found if self._worst is None else max(found, self._worst)
            for point in waiting:
                self.optimizer.tell(point, self._worst)
            self._unscored = None
            self.optimizer.tell(self._point, self._worst if found is None else found)

    def best(self) -> dict[str, Any]:
        """Return ``get_result().x``, what had the least loss."""
        if len(self.optimizer.yi) == 0:
            return dict(self.first)
        losses = self.optimizer.yi
        place = min(range(len(losses)), key=losses.__getitem__)  # as get_result, without copies
        return self._configuration(self.optimizer.Xi[place])

    def _configuration(self, point: list[Any]) -> dict[str, Any]:
        return self.flat.configuration(
            dict(zip((p.name for p in self.flat.parameters), point, strict=True))
        )


def _tool_value(parameter: Flat, value: Any) -> Any:
    return f"{value}" if isinstance(parameter, Choice) else value


def _dimension(parameter: Flat) -> Any:
    from skopt.space import Categorical, Integer
    from skopt.space import Real as RealNumber

    match parameter:
        case Real(name=name, low=low, high=high, log=log):
            return RealNumber(low, high, prior="log-uniform" if log else "uniform", name=name)
        case Whole(name=name, low=low, high=high, log=log):
            return Integer(low, high, prior="log-uniform" if log else "uniform", name=name)
        case Place(name=name, n=n):
            return Integer(0, n - 1, name=name)
        case Choice(name=name, n=n):
            return Categorical([f"{i}" for i in range(n)], name=name)


@frozen
class SkoptSearch(Tool):
    """scikit-optimize with its Gaussian process.

    Notes
    -----
    It is left as it is by default: ten initial points, ``gp_hedge``. It knows no conditions:
    inactive parameters keep the values it gives them, and nobody looks at them. It knows no failed
    trials either; they are told as the worst loss so far.
    """

    name = "skopt-gp"
    modules = ("skopt",)
    packages = ("scikit-optimize",)
    given: ClassVar[Mapping[str, Any]] = {
        "base_estimator": "GP",
        "random_state": "the run's seed",
        "first point": "told first; it counts as one of the 10 initial points",
        "ordered values": "Integer place",
        "failed trials": "told the worst loss so far",
    }

    def session(
        self,
        problem: Problem,
        first: Configuration,
        seed: int,
        n_trials: int,  # noqa: ARG002
    ) -> SkoptSession:
        """Begin a search."""
        with quiet():
            from skopt import Optimizer

            flat = FlatSpace(problem.space)
            optimizer = Optimizer(
                [_dimension(parameter) for parameter in flat.parameters],
                base_estimator="GP",
                random_state=short_seed(seed),
            )
        return SkoptSession(problem.direction, first, flat, optimizer)
