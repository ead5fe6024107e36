"""Optuna on the same work: asks, journals and SQLite files of the same configurations and scores.

Optuna is imported inside the functions, so that everything else works without it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from autotune.space import Boolean, Categorical, Float, Integer
from autotune_benchmarks.overhead.measure import quiet
from autotune_benchmarks.overhead.workload import SPACE, made_up_configurations, made_up_score
from autotune_benchmarks.peers.flat_space import Choice, Flat, Place, Real, Whole

__all__ = [
    "MISSING",
    "available",
    "distribution",
    "live_trials_per_second",
    "open_journal",
    "open_sqlite",
    "ready_trials_per_second",
    "seconds_per_ask",
    "write_journal",
    "write_sqlite",
]

_AT_ONCE = 5000
MISSING = "missing: pip install 'autotune-search[bench]'"


def available() -> bool:
    """Tell whether Optuna can be imported."""
    try:
        import optuna
    except ImportError:
        return False
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return True


def distributions() -> dict[str, Any]:
    """Return the space in Optuna's words."""
    from optuna import distributions as d

    found: dict[str, Any] = {}
    for name, dimension in SPACE.parameters:
        match dimension:
            case Float(low=float(low), high=float(high), log=log):
                found[name] = d.FloatDistribution(low, high, log=log)
            case Integer(low=int(low), high=int(high), log=log):
                found[name] = d.IntDistribution(low, high, log=log)
            case Boolean():
                found[name] = d.CategoricalDistribution([False, True])
            case Categorical(choices=options):
                found[name] = d.CategoricalDistribution(options)
            case _:
                raise AssertionError(f"Optuna has nothing like {dimension!r}")
    return found


def distribution(parameter: Flat) -> Any:
    """Return a parameter of a flat space in Optuna's words."""
    from optuna import distributions as d

    match parameter:
        case Real(low=low, high=high, log=log):
            return d.FloatDistribution(low, high, log=log)
        case Whole(low=low, high=high, log=log):
            return d.IntDistribution(low, high, log=log)
        case Place(n=n):
            return d.IntDistribution(0, n - 1)
        case Choice(n=n):
            return d.CategoricalDistribution(range(n))


def finished_trials(n: int) -> list[Any]:
    """Return the made-up trials as Optuna's frozen trials."""
    from optuna.trial import FrozenTrial, TrialState

    space = distributions()
    begin = datetime(2024, 1, 1)  # noqa: DTZ001  # Optuna's times are naive
    return [
        FrozenTrial(
            number=i,
            trial_id=i,
            state=TrialState.COMPLETE,
            value=made_up_score(configuration),
            values=None,
            datetime_start=begin + timedelta(seconds=i),
            datetime_complete=begin + timedelta(seconds=i + 1),
            params=configuration,
            distributions=space,
            user_attrs={},
            system_attrs={},
            intermediate_values={},
        )
        for i, configuration in enumerate(made_up_configurations(n))
    ]


def seconds_per_ask(n_trials: int, repeats: int) -> float:
    """Return the median seconds to ask TPE for a trial and suggest its six parameters.

    In memory, with ``n_trials`` finished trials; each trial asked for is told to have failed
    afterwards, and so does not count for the next.
    """
    import optuna

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.add_trials(finished_trials(n_trials))
    space = distributions()
    found = []
    for i in range(repeats + 1):
        with quiet():
            begin = perf_counter()
            trial = study.ask(space)
            end = perf_counter()
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        if i > 0:  # the first warms up
            found.append(end - begin)
    return median(found)


def live_trials_per_second(path: Path, n_trials: int) -> float:
    """Return how many trials a second a running study writes to a journal file.

    A trial is eight records (created, six parameters, finished), each appended under a lock and
    synced to the disk on its own, as ``JournalFileBackend.append_logs`` does.
    """
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(path)))
    study_id = _new_study(storage)
    with quiet():
        begin = perf_counter()
        _write_trials(storage, study_id, n_trials)
        end = perf_counter()
    return n_trials / (end - begin)


def ready_trials_per_second(path: Path, n_trials: int) -> float:
    """Return how many finished trials a second ``study.add_trial`` writes, a synced record each."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    study = optuna.create_study(storage=JournalStorage(JournalFileBackend(str(path))))
    trials = finished_trials(n_trials)
    with quiet():
        begin = perf_counter()
        for trial in trials:
            study.add_trial(trial)
        end = perf_counter()
    return n_trials / (end - begin)


def write_journal(path: Path, n_trials: int) -> None:
    """Write the journal that a running study of so many trials would leave.

    The storage is Optuna's own and writes the same records; only they are kept in memory and put
    into the file in one go, instead of with 800,000 locks and syncs.
    """
    from optuna.storages import JournalStorage
    from optuna.storages.journal import BaseJournalBackend

    class Buffer(BaseJournalBackend):
        def __init__(self) -> None:
            self.logs: list[dict[str, Any]] = []

        def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
            yield from self.logs[log_number_from:]

        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            self.logs.extend(logs)

    buffer = Buffer()
    storage = JournalStorage(buffer)
    _write_trials(storage, _new_study(storage), n_trials)
    with path.open("w") as file:
        file.writelines(json.dumps(log, separators=(",", ":")) + "\n" for log in buffer.logs)


def open_journal(path: Path) -> int:
    """Open a journal file, load its study and read all trials; return how many there are."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = JournalStorage(JournalFileBackend(str(path)))
    return len(optuna.load_study(study_name="made-up", storage=storage).get_trials(deepcopy=False))


def _new_study(storage: Any) -> int:
    from optuna.study import StudyDirection

    study_id: int = storage.create_new_study([StudyDirection.MAXIMIZE], "made-up")
    return study_id


def _write_trials(storage: Any, study_id: int, n_trials: int) -> None:
    """Do what ``study.ask``, six ``suggest_…`` and ``study.tell`` do to a storage."""
    from optuna.trial import TrialState

    space = distributions()
    for configuration in made_up_configurations(n_trials):
        trial = storage.create_new_trial(study_id)
        for name, distribution in space.items():
            value = distribution.to_internal_repr(configuration[name])
            storage.set_trial_param(trial, name, value, distribution)
        storage.set_trial_state_values(trial, TrialState.COMPLETE, [made_up_score(configuration)])


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
