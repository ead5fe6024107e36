"""One run of a strategy on a problem, in short: the regret of its incumbent at some moments."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import field, frozen

from autotune.space import Space
from autotune.strategy import Key, Strategy
from autotune.study import Proposed, Study
from autotune_benchmarks.contestants.search import StrategySearch
from autotune_benchmarks.problems.problem import Problem

__all__ = ["Run", "checkpoints", "run"]


@frozen
class Run:
    """What one run came to.

    Parameters
    ----------
    at : tuple of int
        Numbers of evaluations, or of full cross-validations where folds are counted.
    regret : tuple of float
        The normalised regret of the incumbent's true score, after so many each. A study that
        stopped before keeps the incumbent it had.
    n_trials, n_evaluations : int
        Trials, and folds evaluated in them.
    fit_seconds : float
        Recorded seconds of training, all told.
    own_seconds : float
        What proposing, judging and folding took, a trial.
    study : Study
        The folded state.
    """

    at: tuple[int, ...]
    regret: tuple[float, ...]
    n_trials: int
    n_evaluations: int
    fit_seconds: float
    own_seconds: float
    study: Study = field(eq=False, repr=False)


def checkpoints(trials: int) -> tuple[int, ...]:
    """Return a quarter, half and the whole of a number of trials.

    Examples
    --------
    >>> checkpoints(100)
    (25, 50, 100)
    """
    return tuple(sorted({max(trials // 4, 1), max(trials // 2, 1), trials}))


def run(
    problem: Problem,
    strategy: Strategy,
    seed: int,
    trials: int,
    *,
    folds: bool = False,
    prior: int = 0,
) -> Run:
    """Search a problem.

    Recorded seconds are the study's time: they pass while a trial is evaluated, and no others do.

    Parameters
    ----------
    problem : Problem
        Where.
    strategy : Strategy
        What decides; its rules to stop are heeded.
    seed : int
        The number of the run. All strategies begin with the same configuration, and the noise that
        trial *t* meets is the same for all.
    trials : int
        The budget, in evaluations.
    folds : bool
        Whether to cross-validate over the problem's folds; the budget then is that of so many
        trials with all folds.
    prior : int
        Random configurations taken over before the search begins. They are paid for.
    """
    search = StrategySearch(problem, strategy, seed, folds=folds, own_counts=False)
    begun = search.current.study.begun
    given = _prior(problem, begun.space, begun.seed, prior)
    budget = trials * begun.n_folds
    at_first = regret = problem.regret(problem.first(begun.seed))
    curve: list[tuple[int, float]] = []
    while search.n_evaluations < budget and search.step(next(given, None)):
        study = search.current.study
        if study.incumbent is not None:
            regret = problem.regret(study.configuration(study.incumbent))
        curve.append((search.n_evaluations, regret))
    study = search.current.study
    points = checkpoints(trials)
    return Run(
        at=points,
        regret=tuple(_regret_at(curve, n * begun.n_folds, at_first) for n in points),
        n_trials=study.n_trials,
        n_evaluations=search.n_evaluations,
        fit_seconds=search.recorded_seconds,
        own_seconds=search.own_seconds / study.n_trials,
        study=study,
    )


def _regret_at(curve: list[tuple[int, float]], used: int, before: float) -> float:
    """Return the regret when so many folds had been evaluated, and the last trial judged."""
    regret = before
    for n, value in curve:
        if n > used:
            break
        regret = value
    return regret


def _prior(problem: Problem, space: Space, seed: int, n: int) -> Iterator[Proposed]:
    """Yield proposals of trials that are taken over: the first configuration and random ones."""
    if n == 0:
        return
    drawn = space.sample(Key(seed).child("prior").generator(), n - 1) if n > 1 else {}
    configurations = [problem.first(seed), *(space.decode(drawn) if n > 1 else [])]
    for i, configuration in enumerate(configurations):
        yield Proposed(0, i + 1, configuration, None, (), "prior")
