"""``autotune search``: tune an estimator of scikit-learn on a table of data."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from rich.console import Console

from autotune.cli.shared.beginning import (
    check_save,
    execution_of,
    failures_allowed,
    finish,
    going_on,
    log_directory,
    named_strategy,
    parallel_options,
    strategy_words,
    study_options,
    trials_of,
)
from autotune.cli.shared.estimators import named_estimator, start_values_for
from autotune.cli.shared.output import console_for, say
from autotune.cli.shared.running import in_options
from autotune.cli.shared.spaces import named_space
from autotune.errors import AutotuneError, EvaluationError, SpaceError
from autotune.interchange.data_table import Data, read_data
from autotune.log import Log, is_log, open_log
from autotune.replay import state_at
from autotune.report.progress import Progress
from autotune.sklearn.search import StepSearchCV
from autotune.strategy.defaults import recommended, trials_within
from autotune.study import EMPTY
from autotune.study.formatting import clean
from autotune.tuner import TuneResult

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = f"""\
Tune an estimator of scikit-learn, or one like it, by cross-validation on a table of data.
Given again with the same log it goes on where it stopped.

The estimator is a class, an object, or a function without arguments that makes one, such as
a pipeline; it is imported from the current directory too. The data is a Parquet, CSV, Arrow
or Feather file; all columns but the target, the groups and those to drop are features.

{strategy_words()}"""

EXAMPLES = """\
examples:
  autotune search --estimator sklearn.svm:SVC --data wine.parquet --target class --space svc.toml
  autotune search --estimator sklearn.svm:SVC --data wine.parquet --target class \\
      --start C=1.0 gamma=0.1 kernel=rbf
  autotune search --estimator models:pipeline --data sales.csv --target price --drop id \\
      --groups shop --cv 10 --scoring r2 --space pipeline.toml --log runs/sales --save best.json
  autotune search --estimator sklearn.mixture:GaussianMixture --data wine.csv --space gm.toml"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "--estimator", metavar="MODULE:NAME", required=True, help="the estimator, or what makes it"
    )
    parser.add_argument("--data", metavar="FILE", type=Path, required=True, help="the data")
    parser.add_argument(
        "--target", metavar="COLUMN", help="what is to be predicted (default: there is none)"
    )
    parser.add_argument("--groups", metavar="COLUMN", help="rows of one group are in the same fold")
    parser.add_argument(
        "--drop", metavar="COLUMN", nargs="+", default=[], help="columns to leave out"
    )
    parser.add_argument(
        "--cv", metavar="K", type=_folds, default=5, help="number of folds (default: 5)"
    )
    parser.add_argument(
        "--scoring", metavar="NAME", help="one of scikit-learn's scorers (default: the model's own)"
    )
    study_options(parser, space_required=False)
    parser.add_argument(
        "--start",
        metavar="NAME=VALUE",
        nargs="+",
        help="start values instead of a space; they get bounds and choices from the estimator, and "
        'a list means choices, such as kernel=["rbf","poly"]',
    )
    parallel_options(parser)
    parser.add_argument(
        "--save-model",
        metavar="FILE",
        type=Path,
        help="fit the best model on all data, and write it there with joblib",
    )


def _folds(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 2:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number >= 2")
    return number


class _Search(StepSearchCV):
    """A search that is watched."""

    watcher: Any = None

    def _watcher(self) -> Any:
        return self.watcher


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    console = console_for(json=arguments.json)
    check_save(arguments.save)
    check_save(arguments.save_model, "--save-model")
    estimator = named_estimator(arguments.estimator)
    if (arguments.space is None) == (arguments.start is None):
        raise SpaceError("name a --space, or give --start values; one of them")
    space = (
        named_space(arguments.space)
        if arguments.start is None
        else start_values_for(estimator, arguments.start)
    )
    data = read_data(
        arguments.data, target=arguments.target, groups=arguments.groups, drop=arguments.drop
    )
    path: Path | None = arguments.log
    search = _Search(
        estimator,
        space,
        strategy=named_strategy(arguments.strategy),
        n_trials=trials_of(arguments),
        time_budget=arguments.time_budget,
        max_identical_failures=failures_allowed(arguments),
        scoring=_scoring(arguments.scoring),
        cv=_splitter(arguments, estimator, data),
        refit=arguments.save_model is not None,
        random_state=0 if arguments.seed is None and not _has_study(path) else arguments.seed,
        execution=execution_of(arguments),
    )
    checked = search._checked_space()  # before a log is made
    goes_on = _has_study(path)
    path = log_directory(path, "autotune-search")
    going_on(path, console)
    search.log = path
    if not arguments.quiet:
        rows, columns = data.X.shape
        say(
            console,
            f"Tuning {arguments.estimator} on {rows} rows of {columns} features, {arguments.cv} "
            "folds; Ctrl-C ends it early.",
        )
        for line in [] if goes_on else search._inferred(checked):
            say(console, f"  {clean(line)}")
    _fit(search, data, console, path, quiet=arguments.quiet)
    model = hasattr(search, "best_estimator_")
    if model:
        import joblib

        joblib.dump(search.best_estimator_, arguments.save_model)
    with open_log(path, mode="r") as log:
        result = _result(log, interrupted=getattr(search, "interrupted_", False))
    code = finish(result, path, arguments, console, command="search")
    if model:
        say(console, f"model: {arguments.save_model}")
    return code


def _has_study(path: Path | None) -> bool:
    return path is not None and is_log(path)


def _fit(search: _Search, data: Data, console: Console, path: Path, *, quiet: bool) -> None:
    more = {} if data.groups is None else {"groups": data.groups}
    try:
        if quiet:
            search.fit(data.X, data.y, **more)
            return
        n_trials = trials_within(search.n_trials, search.time_budget)
        with Progress(console, n_trials=n_trials, time_budget=search.time_budget) as progress:
            search.watcher = progress
            search.fit(data.X, data.y, **more)
    except AutotuneError:
        raise
    except (ValueError, TypeError) as error:
        # Where trials were made and all failed, that is told from the log.
        study = state_at(path) if is_log(path) else EMPTY
        if study.n_judged == 0:
            raise EvaluationError(str(error)) from error
        if study.stopped is None:
            say(console, in_options(error))


def _result(log: Log, *, interrupted: bool) -> TuneResult:
    study = state_at(log)
    trial = recommended(study)
    return TuneResult(
        best=None if trial is None else study.configuration(trial),
        best_score=math.nan if trial is None else study.outcome(trial).score,
        best_trial=trial,
        n_trials=study.n_trials,
        stopped=None if study.stopped is None else study.stopped.words,
        interrupted=interrupted,
        study=study,
        log=log,
    )


def _scoring(name: str | None) -> str | None:
    from sklearn.metrics import get_scorer_names

    if name is not None and name not in get_scorer_names():
        raise EvaluationError(
            f"--scoring {name!r} is not a scorer; choose one of {', '.join(get_scorer_names())}"
        )
    return name


def _splitter(arguments: argparse.Namespace, estimator: Any, data: Data) -> Any:
    from sklearn.base import is_classifier
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    if data.groups is None:
        return arguments.cv
    return (StratifiedGroupKFold if is_classifier(estimator) else GroupKFold)(arguments.cv)
