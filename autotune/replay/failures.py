"""Failures in a log, of which a study knows only that there were some."""

from __future__ import annotations

from autotune.log.upcast import upcast
from autotune.replay.reading import LogLike, reading
from autotune.study import Failure

__all__ = ["failures"]


def failures(log: LogLike) -> dict[int, Failure]:
    """Return why trials of a log failed, by their numbers.

    Parameters
    ----------
    log : path or Log
        The log.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: 1 / c["x"], {"x": 0.0}, n_trials=1)
    >>> failures(found.log)[1].kind
    'ZeroDivisionError'
    """
    with reading(log) as opened:
        events = opened.table(["schema_version", "trial", "failure_kind", "failure_message"])
    if events.num_rows == 0 or "failure_kind" not in events.column_names:
        return {}
    events = upcast(events)
    failed = events.filter(events["failure_kind"].is_valid()).to_pylist()
    return {
        row["trial"]: Failure(row["failure_kind"], row["failure_message"] or "") for row in failed
    }
