"""The shell: what is written when, failures, bad input, and going on where a study stopped."""

from __future__ import annotations

import math
import os
import signal

import pytest
from attrs import define, evolve, field

from autotune import Space, Tuner, tune, verify
from autotune.clock import SystemClock
from autotune.errors import (
    AutotuneError,
    ComponentError,
    EvaluationError,
    LogError,
    SpaceError,
    StudyError,
)
from autotune.log import MemoryLog
from autotune.objective import Measurement
from autotune.space import Categorical, Integer
from autotune.study import (
    Accepted,
    Evaluated,
    Proposed,
    Rejected,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
)
from autotune.tuner import PriorTrial
from autotune_strategies import MaxTrials, recipes

START = {"x": 1.0, "n": 5, "flag": True, "layers": (4, 1)}


def objective(c):
    """A smooth hill; the seconds are its own, so that runs can be compared bit for bit."""
    score = -((c["x"] - 3) ** 2) - (c["n"] - 7) ** 2 / 10 + c["flag"] - (len(c["layers"]) - 3) ** 2
    return score, 0.1 + c["n"] / 100


@define
class FakeClock:
    """Time that passes a second a look."""

    microseconds: int = 0
    seconds: float = field(default=0.0)

    def now(self):
        self.microseconds += 1_000_000
        return self.microseconds

    def timer(self):
        self.seconds += 1.0
        return self.seconds


def decisions(log):
    """Everything a study decided, without times of day."""
    return [
        evolve(event, at=0)
        for event in log.events()
        if not isinstance(event, StudyStarted | StrategyChanged)
    ]


def test_the_log_says_everything_in_order():
    log = MemoryLog()
    tune(objective, START, n_trials=3, log=log, seed=1)
    kinds = [type(event) for event in log.events()]
    assert kinds[0] is StudyStarted
    assert kinds[-1] is StudyStopped
    assert kinds[1:3] == [Proposed, Evaluated]
    assert len(kinds) == 2 + 3 * 3


def test_the_same_seed_gives_the_same_study_and_another_another():
    logs = [MemoryLog() for _ in range(3)]
    for log, seed in zip(logs, (1, 1, 2), strict=True):
        tune(objective, START, n_trials=25, log=log, seed=seed)
    assert decisions(logs[0]) == decisions(logs[1])
    assert decisions(logs[0]) != decisions(logs[2])


class Spy(MemoryLog):
    """Remembers what was durable when."""


def test_a_proposal_is_recorded_before_its_evaluation_and_a_result_before_the_next_proposal():
    log = Spy()
    seen = []

    def spying(c):
        events = list(log.events())
        assert isinstance(events[-1], Proposed)
        assert events[-1].configuration == c
        proposed = sum(isinstance(event, Proposed) for event in events)
        evaluated = sum(isinstance(event, Evaluated) for event in events)
        judged = sum(isinstance(event, Accepted | Rejected) for event in events)
        assert evaluated == judged == proposed - 1
        seen.append(proposed)
        return 1.0

    tune(spying, START, n_trials=5, log=log, on_error="raise")
    assert seen == [1, 2, 3, 4, 5]


def test_minimising():
    found = tune(lambda c: (c["x"] - 3) ** 2, {"x": 1.0}, n_trials=60, direction="minimize", seed=0)
    assert found.best_score < 0.05
    assert found.best_score == (found.best["x"] - 3) ** 2
    gains = [e.gain for e in found.log.events() if isinstance(e, Accepted) and e.gain is not None]
    assert all(gain > 0 for gain in gains)
    assert verify(found.log).passed


