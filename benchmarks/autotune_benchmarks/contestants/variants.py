"""What the ablation compares: a base recipe, and the same with one component swapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from attrs import evolve, frozen

import autotune_strategies as parts
from autotune.strategy import Move, Schedule, Strategy
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


def _with(**given: Any) -> Swap:
    return lambda s: evolve(s, **given)


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
    return _with(
        move=_new(
            parts.ChangeSeveral(number, parts.Uniformly(), parts.NormalStep(parts.Constant(0.2)))
        )
    )


def _pick(picker: Any) -> Swap:
    return _with(
        move=_new(
            parts.ChangeSeveral(parts.FixedNumber(1), picker, parts.NormalStep(parts.Constant(0.2)))
        )
    )


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


def _regression(**given: Any) -> Swap:
    return lambda s: evolve(s, score_anticipator=parts.Regression(**{**_RIDGE, **given}))


def _gaussian(**given: Any) -> Swap:
    return lambda s: evolve(s, score_anticipator=_with_parts(s.score_anticipator, given))


def _with_parts(anticipator: Any, given: Mapping[str, Any]) -> Any:
    """Return the base's Gaussian process with parts swapped, or a plain one where it has none."""
    if isinstance(anticipator, parts.GaussianProcess):
        return evolve(anticipator, **given)
    return parts.GaussianProcess(**given)


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

