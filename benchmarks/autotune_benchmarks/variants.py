"""What the ablation compares: a base recipe, and the same with one component swapped."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

import attrs
from attrs import evolve, frozen

from autotune.component import Acquisition, Move, Schedule
from autotune.strategy import Strategy
from autotune_strategies import (
    AllFolds,
    BayesianRidgeRegression,
    BestOfPrior,
    Both,
    ByRecentAccuracy,
    ChangeParameters,
    Clipped,
    Constant,
    Cosine,
    Discount,
    Distance,
    Either,
    Ensemble,
    EvenWeights,
    ExpectedImprovement,
    Exponential,
    FoldSubset,
    Forest,
    GainMinusPrice,
    GaussianProcess,
    GivenPoints,
    Greedy,
    Intensification,
    InTurn,
    InverseLinear,
    KernelNeighbourhood,
    LatinHypercube,
    LengthBySensitivity,
    Linear,
    LocalLinear,
    LogExpectedImprovement,
    LogFeatures,
    LogWarp,
    Maximum,
    MaxTrials,
    MinusPrice,
    MultiplyAdd,
    NearestNeighbourhood,
    NearestNeighbours,
    Never,
    NoAnticipation,
    NoImprovementWindow,
    NormalStep,
    NothingAnticipated,
    NoWarp,
    OneFifthRule,
    PairedTest,
    Patience,
    PerParameterSuccess,
    PerSecond,
    PooledMean,
    PosteriorMean,
    ProbabilityOfImprovement,
    Product,
    ProductOfWeights,
    Racing,
    RandomStarts,
    Ranks,
    Regression,
    RegretBound,
    Ridge,
    RidgeRegression,
    RotatingSubset,
    ScaledFeatures,
    ScoreReached,
    Seconds,
    SimulatedAnnealing,
    SklearnRegressor,
    Sobol,
    SpaceExhausted,
    StartValues,
    StudentTStep,
    ThompsonSampling,
    Threshold,
    UpperConfidenceBound,
    WithinSeconds,
    YeoJohnson,
    recipes,
)

__all__ = [
    "BASE",
    "BASE_OVER_FOLDS",
    "VARIANTS",
    "Contestant",
    "Variant",
    "base",
    "contestants",
    "recipe_contestants",
]

Swap: TypeAlias = Callable[[Strategy], Strategy]

BASE = "base"
"""The name of the base recipe among contestants."""

BASE_OVER_FOLDS = "folds/base, all folds"
"""The name of the base recipe with the recorded seeds as folds."""


@frozen
class Variant:
    """A component to be swapped into the base recipe.

    Parameters
    ----------
    group, label : str
        What kind of part it is, and which.
    swap : callable
        Makes the strategy out of the base.
    folds : bool
        Whether the recorded seeds are the folds of a cross-validation, rather than luck.
    prior : int
        Random trials taken over as earlier results, out of the budget.
    """

    group: str
    label: str
    swap: Swap
    folds: bool = False
    prior: int = 0


@frozen
class Contestant:
    """A strategy under its name.

    Parameters
    ----------
    group, label : str
        As for ``Variant``.
    strategy : Strategy
        What decides.
    against : str
        The name of the contestant that it is compared with; its own, if with none.
    folds, prior
        As for ``Variant``.
    """

    group: str
    label: str
    strategy: Strategy
    against: str = BASE
    folds: bool = False
    prior: int = 0

    @property
    def name(self) -> str:
        """Group and label."""
        return f"{self.group}/{self.label}" if self.label else self.group


def base() -> Strategy:
    """Return the base recipe: one of each part, simple and quick.

    A step of one parameter of a fifth of its range, the best of 25 by the improvement that ridge
    regression expects; one in ten as it comes.

    Examples
    --------
    >>> base().move.number
    1
    """
    return Strategy(
        start=StartValues(),
        move=ChangeParameters(number=1, step=NormalStep(Constant(0.2))),
        exploration=Constant(0.1),
        draws=25,
        score=Regression(RidgeRegression(), ScaledFeatures()),
        seconds=Ridge(),
        acquisition=ExpectedImprovement(),
        folds=AllFolds(),
        acceptance=Threshold(),
        termination=Never(),
    )


def _start(*then: Any) -> Swap:
    # The space's start values come first, so that all begin with the same configuration.
    return lambda s: evolve(s, start=InTurn((StartValues(), *then)))


def _step(make: Callable[[], Any]) -> Swap:
    def swap(strategy: Strategy) -> Strategy:
        move: Any = strategy.move
        stepping = attrs.has(type(move)) and "step" in attrs.fields_dict(type(move))
        moving: Move = evolve(move, step=make()) if stepping else ChangeParameters(step=make())
        return evolve(strategy, move=moving)

    return swap


def _length(schedule: Schedule) -> Swap:
    return _step(lambda: NormalStep(schedule))


def _move(move: Move) -> Swap:
    return lambda s: evolve(s, move=move)


def _score(score: Any) -> Swap:
    return lambda s: evolve(s, score=score)


def _regression(**parts: Any) -> Swap:
    def swap(strategy: Strategy) -> Strategy:
        score = strategy.score
        if not isinstance(score, Regression):
            score = Regression(RidgeRegression(), ScaledFeatures())
        return evolve(strategy, score=evolve(score, **parts))

    return swap


def _acquisition(acquisition: Acquisition) -> Swap:
    return lambda s: evolve(s, acquisition=acquisition)


def _exploration(schedule: Schedule) -> Swap:
    return lambda s: evolve(s, exploration=schedule)


def _acceptance(acceptance: Any) -> Swap:
    return lambda s: evolve(s, acceptance=acceptance)


def _stop(rule: Any) -> Swap:
    return lambda s: evolve(s, termination=rule)


def _folds(plan: Any) -> Swap:
    return lambda s: evolve(s, folds=plan)


_BAYESIAN = Regression(BayesianRidgeRegression(), ScaledFeatures())
_NEIGHBOURS = Regression(NearestNeighbours(5), ScaledFeatures(squares=False))

VARIANTS: tuple[Variant, ...] = (
    Variant("starts", "10 random", _start(RandomStarts(9))),
    Variant("starts", "10 of a Latin hypercube", _start(LatinHypercube(9))),
    Variant("starts", "9 of a Sobol sequence", _start(Sobol(8))),
    Variant("starts", "the start values twice (given)", _start(GivenPoints([{}]))),
    Variant(
        "starts", "the best 3 of 9 prior trials", lambda s: evolve(s, start=BestOfPrior(3)), prior=9
    ),
    Variant("steps", "multiply and add (2018)", _step(MultiplyAdd)),
    Variant("steps", "Student t, 1 degree of freedom", _step(StudentTStep)),
    Variant(
        "steps", "Student t, 3 degrees of freedom", _step(lambda: StudentTStep(Constant(0.15), 3.0))
    ),
    Variant("schedules", "constant 0.1", _length(Constant(0.1))),
    Variant("schedules", "constant 0.4", _length(Constant(0.4))),
    Variant("schedules", "inverse-linear", _length(InverseLinear(0.5, 0.05, 0.1))),
    Variant("schedules", "exponential", _length(Exponential(0.5, 0.03, 0.1))),
    Variant("schedules", "linear by budget", _length(Linear(0.5, 0.1, 100))),
    Variant("schedules", "cosine by budget", _length(Cosine(0.5, 0.1, 100))),
    Variant("schedules", "1/5th rule", _length(OneFifthRule())),
    Variant("schedules", "no-improvement window", _length(NoImprovementWindow(floor=0.1))),
    Variant("schedules", "per parameter, by success", _length(PerParameterSuccess())),
    Variant("schedules", "by sensitivity", _length(LengthBySensitivity())),
    Variant("schedules", "by sensitivity, 1/power", _length(LengthBySensitivity(power=0.5))),
    Variant(
        "schedules",
        "product, clipped: cosine by sensitivity",
        _length(Clipped(Product((Cosine(2.0, 0.5, 100), LengthBySensitivity())), 0.1, 0.6)),
    ),
    Variant(
        "schedules",
        "maximum: 1/5th rule and constant",
        _length(Maximum((OneFifthRule(), Constant(0.1)))),
    ),
    Variant("moves", "change 2 parameters", _move(ChangeParameters(2, NormalStep()))),
    Variant("moves", "change 3 parameters", _move(ChangeParameters(3, NormalStep()))),
    Variant("anticipators", "none", _score(NoAnticipation())),
    Variant("anticipators", "ridge of 2018", _score(Ridge())),
    Variant("anticipators", "Bayesian ridge", _regression(model=BayesianRidgeRegression())),
    Variant("anticipators", "5 nearest neighbours", _score(_NEIGHBOURS)),
    Variant(
        "anticipators",
        "local linear",
        _score(Regression(LocalLinear(), ScaledFeatures(squares=False))),
    ),
    Variant(
        "anticipators",
        "random forest",
        _score(Regression(Forest("random"), ScaledFeatures(squares=False))),
    ),
    Variant(
        "anticipators",
        "extra trees",
        _score(Regression(Forest("extra"), ScaledFeatures(squares=False))),
    ),
    Variant(
        "anticipators",
        "scikit-learn: SVR",
        _score(Regression(SklearnRegressor("SVR"), ScaledFeatures(squares=False))),
    ),
    Variant("anticipators", "Gaussian process", _score(GaussianProcess())),
    Variant("anticipators", "Gaussian process, of change", _score(GaussianProcess(of="change"))),
    Variant(
        "anticipators",
        "Gaussian processes, also of seconds",
        lambda s: evolve(s, score=GaussianProcess(), seconds=GaussianProcess("seconds")),
    ),
    Variant("anticipators", "ensemble", _score(Ensemble((_BAYESIAN, _NEIGHBOURS)))),
    Variant("anticipators", "of change from the parent", _regression(of="change")),
    Variant(
        "anticipators",
        "nothing of seconds",
        lambda s: evolve(s, seconds=NoAnticipation()),
    ),
    Variant("weights", "even", _regression(weights=EvenWeights())),
    Variant("weights", "discount, half-life 20", _regression(weights=Discount(20.0))),
    Variant("weights", "discount, half-life 50", _regression(weights=Discount(50.0))),
    Variant("weights", "30 nearest", _regression(weights=NearestNeighbourhood())),
    Variant("weights", "kernel neighbourhood", _regression(weights=KernelNeighbourhood())),
    Variant(
        "weights",
        "kernel neighbourhood by sensitivity",
        _regression(weights=KernelNeighbourhood(distance=Distance(sensitive=True))),
    ),
    Variant(
        "weights",
        "product: discount by kernel",
        _regression(weights=ProductOfWeights((Discount(50.0), KernelNeighbourhood()))),
    ),
    Variant("features", "those of 2018", _regression(features=LogFeatures())),
    Variant("features", "without squares", _regression(features=ScaledFeatures(squares=False))),
    Variant("features", "log scale", _regression(features=ScaledFeatures("log"))),
    Variant("features", "linear scale", _regression(features=ScaledFeatures("linear"))),
    Variant("features", "choices by number", _regression(features=ScaledFeatures(one_hot=False))),
    Variant(
        "features",
        "without flags of missing",
        _regression(features=ScaledFeatures(missing=False)),
    ),
    Variant("features", "without length", _regression(features=ScaledFeatures(length=False))),
    Variant("warps", "none", _regression(warp=NoWarp())),
    Variant("warps", "ranks", _regression(warp=Ranks())),
    Variant("warps", "log", _regression(warp=LogWarp())),
    Variant("warps", "Yeo-Johnson", _regression(warp=YeoJohnson())),
    Variant("acquisition", "gain minus price (2018)", _acquisition(GainMinusPrice())),
    Variant("acquisition", "greedy", _acquisition(Greedy())),
    Variant("acquisition", "probability of improvement", _acquisition(ProbabilityOfImprovement())),
    Variant("acquisition", "log expected improvement", _acquisition(LogExpectedImprovement())),
    Variant("acquisition", "upper confidence bound", _acquisition(UpperConfidenceBound())),
    Variant("acquisition", "Thompson sampling", _acquisition(ThompsonSampling())),
    Variant("acquisition", "improvement per second", _acquisition(PerSecond())),
    Variant("acquisition", "improvement less 1e-5 a second", _acquisition(MinusPrice(price=1e-5))),
    Variant(
        "acquisition", "improvement within 60 s", _acquisition(WithinSeconds(max_fit_time=60.0))
    ),
    Variant("exploration", "never", _exploration(Constant(0.0))),
    Variant("exploration", "half of the trials", _exploration(Constant(0.5))),
    Variant("exploration", "inverse-linear to 0.5 (2018)", _exploration(InverseLinear())),
    Variant("exploration", "inverse-linear to 0.05", _exploration(InverseLinear(1.0, 0.25, 0.05))),
    Variant("exploration", "exponential", _exploration(Exponential(1.0, 0.05, 0.01))),
    Variant("exploration", "by recent accuracy", _exploration(ByRecentAccuracy())),
    Variant("acceptance", "any gain", _acceptance(Threshold(0.0))),
    Variant("acceptance", "gain above 0.01", _acceptance(Threshold(0.01))),
    Variant("acceptance", "gain at 1e-5 a second", _acceptance(Threshold(1e-4, price=1e-5))),
    Variant("acceptance", "annealing", _acceptance(SimulatedAnnealing())),
    Variant(
        "acceptance",
        "posterior mean, own anticipator",
        lambda s: evolve(s, acceptance=PosteriorMean(s.score)),
    ),
    Variant(
        "acceptance",
        "posterior mean, Gaussian process",
        _acceptance(PosteriorMean(GaussianProcess())),
    ),
    Variant("acceptance", "pooled mean", _acceptance(PooledMean())),
    Variant("termination", "50 trials", _stop(MaxTrials(50))),
    Variant("termination", "3,000 seconds", _stop(Seconds(3000.0))),
    Variant("termination", "patience of 20", _stop(Patience(20))),
    Variant("termination", "score of 0.95", _stop(ScoreReached(0.95))),
    Variant("termination", "nothing anticipated", _stop(NothingAnticipated())),
    Variant("termination", "regret bound", _stop(RegretBound(GaussianProcess(), noise=0.01))),
    Variant("termination", "space exhausted", _stop(SpaceExhausted())),
    Variant(
        "termination",
        "patience of 20 and 50 trials",
        _stop(Both((Patience(20), MaxTrials(50)))),
    ),
    Variant(
        "termination",
        "patience of 20 or 50 trials",
        _stop(Either((Patience(20), MaxTrials(50)))),
    ),
    Variant("folds", "the first fold", _folds(FoldSubset((0,))), folds=True),
    Variant("folds", "folds 0 and 2", _folds(FoldSubset((0, 2))), folds=True),
    Variant("folds", "2 folds, going round", _folds(RotatingSubset(2)), folds=True),
    Variant("folds", "2 folds at random", _folds(RotatingSubset(2, at_random=True)), folds=True),
    Variant("folds", "racing", _folds(Racing()), folds=True),
    Variant("folds", "racing at level 0.2", _folds(Racing(0.2)), folds=True),
    Variant("folds", "intensification", _folds(Intensification()), folds=True),
    Variant("folds", "paired test to accept", _acceptance(PairedTest()), folds=True),
    Variant(
        "folds",
        "1 fold at random, pooled mean",
        lambda s: evolve(s, folds=RotatingSubset(1, at_random=True), acceptance=PooledMean()),
        folds=True,
    ),
    Variant("folds", "regret bound", _stop(RegretBound(GaussianProcess())), folds=True),
)
"""All rows of the ablation, in the order of the report."""


def contestants(of: Strategy, only: str = "*") -> list[Contestant]:
    """Return the base and its variants.

    Parameters
    ----------
    of : Strategy
        The base.
    only : str
        A pattern that ``group/label`` must match, or be part of it; the bases are always there.
    """
    chosen = [variant for variant in VARIANTS if _matches(f"{variant.group}/{variant.label}", only)]
    bases = [Contestant(BASE, "", of)]
    if any(variant.folds for variant in chosen):
        group, _, label = BASE_OVER_FOLDS.partition("/")
        bases.append(Contestant(group, label, of, BASE_OVER_FOLDS, folds=True))
    return bases + [
        Contestant(
            variant.group,
            variant.label,
            variant.swap(of),
            BASE_OVER_FOLDS if variant.folds else BASE,
            variant.folds,
            variant.prior,
        )
        for variant in chosen
    ]


def recipe_contestants(trials: int, only: str = "*") -> list[Contestant]:
    """Return plain random search as the base, and every recipe.

    Parameters
    ----------
    trials : int
        The budget.
    only : str
        As for ``contestants``.
    """
    random = evolve(
        base(),
        start=InTurn((StartValues(), RandomStarts(trials))),
        score=NoAnticipation(),
        seconds=NoAnticipation(),
        acceptance=Threshold(0.0),
    )
    return [Contestant(BASE, "", random)] + [
        Contestant("recipes", name, getattr(recipes, name)())
        for name in recipes.__all__
        if _matches(f"recipes/{name}", only)
    ]


def _matches(name: str, pattern: str) -> bool:
    return pattern.lower() in name.lower() or fnmatchcase(name.lower(), pattern.lower())
