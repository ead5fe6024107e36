"""Earlier results, wherever they were kept, for a new study to learn from or to look at."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa
from attrs import evolve, field, frozen

from autotune.errors import StudyError
from autotune.interchange.exported_trials import from_exported, is_exported
from autotune.interchange.recorded_trials import RecordedTrial
from autotune.interchange.result_files import SUFFIXES, columns_of_arrow, read_columns
from autotune.interchange.results_table import from_columns, read_csv
from autotune.log import Log, open_log
from autotune.objective import Measurement
from autotune.replay.reading import LogLike, reading
from autotune.space.equality import Exactly
from autotune.study import Direction, Evaluated, Proposed, StudyStarted
from autotune.study.measurement import joined
from autotune.tuner import PriorTrial

__all__ = ["Conflict", "Merged", "merge", "read_prior", "read_table"]


def read_prior(source: Any, direction: Direction = "maximize") -> list[PriorTrial]:
    """Read earlier results.

    Parameters
    ----------
    source : fitted search, Log, path, dict, DataFrame or sequence of PriorTrial
        Anything with a ``log_`` or a ``cv_results_``; a log or its path; a table or its file, as
        ``autotune.interchange.import_results`` reads them; or earlier results that are read
        already, such as ``autotune.interchange.merge(logs).trials``.
    direction : {"maximize", "minimize"}
        Which way is better in the study that is to take them over.

    Returns
    -------
    list of PriorTrial
        In the order of their trials.

    Raises
    ------
    StudyError
        If it is not one of these, columns are missing, or a log's direction is the other one.

    Examples
    --------
    >>> read_prior({"params": [{"C": 1.0}], "mean_test_score": [0.9]})[0].measurement.scores
    (0.9,)
    """
    if isinstance(source, list | tuple) and all(isinstance(t, PriorTrial) for t in source):
        return list(source)
    source = getattr(source, "log_", source)
    try:
        if isinstance(source, Log):
            return list(_from_log(source, direction))
        if isinstance(source, str | PathLike) and not _is_table(source):
            with open_log(source, mode="r") as log:
                return list(_from_log(log, direction))
        return list(read_table(source))
    except StudyError as error:
        raise StudyError(f"prior_results: {error}") from error


def _is_table(path: str | PathLike[str]) -> bool:
    file = Path(path)
    return file.suffix.lower() in (".csv", *SUFFIXES) and file.is_file()


def _from_log(log: Log, direction: Direction) -> list[RecordedTrial]:
    """Read the evaluations of a log, the parts of each trial put together."""
    configurations: dict[int, Mapping[str, Any]] = {}
    parts: dict[int, list[Measurement]] = {}
    for event in log.events():
        if isinstance(event, StudyStarted) and event.direction != direction:
            raise StudyError(
                f"the log's direction is {event.direction!r}, not {direction!r}; its scores mean "
                "the opposite, so leave them out"
            )
        if isinstance(event, Proposed):
            configurations[event.trial] = event.configuration
        elif isinstance(event, Evaluated):
            parts.setdefault(event.trial, []).append(event.measurement)
    return [
        RecordedTrial(configurations[trial], evolve(joined(parts[trial]), error=None))
        for trial in sorted(parts)
    ]


def read_table(source: Any) -> list[RecordedTrial]:
    """Read trials from a table.

    Parameters
    ----------
    source : path, dict, DataFrame or fitted search
        As for ``autotune.interchange.import_results``.

    Returns
    -------
    list of RecordedTrial
        In their order.

    Raises
    ------
    StudyError
        If there is no such file, or what is in it can't be read.

    Examples
    --------
    >>> read_table({"C": [1.0], "score": [0.9]})[0].configuration
    {'C': 1.0}
    """
    where = "the table"
    if hasattr(source, "cv_results_"):
        source = source.cv_results_
    if isinstance(source, str | PathLike):
        where = str(source)
        if not Path(where).is_file():
            raise StudyError(
                f"source = {where!r} is not a file; give the path of a CSV, Parquet or JSON file"
            )
        if Path(where).suffix.lower() not in SUFFIXES:
            return read_csv(where)
        source = read_columns(where)
    elif isinstance(source, pa.Table):
        source = columns_of_arrow(source)
    elif hasattr(source, "to_arrow"):  # Polars
        source = columns_of_arrow(source.to_arrow())
    elif hasattr(source, "columns") and hasattr(source, "__getitem__"):
        source = {str(name): list(source[name]) for name in source.columns}
    if not isinstance(source, Mapping):
        raise StudyError(
            f"source is of type {type(source).__name__}; give a CSV, Parquet or JSON file, a "
            "cv_results_ dict, a fitted search, an Optuna study, or a table of parameters and "
            "scores"
        )
    return (from_exported if is_exported(source) else from_columns)(source, where=where)


@frozen
class Conflict:
    """A configuration that scored otherwise in another evaluation of the same fold.

    Parameters
    ----------
    configuration : dict
        The configuration.
    fold : int
        The fold.
    scores : tuple of float
        Its scores there, in the order of the logs.
    """

    configuration: Mapping[str, Any]
    fold: int
    scores: tuple[float, ...]


@frozen
class Merged:
    """The evaluations of several logs.

    Parameters
    ----------
    trials : tuple of PriorTrial
        All evaluations, each once, in the order of the logs: for ``Tuner.take_over``, or as
        ``prior_results``.
    n_duplicates : int
        Evaluations that were left out because they are in an earlier log already, as those of the
        shared past of forks are: same configuration, same scores, same seconds.
    conflicts : tuple of Conflict
        Configurations with several evaluations that differ; all of them are among the trials.
    """

    trials: tuple[PriorTrial, ...] = field(repr=False)
    n_duplicates: int
    conflicts: tuple[Conflict, ...] = field(repr=False)

    def __str__(self) -> str:
        counted = f"{len(self.trials)} evaluations, {self.n_duplicates} duplicates left out"
        if not self.conflicts:
            return f"{counted}; no configuration has conflicting scores"
        first = max(self.conflicts, key=lambda c: max(c.scores) - min(c.scores))
        return (
            f"{counted}; {len(self.conflicts)} conflicts, the largest for "
            f"{dict(first.configuration)!r}: {', '.join(f'{s:.6g}' for s in first.scores)} on fold "
            f"{first.fold}; all are kept"
        )


def merge(logs: Iterable[LogLike]) -> Merged:
    """Put the evaluations of several logs together.

    Parameters
    ----------
    logs : iterable of path or Log
        The logs. Their studies must have the same direction and metric; the spaces may differ, for
        it is the new study that tells which parameters it has.

    Returns
    -------
    Merged
        The evaluations, and a report of duplicates and conflicts.

    Raises
    ------
    StudyError
        If there is no log, one holds no study, or their scores don't mean the same.

    Examples
    --------
    >>> from autotune import Tuner, tune
    >>> one, two = (tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=5, seed=seed)
    ...             for seed in (1, 2))
    >>> result = merge([one.log, two.log])
    >>> tuner = Tuner({"x": 1.0}, n_trials=5)
    >>> tuner.take_over(result.trials)
    >>> tuner.study.n_prior
    10
    """
    kept: list[PriorTrial] = []
    seen: set[Hashable] = set()
    by_configuration: dict[Hashable, list[PriorTrial]] = {}
    n_duplicates = 0
    for trial in _all(logs):
        name = _name(trial.configuration)
        measured = (name, *_measured(trial.measurement))
        if measured in seen:
            n_duplicates += 1
            continue
        seen.add(measured)
        kept.append(trial)
        by_configuration.setdefault(name, []).append(trial)
    conflicts = [c for trials in by_configuration.values() for c in _conflicts(trials)]
    return Merged(tuple(kept), n_duplicates, tuple(conflicts))


def _all(logs: Iterable[LogLike]) -> list[RecordedTrial]:
    trials: list[RecordedTrial] = []
    meaning: tuple[Direction, str] | None = None
    for i, log in enumerate(logs):
        with reading(log) as opened:
            if len(opened) == 0:
                raise StudyError(f"logs[{i}] holds no study; leave it out")
            began = next(iter(opened.events()))
            scored = (began.direction, began.metric)  # type: ignore[union-attr]
            meaning = scored if meaning is None else meaning
            if scored != meaning:
                raise StudyError(
                    f"logs[{i}] has the metric {scored[1]!r} to {scored[0]}, the first log "
                    f"{meaning[1]!r} to {meaning[0]}; merge logs whose scores mean the same"
                )
            trials += _from_log(opened, scored[0])
    if meaning is None:
        raise StudyError("logs = [] holds no log; give one at least")
    return trials


def _name(configuration: Mapping[str, Any]) -> Hashable:
    return tuple((name, Exactly(configuration[name])) for name in sorted(configuration))


def _measured(measurement: Measurement) -> tuple[Hashable, ...]:
    failure = measurement.failure
    return (
        measurement.folds,
        tuple(map(repr, measurement.scores)),
        measurement.fit_seconds,
        None if failure is None else (failure.kind, failure.message),
    )


def _conflicts(trials: list[PriorTrial]) -> list[Conflict]:
    scores: dict[int, list[float]] = {}
    for trial in trials:
        measurement = trial.measurement
        for fold, score in zip(measurement.folds, measurement.scores, strict=True):
            if math.isfinite(score):
                scores.setdefault(fold, []).append(score)
    return [
        Conflict(trials[0].configuration, fold, tuple(values))
        for fold, values in scores.items()
        if len(set(values)) > 1
    ]
