"""The laws that hold for components of every kind."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Self

import attrs
import numpy as np

from autotune.space import Categorical, Dimension, Float, Integer, Sequence, Space
from autotune.space.equality import same
from autotune.strategy import Component, Key, describe
from autotune.strategy.component import remembers
from autotune.study import (
    Accepted,
    Evaluated,
    Event,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    reduce,
)
from autotune.testing.case import Case, studies_of
from autotune.testing.classes import rebuilt
from autotune.testing.component_case import ComponentCase, attempt, component_case
from autotune.testing.kind import Kind
from autotune.testing.perturbed_environment import global_randomness, perturbed_environment

__all__ = [
    "check_answers",
    "check_description",
    "check_digestion",
    "check_folding",
    "check_keys",
    "check_reading",
]

Part = Component[Any, Any, Any]


def check_description(component: Part, kind: Kind) -> None:  # noqa: ARG001
    """Check that a component is a frozen value with a readable repr, and survives its description.

    Parameters
    ----------
    component : Component
        Any component.
    kind : Kind, optional
        Not looked at.
    """
    cls = type(component)
    assert attrs.has(cls), f"{cls.__name__} is not an attrs class; decorate it with @attrs.frozen"
    for attribute in attrs.fields(cls):
        try:
            setattr(component, attribute.name, getattr(component, attribute.name))
        except attrs.exceptions.FrozenInstanceError:
            continue
        raise AssertionError(f"{cls.__name__}.{attribute.name} can be set; use @attrs.frozen")
    text = repr(component)
    assert text.startswith(f"{cls.__qualname__.split('>.')[-1]}("), (
        f"the repr {text!r} does not say how {cls.__name__} is made"
    )
    assert " at 0x" not in text, f"the repr {text!r} names an address, no value"
    description = attempt("describe", describe, component)
    again = attempt("rebuild from the description", rebuilt, component)
    assert again == component, f"its description {json.dumps(description)} makes {again!r}"
    assert attempt("describe", describe, again) == description, (
        f"its description {json.dumps(description)} makes a component with another: "
        f"{json.dumps(describe(again))}"
    )
    assert repr(again) == text, f"its description makes {again!r}"
    if cls.__hash__ is not None:
        with suppress(TypeError):  # a field that can't be hashed: value equality is enough
            assert hash(again) == hash(component), "equal components have different hashes"


def check_digestion(component: Part, case: Case, kind: Kind) -> None:
    """Check that every event is taken in, and every question answered, without an exception.

    Parameters
    ----------
    component : Component
        Any component.
    case : Case
        A log and what is asked.
    kind : Kind
        Its kind.
    """
    checked = component_case(component, case, kind)
    assert len(checked.answers) == len(case.positions)


def check_answers(component: Part, case: Case, kind: Kind) -> None:
    """Check that answers are what the kind promises: shapes, ranges, legal proposals.

    Parameters
    ----------
    component, case, kind
        As for ``check_digestion``.
    """
    checked = component_case(component, case, kind)
    for position, answers in checked.answers.items():
        for query, answer in answers:
            try:
                checked.kind.valid(component, query, answer)
            except AssertionError as error:
                raise AssertionError(f"after {position} events: {error}") from error


def check_folding(component: Part, case: Case, kind: Kind) -> None:
    """Check that states are values: folding in two parts, or once more, gives the same.

    Parameters
    ----------
    component, case, kind
        As for ``check_digestion``.
    """
    checked = component_case(component, case, kind)
    states, kept = checked.states, checked.kept
    fresh = attempt("init", checked.twin.init)
    assert same(kept[0], fresh), f"init gives {kept[0]!r} here, {fresh!r} there"
    if not remembers(component):
        return
    again = checked.replay(checked.twin, studies_of(case.log), case.cut)
    for i, (one, other, before) in enumerate(zip(states, again, kept, strict=True)):
        assert same(one, before), (
            f"the state after {i} events was {before!r}, and became {one!r} while later events "
            "were taken in; return a new state instead of changing the old one"
        )
        if not same(one, other):
            whole = checked.replay(checked.twin, studies_of(case.log))
            how = "in two parts" if same(one, whole[i]) else "once more"
            raise AssertionError(
                f"the log replayed {how} gives another state after {i} events: {other!r} instead "
                f"of {one!r}"
            )


def check_reading(component: Part, case: Case, kind: Kind) -> None:
    """Check that reading changes nothing, and depends on component, state and question alone.

    The same is asked again of an equal component that has been asked nothing before, with other
    global random numbers and at another time of day.

    Parameters
    ----------
    component, case, kind
        As for ``check_digestion``.
    """
    checked = component_case(component, case, kind)
    at = checked.last
    if at is None:
        return
    log = case.log[:at]
    if remembers(component):
        studies = studies_of(log)
        study, state = studies[at], checked.replay(checked.twin, studies)[at]
    else:
        study, state = reduce(log), attempt("init", checked.twin.init)
    for i, ((query, answer), again) in enumerate(
        zip(checked.answers[at], checked.questions(study), strict=True)
    ):
        with perturbed_environment(component, seed=1, seconds=1e6) as marked:
            other = checked.read(checked.twin, state, again)
            drawn = global_randomness() != marked
        assert not drawn, (
            "it draws from the global random numbers (numpy.random or random); draw from "
            "query.key.generator()"
        )
        if not same(answer, other):
            _find_out_why(checked, at, i)
        untouched = checked.questions(reduce(log))[i]
        assert same(query, untouched), (
            f"reading changed what it was given, {_difference(query, untouched)}; copy before "
            "changing an array"
        )
    assert same(checked.states[at], state), "reading changed the state"
    assert same(component, checked.pristine), (
        f"reading changed the component, from {checked.pristine!r} to {component!r}"
    )


def _difference(query: Any, untouched: Any) -> str:
    for attribute in attrs.fields(type(query)):
        mine, theirs = getattr(query, attribute.name), getattr(untouched, attribute.name)
        if not same(mine, theirs):
            if attribute.name == "study":
                names = [a.name for a in attrs.fields(type(mine))]
                unlike = [n for n in names if not same(getattr(mine, n), getattr(theirs, n))]
                return f"the study's {', '.join(unlike)}"
            return f"the query's {attribute.name}: {mine!r} was {theirs!r}"
    return "the query"


def _find_out_why(checked: ComponentCase, at: int, i: int) -> None:
    """Ask again, changing one thing at a time, and blame the first that matters."""
    component, log = checked.component, checked.case.log[:at]

    def asked(who: Any, *, seed: int, seconds: float) -> Any:
        query = checked.questions(reduce(log))[i]
        state = checked.replay(who, studies_of(log))[at]
        with perturbed_environment(component, seed=seed, seconds=seconds, still=True):
            return checked.read(who, state, query)

    first = asked(component, seed=1, seconds=1e6)
    second = asked(component, seed=1, seconds=1e6)
    if not same(first, second):
        raise AssertionError(
            f"reading twice gives different answers, {_shown(first)} and {_shown(second)}: the "
            "answer depends on earlier calls, or on randomness without an address"
        )
    if not same(first, asked(component, seed=2, seconds=1e6)):
        raise AssertionError(
            "the answer depends on the global random numbers (numpy.random or random); draw from "
            "query.key.generator()"
        )
    later = asked(component, seed=1, seconds=2e6)
    if not same(first, later):
        raise AssertionError(
            f"the answer depends on the clock: {_shown(first)}, and {_shown(later)} later; times "
            "are in the study"
        )
    raise AssertionError(
        "an equal component, asked nothing before, answers otherwise: the answer depends on "
        "identity, on earlier calls or on the clock"
    )


def _shown(answer: Any) -> str:
    text = repr(answer)
    return text if len(text) <= 200 else f"{text[:197]}..."


def check_keys(component: Part, kind: Kind) -> None:
    """Check that a component that draws random numbers draws others for another key.

    A component that sets up random generators yet answers the same for every key, in several
    studies, ignores its key; one that means to says so: ``deterministic: ClassVar[bool] = True``.

    Parameters
    ----------
    component : Component
        Any component.
    kind : Kind
        Its kind.
    """
    if not kind.follows_key or getattr(component, "deterministic", False):
        return
    random = False
    for n_trials in (-1, 0, 2, 7, 20):
        told = []
        for seed in range(6):
            case = _key_case(n_trials, seed)
            checked = ComponentCase(component, case, kind)
            state, study = checked.states[-1], checked.studies[-1]
            with _Watch() as watch:
                told.append(
                    [checked.read(component, state, query) for query in checked.questions(study)]
                )
            random = random or watch.drew()
        if any(not same(told[0], other) for other in told[1:]):
            return
    assert not random, (
        "it sets up random numbers, yet answers the same for every key: draw from "
        "query.key.generator(), or say `deterministic: ClassVar[bool] = True` in the class"
    )


class _Watch:
    """Sees whether random generators that are set up meanwhile are drawn from."""

    def __init__(self) -> None:
        self._made: list[tuple[Any, Any]] = []
        self._originals: dict[str, Any] = {}

    def drew(self) -> bool:
        """Tell whether one of them has moved on."""
        return any(not same(_state(made), began) for made, began in self._made)

    def __enter__(self) -> Self:
        for name in ("PCG64", "RandomState", "default_rng"):
            original = getattr(np.random, name)
            self._originals[name] = original
            setattr(np.random, name, self._watching(original))
        return self

    def _watching(self, original: Any) -> Any:
        watch = self

        class Watching(type):
            def __call__(cls, *arguments: Any, **named: Any) -> Any:
                made = original(*arguments, **named)
                watch._made.append((made, _state(made)))
                return made

            def __instancecheck__(cls, instance: object) -> bool:
                return isinstance(instance, original)

        return Watching("Watching", (), {})

    def __exit__(self, *_: object) -> None:
        for name, original in self._originals.items():
            setattr(np.random, name, original)


def _state(made: Any) -> Any:
    """Return the state of a generator, of whichever sort."""
    if hasattr(made, "get_state"):
        return made.get_state()
    return getattr(made, "bit_generator", made).state


def _key_case(n_trials: int, seed: int) -> Case:
    """Return a study under a seed: so many trials and one that waits, or none at all for -1."""
    parameters: dict[str, Dimension] = {
        "a": Float(0, 1),
        "b": Float(1e-3, 10, log=True),
        "c": Integer(1, 100),
        "d": Categorical(["x", "y", "z"]),
        "e": Sequence(Integer(1, 50), 1, 4),
    }
    space = Space(parameters)
    key = Key(seed).child(n_trials + 1)
    log: list[Event] = [StudyStarted(0, "keys", space, "maximize", "score", 4, {}, seed)]
    if n_trials < 0:
        return Case(log, key)
    rng = np.random.Generator(np.random.PCG64(n_trials))
    best = -1.0
    incumbent: int | None = None
    for trial in range(1, n_trials + 1):
        a = float(rng.random())
        configuration = {
            "a": a,
            "b": float(10 ** rng.uniform(-3, 1)),
            "c": int(rng.integers(1, 101)),
            "d": "xyz"[int(rng.integers(3))],
            "e": tuple(int(i) for i in rng.integers(1, 51, size=2)),
        }
        moved = ("a", "b", "c", "d", "e") if incumbent is not None else ()
        log.append(Proposed(trial, trial, configuration, incumbent, moved, "explore"))
        scores = tuple(float(s) for s in a + 0.1 * rng.random(4))
        log.append(
            Evaluated(
                trial, trial, Measurement((0, 1, 2, 3), scores, (0.1, 0.2, 0.3, 0.4), (0.0,) * 4)
            )
        )
        score = sum(scores) / 4
        if score > best:
            log.append(Accepted(trial, trial, None if incumbent is None else score - best, 0.0))
            best, incumbent = score, trial
        else:
            log.append(Rejected(trial, trial, score - best, 0.0, "no gain"))
    # One more that waits, with a fold, so that fold plans and verdicts have something to say.
    waiting = n_trials + 1
    log.append(Proposed(waiting, waiting, dict(space.start), incumbent, ("a",), "explore"))
    log.append(Evaluated(waiting, waiting, Measurement((0,), (best,), (0.1,), (0.0,))))
    return Case(log, key, stride=len(log))
