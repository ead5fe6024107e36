"""The searches that pictures are drawn of: small, made up, the same at every build."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

from attrs import evolve

from autotune import Float, Integer, Space, tune
from autotune.log import MemoryLog
from autotune.strategy import Key
from autotune.study import EMPTY, Accepted, Rejected, Study
from autotune.study import apply as fold
from autotune_strategies import GivenPoints, Unseen, recipes

__all__ = [
    "CURVE",
    "GRID",
    "LIMIT",
    "PLANE",
    "SIX",
    "THREE",
    "accuracy",
    "curve",
    "curve_log",
    "last",
    "log_of",
    "moments",
    "noise",
    "noisy_scores",
]

PLANE = Space(
    {"C": Float(1e-2, 1e3, log=True), "gamma": Float(1e-6, 1.0, log=True)},
    start={"C": 1.0, "gamma": 1e-4},
)
THREE = Space(
    {**dict(PLANE.parameters), "tol": Float(1e-5, 1e-2, log=True)},
    start={"C": 1.0, "gamma": 1e-4, "tol": 1e-3},
)
SIX = Space({name: Float(0.0, 1.0) for name in "abcdef"})
GRID = Space({"depth": Integer(1, 8), "leaves": Integer(1, 8)}, start={"depth": 3, "leaves": 3})
LIMIT = 3.5
CURVE = Space({"x": Float(0.1, 10.0, log=True)}, start={"x": 1.0})


def noise(*address: int | str) -> float:
    """Return a standard normal draw that belongs to an address."""
    return float(Key(0).child("pictures", *address).generator().standard_normal())


def accuracy(c: dict[str, Any]) -> tuple[float, float]:
    """Return the accuracy of a made-up support vector machine, and its seconds."""
    far = math.log10(c["C"] / 10) ** 2 + math.log10(c["gamma"] / 0.01) ** 2
    bent = 0.4 * math.log10(c["C"] / 10) * math.log10(c["gamma"] / 0.01)
    return 0.97 - 0.02 * (far + bent), 0.1 * c["C"] ** 0.3


def heights(c: dict[str, Any]) -> tuple[float, float]:
    """Return a score on the grid of integers."""
    return -((c["depth"] - 6) ** 2) - (c["leaves"] - 5) ** 2, 1.0


def curve(x: float) -> float:
    """Return a bent score of one parameter."""
    z = math.log10(x)
    return 0.9 - 0.25 * (z - 0.35) ** 2 + 0.05 * math.sin(6 * z)


def _curve_scores(c: dict[str, Any]) -> tuple[float, float]:
    return curve(c["x"]) + 0.015 * noise("curve", round(1e6 * c["x"])), 0.1 * c["x"] ** 0.5


@cache
def curve_log() -> MemoryLog:
    """Return the log of ten trials on the curve, none of them in its last quarter."""
    points = [0.12, 0.2, 0.33, 0.5, 0.7, 1.0, 1.5, 1.8, 2.4, 3.0]
    strategy = evolve(recipes.random_walk(), start=GivenPoints([{"x": x} for x in points]))
    log = MemoryLog()
    tune(_curve_scores, CURVE, strategy=strategy, n_trials=len(points), log=log)
    return log


def noisy_scores() -> Any:
    """Return an objective on the curve with new noise at each call, the same at every build."""
    calls = count()
    return lambda c: (curve(c["x"]) + 0.06 * noise("noisy", next(calls)), 0.1)


def _limited(c: dict[str, Any]) -> tuple[float, float]:
    if c["x"] > LIMIT:
        raise MemoryError("too large")
    return curve(c["x"]), 0.1


@cache
def log_of(name: str) -> MemoryLog:
    """Return the log of one of the searches below, by name."""
    log = MemoryLog()
    match name:
        case "plane":
            tune(accuracy, PLANE, strategy=recipes.random_walk(), n_trials=24, seed=4, log=log)
        case "spread":
            tune(accuracy, PLANE, strategy=recipes.random_search(), n_trials=60, seed=1, log=log)
        case "three":
            tune(accuracy, THREE, strategy=recipes.coordinate_walk(), n_trials=40, seed=2, log=log)
        case "anticipated":
            tune(accuracy, THREE, strategy=recipes.discounted(), n_trials=40, seed=3, log=log)
        case "default":
            tune(accuracy, THREE, n_trials=50, seed=1, log=log)
        case "noisy":
            xs = [0.2, 0.5, 1.0, 1.6, 2.2, 3.0, 0.3, 8.0, 5.0, 1.6, 2.2, 2.2, 3.0, 1.6, 2.2, 4.0]
            strategy = evolve(recipes.random_walk(), start=GivenPoints([{"x": x} for x in xs]))
            tune(noisy_scores(), CURVE, strategy=strategy, n_trials=len(xs), log=log)
        case "limited":
            points = [0.12, 0.3, 0.6, 1.0, 1.6, 2.4, 5.0, 7.0, 9.0, 2.9, 4.5]
            strategy = evolve(recipes.random_walk(), start=GivenPoints([{"x": x} for x in points]))
            tune(_limited, CURVE, strategy=strategy, n_trials=len(points), log=log)
        case "grid":
            walk = evolve(recipes.random_search(), move=Unseen(recipes.random_search().move))
            tune(heights, GRID, strategy=walk, n_trials=24, seed=0, log=log)
        case "six":
            tune(lambda c: c["a"], SIX, strategy=recipes.random_search(), n_trials=4, log=log)
        case _:
            raise ValueError(name)
    return log


def moments(component: Any, log: MemoryLog) -> Iterator[tuple[Study, Any]]:
    """Yield the study and a component's state after every verdict."""
    study, state = EMPTY, component.init()
    for event in log.events():
        study = fold(study, event)
        state = component.update(state, study, event)
        if isinstance(event, Accepted | Rejected):
            yield study, state


def last(component: Any, log: MemoryLog) -> tuple[Study, Any]:
    """Return the study and a component's state at the end of a log."""
    return deque(moments(component, log), maxlen=1).pop()
