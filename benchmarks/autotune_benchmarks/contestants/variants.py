"""What the ablation compares: a base recipe, and the same with one component swapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from attrs import evolve, frozen

from autotune.strategy import Acquisition, Move, Schedule, Strategy
from autotune_strategies import (
    AllFolds,
    BayesianRidgeRegression,
    BestOfPrior,
    Both,
    ByPastSuccess,
    ByRecentAccuracy,
    BySensitivity,
    ChangeParameters,
    ChangeSequences,
    ChangeSeveral,
    Clipped,
    Constant,
    Cosine,
    Crossover,
    DifferentialEvolution,
    Discount,
    Distance,
    Either,
    Ensemble,
    ExpectedImprovement,
    Exponential,
    Fixed,
    FoldSubset,
    Forest,
    GainMinusPrice,
    GaussianProcess,
    Geometric,
    GivenPoints,
    GlobalJump,
    Greedy,
    Intensification,
    InTurn,
    InverseLinear,
    KernelNeighbourhood,
    LatinHypercube,
    LengthBySensitivity,
    Linear,
    LineMove,
    LocalLinear,
    LocalPerturbation,
    LogExpectedImprovement,
    LogFeatures,
    LogWarp,
    Maximum,
    MaxTrials,
    MinusPrice,
    Mixture,
    Momentum,
    MultiplyAdd,
    NearestNeighbourhood,
    NearestNeighbours,
    Neighbours,
    Never,
    NoAnticipation,
    NoImprovementWindow,
    NormalStep,
    NothingAnticipated,
    OneFifthRule,
    PairedTest,
    Patience,
    PerParameterSuccess,
    PerSecond,
    PooledMean,
    PosteriorMean,
    Prior,
    ProbabilityOfImprovement,
    Product,
    ProductOfWeights,
    Racing,
    RandomStarts,
    Ranks,
    Reevaluate,
    Regression,
    RegretBound,
    Ridge,
    RidgeRegression,
    RotatingSubset,
    ScaledFeatures,
    Scheduled,
    ScoreReached,
    Seconds,
    SequenceChange,
    SimulatedAnnealing,
    SklearnRegressor,
    Sobol,
    SpaceExhausted,
    StartValues,
    StudentTStep,
    ThompsonSampling,
    Threshold,
    Uniformly,
    Unseen,
    UpperConfidenceBound,
    WithinSeconds,
    YeoJohnson,
    recipes,
)

__all__ = [
    "BASE",
    "BASES",
    "VARIANTS",
    "Base",
    "Contestant",
    "Variant",
    "base",
    "contestants",
    "recipe_contestants",
    "walk",
]

Swap: TypeAlias = Callable[[Strategy], Strategy]

BASE = "base"
"""The name of the base recipe among contestants."""


@frozen
class Base:
    """What variants are made out of, and compared with.

    Parameters
    ----------
    name : str
        Its name among contestants.
    words : str
        What it is.
    make : callable
        Makes it out of the base recipe.
    folds : bool
        Whether the recorded seeds are the folds of a cross-validation, rather than luck.
    layers : bool
        Whether the width and depth of a network are searched as a sequence of layers.
    """

    name: str
    words: str
    make: Swap
    folds: bool = False
    layers: bool = False


@frozen
class Variant:
    """A component to be swapped into a base.

    Parameters
    ----------
    group, label : str
        What kind of part it is, and which.
    swap : callable
        Makes the strategy out of the base.
    base : str
        The name of that base.
    prior : int
        Random trials taken over as earlier results, out of the budget.
    """

    group: str
    label: str
    swap: Swap
    base: str = BASE
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
    folds, layers : bool
        As for ``Base``.
    prior : int
        As for ``Variant``.
    """

    group: str
    label: str
    strategy: Strategy
    against: str = BASE
    folds: bool = False
    layers: bool = False
    prior: int = 0

    @property
    def name(self) -> str:
        """Group and label."""
        return f"{self.group}/{self.label}" if self.label else self.group


