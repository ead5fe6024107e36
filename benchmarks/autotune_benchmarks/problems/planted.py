"""Made-up problems with a structure that is known, one that searches meet in practice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from attrs import frozen

from autotune.space import (
    Boolean,
    Categorical,
    Configuration,
    Dimension,
    Equals,
    Float,
    Integer,
    Space,
)
from autotune_benchmarks.problems.own_problem import OwnProblem

__all__ = [
    "PLANTED",
    "Cliff",
    "CostGradient",
    "HeavyNoise",
    "Irrelevant",
    "MixedKinds",
    "NarrowValley",
    "load_planted",
]


@frozen
class Irrelevant(OwnProblem):
    r"""Two parameters of many matter: :math:`(u_0 - 0.7)^2 + 4 (u_1 - 0.2)^2`.

    Parameters
    ----------
    others : int
        How many do nothing at all.
    """

    others: int = 10
    name = "planted/irrelevant"
    best = 0.0

    @cached_property
    def space(self) -> Space:
        """All between 0 and 1."""
        return Space({f"u{i}": Float(0, 1) for i in range(2 + self.others)})

    def truth(self, configuration: Configuration) -> float:
        """Return the loss."""
        u, v = configuration["u0"], configuration["u1"]
        return float((u - 0.7) ** 2 + 4 * (v - 0.2) ** 2)

    def optimum(self) -> dict[str, Any]:
        """Return a configuration whose regret is 0."""
        return {**self.space.start, "u0": 0.7, "u1": 0.2}


@frozen
class NarrowValley(OwnProblem):
    r"""A learning rate and a batch size that must go together: a valley along a diagonal.

    With *a*, *b* on their logarithmic scales from 0 to 1,
    :math:`100 (a - b - 0.1)^2 + (a + b - 1.3)^2`: ten times as steep across as along.
    """

    name = "planted/narrow_valley"
    best = 0.0

    @cached_property
    def space(self) -> Space:
        """Two numbers on logarithmic scales."""
        return Space({"rate": Float(1e-5, 1, log=True), "batch": Float(1, 1e5, log=True)})

    def truth(self, configuration: Configuration) -> float:
        """Return the loss."""
        a = math.log10(configuration["rate"]) / 5 + 1
        b = math.log10(configuration["batch"]) / 5
        return 100 * (a - b - 0.1) ** 2 + (a + b - 1.3) ** 2

    def optimum(self) -> dict[str, Any]:
        """Return the configuration whose regret is 0."""
        return {"rate": 10 ** (5 * (0.7 - 1)), "batch": 10 ** (5 * 0.6)}


@frozen
class Cliff(OwnProblem):
    r"""Larger learning rates are better until training diverges, just behind the best one.

    With *a* = log10 rate, the loss is :math:`0.1 + (a + 1)^2 / 9 + 0.05 (depth - 6)^2` while
    :math:`a + 0.05\, depth \le -0.7`, and beyond that the trial fails.
    """

    name = "planted/cliff"
    best = 0.1

    @cached_property
    def space(self) -> Space:
        """A learning rate and a depth."""
        parameters: dict[str, Dimension] = {
            "rate": Float(1e-4, 10, log=True),
            "depth": Integer(1, 10),
        }
        return Space(parameters)

    def truth(self, configuration: Configuration) -> float:
        """Return the loss; NaN beyond the cliff."""
        a, depth = math.log10(configuration["rate"]), configuration["depth"]
        if a + 0.05 * depth > -0.7 + 1e-12:
            return math.nan
        return float(0.1 + (a + 1) ** 2 / 9 + 0.05 * (depth - 6) ** 2)

    def optimum(self) -> dict[str, Any]:
        """Return the configuration whose regret is 0: it stands on the edge."""
        return {"rate": 10.0**-1, "depth": 6}


@frozen
class CostGradient(OwnProblem):
    r"""Good configurations exist at any cost, and seconds range over more than three decades.

    The loss is :math:`(\log_{10} rate + 2)^2 + 0.02\, (9 - \log_2 trees)`, the seconds
    :math:`0.01 \cdot trees \cdot depth`; depth matters for them alone.
    """

    name = "planted/cost_gradient"
    best = 0.0

    @cached_property
    def space(self) -> Space:
        """A learning rate, a number of trees and their depth."""
        parameters: dict[str, Dimension] = {
            "rate": Float(1e-4, 1, log=True),
            "trees": Integer(2, 512, log=True),
            "depth": Integer(1, 16),
        }
        return Space(parameters)

    def truth(self, configuration: Configuration) -> float:
        """Return the loss."""
        rate, trees = configuration["rate"], configuration["trees"]
        return float((math.log10(rate) + 2) ** 2 + 0.02 * (9 - math.log2(trees)))

    def seconds(self, configuration: Configuration) -> float:
        """Return what evaluating costs."""
        return float(0.01 * configuration["trees"] * configuration["depth"])

    def optimum(self) -> dict[str, Any]:
        """Return a configuration whose regret is 0."""
        return {"rate": 10.0**-2, "trees": 512, "depth": 1}


@frozen
class HeavyNoise(OwnProblem):
    r"""A parabola in three parameters, :math:`\sum (u_i - c_i)^2`, in noise as large as itself.

    The noise is larger where the loss is: its deviation is :math:`0.15 + 0.2 f(x)`.
    """

    name = "planted/heavy_noise"
    best = 0.0

    @cached_property
    def space(self) -> Space:
        """All between 0 and 1."""
        return Space({f"u{i}": Float(0, 1) for i in range(3)})

    def truth(self, configuration: Configuration) -> float:
        """Return the loss without noise."""
        return float(sum((configuration[f"u{i}"] - c) ** 2 for i, c in enumerate((0.3, 0.6, 0.85))))

    def noise(self, configuration: Configuration) -> float:
        """Return the noise's standard deviation."""
        return 0.15 + 0.2 * self.truth(configuration)

    def optimum(self) -> dict[str, Any]:
        """Return the configuration whose regret is 0."""
        return {"u0": 0.3, "u1": 0.6, "u2": 0.85}


