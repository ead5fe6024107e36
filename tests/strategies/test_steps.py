"""Steps: how the value of one parameter changes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autotune.errors import ComponentError
from autotune.space import Boolean, Categorical, Fixed, Float, Integer, Ordinal, Space
from autotune.strategy import Key, MoveQuery, ScheduleQuery, describe, rebuild
from autotune.study import (
    Accepted,
    Evaluated,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    reduce,
)
from autotune.testing import component_checks
from autotune_strategies.moves.change import ChangeParameters
from autotune_strategies.schedules.adaptive import PerParameterSuccess
from autotune_strategies.schedules.combinations import Constant
from autotune_strategies.steps import (
    MultiplyAdd,
    NearOrNotPositive,
    NormalStep,
    StudentTStep,
    per_parameter,
)

SPACE = Space({"x": Float(0, 1), "y": Float(0, 1)})
STEPS = [
    MultiplyAdd(),
    MultiplyAdd(PerParameterSuccess(), Constant(0.1)),
    NormalStep(),
    NormalStep(PerParameterSuccess()),
    NormalStep(Constant(1e300)),
    StudentTStep(),
    StudentTStep(Constant(0.0), 0.001),
    StudentTStep(Constant(1e300)),
]
CLASSES = {
    kind.__name__: kind
    for kind in (
        MultiplyAdd,
        NormalStep,
        StudentTStep,
        NearOrNotPositive,
        Constant,
        PerParameterSuccess,
    )
}


@component_checks(STEPS)
def test_contract(component, check):
    check(component)


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_description_round_trips(step):
    assert rebuild(describe(step), CLASSES) == step


def study_of(n_failures, space=SPACE):
    log = [
        StudyStarted(0, "s", space, "maximize", "score", 1, {}, 3),
        Proposed(0, 1, space.start, None, (), "start"),
        Evaluated(0, 1, Measurement((0,), (1.0,), (1.0,), (0.0,))),
        Accepted(0, 1, None, None),
    ]
    for trial in range(2, n_failures + 2):
        log += [
            Proposed(0, trial, space.start, 1, ("x",), "explore"),
            Evaluated(0, trial, Measurement((0,), (0.0,), (1.0,), (0.0,))),
            Rejected(0, trial, -1.0, 0.0, "no gain"),
        ]
    return reduce(log)


def read(step, study):
    return step.read(step.init(), ScheduleQuery(study, Key(1)))


def test_scales_are_vectors_in_the_order_of_the_space():
    study = study_of(3)
    shrunk = PerParameterSuccess(0.2, 2.0, 0.5)
    expected = [0.025, 0.2]
    for step in (NormalStep(shrunk), StudentTStep(shrunk)):
        (scale,) = read(step, study)
        np.testing.assert_allclose(scale, expected)
    multiply, add = read(MultiplyAdd(shrunk, Constant(0.1)), study)
    np.testing.assert_allclose(multiply, expected)
    np.testing.assert_array_equal(add, [0.1, 0.1])


def test_a_vector_of_another_length_is_told():
    with pytest.raises(ComponentError, match=r"shape \(3,\); the space has 2"):
        per_parameter(study_of(0), np.ones(3))


def draws(step, dimension, start, length, n=4000):
    rng = np.random.default_rng(1)
    return np.array([step.step(rng, dimension, start, (length,), alone=True) for _ in range(n)])


def test_normal_step_is_normal_on_the_natural_scale():
    linear = (draws(NormalStep(), Float(-10, 10), 0.0, 0.05)) / 20
    log = np.log(draws(NormalStep(), Float(1e-5, 1e5, log=True), 1.0, 0.05)) / math.log(1e10)
    free = np.log(draws(NormalStep(), Float(), 1.0, 0.05))
    for z in (linear, log, free):
        assert stats.kstest(z / 0.05, "norm").pvalue > 0.01


@pytest.mark.parametrize("nu", [1.0, 3.0])
def test_heavy_tailed_step_is_students_t(nu):
    t = np.log(draws(StudentTStep(degrees_of_freedom=nu), Float(), 1.0, 0.05)) / 0.05
    assert stats.kstest(t, stats.t(nu).cdf).pvalue > 0.01
    assert stats.kstest(t, "norm").pvalue < 1e-6


def test_many_degrees_of_freedom_are_normal():
    t = np.log(draws(StudentTStep(degrees_of_freedom=1e6), Float(), 1.0, 0.05)) / 0.05
    assert stats.kstest(t, "norm").pvalue > 0.01


@given(
    st.sampled_from([NormalStep(), StudentTStep()]),
    st.floats(0, 10),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_what_has_no_between_always_changes(step, length, seed, alone):
    for dimension, start in [
        (Categorical(["a", "b", "c"]), 1.0),
        (Boolean(), 1.0),
        (Integer(1, 9), 5.0),
        (Ordinal([1, 2, 5]), 1.0),
    ]:
        rng = Key(seed).generator()
        assert step.step(rng, dimension, start, (length,), alone=alone) != start
    for dimension in (Fixed(3), Categorical(["a"]), Ordinal(["a"])):
        assert step.step(Key(seed).generator(), dimension, 0.0, (length,), alone=alone) == 0.0


def test_choices_are_as_likely():
    found = draws(NormalStep(), Categorical(["a", "b", "c", "d"]), 1.0, 0.2)
    counts = np.unique(found, return_counts=True)
    assert counts[0].tolist() == [0.0, 2.0, 3.0]
    assert stats.chisquare(counts[1]).pvalue > 0.01


@given(st.sampled_from([NormalStep(), StudentTStep()]), st.integers(0, 2**32))
def test_the_length_scales_the_step(step, seed):
    def log_step(length):
        rng = Key(seed).generator()
        return math.log(step.step(rng, Float(), 1.0, (length,), alone=True))

    assert log_step(2e-3) == pytest.approx(2 * log_step(1e-3), rel=1e-6, abs=1e-12)
    assert log_step(0.0) == 0.0


@pytest.mark.parametrize("step", [NormalStep(PerParameterSuccess()), StudentTStep()], ids=repr)
def test_moves_take_any_step(step):
    move = ChangeParameters(step=step)
    study = study_of(3)
    found = move.read(move.init(), MoveQuery(study, Key(5), 1, 20))
    x = found.coordinates["x"]
    changed = x != 0.5
    assert changed.tolist() == [names == ("x",) for names in found.moved]
    if isinstance(step, NormalStep):
        # x failed three times, so its steps are shorter than those of y.
        short = np.abs(x[changed] - 0.5).mean()
        y = found.coordinates["y"]
        assert short < np.abs(y[~changed] - 0.5).mean()


def test_wrong_fields_are_told():
    with pytest.raises(ComponentError, match=r"NormalStep\.length = 0.2 must be a component"):
        NormalStep(0.2)
    with pytest.raises(ComponentError, match=r"StudentTStep\.degrees_of_freedom = 0.0 must be > 0"):
        StudentTStep(degrees_of_freedom=0.0)
