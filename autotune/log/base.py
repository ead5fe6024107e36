"""Log: what every store of events offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import pyarrow as pa

from autotune.errors import AutotuneError, LogError
from autotune.space import Space
from autotune.study import Event, SpaceChanged, StudyStarted, replay
from autotune.study.events import EventColumns
from autotune.study.summary import study_summary

__all__ = ["Log", "by_space"]


@runtime_checkable
class Log(Protocol):
    """An append-only sequence of events; event ``i`` has the sequence number ``i``.

    A log is a context manager; leaving it closes it. ``len(log)`` is its number of events.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune.log import MemoryLog
    >>> log = MemoryLog()
    >>> result = tune(lambda c: c["x"], {"x": 1.0}, n_trials=2, log=log)
    >>> isinstance(log, Log), [type(event).__name__ for event in log.events()][:3]
    (True, ['StudyStarted', 'Proposed', 'Evaluated'])
    """

    @property
    def read_only(self) -> bool:
        """Whether it can't be appended to."""

    @property
    def space(self) -> Space | None:
        """The space in force after its last event; None for an empty log."""

    def bind(self, space: Space) -> None:
        """Put objects in the place of their labels, from a space that reads the same."""

    def append(self, events: Sequence[Event]) -> None:
        """Add events behind the last; when this returns they are as durable as the log can be.

        All of them are added or, where an error is raised, none.

        Raises
        ------
        LogError
            If they can't be written, or can't follow the events there are.
        """

    def events(self, start: int = 0) -> Iterator[Event]:
        """Return the events there are now, from number ``start`` on."""

    def batches(self, stop: int | None = None) -> Iterator[Event | EventColumns]:
        """Return the events before number ``stop``, runs of trial events as columns.

        All events, if it is left out; those that are not of a trial come one by one. Applying these
        in order gives the same as applying ``events()`` one by one.
        """

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all events as rows of an Arrow table, with those of the columns that it has."""

    def close(self) -> None:
        """Give back the right to write; the log can still be read."""

    def __len__(self) -> int: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def by_space(
    events: Sequence[Event], space: Space | None, first_seq: int
) -> list[tuple[Space, list[Event]]]:
    """Split events where the space changes, and check that a study begins where the log does.

    Parameters
    ----------
    events : sequence of Event
        What is to be appended.
    space : Space, optional
        The space in force before them.
    first_seq : int
        The sequence number of the first.

    Returns
    -------
    list of tuple of Space and list of Event
        The space in force during each run of events. The event that changes it begins a run.

    Raises
    ------
    LogError
        If the log would begin with another event than ``StudyStarted``, or hold two.
    """
    groups: list[tuple[Space, list[Event]]] = []
    for seq, event in enumerate(events, first_seq):
        if isinstance(event, StudyStarted) != (seq == 0):
            raise LogError(
                f"event {seq} is {type(event).__name__}: a log begins with StudyStarted and holds "
                "no other; open another log for another study"
            )
        if isinstance(event, StudyStarted | SpaceChanged):
            space = event.space
            groups.append((space, []))
        elif len(groups) == 0:
            assert space is not None
            groups.append((space, []))
        groups[-1][1].append(event)
    return groups


def log_summary(log: Log) -> str:
    """Return what a notebook shows of a log: its study, or why that can't be read.

    Parameters
    ----------
    log : Log
        The log.
    """
    from autotune.strategy.defaults import recommended  # its parts take long to load

    try:
        study = replay(log.batches())
        best = recommended(study)
    except (AutotuneError, OSError) as error:  # what is shown must not fail
        return f"<p>{escape(repr(log))}</p><p>It can't be read: {escape(str(error))}</p>"
    return study_summary(study, title=repr(log), best=best)


class ClosingLog:
    """The mixin for logs: a ``with`` statement closes them, and a notebook shows their study."""

    __slots__ = ()

    def close(self) -> None:
        """Close the log."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _repr_html_(self) -> str:
        return log_summary(self)  # type: ignore[arg-type]  # whoever derives from it is a log
