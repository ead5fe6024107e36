"""Any moment of a log: the study as it was right after an event."""

from __future__ import annotations

from autotune.errors import StudyError
from autotune.replay.reading import LogLike, reading
from autotune.study import Study, replay

__all__ = ["check_seq", "state_at"]


def state_at(log: LogLike, seq: int | None = None) -> Study:
    """Return the study that a log records, as it was right after an event.

    Parameters
    ----------
    log : path or Log
        The log.
    seq : int, optional
        The event's sequence number, from 0; -1 for before the first, the last if left out.

    Raises
    ------
    StudyError
        If the log has no such event.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune.log import MemoryLog
    >>> log = MemoryLog()
    >>> found = tune(lambda c: c["x"], {"x": 1.0}, n_trials=4, log=log)
    >>> state_at(log).n_trials
    4
    >>> state_at(log, 0).n_trials, state_at(log, 1).pending.keys() == {1}
    (0, True)
    """
    with reading(log) as opened:
        if seq is None:
            return replay(opened.batches())
        check_seq(seq, -1, len(opened))
        return replay(opened.batches(seq + 1))


def check_seq(seq: int, first: int, n_events: int) -> None:
    """Check that a log has the event of a number.

    Parameters
    ----------
    seq : int
        The number.
    first : int
        The least that makes sense.
    n_events : int
        How many events there are.

    Raises
    ------
    StudyError
        If it has not.
    """
    if isinstance(seq, bool) or not isinstance(seq, int) or not first <= seq < n_events:
        raise StudyError(
            f"seq = {seq!r} must be from {first} to {n_events - 1}, the log's last event"
        )
