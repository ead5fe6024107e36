"""Objectives of every kind: what they may return, when they are asked, and what becomes of them."""

from __future__ import annotations

import asyncio
import functools
import math
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from autotune import tune, verify
from autotune.clock import SystemClock
from autotune.errors import EvaluationError
from autotune.objective import (
    CoroutineObjective,
    Finishing,
    FunctionObjective,
    StepwiseObjective,
    as_objective,
    finish,
    finish_all,
    measured,
    placement,
    separate_folds,
)
from autotune.study import Accepted, Evaluated, Measurement, Rejected
from autotune_strategies import FoldSubset, Racing, recipes

SPACE = {"x": 1.0}
RACING = evolve(recipes.random_walk(), folds=Racing())

numbers = st.floats(-1e6, 1e6)


def hill(c):
    return -((c["x"] - 3) ** 2)


def raced_by_folds():
    return tune(
        lambda c, folds: [hill(c) - fold / 100 for fold in folds],
        SPACE,
        n_folds=5,
        n_trials=12,
        strategy=RACING,
        seed=3,
    )


def kinds(log, kind):
    return [event for event in log.events() if isinstance(event, kind)]


class Tensor:
    """A number without a dimension, as deep-learning frameworks have it."""

    ndim = 0

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value


@pytest.mark.parametrize(
    ("returned", "scores", "seconds", "metrics"),
    [
        (0.5, (0.5,), (6.0,), {}),
        (np.float32(0.5), (0.5,), (6.0,), {}),
        (np.array(0.5), (0.5,), (6.0,), {}),
        (np.array([0.5]), (0.5,), (6.0,), {}),
        (Tensor(0.5), (0.5,), (6.0,), {}),
        (1, (1.0,), (6.0,), {}),
        ((0.5, 2.0), (0.5,), (2.0,), {}),
        ((0.5, np.int64(2)), (0.5,), (2.0,), {}),
        ({"score": 0.5, "loss": 3}, (0.5,), (6.0,), {"loss": (3.0,)}),
        ({"auc": 0.5, "score": 3}, (0.5,), (6.0,), {"score": (3.0,)}),
        ({"auc": 0.5, "seconds": 2, "metrics": {"f1": 0.1}}, (0.5,), (2.0,), {"f1": (0.1,)}),
    ],
)
def test_what_a_function_may_return_for_one_fold(returned, scores, seconds, metrics):
    found = measured(returned, (0,), 6.0, metric="auc")
    assert (found.scores, found.fit_seconds, found.metrics) == (scores, seconds, metrics)
    assert measured(returned, (4,), 6.0, metric="auc", every=True).folds == (4,)


@pytest.mark.parametrize(
    ("returned", "seconds", "metrics"),
    [
        ([1, 2.0, np.float64(3)], (2.0, 2.0, 2.0), {}),
        (np.array([1, 2, 3]), (2.0, 2.0, 2.0), {}),
        (([1, 2, 3], 1.5), (0.5, 0.5, 0.5), {}),
        (([1, 2, 3], [0.1, 0.2, 0.3]), (0.1, 0.2, 0.3), {}),
        ({"auc": [1, 2, 3], "f1": [4, 5, 6]}, (2.0, 2.0, 2.0), {"f1": (4.0, 5.0, 6.0)}),
    ],
)
def test_what_a_function_may_return_for_several_folds(returned, seconds, metrics):
    found = measured(returned, (0, 2, 4), 6.0, metric="auc", every=True)
    assert (found.folds, found.scores) == ((0, 2, 4), (1.0, 2.0, 3.0))
    assert found.fit_seconds == pytest.approx(seconds)
    assert found.metrics == metrics


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, "return statement missing"),
        (True, "bool"),
        (np.True_, "bool"),
        ("0.5", "str"),
        ((0.5, 1.0, 2.0), "tuple of 3 values"),
        ((0.5, -1.0), "seconds = -1.0"),
        ([0.5, 0.6], "2 scores for 1 fold;"),
        ([], "0 scores"),
        ([[0.5]], r"\[\[0.5\]\]"),
        ({}, "of no name"),
        ({"loss": 0.5}, "'loss', none of which is 'auc'.*metric="),
        ({"auc": 0.5, "loss": "low"}, "loss = 'low'"),
        ({"auc": 0.5, "loss": [1, 2]}, "2 loss for 1 folds"),
        ({"auc": 0.5, "metrics": 3}, "metrics = 3"),
        ((x for x in (1, 2)), "StepwiseObjective"),
    ],
)
def test_what_makes_no_score_is_a_recorded_failure(returned, words):
    result = tune(lambda c: returned, SPACE, n_trials=2, metric="auc")
    failures = [event.measurement.failure for event in kinds(result.log, Evaluated)]
    assert [failure.kind for failure in failures] == ["EvaluationError"] * 2
    assert __import__("re").search(words, failures[0].message), failures[0].message
    assert verify(result.log).passed


