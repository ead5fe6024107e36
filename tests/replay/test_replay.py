"""Replay: a log explains itself, and an edited one is found out at the event that was edited."""

from __future__ import annotations

import attrs
import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune import Tuner, tune, verify
from autotune.errors import ComponentError, StudyError
from autotune.log import MemoryLog
from autotune.replay import state_at
from autotune.space import as_space
from autotune.strategy import AcceptQuery, Composed, Verdict
from autotune.study import (
    Accepted,
    Evaluated,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    StudyStopped,
    reduce,
)
from autotune.testing import same
from autotune_strategies import MaxTrials, recipes
from helpers import OPTIONS, objective

START = {"x": 1.0, "n": 5, "flag": True, "word": "a", "layers": (4, 1)}


def recorded(**options):
    log = MemoryLog()
    tune(objective, as_space(START, options=OPTIONS), n_trials=40, seed=11, log=log, **options)
    return list(log.events())


EVENTS = recorded()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strategy": recipes.autotune_2018(step_number_vars=3)},
        {"strategy": recipes.gaussian(price=0.5, max_fit_time=0.2)},
        {"strategy": recipes.discounted()},
        {"strategy": recipes.neighbourhood()},
        {"strategy": recipes.annealing()},
        {"strategy": recipes.coordinate_walk()},
        {"strategy": recipes.random_search()},
        {"strategy": recipes.autotune_2018(tradeoff_scr_per_sec=0.5, max_fit_time=0.2)},
        {"strategy": recipes.autotune_2018(explore_rt_init=0.0, explore_rt_min=0.0)},
        {"direction": "minimize"},
    ],
)
def test_every_decision_is_derived_again(options):
    events = recorded(**options)
    found = verify(events)
    assert found.passed, str(found)
    assert (found.n_proposals, found.n_verdicts, found.n_stops) == (40, 40, 1)
    assert found.n_events == len(events)


def changed(value):
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value * 1.5 + 1e-9
        case str():
            return "b" if value != "b" else "a"
        case tuple():
            return (*value, 1)
        case None:
            return 0.25
    raise AssertionError(value)


def edits():
    """Every way to alter one decision in the log."""
    found = []
    for seq, event in enumerate(EVENTS):
        if isinstance(event, Proposed):
            found += [(seq, "configuration", name) for name in event.configuration]
            if event.parent is not None and event.trial > 2:
                found += [(seq, "parent", None), (seq, "moved", None), (seq, "origin", None)]
            if event.anticipated is not None:
                found += [
                    (seq, "anticipated", f.name) for f in attrs.fields(type(event.anticipated))
                ]
        elif isinstance(event, Accepted | Rejected):
            found += [(seq, "gain", None), (seq, "seconds_saved", None), (seq, "verdict", None)]
        elif isinstance(event, StudyStopped):
            found += [(seq, "words", None), (seq, "rule", None)]
    return found


@settings(max_examples=25)
@given(edit=st.sampled_from(edits()))
def test_an_edited_decision_is_found_at_its_event(edit):
    seq, what, name = edit
    event = EVENTS[seq]
    if what == "configuration":
        new = evolve(
            event, configuration={**event.configuration, name: changed(event.configuration[name])}
        )
    elif what == "anticipated":
        value = changed(getattr(event.anticipated, name))
        new = evolve(event, anticipated=evolve(event.anticipated, **{name: value}))
    elif what == "parent":
        new = evolve(event, parent=1 if event.parent != 1 else 2)
    elif what == "moved":
        new = evolve(event, moved=("flag",) if event.moved != ("flag",) else ("x",))
    elif what == "origin":
        new = evolve(event, origin="exploit" if event.origin == "explore" else "explore")
    elif what == "verdict":
        if isinstance(event, Accepted):
            new = Rejected(event.at, event.trial, event.gain, event.seconds_saved, "no gain")
        else:
            new = Accepted(event.at, event.trial, event.gain, event.seconds_saved)
    else:
        new = evolve(event, **{what: changed(getattr(event, what))})
    found = verify([*EVENTS[:seq], new, *EVENTS[seq + 1 :]])
    assert not found.passed
    assert found.difference.seq == seq
    assert f"event {seq}" in str(found)
    *agree, differs = found.rows
    assert [row["n"] for row in agree] == [found.n_proposals, found.n_verdicts, found.n_stops]
    assert all(row["verified"] for row in agree)
    assert (differs["seq"], differs["verified"]) == (seq, False)


def test_an_edited_score_is_found_at_the_first_decision_it_touches():
    seq = next(
        i
        for i, e in enumerate(EVENTS)
        if isinstance(e, Evaluated)
        and e.trial >= 5
        and not e.measurement.failure
        and isinstance(EVENTS[i + 1], Rejected)
    )
    recorded = EVENTS[seq].measurement
    changed = evolve(recorded, scores=(recorded.scores[0] - 0.125,))
    new = evolve(EVENTS[seq], measurement=changed)
    found = verify([*EVENTS[:seq], new, *EVENTS[seq + 1 :]])
    assert found.difference.seq == seq + 1  # its verdict
    assert found.difference.field == "gain"