@frozen
class MixedKinds(OwnProblem):
    """A choice decides which parameters there are; numbers of all kinds, with some noise.

    The booster wins by its ``rate``, the forest is good without much tuning, and the linear model
    hardly depends on anything.
    """

    name = "planted/mixed_kinds"
    best = 0.0

    @cached_property
    def space(self) -> Space:
        """Three models with parameters of their own, and two that all have."""
        parameters: dict[str, Dimension] = {
            "model": Categorical(["linear", "forest", "booster"]),
            "penalty": Float(1e-4, 1e2, log=True),
            "leaves": Integer(2, 256, log=True),
            "rate": Float(1e-3, 1, log=True),
            "features": Integer(1, 20),
            "scaled": Boolean(),
        }
        return Space(
            parameters,
            conditions={
                "penalty": Equals("model", "linear"),
                "leaves": Equals("model", "forest"),
                "rate": Equals("model", "booster"),
            },
        )

    def truth(self, configuration: Configuration) -> float:
        """Return the loss without noise."""
        loss = 0.002 * (configuration["features"] - 12) ** 2
        match configuration["model"]:
            case "linear":
                loss += 0.5 + 0.01 * abs(math.log10(configuration["penalty"]))
                loss += 0.0 if configuration["scaled"] else 0.1
            case "forest":
                loss += 0.15 + 0.02 * (math.log2(configuration["leaves"]) - 6) ** 2
            case _:
                loss += 0.8 * (math.log10(configuration["rate"]) + 1) ** 2
                loss += 0.0 if configuration["scaled"] else 0.01
        return float(loss)

    def noise(self, configuration: Configuration) -> float:  # noqa: ARG002
        """Return the noise's standard deviation."""
        return 0.02

    def seconds(self, configuration: Configuration) -> float:
        """Return what evaluating costs."""
        dear = {"linear": 0.02, "forest": 0.5, "booster": 1.0}[configuration["model"]]
        return float(dear * (1 + configuration["features"] / 20))

    def optimum(self) -> dict[str, Any]:
        """Return the configuration whose regret is 0."""
        return {"model": "booster", "rate": 0.1, "features": 12, "scaled": True}


_PROBLEMS: Mapping[str, OwnProblem] = MappingProxyType(
    {
        problem.name: problem
        for problem in (
            Irrelevant(),
            NarrowValley(),
            Cliff(),
            CostGradient(),
            HeavyNoise(),
            MixedKinds(),
        )
    }
)

PLANTED: tuple[str, ...] = tuple(_PROBLEMS)
"""The names of all."""


def load_planted(name: str) -> OwnProblem:
    """Return the problem of a name.

    Parameters
    ----------
    name : str
        One of ``PLANTED``.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in _PROBLEMS:
        raise ValueError(f"problem {name!r} must be one of {', '.join(PLANTED)}")
    return _PROBLEMS[name]
