"""Checks of what proposes: starts, moves, steps and whole strategies."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import attrs
import numpy as np

from autotune.errors import SpaceError
from autotune.space import Coordinates, Float, Sequence, Space
from autotune.space.equality import same
from autotune.strategy import (
    AskQuery,
    Candidates,
    Component,
    Key,
    MoveQuery,
    Proposal,
    StartQuery,
    Strategy,
    ask,
    judge,
    plan,
    stop,
)
from autotune.strategy.candidates import row_of
from autotune.study import (
    EMPTY,
    Accepted,
    Evaluated,
    Event,
    Failure,
    Measurement,
    Proposed,
    Rejected,
    Study,
    StudyStarted,
    StudyStopped,
    apply,
)
from autotune.testing.byte_source import ByteSource
from autotune.testing.case import Case
from autotune.testing.component_case import attempt, component_case
from autotune.testing.kind import Kind

__all__ = [
    "check_simulation",
    "check_start_ends",
    "check_steps",
]

Part = Component[Any, Any, Any]

MOST_STARTS = 1000


def check_rows(space: Space, coordinates: Coordinates, n: int) -> list[dict[str, Any]]:
    """Check that coordinates are those of so many legal configurations, and return these."""
    assert list(coordinates) == list(space), (
        f"coordinates of {list(coordinates)}; the space has {list(space)}"
    )
    for name, dimension in space.parameters:
        column = coordinates[name]
        axes = 2 if isinstance(dimension, Sequence) else 1
        assert isinstance(column, np.ndarray), (
            f"coordinates of {name} = {column!r} are not an array"
        )
        assert column.dtype == np.float64, f"coordinates of {name} are of dtype {column.dtype}"
        assert column.ndim == axes, f"coordinates of {name} have shape {column.shape}"
        assert len(column) == n, f"{len(column)} rows of {name}; {n} are needed"
    result = []
    for i in range(n):
        row = {name: coordinates[name][i] for name in space}
        try:
            configuration = space.decode_one(row)
            checked = space.check(configuration)
        except (SpaceError, ValueError, IndexError, OverflowError) as error:
            raise AssertionError(f"candidate {i} is not in the space, {row}: {error}") from error
        again = space.encode_row(checked)
        for (name, dimension), back in zip(space.parameters, again, strict=True):
            there = row[name]
            if isinstance(dimension, Sequence):
                agrees = list(there[~np.isnan(there)]) == list(back)
            else:
                agrees = bool(there == back) or (math.isnan(there) and math.isnan(back))
            assert agrees, (
                f"candidate {i} has coordinate {there!r} for {name}, whose value is "
                f"{checked.get(name, 'inactive')!r} with coordinate {back!r}"
            )
        result.append(checked)
    return result


def ask_start(study: Study, key: Key, source: ByteSource) -> list[StartQuery]:  # noqa: ARG001
    """Ask for the next start."""
    return [StartQuery(study, key)]


def valid_start(component: Part, query: StartQuery, answer: Any) -> None:  # noqa: ARG001
    """Check that a start is None, or one row in the space."""
    if answer is not None:
        check_rows(query.study.known_space, answer, 1)


def check_start_ends(component: Part, kind: Kind) -> None:  # noqa: ARG001
    """Check that the starts come to an end.

    Parameters
    ----------
    component : Start
        Proposes the first configurations.
    kind : Kind, optional
        Not looked at.
    """
    space = Space({"a": Float(0, 1), "b": Float(1, 2)})
    began = StudyStarted(0, "starts", space, "maximize", "score", 1, {}, 3)
    study, state = EMPTY, attempt("init", component.init)

    def happens(event: Event) -> None:
        nonlocal study, state
        study = apply(study, event)
        state = attempt("update", component.update, state, study, event)

    happens(began)
    for trial in range(1, MOST_STARTS + 2):
        query = StartQuery(study, Key(3).child(trial, "start"))
        result = attempt(f"read before trial {trial}", component.read, state, query)
        if result is None:
            return
        (configuration,) = check_rows(space, result, 1)
        happens(Proposed(trial, trial, configuration, None, (), "start"))
        happens(Evaluated(trial, trial, Measurement((0,), (float(-trial),), (0.1,), (0.0,))))
        if trial == 1:
            happens(Accepted(trial, trial, None, None))
    raise AssertionError(f"after {MOST_STARTS} trials it still wants another start")


def ask_move(study: Study, key: Key, source: ByteSource) -> list[MoveQuery]:
    """Ask for steps from the incumbent, or from any trial."""
    if study.n_trials == 0:
        return []
    count = source.pick((1, 2, 3, 5))
    parent = study.incumbent if study.incumbent is not None else 1
    if source.chance(0.3):
        parent = 1 + source.below(study.n_trials)
    return [MoveQuery(study, key, parent, count)]


def valid_draws(component: Part, query: MoveQuery, answer: Any) -> None:  # noqa: ARG001
    """Check that draws are as many as asked for, in the space, and say what moved."""
    assert isinstance(answer, Candidates), f"{answer!r} is not of type Candidates"
    space = query.study.known_space
    assert len(answer.moved) == query.count, (
        f"{len(answer.moved)} candidates where {query.count} were asked for"
    )
    check_rows(space, answer.coordinates, query.count)
    searched = set(space.searched)
    parent = row_of(query.study, query.parent)
    allowed = space.allows_row(parent)
    for i, moved in enumerate(answer.moved):
        strange = [name for name in moved if name not in searched]
        assert not strange, f"candidate {i} moved {strange}, no searched parameters of the space"
        assert len(set(moved)) == len(moved), f"candidate {i} moved {moved}: one name twice"
        if space.conditional or not allowed:
            continue  # what became active took its start value; what was forbidden gave way
        for name, before in parent.items():
            after = answer.coordinates[name][i]
            if isinstance(space[name], Sequence):
                stays = np.array_equal(after[~np.isnan(after)], before)
            else:
                stays = bool(after == before)
            assert stays or name in moved, (
                f"candidate {i} changed {name} from {before!r} to {after!r}, yet says that "
                f"{list(moved)} moved"
            )


def check_steps(component: Any, case: Case, kind: Kind) -> None:
    """Check that steps from any value lead to values of the dimension, the same for the same draw.

    Of a step that has ``steps``, for many coordinates at once, these are checked as well.

    Parameters
    ----------
    component : Step
        Answers scales, and has ``step``.
    case : Case
        A log and what is asked.
    kind : Kind
        Its kind.
    """
    checked = component_case(component, case, kind)
    if checked.last is None:
        return
    study = checked.studies[checked.last]
    space = study.known_space
    (_, scales), *_ = checked.answers[checked.last]
    source = case.source()
    for column, (name, dimension) in enumerate(space.parameters):
        of = dimension.of if isinstance(dimension, Sequence) else dimension
        value = of.check(name, source.value(of))
        coordinate = float(of.encode(value))
        alone = source.byte() % 2 == 0
        own = tuple(float(np.broadcast_to(scale, (len(space),))[column]) for scale in scales)
        told = []
        for _ in range(2):
            rng = case.key.child(name).generator()
            there = attempt(
                f"step of {of!r} from {coordinate!r}",
                lambda rng=rng, of=of, at=coordinate, own=own, alone=alone: component.step(
                    rng, of, at, own, alone=alone
                ),
            )
            told.append(float(there))
        assert told[0] == told[1], f"the same draw steps to {told[0]!r}, and then to {told[1]!r}"
        _check_arrival(of, value, told[0])
        if callable(getattr(component, "steps", None)):
            several = [
                attempt(
                    f"{_SEVERAL} steps of {of!r} from {coordinate!r}",
                    lambda of=of, at=coordinate, own=own, alone=alone, name=name: component.steps(
                        case.key.child(name).generator(),
                        of,
                        np.full(_SEVERAL, at),
                        own,
                        alone=np.full(_SEVERAL, alone),
                    ),
                )
                for _ in range(2)
            ]
            assert np.shape(several[0]) == (_SEVERAL,), (
                f"{_SEVERAL} steps of {of!r} are of shape {np.shape(several[0])}"
            )
            assert np.array_equal(*several), (
                f"the same draw steps to {several[0]!r}, and then to {several[1]!r}"
            )
            for each in several[0].tolist():
                _check_arrival(of, value, each)


_SEVERAL = 4


def _check_arrival(of: Any, value: Any, there: float) -> None:
    """Check that a step leads to the coordinate of a value."""
    try:
        back = of.encode(of.check("value", of.decode(there)))
    except (SpaceError, ValueError, IndexError, OverflowError) as error:
        raise AssertionError(f"a step of {of!r} from {value!r} leads out: {error}") from error
    assert back == there, f"a step of {of!r} leads to {there!r}, which is not a value of it"


def ask_strategy(study: Study, key: Key, source: ByteSource) -> list[AskQuery]:  # noqa: ARG001
    """Ask for the next proposal."""
    return [AskQuery(study, key)]


def valid_proposal(component: Part, query: AskQuery, answer: Any) -> None:  # noqa: ARG001
    """Check that a proposal is legal: its configuration, its parent, its moves."""
    assert isinstance(answer, Proposal), f"{answer!r} is not of type Proposal"
    study, space = query.study, query.study.known_space
    try:
        checked = space.check(answer.configuration)
    except SpaceError as error:
        raise AssertionError(f"the proposal is not in the space: {error}") from error
    assert same(checked, dict(answer.configuration)), (
        f"the configuration {answer.configuration!r} is written {checked!r} in this space"
    )
    assert answer.parent is None or 1 <= answer.parent <= study.n_trials, (
        f"it steps from trial {answer.parent}; the study has {study.n_trials}"
    )
    strange = [name for name in answer.moved if name not in space]
    assert not strange, f"it moved {strange}, no parameters of the space"
    if answer.anticipated is not None:
        numbers = [x for x in attrs.astuple(answer.anticipated) if x is not None]
        assert all(map(math.isfinite, numbers)), f"{answer.anticipated!r} is not finite"


_TRIALS = 4


def check_simulation(component: Strategy, case: Case, kind: Kind) -> None:
    """Check a whole search, folds that fail or have no score among them, and derive it again.

    Parameters
    ----------
    component : Strategy
        Asks, plans, judges and stops.
    case : Case
        Its log says in which space, and under which seed.
    kind : Kind
        Its kind.
    """
    checked = component_case(component, case, kind)
    source = case.source()
    search = _Search(component)
    search.happens(case.log[0])
    for trial in range(1, _TRIALS + 1):
        ended = search.decides("stop", stop, at=trial)
        if ended is not None:
            assert isinstance(ended, StudyStopped)
            assert ended.words, "it stops without a reason"
            search.happens(ended)
            break
        proposed = search.decides(f"ask for trial {trial}", ask, at=trial)
        try:
            legal = search.study.known_space.check(proposed.configuration)
        except SpaceError as error:
            raise AssertionError(f"trial {trial}, {proposed}, is illegal: {error}") from error
        assert same(legal, proposed.configuration), f"{proposed} is written {legal} here"
        search.happens(proposed)
        _evaluate(search, trial, source)
        search.happens(search.decides("judge", judge, trial, at=trial))
    _derive_again(checked.twin, search.log)


class _Search:
    """A study as it goes on: what happened, and the state of the strategy after it."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.study = EMPTY
        self.state = attempt("init", strategy.init)
        self.log: list[Event] = []

    def happens(self, event: Event) -> None:
        self.study = apply(self.study, event)
        self.state = attempt("update", self.strategy.update, self.state, self.study, event)
        self.log.append(event)

    def decides(self, what: str, decision: Any, *arguments: Any, **named: Any) -> Any:
        call = partial(decision, self.strategy, self.state, self.study, *arguments, **named)
        return attempt(what, call)


