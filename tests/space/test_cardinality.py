"""How many configurations a space holds."""

from __future__ import annotations

import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune import (
    Boolean,
    Categorical,
    Equals,
    Fixed,
    Float,
    Integer,
    LessThan,
    Not,
    Ordinal,
    Sequence,
    Space,
)
from autotune.space import In, cardinality


def test_counts_of_one_dimension():
    for dimension, size in SIZES:
        start = {Integer: 1, Float: 0.5}.get(type(dimension))
        space = Space({"p": dimension}, start={} if start is None or size == 5 else {"p": start})
        assert space.n_configurations == size


SIZES = [
    (Boolean(), 2),
    (Integer(3, 7), 5),
    (Integer(-1, 1), 3),
    (Integer(1, 100, log=True), 100),
    (Integer(low=1), None),
    (Float(0, 1), None),
    (Categorical(["a", "b", "c"]), 3),
    (Ordinal([1, 2]), 2),
    (Fixed("c"), 1),
    (Sequence(Boolean(), 0, 3), 15),
    (Sequence(Integer(1, 3), 2, 3), 36),
    (Sequence(Categorical(["a"]), 1, 4), 4),
    (Sequence(Boolean(), 1), None),
    (Sequence(Float(0, 1), 1, 2), None),
    (Sequence(Boolean(), 1, 10**9), None),
]


def test_sizes_multiply():
    space = Space(
        {"a": Boolean(), "b": Integer(1, 10), "c": Fixed(0), "d": Ordinal(["x", "y", "z"])}
    )
    assert space.n_configurations == 60
    assert Space({f"x{i}": Integer(1, 1000) for i in range(30)}).n_configurations == 10**90


def svm(**more):
    return Space(
        {
            "kernel": Categorical(["linear", "rbf"]),
            "gamma": Integer(1, 5),
            "shrink": Boolean(),
            "layers": Sequence(Boolean(), 0, 1),
        },
        conditions={"gamma": Equals("kernel", "rbf"), "layers": Equals("shrink", True)},
        **more,
    )


def test_conditions_are_counted():
    # Linear or one of five gammas; without shrink, or with it none or one of two layers.
    assert svm().n_configurations == 6 * 4


def test_constraints_are_counted():
    def small(configuration):
        return configuration.get("gamma", 1) < 4

    assert svm(constraints=(small,)).n_configurations == (1 + 3) * 4
    # A constraint doesn't apply where what it looks at is inactive.
    assert svm(constraints=(LessThan("gamma", 4),)).n_configurations == (1 + 3) * 4
    falls = [LessThan(f"x{i}", f"x{i + 1}") for i in range(5)]
    ints = {f"x{i}": Integer(1, 7) for i in range(6)}
    start = {f"x{i}": i + 1 for i in range(6)}
    assert Space(ints, start=start, constraints=falls).n_configurations == 7


def test_what_is_tied_together_is_gone_through_and_the_rest_multiplies():
    free = {f"f{i}": Integer(1, 1000) for i in range(10)}
    tied = {"a": Integer(1, 400), "b": Integer(1, 400)}
    start = {"a": 1, "b": 2}
    space = Space({**free, **tied}, start=start, constraints=[LessThan("a", "b")])
    assert space.n_configurations == 1000**10 * (400 * 399 // 2)
    one = Space({**free, "a": Integer(1, 9)}, start={"a": 1}, constraints=[Not(Equals("a", 3))])
    assert one.n_configurations == 1000**10 * 8


def test_what_cannot_be_counted_within_reason_is_not():
    wide = {"a": Integer(1, 2000), "b": Integer(1, 2000)}
    start = {"a": 1, "b": 2}
    assert Space(wide, start=start, constraints=[LessThan("a", "b")]).n_configurations is None
    less = {"a": Integer(1, 200), "b": Integer(1, 200)}
    asked = []

    def function(configuration):
        asked.append(configuration)
        return True

    assert Space(less, start=start, constraints=[function]).n_configurations is None
    assert len(asked) <= 1  # of the start values
    # One that a condition switches off is still without end elsewhere.
    branch = Space({"a": Boolean(), "x": Float(0, 1)}, conditions={"x": Equals("a", True)})
    assert branch.n_configurations is None


def test_a_function_that_is_not_made_for_all_combinations_counts_nothing():
    space = Space({"a": Integer(0, 3)}, start={"a": 1}, constraints=[lambda c: 1 / c["a"] > 0.1])
    assert space.n_configurations is None


def test_a_space_is_counted_once_and_can_travel():
    asked = []
    space = Space({"a": Integer(1, 9)}, constraints=[lambda c: not asked.append(c)])
    before = len(asked)
    assert space.n_configurations == space.n_configurations == 9
    assert len(asked) - before <= 10  # of the start values once more
    svms = pickle.loads(pickle.dumps(svm()))  # noqa: S301
    assert svms == svm()
    assert svms.n_configurations == svm().n_configurations


dimensions = st.sampled_from(
    [
        Boolean(),
        Integer(1, 3),
        Categorical(["a", "b", "c"]),
        Ordinal([1, 2]),
        Fixed(1),
        Sequence(Integer(1, 2), 0, 2),
    ]
)


@st.composite
def spaces(draw):
    made = draw(st.lists(dimensions, min_size=2, max_size=4))
    names = [f"p{i}" for i in range(len(made))]
    simple = [name for name, d in zip(names, made, strict=True) if not isinstance(d, Sequence)]
    conditions = {}

    def ask(name):
        value = draw(st.sampled_from(list(values_of(made[names.index(name)]))))
        return draw(st.sampled_from([Equals(name, value), Not(In(name, (value,)))]))

    for i, name in enumerate(names[1:], 1):
        before = [other for other in names[:i] if other in simple]
        if before and draw(st.booleans()):
            conditions[name] = ask(draw(st.sampled_from(before)))
    space = Space(dict(zip(names, made, strict=True)), conditions=conditions)
    tied = [(name, draw(st.sampled_from(simple))) for name in simple if draw(st.booleans())]
    constraints = [Not(ask(one) & ask(other)) for one, other in tied]
    kept = [c for c in constraints if allowed_at_start(space, c)]
    return Space(dict(zip(names, made, strict=True)), conditions=conditions, constraints=kept)


def allowed_at_start(space, constraint):
    return any(name not in space.start for name in constraint.names) or constraint.holds(
        space.start
    )


def values_of(dimension):
    match dimension:
        case Integer():
            return range(dimension.low, dimension.high + 1)
        case Sequence():
            lengths = range(dimension.min_length, dimension.max_length + 1)
            return [
                v for n in lengths for v in itertools.product(values_of(dimension.of), repeat=n)
            ]
        case Boolean():
            return [False, True]
        case Fixed():
            return [dimension.value]
        case _:
            return dimension.options


@given(spaces())
def test_counts_are_those_of_going_through_all(space):
    found = []
    for values in itertools.product(*(values_of(dimension) for _, dimension in space.parameters)):
        configuration = space.check_values(dict(zip(space.names, values, strict=True)))
        if space.allows(configuration) and configuration not in found:
            found.append(configuration)
    assert space.n_configurations == len(found)


@pytest.mark.parametrize("limit", ["COUNTED", "COUNTED_ONE_BY_ONE"])
def test_limits_are_those_that_the_documentation_says(limit):
    assert getattr(cardinality, limit) == {"COUNTED": 200_000, "COUNTED_ONE_BY_ONE": 10_000}[limit]
