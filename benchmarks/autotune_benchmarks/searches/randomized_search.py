"""StepSearchCV beside RandomizedSearchCV on the same configurations, and folds saved by racing."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, cast

import attrs
from attrs import frozen
from joblib import Parallel, delayed
from rich.console import Console
from rich.table import Table
from scipy.stats import loguniform
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold
from sklearn.preprocessing import scale
from sklearn.svm import SVC

from autotune.execution import Execution
from autotune.log import MemoryLog
from autotune.sklearn.search import StepSearchCV
from autotune.strategy import FoldPlan, Strategy
from autotune.study import Accepted, Evaluated
from autotune_benchmarks.machine import machine
from autotune_benchmarks.options import count
from autotune_strategies import Racing, recipes

__all__ = ["Side", "add_arguments", "main", "race", "run_side"]

SPACE = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-5, 1.0)}
SAVED = 0.3
DEARER = 1.1
_MODULE = "autotune_benchmarks.searches.randomized_search"
_LOOK_EVERY = 0.05


@frozen
class Side:
    """What one search cost.

    Parameters
    ----------
    seconds : float
        Wall time of ``fit``, workers started and the best fitted again.
    fit_seconds : float
        Fit and score seconds of all folds together.
    score : float
        The best mean score.
    megabytes : float
        Of the process and its workers at their largest, pages that they share counted once.
    """

    seconds: float
    fit_seconds: float
    score: float
    megabytes: float = float("nan")


def run_side(
    side: str, configurations: Path, *, trials: int, jobs: int, more: dict[str, Any]
) -> Side:
    """Run one search in this process.

    Parameters
    ----------
    side : {"step", "random"}
        Which. The first writes the configurations it tries, the other tries the same.
    configurations : Path
        A JSON file of them.
    trials, jobs : int
        ``n_trials`` or ``n_iter``, and ``n_jobs``.
    more : dict
        Further parameters of ``Execution``.
    """
    X, y = load_digits(return_X_y=True)
    X = scale(X)
    given: dict[str, Any] = {"cv": 5, "n_jobs": jobs, "random_state": 0}
    search: Any
    if side == "step":
        execution = Execution(n_jobs=jobs, **more)
        search = StepSearchCV(SVC(), SPACE, n_trials=trials, execution=execution, **given)
    else:
        same = [{k: [v] for k, v in p.items()} for p in json.loads(configurations.read_text())]
        search = RandomizedSearchCV(SVC(), same, n_iter=trials, **given)
    begin = time.perf_counter()
    search.fit(X, y)
    seconds = time.perf_counter() - begin
    results = search.cv_results_
    if side == "step":
        configurations.write_text(json.dumps(results["params"]))
    spent = results["mean_fit_time"] + results["mean_score_time"]
    return Side(seconds, float(spent.sum()) * 5, float(results["mean_test_score"].max()))


def _in_new_process(side: str, file: Path, trials: int, jobs: int, more: dict[str, Any]) -> Side:
    command = [sys.executable, "-m", _MODULE, side, str(file), str(trials), str(jobs)]
    path = os.pathsep.join(each for each in sys.path if each)
    started = Popen(
        [*command, json.dumps(more)],
        stdout=PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"},
    )
    largest = [0.0]
    watcher = threading.Thread(target=_watch, args=(started, largest), daemon=True)
    watcher.start()
    told, _ = started.communicate()
    watcher.join()
    if started.returncode != 0:
        raise RuntimeError(f"the {side} side ended with code {started.returncode}")
    return attrs.evolve(Side(**json.loads(told)), megabytes=largest[0] or float("nan"))


def _watch(process: Popen[str], largest: list[float]) -> None:
    while process.poll() is None:
        largest[0] = max(largest[0], sum(map(_megabytes, _family(process.pid))))
        time.sleep(_LOOK_EVERY)


def _family(pid: int) -> list[int]:
    """Return a process and all below it; only the process where /proc doesn't tell."""
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0  # it has ended, or this is not Linux
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


# Racing


@frozen
class Race:
    """The same search with all folds and with racing, from one seed.

    Parameters
    ----------
    data, recipe : str
        What was searched, and how.
    seed : int
        Of the search and of the splits.
    folds, raced : int
        Fold fits of all trials.
    folds_to_best, raced_to_best : float
        Fold fits until the best score that both reach.
    loss : float
        How much lower the best score is with racing.
    """

    data: str
    recipe: str
    seed: int
    folds: int
    raced: int
    folds_to_best: float
    raced_to_best: float
    loss: float


