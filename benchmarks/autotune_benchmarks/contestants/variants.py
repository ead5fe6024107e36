"""What the ablation compares: a base recipe, and the same with one component swapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from attrs import evolve, frozen

import autotune_strategies as parts
from autotune.strategy import Acquisition, Move, Schedule, Strategy
from autotune_benchmarks.contestants.contestant import Contestant

__all__ = ["BASE", "BASES", "VARIANTS", "Base", "Variant", "components", "walk"]

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
        start=parts.StartValues(),
        move=_new(parts.ChangeParameters(number=1, step=parts.NormalStep(parts.Constant(0.2)))),
        exploration=parts.Constant(0.1),
        n_candidates=25,
        score_anticipator=parts.Regression(parts.RidgeRegression(), parts.ScaledFeatures()),
        seconds_anticipator=parts.Ridge(),
        acquisition=parts.ExpectedImprovement(),
        folds=parts.AllFolds(),
        acceptance=parts.Threshold(),
        termination=parts.Never(),
    )


def _new(move: Move) -> parts.Unseen:
    # Drawing once keeps these rows cheap: among 25 candidates some are new.
    return parts.Unseen(move, tries=1)


def _start(*then: Any) -> Swap:
    # The space's start values come first, so that all begin with the same configuration.
    return lambda s: evolve(s, start=parts.InTurn((parts.StartValues(), *then)))


def _step(make: Callable[[], Any]) -> Swap:
    return lambda s: evolve(s, move=_new(parts.ChangeParameters(number=1, step=make())))


def _length(schedule: Schedule) -> Swap:
    return _step(lambda: parts.NormalStep(schedule))


def _number(number: Any) -> Swap:
    return _move(
        _new(parts.ChangeSeveral(number, parts.Uniformly(), parts.NormalStep(parts.Constant(0.2))))
    )


def _pick(picker: Any) -> Swap:
    return _move(
        _new(parts.ChangeSeveral(parts.Fixed(1), picker, parts.NormalStep(parts.Constant(0.2))))
    )


def _move(move: Move) -> Swap:
    return lambda s: evolve(s, move=move)


def _near(move: Move) -> Swap:
    """Swap the move that stays near the incumbent; jumps and the care for new ones stay."""
    return lambda s: evolve(s, move=_with_near(s.move, move))


def _with_near(move: Move, near: Move) -> Move:
    if isinstance(move, parts.Unseen):
        return evolve(move, of=_with_near(move.of, near))
    if isinstance(move, parts.Mixture):
        return evolve(
            move, moves=tuple(m if isinstance(m, parts.GlobalJump) else near for m in move.moves)
        )
    return near


def _without_care(move: Move) -> Move:
    return move.of if isinstance(move, parts.Unseen) else move


def _layers(change: parts.SequenceChange) -> Swap:
    """Let half of the steps near the incumbent change the sequence."""
    step = parts.NormalStep(parts.Constant(0.2))
    return _near(parts.Mixture((parts.LocalPerturbation(), parts.ChangeSequences(change, step))))


def _score(score: Any) -> Swap:
    return lambda s: evolve(s, score_anticipator=score)


def _regression(**given: Any) -> Swap:
    return lambda s: evolve(s, score_anticipator=parts.Regression(**{**_RIDGE, **given}))


def _gaussian(**given: Any) -> Swap:
    return _score(parts.GaussianProcess(**given))


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


_RIDGE: dict[str, Any] = {"model": parts.RidgeRegression(), "features": parts.ScaledFeatures()}
_BAYESIAN = parts.Regression(parts.BayesianRidgeRegression(), parts.ScaledFeatures())
_NEIGHBOURS = parts.Regression(parts.NearestNeighbours(5), parts.ScaledFeatures(squares=False))

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
    Variant("starts", "none but the start values", lambda s: evolve(s, start=parts.StartValues())),
    Variant(
        "starts", "4 random, no start values", lambda s: evolve(s, start=parts.RandomStarts(4))
    ),
    Variant("starts", "10, the others random", _start(parts.RandomStarts(9))),
    Variant("starts", "10, the others of a Latin hypercube", _start(parts.LatinHypercube(9))),
    Variant("starts", "9, the others of a Sobol sequence", _start(parts.Sobol(8))),
    Variant("starts", "the start values twice (given)", _start(parts.GivenPoints([{}]))),
    Variant(
        "starts",
        "the best 3 of 9 prior trials",
        lambda s: evolve(s, start=parts.BestOfPrior(3)),
        prior=9,
    ),
    Variant("moves", "tried ones not left out", lambda s: evolve(s, move=_without_care(s.move))),
    Variant("moves", "near the incumbent only", _move(parts.Unseen(parts.LocalPerturbation()))),
    Variant("moves", "anywhere only", _move(parts.Unseen(parts.GlobalJump()))),
    Variant("moves", "near: neighbours", _near(parts.Neighbours())),
    Variant("moves", "near: momentum", _near(parts.Momentum())),
    Variant("moves", "near: lines", _near(parts.LineMove())),
    Variant("moves", "near: differential evolution", _near(parts.DifferentialEvolution())),
    Variant("moves", "near: crossover", _near(parts.Crossover())),
    Variant(
        "moves",
        "near: crossover and local",
        _near(parts.Mixture((parts.Crossover(), parts.LocalPerturbation()))),
    ),
    Variant("moves", "1 in 10 re-evaluated", lambda s: evolve(s, move=parts.Reevaluate(s.move))),
    Variant("steps", "multiply and add (2018)", _step(parts.MultiplyAdd), WALK),
    Variant("steps", "Student t, 1 degree of freedom", _step(parts.StudentTStep), WALK),
    Variant(
        "steps",
        "Student t, 3 degrees of freedom",
        _step(lambda: parts.StudentTStep(parts.Constant(0.15), 3.0)),
        WALK,
    ),
    Variant("numbers of parameters", "2 in every step", _number(parts.Fixed(2)), WALK),
    Variant("numbers of parameters", "geometric, 2 on average", _number(parts.Geometric()), WALK),
    Variant(
        "numbers of parameters",
        "from 4 down to 1",
        _number(parts.Scheduled(parts.Exponential(4.0, 0.03, 1.0))),
        WALK,
    ),
    Variant("pickers", "uniformly", _pick(parts.Uniformly()), WALK),
    Variant("pickers", "by sensitivity", _pick(parts.BySensitivity()), WALK),
    Variant("pickers", "by past success", _pick(parts.ByPastSuccess()), WALK),
    Variant("schedules", "constant 0.1", _length(parts.Constant(0.1)), WALK),
    Variant("schedules", "constant 0.4", _length(parts.Constant(0.4)), WALK),
    Variant("schedules", "inverse-linear", _length(parts.InverseLinear(0.5, 0.05, 0.1)), WALK),
    Variant("schedules", "exponential", _length(parts.Exponential(0.5, 0.03, 0.1)), WALK),
    Variant("schedules", "linear by budget", _length(parts.Linear(0.5, 0.1, 100)), WALK),
    Variant("schedules", "cosine by budget", _length(parts.Cosine(0.5, 0.1, 100)), WALK),
    Variant("schedules", "1/5th rule", _length(parts.OneFifthRule()), WALK),
    Variant(
        "schedules", "no-improvement window", _length(parts.NoImprovementWindow(floor=0.1)), WALK
    ),
    Variant("schedules", "per parameter, by success", _length(parts.PerParameterSuccess()), WALK),
    Variant("schedules", "by sensitivity", _length(parts.LengthBySensitivity()), WALK),
    Variant(
        "schedules", "by sensitivity, 1/power", _length(parts.LengthBySensitivity(power=0.5)), WALK
    ),
    Variant(
        "schedules",
        "product, clipped: cosine by sensitivity",
        _length(
            parts.Clipped(
                parts.Product((parts.Cosine(2.0, 0.5, 100), parts.LengthBySensitivity())), 0.1, 0.6
            )
        ),
        WALK,
    ),
    Variant(
        "schedules",
        "maximum: 1/5th rule and constant",
        _length(parts.Maximum((parts.OneFifthRule(), parts.Constant(0.1)))),
        WALK,
    ),
    Variant(
        "sequences", "elements new by chance", _layers(parts.SequenceChange(new="random")), LAYERS
    ),
    Variant("sequences", "elements like neighbours", _layers(parts.SequenceChange()), LAYERS),
    Variant(
        "sequences",
        "elements as the smallest",
        _layers(parts.SequenceChange(new="smallest")),
        LAYERS,
    ),
    Variant("sequences", "grow and shrink only", _layers(parts.SequenceChange(change=0.0)), LAYERS),
    Variant("sequences", "elements change only", _layers(parts.SequenceChange(0.0, 0.0)), LAYERS),
    Variant("anticipators", "none", _score(parts.NoAnticipation())),
    Variant("anticipators", "ridge of 2018", _score(parts.Ridge())),
    Variant("anticipators", "ridge", _regression()),
    Variant("anticipators", "ridge, of change", _regression(of="change")),
    Variant("anticipators", "Bayesian ridge", _score(_BAYESIAN)),
    Variant("anticipators", "5 nearest neighbours", _score(_NEIGHBOURS)),
    Variant(
        "anticipators",
        "local linear",
        _score(parts.Regression(parts.LocalLinear(), parts.ScaledFeatures(squares=False))),
    ),
    Variant(
        "anticipators",
        "random forest",
        _score(parts.Regression(parts.Forest("random"), parts.ScaledFeatures(squares=False))),
    ),
    Variant(
        "anticipators",
        "extra trees",
        _score(parts.Regression(parts.Forest("extra"), parts.ScaledFeatures(squares=False))),
    ),
    Variant(
        "anticipators",
        "scikit-learn: SVR",
        _score(
            parts.Regression(parts.SklearnRegressor("SVR"), parts.ScaledFeatures(squares=False))
        ),
    ),
    Variant("anticipators", "ensemble", _score(parts.Ensemble((_BAYESIAN, _NEIGHBOURS)))),
    Variant("anticipators", "Gaussian process, of change", _gaussian(of="change")),
    Variant(
        "anticipators", "Gaussian process, more noise", _gaussian(prior=parts.Prior(noise=-2.0))
    ),
    Variant("weights", "discount, half-life 50", _gaussian(weights=parts.Discount(50.0))),
    Variant("weights", "30 nearest", _gaussian(weights=parts.NearestNeighbourhood())),
    Variant("weights", "kernel neighbourhood", _gaussian(weights=parts.KernelNeighbourhood())),
    Variant(
        "weights of a regression", "discount, 20", _regression(weights=parts.Discount(20.0)), WALK
    ),
    Variant(
        "weights of a regression", "discount, 50", _regression(weights=parts.Discount(50.0)), WALK
    ),
    Variant(
        "weights of a regression",
        "30 nearest",
        _regression(weights=parts.NearestNeighbourhood()),
        WALK,
    ),
    Variant(
        "weights of a regression",
        "kernel neighbourhood",
        _regression(weights=parts.KernelNeighbourhood()),
        WALK,
    ),
    Variant(
        "weights of a regression",
        "kernel neighbourhood by sensitivity",
        _regression(weights=parts.KernelNeighbourhood(distance=parts.Distance(sensitive=True))),
        WALK,
    ),
    Variant(
        "weights of a regression",
        "product: discount by kernel",
        _regression(
            weights=parts.ProductOfWeights((parts.Discount(50.0), parts.KernelNeighbourhood()))
        ),
        WALK,
    ),
    Variant("features", "those of 2018", _regression(features=parts.LogFeatures()), WALK),
    Variant(
        "features",
        "without squares",
        _regression(features=parts.ScaledFeatures(squares=False)),
        WALK,
    ),
    Variant("warps", "ranks", _gaussian(warp=parts.Ranks())),
    Variant("warps", "log", _gaussian(warp=parts.LogWarp())),
    Variant("warps", "Yeo-Johnson", _gaussian(warp=parts.YeoJohnson())),
    Variant("acquisition", "greedy", _acquisition(parts.Greedy())),
    Variant("acquisition", "gain minus price (2018)", _acquisition(parts.GainMinusPrice(1e-5))),
    Variant(
        "acquisition", "probability of improvement", _acquisition(parts.ProbabilityOfImprovement())
    ),
    Variant(
        "acquisition", "log expected improvement", _acquisition(parts.LogExpectedImprovement())
    ),
    Variant("acquisition", "upper confidence bound", _acquisition(parts.UpperConfidenceBound())),
    Variant("acquisition", "Thompson sampling", _acquisition(parts.ThompsonSampling())),
    Variant("acquisition", "improvement per second", _acquisition(parts.PerSecond())),
    Variant(
        "acquisition",
        "improvement per second, by Gaussian process",
        lambda s: evolve(
            s, acquisition=parts.PerSecond(), seconds_anticipator=parts.GaussianProcess("seconds")
        ),
    ),
    Variant(
        "acquisition", "improvement less 1e-5 a second", _acquisition(parts.MinusPrice(price=1e-5))
    ),
    Variant(
        "acquisition",
        "improvement within 60 s",
        _acquisition(parts.WithinSeconds(max_fit_time=60.0)),
    ),
    Variant("exploration", "one in ten", _exploration(parts.Constant(0.1))),
    Variant("exploration", "half of the trials", _exploration(parts.Constant(0.5))),
    Variant("exploration", "inverse-linear to 0.5 (2018)", _exploration(parts.InverseLinear())),
    Variant(
        "exploration", "inverse-linear to 0.05", _exploration(parts.InverseLinear(1.0, 0.25, 0.05))
    ),
    Variant("exploration", "exponential", _exploration(parts.Exponential(1.0, 0.05, 0.01))),
    Variant("exploration", "by recent accuracy", _exploration(parts.ByRecentAccuracy())),
    Variant("acceptance", "gain above 0.01", _acceptance(parts.Threshold(0.01))),
    Variant("acceptance", "gain at 1e-5 a second", _acceptance(parts.Threshold(0.0, price=1e-5))),
    Variant("acceptance", "annealing", _acceptance(parts.SimulatedAnnealing())),
    Variant(
        "acceptance",
        "posterior mean, Gaussian process",
        _acceptance(parts.PosteriorMean(parts.GaussianProcess())),
    ),
    Variant(
        "acceptance", "posterior mean, Bayesian ridge", _acceptance(parts.PosteriorMean(_BAYESIAN))
    ),
    Variant(
        "acceptance",
        "pooled mean, 1 in 5 re-evaluated",
        lambda s: evolve(
            s, move=parts.Reevaluate(s.move, parts.Constant(0.2)), acceptance=parts.PooledMean()
        ),
    ),
    Variant("termination", "50 trials", _stop(parts.MaxTrials(50))),
    Variant("termination", "3,000 seconds", _stop(parts.Seconds(3000.0))),
    Variant("termination", "patience of 20", _stop(parts.Patience(20))),
    Variant("termination", "score of 0.95", _stop(parts.ScoreReached(0.95))),
    Variant("termination", "nothing anticipated", _stop(parts.NothingAnticipated())),
    Variant(
        "termination", "regret bound", _stop(parts.RegretBound(parts.GaussianProcess(), noise=0.01))
    ),
    Variant("termination", "space exhausted", _stop(parts.SpaceExhausted())),
    Variant(
        "termination",
        "patience of 20 and 50 trials",
        _stop(parts.Both((parts.Patience(20), parts.MaxTrials(50)))),
    ),
    Variant(
        "termination",
        "patience of 20 or 50 trials",
        _stop(parts.Either((parts.Patience(20), parts.MaxTrials(50)))),
    ),
    Variant("folds", "folds 0 and 2", _folds(parts.FoldSubset((0, 2))), FOLDS),
    Variant("folds", "2 folds, going round", _folds(parts.RotatingSubset(2)), FOLDS),
    Variant("folds", "2 folds at random", _folds(parts.RotatingSubset(2, at_random=True)), FOLDS),
    Variant("folds", "racing", _folds(parts.Racing()), FOLDS),
    Variant("folds", "racing at level 0.2", _folds(parts.Racing(0.2)), FOLDS),
    Variant("folds", "intensification", _folds(parts.Intensification()), FOLDS),
    Variant("folds", "paired test to accept", _acceptance(parts.PairedTest()), FOLDS),
    Variant(
        "folds",
        "2 folds at random, pooled mean",
        lambda s: evolve(
            s, folds=parts.RotatingSubset(2, at_random=True), acceptance=parts.PooledMean()
        ),
        FOLDS,
    ),
    Variant("folds", "regret bound", _stop(parts.RegretBound(parts.GaussianProcess())), FOLDS),
)
"""All rows of the ablation, in the order of the report."""


def components(of: Strategy) -> list[Contestant]:
    """Return the bases and their variants, as contestants.

    Parameters
    ----------
    of : Strategy
        The base recipe.

    Examples
    --------
    >>> from autotune_strategies import recipes
    >>> [each.name for each in components(recipes.default())][:2]
    ['base', 'walk']
    """
    made = {name: each.make(of) for name, each in BASES.items()}
    bases = [
        Contestant(each.name, made[each.name], each.name, each.name, each.folds, each.layers)
        for each in BASES.values()
    ]
    return bases + [
        Contestant(
            f"{each.group}/{each.label}",
            each.swap(made[each.base]),
            each.group,
            each.base,
            BASES[each.base].folds,
            BASES[each.base].layers,
            each.prior,
        )
        for each in VARIANTS
    ]
