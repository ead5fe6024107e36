"""Optuna's SQLite storage of the same trials; Optuna is imported inside the functions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from autotune_benchmarks.peers.optuna_peer import finished_trials

__all__ = ["open_sqlite", "write_sqlite"]

_AT_ONCE = 5000


def write_sqlite(path: Path, n_trials: int) -> None:
    """Write the SQLite file that ``study.add_trials`` would write.

    Optuna makes the tables and the study. The trials are put into its tables in a few
    transactions, for at some 70 a second ``add_trials`` would need half an hour for 100,000; the
    rows are the same.

    Parameters
    ----------
    path : Path
        Where; nothing is there yet.
    n_trials : int
        How many trials.
    """
    import optuna
    from optuna.distributions import distribution_to_json

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    optuna.create_study(storage=storage, study_name="made-up", direction="maximize")
    storage.engine.dispose()
    trials: list[tuple[Any, ...]] = []
    params: list[tuple[Any, ...]] = []
    values: list[tuple[Any, ...]] = []
    described: dict[str, str] = {}
    with closing(sqlite3.connect(path)) as database:

        def put() -> None:
            with database:
                database.executemany("INSERT INTO trials VALUES (?, ?, 1, ?, ?, ?)", trials)
                database.executemany(
                    "INSERT INTO trial_params (trial_id, param_name, param_value, "
                    "distribution_json) VALUES (?, ?, ?, ?)",
                    params,
                )
                database.executemany(
                    "INSERT INTO trial_values (trial_id, objective, value, value_type) "
                    "VALUES (?, 0, ?, 'FINITE')",
                    values,
                )
            for rows in (trials, params, values):
                rows.clear()

        for trial in finished_trials(n_trials):
            number = trial.number + 1
            begin, end = _written(trial.datetime_start), _written(trial.datetime_complete)
            trials.append((number, trial.number, trial.state.name, begin, end))
            for name, value in trial.params.items():
                distribution = trial.distributions[name]
                if name not in described:
                    described[name] = distribution_to_json(distribution)
                kept = distribution.to_internal_repr(value)
                params.append((number, name, kept, described[name]))
            values.append((number, trial.value))
            if len(trials) == _AT_ONCE:
                put()
        put()


def _written(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="microseconds")


def open_sqlite(path: Path) -> int:
    """Open a SQLite file, load its study and read all trials; return how many there are."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(study_name="made-up", storage=f"sqlite:///{path}")
    return len(study.get_trials(deepcopy=False))