def base() -> Strategy:
    """Return the base recipe, the default one.

    Examples
    --------
    >>> base().draws
    250
    """
    return recipes.default()


def walk() -> Strategy:
    """Return the base for parts of a stepping move and of a regression: one of each, plain.

    A step of one parameter by a fifth of its range, the best of 25 by the improvement that ridge
    regression expects; one in ten as it comes.

    Examples
    --------
    >>> walk().move.of.number
    1
    """
    return Strategy(
        start=StartValues(),
        move=_new(ChangeParameters(number=1, step=NormalStep(Constant(0.2)))),
        exploration=Constant(0.1),
        n_candidates=25,
        score_anticipator=Regression(RidgeRegression(), ScaledFeatures()),
        seconds_anticipator=Ridge(),
        acquisition=ExpectedImprovement(),
        folds=AllFolds(),
        acceptance=Threshold(),
        termination=Never(),
    )


def _new(move: Move) -> Unseen:
    # Drawing once keeps these rows cheap: among 25 candidates some are new.
    return Unseen(move, tries=1)


def _start(*then: Any) -> Swap:
    # The space's start values come first, so that all begin with the same configuration.
    return lambda s: evolve(s, start=InTurn((StartValues(), *then)))


def _step(make: Callable[[], Any]) -> Swap:
    return lambda s: evolve(s, move=_new(ChangeParameters(number=1, step=make())))


def _length(schedule: Schedule) -> Swap:
    return _step(lambda: NormalStep(schedule))


def _number(number: Any) -> Swap:
    return _move(_new(ChangeSeveral(number, Uniformly(), NormalStep(Constant(0.2)))))


def _pick(picker: Any) -> Swap:
    return _move(_new(ChangeSeveral(Fixed(1), picker, NormalStep(Constant(0.2)))))


def _move(move: Move) -> Swap:
    return lambda s: evolve(s, move=move)


def _near(move: Move) -> Swap:
    """Swap the move that stays near the incumbent; jumps and the care for new ones stay."""
    return lambda s: evolve(s, move=_with_near(s.move, move))


def _with_near(move: Move, near: Move) -> Move:
    if isinstance(move, Unseen):
        return evolve(move, of=_with_near(move.of, near))
    if isinstance(move, Mixture):
        return evolve(
            move, moves=tuple(m if isinstance(m, GlobalJump) else near for m in move.moves)
        )
    return near


def _without_care(move: Move) -> Move:
    return move.of if isinstance(move, Unseen) else move


def _layers(change: SequenceChange) -> Swap:
    """Let half of the steps near the incumbent change the sequence."""
    step = NormalStep(Constant(0.2))
    return _near(Mixture((LocalPerturbation(), ChangeSequences(change, step))))


def _score(score: Any) -> Swap:
    return lambda s: evolve(s, score_anticipator=score)


def _regression(**parts: Any) -> Swap:
    return lambda s: evolve(s, score_anticipator=Regression(**{**_RIDGE, **parts}))


def _gaussian(**parts: Any) -> Swap:
    return _score(GaussianProcess(**parts))


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


_RIDGE: dict[str, Any] = {"model": RidgeRegression(), "features": ScaledFeatures()}
_BAYESIAN = Regression(BayesianRidgeRegression(), ScaledFeatures())
_NEIGHBOURS = Regression(NearestNeighbours(5), ScaledFeatures(squares=False))

BASES: Mapping[str, Base] = {
    each.name: each
    for each in (
        Base(BASE, "the recipe that parts are swapped into", lambda s: s),
        Base(
            "walk",
            "steps in one parameter, guided by ridge regression: the base for parts of such a "
            "move and such a model",
            lambda _: walk(),
        ),
        Base(
            "base over layers",
            "the base, where width and depth are searched as a sequence of layers, and at most 50 "
            "candidates are compared",
            lambda s: evolve(s, n_candidates=min(s.n_candidates, 50)),
            layers=True,
        ),
        Base(
            "base over folds",
            "the base, where every trial is cross-validated over the recorded seeds",
            lambda s: s,
            folds=True,
        ),
    )
}
"""What rows are compared with, by name."""

