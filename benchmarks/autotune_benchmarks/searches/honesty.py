"""Whether the honest score of a winner is honest: what it says beside what is true.

The best score of a search is too good: among many that are as good, the lucky one wins. Here
searches are run where the truth is known: on recorded tables, whose truth is the mean over all
recorded seeds; on made-up problems with noise, of single scores and of folds; and live, on a few
hundred rows in cross-validation, where the truth is the score of the refitted winner on rows that
were held out. Told are how often the interval of the honest score holds the truth, and the mean
error beside that of the plain best score; above 0 is too good.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import joblib
import numpy as np
from attrs import asdict, frozen
from rich.console import Console
from rich.table import Table

from autotune.analysis import honest_score
from autotune.analysis.intervals import wilson_interval
from autotune.strategy import Strategy, recommend
from autotune.strategy.defaults import with_budget
from autotune.strategy.state import SearchState
from autotune.study import Study
from autotune_benchmarks.contestants.search import search_states
from autotune_benchmarks.machine import machine
from autotune_benchmarks.options import count, whole
from autotune_benchmarks.problems.problem import instance_of
from autotune_benchmarks.problems.recorded_tables import TABLES
from autotune_benchmarks.problems.suites import load_problem
from autotune_benchmarks.protocol.parallel import one_thread, work_through
from autotune_strategies import recipes

__all__ = [
    "SOURCES",
    "Claim",
    "Estimate",
    "Summary",
    "add_arguments",
    "claims_of",
    "live_claim",
    "main",
    "summary",
]

_LEVEL = 0.9
_WIDTH = 130
_WITHIN = 0.03  # so far may the share that is covered be from what the interval says


@frozen
class Claim:
    """What was said of a winner, and what is true.

    Parameters
    ----------
    problem : str
        Where.
    seed : int
        Of the run.
    trials : int
        After how many.
    plain : float
        The winner's score as it was measured.
    honest, low, high : float
        Its honest score with the interval.
    level : float
        How often the interval is to hold the truth.
    truth : float
        Its true score.
    scale : float
        The unit of errors, from the best to the median where that is known; negative where smaller
        scores are better, so that errors above 0 are too good.
    """

    problem: str
    seed: int
    trials: int
    plain: float
    honest: float
    low: float
    high: float
    level: float
    truth: float
    scale: float

    @property
    def known(self) -> bool:
        """Whether there is an interval: before anything is known of luck, there is none."""
        return math.isfinite(self.low)

    @property
    def covered(self) -> bool:
        """Whether the interval holds the truth, but for rounding."""
        slack = 1e-9 * max(abs(self.truth), 1e-300)
        return self.low - slack <= self.truth <= self.high + slack

    @property
    def plain_error(self) -> float:
        """By how much the plain score is too good."""
        return (self.plain - self.truth) / self.scale

    @property
    def honest_error(self) -> float:
        """By how much the honest score is too good."""
        return (self.honest - self.truth) / self.scale


@frozen
class Estimate:
    """An honest score.

    Parameters
    ----------
    trial : int
        Of whom.
    score, low, high : float
        As the user's scorer has it, with its interval.
    level : float
        How often the interval is to hold the truth.
    """

    trial: int
    score: float
    low: float
    high: float
    level: float


Estimator: TypeAlias = Callable[[SearchState], Estimate | None]


def claims_of(
    name: str,
    strategy: Strategy,
    seed: int,
    trials: Sequence[int],
    estimate: Estimator,
    *,
    folds: bool = False,
) -> list[Claim]:
    """Search a problem whose truth is known, and return what was claimed at some moments.

    Parameters
    ----------
    name : str
        The problem.
    strategy : Strategy
        What searches.
    seed : int
        The number of the run.
    trials : sequence of int
        The moments.
    estimate : callable
        Returns the honest score where a search stands; None where it has nothing to say.
    folds : bool
        Whether trials are cross-validated over the problem's folds.
    """
    problem = instance_of(load_problem(name), seed)
    sign = 1.0 if problem.direction == "maximize" else -1.0
    scale = sign * abs(problem.median - problem.best)  # type: ignore[attr-defined]
    found = []
    limited = with_budget(strategy, max(trials))
    for n, current in enumerate(search_states(problem, limited, seed, folds=folds), 1):
        said = estimate(current) if n in trials else None
        if said is None:
            continue
        study = current.study
        plain = study.outcome(said.trial).score
        truth = problem.truth(study.configuration(said.trial))
        found.append(
            Claim(
                name,
                seed,
                n,
                plain,
                said.score,
                said.low,
                said.high,
                said.level,
                truth,
                scale,
            )
        )
    return found


Live: TypeAlias = Callable[[Any, Any, Any, int], Estimate | None]

_ROWS = 300


def _tree() -> tuple[Any, dict[str, Any]]:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(random_state=0), {
        "max_depth": list(range(1, 16)),
        "min_samples_leaf": [1, 2, 3, 5, 8, 12, 20, 30],
        "ccp_alpha": [0.0, 0.001, 0.003, 0.01, 0.03],
        "criterion": ["gini", "entropy"],
    }


def _machine() -> tuple[Any, dict[str, Any]]:
    from sklearn.svm import SVC

    from autotune.space import Float

    return SVC(), {"C": Float(1e-2, 1e3, log=True), "gamma": Float(1e-4, 10.0, log=True)}


def _neighbours() -> tuple[Any, dict[str, Any]]:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(), {
        "n_neighbors": list(range(1, 41)),
        "weights": ["uniform", "distance"],
        "p": [1, 2],
    }


_LIVE: Mapping[str, Callable[[], tuple[Any, dict[str, Any]]]] = MappingProxyType(
    {"tree": _tree, "machine": _machine, "neighbours": _neighbours}
)


def _rows(seed: int) -> tuple[Any, Any, Any, Any]:
    """Make up some rows to search on, and so many others that the truth is nearly exact."""
    from sklearn.datasets import make_classification

    X, y = make_classification(
        20_000 + _ROWS,
        n_features=12,
        n_informative=5,
        n_redundant=3,
        flip_y=0.1,
        class_sep=0.8,
        random_state=seed,
    )
    return X[:_ROWS], y[:_ROWS], X[_ROWS:], y[_ROWS:]


def live_claim(
    name: str, seed: int, trials: int, read: Callable[[Any], Estimate | None]
) -> list[Claim]:
    """Search live on a few hundred rows, and return what was claimed of the refitted winner.

    Parameters
    ----------
    name : str
        ``tree``, ``machine`` or ``neighbours``.
    seed : int
        Of rows, folds and search.
    trials : int
        The budget.
    read : callable
        Returns the honest score of a fitted ``StepSearchCV``; None where it has nothing to say.
    """
    from sklearn.model_selection import StratifiedKFold

    from autotune.sklearn.search import StepSearchCV

    X, y, X_rest, y_rest = _rows(seed)
    estimator, space = _LIVE[name]()
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = StepSearchCV(estimator, space, n_trials=trials, cv=folds, random_state=seed)
        search.fit(X, y)
        truth = float(search.best_estimator_.score(X_rest, y_rest))
    said = read(search)
    if said is None:
        return []
    return [
        Claim(
            f"live/{name}",
            seed,
            trials,
            float(search.best_score_),
            said.score,
            said.low,
            said.high,
            said.level,
            truth,
            1.0,
        )
    ]


@frozen
class Summary:
    """What claims come to.

    Parameters
    ----------
    source : str
        Where they were made.
    n, unknown : int
        How many with an interval, and how many without, of which the rest does not tell.
    level : float
        What the intervals say of themselves.
    coverage, low, high : float
        How often they hold the truth, with a 95 % interval.
    plain_error, honest_error : float
        By how much scores are too good, in the mean.
    plain_off, honest_off : float
        The root of the mean squared error.
    width : float
        The mean width of the intervals, in the unit of errors.
    """

    source: str
    n: int
    unknown: int
    level: float
    coverage: float
    low: float
    high: float
    plain_error: float
    honest_error: float
    plain_off: float
    honest_off: float
    width: float

    @property
    def met(self) -> bool:
        """Whether they cover as often as they say, within three points."""
        return abs(self.coverage - self.level) <= _WITHIN


def summary(source: str, claims: Sequence[Claim]) -> Summary:
    """Return what some claims come to.

    Parameters
    ----------
    source : str
        What they are called.
    claims : sequence of Claim
        At least one, all of one level.

    Examples
    --------
    >>> claim = Claim("a", 0, 9, 0.95, 0.9, 0.85, 0.95, 0.9, 0.91, 1.0)
    >>> found = summary("made up", [claim])
    >>> found.coverage, round(found.plain_error, 3), round(found.honest_error, 3)
    (1.0, 0.04, -0.01)
    """
    given = len(claims)
    claims = [claim for claim in claims if claim.known]
    n = len(claims)
    if n == 0:
        raise ValueError(f"{source}: none of {given} claims has an interval")
    covered = sum(claim.covered for claim in claims)
    low, high = wilson_interval(np.array([covered]), np.array([n]), 0.95)
    plain = np.array([claim.plain_error for claim in claims])
    honest = np.array([claim.honest_error for claim in claims])
    width = np.array([(claim.high - claim.low) / abs(claim.scale) for claim in claims])
    return Summary(
        source,
        n,
        given - n,
        claims[0].level,
        covered / n,
        float(low[0]),
        float(high[0]),
        float(plain.mean()),
        float(honest.mean()),
        float(np.sqrt(np.mean(plain**2))),
        float(np.sqrt(np.mean(honest**2))),
        float(width.mean()),
    )


Source: TypeAlias = Literal["tables", "noise", "folds", "live"]

_NOISY = ("planted/heavy_noise", "planted/mixed_kinds", "failing/strip", "failing/dead_choice")
SOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "tables": TABLES,
        "noise": _NOISY,
        "folds": ("planted/heavy_noise", "planted/mixed_kinds"),
        "live": tuple(_LIVE),
    }
)
"""The problems of each source of truths."""


def estimate(current: SearchState) -> Estimate | None:
    """Return the honest score of what a search recommends; None before anything succeeded.

    Parameters
    ----------
    current : SearchState
        Where it stands.
    """
    trial = recommend(current.strategy, current.state, current.study)
    return None if trial is None else _said(current.study, trial)


def _said(study: Study, trial: int) -> Estimate:
    found = honest_score(study, trial, level=_LEVEL)
    return Estimate(trial, found.score, found.low, found.high, found.level)


def estimate_of_search(search: Any) -> Estimate | None:
    """Return the honest score of a fitted ``StepSearchCV``.

    Parameters
    ----------
    search : StepSearchCV
        The search.
    """
    trial = int(search.cv_results_["iteration"][search.best_index_])
    return _said(search.study_, trial)


def _do(source: str, problem: str, seed: int, trials: tuple[int, ...]) -> tuple[str, list[Claim]]:
    with one_thread():
        if source == "live":
            return source, live_claim(problem, seed, max(trials), estimate_of_search)
        folds = source == "folds"
        found = claims_of(problem, recipes.default(), seed, trials, estimate, folds=folds)
        return source, found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``honesty``."""
    parser.add_argument(
        "--sources",
        nargs="+",
        default=list(SOURCES),
        choices=list(SOURCES),
        metavar="SOURCE",
        help=f"{', '.join(SOURCES)} (all)",
    )
    parser.add_argument("--seeds", type=count, default=20, help="of each problem (%(default)s)")
    parser.add_argument("--first-seed", type=whole, default=0, help="(%(default)s)")
    parser.add_argument(
        "--trials",
        nargs="+",
        type=count,
        default=[25, 50, 100],
        help="moments; live ones are told at the last (%(default)s)",
    )
    parser.add_argument("--jobs", type=count, default=joblib.cpu_count(), help="(%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> int:
    """Search, compare, print the table, and return 0 if all intervals cover as they say."""
    about = machine()
    trials = tuple(sorted(set(arguments.trials)))
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    tasks = [
        (source, problem, seed, trials)
        for seed in seeds
        for source in arguments.sources
        for problem in SOURCES[source]
    ]
    claims: dict[str, list[Claim]] = {source: [] for source in arguments.sources}
    console = Console(stderr=True)
    for source, found in work_through(_do, tasks, jobs=arguments.jobs, console=console):
        claims[source] += found
    rows = _summaries(claims)
    if arguments.json:
        told = [asdict(row) for row in rows]
        print(json.dumps({"benchmark": "honesty", "machine": about, "figures": told}, indent=2))
    else:
        out = Console()
        if not out.is_terminal:
            out = Console(width=_WIDTH)  # a file has room
        out.print(_table(rows))
        words = ", ".join(f"{key} {value}" for key, value in about.items())
        out.print(words, highlight=False)
    return 0 if all(row.met for row in rows) else 1


def _summaries(claims: Mapping[str, Iterable[Claim]]) -> list[Summary]:
    """Return a summary of each source and moment, and of all moments of a source together."""
    rows = []
    for source, found in claims.items():
        each = list(found)
        for n in sorted({claim.trials for claim in each}):
            inner = [claim for claim in each if claim.trials == n]
            if any(claim.known for claim in inner):
                rows.append(summary(f"{source}, {n} trials", inner))
    return rows


def _table(rows: Sequence[Summary]) -> Table:
    table = Table(title="Honest scores; errors above 0 are too good")
    table.add_column("")
    for head in (
        "claims",
        "unknown",
        "says",
        "covers",
        "95 % interval",
        "plain: mean error",
        "honest: mean error",
        "plain: rms",
        "honest: rms",
        "width",
        "",
    ):
        table.add_column(head, justify="right")
    for row in rows:
        numbers = (row.plain_error, row.honest_error)
        table.add_row(
            row.source,
            str(row.n),
            str(row.unknown),
            f"{row.level:.0%}",
            f"{row.coverage:.1%}",
            f"{row.low:.1%} to {row.high:.1%}",
            *(f"{x:+.4f}" for x in numbers),
            *(f"{x:.4f}" for x in (row.plain_off, row.honest_off, row.width)),
            "[green]met[/]" if row.met else "[red]not met[/]",
        )
    return table
