"""Verify a log: derive every decision again from the events before it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, assert_never

import attrs
from attrs import define, field, frozen

from autotune.errors import AutotuneError, ComponentError
from autotune.log import Log
from autotune.replay.reading import LogLike, reading
from autotune.replay.walk import advance
from autotune.strategy import Strategy, ask, judge, plan, stop
from autotune.strategy.defaults import as_strategy, known_components
from autotune.strategy.state import SearchState
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

__all__ = ["Difference", "Verification", "verify"]


@frozen
class Difference:
    """A recorded event that its past doesn't explain.

    Parameters
    ----------
    seq : int
        Its sequence number.
    kind : str
        Its kind.
    trial : int, optional
        The trial it is about.
    field : str
        What differs.
    recorded, derived : object
        What the log says, and what follows from the events before.
    """

    seq: int
    kind: str
    trial: int | None
    field: str
    recorded: Any
    derived: Any

    def __str__(self) -> str:
        of = f" of trial {self.trial}" if self.trial is not None else ""
        return (
            f"event {self.seq}: {self.kind}{of}: {self.field} is {self.recorded!r} in the log, "
            f"{self.derived!r} by the events before it"
        )


@frozen
class Verification:
    """The result of ``verify``.

    Parameters
    ----------
    n_events : int
        Events read.
    n_proposals, n_verdicts, n_stops : int
        Decisions derived again that agree.
    difference : Difference, optional
        The first that doesn't.
    """

    n_events: int
    n_proposals: int
    n_verdicts: int
    n_stops: int
    difference: Difference | None

    @property
    def passed(self) -> bool:
        """Whether every decision follows from the events before it."""
        return self.difference is None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row for each kind of decision, and one for the difference if there is one."""
        kinds = (
            ("proposal", self.n_proposals),
            ("verdict", self.n_verdicts),
            ("stop", self.n_stops),
        )
        nothing = dict.fromkeys(("seq", "trial", "field", "recorded", "derived"))
        result: list[dict[str, Any]] = [
            {"decision": kind, "verified": True, "n": n, **nothing} for kind, n in kinds
        ]
        if self.difference is not None:
            differs = {name: getattr(self.difference, name) for name in nothing}
            result.append({"decision": self.difference.kind, "verified": False, "n": 1, **differs})
        return result

    def __str__(self) -> str:
        found = f"{self.n_proposals} proposals, {self.n_verdicts} verdicts and {self.n_stops} stops"
        if self.difference is None:
            return f"verified: {found} follow from the {self.n_events} events of the log"
        return f"differs at {self.difference} (before it {found} agree)"


def verify(
    log: LogLike | Iterable[Event],
    *,
    strategy: Strategy | str | None = None,
    components: Iterable[type] = (),
) -> Verification:
    """Derive every recorded proposal, verdict and stop again, and compare bit for bit.

    Parameters
    ----------
    log : path, Log or iterable of Event
        What to verify.
    strategy : Strategy or str, optional
        Used in place of what the log describes, for parts of your own; or the name of a recipe.
    components : iterable of type
        Or the classes of those parts.

    Returns
    -------
    Verification
        With the first difference, if there is one.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=10)
    >>> print(verify(result.log))
    verified: 10 proposals, 10 verdicts and 1 stops follow from the 32 events of the log
    """
    known = known_components(components)
    given = None if strategy is None else as_strategy(strategy)
    if isinstance(log, Iterable) and not isinstance(log, Log | str):
        return _verify(log, given, known)
    with reading(log) as opened:
        return _verify(opened.events(), given, known)


def _verify(
    events: Iterable[Event], given: Strategy | None, known: Mapping[str, type]
) -> Verification:
    current: SearchState | None = None
    past: list[Event] = []
    meanwhile = _Meanwhile()
    counts = {"proposals": 0, "verdicts": 0, "stops": 0}
    difference = None
    for event in events:
        seq = len(past)
        try:
            difference = None if current is None else _compare(current, event, seq, meanwhile)
            past.append(event)
            if difference is not None:
                break
            current = advance(current, event, past, given, known)
            meanwhile.add(event, current)
        except AutotuneError as error:
            # A class that is not known here says nothing about the log.
            if isinstance(error, ComponentError) and isinstance(
                event, StudyStarted | StrategyChanged
            ):
                raise
            if len(past) == seq:
                past.append(event)
            difference = Difference(
                seq, type(event).__name__, getattr(event, "trial", None), "event", event, str(error)
            )
            break
        match event:
            case Proposed() if event.origin not in ("given", "prior"):
                counts["proposals"] += 1
            case Accepted() | Rejected():
                counts["verdicts"] += 1
            case StudyStopped():
                counts["stops"] += 1
            case _:
                pass
    return Verification(
        len(past), counts["proposals"], counts["verdicts"], counts["stops"], difference
    )


