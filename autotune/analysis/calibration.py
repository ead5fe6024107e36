"""Anticipated scores and seconds of trials beside those that came."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.analysis.target import Target, check_target, target_values
from autotune.replay import Backtest
from autotune.study import Study

__all__ = ["calibration"]


def calibration(study: Study, *, target: Target = "score") -> Backtest:
    """Return what the study's own strategy anticipated, beside what came.

    For what another anticipator would have anticipated see ``autotune.replay.backtest``, which
    gives the same kind of result.

    Parameters
    ----------
    study : Study
        The study; it may be empty.
    target : {"score", "seconds"}
        What was anticipated.

    Returns
    -------
    Backtest
        Of the trials of which something was anticipated, and that have an outcome.

    Raises
    ------
    StudyError
        If the target is neither.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=30, seed=1)
    >>> shown = calibration(found.study)
    >>> len(shown.trials) + shown.n_silent
    30
    """
    check_target(target)
    if study.n_trials == 0:
        return _backtest(target, np.zeros((0, 5)), 0)
    outcomes = study.outcomes()
    actual = target_values(study, target)
    mean = study.proposals[f"anticipated_{target}"]
    sd = study.proposals[f"anticipated_{target}_sd"]
    usable = outcomes.usable & np.isfinite(actual)
    place = np.arange(study.n_trials)
    known = np.where(usable, actual, 0.0)
    count = np.cumsum(usable.astype(np.int64)) - usable.astype(np.int64)
    before = np.where(count > 0, (np.cumsum(known) - known) / np.maximum(count, 1), np.nan)
    anticipated = usable & np.isfinite(mean)
    table = np.column_stack([place + 1, mean, np.nan_to_num(sd), actual, before])[anticipated]
    return _backtest(target, table, int(np.sum(usable & ~anticipated)))


def _backtest(target: str, table: NDArray[Any], silent: int) -> Backtest:
    return Backtest(
        target=target,
        trials=table[:, 0].astype(np.int64),
        mean=table[:, 1],
        sd=table[:, 2],
        actual=table[:, 3],
        before=table[:, 4],
        n_silent=silent,
    )