# Failures inside a trial


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (ValueError("no"), "ValueError"),
        (MemoryError("full"), "MemoryError"),
        (math.nan, "not finite"),
        (math.inf, "not finite"),
        (-math.inf, "not finite"),
        ("0.5", "EvaluationError"),
        (None, "EvaluationError"),
        (True, "EvaluationError"),
        ((0.5, "soon"), "EvaluationError"),
        ((0.5, -1.0), "EvaluationError"),
        ((0.5, 1.0, 2.0), "EvaluationError"),
    ],
)
def test_a_failing_trial_is_recorded_and_the_study_goes_on(result, kind):
    calls = []

    def failing(c):
        calls.append(c)
        if len(calls) == 3:
            if isinstance(result, BaseException):
                raise result
            return result
        return float(len(calls))

    found = tune(failing, START, n_trials=6)
    assert len(calls) == found.n_trials == 6
    failures = [e for e in found.log.events() if isinstance(e, Evaluated) and e.measurement.failure]
    assert [(e.trial, e.measurement.failure.kind) for e in failures] == [(3, kind)]
    rejected = [e for e in found.log.events() if isinstance(e, Rejected)]
    assert [(e.trial, e.reason) for e in rejected] == [(3, "failed")]
    assert found.best_trial == 6
    assert verify(found.log).passed


def test_the_first_trials_may_fail():
    calls = []

    def failing(c):
        calls.append(c)
        if len(calls) <= 3:
            raise RuntimeError("not yet")
        return 1.0

    found = tune(failing, START, n_trials=8)
    assert found.best_trial == 4
    assert verify(found.log).passed


def test_all_trials_may_fail():
    with pytest.warns(UserWarning, match="no trial succeeded: 4 of 4 failed by not finite"):
        found = tune(lambda c: math.nan, START, n_trials=4)
    assert found.best is None
    assert found.best_trial is None
    assert math.isnan(found.best_score)
    assert verify(found.log).passed


def test_on_error_raise_records_first():
    log = MemoryLog()

    def failing(c):
        raise ZeroDivisionError("x")

    with pytest.raises(ZeroDivisionError):
        tune(failing, START, n_trials=5, log=log, on_error="raise")
    assert [type(e) for e in log.events()][-2:] == [Evaluated, Rejected]


def test_scores_of_zero_count():
    scores = iter([-1.0, 0.0, -0.5, 0.0])
    found = tune(lambda c: next(scores), START, n_trials=4)
    assert found.best_trial == 2
    assert found.best_score == 0.0


# Bad input, before any work


def never(c):
    raise AssertionError("work was done")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"space": {}}, SpaceError, "empty"),
        ({"space": 5}, SpaceError, "int"),
        ({"space": {"x": math.nan}}, SpaceError, "x = nan"),
        ({"direction": "up"}, StudyError, "direction = 'up'"),
        ({"n_trials": 0}, ComponentError, "n_trials = 0"),
        ({"n_trials": 2.5}, ComponentError, r"n_trials = 2\.5"),
        ({"seed": -1}, StudyError, "seed = -1"),
        ({"seed": "abc"}, StudyError, "seed = 'abc'"),
        ({"strategy": "best"}, ComponentError, "strategy = 'best'"),
        ({"strategy": MaxTrials(3)}, ComponentError, "strategy"),
        (
            {"strategy": recipes.autotune_2018(step_veto_rule=lambda x, y: False)},
            ComponentError,
            "veto",
        ),
    ],
)
def test_bad_input_is_named_before_any_work(arguments, error, words):
    log = MemoryLog()
    with pytest.raises(error, match=words):
        tune(never, **{"space": START, "log": log, **arguments})
    assert len(log) == 0


def test_an_objective_that_cant_be_called():
    with pytest.raises(EvaluationError, match="objective = 3"):
        tune(3, START)


def test_a_log_that_cant_be_opened(tmp_path):
    file = tmp_path / "file"
    file.write_text("not a directory")
    with pytest.raises(LogError, match="file"):
        tune(never, START, log=file)


# Going on


@pytest.mark.parametrize("stop_after", [1, 2, 7])
def test_an_interrupted_study_goes_on_as_if_nothing_had_happened(stop_after):
    whole, broken = MemoryLog(), MemoryLog()
    tune(objective, START, n_trials=20, log=whole, seed=3)
    calls = []

    def interrupted(c):
        calls.append(c)
        if len(calls) > stop_after:
            raise KeyboardInterrupt
        return objective(c)

    found = tune(interrupted, START, n_trials=20, log=broken, seed=3)
    assert found.interrupted
    assert found.n_trials == stop_after + 1
    assert sorted(found.study.pending) == [stop_after + 1]
    again = tune(objective, START, n_trials=20, log=broken)
    assert not again.interrupted
    assert decisions(broken) == decisions(whole)
    assert verify(broken).passed


