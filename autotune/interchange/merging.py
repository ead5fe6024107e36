"""The evaluations of several logs as earlier results of a new study."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from attrs import field, frozen

from autotune.errors import StudyError
from autotune.interchange.earlier import read_prior
from autotune.objective import Measurement
from autotune.replay.reading import LogLike, reading
from autotune.space.dimensions import Exactly
from autotune.study import Direction
from autotune.tuner import PriorTrial

__all__ = ["Conflict", "Merged", "merge"]


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
    """What several logs hold together.

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
        told = f"{len(self.trials)} evaluations, {self.n_duplicates} duplicates left out"
        if not self.conflicts:
            return f"{told}; no configuration has conflicting scores"
        first = max(self.conflicts, key=lambda c: max(c.scores) - min(c.scores))
        return (
            f"{told}; {len(self.conflicts)} conflicts, the largest for "
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
    >>> found = merge([one.log, two.log])
    >>> tuner = Tuner({"x": 1.0}, n_trials=5)
    >>> tuner.take_over(found.trials)
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


def _all(logs: Iterable[LogLike]) -> list[PriorTrial]:
    found: list[PriorTrial] = []
    meaning: tuple[Direction, str] | None = None
    for i, log in enumerate(logs):
        with reading(log) as opened:
            if len(opened) == 0:
                raise StudyError(f"logs[{i}] holds no study; leave it out")
            began = next(iter(opened.events()))
            theirs = (began.direction, began.metric)  # type: ignore[union-attr]
            meaning = theirs if meaning is None else meaning
            if theirs != meaning:
                raise StudyError(
                    f"logs[{i}] has the metric {theirs[1]!r} to {theirs[0]}, the first log "
                    f"{meaning[1]!r} to {meaning[0]}; merge logs whose scores mean the same"
                )
            found += read_prior(opened, theirs[0])
    if meaning is None:
        raise StudyError("logs = [] holds no log; give one at least")
    return found


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
        Conflict(trials[0].configuration, fold, tuple(found))
        for fold, found in scores.items()
        if len(set(found)) > 1
    ]