def test_another_seed_or_strategy_is_found():
    other = [evolve(EVENTS[0], seed=12), *EVENTS[1:]]
    assert verify(other).difference.kind == "Proposed"
    found = verify(EVENTS, strategy=recipes.autotune_2018(step_threshold=0.9))
    assert not found.passed


@pytest.mark.parametrize(
    "broken",
    [
        EVENTS[1:],
        [*EVENTS[:4], *EVENTS[5:]],
        [*EVENTS[:5], EVENTS[4], *EVENTS[5:]],
        [*EVENTS, EVENTS[0]],
        [*EVENTS[:7], EVENTS[-1], *EVENTS[7:]],
    ],
    ids=["no beginning", "an event lost", "an event twice", "two beginnings", "stopped early"],
)
def test_a_broken_sequence_is_found(broken):
    assert not verify(broken).passed


def test_proposals_after_the_end_are_found():
    more = list(tune_more())
    position = next(i for i, e in enumerate(more) if type(e).__name__ == "StrategyChanged")
    assert verify(more).passed
    assert not verify([*more[:position], *more[position + 1 :]]).passed


def tune_more():
    log = MemoryLog(EVENTS)
    tune(objective, as_space(START, options=OPTIONS), n_trials=45, log=log)
    return log.events()


@frozen
class Lucky(Composed[AcceptQuery, Verdict]):
    """An acceptance of the tests' own: even trials."""

    def read(self, state, query):
        return Verdict(None, None, None if query.trial % 2 == 0 else "chance")


def test_components_of_ones_own():
    strategy = evolve(recipes.autotune_2018(), acceptance=Lucky())
    events = recorded(strategy=strategy)
    with pytest.raises(ComponentError, match="Lucky"):
        verify(events)
    assert verify(events, components=[Lucky]).passed
    assert verify(events, strategy=verify_strategy(strategy)).passed


def verify_strategy(strategy):
    from autotune.strategy.defaults import with_budget

    return with_budget(strategy, 40)


def test_any_moment_can_be_looked_at():
    log = MemoryLog(EVENTS)
    for seq in (-1, 0, 1, 17, len(EVENTS) - 1):
        assert same(state_at(log, seq), reduce(EVENTS[: seq + 1]))
    assert same(state_at(log), state_at(log, len(EVENTS) - 1))
    for seq in (-2, len(EVENTS), 1.0, True):
        with pytest.raises(StudyError, match="seq"):
            state_at(log, seq)


def test_a_log_in_a_directory_verifies_by_its_path(tmp_path):
    tune(objective, as_space(START, options=OPTIONS), n_trials=10, log=tmp_path / "log", seed=2)
    assert verify(tmp_path / "log").passed
    assert state_at(tmp_path / "log").n_trials == 10


def test_nothing_began():
    assert verify([]).passed
    assert isinstance(EVENTS[0], StudyStarted)


def test_a_verdict_before_its_folds_are_done_is_found():
    log = MemoryLog()
    tuner = Tuner({"x": 1.0}, n_folds=3, log=log)
    trial = tuner.ask().trial
    tuner.tell(trial, Measurement((0, 1, 2), (1.0,) * 3, (0.0,) * 3, (0.0,) * 3))
    events = list(log.events())
    assert verify(events).passed
    fewer = evolve(events[2], measurement=Measurement((0,), (1.0,), (0.0,), (0.0,)))
    found = verify([*events[:2], fewer, *events[3:]])
    assert found.difference.field == "folds still to run"


def test_a_step_dressed_as_given_is_found():
    seq = next(i for i, e in enumerate(EVENTS) if isinstance(e, Proposed) and e.trial == 6)
    given_ = evolve(EVENTS[seq], origin="given")
    found = verify([*EVENTS[:seq], given_, *EVENTS[seq + 1 :]])
    assert found.difference.seq == seq


def test_a_recipe_may_be_given_by_its_name():
    by_name = tune(
        objective, as_space(START, options=OPTIONS), n_trials=6, seed=1, strategy="random_walk"
    ).log
    made = tune(
        objective,
        as_space(START, options=OPTIONS),
        n_trials=6,
        seed=1,
        strategy=recipes.random_walk(),
    ).log
    assert [e.configuration for e in by_name.events() if isinstance(e, Proposed)] == [
        e.configuration for e in made.events() if isinstance(e, Proposed)
    ]
    assert verify(by_name, strategy=evolve(recipes.random_walk(), termination=MaxTrials(6))).passed
    with pytest.raises(ComponentError, match="'bold' is not a recipe; choose one of"):
        verify(by_name, strategy="bold")