@pytest.fixture
def interrupts_reach_us():
    """Undo what a shell does to processes in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts_reach_us")
def test_an_interrupt_that_a_model_swallows_counts_all_the_same():
    calls = []

    def swallowing(c):
        calls.append(c)
        if len(calls) == 3:
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                return 99.0  # a half-trained model's score
        return objective(c)

    log = MemoryLog()
    found = tune(swallowing, START, n_trials=20, log=log, seed=3)
    assert found.interrupted
    assert len(calls) == found.n_trials == 3
    assert sorted(found.study.pending) == [3]
    tune(objective, START, n_trials=20, log=log)
    whole = MemoryLog()
    tune(objective, START, n_trials=20, log=whole, seed=3)
    assert decisions(log) == decisions(whole)


def test_resuming_needs_the_log_alone():
    whole, broken = MemoryLog(), MemoryLog()
    tune(objective, START, n_trials=20, log=whole, seed=3)
    first = Tuner(START, n_trials=20, log=broken, seed=3)
    for _ in range(5):
        trial = first.ask()
        first.tell(trial.trial, objective(trial.configuration))
    Tuner.resume(broken).run(objective)
    assert decisions(broken) == decisions(whole)
    assert not any(isinstance(e, StrategyChanged) for e in broken.events())


def test_a_finished_study_has_nothing_left_to_do():
    log = MemoryLog()
    tune(objective, START, n_trials=4, log=log)
    n = len(log)
    found = tune(never, START, n_trials=4, log=log)
    assert found.n_trials == 4
    assert len(log) == n


def test_fewer_trials_than_there_are_change_nothing():
    log = MemoryLog()
    tune(objective, START, n_trials=4, log=log)
    n = len(log)
    assert tune(never, START, n_trials=2, log=log).n_trials == 4
    assert len(log) == n


def test_bad_input_makes_no_log(tmp_path):
    for arguments in ({"seed": -1}, {"n_trials": 0}, {"direction": "up"}):
        with pytest.raises(AutotuneError):
            tune(never, START, log=tmp_path / "log", **arguments)
    assert not (tmp_path / "log").exists()


def test_more_trials_go_on_from_a_finished_study():
    log = MemoryLog()
    tune(objective, START, n_trials=4, log=log, seed=9)
    found = tune(objective, START, n_trials=10, log=log)
    assert found.n_trials == 10
    assert sum(isinstance(e, StrategyChanged) for e in log.events()) == 1
    whole = MemoryLog()
    tune(objective, START, n_trials=10, log=whole, seed=9)

    def proposals(log):
        return [e.configuration for e in log.events() if isinstance(e, Proposed)]

    assert proposals(log) == proposals(whole)
    assert verify(log).passed


def test_another_strategy_is_recorded():
    log = MemoryLog()
    tune(objective, START, n_trials=4, log=log)
    tune(objective, START, n_trials=12, log=log, strategy=recipes.autotune_2018(step_number_vars=2))
    assert verify(log).passed
    moved = [e.moved for e in log.events() if isinstance(e, Proposed)]
    assert {len(m) for m in moved[4:]} == {2}


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"space": {"x": 1.0}}, SpaceError, "n is.*not in it"),
        ({"space": {**START, "x": 2.0}}, SpaceError, r"x = 1\.0 there, 2\.0 here"),
        ({"space": {**START, "x": 2}}, SpaceError, "x is Float.*Integer"),
        ({"space": dict(reversed(START.items()))}, SpaceError, "order"),
        ({"direction": "minimize"}, StudyError, "direction is 'maximize'"),
        ({"metric": "loss"}, StudyError, "metric is 'score'"),
        ({"seed": 5}, StudyError, "seed is 3"),
    ],
)
def test_the_log_of_another_study_is_refused(arguments, error, words):
    log = MemoryLog()
    tune(objective, START, n_trials=3, log=log, seed=3)
    n = len(log)
    with pytest.raises(error, match=words):
        tune(never, **{"space": START, "log": log, "n_trials": 9, **arguments})
    assert len(log) == n


def test_resuming_an_empty_log_is_refused():
    with pytest.raises(StudyError, match="no study"):
        Tuner.resume(MemoryLog())


# Ask and tell


def test_ask_and_tell():
    clock = FakeClock()
    tuner = Tuner({"x": 1.0}, n_trials=3, clock=clock)
    first = tuner.ask()
    assert (first.trial, first.origin, first.configuration) == (1, "start", {"x": 1.0})
    assert isinstance(tuner.tell(1, 0.5), Accepted)
    evaluated = [e for e in tuner.log.events() if isinstance(e, Evaluated)]
    assert evaluated[0].measurement.fit_seconds[0] > 0  # the time since the proposal
    second = tuner.ask()
    assert isinstance(tuner.tell(second.trial, (0.4, 2.5)), Rejected)
    third = tuner.ask()
    rejected = tuner.tell(third.trial, RuntimeError("broke"))
    assert rejected.reason == "failed"
    assert tuner.ask() is None
    assert tuner.ask() is None
    assert [type(e) for e in tuner.log.events()][-1] is StudyStopped
    assert tuner.result().best_trial == 1


def test_two_trials_may_be_open_at_once():
    tuner = Tuner({"x": 1.0}, n_trials=4)
    tuner.tell(tuner.ask().trial, 0.0)
    a, b = tuner.ask(), tuner.ask()
    assert a.configuration != b.configuration
    tuner.tell(b.trial, 2.0)
    tuner.tell(a.trial, 1.0)
    assert tuner.result().best_trial == b.trial
    c = tuner.ask()
    assert tuner.ask() is None  # the budget is out, though a trial is open
    assert tuner.study.stopped is None
    tuner.tell(c.trial, 0.0)
    assert tuner.ask() is None
    assert tuner.study.stopped is not None
    assert verify(tuner.log).passed


def test_telling_what_is_not_pending_is_refused():
    tuner = Tuner({"x": 1.0})
    with pytest.raises(StudyError, match="trial 1 is not pending"):
        tuner.tell(1, 0.5)
    tuner.ask()
    with pytest.raises(EvaluationError, match="'good'"):
        tuner.tell(1, "good")
    assert len(tuner.log) == 2
    tuner.tell(1, 0.5)
    with pytest.raises(StudyError, match="not pending"):
        tuner.tell(1, 0.5)


def test_a_trial_of_ones_own():
    tuner = Tuner({"x": 1.0}, strategy=recipes.random_walk())
    tuner.tell(tuner.ask().trial, 0.0)
    mine = tuner.propose({"x": 42.0})
    assert mine.origin == "given"
    tuner.tell(mine.trial, 9.0)
    assert tuner.ask().parent == mine.trial
    with pytest.raises(SpaceError, match="y"):
        tuner.propose({"x": 1.0, "y": 2})
    assert verify(tuner.log).passed


def test_earlier_results_are_known_and_not_counted():
    tuner = Tuner({"x": 1.0}, strategy=recipes.random_walk(), n_trials=2)
    prior = [
        PriorTrial({"x": x}, Measurement((0,), (score,), (0.1,), (0.0,)))
        for x, score in ((5.0, 0.1), (7.0, 0.9), (9.0, 0.3))
    ]
    tuner.take_over(prior)
    assert tuner.study.incumbent == 2
    trial = tuner.ask()
    assert trial.trial == 4
    assert trial.parent == 2
    tuner.tell(4, 0.0)
    tuner.tell(tuner.ask().trial, 0.0)
    assert tuner.ask() is None
    assert verify(tuner.log).passed


def test_objects_as_choices_come_back_as_themselves():
    def up(v):
        return v + 1

    def down(v):
        return v - 1

    space = Space({"f": Categorical([up, down]), "n": Integer(0, 10)}, start={"n": 5})
    log = MemoryLog()
    found = tune(lambda c: float(c["f"](c["n"])), space, n_trials=30, log=log)
    assert found.best["f"] is up
    tune(lambda c: float(c["f"](c["n"])), space, n_trials=40, log=log)
    assert verify(log).passed


def test_watching():
    seen = []
    tune(
        objective,
        START,
        n_trials=3,
        progress=lambda event, study: seen.append((type(event), study.n_events)),
    )
    assert [kind for kind, _ in seen].count(Proposed) == 3
    assert seen[-1][0] is StudyStopped
    assert all(issubclass(kind, object) for kind, _ in seen)


def test_every_error_is_the_librarys_own():
    for error in (SpaceError, StudyError, ComponentError, EvaluationError, LogError):
        assert issubclass(error, AutotuneError)


def test_the_system_clock_goes_forward():
    clock = SystemClock()
    assert clock.timer() <= clock.timer()
    assert isinstance(clock.now(), int)


# What goes wrong between two events


class Interrupting(MemoryLog):
    """Is interrupted right after an append became durable."""

    appends = 0

    def append(self, events):
        super().append(events)
        self.appends += 1
        if self.appends == 3:
            raise KeyboardInterrupt


def test_what_became_durable_before_an_interrupt_has_happened():
    log = Interrupting()
    tuner = Tuner(START, log=log, n_trials=6, seed=3)
    assert tuner.run(objective).interrupted
    tuner.run(objective)
    whole = MemoryLog()
    tune(objective, START, n_trials=6, log=whole, seed=3)
    assert decisions(log) == decisions(whole)
    assert verify(log).passed


def test_a_log_that_somebody_else_wrote_to_is_refused():
    log = MemoryLog()
    one, two = Tuner(START, log=log), Tuner(START, log=log)
    one.ask()
    with pytest.raises(StudyError, match="somebody else"):
        two.ask()


@pytest.mark.parametrize(
    ("measurement", "words"),
    [
        (Measurement((), (), (), ()), "each once"),
        (Measurement((7,), (1.0,), (0.0,), (0.0,)), r"\(7,\)"),
        (Measurement((0, 0), (1.0, 1.0), (0.0, 0.0), (0.0, 0.0)), "each once"),
        (Measurement((0,), (1.0, 2.0), (0.0,), (0.0,)), "2 scores for 1 folds"),
        (Measurement((0,), ("a",), (0.0,), (0.0,)), "'a'"),
        (Measurement((0,), (1.0,), (math.inf,), (0.0,)), "fit_seconds = inf"),
        (Measurement((0,), (1.0,), (0.0,), (-1.0,)), "score_seconds"),
    ],
)
def test_a_measurement_that_makes_no_sense(measurement, words):
    tuner = Tuner(START, n_trials=3)
    trial = tuner.ask().trial
    with pytest.raises(EvaluationError, match=words):
        tuner.tell(trial, measurement)
    assert len(tuner.log) == 2
    found = tune(lambda c: measurement, START, n_trials=3)
    assert found.n_trials == 3
    assert found.best is None
    assert verify(found.log).passed


def test_a_score_beyond_doubles_is_a_failure():
    tuner = Tuner(START)
    assert tuner.tell(tuner.ask().trial, 10**400).reason == "failed"


def test_resuming_in_vain_gives_the_log_back(tmp_path):
    path = tmp_path / "log"
    tune(objective, START, n_trials=2, log=path)
    with pytest.raises(ComponentError) as kept:
        Tuner.resume(path, n_trials=0)
    assert kept.value.__traceback__ is not None  # it holds on to the frames, as a notebook does
    with Tuner.resume(path, n_trials=4) as tuner:
        assert tuner.run(objective).n_trials == 4


def test_earlier_results_are_taken_over_whole_or_not_at_all():
    class Full(MemoryLog):
        def append(self, events):
            if len(self) > 0 and len(events) > 1:
                raise LogError("disk full")
            super().append(events)

    tuner = Tuner({"x": 1.0}, log=Full())
    prior = [PriorTrial({"x": x}, Measurement((0,), (x,), (0.1,), (0.0,))) for x in (1.0, 2.0, 3.0)]
    with pytest.raises(LogError):
        tuner.take_over(prior)
    assert tuner.study.n_trials == 0
