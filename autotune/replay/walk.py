"""Walking along a log: each event with where the study stood before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from autotune.errors import StudyError
from autotune.strategy import Strategy
from autotune.strategy.state import SearchState, strategy_from
from autotune.study import Event, StrategyChanged, StudyStarted

__all__ = ["Moment", "advance", "walk"]


@frozen(eq=False)
class Moment:
    """An event, and where the study stood before it.

    Parameters
    ----------
    seq : int
        The event's sequence number.
    event : Event
        The event.
    before : SearchState, optional
        Study and strategy before it; None before the first.
    """

    seq: int
    event: Event
    before: SearchState | None


def advance(
    current: SearchState | None,
    event: Event,
    past: list[Event],
    given: Strategy | None,
    known: Mapping[str, type],
) -> SearchState:
    """Return the current after an event.

    Parameters
    ----------
    current : SearchState, optional
        The one before it.
    event : Event
        The event.
    past : list of Event
        All events up to this one.
    given : Strategy, optional
        Taken in place of those that the log describes.
    known : mapping of str to type
        Component classes.

    Raises
    ------
    StudyError, ComponentError
        If the event can't follow, or its strategy can't be made.
    """
    if isinstance(event, StudyStarted | StrategyChanged):
        if given is not None and current is not None:
            return current.apply(event)
        strategy = given if given is not None else strategy_from(event, known)
        # A new strategy knows the whole past.
        return SearchState.initial(strategy).reduce(past)
    if current is None:
        raise StudyError("the log does not begin with StudyStarted")
    return current.apply(event)


def walk(
    events: Iterable[Event], known: Mapping[str, type], given: Strategy | None = None
) -> Iterator[Moment]:
    """Yield the moments of a log, in order.

    Parameters
    ----------
    events : iterable of Event
        The log's.
    known : mapping of str to type
        Component classes that it may name.
    given : Strategy, optional
        Folded along in place of those that the log describes.
    """
    current: SearchState | None = None
    past: list[Event] = []
    for seq, event in enumerate(events):
        yield Moment(seq, event, current)
        past.append(event)
        current = advance(current, event, past, given, known)
