"""How busy several workers are kept, and what it costs a search that several trials run at once."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from time import perf_counter
from typing import Any

import attrs
import joblib
import numpy as np
from rich.console import Console
from rich.table import Table

from autotune.analysis import utilisation
from autotune.execution import Execution
from autotune.log import MemoryLog
from autotune.replay import verify
from autotune.space import Float, Space
from autotune.strategy import ask, describe, judge
from autotune.strategy.fantasies import PENDING_VALUES, PendingValue
from autotune.strategy.state import SearchState
from autotune.study import Evaluated, Measurement, Proposed, Study, StudyStarted
from autotune.tuner import tune
from autotune_benchmarks.machine import machine
from autotune_benchmarks.options import count
from autotune_benchmarks.problems.problem import study_seed
from autotune_benchmarks.problems.recorded_tables import TABLES, load_table
from autotune_benchmarks.protocol.traces import moments
from autotune_strategies import recipes

__all__ = ["add_arguments", "busy", "delayed_regret", "main"]

SPACE = Space({"x": Float(-1, 1), "y": Float(-1, 1)}, start={"x": 0.5, "y": 0.5})


def sleeper(mean: float) -> Callable[[dict[str, Any]], float]:
    """Return an objective that sleeps: from a fifth of the mean to nearly twice as long."""

    def objective(c: dict[str, Any]) -> float:
        import math
        import time

        share = math.modf(abs(math.sin(1e4 * c["x"] + 1e3 * c["y"])) * 1e3)[0]
        time.sleep(mean * (0.2 + 1.6 * share))
        return float(-(c["x"] ** 2) - c["y"] ** 2)

    return objective


def busy(study: Study, workers: int) -> float:
    """Return the share of the workers' time that went into evaluations.

    From the first proposal to the last verdict; what starting workers and proposing took, and the
    time in which a worker waited, are all told as not busy.

    Examples
    --------
    >>> found = tune(sleeper(0.01), SPACE, n_trials=5, seed=0)
    >>> 0.1 < busy(found.study, 1) <= 1
    True
    """
    used = utilisation(study)
    first = float(used.begin.min())
    return float(used.busy.sum()) / (workers * (used.span - first))


def measured_runs(workers: int, n_trials: int, mean: float) -> list[dict[str, Any]]:
    """Run the sleeping objective in every way, and tell how busy the workers were."""
    rows = []

    def ran(words: str, **ways: Any) -> None:
        log = MemoryLog()
        begin = perf_counter()
        found = tune(
            sleeper(mean), SPACE, n_trials=n_trials, seed=0, log=log, execution=Execution(**ways)
        )
        rows.append(
            {
                "way": words,
                "seconds": perf_counter() - begin,
                "busy": busy(found.study, workers),
                "verified": verify(log).passed,
            }
        )

    def in_threads(words: str, **ways: Any) -> None:
        executor: Executor
        with ThreadPoolExecutor(workers) as executor:
            ran(words, executor=executor, **ways)

    in_threads("threads, as completed", asynchronous=True)
    ran("processes, as completed", n_jobs=workers, asynchronous=True)
    in_threads(f"threads, batches of {workers}", batch_size=workers)
    in_threads("threads, batches of automatic size", batch_size="auto")
    return rows


def delayed_regret(
    table: str, seed: int, trials: int, workers: int, lie: PendingValue
) -> tuple[float, ...]:
    """Return the regret of a search whose trials come back after others have been proposed.

    Parameters
    ----------
    table : str
        Name of a recorded table.
    seed : int
        Number of the run.
    trials : int
        Its budget.
    workers : int
        Trials that run at once; each takes as long as the others.
    lie : str
        As ``Strategy.pending``.

    Returns
    -------
    tuple of float
        Normalised regret after a quarter, half and all of the trials.
    """
    problem = load_table(table)
    root = study_seed(problem.name, seed)
    strategy = attrs.evolve(recipes.default(), pending_value=lie)
    current = SearchState.initial(strategy).apply(
        StudyStarted(
            at=0,
            study_id=f"{table}-{seed}",
            space=problem.space.with_start(problem.first(seed)),
            direction=problem.direction,
            metric=problem.metric,
            n_folds=1,
            strategy=describe(strategy),
            seed=root,
        )
    )
    waiting: list[Proposed] = []
    regret = []
    for _ in range(trials):
        while len(waiting) < workers and current.study.n_trials < trials:
            waiting.append(ask(strategy, current.state, current.study, at=0))
            current = current.apply(waiting[-1])
        done = waiting.pop(0)
        score, seconds = problem.evaluate(done.configuration, root, done.trial)
        current = current.apply(
            Evaluated(0, done.trial, Measurement((0,), (score,), (seconds,), (0.0,)))
        )
        current = current.apply(judge(strategy, current.state, current.study, done.trial, at=0))
        incumbent = current.study.incumbent
        best = problem.first(seed) if incumbent is None else current.study.configuration(incumbent)
        regret.append(problem.regret(best))
    return tuple(regret[n - 1] for n in moments(trials))


def compared_lies(seeds: int, trials: int, workers: int, jobs: int) -> list[dict[str, Any]]:
    """Search recorded tables one after the other and with several trials at once."""
    tables = [table for table in TABLES if table.startswith("hpobench/")]
    ways: list[tuple[int, PendingValue]] = [
        (1, "best"),
        *((workers, lie) for lie in PENDING_VALUES),
    ]
    tasks = [(w, lie, table, seed) for w, lie in ways for table in tables for seed in range(seeds)]
    found = joblib.Parallel(n_jobs=jobs)(
        joblib.delayed(delayed_regret)(table, seed, trials, w, lie) for w, lie, table, seed in tasks
    )
    rows = []
    for w, lie in ways:
        mine = np.array([r for r, task in zip(found, tasks, strict=True) if task[:2] == (w, lie)])
        rows.append(
            {
                "trials at once": w,
                "pending": lie if w > 1 else "-",
                "at": moments(trials),
                "regret": mine.mean(axis=0).tolist(),
                "standard error": (mine.std(axis=0, ddof=1) / np.sqrt(len(mine))).tolist(),
            }
        )
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``workers``."""
    parser.add_argument("--workers", type=count, default=4, help="workers (%(default)s)")
    parser.add_argument("--trials", type=count, default=100, help="of each run (%(default)s)")
    parser.add_argument(
        "--mean", type=float, default=0.4, help="mean seconds of an evaluation (%(default)s)"
    )
    parser.add_argument(
        "--seeds", type=count, default=10, help="runs on each recorded table (%(default)s)"
    )
    parser.add_argument(
        "--no-regret", action="store_true", help="measure how busy workers are only"
    )
    parser.add_argument("--jobs", type=count, default=1, help="processes for the regrets")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> int:
    """Measure, print the report, and return the exit code."""
    found = machine()
    runs = measured_runs(arguments.workers, arguments.trials, arguments.mean)
    lies = []
    if not arguments.no_regret:
        lies = compared_lies(arguments.seeds, arguments.trials, arguments.workers, arguments.jobs)
    if arguments.json:
        told = {"benchmark": "workers", "machine": found, "busy": runs, "regret": lies}
        print(json.dumps(told, indent=2))
        return 0
    console = Console()
    table = Table("", "seconds", "workers busy", "verified", title="A sleeping objective")
    for row in runs:
        table.add_row(
            row["way"], f"{row['seconds']:.1f}", f"{row['busy']:.1%}", str(row["verified"])
        )
    console.print(table)
    if lies:
        headings = [f"regret at {n}" for n in lies[0]["at"]]
        table = Table("trials at once", "pending", *headings, title="Eight recorded tables")
        for row in lies:
            cells = [
                f"{mean:.3f} ± {error:.3f}"
                for mean, error in zip(row["regret"], row["standard error"], strict=True)
            ]
            table.add_row(str(row["trials at once"]), row["pending"], *cells)
        console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in found.items()), highlight=False)
    return 0
