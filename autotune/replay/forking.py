"""Forks: a new study that shares a past and goes its own way."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from os import PathLike

import attrs

from autotune.clock import Clock, SystemClock
from autotune.errors import LogError
from autotune.log import Log, MemoryLog, open_log
from autotune.replay.reading import LogLike, reading
from autotune.replay.state_at import check_seq
from autotune.strategy import Strategy, describe
from autotune.strategy.defaults import as_strategy
from autotune.study import Event, Lineage, StrategyChanged, StudyStarted

__all__ = ["fork"]

_BATCH = 4096


def fork(
    log: LogLike,
    seq: int | None = None,
    *,
    strategy: Strategy | str | None = None,
    to: Log | str | PathLike[str] | None = None,
    clock: Clock | None = None,
) -> Log:
    """Begin a new study with the past of another, up to and with one of its events.

    The past is copied, so that either log stands for itself. The new study has a name of its own
    and says where it comes from (its lineage: the other's name and the event). It has the same
    seed, so that without another strategy it goes on as the other did, until it is told something
    else; a trial that was pending is pending in both.

    Parameters
    ----------
    log : path or Log
        What to fork.
    seq : int, optional
        The last event that both share; the last there is, if left out.
    strategy : Strategy or str, optional
        What decides from here on, or the name of a recipe.
    to : path or Log, optional
        A new or empty log to write to; memory if left out.
    clock : Clock, optional
        Tells when the strategy changed.

    Returns
    -------
    Log
        The new log, to go on with by ``Tuner.resume(fork(…))``. One that is named by a path is
        open and locked until it is closed.

    Raises
    ------
    StudyError
        If the log has no such event.
    LogError
        If ``to`` holds something already.

    Examples
    --------
    >>> from autotune import Tuner, tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=10)
    >>> forked = fork(result.log, 15, strategy="random_walk")
    >>> Tuner.resume(forked, n_trials=20).run(lambda c: -(c["x"] - 3) ** 2).n_trials
    20
    """
    with reading(log) as source:
        n = len(source)
        last = n - 1 if seq is None else seq
        check_seq(last, 0, n)
        described = None if strategy is None else describe(as_strategy(strategy))
        target = MemoryLog() if to is None else open_log(to)
        try:
            if len(target) > 0:
                raise LogError(
                    f"to = {to!r} holds {len(target)} events already; give a new or empty log"
                )
            for batch in _batches(_shared(source.events(), last)):
                target.append(batch)
            if described is not None:
                now = (SystemClock() if clock is None else clock).now()
                target.append([StrategyChanged(now, described)])
        except BaseException:
            if target is not to:
                target.close()
            raise
    return target


def _shared(events: Iterator[Event], last: int) -> Iterator[Event]:
    for seq, event in enumerate(events):
        if isinstance(event, StudyStarted):
            yield attrs.evolve(
                event, study_id=uuid.uuid4().hex, lineage=Lineage(event.study_id, last)
            )
        else:
            yield event
        if seq == last:
            return


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    batch: list[Event] = []
    for event in events:
        batch.append(event)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