@define
class _Meanwhile:
    """Where the study stood while trials were pending.

    Where several trials run at once, which folds of one are run is decided before others are
    judged, and recorded after.
    """

    positions: list[SearchState] = field(factory=list)
    told: dict[int, int] = field(factory=dict)

    def add(self, event: Event, current: SearchState) -> None:
        pending = current.study.pending
        if isinstance(event, Proposed | Evaluated) and event.trial in pending:
            self.told[event.trial] = current.study.n_events
        for trial in self.told.keys() - pending.keys():
            del self.told[trial]
        since = min(self.told.values(), default=current.study.n_events + 1)
        self.positions.append(current)
        self.positions = [p for p in self.positions if p.study.n_events >= since]

    def may_have_planned(self, trial: int, folds: tuple[int, ...]) -> bool:
        """Tell whether folds were wanted at any moment since the trial's event before."""
        since = self.told.get(trial, math.inf)
        return any(
            set(folds) <= set(plan(p.strategy, p.state, p.study, trial))
            for p in self.positions
            if p.study.n_events >= since
        )


def _compare(
    current: SearchState, event: Event, seq: int, meanwhile: _Meanwhile
) -> Difference | None:
    strategy, state, study = current.strategy, current.state, current.study
    match event:
        case Proposed():
            if event.origin in ("given", "prior"):
                for name, nothing in (("parent", None), ("moved", ()), ("anticipated", None)):
                    if getattr(event, name) != nothing:
                        recorded = getattr(event, name)
                        return Difference(seq, "Proposed", event.trial, name, recorded, nothing)
                return None
            if study.stopped is not None or (stop(strategy, state, study, at=event.at) is not None):
                return Difference(seq, "Proposed", event.trial, "event", "proposed", "stopped")
            return _first_difference(seq, event, ask(strategy, state, study, at=event.at))
        case Accepted() | Rejected():
            if event.trial in study.pending and study.origin(event.trial) != "prior":
                lacking = plan(strategy, state, study, event.trial)
                if lacking:
                    return Difference(
                        seq, type(event).__name__, event.trial, "folds still to run", (), lacking
                    )
            derived = judge(strategy, state, study, event.trial, at=event.at)
            if type(derived) is not type(event):
                return Difference(
                    seq,
                    type(event).__name__,
                    event.trial,
                    "verdict",
                    type(event).__name__,
                    type(derived).__name__,
                )
            return _first_difference(seq, event, derived)
        case StudyStopped():
            ended = stop(strategy, state, study, at=event.at)
            if ended is None:
                return Difference(seq, "StudyStopped", None, "event", event.words, "goes on")
            return _first_difference(seq, event, ended)
        case Evaluated():
            # What was measured is data; which folds were run was decided.
            if event.trial not in study.pending or study.origin(event.trial) == "prior":
                return None
            if event.measurement.is_loss:
                n = study.n_losses(event.trial) + 1
                allowed = n <= strategy.retries
                return None if allowed else _too_many(seq, event.trial, n, strategy.retries)
            planned = plan(strategy, state, study, event.trial)
            once = len(set(event.measurement.folds)) == len(event.measurement.folds)
            as_planned = set(event.measurement.folds) <= set(planned)
            if not once or not (
                as_planned or meanwhile.may_have_planned(event.trial, event.measurement.folds)
            ):
                return Difference(
                    seq, "Evaluated", event.trial, "folds", event.measurement.folds, planned
                )
            return None
        case StudyStarted() | SpaceChanged() | StrategyChanged():
            return None
        case _:
            assert_never(event)


def _too_many(seq: int, trial: int, n: int, retries: int) -> Difference:
    return Difference(seq, "Evaluated", trial, "number of workers lost", n, f"{retries} at most")


def _first_difference(seq: int, recorded: Event, derived: Event) -> Difference | None:
    for attribute in attrs.fields(type(recorded)):
        a, b = getattr(recorded, attribute.name), getattr(derived, attribute.name)
        if attribute.name == "configuration":
            for name in dict.fromkeys([*a, *b]):
                if not _equal(a.get(name), b.get(name)):
                    return Difference(
                        seq,
                        "Proposed",
                        getattr(recorded, "trial", None),
                        name,
                        a.get(name),
                        b.get(name),
                    )
        elif not _equal(a, b):
            if attribute.name == "anticipated" and a is not None and b is not None:
                return _inside(seq, recorded, a, b)
            return Difference(
                seq,
                type(recorded).__name__,
                getattr(recorded, "trial", None),
                attribute.name,
                a,
                b,
            )
    return None


def _inside(seq: int, recorded: Event, a: Any, b: Any) -> Difference | None:
    for attribute in attrs.fields(type(a)):
        x, y = getattr(a, attribute.name), getattr(b, attribute.name)
        if not _equal(x, y):
            return Difference(
                seq,
                type(recorded).__name__,
                getattr(recorded, "trial", None),
                f"anticipated {attribute.name}",
                x,
                y,
            )
    return None


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if type(a) is not type(b):
        return False
    if attrs.has(type(a)):
        return all(
            _equal(getattr(a, field.name), getattr(b, field.name))
            for field in attrs.fields(type(a))
        )
    return bool(a == b)
