"""scikit-learn's HalvingRandomSearchCV, with evaluations as what it rations.

It applies where a configuration can be evaluated again with another score: all candidates are
evaluated once, the better third three times, and so on up to as many times as the problem has
folds. A problem without noise gives it nothing to halve; there it is random search.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from attrs import define, frozen

from autotune.space import Configuration
from autotune_benchmarks.peers.flat_space import FlatSpace
from autotune_benchmarks.peers.hand_over import HandOver
from autotune_benchmarks.peers.installed import loss, quiet, short_seed
from autotune_benchmarks.peers.sklearn_random import distributions
from autotune_benchmarks.peers.tool import Tool, ToolSession
from autotune_benchmarks.problems.problem import Problem

__all__ = ["SklearnHalving", "SklearnHalvingSession", "evaluations"]

_FACTOR = 3


def evaluations(candidates: int, most: int) -> int:
    """Return how many evaluations so many candidates come to.

    Parameters
    ----------
    candidates : int
        In the first round.
    most : int
        Evaluations of a candidate in the last round at most.

    Examples
    --------
    >>> evaluations(9, 9)  # 9 once, 3 three times, 1 nine times
    27
    >>> evaluations(9, 1)
    9
    """
    rounds = 1 + min(_whole_log(candidates), _whole_log(most))
    total = 0
    for i in range(rounds):
        total += candidates * _FACTOR**i
        candidates = math.ceil(candidates / _FACTOR)
    return total


def _whole_log(number: int) -> int:
    found = 0
    while _FACTOR ** (found + 1) <= number:
        found += 1
    return found


@define(eq=False)
class SklearnHalvingSession(ToolSession):
    """The search in a thread; an evaluation is asked for at a time.

    Parameters
    ----------
    direction, first
        As for ``ToolSession``.
    search : HandOver
        Hands over configurations, and the number of evaluations in the candidate's round.
    """

    search: HandOver[tuple[dict[str, Any], int], float]
    _left: int = 0
    _now: tuple[dict[str, Any], int] | None = None
    _scores: list[float] | None = None
    _best_round: int = 0

    def ask(self) -> dict[str, Any]:
        """Return the first point, then each candidate as often as its round says."""
        if self.is_first():
            self._now, self._left, self._scores = (dict(self.first), 1), 1, []
        elif self._left == 0:
            with quiet():
                self._now = self.search.ask()
            self._left, self._scores = (0 if self._now is None else self._now[1]), []
        return self.best() if self._now is None else dict(self._now[0])

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:  # noqa: ARG002
        """Keep the score; the mean goes to the search when the candidate has had its share.

        Its best is the best candidate of the last round so far, as ``best_params_`` does.
        """
        if self._now is None or self._scores is None:
            return
        found = loss(self.direction, score)
        self._scores.append(math.nan if found is None else found)
        self._left -= 1
        if self._left > 0:
            return
        candidate, times = self._now
        mean = float(np.mean(self._scores))
        later = times > self._best_round
        if math.isfinite(mean) and (
            later or (times == self._best_round and mean < self._best_loss)
        ):
            self._best, self._best_loss, self._best_round = candidate, mean, times
        if self._asked > 1:
            self.search.tell(-mean)


def _search(
    flat: FlatSpace, seed: int, candidates: int, most: int
) -> Callable[[Callable[[tuple[dict[str, Any], int]], float]], object]:
    """Return what runs the search with an estimator that asks for its score."""

    def run(objective: Callable[[tuple[dict[str, Any], int]], float]) -> None:
        from sklearn.base import BaseEstimator
        from sklearn.experimental import enable_halving_search_cv  # noqa: F401
        from sklearn.model_selection import HalvingRandomSearchCV

        class Asked(BaseEstimator):  # type: ignore[misc]
            """Scores what the objective says."""

            def __init__(self, evaluations: int = 1, values: Any = None) -> None:
                self.evaluations = evaluations
                self.values = values

            def fit(self, X: Any, y: Any = None) -> Any:  # noqa: ARG002
                return self

            def score(self, X: Any, y: Any = None) -> float:  # noqa: ARG002
                return objective((flat.configuration(self.values), self.evaluations))

        class Drawn:
            """Candidates all parameters together."""

            def rvs(self, random_state: Any = None) -> dict[str, Any]:
                given = distributions(flat)
                return {
                    name: values[random_state.randint(len(values))]
                    if isinstance(values, list)
                    else values.rvs(random_state=random_state)
                    for name, values in given.items()
                }

        with quiet():
            HalvingRandomSearchCV(
                Asked(),
                {"values": Drawn()},
                n_candidates=candidates,
                factor=_FACTOR,
                resource="evaluations",
                min_resources=1,
                max_resources=most,
                cv=[([0], [1])],
                refit=False,
                return_train_score=False,
                random_state=seed,
            ).fit(np.zeros((2, 1)), np.zeros(2))

    return run


@frozen
class SklearnHalving(Tool):
    """HalvingRandomSearchCV of scikit-learn.

    Notes
    -----
    What it rations are evaluations of a candidate: all are evaluated once, the better third three
    times anew, up to as many times as the problem has folds, and all of them count. So it applies
    where scores are noisy; without noise there is one round, which is random search. The search
    runs in a thread and waits for each score. In between, its best is that of the latest round.
    """

    name = "sklearn-halving"
    packages = ("scikit-learn",)
    given: ClassVar[Mapping[str, Any]] = {
        "resource": "evaluations of a candidate, each counted against the budget",
        "min_resources": 1,
        "max_resources": "the problem's folds (recorded seeds)",
        "n_candidates": "as many as the budget allows",
        "return_train_score, refit": False,
        "random_state": "the run's seed",
        "first point": "tried first; the search itself knows none",
        "best": "of the latest round",
    }

    def session(
        self, problem: Problem, first: Configuration, seed: int, n_trials: int
    ) -> SklearnHalvingSession:
        """Begin a search."""
        flat = FlatSpace(problem.space)
        most = problem.n_folds
        candidates = 1
        while evaluations(candidates + 1, most) <= n_trials - 1:
            candidates += 1
        tool = HandOver(_search(flat, short_seed(seed), candidates, most))
        return SklearnHalvingSession(problem.direction, first, tool)