WALK, LAYERS, FOLDS = "walk", "base over layers", "base over folds"

VARIANTS: tuple[Variant, ...] = (
    Variant("starts", "none but the start values", lambda s: evolve(s, start=StartValues())),
    Variant("starts", "4 random, no start values", lambda s: evolve(s, start=RandomStarts(4))),
    Variant("starts", "10, the others random", _start(RandomStarts(9))),
    Variant("starts", "10, the others of a Latin hypercube", _start(LatinHypercube(9))),
    Variant("starts", "9, the others of a Sobol sequence", _start(Sobol(8))),
    Variant("starts", "the start values twice (given)", _start(GivenPoints([{}]))),
    Variant(
        "starts", "the best 3 of 9 prior trials", lambda s: evolve(s, start=BestOfPrior(3)), prior=9
    ),
    Variant("moves", "tried ones not left out", lambda s: evolve(s, move=_without_care(s.move))),
    Variant("moves", "near the incumbent only", _move(Unseen(LocalPerturbation()))),
    Variant("moves", "anywhere only", _move(Unseen(GlobalJump()))),
    Variant("moves", "near: neighbours", _near(Neighbours())),
    Variant("moves", "near: momentum", _near(Momentum())),
    Variant("moves", "near: lines", _near(LineMove())),
    Variant("moves", "near: differential evolution", _near(DifferentialEvolution())),
    Variant("moves", "near: crossover", _near(Crossover())),
    Variant(
        "moves",
        "near: crossover and local",
        _near(Mixture((Crossover(), LocalPerturbation()))),
    ),
    Variant("moves", "1 in 10 re-evaluated", lambda s: evolve(s, move=Reevaluate(s.move))),
    Variant("steps", "multiply and add (2018)", _step(MultiplyAdd), WALK),
    Variant("steps", "Student t, 1 degree of freedom", _step(StudentTStep), WALK),
    Variant(
        "steps",
        "Student t, 3 degrees of freedom",
        _step(lambda: StudentTStep(Constant(0.15), 3.0)),
        WALK,
    ),
    Variant("numbers of parameters", "2 in every step", _number(Fixed(2)), WALK),
    Variant("numbers of parameters", "geometric, 2 on average", _number(Geometric()), WALK),
    Variant(
        "numbers of parameters",
        "from 4 down to 1",
        _number(Scheduled(Exponential(4.0, 0.03, 1.0))),
        WALK,
    ),
    Variant("pickers", "uniformly", _pick(Uniformly()), WALK),
    Variant("pickers", "by sensitivity", _pick(BySensitivity()), WALK),
    Variant("pickers", "by past success", _pick(ByPastSuccess()), WALK),
    Variant("schedules", "constant 0.1", _length(Constant(0.1)), WALK),
    Variant("schedules", "constant 0.4", _length(Constant(0.4)), WALK),
    Variant("schedules", "inverse-linear", _length(InverseLinear(0.5, 0.05, 0.1)), WALK),
    Variant("schedules", "exponential", _length(Exponential(0.5, 0.03, 0.1)), WALK),
    Variant("schedules", "linear by budget", _length(Linear(0.5, 0.1, 100)), WALK),
    Variant("schedules", "cosine by budget", _length(Cosine(0.5, 0.1, 100)), WALK),
    Variant("schedules", "1/5th rule", _length(OneFifthRule()), WALK),
    Variant("schedules", "no-improvement window", _length(NoImprovementWindow(floor=0.1)), WALK),
    Variant("schedules", "per parameter, by success", _length(PerParameterSuccess()), WALK),
    Variant("schedules", "by sensitivity", _length(LengthBySensitivity()), WALK),
    Variant("schedules", "by sensitivity, 1/power", _length(LengthBySensitivity(power=0.5)), WALK),
    Variant(
        "schedules",
        "product, clipped: cosine by sensitivity",
        _length(Clipped(Product((Cosine(2.0, 0.5, 100), LengthBySensitivity())), 0.1, 0.6)),
        WALK,
    ),
    Variant(
        "schedules",
        "maximum: 1/5th rule and constant",
        _length(Maximum((OneFifthRule(), Constant(0.1)))),
        WALK,
    ),
    Variant("sequences", "elements new by chance", _layers(SequenceChange(new="random")), LAYERS),
    Variant("sequences", "elements like neighbours", _layers(SequenceChange()), LAYERS),
    Variant(
        "sequences", "elements as the smallest", _layers(SequenceChange(new="smallest")), LAYERS
    ),
    Variant("sequences", "grow and shrink only", _layers(SequenceChange(change=0.0)), LAYERS),
    Variant("sequences", "elements change only", _layers(SequenceChange(0.0, 0.0)), LAYERS),
    Variant("anticipators", "none", _score(NoAnticipation())),
    Variant("anticipators", "ridge of 2018", _score(Ridge())),
    Variant("anticipators", "ridge", _regression()),
    Variant("anticipators", "ridge, of change", _regression(of="change")),
    Variant("anticipators", "Bayesian ridge", _score(_BAYESIAN)),
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
    Variant("anticipators", "ensemble", _score(Ensemble((_BAYESIAN, _NEIGHBOURS)))),
    Variant("anticipators", "Gaussian process, of change", _gaussian(of="change")),
    Variant("anticipators", "Gaussian process, more noise", _gaussian(prior=Prior(noise=-2.0))),
    Variant("weights", "discount, half-life 50", _gaussian(weights=Discount(50.0))),
    Variant("weights", "30 nearest", _gaussian(weights=NearestNeighbourhood())),
    Variant("weights", "kernel neighbourhood", _gaussian(weights=KernelNeighbourhood())),
    Variant("weights of a regression", "discount, 20", _regression(weights=Discount(20.0)), WALK),
    Variant("weights of a regression", "discount, 50", _regression(weights=Discount(50.0)), WALK),
    Variant(
        "weights of a regression", "30 nearest", _regression(weights=NearestNeighbourhood()), WALK
    ),
    Variant(
        "weights of a regression",
        "kernel neighbourhood",
        _regression(weights=KernelNeighbourhood()),
        WALK,
    ),
    Variant(
        "weights of a regression",
        "kernel neighbourhood by sensitivity",
        _regression(weights=KernelNeighbourhood(distance=Distance(sensitive=True))),
        WALK,
    ),
    Variant(
        "weights of a regression",
        "product: discount by kernel",
        _regression(weights=ProductOfWeights((Discount(50.0), KernelNeighbourhood()))),
        WALK,
    ),
    Variant("features", "those of 2018", _regression(features=LogFeatures()), WALK),
    Variant(
        "features", "without squares", _regression(features=ScaledFeatures(squares=False)), WALK
    ),
    Variant("warps", "ranks", _gaussian(warp=Ranks())),
    Variant("warps", "log", _gaussian(warp=LogWarp())),
    Variant("warps", "Yeo-Johnson", _gaussian(warp=YeoJohnson())),
    Variant("acquisition", "greedy", _acquisition(Greedy())),
    Variant("acquisition", "gain minus price (2018)", _acquisition(GainMinusPrice(1e-5))),
    Variant("acquisition", "probability of improvement", _acquisition(ProbabilityOfImprovement())),
    Variant("acquisition", "log expected improvement", _acquisition(LogExpectedImprovement())),
    Variant("acquisition", "upper confidence bound", _acquisition(UpperConfidenceBound())),
    Variant("acquisition", "Thompson sampling", _acquisition(ThompsonSampling())),
    Variant("acquisition", "improvement per second", _acquisition(PerSecond())),
    Variant(
        "acquisition",
        "improvement per second, by Gaussian process",
        lambda s: evolve(
            s, acquisition=PerSecond(), seconds_anticipator=GaussianProcess("seconds")
        ),
    ),
    Variant("acquisition", "improvement less 1e-5 a second", _acquisition(MinusPrice(price=1e-5))),
    Variant(
        "acquisition", "improvement within 60 s", _acquisition(WithinSeconds(max_fit_time=60.0))
    ),
    Variant("exploration", "one in ten", _exploration(Constant(0.1))),
    Variant("exploration", "half of the trials", _exploration(Constant(0.5))),
    Variant("exploration", "inverse-linear to 0.5 (2018)", _exploration(InverseLinear())),
    Variant("exploration", "inverse-linear to 0.05", _exploration(InverseLinear(1.0, 0.25, 0.05))),
    Variant("exploration", "exponential", _exploration(Exponential(1.0, 0.05, 0.01))),
    Variant("exploration", "by recent accuracy", _exploration(ByRecentAccuracy())),
    Variant("acceptance", "gain above 0.01", _acceptance(Threshold(0.01))),
    Variant("acceptance", "gain at 1e-5 a second", _acceptance(Threshold(0.0, price=1e-5))),
    Variant("acceptance", "annealing", _acceptance(SimulatedAnnealing())),
    Variant(
        "acceptance",
        "posterior mean, Gaussian process",
        _acceptance(PosteriorMean(GaussianProcess())),
    ),
    Variant("acceptance", "posterior mean, Bayesian ridge", _acceptance(PosteriorMean(_BAYESIAN))),
    Variant(
        "acceptance",
        "pooled mean, 1 in 5 re-evaluated",
        lambda s: evolve(s, move=Reevaluate(s.move, Constant(0.2)), acceptance=PooledMean()),
    ),
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
    Variant("folds", "folds 0 and 2", _folds(FoldSubset((0, 2))), FOLDS),
    Variant("folds", "2 folds, going round", _folds(RotatingSubset(2)), FOLDS),
    Variant("folds", "2 folds at random", _folds(RotatingSubset(2, at_random=True)), FOLDS),
    Variant("folds", "racing", _folds(Racing()), FOLDS),
    Variant("folds", "racing at level 0.2", _folds(Racing(0.2)), FOLDS),
    Variant("folds", "intensification", _folds(Intensification()), FOLDS),
    Variant("folds", "paired test to accept", _acceptance(PairedTest()), FOLDS),
    Variant(
        "folds",
        "2 folds at random, pooled mean",
        lambda s: evolve(s, folds=RotatingSubset(2, at_random=True), acceptance=PooledMean()),
        FOLDS,
    ),
    Variant("folds", "regret bound", _stop(RegretBound(GaussianProcess())), FOLDS),
)
"""All rows of the ablation, in the order of the report."""


