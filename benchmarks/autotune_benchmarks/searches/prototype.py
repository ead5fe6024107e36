"""The prototype's own toy problem: trials until its published score is reached."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import attrs
import joblib
import numpy as np
from attrs import frozen
from rich.console import Console
from rich.table import Table

from autotune.log import MemoryLog, open_log
from autotune.space import Space
from autotune.strategy import Termination
from autotune.study import Accepted
from autotune.tuner import Tuner
from autotune_benchmarks.machine import machine
from autotune_benchmarks.options import count, whole
from autotune_benchmarks.problems.toy_2018 import START, Toy2018, make_data
from autotune_strategies import Either, MaxTrials, ScoreReached
from autotune_strategies.recipes import autotune_2018

__all__ = ["PUBLISHED_SCORE", "PUBLISHED_TRIALS", "Run", "add_arguments", "main", "run_seed"]

PUBLISHED_SCORE = 0.9962
PUBLISHED_TRIALS = 299


@frozen
class Run:
    """What one seed came to.

    Parameters
    ----------
    seed : int
        Of the data, the study and the estimators.
    reached : int, optional
        The first trial whose mean R² is at least the target; None if there is none.
    trials : int
        Trials done.
    best_score : float
        The best mean R² of all trials.
    best : dict
        Its configuration.
    accepted : int
        Trials that were kept.
    seconds : float
        Wall time of the run, or of the part after it was taken up again.
    slowest_seconds : float
        Fitting and scoring seconds of the slowest trial.
    slowest : dict
        Its configuration.
    """

    seed: int
    reached: int | None
    trials: int
    best_score: float
    best: dict[str, Any]
    accepted: int
    seconds: float
    slowest_seconds: float
    slowest: dict[str, Any]


def run_seed(
    seed: int,
    *,
    target: float = PUBLISHED_SCORE,
    max_trials: int = 1000,
    log: Path | None = None,
    rows: int = 5000,
    progress: bool = False,
) -> Run:
    """Search once, until the target is reached or the trials are used up.

    Parameters
    ----------
    seed : int
        Of the data, the study and the estimators.
    target : float
        The mean R² to reach.
    max_trials : int
        Trials at most.
    log : Path, optional
        Directory of the record; a run that is there already goes on. In memory if left out.
    rows : int
        Rows of the data, 5000 in the prototype's problem.
    progress : bool
        Whether to tell of every trial that is kept, on stderr.
    """
    begin = time.perf_counter()
    objective = Toy2018(*make_data(seed, rows), seed)
    rules: tuple[Termination, ...] = (ScoreReached(target), MaxTrials(max_trials))
    strategy = attrs.evolve(autotune_2018(), termination=Either(rules))
    with Tuner(
        Space.from_start(START),
        strategy=strategy,
        log=MemoryLog() if log is None else open_log(log),
        metric="r2",
        n_folds=objective.n_folds,
        seed=seed,
    ) as tuner:

        def try_out(trial: int) -> None:
            folds = tuple(range(objective.n_folds))
            configuration = tuner.study.configuration(trial)
            verdict = tuner.tell(trial, objective.of_trial(trial).evaluate(configuration, folds))
            if progress and isinstance(verdict, Accepted):
                print(
                    f"seed {seed}: trial {trial}, R² {tuner.result().best_score:.5f}, "
                    f"{time.perf_counter() - begin:.0f} s, {configuration}",
                    file=sys.stderr,
                    flush=True,
                )

        for trial in sorted(tuner.study.pending):  # left over by a run that was killed
            try_out(trial)
        while (proposed := tuner.ask()) is not None:
            try_out(proposed.trial)
        return _summary(tuner, seed, target, time.perf_counter() - begin)


def _summary(tuner: Tuner, seed: int, target: float, seconds: float) -> Run:
    study = tuner.study
    outcomes = study.outcomes()
    scores = np.where(outcomes.usable, outcomes.score, -np.inf)
    best = int(scores.argmax()) + 1
    spent = study.begun.n_folds * (outcomes.fit_seconds + outcomes.score_seconds)
    slowest = int(spent.argmax()) + 1
    return Run(
        seed=seed,
        reached=next((i + 1 for i, score in enumerate(scores) if score >= target), None),
        trials=study.n_trials,
        best_score=float(scores[best - 1]),
        best=study.configuration(best),
        accepted=int(study.verdicts["accepted"].sum()),
        seconds=seconds,
        slowest_seconds=float(spent[slowest - 1]),
        slowest=study.configuration(slowest),
    )


def median_trials(runs: list[Run]) -> float | None:
    """Return the median number of trials to the target; None if half the runs or more miss it.

    A run that misses the target counts as longer than all others.
    """
    median = statistics.median(float("inf") if r.reached is None else r.reached for r in runs)
    return None if median == float("inf") else median


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``prototype``."""
    parser.add_argument(
        "--seeds", type=count, default=3, help="runs, with seeds 0, 1, … (%(default)s)"
    )
    parser.add_argument(
        "--first-seed", type=whole, default=0, help="the first of them (%(default)s)"
    )
    parser.add_argument(
        "--max-trials", type=count, default=1000, help="trials of a run at most (%(default)s)"
    )
    parser.add_argument(
        "--target", type=float, default=PUBLISHED_SCORE, help="mean R² to reach (%(default)s)"
    )
    parser.add_argument("--rows", type=count, default=5000, help="rows of the data (%(default)s)")
    parser.add_argument("--log", type=Path, help="directory in which each run gets its log")
    parser.add_argument("--jobs", type=count, help="runs at a time (one for each core)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> int:
    """Run the seeds, print the report, and return the exit code."""
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    begin = time.perf_counter()
    options = [
        {
            "seed": seed,
            "target": arguments.target,
            "max_trials": arguments.max_trials,
            "log": None if arguments.log is None else arguments.log / f"seed-{seed}",
            "rows": arguments.rows,
            "progress": True,
        }
        for seed in seeds
    ]
    jobs = joblib.cpu_count() if arguments.jobs is None else arguments.jobs
    jobs = min(len(options), jobs)
    if jobs <= 1:
        runs = [_run(each) for each in options]
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            runs = list(pool.map(_run, options))
    _report(runs, arguments, time.perf_counter() - begin)
    return 0


def _run(options: dict[str, Any]) -> Run:
    return run_seed(**options)


def _report(runs: list[Run], arguments: argparse.Namespace, seconds: float) -> None:
    median = median_trials(runs)
    if arguments.json:
        report = {
            "benchmark": "prototype",
            "target": arguments.target,
            "max_trials": arguments.max_trials,
            "rows": arguments.rows,
            "published_trials": PUBLISHED_TRIALS,
            "median_trials": median,
            "seconds": seconds,
            "machine": machine(),
            "runs": [attrs.asdict(run) for run in runs],
        }
        print(json.dumps(report, indent=2))
        return
    table = Table(
        title=f"Toy problem of 2018: trials until mean R² ≥ {arguments.target} "
        f"(published: {PUBLISHED_TRIALS})"
    )
    for heading in ("seed", "reached at trial", "kept", "best R²", "wall time", "slowest trial"):
        table.add_column(heading, justify="right")
    table.add_column("best configuration")
    for run in runs:
        table.add_row(
            str(run.seed),
            f"not in {run.trials}" if run.reached is None else str(run.reached),
            str(run.accepted),
            f"{run.best_score:.5f}",
            f"{run.seconds:.0f} s",
            f"{run.slowest_seconds:.1f} s",
            ", ".join(
                f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
                for name, value in run.best.items()
            ),
        )
    console = Console()
    console.print(table)
    console.print(
        f"median: {'not reached' if median is None else f'{median:g} trials'}; "
        f"{seconds:.0f} s in all; " + ", ".join(f"{k} {v}" for k, v in machine().items())
    )
