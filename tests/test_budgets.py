"""Budgets of a study: seconds that it may run, and spaces that end."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from attrs import define, evolve
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from autotune import (
    Boolean,
    Categorical,
    Equals,
    Execution,
    Float,
    Integer,
    LessThan,
    Space,
    StepSearchCV,
    Tuner,
    tune,
    verify,
)
from autotune.errors import ComponentError
from autotune.execution import begun_within
from autotune.log import MemoryLog
from autotune.objective import Measurement
from autotune.replay import explain, state_at
from autotune.strategy import describe, rebuild
from autotune.strategy.defaults import (
    counts_running_time,
    known_components,
    replace_budget,
    with_budget,
)
from autotune.study import Proposed, StrategyChanged, StudyStarted
from autotune.tuner import PriorTrial
from autotune_strategies import (
    BestOfPrior,
    Constant,
    Either,
    MaxTrials,
    Never,
    Patience,
    Reevaluate,
    SpaceExhausted,
    TimeBudget,
    recipes,
)

SPACE = Space({"x": Float(-10, 10)}, start={"x": 1.0})
WALK = recipes.random_walk()


@define
class Watch:
    """A clock that stands still unless it is told to go on."""

    microseconds: int = 0

    def now(self):
        return self.microseconds

    def timer(self):
        return self.microseconds / 1e6

    def pass_by(self, seconds):
        self.microseconds += int(seconds * 1e6)


def taking(clock, seconds):
    """An objective whose trials take so long."""

    def objective(c):
        clock.pass_by(seconds)
        return -((c["x"] - 3) ** 2)

    return objective


def n_proposed(log):
    return sum(isinstance(event, Proposed) for event in log.events())


def test_no_trial_is_begun_once_the_time_is_spent():
    clock, log = Watch(), MemoryLog()
    with Tuner(SPACE, strategy=WALK, log=log, time_budget=60.0, clock=clock) as tuner:
        result = tuner.run(taking(clock, 7.0))
    # The ninth begins at 56 s and may end, at 63 s.
    assert result.n_trials == 9
    assert result.stopped == "63 s of running, the time budget was 60 s"
    assert result.study.seconds == 63.0
    assert verify(log).passed


def test_what_comes_first_ends_the_study():
    for n_trials, time_budget, n in ((3, 60.0, 3), (30, 20.0, 3), (None, 20.0, 3), ("auto", 20, 3)):
        clock = Watch()
        given = 100 if n_trials == "auto" else n_trials
        tuner = Tuner(SPACE, n_trials=given, time_budget=time_budget, clock=clock)
        assert tuner.run(taking(clock, 7.0)).n_trials == n
        assert verify(tuner.log).passed


def test_a_pause_between_two_sessions_does_not_count():
    clock, log = Watch(), MemoryLog()
    budget = {"strategy": WALK, "time_budget": 60.0, "clock": clock}
    tuner = Tuner(SPACE, log=log, **budget)
    for _ in range(3):
        trial = tuner.ask()
        tuner.tell(trial.trial, taking(clock, 7.0)(trial.configuration))
    tuner.ask()  # and the process dies
    clock.pass_by(86_400.0)
    tuner = Tuner(SPACE, log=log, **budget)
    assert tuner.study.seconds == 21.0
    result = tuner.run(taking(clock, 7.0))
    assert result.n_trials == 9
    assert result.study.seconds == 63.0
    assert verify(log).passed
    # That the study was gone on with is in the log, and nothing else.
    (again,) = [event for event in log.events() if isinstance(event, StrategyChanged)]
    assert again.strategy == next(iter(log.events())).strategy


def test_a_study_goes_on_after_a_kill_as_without_it():
    """Law 5: what was asked and decided is the same, but for the pause."""
    whole, cut = MemoryLog(), MemoryLog()
    clock = Watch()
    Tuner(SPACE, log=whole, time_budget=60.0, clock=clock).run(taking(clock, 7.0))
    clock = Watch()
    tuner = Tuner(SPACE, log=cut, time_budget=60.0, clock=clock)
    for _ in range(4):
        trial = tuner.ask()
        tuner.tell(trial.trial, taking(clock, 7.0)(trial.configuration))
    clock.pass_by(1000.0)
    Tuner(SPACE, log=cut, time_budget=60.0, clock=clock).run(taking(clock, 7.0))

    def decided(log):
        left_out = (StudyStarted, StrategyChanged)
        return [evolve(event, at=0) for event in log.events() if not isinstance(event, left_out)]

    assert decided(cut) == decided(whole)
    assert verify(whole).passed
    assert verify(cut).passed


def test_looking_at_a_study_that_is_over_writes_nothing():
    clock, log = Watch(), MemoryLog()
    Tuner(SPACE, log=log, time_budget=20.0, clock=clock).run(taking(clock, 7.0))
    events = len(log)
    clock.pass_by(1000.0)
    for budget in ({"time_budget": 20.0}, {}, {"time_budget": 10.0}):
        assert Tuner.resume(log, clock=clock, **budget).ask() is None
        assert len(log) == events


def test_more_seconds_on_a_log_are_what_counts_from_then_on():
    clock, log = Watch(), MemoryLog()
    Tuner(SPACE, log=log, n_trials=50, time_budget=20.0, clock=clock).run(taking(clock, 7.0))
    clock.pass_by(1000.0)
    result = Tuner.resume(log, time_budget=40.0, clock=clock).run(taking(clock, 7.0))
    assert result.n_trials == 6
    assert result.study.strategy["termination"]["rules"] == [
        {"component": "MaxTrials", "n": 50},
        {"component": "TimeBudget", "seconds": 40.0},
    ]
    # The trials may be raised alone, and the seconds stay.
    result = Tuner.resume(log, n_trials=60, clock=clock).run(taking(clock, 7.0))
    assert result.n_trials == 6
    assert verify(log).passed


def test_budgets_are_set_and_replaced_beside_a_strategys_own_rule():
    own = evolve(WALK, termination=Patience(5))
    for strategy in (own, WALK):
        rules = () if strategy is WALK else (Patience(5),)
        both = with_budget(strategy, 9, 60.0)
        assert both.termination == Either((*rules, MaxTrials(9), TimeBudget(60.0)))
        assert replace_budget(both, 10).termination.rules[-2:] == (MaxTrials(10), TimeBudget(60.0))
        assert replace_budget(both, None, 9.0).termination.rules[-2:] == (
            MaxTrials(9),
            TimeBudget(9.0),
        )
        seconds = with_budget(strategy, None, 60.0)
        assert replace_budget(seconds, None, 61.0) == with_budget(strategy, None, 61.0)
        assert replace_budget(with_budget(strategy, 9), 10) == with_budget(strategy, 10)
        assert rebuild(describe(both), known_components()) == both
        assert counts_running_time(both)
        assert not counts_running_time(with_budget(strategy, 9))
    assert with_budget(WALK, None).termination == Never()
    # Somebody's own combination is left as it is.
    mine = evolve(WALK, termination=Patience(5) | Patience(6) | MaxTrials(9))
    assert replace_budget(mine, 20).termination == Either((mine.termination, MaxTrials(20)))


@pytest.mark.parametrize("bad", [0, -1.0, math.inf, math.nan, "60", True])
def test_a_time_budget_that_makes_no_sense_is_refused_before_a_log_is_made(bad, tmp_path):
    with pytest.raises(ComponentError, match=r"time_budget = .* must be a number of seconds > 0"):
        tune(lambda c: c["x"], SPACE, time_budget=bad, log=tmp_path / "log")
    assert not (tmp_path / "log").exists()


def test_a_batch_is_no_larger_than_what_begins_in_time():
    # Three trials are known to take 2 s; with two workers three more begin within 3 s.
    assert begun_within(3.0, 2, 1, 2.0) == 3
    assert begun_within(3.0, 2, 1, None) == 2
    assert begun_within(0.0, 4, 5, 2.0) == 1
    assert begun_within(3.0, 2, 1, 0.0) > 1000
    running = []

    def objective(c):
        running.append(c["x"])
        time.sleep(0.1)
        return c["x"]

    with ThreadPoolExecutor(2) as pool:
        execution = Execution(executor=pool, batch_size=16)
        result = tune(objective, SPACE, strategy=WALK, time_budget=0.25, execution=execution)
    # Without a look at the time the first batch would be of sixteen.
    assert len(running) == result.n_trials <= 12
    assert verify(result.log).passed


@pytest.mark.parametrize("how", [{"batch_size": 2}, {"asynchronous": True}])
def test_seconds_with_several_workers(how):
    with ThreadPoolExecutor(2) as pool:
        execution = Execution(executor=pool, **how)
        objective = lambda c: (time.sleep(0.02), c["x"])[1]  # noqa: E731
        result = tune(objective, SPACE, strategy=WALK, time_budget=0.3, execution=execution)
    assert result.study.seconds >= 0.3
    assert "time budget" in result.stopped
    assert verify(result.log).passed


def test_without_a_number_of_trials_the_seconds_alone_count(tmp_path):
    result = tune(lambda c: c["x"], SPACE, strategy=WALK, time_budget=0.1, log=tmp_path / "log")
    assert "time budget" in result.stopped
    assert state_at(tmp_path / "log").strategy["termination"] == {
        "component": "TimeBudget",
        "seconds": 0.1,
    }


def test_a_search_by_cross_validation_has_seconds_too():
    X, y = load_iris(return_X_y=True)
    search = StepSearchCV(
        SVC(), {"C": 1.0}, strategy="random_walk", time_budget=0.5, cv=2, random_state=0
    )
    search.fit(X, y)
    assert search.study_.seconds >= 0.5
    assert "time budget" in search.study_.stopped.words
    assert n_proposed(search.log_) == search.study_.n_trials
    assert search.get_params()["n_trials"] == "auto"
    assert verify(search.log_).passed


# Spaces that end

SIX = Space({"k": Integer(1, 3), "flag": Boolean()})


def six(c):
    return c["k"] + c["flag"]


@pytest.mark.parametrize("strategy", recipes.__all__)
def test_a_study_ends_when_all_configurations_have_been_tried(strategy):
    with pytest.warns(UserWarning, match="the space holds 6 configurations, fewer than n_trials"):
        result = tune(six, SIX, n_trials=60, strategy=strategy, seed=0)
    assert result.stopped == "all 6 configurations have been tried"
    study = result.study
    trials = [t for t in range(1, study.n_trials + 1) if study.origin(t) != "confirm"]
    assert len({tuple(study.configuration(t).values()) for t in trials}) == len(trials) == 6
    assert result.best_score == 4
    assert verify(result.log).passed


def test_what_is_measured_again_on_purpose_is_left_as_it_is():
    again = evolve(WALK, move=Reevaluate(WALK.move, Constant(1.0)))
    with pytest.warns(UserWarning, match="holds 6"):
        result = tune(six, SIX, n_trials=12, strategy=again, seed=0)
    assert result.n_trials == 12
    assert verify(result.log).passed


def test_a_space_whose_ends_are_not_reached_warns_of_nothing():
    result = tune(six, SIX, n_trials=6, seed=0, deterministic=True)
    assert result.n_trials == 6
    # The rule is there all the same, for a longer run on the same log.
    result = Tuner.resume(result.log, n_trials=50).run(six)
    assert result.n_trials == 6
    assert result.stopped == "all 6 configurations have been tried"
    endless = tune(lambda c: c["x"], SPACE, n_trials=3)
    assert endless.study.strategy["termination"] == {"component": "MaxTrials", "n": 3}


def test_a_rule_of_ones_own_takes_its_place():
    never = evolve(WALK, termination=SpaceExhausted() & Never())
    result = tune(six, SIX, n_trials=20, strategy=never)
    assert (result.n_trials, result.stopped) == (20, "20 of 20 trials done")
    patient = evolve(WALK, termination=Patience(30))
    with pytest.warns(UserWarning, match="holds 6"):
        result = tune(six, SIX, n_trials=60, strategy=patient)
    assert result.stopped == "all 6 configurations have been tried"


def test_a_study_that_was_begun_without_such_an_end_goes_on_without():
    log = MemoryLog()
    without = with_budget(WALK, 10)  # as the shell made it before
    space = SIX
    started = StudyStarted(0, "s", space, "maximize", "score", 1, describe(without), 0)
    log.append([started])
    for given in (None, WALK, "random_walk"):
        Tuner(SIX, log=log, strategy=given, n_trials=10)
        assert len(log) == 1
    result = Tuner(SIX, log=log, strategy=WALK, n_trials=12).run(six)
    assert (result.n_trials, result.stopped) == (12, "12 of 12 trials done")
    assert verify(log).passed


def test_a_grid_ends_a_search_by_cross_validation():
    X, y = load_iris(return_X_y=True)
    search = StepSearchCV(SVC(), {"C": [0.1, 1.0, 10.0], "kernel": ["linear", "rbf"]}, cv=2)
    with pytest.warns(UserWarning, match="the space holds 6 configurations"):
        search.fit(X, y)
    assert len(search.cv_results_["params"]) == 6
    assert search.study_.stopped.words == "all 6 configurations have been tried"


def test_spaces_with_conditions_and_constraints_end_too():
    space = Space(
        {"kernel": Categorical(["linear", "poly"]), "degree": Integer(2, 5), "k": Integer(1, 9)},
        conditions={"degree": Equals("kernel", "poly")},
        constraints=[LessThan("k", 4)],
        start={"k": 1},
    )
    assert space.n_configurations == 5 * 3
    with pytest.warns(UserWarning, match="holds 15"):
        result = tune(lambda c: c["k"], space, n_trials=200, seed=0)
    origins = [result.study.origin(trial) for trial in range(1, result.n_trials + 1)]
    assert result.n_trials - origins.count("confirm") == 15  # what is confirmed is so on purpose
    assert result.stopped == "all 15 configurations have been tried"
    assert verify(result.log).passed


def test_a_batch_does_not_go_beyond_the_end():
    with ThreadPoolExecutor(2) as pool:
        execution = Execution(executor=pool, batch_size=4)
        with pytest.warns(UserWarning, match="holds 6"):
            result = tune(six, SIX, strategy="random_search", execution=execution, seed=0)
    assert result.n_trials == 6
    assert verify(result.log).passed


def test_what_was_drawn_in_place_of_a_repetition_is_explained():
    log = MemoryLog()
    with pytest.warns(UserWarning, match="holds 6"):
        tune(six, SIX, n_trials=20, strategy="autotune_2018", log=log, seed=0)
    told = [explain(log, trial) for trial in range(2, 7)]
    replaced = [each for each in told if each.chosen is None]
    assert replaced
    assert all("drawn at random from what had not" in str(each) for each in replaced)
    for each in told:
        if each.chosen is not None:
            assert each.chosen.configuration == each.configuration


def test_the_best_of_earlier_results_may_be_measured_anew():
    best = PriorTrial({"k": 3, "flag": True}, Measurement((0,), (4.0,), (1.0,), (0.0,)))
    start = evolve(WALK, start=BestOfPrior(1))
    tuner = Tuner(SIX, strategy=start, n_trials=3)
    tuner.take_over([best])
    assert tuner.ask().configuration == best.configuration
