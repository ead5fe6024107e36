"""One run of a strategy on a problem: the pure kernel, without clock, log or waiting."""

from __future__ import annotations

import math
from collections.abc import Iterator
from time import perf_counter

from attrs import field, frozen

from autotune.component import describe
from autotune.events import Evaluated, Proposed, StudyStarted
from autotune.keys import Key
from autotune.objective import Measurement
from autotune.position import Position
from autotune.space import Space
from autotune.strategy import Strategy, ask, judge, plan, stop
from autotune.study import Study
from autotune_benchmarks.problems.problem import Problem, study_seed

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
    root = study_seed(problem.name, seed)
    first = problem.first(root)
    space = problem.space.with_start(first)
    n_folds = problem.n_folds if folds else 1
    position = Position.initial(strategy).fold(
        StudyStarted(
            at=0,
            study_id=f"{problem.name}-{seed}",
            space=space,
            direction=problem.direction,
            metric=problem.metric,
            n_folds=n_folds,
            strategy=describe(strategy),
            seed=root,
        )
    )
    given = _prior(problem, space, root, prior)
    budget = trials * n_folds
    used = 0
    passed = 0.0
    elsewhere = 0.0
    regret = problem.regret(first)
    curve: list[tuple[int, float]] = []
    begin = perf_counter()
    while used < budget:
        at = int(1e6 * passed)
        proposed = next(given, None)
        if proposed is None:
            if stop(strategy, position.state, position.study, at=at) is not None:
                break
            proposed = ask(strategy, position.state, position.study, at=at)
        position = position.fold(proposed)
        trial = proposed.trial
        while wanted := plan(strategy, position.state, position.study, trial):
            looking = perf_counter()
            if folds:
                found = problem.evaluate_folds(proposed.configuration, wanted)
            else:
                score, seconds = problem.evaluate(proposed.configuration, root, trial)
                found = Measurement(wanted, (score,), (seconds,), (0.0,))
            elsewhere += perf_counter() - looking
            used += len(wanted)
            passed += math.fsum(found.fit_seconds)
            position = position.fold(
                Evaluated(
                    int(1e6 * passed),
                    trial,
                    found.folds,
                    found.scores,
                    found.fit_seconds,
                    found.score_seconds,
                )
            )
        at = int(1e6 * passed)
        position = position.fold(judge(strategy, position.state, position.study, trial, at=at))
        looking = perf_counter()
        if position.study.incumbent is not None:
            regret = problem.regret(position.study.configuration(position.study.incumbent))
        curve.append((used, regret))
        elsewhere += perf_counter() - looking
    own = perf_counter() - begin - elsewhere
    points = checkpoints(trials)
    return Run(
        at=points,
        regret=tuple(_regret_at(curve, n * n_folds, problem.regret(first)) for n in points),
        n_trials=position.study.n_trials,
        n_evaluations=used,
        fit_seconds=passed,
        own_seconds=own / position.study.n_trials,
        study=position.study,
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