def test_a_coroutine_that_nobody_awaits_is_named():
    result = tune(lambda c: asyncio.sleep(0), SPACE, n_trials=1)
    (event,) = kinds(result.log, Evaluated)
    assert "CoroutineObjective(function)" in event.measurement.failure.message


def test_metrics_are_recorded_beside_the_score():
    def objective(c):
        return {"accuracy": hill(c), "loss": -hill(c)}

    result = tune(objective, SPACE, metric="accuracy", n_trials=5, seed=1)
    events = kinds(result.log, Evaluated)
    assert [event.measurement.metrics["loss"] for event in events] == [
        (-event.measurement.scores[0],) for event in events
    ]
    assert result.best_score == max(event.measurement.scores[0] for event in events)


def test_scores_of_all_folds_at_once():
    result = tune(
        lambda c: [hill(c), hill(c) + 1], SPACE, n_folds=2, n_trials=5, strategy=recipes.default()
    )
    for event in kinds(result.log, Evaluated):
        assert event.measurement.folds == (0, 1)
        assert event.measurement.scores[1] == event.measurement.scores[0] + 1
    one = tune(hill, SPACE, n_folds=2, n_trials=1)
    assert "1 score for 2 folds" in kinds(one.log, Evaluated)[0].measurement.failure.message


def test_a_function_that_takes_folds_runs_those_only():
    ran = []

    def objective(c, folds):
        ran.append(folds)
        return [hill(c) - fold / 100 for fold in folds]

    result = tune(objective, SPACE, n_folds=5, n_trials=12, strategy=RACING, seed=3)
    assert ran == [event.measurement.folds for event in kinds(result.log, Evaluated)]
    assert any(event.reason == "raced out" for event in kinds(result.log, Rejected))
    assert sum(map(len, ran)) < 5 * 12
    assert verify(result.log).passed


def test_a_function_of_all_folds_is_called_once_for_a_trial_whatever_the_plan():
    calls = []

    def objective(c):
        calls.append(dict(c))
        return [hill(c) - fold / 100 for fold in range(5)]

    result = tune(objective, SPACE, n_folds=5, n_trials=12, strategy=RACING, seed=3)
    assert len(calls) == 12
    by_folds = raced_by_folds()
    assert [(e.measurement.folds, e.measurement.scores) for e in kinds(result.log, Evaluated)] == [
        (e.measurement.folds, e.measurement.scores) for e in kinds(by_folds.log, Evaluated)
    ]


def test_a_failure_of_all_folds_at_once_fails_the_part_that_was_asked_for():
    function = FunctionObjective(lambda c: [1.0, math.nan, 3.0], n_folds=3)
    assert function.evaluate(SPACE, (0,)).failure is None
    assert function.evaluate(SPACE, (1, 2)).failure.kind == "not finite"
    broken = FunctionObjective(lambda c: 1 / 0, n_folds=3)
    found = broken.evaluate(SPACE, (1, 2)).checked((1, 2))
    assert found.failure.kind == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("objective", "n_folds", "words"),
    [
        (3, None, "of type int"),
        (lambda: 1.0, None, "don't fit"),
        (lambda c, d: 1.0, None, "don't fit"),
        (lambda c: (yield 1.0), None, "n_folds, the number of times"),
        (lambda c, folds: (yield 1.0), 3, "takes folds"),
        (FunctionObjective, None, "is a class"),
        (FunctionObjective(hill), 2, "n_folds = 2, but the objective has 1"),
        (hill, 0, "n_folds = 0"),
        (hill, True, "n_folds = True"),
        (hill, 2.0, "n_folds = 2.0"),
    ],
)
def test_objectives_that_make_no_sense_are_refused_before_any_work(
    objective, n_folds, words, tmp_path
):
    with pytest.raises(EvaluationError, match=words):
        tune(objective, SPACE, n_folds=n_folds, log=tmp_path / "log")
    assert not (tmp_path / "log").exists()


