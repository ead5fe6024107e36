"""Problems that are evaluated by training: an estimator of scikit-learn in cross-validation."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autotune.objective import Measurement
from autotune.space import Configuration, Space
from autotune.strategy import Key
from autotune.study import Direction, Failure
from autotune_benchmarks.problems.evaluation_cache import EvaluationCache, cache_from_environment
from autotune_benchmarks.problems.own_problem import random_configuration

__all__ = ["Build", "Data", "LiveProblem", "fitted_folds"]

Data: TypeAlias = tuple[NDArray[Any], NDArray[Any]]
Build: TypeAlias = Callable[[Configuration, int], Any]


def _copied(start: Configuration | None) -> Configuration | None:
    return None if start is None else dict(start)


@frozen
class LiveProblem:
    r"""An estimator's score in cross-validation with fixed folds.

    An estimator with randomness of its own has some *replicates*, fixed seeds as the recorded
    tables have them: a trial meets one, and the true score is the mean over all. So an evaluation
    can be kept and looked up, and yet is noisy.

    Parameters
    ----------
    name : str
        ``live/...``.
    space : Space
        The search space.
    data : callable
        Returns X and y.
    build : callable
        Returns the estimator of a configuration and a random state.
    metric : str
        A scorer of scikit-learn; larger is better.
    best, median : float
        The best known true score, and that of the median of random configurations, by which
        regrets are normalised. A search may find better than what is known: a regret below 0.
    n_folds : int
        Folds; stratified where ``classes`` is true.
    classes : bool
        Whether y are classes.
    replicates : int
        How many seeds there are; 1 for an estimator without randomness.
    start : mapping, optional
        Where all runs begin, if not at random.
    kept : EvaluationCache, optional
        Where evaluations are kept on disk; else where ``AUTOTUNE_BENCH_CACHE`` says, and in memory
        if it says nothing.

    Notes
    -----
    Seconds are measured, on one thread; scores repeat exactly with the same versions, seconds with
    a cache only.
    """

    name: str
    space: Space = field(repr=False)
    data: Callable[[], Data] = field(repr=False)
    build: Build = field(repr=False)
    metric: str
    best: float
    median: float
    n_folds: int = 5
    classes: bool = True
    replicates: int = 1
    start: Configuration | None = field(default=None, converter=_copied, repr=False)
    kept: EvaluationCache | None = None

    def __hash__(self) -> int:
        return hash((self.name, self.kept))

    @property
    def family(self) -> str:
        """What stands before the name's slash."""
        return self.name.partition("/")[0]

    @property
    def direction(self) -> Direction:
        """Scikit-learn's scorers are maximised."""
        return "maximize"

    def cached(self, kept: EvaluationCache | None) -> LiveProblem:
        """Return the problem with its evaluations kept elsewhere."""
        return evolve(self, kept=kept)

    def first(self, seed: int) -> dict[str, Any]:
        """Return the configuration that runs with this seed begin with, drawn evenly."""
        if self.start is not None:
            return dict(self.start)
        return random_configuration(self.space, Key(seed).child("first"))

    def evaluate(self, configuration: Configuration, seed: int, trial: int) -> tuple[float, float]:
        """Return mean score over the folds and all seconds, with the replicate a trial meets.

        A trial that fails scores NaN.
        """
        share = Key(seed).child(trial, "replicate").generator().random()
        found = self.measured(configuration, int(share * self.replicates))
        return _mean(found), math.fsum((*found.fit_seconds, *found.score_seconds))

    def evaluate_folds(self, configuration: Configuration, folds: tuple[int, ...]) -> Measurement:
        """Return scores and seconds of some folds, with the first replicate."""
        found = self.measured(configuration, 0)
        if found.failure is not None:
            return Measurement(
                folds[:1],
                (math.nan,),
                (found.fit_seconds[-1],),
                (found.score_seconds[-1],),
                failure=found.failure,
            )
        return Measurement(
            folds,
            tuple(found.scores[fold] for fold in folds),
            tuple(found.fit_seconds[fold] for fold in folds),
            tuple(found.score_seconds[fold] for fold in folds),
        )

    def truth(self, configuration: Configuration) -> float:
        """Return the mean score over all replicates; NaN where one fails."""
        found = [_mean(self.measured(configuration, i)) for i in range(self.replicates)]
        return math.fsum(found) / len(found)

    def regret(self, configuration: Configuration) -> float:
        """Return the normalised regret of the true score; infinite where a trial fails."""
        score = self.truth(configuration)
        if not math.isfinite(score):
            return math.inf
        return (score - self.best) / (self.median - self.best) + 0.0  # no -0.0

    def measured(self, configuration: Configuration, replicate: int) -> Measurement:
        """Return the measurement of all folds with one replicate, as it was kept if it was."""
        found = self.space.check(configuration)
        return _remembered(self, _Key(json.dumps(found, sort_keys=True), found), replicate)

    def run(self, configuration: Configuration, replicate: int) -> Measurement:
        """Train and score on all folds, up to the first that fails."""
        X, y = _data(self.data)
        splitter = StratifiedKFold if self.classes else KFold
        splits = splitter(self.n_folds, shuffle=True, random_state=0).split(X, y)

        def build(fold: int) -> Any:
            state = int(Key(replicate).child("estimator", fold).generator().integers(2**32))
            return self.build(configuration, state)

        return fitted_folds(build, get_scorer(self.metric), (X, y), dict(enumerate(splits)))


