"""Columns of coordinates say what the rows say one at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autotune import Boolean, Categorical, Float, Integer, Sequence, Space
from autotune.space import And, Equals, GreaterThan, LessThan, Not, Ordinal, Sum
from autotune.space.columns import fingerprints, join_columns, take_rows
from autotune.space.unit_cube import cube_size, from_unit_cube
from autotune.strategy.candidates import columns_of
from autotune.testing import same, spaces


def odd(configuration):
    """Tell whether an odd number of parameters is active."""
    return len(configuration) % 2 == 1


NESTED = Space(
    {
        "kind": Categorical(["a", "b", "c"]),
        "flag": Boolean(),
        "x": Float(-1, 1),
        "n": Integer(1, 9),
        "size": Ordinal([1, 2, 4]),
        "widths": Sequence(Integer(1, 9), min_length=1, max_length=3),
        "free": Float(),
    },
    start={"n": 3, "free": 2.0, "widths": (1, 2)},
    conditions={
        "x": Equals("kind", "a") | Equals("flag", True),
        "n": GreaterThan("x", 0.0),
        "widths": And([Equals("flag", True), LessThan(1, "size")]),
    },
    constraints=[LessThan(Sum(("x", "size")), 4.2), Not(Equals("widths", (1, 1))), odd],
)


@st.composite
def points(draw):
    """A space, and rows of it as a move may propose them: too much known, or too little."""
    space = draw(st.just(NESTED) | spaces(conditional=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    columns = from_unit_cube(space, rng.random((6, cube_size(space))))
    other = from_unit_cube(space, rng.random((6, cube_size(space))))
    mixed = {}
    for name in space:
        use = rng.random(6) < 0.5
        a, b = columns[name], other[name]
        mixed[name] = np.where(use[:, None] if a.ndim == 2 else use, a, b)
    return space, mixed


def rows_of(space, columns):
    n = len(next(iter(columns.values())))
    return [
        {
            name: columns[name][i][~np.isnan(columns[name][i])]
            if isinstance(space[name], Sequence)
            else float(columns[name][i])
            for name in space
        }
        for i in range(n)
    ]


@given(points())
def test_columns_are_settled_as_their_rows_are(case):
    space, columns = case
    together = space.settle(columns)
    apart = columns_of(space, [space.settle_row(row) for row in rows_of(space, columns)])
    for one, other in zip(rows_of(space, together), rows_of(space, apart), strict=True):
        assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in space)


@given(points())
def test_columns_are_allowed_as_their_rows_are(case):
    space, columns = case
    settled = space.settle(columns)
    assert space.allowed(settled).tolist() == [
        space.allows_row(row) for row in rows_of(space, settled)
    ]


@given(points())
def test_columns_are_decoded_as_their_rows_are(case):
    space, columns = case
    settled = space.settle(columns)
    assert same(space.decode(settled), [space.decode_one(row) for row in rows_of(space, settled)])


@given(points())
def test_fingerprints_are_equal_for_equal_configurations_only(case):
    space, columns = case
    settled = space.settle(columns)
    # Padded more widely it is the same.
    wide = {
        name: np.pad(column, ((0, 0), (0, 3)), constant_values=np.nan)
        if column.ndim == 2
        else column
        for name, column in settled.items()
    }
    configurations = space.decode(settled) * 2
    prints = fingerprints(space, settled) + fingerprints(space, wide)
    for i, a in enumerate(configurations):
        for j, b in enumerate(configurations):
            assert (prints[i] == prints[j]) == (a == b)


@given(points())
def test_joined_columns_hold_the_rows_of_all(case):
    space, columns = case
    parts = [take_rows(columns, [0, 1]), take_rows(columns, [2]), take_rows(columns, slice(3, 6))]
    joined = rows_of(space, join_columns(parts))
    for one, other in zip(joined, rows_of(space, columns), strict=True):
        assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in space)


def test_a_function_is_asked_only_of_what_the_conditions_allow():
    asked = []

    def known(configuration):
        asked.append(configuration["x"])
        return configuration["x"] < 0.3

    space = Space({"x": Float(0, 1)}, start={"x": 0.1}, constraints=[known, LessThan("x", 0.5)])
    asked.clear()
    allowed = space.allowed({"x": np.array([0.2, 0.4, 0.6])})
    assert allowed.tolist() == [True, False, False]
    assert asked == [0.2, 0.4]