def test_a_parameter_called_folds_with_a_default_is_the_users_own():
    def objective(c, folds=7):
        return float(folds)

    assert tune(objective, SPACE, n_trials=1).best_score == 7.0


class Callable:
    def __init__(self, kind):
        self.kind = kind

    def method(self, c):
        return hill(c)

    def generator(self, c):
        yield hill(c)


class Generating:
    def __call__(self, c):
        yield hill(c)


class Waiting:
    async def __call__(self, c):
        return hill(c)


async def waiting(c):
    await asyncio.sleep(0)
    return hill(c)


async def waiting_steps(c):
    for _ in range(3):
        await asyncio.sleep(0)
        yield hill(c)


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (hill, FunctionObjective),
        (functools.partial(hill), FunctionObjective),
        (Callable(1).method, FunctionObjective),
        (Callable(1).generator, StepwiseObjective),
        (functools.partial(Callable(1).generator), StepwiseObjective),
        (Generating(), StepwiseObjective),
        (waiting_steps, StepwiseObjective),
        (waiting, CoroutineObjective),
        (functools.partial(waiting), CoroutineObjective),
        (Waiting(), CoroutineObjective),
        (math.sin, FunctionObjective),
    ],
)
def test_the_kind_is_told_from_the_function(function, kind):
    assert type(as_objective(function, SystemClock(), n_folds=3)) is kind


@define
class Opened:
    """Generators that tell when they begin, step and end."""

    begun: list = field(factory=list)
    ended: list = field(factory=list)
    steps: int = 0

    def __call__(self, c):
        self.begun.append(c["x"])
        try:
            for fold in range(5):
                self.steps += 1
                yield hill(c) - fold / 100
        finally:
            self.ended.append(c["x"])


def test_a_generator_is_closed_as_soon_as_its_trial_is_hopeless():
    opened = Opened()
    open_after = []

    def watch(event, study):
        if isinstance(event, Accepted | Rejected):
            open_after.append(len(opened.begun) - len(opened.ended))

    result = tune(opened, SPACE, n_folds=5, n_trials=12, strategy=RACING, seed=3, progress=watch)
    assert open_after == [0] * 12
    assert len(opened.begun) == 12
    assert (
        opened.steps == sum(len(e.measurement.folds) for e in kinds(result.log, Evaluated)) < 5 * 12
    )
    assert any(event.reason == "raced out" for event in kinds(result.log, Rejected))
    assert verify(result.log).passed


def test_steps_give_what_folds_give():
    steps = tune(Opened(), SPACE, n_folds=5, n_trials=12, strategy=RACING, seed=3)
    folds = raced_by_folds()
    assert [(e.measurement.folds, e.measurement.scores) for e in kinds(steps.log, Evaluated)] == [
        (e.measurement.folds, e.measurement.scores) for e in kinds(folds.log, Evaluated)
    ]