def race(
    data: str, recipe: str, seed: int, *, trials: int, n_folds: int, plan: FoldPlan | None = None
) -> Race:
    """Search twice from one seed, once with all folds and once with racing.

    ``random_search`` proposes the same configurations both times, whatever the folds say; the
    default strategy goes another way once it knows other scores.
    """
    load = {"breast cancer": load_breast_cancer, "digits": load_digits, "wine": load_wine}[data]
    X, y = load(return_X_y=True)
    X, y = scale(X[:600]), y[:600]
    ways: dict[str, Callable[[], Strategy]] = {
        "random_search": recipes.random_search,
        "default": recipes.default,
    }
    strategy = ways[recipe]()
    paths = []
    for each in (strategy, attrs.evolve(strategy, folds=Racing() if plan is None else plan)):
        search = StepSearchCV(
            SVC(),
            SPACE,
            strategy=each,
            n_trials=trials,
            cv=StratifiedKFold(n_folds, shuffle=True, random_state=seed),
            random_state=seed,
            refit=False,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            paths.append(_path(search.fit(X, y)))
    (whole, plain), (raced, quick) = paths
    target = min(plain[-1][1], quick[-1][1])
    return Race(
        data,
        recipe,
        seed,
        whole,
        raced,
        _fits_until(plain, target),
        _fits_until(quick, target),
        plain[-1][1] - quick[-1][1],
    )


def _path(search: StepSearchCV) -> tuple[int, list[tuple[int, float]]]:
    """Return the fold fits of a search, and how many there were at each score that was accepted."""
    fits, accepted = 0, []
    for event in cast("MemoryLog", search.log_).events():
        if isinstance(event, Evaluated):
            fits += len(event.measurement.folds)
        elif isinstance(event, Accepted):
            accepted.append((fits, search.study_.outcome(event.trial).score))
    return fits, accepted


def _fits_until(path: list[tuple[int, float]], score: float) -> float:
    return next((fits for fits, reached in path if reached >= score - 1e-12), float("inf"))


# The command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--only", choices=("sides", "races"), help="one of the two parts")
    parser.add_argument("--trials", type=count, default=60, help="trials of each search")
    parser.add_argument("--jobs", type=count, default=2, help="n_jobs of both searches")
    parser.add_argument("--repeats", type=count, default=3, help="runs of each side, in turns")
    parser.add_argument("--batch-size", default="auto", help="of StepSearchCV: a number or auto")
    parser.add_argument("--asynchronous", action="store_true", help="of StepSearchCV")
    parser.add_argument("--seeds", type=count, default=10, help="seeds of each race")
    parser.add_argument("--folds", type=count, default=10, help="folds of the races (%(default)s)")
    parser.add_argument(
        "--level", type=float, default=0.4, help="of the test that drops trials (%(default)s)"
    )
    parser.add_argument("--json", type=Path, help="write all figures to this file")


def main(arguments: argparse.Namespace) -> int:
    """Run the benchmark and return the exit code."""
    console = Console()
    found: dict[str, Any] = {"machine": machine()}
    if arguments.only != "races":
        found["sides"] = _compare_sides(arguments, console)
    if arguments.only != "sides":
        found["races"] = _compare_races(arguments, console)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _compare_sides(arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    size = arguments.batch_size if arguments.batch_size == "auto" else int(arguments.batch_size)
    more = {"asynchronous": True} if arguments.asynchronous else {"batch_size": size}
    sides: dict[str, list[Side]] = {"step": [], "random": []}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "configurations.json"
        for _ in range(arguments.repeats):
            for side, done in sides.items():
                done.append(_in_new_process(side, file, arguments.trials, arguments.jobs, more))
    # On a busy machine fits themselves vary; this is what is left of the seconds but for them.
    beside = [statistics.median(s.seconds / s.fit_seconds for s in done) for done in sides.values()]
    table = Table(title=f"{arguments.trials} trials of SVC in 5 folds, n_jobs={arguments.jobs}")
    for heading in ("", "StepSearchCV", "RandomizedSearchCV", "ratio", "target"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    ratios: dict[str, float] = {}
    for name, unit in (("seconds", "s"), ("megabytes", "MB"), ("fit_seconds", "s"), ("score", "")):
        step, peer = (statistics.median(getattr(s, name) for s in sides[k]) for k in sides)
        ratios[name] = step / peer
        target = f"≤ {DEARER}" if name in ("seconds", "megabytes") else ""
        table.add_row(
            name, f"{step:.4g} {unit}", f"{peer:.4g} {unit}", f"{step / peer:.3f}", target
        )
    ratios["seconds per second of fits"] = beside[0] / beside[1]
    shown = [f"{each:.3f}" for each in (*beside, beside[0] / beside[1])]
    table.add_row("seconds per second of fits", *shown, "")
    console.print(table)
    runs = {side: [attrs.asdict(each) for each in done] for side, done in sides.items()}
    return {"ratios": ratios, "runs": runs, "options": more}


def _compare_races(arguments: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    run = partial(
        race, trials=arguments.trials, n_folds=arguments.folds, plan=Racing(arguments.level)
    )
    names = ("breast cancer", "digits", "wine")
    wanted = [
        (data, recipe, seed)
        for recipe in ("random_search", "default")
        for data in names
        for seed in range(arguments.seeds)
    ]
    races = cast(
        "list[Race]", Parallel(n_jobs=arguments.jobs)(delayed(run)(*each) for each in wanted)
    )
    table = Table(title=f"Fold fits saved by racing, median of {arguments.seeds} seeds")
    for heading in ("recipe", "data", "all trials", "to the best of both", "best score lost"):
        table.add_column(heading, justify="left" if heading in ("recipe", "data") else "right")
    for recipe, data in dict.fromkeys((recipe, data) for data, recipe, _ in wanted):
        here = [each for each in races if (each.recipe, each.data) == (recipe, data)]
        table.add_row(
            recipe,
            data,
            _share(1 - each.raced / each.folds for each in here),
            _share(1 - each.raced_to_best / each.folds_to_best for each in here),
            f"{statistics.median(each.loss for each in here):.4f}",
        )
    console.print(table, f"the target is {SAVED:.0%} saved", highlight=False)
    return [attrs.asdict(each) for each in races]


def _share(shares: Iterable[float]) -> str:
    return f"{statistics.median(shares):.0%}"


if __name__ == "__main__":
    _side, _file, _trials, _jobs, _more = sys.argv[1:]
    print(
        json.dumps(
            attrs.asdict(
                run_side(
                    _side,
                    Path(_file),
                    trials=int(_trials),
                    jobs=int(_jobs),
                    more=json.loads(_more),
                )
            )
        )
    )
