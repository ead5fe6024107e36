"""Trials that another tool recorded, as the events of a study."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from os import PathLike

from attrs import evolve, frozen

from autotune.errors import LogError, StudyError
from autotune.log import Log, MemoryLog, open_log
from autotune.space import Space
from autotune.strategy import Strategy, describe, judge
from autotune.strategy.state import SearchState
from autotune.study import Accepted, Direction, Evaluated, Event, Proposed, Rejected, StudyStarted
from autotune.tuner import PriorTrial

__all__ = ["RecordedTrial", "as_log", "events_of"]


@frozen
class RecordedTrial(PriorTrial):
    """An earlier result with its verdict and its times, as far as these were recorded.

    Parameters
    ----------
    configuration : mapping
        A value for each parameter.
    measurement : Measurement
        What it gave.
    accepted : bool, optional
        The other tool's verdict; ours, by the strategy, if it had none.
    began, ended : int, optional
        When it was proposed and judged, in microseconds since 1970-01-01 UTC; the time of the
        import if left out.
    """

    accepted: bool | None = None
    began: int | None = None
    ended: int | None = None


def events_of(
    trials: Sequence[RecordedTrial],
    strategy: Strategy,
    *,
    space: Space | None = None,
    direction: Direction = "maximize",
    metric: str = "score",
    n_folds: int | None = None,
    at: int = 0,
) -> list[Event]:
    """Return the events of a study that recorded trials make up.

    Each trial counts as given, for who proposed it and why was not recorded in a way that can be
    derived again; verdicts can be, where the other tool judged as the strategy does.

    Parameters
    ----------
    trials : sequence of RecordedTrial
        In their order.
    strategy : Strategy
        What judges, and what goes on with the study.
    space : Space, optional
        Inferred if left out.
    direction : {"maximize", "minimize"}
        Whether larger or smaller scores are better.
    metric : str
        What the score is called.
    n_folds : int, optional
        As many as the trials have at most, if left out.
    at : int
        The time to write into events whose time was not recorded, in microseconds since
        1970-01-01 UTC.

    Raises
    ------
    StudyError, SpaceError
        If there are no trials, or a configuration is not in the space.
    """
    if len(trials) == 0:
        raise StudyError("there are no trials to import")
    if space is None:
        space = Space.from_configurations([trial.configuration for trial in trials])
    configurations = [space.check(trial.configuration) for trial in trials]
    measurements = [trial.measurement.checked() for trial in trials]
    most = max((fold for m in measurements for fold in m.folds), default=0) + 1
    times = _times(trials, at)
    started = StudyStarted(
        at=times[0][0],
        study_id=uuid.uuid4().hex,
        space=space,
        direction=direction,
        metric=metric,
        n_folds=most if n_folds is None else n_folds,
        strategy=describe(strategy),
        seed=0,
        versions={},
    )
    events: list[Event] = [started]
    current = SearchState.initial(strategy).apply(started)
    for number, (trial, (began, ended)) in enumerate(zip(trials, times, strict=True), 1):
        tried: list[Event] = [
            Proposed(began, number, configurations[number - 1], None, (), "given"),
            Evaluated(ended, number, evolve(measurements[number - 1], error=None)),
        ]
        current = current.reduce(tried)
        verdict = judge(strategy, current.state, current.study, number, at=ended)
        verdict = _as_recorded(verdict, accepted=trial.accepted)
        events += [*tried, verdict]
        current = current.apply(verdict)
    return events


def _times(trials: Sequence[RecordedTrial], at: int) -> list[tuple[int, int]]:
    """Return when each trial began and ended, in the order of the record: never back in time.

    Trials that ran beside each other are told one after the other.
    """
    times, now = [], None
    for trial in trials:
        began = at if trial.began is None else trial.began
        began = began if now is None else max(began, now)
        now = max(began, at if trial.ended is None else trial.ended)
        times.append((began, now))
    return times


def _as_recorded(verdict: Accepted | Rejected, *, accepted: bool | None) -> Accepted | Rejected:
    if accepted is None or accepted is isinstance(verdict, Accepted):
        return verdict
    if accepted and isinstance(verdict, Rejected) and verdict.reason != "failed":
        return Accepted(verdict.at, verdict.trial, verdict.gain, verdict.seconds_saved)
    if not accepted:
        return Rejected(verdict.at, verdict.trial, verdict.gain, verdict.seconds_saved, "no gain")
    return verdict


def as_log(events: Iterable[Event], to: Log | str | PathLike[str] | None) -> Log:
    """Write events to a new log: memory, a path, or one that is empty.

    Parameters
    ----------
    events : iterable of Event
        A study's.
    to : path or Log, optional
        Where to.

    Raises
    ------
    LogError
        If it holds something already.
    """
    target = MemoryLog() if to is None else open_log(to)
    try:
        if len(target) > 0:
            raise LogError(f"to = {to!r} holds {len(target)} events already; give a new log")
        target.append(list(events))
    except BaseException:
        if target is not to:
            target.close()
        raise
    return target