@given(st.permutations(range(6)), st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_steps_may_be_asked_for_in_any_order(order, cuts):
    def yields(c):
        yield from (float(fold) for fold in range(6))

    stepwise = StepwiseObjective(yields, 6)
    asked, rest = [], list(order)
    for cut in cuts:
        asked.append(tuple(rest[:cut]))
        rest = rest[cut:]
    for folds in filter(None, [*asked, tuple(rest)]):
        found = stepwise.evaluate({"x": 1.0}, folds).checked(folds)
        assert found.scores == tuple(float(fold) for fold in sorted(folds))
    assert stepwise._walks.take_all() == []


def test_trials_of_the_same_configuration_have_generators_of_their_own():
    opened = Opened()
    stepwise = StepwiseObjective(opened, 5)
    stepwise.evaluate({"x": 1.0}, (0, 1))
    stepwise.evaluate({"x": 1.0}, (0,))
    assert len(opened.begun) == 2
    assert stepwise.evaluate({"x": 1.0}, (1,)).scores == (hill({"x": 1.0}) - 0.01,)
    assert len(opened.begun) == 2
    stepwise.finish({"x": 2.0})
    assert opened.ended == []
    stepwise.finish({"x": 1.0})
    assert opened.ended == [1.0, 1.0]


def test_an_error_in_a_step_keeps_the_scores_before_it_and_closes_the_generator():
    closed = []

    def yields(c):
        try:
            yield 1.0
            yield 2.0
            raise ValueError("diverged")
        finally:
            closed.append(True)

    result = tune(yields, SPACE, n_folds=4, n_trials=1)
    (event,) = kinds(result.log, Evaluated)
    assert event.measurement.folds == (0, 1, 2)
    assert event.measurement.scores[:2] == (1.0, 2.0)
    assert event.measurement.failure.message == "diverged"
    assert closed == [True]


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ([1.0, 2.0], "yielded 2 scores, n_folds = 3"),
        ([1.0, math.nan, 3.0], "the score of fold 1 is nan"),
        ([1.0, None, 3.0], "score = None"),
        ([[1.0, 2.0], 1.0, 1.0], "2 scores for 1 fold"),
    ],
)
def test_steps_that_are_no_scores(scores, words):
    def yields(c):
        yield from scores

    result = tune(yields, SPACE, n_folds=3, n_trials=1)
    (event,) = kinds(result.log, Evaluated)
    assert words in event.measurement.failure.message


def test_steps_may_have_seconds_and_metrics():
    def yields(c):
        yield 1.0, 0.25
        yield {"score": 2.0, "seconds": 0.5, "loss": 3.0}

    found = StepwiseObjective(yields, 2).evaluate({"x": 1.0}, (0, 1))
    assert found.fit_seconds == (0.25, 0.5)
    assert found.metrics["loss"][1] == 3.0
    assert math.isnan(found.metrics["loss"][0])


def test_an_interrupt_closes_all_generators():
    opened = Opened()

    def yields(c):
        if len(opened.begun) == 3:
            raise KeyboardInterrupt
        yield from opened(c)

    result = tune(yields, SPACE, n_folds=5, n_trials=9, strategy=RACING, seed=3)
    assert result.interrupted
    assert len(opened.ended) == len(opened.begun) == 3


def test_on_error_raise_closes_the_generator():
    opened = Opened()

    def yields(c):
        yield from opened(c)

    def fails(c):
        steps = opened(c)
        try:
            yield next(steps)
            raise ZeroDivisionError
        finally:
            steps.close()

    with pytest.raises(ZeroDivisionError):
        tune(fails, SPACE, n_folds=5, n_trials=9, on_error="raise")
    assert opened.ended == opened.begun


def test_an_error_while_closing_is_a_warning_and_changes_no_score():
    def yields(c):
        try:
            for _ in range(5):
                yield hill(c)
        finally:
            raise OSError("no such session")

    with pytest.warns(RuntimeWarning, match="no such session"):
        result = tune(yields, SPACE, n_folds=5, n_trials=1)
    assert result.best_score == hill(SPACE)


def test_a_plan_of_some_folds_walks_over_the_others():
    opened = Opened()
    strategy = evolve(recipes.random_walk(), folds=FoldSubset((1, 3)))
    result = tune(opened, SPACE, n_folds=5, n_trials=3, strategy=strategy)
    assert {event.measurement.folds for event in kinds(result.log, Evaluated)} == {(1, 3)}
    assert opened.ended == opened.begun


