"""Import: results of other tools as the log of a study that can be looked at and gone on with."""

from __future__ import annotations

from os import PathLike
from typing import Any

from autotune.clock import Clock, SystemClock
from autotune.interchange.earlier import read_table
from autotune.interchange.optuna_studies import from_optuna, is_optuna_study
from autotune.interchange.recorded_trials import as_log, events_of
from autotune.log import Log
from autotune.space import Space
from autotune.strategy import Strategy
from autotune.strategy.defaults import as_strategy, default_strategy
from autotune.study import Direction

__all__ = ["import_results"]


def import_results(
    source: Any,
    to: Log | str | PathLike[str] | None = None,
    *,
    space: Space | None = None,
    strategy: Strategy | str | None = None,
    direction: Direction = "maximize",
    metric: str = "score",
    clock: Clock | None = None,
) -> Log:
    """Write results that another tool recorded to a new log.

    Parameters
    ----------
    source : path, dict, DataFrame, fitted search or Optuna study
        A CSV, Parquet or JSON file (all generations of the 2018 prototype's ``cv_results.csv``, and
        what ``export_results`` writes, among them); scikit-learn's ``cv_results_`` or a search that
        has it, or columns of parameters and scores, see
        ``autotune.interchange.results_table.from_columns``; or an ``optuna.Study`` of any storage,
        see ``autotune.interchange.optuna_studies.from_optuna``.
    to : path or Log, optional
        A new or empty log; memory if left out.
    space : Space, optional
        Inferred from the configurations if left out, or made of Optuna's distributions.
    strategy : Strategy or str, optional
        What judges trials without a recorded verdict, and goes on with the study; the default if
        left out.
    direction : {"maximize", "minimize"}
        Whether larger or smaller scores are better; an Optuna study says so itself.
    metric : str
        What the score is called.
    clock : Clock, optional
        Tells the time of the import, which is written into the events.

    Returns
    -------
    Log
        To be looked at, or gone on with by ``Tuner.resume``. One named by a path is open and locked
        until it is closed.

    Raises
    ------
    StudyError, SpaceError
        If the results can't be read, or are not in the space. Nothing is written then.
    LogError
        If ``to`` holds something already.

    Examples
    --------
    >>> from autotune.replay import state_at
    >>> log = import_results({"C": [1.0, 3.0, 2.0], "score": [0.5, 0.75, 0.625]})
    >>> state_at(log).configuration(2), state_at(log).incumbent
    ({'C': 3.0}, 2)
    """
    if is_optuna_study(source):
        read = from_optuna(source, space=space)
        trials, space, direction = read.trials, read.space, read.direction
    else:
        trials = read_table(source)
    events = events_of(
        trials,
        default_strategy() if strategy is None else as_strategy(strategy),
        space=space,
        direction=direction,
        metric=metric,
        at=(SystemClock() if clock is None else clock).now(),
    )
    return as_log(events, to)
