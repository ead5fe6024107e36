"""What several test files share: paths, estimators, made-up problems, and examples of every component.

Here and in ``golden/`` alone do test files find what is not their own; both are imported by their
name (``pythonpath`` in pyproject.toml), so that processes that a test starts find them as well.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import numpy as np
from attrs import define, field, frozen
from hypothesis import HealthCheck, Phase, given, settings
from sklearn.linear_model import Ridge as RidgeRegression
from sklearn.preprocessing import StandardScaler

import autotune_strategies
from autotune.objective import Measurement
from autotune.space import Float, Integer, Space
from autotune.strategy import Key
from autotune.testing import Kind
from autotune_strategies import (
    AllFolds,
    ChangeParameters,
    Constant,
    Either,
    GainMinusPrice,
    InverseLinear,
    MaxTrials,
    MultiplyAdd,
    Ridge,
    ScoreReached,
    StartValues,
    Threshold,
    recipes,
)
from autotune_strategies.acquisition.cost import WithinSeconds
from autotune_strategies.anticipators.regression import Regression
from autotune_strategies.confirmation import ConfirmContenders
from autotune_strategies.folds import FoldSubset, RotatingSubset
from autotune_strategies.models.nonparametric import Forest
from autotune_strategies.moves.change import ChangeSeveral
from autotune_strategies.moves.combinations import Reevaluate
from autotune_strategies.moves.counts import FixedNumber, NumberQuery, Scheduled
from autotune_strategies.moves.directions import LineMove, Momentum
from autotune_strategies.moves.neighbours import Neighbours
from autotune_strategies.moves.recombination import Crossover, DifferentialEvolution
from autotune_strategies.moves.selection import ByPastSuccess, BySensitivity, PickQuery
from autotune_strategies.moves.sequences import ChangeSequences, SequenceChange
from autotune_strategies.starts.combinations import InTurn, UntilKnown
from autotune_strategies.starts.designs import Sobol
from autotune_strategies.starts.points import GivenPoints
from autotune_strategies.termination.exhaustion import SpaceExhausted
from autotune_strategies.termination.limits import Seconds, TimeBudget
from autotune_strategies.termination.rule import Both
from autotune_strategies.termination.stalls import Patience
from autotune_strategies.weights import Discount, WeightQuery

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
GOLDEN = TESTS / "golden"
DOCS = ROOT / "docs"


# Estimators


class Watchful(RidgeRegression):
    """Warns, and needs pandas to come out of transformers."""

    def fit(self, X, y):
        warnings.warn("only a word", UserWarning, stacklevel=2)
        assert hasattr(StandardScaler().fit_transform(X), "columns")
        return super().fit(X, y)


# Studies


OPTIONS = {"word": ["a", "b", "c"]}


def objective(c):
    """Return the score and seconds of numbers, a flag, a word and a list; the word c fails."""
    score = -((c["x"] - 3) ** 2) - (c["n"] - 7) ** 2 / 10 + c["flag"] - len(c["layers"])
    if c["word"] == "c":
        raise ValueError("c is never right")
    return score, 0.1 + c["n"] / 100


# Waiting, and examples of a generator


def wait(ready: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Return what a function returns, once that is true."""
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, "it did not come to it"
        time.sleep(0.02)
    return found


