"""A log as text: one compact line for each event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from autotune.study import (
    Accepted,
    Evaluated,
    Event,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
)

__all__ = ["format_log"]


def format_log(log: Iterable[Event]) -> str:
    """Return a log as text, an event a line, numbered as in the log.

    Parameters
    ----------
    log : iterable of Event
        The events.

    Examples
    --------
    >>> from autotune.space import Float, Space
    >>> from autotune.study import Measurement
    >>> space = Space({"x": Float(0, 1)})
    >>> print(format_log([StudyStarted(0, "s", space, "maximize", "score", 2, {}, 7),
    ...             Proposed(0, 1, {"x": 0.5}, None, (), "start"),
    ...             Evaluated(0, 1, Measurement((0, 1), (0.25, 0.5), (1.0, 1.0), (0.0, 0.0))),
    ...             Accepted(0, 1, None, None)]))
    0 started: maximize score over 2 folds, seed 7, x: Float(low=0.0, high=1.0, log=False) = 0.5
    1 trial 1 start {'x': 0.5}
    2 trial 1 scores (0.25, 0.5) on folds (0, 1), fits (1.0, 1.0) s
    3 trial 1 accepted
    """
    return "\n".join(f"{i} {_line(event)}" for i, event in enumerate(log))


def _space(space: Any) -> str:
    start = space.start_values
    parts = [f"{name}: {dimension!r} = {start[name]!r}" for name, dimension in space.parameters]
    parts += [f"{name} only if {condition!r}" for name, condition in space.conditions]
    parts += [f"only {constraint!r}" for constraint in space.constraints]
    return ", ".join(parts)


def _gains(event: Accepted | Rejected) -> str:
    gain = "" if event.gain is None else f", gain {event.gain!r}"
    return gain + ("" if event.seconds_saved is None else f", saves {event.seconds_saved!r} s")


def _line(event: Event) -> str:
    match event:
        case StudyStarted():
            return (
                f"started: {event.direction} {event.metric} over {event.n_folds} folds, "
                f"seed {event.seed}, {_space(event.space)}"
            )
        case Proposed():
            parent = "" if event.parent is None else f" from {event.parent}"
            moved = f" moved {', '.join(event.moved)}" if event.moved else ""
            expected = ""
            if event.anticipated is not None:
                e = event.anticipated
                expected = (
                    f" expecting {e.score!r}±{e.score_sd!r}, {e.seconds!r}±{e.seconds_sd!r} s"
                )
            return (
                f"trial {event.trial} {event.origin}{parent} {dict(event.configuration)!r}"
                f"{moved}{expected}"
            )
        case Evaluated():
            of = event.measurement
            failed = "" if of.failure is None else f", failed: {of.failure.kind}"
            return (
                f"trial {event.trial} scores {of.scores!r} on folds {of.folds!r}, "
                f"fits {of.fit_seconds!r} s{failed}"
            )
        case Accepted():
            return f"trial {event.trial} accepted{_gains(event)}"
        case Rejected():
            return f"trial {event.trial} rejected: {event.reason}{_gains(event)}"
        case SpaceChanged():
            return f"space changed: {_space(event.space)}"
        case StrategyChanged():
            return f"strategy changed: {dict(event.strategy)!r}"
        case StudyStopped():
            return f"stopped by {event.rule}: {event.words}"
        case _:
            assert_never(event)
