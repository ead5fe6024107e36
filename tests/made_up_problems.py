"""Problems of one's own, and a tool with odd ways, for the tests of the benchmark."""

from __future__ import annotations

import math
from typing import Any

from attrs import define, field, frozen

from autotune.objective import Measurement
from autotune.space import Float, Integer, Space
from autotune.strategy import Key


@frozen
class Bowl:
    """A noisy bowl; what is far out fails."""

    name: str = "made/bowl"
    family: str = "made"
    direction: str = "minimize"
    metric: str = "loss"
    n_folds: int = 1
    fails_above: float = 8.0

    @property
    def space(self):
        return Space({"x": Float(-10, 10), "n": Integer(1, 9)})

    def first(self, seed):
        rng = Key(seed).child("first").generator()
        return {"x": float(rng.uniform(-7, 7)), "n": int(rng.integers(1, 10))}

    def truth(self, configuration):
        return (configuration["x"] - 3) ** 2 / 50 + (configuration["n"] - 5) ** 2 / 16

    def evaluate(self, configuration, seed, trial):
        if configuration["x"] > self.fails_above:
            return math.nan, 0.5
        noise = 0.01 * Key(seed).child(trial, "noise").generator().standard_normal()
        return self.truth(configuration) + noise, 1.0 + configuration["n"]

    def evaluate_folds(self, configuration, folds):
        raise NotImplementedError

    def regret(self, configuration):
        return self.truth(configuration)

    def measurement(self, configuration):
        return Measurement((0,), (self.truth(configuration),), (1.0,), (0.0,))


@define
class FickleSession:
    """Asks for a few points, and says that its best is now this one, now that."""

    first: dict[str, Any]
    cost: int
    asked: int = 0
    told: list[float] = field(factory=list)

    def ask(self):
        self.asked += 1
        return self.first if self.asked == 1 else {"x": float(min(self.asked, 9)), "n": 5}

    def tell(self, configuration, score, seconds):
        self.told.append(score)

    def best(self):
        return {
            1: self.first,
            2: {"x": 2.0, "n": 5},
            3: self.first,  # it goes back
            4: {"x": 3.0, "n": 5},  # to another
        }.get(len(self.told), {"x": 3.5, "n": 5})  # and then to what it never tried


@frozen
class Fickle:
    """A tool that changes its mind."""

    cost: int = 1
    lacks: str | None = None
    name: str = "fickle"

    def missing(self):
        return self.lacks

    def version(self):
        return "fickle 1"

    def settings(self):
        return {"cost": self.cost, "odd": float("inf")}

    def session(self, problem, first, seed, n_trials):
        return FickleSession(dict(first), self.cost)
