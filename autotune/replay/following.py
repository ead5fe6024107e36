"""A log followed while another process writes it: what was added is applied, nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from autotune.errors import LogError
from autotune.log import Log
from autotune.study import EMPTY, Event, Study, apply, replay

__all__ = ["Follower"]


class Follower:
    """The study of a log, kept up to date; ``look`` reads what was written since.

    Several threads may look: one reads at a time, and all see whole events.

    Parameters
    ----------
    log : Log
        The log, opened to be read; it may still be empty.

    Examples
    --------
    >>> from autotune import Tuner
    >>> from autotune.log import MemoryLog
    >>> log = MemoryLog()
    >>> follower = Follower(log)
    >>> tuner = Tuner({"x": 1.0}, log=log, n_trials=1)
    >>> proposed = tuner.ask()
    >>> [type(event).__name__ for event, _ in follower.look()], follower.study.n_trials
    (['StudyStarted', 'Proposed'], 1)
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = Lock()
        self._study: Study = EMPTY
        if len(log) > 0:
            # Many events at once are quicker as columns; those that came meanwhile are seen later.
            self._study = replay(log.batches())

    @property
    def study(self) -> Study:
        """The study as of the last look."""
        return self._study

    def look(self) -> list[tuple[Event, Study]]:
        """Fold what was written since the last look.

        Returns
        -------
        list of (Event, Study)
            The new events, each with the study right after it.

        Raises
        ------
        LogError
            If the log can't be read, or has fewer events than before.
        """
        with self._lock:
            return list(self._new())

    def _new(self) -> Iterator[tuple[Event, Study]]:
        known = self._study.n_events
        there = len(self._log)
        if there < known:
            raise LogError(
                f"{self._log!r} has {there} events, but had {known} before; it was replaced, open "
                "it again"
            )
        if there == known:
            return
        for event in self._log.events(known):
            self._study = apply(self._study, event)
            yield event, self._study