def drawn(generator, number):
    """Return a number of examples of a generator, always the same."""
    examples = []

    @settings(
        max_examples=number,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(generator)
    def collect(example):
        examples.append(example)

    collect()
    return examples


# Problems


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


# Examples of components: what the contracts are checked on, and what lacks an example
#
# A component whose fields have defaults, or are parts annotated as such (``Schedule``,
# ``Anticipator``, ``tuple[Termination, ...]``), needs no entry; a model, a warp or features are
# checked inside a regression. Anything else is entered in ``EXAMPLES``.

FAMILIES = (
    "acceptance",
    "acquisition",
    "anticipators",
    "features",
    "folds",
    "models",
    "moves",
    "schedules",
    "starts",
    "steps",
    "termination",
    "warps",
    "weights",
)
"""Each file of these holds something that is checked, or is named in ``WITHOUT``."""

HOSTS: dict[str, Callable[[Any], Any]] = {
    "features": lambda features: Regression(features=features),
    "models": Regression,
    "warps": lambda warp: Regression(warp=warp),
}
"""What these families hold is not a component itself: it is checked as a part of one."""

PARTS: dict[str, Any] = {
    "Acceptance": Threshold(),
    "Acquisition": GainMinusPrice(),
    "Anticipator": Ridge(),
    "FoldPlan": AllFolds(),
    "Move": ChangeParameters(),
    "Schedule": InverseLinear(),
    "Start": StartValues(),
    "Step": MultiplyAdd(),
    "Termination": MaxTrials(3),
    "Weights": Discount(5.0),
}
"""What stands in for a part that has no default, by its annotation."""

EXAMPLES: dict[type, list[Any]] = {
    Both: [Both((MaxTrials(2), ScoreReached(0.5)))],
    ByPastSuccess: [ByPastSuccess(), ByPastSuccess(1, 0, 0)],
    BySensitivity: [BySensitivity(), BySensitivity(0, "seconds")],
    ChangeSequences: [
        ChangeSequences(),
        ChangeSequences(SequenceChange(2, 1, 0.5, "random")),
        ChangeSequences(SequenceChange(1, 0, 0, "smallest")),
    ],
    ChangeSeveral: [
        ChangeSeveral(),
        ChangeSeveral(FixedNumber(3), ByPastSuccess(), sequences=SequenceChange(new="random")),
        ChangeSeveral(Scheduled(InverseLinear(3.0)), BySensitivity(0.3)),
    ],
    ConfirmContenders: [ConfirmContenders(), ConfirmContenders(1, 1), ConfirmContenders(0.5, 2)],
    Constant: [Constant(0.1), Constant(3)],
    Forest: [Forest(n_trees=4), Forest(kind="extra", n_trees=4)],
    Either: [Either((MaxTrials(4), ScoreReached(0.5)))],
    FixedNumber: [FixedNumber(), FixedNumber(3)],
    Crossover: [Crossover(), Crossover(1, 1)],
    DifferentialEvolution: [DifferentialEvolution(), DifferentialEvolution(1e300, 1, 3)],
    FoldSubset: [FoldSubset((0, 2))],
    GivenPoints: [GivenPoints([{}, {}])],
    InTurn: [InTurn([StartValues(), Sobol(2)])],
    InverseLinear: [InverseLinear(), InverseLinear(0.5, 1.0, 0.01)],
    LineMove: [LineMove(), LineMove(2, 1e300, 1)],
    MaxTrials: [MaxTrials(3)],
    Momentum: [Momentum(), Momentum(share=1), Momentum(share=1, shortest=1e-300, longest=1e300)],
    Neighbours: [Neighbours(), Neighbours(Constant(0)), Neighbours(Constant(1e300))],
    Patience: [Patience(2)],
    Reevaluate: [Reevaluate(), Reevaluate(share=Constant(1))],
    RotatingSubset: [RotatingSubset(2), RotatingSubset(1, at_random=True)],
    Scheduled: [Scheduled(InverseLinear()), Scheduled(Constant(1e300)), Scheduled(Constant(1.5))],
    ScoreReached: [ScoreReached(0.5), ScoreReached(0)],
    Seconds: [Seconds(2.0)],
    SpaceExhausted: [SpaceExhausted(), SpaceExhausted(None, unless_noisy=True)],
    TimeBudget: [TimeBudget(2.0)],
    UntilKnown: [UntilKnown(Sobol(3), 2)],
    WithinSeconds: [WithinSeconds(max_fit_time=1.0)],
}
"""Instances of the classes that have fields without a default, or deserve more than the default."""

WITHOUT: dict[str, str] = {
    "acceptance.shared_folds": "folds that two trials share",
    "target": "the column that is learnt",
    "models.model": "what a model is",
    "models.model.SklearnRegressor": "checked by tests of its own",
    "moves.step": "what a step is",
    "warps.Standard": "how a target is standardised, checked in YeoJohnson",
}
"""Files and classes of the families that hold, or are, nothing to check on its own, and why."""


NO_ROW: dict[str, str] = {
    "OneByOne": "it draws as old logs did, which no base does",
    "TimeBudget": "it counts the time a study runs, of which recorded tables take none",
    "BestBelieved": "came after the committed runs",
    "BestMeasured": "came after the committed runs",
    "ClassPrior": "came after the committed runs",
    "ConfirmContenders": "came after the committed runs",
    "GaussianClassifier": "came after the committed runs",
    "Winsorized": "came after the committed runs",
    "Incumbent": "what a strategy without a recommendation has",
    "NoConfirmation": "what a strategy without a confirmation has",
}
"""Public components that no row of the ablation can show, and why."""


def _ask_weights(study: Any, key: Any, source: Any) -> list[WeightQuery]:
    rows = np.flatnonzero(study.outcomes().usable)
    if len(rows) == 0:
        return []
    return [WeightQuery(study, key, source.pick(("score", "seconds")), rows)]


def _valid_weights(component: Any, query: WeightQuery, answer: Any) -> None:
    assert isinstance(answer, np.ndarray), f"{answer!r} is not an array"
    assert answer.shape == query.rows.shape, f"weights of shape {answer.shape}"
    assert np.all((answer > 0) & (answer <= 1)), f"weights {answer!r} are not above 0, at most 1"


def _valid_chances(answer: Any, n: int) -> None:
    assert isinstance(answer, np.ndarray), f"{answer!r} is not an array"
    assert answer.shape == (n,), f"chances of shape {answer.shape}; {n} are needed"
    assert np.all((answer >= 0) & (answer <= 1)), f"chances {answer!r} are not from 0 to 1"
    assert abs(answer.sum() - 1) < 1e-9, f"chances {answer!r} sum to {answer.sum()}"


def _ask_number(study: Any, key: Any, source: Any) -> list[NumberQuery]:
    return [NumberQuery(study, key, source.pick((1, 2, 3, 7)))]


def _valid_number(component: Any, query: NumberQuery, answer: Any) -> None:
    _valid_chances(answer, query.most)


def _ask_picker(study: Any, key: Any, source: Any) -> list[PickQuery]:
    searched = study.known_space.searched
    names = tuple([name for name in searched if source.chance(0.7)]) or searched
    return [PickQuery(study, key, names)] if names else []


def _valid_picker(component: Any, query: PickQuery, answer: Any) -> None:
    _valid_chances(answer, len(query.names))


WEIGHTS = Kind("weights", "WeightQuery", _ask_weights, _valid_weights)
NUMBER = Kind("number", "NumberQuery", _ask_number, _valid_number)
PICKER = Kind("picker", "PickQuery", _ask_picker, _valid_picker)

OWN_KINDS = (WEIGHTS, NUMBER, PICKER)
"""The kinds that the strategies package has besides those of the kernel."""


@frozen
class Found:
    """A module of a package, with the public attrs classes it defines."""

    name: str
    classes: tuple[type, ...]

    @property
    def family(self) -> str:
        return self.name.partition(".")[0]

    @property
    def checkable(self) -> tuple[type, ...]:
        """The components, and the classes that are checked as a part of one."""
        return tuple(c for c in self.classes if _is_component(c) or self.family in HOSTS)


def _is_component(cls: type) -> bool:
    return all(callable(getattr(cls, name, None)) for name in ("init", "update", "read"))


def find(package: ModuleType) -> list[Found]:
    """Return every module of a package, by its name within."""
    found = []
    prefix = f"{package.__name__}."
    for info in pkgutil.walk_packages(package.__path__, prefix):
        if info.ispkg:
            continue
        module = importlib.import_module(info.name)
        public = getattr(module, "__all__", [name for name in vars(module) if name[0] != "_"])
        classes = [
            item
            for name, item in vars(module).items()
            if isinstance(item, type)
            and attrs.has(item)
            and item.__module__ == info.name
            and name in public
        ]
        found.append(Found(info.name.removeprefix(prefix), tuple(classes)))
    return found


def _made(cls: type) -> list[Any]:
    """Return an instance made of defaults, and of ``PARTS`` for parts without; or none."""
    given: dict[str, Any] = {}
    for attribute in attrs.fields(cls):  # type: ignore[arg-type]
        if not attribute.init or attribute.default is not attrs.NOTHING:
            continue
        # As written: attrs resolves the types of a class when it is rebuilt from a description.
        written = next(
            base.__annotations__[attribute.name]
            for base in cls.__mro__
            if attribute.name in vars(base).get("__annotations__", {})
        )
        kind, several, _ = str(written).removeprefix("tuple[").partition(", ...]")
        if kind not in PARTS:
            return []
        part = PARTS[kind]
        given[attribute.alias or attribute.name] = (part, part) if several else part
    return [cls(**given)]


def examples_of(found: Found, cls: type, examples: Mapping[type, Sequence[Any]]) -> list[Any]:
    """Return what a class is checked on; nothing if there is no example of it."""
    instances = list(examples[cls]) if cls in examples else _made(cls)
    if _is_component(cls):
        return instances
    host = HOSTS.get(found.family)
    return [host(instance) for instance in instances] if host is not None else []


def gaps(
    package: ModuleType,
    examples: Mapping[type, Sequence[Any]],
    without: Mapping[str, str],
) -> list[str]:
    """Return what a package lacks: components without example, files without component."""
    lacking = []
    modules = find(package)
    for found in modules:
        checked = {cls: examples_of(found, cls, examples) for cls in found.classes}
        lacking += [
            f"{found.name}: {cls.__name__} has no example; enter one in EXAMPLES"
            for cls in found.checkable
            if not checked[cls] and f"{found.name}.{cls.__name__}" not in without
        ]
        is_part = found.family in FAMILIES and found.name not in without
        if is_part and not any(checked.values()):
            lacking.append(
                f"{found.name}: holds nothing that is checked; write a component with an example, "
                "or say in WITHOUT why not"
            )
    names = {found.name for found in modules}
    names |= {f"{found.name}.{cls.__name__}" for found in modules for cls in found.classes}
    lacking += [f"{name}: is in WITHOUT, but not there" for name in without if name not in names]
    return lacking


def _small(recipe: Callable[[], Any]) -> Any:
    # Comparing three candidates instead of dozens, a recipe takes the same decisions sooner.
    return attrs.evolve(recipe(), n_candidates=3)


def all_examples(package: ModuleType = autotune_strategies) -> list[Any]:
    """Return all examples of all components, and all recipes."""
    found = [
        example
        for module in find(package)
        for cls in module.classes
        for example in examples_of(module, cls, EXAMPLES)
    ]
    return [*found, *(_small(getattr(recipes, name)) for name in recipes.__all__)]