def _evaluate(search: _Search, trial: int, source: ByteSource) -> None:
    """Evaluate a trial fold by fold as the plan says; now and then it fails, or has no score."""
    n_folds = search.study.begun.n_folds
    for _ in range(n_folds + 1):
        folds = search.decides("plan", plan, trial)
        if not folds:
            return
        kind = source.byte() % 12
        if kind == 11:
            failure = Failure("ValueError", "no")
            search.happens(Evaluated(trial, trial, Measurement((), (), (), (), failure=failure)))
            continue
        scores = [math.nan if kind == 10 else source.number(-1.0, 1.0) for _ in folds]
        seconds = tuple([0.5 + fold for fold in folds])
        search.happens(Evaluated(trial, trial, Measurement(folds, tuple(scores), seconds, seconds)))
    raise AssertionError(f"trial {trial} got {n_folds + 1} rounds of folds; there are {n_folds}")


def _derive_again(strategy: Strategy, log: list[Event]) -> None:
    """Check that an equal strategy derives the same decisions from the events before them."""
    search = _Search(strategy)
    for event in log:
        again: Event = event
        match event:
            case Proposed(at=at):
                again = search.decides("ask again", ask, at=at)
            case StudyStopped(at=at):
                again = search.decides("stop again", stop, at=at)
            case Accepted(at=at, trial=trial) | Rejected(at=at, trial=trial):
                again = search.decides("judge again", judge, trial, at=at)
            case _:
                pass  # no decision of the strategy's
        assert same(event, again), f"derived again, {event!r} is {again!r}"
        search.happens(event)