def contestants(of: Strategy, only: str = "*") -> list[Contestant]:
    """Return the bases and their variants.

    Parameters
    ----------
    of : Strategy
        The base recipe.
    only : str
        A pattern that ``group/label`` must match, or be part of it; the base recipe, and the other
        bases of what matches, are always there.
    """
    chosen = [variant for variant in VARIANTS if _matches(f"{variant.group}/{variant.label}", only)]
    needed = {BASE, *(variant.base for variant in chosen)}
    bases = [each for name, each in BASES.items() if name in needed]
    return [
        Contestant(each.name, "", each.make(of), each.name, each.folds, each.layers)
        for each in bases
    ] + [
        Contestant(
            variant.group,
            variant.label,
            variant.swap(BASES[variant.base].make(of)),
            variant.base,
            BASES[variant.base].folds,
            BASES[variant.base].layers,
            variant.prior,
        )
        for variant in chosen
    ]


def recipe_contestants(only: str = "*") -> list[Contestant]:
    """Return random search as the base, and every other recipe.

    Parameters
    ----------
    only : str
        As for ``contestants``.
    """
    return [Contestant(BASE, "", recipes.random_search())] + [
        Contestant("recipes", name, getattr(recipes, name)())
        for name in recipes.__all__
        if name != "random_search" and _matches(f"recipes/{name}", only)
    ]


def _matches(name: str, pattern: str) -> bool:
    return pattern.lower() in name.lower() or fnmatchcase(name.lower(), pattern.lower())
