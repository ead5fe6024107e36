"""Checks of what decides: fold plans, acceptance, confirmation, recommendation, termination."""

from __future__ import annotations

import math
from typing import Any

from attrs import frozen

from autotune.space import Coordinates
from autotune.strategy import (
    AcceptQuery,
    Component,
    ConfirmQuery,
    FoldQuery,
    Key,
    RecommendQuery,
    StopQuery,
    Verdict,
)
from autotune.study import Evaluated, Measurement, StrategyChanged, Study, apply
from autotune.study.events import REASONS
from autotune.testing.byte_source import ByteSource
from autotune.testing.case import Case
from autotune.testing.component_case import attempt, component_case
from autotune.testing.kind import Kind

__all__ = ["check_monotone", "check_rounds", "check_sentence"]

Part = Component[Any, Any, Any]


def ask_folds(study: Study, key: Key, source: ByteSource) -> list[FoldQuery]:
    """Ask for the next folds of a trial that waits and has not failed."""
    waiting = [trial for trial, partial in study.pending.items() if not partial.failed]
    return [FoldQuery(study, key, source.pick(waiting))] if waiting else []


def valid_folds(component: Part, query: FoldQuery, answer: Any) -> None:  # noqa: ARG001
    """Check that folds exist, are named once, and have not been run; or that there are none."""
    if answer is None:
        return
    assert isinstance(answer, tuple), f"{answer!r} is not a tuple of folds"
    n_folds = query.study.begun.n_folds
    done = query.study.measurement(query.trial).folds
    for fold in answer:
        assert type(fold) is int, f"fold {fold!r} is of type {type(fold).__name__}, not int"
        assert 0 <= fold < n_folds, f"fold {fold} of {n_folds} does not exist"
        assert fold not in done, f"fold {fold} has been run already"
    assert len(set(answer)) == len(answer), f"{answer} names a fold twice"


def check_rounds(component: Part, case: Case, kind: Kind) -> None:
    """Check that a trial which gets the folds planned for it is ready to be judged in the end.

    Parameters
    ----------
    component : FoldPlan
        Plans folds.
    case : Case
        A log and what is asked.
    kind : Kind
        Its kind.
    """
    checked = component_case(component, case, kind)
    if checked.last is None:
        return
    study, state = checked.studies[checked.last], checked.states[checked.last]
    ((query, folds),) = checked.answers[checked.last]
    source = case.source()
    n_folds = study.begun.n_folds
    at = study.n_events
    for _ in range(n_folds + 1):
        if not folds:
            return
        scores = tuple([source.number(-1.0, 1.0) for _ in folds])
        seconds = (0.5,) * len(folds)
        event = Evaluated(at, query.trial, Measurement(folds, scores, seconds, seconds))
        study = apply(study, event)
        state = attempt("update on Evaluated", component.update, state, study, event)
        query = FoldQuery(study, query.key, query.trial)
        folds = checked.read(component, state, query)
        valid_folds(component, query, folds)
    raise AssertionError(f"after {n_folds + 1} rounds it plans more folds; there are {n_folds}")


def ask_acceptance(study: Study, key: Key, source: ByteSource) -> list[AcceptQuery]:
    """Ask for the verdict on a trial that waits and has a finite score."""
    waiting = []
    for trial, partial in study.pending.items():
        outcome = partial.outcome(study.sign)
        if not outcome.failed and math.isfinite(outcome.value):
            waiting.append((trial, outcome))
    if not waiting:
        return []
    trial, outcome = source.pick(waiting)
    return [AcceptQuery(study, key, trial, outcome)]