_SWAPS: Mapping[tuple[str, str], Mapping[str, Swap]] = {
    ("starts", BASE): {
        "none but the start values": _with(start=parts.StartValues()),
        "4 random, no start values": _with(start=parts.RandomStarts(4)),
        "10, the others random": _start(parts.RandomStarts(9)),
        "10, the others of a Latin hypercube": _start(parts.LatinHypercube(9)),
        "9, the others of a Sobol sequence": _start(parts.Sobol(8)),
        "the start values twice (given)": _start(parts.GivenPoints([{}])),
        "the best 3 of 9 prior trials": _with(start=parts.BestOfPrior(3)),
    },
    ("moves", BASE): {
        "tried ones not left out": lambda s: evolve(s, move=_without_care(s.move)),
        "near the incumbent only": _with(move=parts.Unseen(parts.LocalPerturbation())),
        "anywhere only": _with(move=parts.Unseen(parts.GlobalJump())),
        "near: neighbours": _near(parts.Neighbours()),
        "near: momentum": _near(parts.Momentum()),
        "near: lines": _near(parts.LineMove()),
        "near: differential evolution": _near(parts.DifferentialEvolution()),
        "near: crossover": _near(parts.Crossover()),
        "near: crossover and local": _near(
            parts.Mixture((parts.Crossover(), parts.LocalPerturbation()))
        ),
        "1 in 10 re-evaluated": lambda s: evolve(s, move=parts.Reevaluate(s.move)),
    },
    ("steps", WALK): {
        "multiply and add (2018)": _step(parts.MultiplyAdd),
        "Student t, 1 degree of freedom": _step(parts.StudentTStep),
        "Student t, 3 degrees of freedom": _step(
            lambda: parts.StudentTStep(parts.Constant(0.15), 3.0)
        ),
    },
    ("numbers of parameters", WALK): {
        "2 in every step": _number(parts.FixedNumber(2)),
        "geometric, 2 on average": _number(parts.Geometric()),
        "from 4 down to 1": _number(parts.Scheduled(parts.Exponential(4.0, 0.03, 1.0))),
    },
    ("pickers", WALK): {
        "uniformly": _pick(parts.Uniformly()),
        "by sensitivity": _pick(parts.BySensitivity()),
        "by past success": _pick(parts.ByPastSuccess()),
    },
    ("schedules", WALK): {
        "constant 0.1": _length(parts.Constant(0.1)),
        "constant 0.4": _length(parts.Constant(0.4)),
        "inverse-linear": _length(parts.InverseLinear(0.5, 0.05, 0.1)),
        "exponential": _length(parts.Exponential(0.5, 0.03, 0.1)),
        "linear by budget": _length(parts.Linear(0.5, 0.1, 100)),
        "cosine by budget": _length(parts.Cosine(0.5, 0.1, 100)),
        "1/5th rule": _length(parts.OneFifthRule()),
        "no-improvement window": _length(parts.NoImprovementWindow(floor=0.1)),
        "per parameter, by success": _length(parts.PerParameterSuccess()),
        "by sensitivity": _length(parts.LengthBySensitivity()),
        "by sensitivity, 1/power": _length(parts.LengthBySensitivity(power=0.5)),
        "product, clipped: cosine by sensitivity": _length(
            parts.Clipped(
                parts.Product((parts.Cosine(2.0, 0.5, 100), parts.LengthBySensitivity())), 0.1, 0.6
            )
        ),
        "maximum: 1/5th rule and constant": _length(
            parts.Maximum((parts.OneFifthRule(), parts.Constant(0.1)))
        ),
    },
    ("sequences", LAYERS): {
        "elements new by chance": _layers(parts.SequenceChange(new="random")),
        "elements like neighbours": _layers(parts.SequenceChange()),
        "elements as the smallest": _layers(parts.SequenceChange(new="smallest")),
        "grow and shrink only": _layers(parts.SequenceChange(change=0.0)),
        "elements change only": _layers(parts.SequenceChange(0.0, 0.0)),
    },
    ("anticipators", BASE): {
        "none": _with(score_anticipator=parts.NoAnticipation()),
        "ridge of 2018": _with(score_anticipator=parts.Ridge()),
        "ridge": _regression(),
        "ridge, of change": _regression(of="change"),
        "Bayesian ridge": _with(score_anticipator=_BAYESIAN),
        "5 nearest neighbours": _with(score_anticipator=_NEIGHBOURS),
        "local linear": _with(
            score_anticipator=parts.Regression(
                parts.LocalLinear(), parts.ScaledFeatures(squares=False)
            )
        ),
        "random forest": _with(
            score_anticipator=parts.Regression(
                parts.Forest("random"), parts.ScaledFeatures(squares=False)
            )
        ),
        "extra trees": _with(
            score_anticipator=parts.Regression(
                parts.Forest("extra"), parts.ScaledFeatures(squares=False)
            )
        ),
        "scikit-learn: SVR": _with(
            score_anticipator=parts.Regression(
                parts.SklearnRegressor("SVR"), parts.ScaledFeatures(squares=False)
            )
        ),
        "ensemble": _with(score_anticipator=parts.Ensemble((_BAYESIAN, _NEIGHBOURS))),
        "Gaussian process, of change": _gaussian(of="change"),
        "Gaussian process, more noise": _gaussian(prior=parts.Prior(noise=-2.0)),
    },
    ("weights", BASE): {
        "discount, half-life 50": _gaussian(weights=parts.Discount(50.0)),
        "30 nearest": _gaussian(weights=parts.NearestNeighbourhood()),
        "kernel neighbourhood": _gaussian(weights=parts.KernelNeighbourhood()),
    },
    ("weights of a regression", WALK): {
        "discount, 20": _regression(weights=parts.Discount(20.0)),
        "discount, 50": _regression(weights=parts.Discount(50.0)),
        "30 nearest": _regression(weights=parts.NearestNeighbourhood()),
        "kernel neighbourhood": _regression(weights=parts.KernelNeighbourhood()),
        "kernel neighbourhood by sensitivity": _regression(
            weights=parts.KernelNeighbourhood(distance=parts.Distance(sensitive=True))
        ),
        "product: discount by kernel": _regression(
            weights=parts.ProductOfWeights((parts.Discount(50.0), parts.KernelNeighbourhood()))
        ),
    },
    ("features", WALK): {
        "those of 2018": _regression(features=parts.LogFeatures()),
        "without squares": _regression(features=parts.ScaledFeatures(squares=False)),
    },
    ("warps", BASE): {
        "ranks": _gaussian(warp=parts.Ranks()),
        "log": _gaussian(warp=parts.LogWarp()),
        "Yeo-Johnson": _gaussian(warp=parts.YeoJohnson()),
    },
    ("acquisition", BASE): {
        "greedy": _with(acquisition=parts.Greedy()),
        "gain minus price (2018)": _with(acquisition=parts.GainMinusPrice(1e-5)),
        "probability of improvement": _with(acquisition=parts.ProbabilityOfImprovement()),
        "log expected improvement": _with(acquisition=parts.LogExpectedImprovement()),
        "upper confidence bound": _with(acquisition=parts.UpperConfidenceBound()),
        "Thompson sampling": _with(acquisition=parts.ThompsonSampling()),
        "improvement per second": _with(acquisition=parts.PerSecond()),
        "improvement per second, by Gaussian process": lambda s: evolve(
            s, acquisition=parts.PerSecond(), seconds_anticipator=parts.GaussianProcess("seconds")
        ),
        "improvement less 1e-5 a second": _with(acquisition=parts.MinusPrice(price=1e-5)),
        "improvement within 60 s": _with(acquisition=parts.WithinSeconds(max_fit_time=60.0)),
    },
    ("exploration", BASE): {
        "one in ten": _with(exploration=parts.Constant(0.1)),
        "half of the trials": _with(exploration=parts.Constant(0.5)),
        "inverse-linear to 0.5 (2018)": _with(exploration=parts.InverseLinear()),
        "inverse-linear to 0.05": _with(exploration=parts.InverseLinear(1.0, 0.25, 0.05)),
        "exponential": _with(exploration=parts.Exponential(1.0, 0.05, 0.01)),
        "by recent accuracy": _with(exploration=parts.ByRecentAccuracy()),
    },
    ("acceptance", BASE): {
        "gain above 0.01": _with(acceptance=parts.Threshold(0.01)),
        "gain at 1e-5 a second": _with(acceptance=parts.Threshold(0.0, price=1e-5)),
        "annealing": _with(acceptance=parts.SimulatedAnnealing()),
        "posterior mean, Gaussian process": _with(
            acceptance=parts.PosteriorMean(parts.GaussianProcess())
        ),
        "posterior mean, Bayesian ridge": _with(acceptance=parts.PosteriorMean(_BAYESIAN)),
        "pooled mean, 1 in 5 re-evaluated": lambda s: evolve(
            s, move=parts.Reevaluate(s.move, parts.Constant(0.2)), acceptance=parts.PooledMean()
        ),
    },
    ("termination", BASE): {
        "50 trials": _with(termination=parts.MaxTrials(50)),
        "3,000 seconds": _with(termination=parts.Seconds(3000.0)),
        "patience of 20": _with(termination=parts.Patience(20)),
        "score of 0.95": _with(termination=parts.ScoreReached(0.95)),
        "nothing anticipated": _with(termination=parts.NothingAnticipated()),
        "regret bound": _with(termination=parts.RegretBound(parts.GaussianProcess(), noise=0.01)),
        "space exhausted": _with(termination=parts.SpaceExhausted()),
        "patience of 20 and 50 trials": _with(
            termination=parts.Both((parts.Patience(20), parts.MaxTrials(50)))
        ),
        "patience of 20 or 50 trials": _with(
            termination=parts.Either((parts.Patience(20), parts.MaxTrials(50)))
        ),
    },
    ("folds", FOLDS): {
        "folds 0 and 2": _with(folds=parts.FoldSubset((0, 2))),
        "2 folds, going round": _with(folds=parts.RotatingSubset(2)),
        "2 folds at random": _with(folds=parts.RotatingSubset(2, at_random=True)),
        "racing": _with(folds=parts.Racing()),
        "racing at level 0.2": _with(folds=parts.Racing(0.2)),
        "intensification": _with(folds=parts.Intensification()),
        "paired test to accept": _with(acceptance=parts.PairedTest()),
        "2 folds at random, pooled mean": lambda s: evolve(
            s, folds=parts.RotatingSubset(2, at_random=True), acceptance=parts.PooledMean()
        ),
        "regret bound": _with(termination=parts.RegretBound(parts.GaussianProcess())),
    },
}
_PRIOR = {"the best 3 of 9 prior trials": 9}

VARIANTS: tuple[Variant, ...] = tuple(
    Variant(group, label, swap, base, _PRIOR.get(label, 0))
    for (group, base), swaps in _SWAPS.items()
    for label, swap in swaps.items()
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
