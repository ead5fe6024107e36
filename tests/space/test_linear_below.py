"""Numbers on a scale that is linear around 0 and logarithmic further out."""

import math

import numpy as np
import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autotune import Float, Sequence, Space, Tuner
from autotune.errors import SpaceError
from autotune.space.distance import parameter_distances
from autotune.space.unit_cube import from_unit_cube
from autotune.testing import same
from autotune_strategies import (
    ChangeParameters,
    DifferentialEvolution,
    LineMove,
    LocalPerturbation,
    Momentum,
    MultiplyAdd,
    Neighbours,
    NormalStep,
    recipes,
)

PENALTY = Float(low=0, linear_below=0.01)
SHARE = Float(0, 1, linear_below=0.01)
DEBT = Float(high=0, linear_below=0.01)
BOTH = Float(linear_below=0.01)
EVERY = [PENALTY, SHARE, DEBT, BOTH, Float(-2, 50, linear_below=1e-3)]


def rng(seed=0):
    return np.random.default_rng(seed)


def steps(dimension, x, length=1.0, n=300):
    return np.array([dimension.step(rng(seed), x, length) for seed in range(n)])


@given(st.sampled_from(EVERY), st.floats(-1e300, 1e300))
@example(PENALTY, 1.7e308)
@example(PENALTY, 5e-324)
def test_a_number_comes_back_from_its_place(dimension, number):
    x = dimension.settle(np.array([number]))
    back = dimension.unscaled(dimension.scaled(x))
    assert back[0] == pytest.approx(x[0], rel=1e-9, abs=1e-15)
    assert dimension.check("x", float(back[0])) == back[0]


def test_places_of_zero_and_of_magnitudes():
    near, *rest = np.diff(PENALTY.scaled(np.array([0.0, 0.01, 0.1, 1.0, 10.0])))
    assert near == pytest.approx(math.log(2))
    assert np.all(np.diff([near, *rest]) > 0)
    assert rest[-1] == pytest.approx(math.log(10), rel=0.01)
    assert SHARE.scaled(np.array([0.0, 1.0])).tolist() == [0, 1]


def test_zero_is_left_and_reached_again():
    after = steps(PENALTY, 0.0)
    assert after.min() > 0
    assert 0.003 < np.median(after) < 0.03
    after = steps(PENALTY, 0.02)
    assert 0.02 < np.mean(after == 0) < 0.4
    assert after.min() == 0
    assert after.max() > 0.1
    assert steps(DEBT, -0.02).max() == 0
    assert steps(SHARE, 0.02, 0.3).min() == 0
    assert np.all(steps(PENALTY, 100.0) > 0)


def test_between_no_bounds_a_step_may_go_through_zero():
    after = steps(BOTH, 0.005)
    assert after.min() < 0 < after.max()
    assert np.all(after != 0)


@pytest.mark.parametrize("dimension", EVERY)
def test_the_unit_cube_is_spread_evenly_on_the_scale_around_the_start(dimension):
    space = Space({"x": dimension}, start={"x": 0.0})
    x = from_unit_cube(space, np.linspace(0, 1, 1001)[:, None])["x"]
    assert all(dimension.check("x", float(v)) == v for v in x)
    assert 0.5 < np.abs(x).max() < 51
    assert np.ptp(np.diff(dimension.scaled(x))) < 1e-9
    if dimension.low == 0:
        assert x[0] == 0


def test_signs_are_no_further_apart_than_the_numbers():
    x, y = np.array([1e-4, 0.0]), np.array([-1e-4, 1e-4])
    assert np.all(parameter_distances(BOTH, x, y) < 0.01)
    assert np.all(parameter_distances(Float(), x, y) == 1)


@pytest.mark.parametrize(
    "move",
    [
        LocalPerturbation(),
        ChangeParameters(step=NormalStep()),
        ChangeParameters(step=MultiplyAdd()),
        Neighbours(),
        LineMove(),
        Momentum(),
        DifferentialEvolution(population=4),
    ],
)
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_every_move_leaves_zero_and_stays_legal(move, seed):
    space = Space(
        {"a": PENALTY, "b": SHARE, "c": BOTH, "d": DEBT, "e": Sequence(of=PENALTY)},
        start={"a": 0.0, "b": 0.0, "c": 0.0, "d": 0.0, "e": (0.0, 1.0)},
    )
    strategy = evolve(recipes.random_walk(), move=move)
    tuner = Tuner(space, strategy=strategy, n_trials=15, seed=seed)
    found = []
    while (proposed := tuner.ask()) is not None:
        found.append(space.check(proposed.configuration))
        tuner.tell(proposed.trial, len(found) % 4)
    assert max(abs(c[name]) for c in found for name in "abcd") > 0
    assert len({str(c) for c in found}) > 5


@pytest.mark.parametrize("recipe", ["default", "autotune_2018", "random_walk", "neighbourhood"])
def test_a_search_finds_an_optimum_at_zero_and_one_that_is_not(recipe):
    for goal in (0.0, 0.3):
        strategy = evolve(getattr(recipes, recipe)(), n_candidates=50)
        tuner = Tuner(Space({"x": PENALTY}, start={"x": 0.05}), strategy=strategy, n_trials=40)
        while (proposed := tuner.ask()) is not None:
            gone = math.log(0.01 + proposed.configuration["x"]) - math.log(0.01 + goal)
            tuner.tell(proposed.trial, -abs(gone))
        assert tuner.result().best_score > -0.4


def test_it_is_written_and_read():
    space = Space({"x": PENALTY, "y": Float(0, 1)}, start={"x": 0.0})
    described = space.describe()
    assert described["parameters"]["x"]["linear_below"] == 0.01
    assert "linear_below" not in described["parameters"]["y"]
    assert same(Space.from_description(described), space)
    assert repr(PENALTY) == "Float(low=0.0, high=None, log=False, linear_below=0.01)"
    assert evolve(PENALTY, high=3.0) == Float(0, 3, linear_below=0.01)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"linear_below": 0.0}, "linear_below = 0.0 must be a finite number > 0"),
        ({"linear_below": math.inf}, "finite number > 0"),
        ({"linear_below": 0.1, "log": True}, "unlike those on a log scale; leave it out"),
        ({"low": 1, "linear_below": 0.1}, r"unlike those in \[1.0, inf\]; leave it out"),
        ({"high": -1, "linear_below": 0.1}, r"unlike those in \[-inf, -1.0\]"),
    ],
)
def test_nonsense_is_refused_with_the_remedy(options, words):
    with pytest.raises(SpaceError, match=words):
        Float(**options)
