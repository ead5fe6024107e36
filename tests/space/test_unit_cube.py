"""The unit cube: every point of it is a configuration, evenly spread."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from autotune.errors import SpaceError
from autotune.space import (
    Boolean,
    Categorical,
    Equals,
    Fixed,
    Float,
    Integer,
    Ordinal,
    Sequence,
    Space,
)
from autotune.space.unit_cube import cube_size, from_unit_cube, to_unit_cube
from autotune.testing import same, spaces


@st.composite
def points_of_spaces(draw):
    space = draw(spaces(conditional=True))
    unit = st.floats(0, 1) | st.sampled_from([0.0, 1.0, 0.5, math.nextafter(1, 0)])
    return space, draw(hnp.arrays(np.float64, (4, cube_size(space)), elements=unit))


@given(points_of_spaces())
def test_every_point_is_a_legal_configuration(case):
    space, u = case
    columns = from_unit_cube(space, u)
    decoded = space.decode(columns)
    assert len(decoded) == 4
    for configuration in decoded:
        assert same(space.check(configuration), configuration)
    # Coordinates are those that the space itself writes, NaN where inactive.
    again = space.encode(decoded)
    for name, column in columns.items():
        if isinstance(space[name], Sequence):
            width = again[name].shape[1]
            assert np.all(np.isnan(column[:, width:]))
            assert np.array_equal(column[:, :width], again[name], equal_nan=True)
        else:
            assert np.array_equal(column, again[name], equal_nan=True)


@given(points_of_spaces())
def test_a_row_depends_on_its_own_point_only(case):
    space, u = case
    together = from_unit_cube(space, u)
    for i in range(len(u)):
        alone = from_unit_cube(space, u[i : i + 1])
        assert all(np.array_equal(alone[n][0], together[n][i], equal_nan=True) for n in space)


def grid(n):
    return (np.arange(n) + 0.5)[:, None] / n


def test_bounded_numbers_are_even_on_their_natural_scale():
    u = grid(1000)
    space = Space({"x": Float(1e-3, 10, log=True)})
    expected = stats.loguniform(1e-3, 10).ppf(u[:, 0])
    np.testing.assert_allclose(from_unit_cube(space, u)["x"], expected, rtol=1e-12)
    space = Space({"x": Float(-2, 6)})
    np.testing.assert_allclose(from_unit_cube(space, u)["x"], -2 + 8 * u[:, 0], rtol=1e-12)


@pytest.mark.parametrize(
    "dimension",
    [Integer(-2, 7), Categorical(list("abcdefghij")), Ordinal(range(10)), Boolean()],
)
def test_every_value_has_the_same_share(dimension):
    column = from_unit_cube(Space({"x": dimension}), grid(1000))["x"]
    counts = np.unique(column, return_counts=True)[1]
    assert counts.tolist() == ([500] * 2 if dimension == Boolean() else [100] * 10)


@given(st.floats(1e-9, 1e9), st.sampled_from([-1.0, 1.0]))
def test_unbounded_numbers_lie_within_a_factor_of_the_start_value(size, sign):
    space = Space({"x": Float()}, start={"x": sign * size})
    x = from_unit_cube(space, grid(101))["x"]
    assert np.all(np.sign(x) == sign)
    np.testing.assert_allclose(x[50], sign * size, rtol=1e-9)
    spread = np.log(np.abs(x / size)) / math.log(100)
    np.testing.assert_allclose(spread, 2 * grid(101)[:, 0] - 1, atol=1e-9)


@pytest.mark.parametrize(
    ("dimension", "start", "ends"),
    [
        (Float(low=1.0), 4.0, (1.0, 400.0)),
        (Float(high=10.0), 5.0, (0.05, 10.0)),
        (Float(high=-1.0), -5.0, (-1.0, -500.0)),
        (Float(low=-10.0), -5.0, (-0.05, -10.0)),
        (Float(), 0.0, (-1.0, 1.0)),
        (Float(low=0.0), 0.0, (0.0, 1.0)),
        (Float(), 5e-324, (5e-324, 494e-324)),
        (Float(), 1.7e308, (1.7e306, np.finfo(float).max)),
        (Integer(low=1), 4, (1.0, 40.0)),
        (Integer(), -40, (-4.0, -400.0)),
        (Integer(), 0, (-10.0, 10.0)),
        (Integer(low=2), 2**53, (np.rint(2**53 / 10), 2.0**53)),
    ],
)
def test_ends_of_unbounded_axes(dimension, start, ends):
    space = Space({"x": dimension}, start={"x": start})
    x = from_unit_cube(space, np.array([[0.0], [1.0]]))["x"]
    np.testing.assert_allclose(x, ends, rtol=1e-12)


def test_sequences():
    space = Space({"s": Sequence(Float(log=True))}, start={"s": (40.0, 5.0)})
    assert cube_size(space) == 1 + 4
    u = np.full((4, 5), 0.5)
    u[:, 0] = grid(4)[:, 0]
    column = from_unit_cube(space, u)["s"]
    nan = math.nan
    expected = [[40, nan, nan, nan], [40, 5, nan, nan], [40, 5, 5, nan], [40, 5, 5, 5]]
    np.testing.assert_allclose(column, expected, rtol=1e-12)
    assert cube_size(Space({"s": Sequence(Boolean(), 0, 3)})) == 4
    assert cube_size(Space({"s": Sequence(Boolean(), 1, 10**6)})) == 1 + 33


def test_inactive_parameters_are_marked():
    space = Space(
        {"kernel": Categorical(["linear", "rbf"]), "gamma": Float(0, 1), "c": Fixed(3)},
        conditions={"gamma": Equals("kernel", "rbf")},
    )
    assert cube_size(space) == 2
    columns = from_unit_cube(space, np.array([[0.1, 0.5], [0.9, 0.5]]))
    assert np.isnan(columns["gamma"]).tolist() == [True, False]
    assert space.decode(columns) == [
        {"kernel": "linear", "c": 3},
        {"kernel": "rbf", "gamma": 0.5, "c": 3},
    ]


def test_points_that_are_none_are_refused():
    space = Space({"x": Float(0, 1)})
    for points in ([0.5], [[0.5, 0.5]]):
        with pytest.raises(SpaceError, match="1 axes"):
            from_unit_cube(space, np.array(points))
    for number in (-0.1, 1.1, math.nan):
        with pytest.raises(SpaceError, match="from 0 to 1"):
            from_unit_cube(space, np.array([[number]]))


@given(points_of_spaces(), st.integers(0, 2**32))
def test_points_of_configurations_lead_back_to_them(case, seed):
    space, u = case
    columns = from_unit_cube(space, u)
    points = to_unit_cube(space, columns, np.random.default_rng(seed))
    assert points.shape == u.shape
    assert np.all((points >= 0) & (points <= 1))
    there = from_unit_cube(space, points)
    for name, dimension in space.parameters:
        a, b = columns[name], there[name]
        assert np.array_equal(np.isnan(a), np.isnan(b))
        of = dimension.of if isinstance(dimension, Sequence) else dimension
        if isinstance(of, Float):
            low, high = (np.nan_to_num(x) for x in (a, b))
            reach = np.abs(low).max() if of.low is None else max(abs(of.low), abs(of.high or 0.0))
            assert np.allclose(low, high, rtol=1e-9, atol=1e-9 * reach)
        elif not (isinstance(of, Integer) and (of.log or not of.bounded)):
            assert np.array_equal(a, b, equal_nan=True)


def test_points_of_choices_are_spread_over_their_share_of_the_axis():
    space = Space({"c": Categorical(["a", "b", "c"]), "n": Integer(1, 100, log=True)})
    u = np.random.default_rng(0).random((4000, 2))
    points = to_unit_cube(space, from_unit_cube(space, u), np.random.default_rng(1))
    for axis in points.T:
        assert stats.kstest(axis, "uniform").pvalue > 0.01
    assert not np.allclose(points, u)


def test_what_lies_outside_of_the_cube_comes_to_its_end():
    space = Space({"x": Float()}, start={"x": 1.0})
    points = to_unit_cube(space, {"x": np.array([1e9, 1e-9, -1.0])}, np.random.default_rng(0))
    assert points[:, 0].tolist() == [1.0, 0.0, 0.0]