def fitted_folds(
    build: Callable[[int], Any],
    score: Callable[[Any, NDArray[Any], NDArray[Any]], float],
    data: Data,
    splits: Mapping[int, tuple[NDArray[Any], NDArray[Any]]],
) -> Measurement:
    """Fit and score folds on one thread, up to the first that fails; no warning is shown.

    Parameters
    ----------
    build : callable
        Returns the estimator of a fold.
    score : callable
        Of a fitted estimator, X and y, as a scorer of scikit-learn is.
    data : tuple of ndarray
        X and y.
    splits : mapping of int to tuple of ndarray
        Rows to train and to test on, for each fold.
    """
    X, y = data
    columns: list[tuple[float, float, float]] = []
    failure = None
    for fold, (train, test) in splits.items():
        begin = fitted = perf_counter()
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"), threadpool_limits(1):
                warnings.simplefilter("ignore")
                model = build(fold)
                model.fit(X[train], y[train])
                fitted = perf_counter()
                scored = float(score(model, X[test], y[test]))
            if not math.isfinite(scored):
                failure = Failure("not finite", f"the score of fold {fold} is {scored}")
        except (ValueError, MemoryError, ArithmeticError) as error:  # weights ran away, say
            failure = Failure(type(error).__name__, str(error))
            scored, fitted = math.nan, perf_counter()
        columns.append((scored, fitted - begin, perf_counter() - fitted))
        if failure is not None:
            break
    scores, fit_seconds, score_seconds = zip(*columns, strict=True)
    folds = tuple(splits)[: len(columns)]
    return Measurement(folds, scores, fit_seconds, score_seconds, failure=failure)


@frozen
class _Key:
    """A configuration that is equal by its text."""

    text: str
    configuration: Configuration = field(eq=False)


@lru_cache(maxsize=8192)
def _remembered(problem: LiveProblem, key: _Key, replicate: int) -> Measurement:
    kept = cache_from_environment() if problem.kept is None else problem.kept
    found = None if kept is None else kept.get(problem.name, key.configuration, replicate)
    if found is None:
        found = problem.run(key.configuration, replicate)
        if kept is not None:
            kept.put(problem.name, key.configuration, replicate, found)
    return found


@cache
def _data(load: Callable[[], Data]) -> Data:
    return load()


def _mean(found: Measurement) -> float:
    return math.nan if found.failure is not None else math.fsum(found.scores) / len(found.scores)