def valid_verdict(component: Part, query: AcceptQuery, answer: Any) -> None:  # noqa: ARG001
    """Check a verdict; the first trial with a score is accepted, there being nothing to gain on."""
    assert isinstance(answer, Verdict), f"{answer!r} is not of type Verdict"
    assert answer.reason is None or answer.reason in REASONS, (
        f"reason {answer.reason!r} is not one of {list(REASONS)}"
    )
    for what in ("gain", "seconds_saved"):
        number = getattr(answer, what)
        if number is None:
            continue
        assert isinstance(number, float), f"{what} = {number!r} is not a float"
        assert math.isfinite(number), f"{what} = {number!r} is not finite"
    if query.study.incumbent is None:
        assert answer.reason is None, f"the first trial with a score is rejected: {answer.reason!r}"
        assert answer.gain is None, f"the first trial gains {answer.gain!r} on nothing"


@frozen(eq=False)
class _Candidate:
    """A new configuration, as a strategy hands it over."""

    coordinates: Coordinates

    def __call__(self) -> Coordinates:
        return self.coordinates


def ask_confirmation(study: Study, key: Key, source: ByteSource) -> list[ConfirmQuery]:
    """Ask which trial is to be measured again, with some budget used."""
    if study.started is None:
        return []
    space = study.known_space
    new = _Candidate(space.encode([source.configuration(space)]))
    used = source.number(0.0, 1.0) if source.chance(0.7) else None
    return [ConfirmQuery(study, key, new, used)]


def ask_recommendation(study: Study, key: Key, source: ByteSource) -> list[RecommendQuery]:  # noqa: ARG001
    """Ask which trial is held for best."""
    return [RecommendQuery(study, key)]


def valid_trial(component: Part, query: Any, answer: Any) -> None:  # noqa: ARG001
    """Check that an answer is None or a trial that was judged and has a finite score."""
    if answer is None:
        return
    assert type(answer) is int, f"trial {answer!r} is of type {type(answer).__name__}, not int"
    n = query.study.n_trials
    assert 1 <= answer <= n, f"trial {answer} does not exist; there are {n}"
    assert query.study.outcomes().usable[answer - 1], f"trial {answer} has no score to stand on"


def ask_stop(study: Study, key: Key, source: ByteSource) -> list[StopQuery]:  # noqa: ARG001
    """Ask whether the study is over."""
    return [StopQuery(study, key)]


def valid_words(component: Part, query: StopQuery, answer: Any) -> None:  # noqa: ARG001
    """Check that a reason to stop is None or words."""
    assert answer is None or (isinstance(answer, str) and answer.strip() != ""), (
        f"{answer!r} is neither None nor a reason in words"
    )


def check_monotone(component: Part, case: Case, kind: Kind) -> None:
    """Check that a rule which says stop goes on saying so, where it claims that.

    A rule claims it with ``monotone: ClassVar[bool] = True``.

    Parameters
    ----------
    component : Termination
        Says when to stop.
    case : Case
        A log and what is asked.
    kind : Kind
        Its kind.
    """
    if not getattr(component, "monotone", False):
        return
    checked = component_case(component, case, kind)
    since: tuple[int, str] | None = None
    for i, study in enumerate(checked.studies[1:], start=1):
        if isinstance(case.log[i - 1], StrategyChanged):
            since = None  # another strategy begins
        (query,) = checked.questions(study)
        words = checked.read(component, checked.states[i], query)
        if since is None:
            since = None if words is None else (i, words)
        else:
            assert words is not None, (
                f"after {since[0]} events it says stop ({since[1]}), after {i} it no longer does; "
                "yet it claims to be monotone"
            )


def check_sentence(component: Part, kind: Kind) -> None:  # noqa: ARG001
    """Check that a rule prints as one sentence.

    Parameters
    ----------
    component : Termination
        Says when to stop.
    kind : Kind, optional
        Not looked at.
    """
    text = attempt("str", str, component)
    assert text.strip() == text, f"{text!r} has blanks at its ends"
    assert text != "", "it prints as nothing"
    assert "\n" not in text, f"{text!r} takes several lines"
    if text != repr(component):  # a rule that prints as its repr has no sentence of its own
        assert text[0].isupper(), f"{text!r} does not begin as a sentence"
        assert text.endswith("."), f"{text!r} does not end as a sentence"
        assert ". " not in text, f"{text!r} is more than one sentence"
