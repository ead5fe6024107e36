"""Searches from start values of any size: nothing on a number's scale is absolute."""

import math

import numpy as np
import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autotune import Float, Integer, Sequence, Space, Tuner
from autotune.space.unit_cube import from_unit_cube
from autotune_strategies import (
    ChangeParameters,
    DifferentialEvolution,
    LineMove,
    LogFeatures,
    Momentum,
    Neighbours,
    ScaledFeatures,
    recipes,
)

SIZES = st.floats(-300.0, 300.0).map(lambda power: 10.0**power)
STARTS = st.builds(lambda size, sign: size * sign, SIZES, st.sampled_from([1.0, -1.0]))


def tried(space, strategy, n_trials, score, direction="maximize"):
    """Return the configurations of a search, and run it."""
    tuner = Tuner(space, strategy=strategy, n_trials=n_trials, seed=3, direction=direction)
    configurations = []
    while (proposed := tuner.ask()) is not None:
        configurations.append(proposed.configuration)
        tuner.tell(proposed.trial, (score(proposed.configuration), 0.01))
    return configurations


@pytest.mark.parametrize("recipe", sorted(recipes.__all__))
@settings(max_examples=8, deadline=None)
@given(start=STARTS)
@example(start=1e-13)
@example(start=1e-300)
@example(start=1e154)
@example(start=-1e300)
def test_every_recipe_moves_up_and_down_from_any_start(recipe, start):
    # A few trials may measure a contender again, none stays where it is for want of a step; a
    # warning would be an error.
    strategy = evolve(getattr(recipes, recipe)(), n_candidates=5)
    found = tried({"x": start}, strategy, 16, lambda c: float(c["x"] != start))
    sizes = {c["x"] / start for c in found}
    assert all(math.isfinite(c["x"]) and c["x"] * math.copysign(1.0, start) > 0 for c in found)
    assert len(sizes) >= 11
    found = tried({"x": start}, strategy, 16, lambda c: float(c["x"] == start))
    sizes = {c["x"] / start for c in found}
    assert min(sizes) < 1 < max(sizes)


@settings(max_examples=20, deadline=None)
@given(start=STARTS, score=st.sampled_from([1.0, -1.0]))
def test_scores_as_large_as_the_parameters_do_no_harm(start, score):
    for recipe in ("autotune_2018", "default", "neighbourhood"):
        strategy = evolve(getattr(recipes, recipe)(), n_candidates=3)
        tried({"x": start}, strategy, 8, lambda c: score * c["x"])


@pytest.mark.parametrize("power", [-12, 12])
@settings(max_examples=15, deadline=None)
@given(start=st.floats(-280.0, 280.0).map(lambda power: 10.0**power))
def test_an_optimum_some_magnitudes_away_is_neared_whatever_the_size_of_the_start(power, start):
    goal = math.log(start) + power / 3
    found = tried({"x": start}, recipes.random_walk(), 40, lambda c: -abs(math.log(c["x"]) - goal))
    nearest = min(abs(math.log(c["x"]) - goal) for c in found)
    assert nearest < abs(power) / 6


@pytest.mark.parametrize(
    "move",
    [
        Neighbours(),
        Momentum(share=1),
        DifferentialEvolution(population=5),
        LineMove(),
        ChangeParameters(),
    ],
)
@settings(max_examples=10, deadline=None)
@given(size=SIZES)
def test_every_kind_of_move_and_dimension_bears_any_size(move, size):
    space = Space(
        {
            "a": Float(),
            "b": Float(low=size / 2),
            "c": Float(high=size * 2, log=True),
            "d": Float(size / 4, size * 4, log=True),
            "e": Float(-size * 2, size * 4),
            "f": Sequence(of=Float(log=True)),
        },
        start={"a": -size, "b": size, "c": size, "d": size, "e": size, "f": (size, size / 3)},
    )
    strategy = evolve(recipes.random_walk(), move=move)
    for configuration in tried(space, strategy, 10, lambda c: c["d"] / size):
        assert space.check(configuration) == configuration


@given(size=SIZES, factor=st.floats(1.5, 100.0), features=st.sampled_from([0, 1, 2]))
@example(size=1e-200, factor=2.0, features=0)
def test_models_tell_sizes_apart_however_small(size, factor, features):
    space = Space({"x": Float(log=True)}, start={"x": 1.0})
    record = {"x": np.array([size, size * factor, size * factor**2])}
    made = (LogFeatures(), ScaledFeatures(), ScaledFeatures("log"))[features]
    columns, _ = made.read(space, record, record)
    assert len({*columns[:, 0].tolist()}) == 3


@given(start=st.floats(-300.0, 300.0).map(lambda power: 10.0**power))
def test_points_of_the_cube_lie_on_both_sides_of_the_start(start):
    space = Space({"x": Float(log=True)}, start={"x": start})
    low, middle, high = from_unit_cube(space, np.array([[0.0], [0.5], [1.0]]))["x"]
    assert low < start / 9
    assert middle == pytest.approx(start, rel=1e-9)
    assert high > start * 9


@given(
    dimension=st.sampled_from([Float(), Float(log=True), Float(low=0), Float(high=1e308)]),
    size=st.floats(5e-324, 1.7e308),
    length=st.floats(0.01, 1e6),
    seed=st.integers(0, 2**32),
)
@example(dimension=Float(log=True), size=1.7e308, length=0.2, seed=1)
@example(dimension=Float(log=True), size=5e-324, length=0.2, seed=0)
def test_a_step_at_the_ends_of_what_doubles_hold_is_turned_round(dimension, size, length, seed):
    after = dimension.step(np.random.default_rng(seed), size, length)
    assert 0 < after < math.inf
    assert after != size
    assert dimension.check("x", after) == after


def test_the_largest_whole_number_can_be_left():
    rng = np.random.default_rng(0)
    for start in (2**53, -(2**53)):
        assert all(Integer().step(rng, float(start), 1e-9) != start for _ in range(5))


def test_a_negative_number_settles_at_its_size_on_a_log_scale():
    assert Float(log=True).settle(np.array([-2e-200, 3.0])).tolist() == [2e-200, 3.0]
    assert Float(high=4.0, log=True).settle(np.array([-2.0, 0.0])).min() > 0