def test_generators_do_not_travel_and_say_so():
    with pytest.raises(EvaluationError, match=r"waiting_steps.*use threads"):
        pickle.dumps(StepwiseObjective(waiting_steps, 3))
    assert placement(StepwiseObjective(waiting_steps, 3)) == "serial"
    assert not separate_folds(StepwiseObjective(waiting_steps, 3))


def test_functions_travel_without_what_they_keep():
    function = FunctionObjective(hill, n_folds=3, metric="m")
    function.evaluate({"x": 1.0}, (0,))
    back = pickle.loads(pickle.dumps(function))  # noqa: S301
    assert back == function
    assert back._kept.take_all() == []
    assert not separate_folds(back)
    assert separate_folds(FunctionObjective(hill))


def test_async_functions():
    result = tune(waiting, SPACE, n_trials=8, seed=1)
    same = tune(hill, SPACE, n_trials=8, seed=1)
    assert result.best == same.best
    before = threading.active_count()
    tune(waiting, SPACE, n_trials=1)
    assert threading.active_count() == before


def test_an_async_generator_is_stepped_and_closed():
    closed = []

    async def yields(c):
        try:
            async for score in waiting_steps(c):
                yield score
        finally:
            await asyncio.sleep(0)
            closed.append(c["x"])

    result = tune(yields, SPACE, n_folds=3, n_trials=6, strategy=RACING, seed=3)
    assert result.best_score == max(e.measurement.scores[0] for e in kinds(result.log, Evaluated))
    assert len(closed) == 6


def test_async_failures_are_recorded():
    async def fails(c):
        raise ZeroDivisionError("async")

    result = tune(fails, SPACE, n_trials=2)
    assert [e.measurement.failure.message for e in kinds(result.log, Evaluated)] == ["async"] * 2


def test_several_threads_share_one_event_loop():
    met = []

    async def meets(c):
        # Each waits until all have come, so it ends only if they run at the same time.
        met.append(c["x"])
        while len(met) < 4:
            await asyncio.sleep(0.001)
        return c["x"]

    objective = CoroutineObjective(meets)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda x: objective.evaluate({"x": x}, (0,)), [1.0, 2.0, 3.0, 4.0]))
    objective.finish_all()
    assert [each.scores for each in found] == [(1.0,), (2.0,), (3.0,), (4.0,)]


def test_an_interrupt_in_a_coroutine_ends_the_run_and_the_loop():
    async def interrupts(c):
        if c["x"] != 1.0:
            raise KeyboardInterrupt
        return 1.0

    before = threading.active_count()
    result = tune(interrupts, SPACE, n_trials=5, seed=1)
    assert result.interrupted
    assert result.best_score == 1.0
    assert threading.active_count() == before


def test_a_coroutine_that_is_cancelled_or_exits():
    async def cancelled(c):
        raise asyncio.CancelledError

    (event,) = kinds(tune(cancelled, SPACE, n_trials=1).log, Evaluated)
    assert event.measurement.failure.kind == "CancelledError"

    async def leaves(c):
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        tune(leaves, SPACE, n_trials=1)


def test_coroutine_objectives_travel():
    objective = CoroutineObjective(waiting)
    assert objective.evaluate({"x": 1.0}, (0,)).scores == (-4.0,)
    back = pickle.loads(pickle.dumps(objective))  # noqa: S301
    assert back.evaluate({"x": 1.0}, (0,)).scores == (-4.0,)
    back.finish_all()
    objective.finish_all()
    assert objective.evaluate({"x": 1.0}, (0,)).scores == (-4.0,)  # begins again
    objective.finish_all()
    assert placement(objective) == "threads"


def test_objectives_of_ones_own_need_not_finish():
    class Own:
        n_folds = 2

        def evaluate(self, configuration, folds):
            return Measurement(folds, (1.0,) * len(folds), (0.0,) * len(folds), (0.0,) * len(folds))

    own = Own()
    assert not isinstance(own, Finishing)
    finish(own, {})
    finish_all(own)
    assert (placement(own), separate_folds(own)) == ("anywhere", True)
    assert tune(own, SPACE, n_trials=2).n_trials == 2
