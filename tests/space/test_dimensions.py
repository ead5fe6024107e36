"""Dimensions: exact coordinates both ways, legal steps, and messages that help."""

import json
import math
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from autotune.errors import SpaceError
from autotune.space import Boolean, Categorical, Fixed, Float, Integer, Ordinal, Sequence, Space
from autotune.space.dimensions import Label, plain
from autotune.testing import dimensions, same, values

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANY = st.floats()
POSITIVE = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
WHOLE = st.integers(-(2**53), 2**53)


def _between(numbers, kind, **options):
    """Bounds from anywhere on the number line, however close or far apart."""
    pairs = st.lists(numbers, min_size=2, max_size=2, unique=True)
    return pairs.map(lambda pair: kind(min(pair), max(pair), **options))


# What the library's own generators leave out: subnormal, huge and neighbouring bounds.
FLOATS = st.one_of(
    _between(FINITE, Float),
    _between(POSITIVE, Float, log=True),
    FINITE.map(lambda low: Float(low=low)),
    FINITE.map(lambda high: Float(high=high)),
    POSITIVE.map(lambda low: Float(low=low, log=True)),
    POSITIVE.map(lambda high: Float(high=high, log=True)),
    st.sampled_from([Float(), Float(log=True)]),
)
INTEGERS = st.one_of(
    _between(WHOLE, Integer),
    _between(st.integers(1, 2**53), Integer, log=True),
    WHOLE.map(lambda low: Integer(low=low)),
    WHOLE.map(lambda high: Integer(high=high)),
    st.integers(1, 2**53).map(lambda low: Integer(low=low, log=True)),
    st.integers(1, 2**53).map(lambda high: Integer(high=high, log=True)),
    st.sampled_from([Integer(), Integer(log=True)]),
)
SCALARS = st.one_of(
    FLOATS,
    INTEGERS,
    dimensions().filter(lambda d: not isinstance(d, Sequence | Fixed)),
)
SEQUENCES = st.builds(
    Sequence,
    SCALARS,
    st.integers(0, 2),
    st.none() | st.integers(2, 4),
    st.sampled_from(["tuple", "list"]),
)
EVERY = st.one_of(SCALARS, SEQUENCES, dimensions())


def assert_legal(dimension, coordinate):
    """A coordinate is legal if its value is, and is the only coordinate of that value."""
    value = dimension.decode(coordinate)
    assert same(dimension.check("x", value), value)
    assert same(np.atleast_1d(dimension.encode(value)) + 0.0, np.atleast_1d(coordinate) + 0.0)


def _has_one_value(dimension):
    if isinstance(dimension, Categorical | Ordinal):
        return len(dimension.options) == 1
    alone = [Integer(high=1, log=True), Integer(high=-(2**53))]
    alone += [Integer(low=2**53), Integer(low=2**53, log=True)]
    return dimension in alone


def rng(seed=0):
    return np.random.default_rng(seed)


class TestCoordinates:
    @given(st.data())
    def test_value_to_coordinate_to_value_is_the_identity(self, data):
        dimension = data.draw(EVERY)
        value = data.draw(values(dimension))
        assert same(dimension.decode(dimension.encode(value)), value)

    @given(FINITE, WHOLE)
    def test_numbers_of_any_size_are_kept_bit_for_bit(self, real, whole):
        assert np.float64(Float().decode(Float().encode(real))).tobytes() == (
            np.float64(real).tobytes()
        )
        assert same(Integer().decode(Integer().encode(whole)), whole)

    @given(st.data())
    def test_coordinate_to_value_to_coordinate_is_the_identity(self, data):
        dimension = data.draw(SCALARS)
        coordinate = float(dimension.settle(np.array(data.draw(ANY))))
        assert dimension.encode(dimension.decode(coordinate)) == coordinate

    @given(st.data())
    def test_values_of_the_generator_are_legal_as_they_are(self, data):
        dimension = data.draw(EVERY)
        value = data.draw(values(dimension))
        assert same(dimension.check("x", value), value)

    def test_sequences_keep_their_python_type(self):
        of = Integer(1)
        assert same(Sequence(of, kind="list").decode([4.0, 1.0, math.nan]), [4, 1])
        assert same(Sequence(of, kind="tuple").decode([4.0, 1.0]), (4, 1))

    def test_choices_keep_their_python_type(self):
        dimension = Categorical([(1, 2), [1, 2], 1, 1.0, True, "1", None])
        for value in dimension.choices:
            assert same(dimension.decode(dimension.encode(value)), value)


class TestSettle:
    @given(SCALARS, st.lists(ANY, min_size=1, max_size=6))
    @example(Float(0, 1e-5), [1e308, -1e308])
    @example(Float(0, math.ulp(0.0)), [1.0])
    @example(Float(1e10, math.nextafter(1e10, 2e10), log=True), [1.0])
    @example(Float(low=1e307, log=True), [1e-5])
    @example(Float(low=0.1, log=True), [math.nextafter(0.1, 0)])
    @example(Float(low=0.8e308), [-1.7e308])
    @example(Integer(2**53 - 10, 2**53, log=True), [0.0])
    def test_any_real_numbers_become_legal_coordinates(self, dimension, numbers):
        settled = dimension.settle(np.array(numbers))
        assert settled.shape == (len(numbers),)
        for coordinate in settled:
            assert_legal(dimension, float(coordinate))

    @given(st.one_of(FLOATS, INTEGERS), FINITE)
    @example(Float(log=True), 1e-20)
    @example(Float(math.ulp(0.0), 1, log=True), math.ulp(0.0))
    @example(Float(low=math.ulp(0.0), log=True), math.ulp(0.0))
    def test_is_the_identity_on_legal_numbers(self, dimension, number):
        low = -math.inf if dimension.low is None else dimension.low
        high = math.inf if dimension.high is None else dimension.high
        legal = low <= number <= high and (number > 0 or not dimension.log)
        if isinstance(dimension, Integer):
            legal = legal and number == int(number) and abs(number) <= 2**53
        assert (dimension.settle(np.array([number])).tolist() == [number]) == legal

    @given(SCALARS, st.lists(ANY, min_size=1, max_size=6))
    def test_twice_is_as_once(self, dimension, numbers):
        once = dimension.settle(np.array(numbers))
        assert np.array_equal(dimension.settle(once), once)

    @given(st.data())
    def test_is_the_identity_on_values(self, data):
        dimension = data.draw(EVERY)
        coordinate = np.atleast_1d(dimension.encode(data.draw(values(dimension))))
        assert np.array_equal(dimension.settle(coordinate), coordinate)

    @given(SCALARS, st.lists(ANY, min_size=1, max_size=6))
    def test_of_many_is_that_of_each(self, dimension, numbers):
        together = dimension.settle(np.array(numbers))
        one_by_one = [float(dimension.settle(np.array(number))) for number in numbers]
        assert np.array_equal(together, one_by_one)

    def test_reflects_at_the_bounds(self):
        assert Float(0, 1).settle(np.array([-0.25, 1.25, 2.5])).tolist() == [0.25, 0.75, 0.5]
        assert Integer(0, 10).settle(np.array([-3.0, 12.0])).tolist() == [3.0, 8.0]
        assert Float(low=2).settle(np.array([-1.0])).tolist() == [5.0]
        assert Float(1, 100, log=True).settle(np.array([1000.0])) == pytest.approx(10)

    def test_leaves_the_padding_of_sequences(self):
        settled = Sequence(Integer(1, 10)).settle(np.array([[4.4, 99.0, math.nan]]))
        assert settled[0, 0] == 4
        assert 1 <= settled[0, 1] <= 10
        assert math.isnan(settled[0, 2])


class TestStep:
    LENGTHS = st.floats(0, 1e3) | st.sampled_from([1e-300, 1e300])

    @given(st.data(), SCALARS, LENGTHS, st.integers(0, 2**32))
    def test_scalars_stay_legal(self, data, dimension, length, seed):
        coordinate = float(dimension.settle(np.array(data.draw(ANY))))
        after = dimension.step(rng(seed), coordinate, length)
        assert type(after) is float
        assert_legal(dimension, after)

    @given(st.data(), SEQUENCES, LENGTHS, st.integers(0, 2**32))
    def test_sequences_stay_legal(self, data, dimension, length, seed):
        value = data.draw(values(dimension))
        after = dimension.step(rng(seed), np.array(dimension.encode(value)), length)
        assert_legal(dimension, after)
        assert abs(len(after) - len(value)) <= 1

    @given(st.data(), SCALARS, LENGTHS, st.integers(0, 2**32))
    def test_what_is_discrete_never_stays_where_another_value_exists(
        self, data, dimension, length, seed
    ):
        assume(not isinstance(dimension, Float))
        assume(not _has_one_value(dimension))
        coordinate = float(dimension.settle(np.array(data.draw(ANY))))
        assert dimension.step(rng(seed), coordinate, length) != coordinate

    @given(st.sampled_from([Float(), Integer()]), FINITE, LENGTHS, st.integers(0, 2**32))
    @example(Integer(), 1.0, 0.1, 1)
    @example(Integer(), -1.0, 0.1, 3)
    @example(Float(), 1e-320, 1e3, 0)
    def test_without_bounds_the_sign_is_kept(self, dimension, number, length, seed):
        coordinate = float(dimension.settle(np.array(number)))
        assume(coordinate != 0)
        generator = rng(seed)
        after = dimension.step(generator, coordinate, length)
        for _ in range(3):
            assert after * math.copysign(1.0, coordinate) > 0
            after = dimension.step(generator, after, length)

    def test_a_zero_without_bounds_moves_both_ways(self):
        for dimension in (Float(), Integer()):
            after = [dimension.step(rng(seed), 0.0, 1.0) for seed in range(20)]
            assert min(after) < 0 < max(after)

    def test_a_choice_steps_to_each_of_the_others(self):
        after = [Categorical(["a", "b", "c"]).step(rng(s), 1.0, 0.1) for s in range(40)]
        assert set(after) == {0.0, 2.0}

    def test_an_ordinal_steps_to_its_neighbours_first(self):
        after = {Ordinal(range(100)).step(rng(seed), 50.0, 0.001) for seed in range(40)}
        assert after == {49.0, 51.0}

    def test_a_bounded_number_steps_by_the_length_of_its_scale(self):
        after = np.array([Float(0, 1000).step(rng(s), 500.0, 0.01) for s in range(500)])
        assert after.std() == pytest.approx(10, rel=0.15)
        after = np.array([Float(1, 10**6, log=True).step(rng(s), 1e3, 0.01) for s in range(500)])
        assert np.log10(after).std() == pytest.approx(0.06, rel=0.15)

    def test_a_sequence_changes_grows_and_shrinks_within_its_lengths(self):
        dimension = Sequence(Integer(1, 9), min_length=1, max_length=2)
        lengths = {len(dimension.step(rng(s), np.array([5.0]), 0.1)) for s in range(30)}
        assert lengths == {1, 2}
        lengths = {len(dimension.step(rng(s), np.array([5.0, 3.0]), 0.1)) for s in range(30)}
        assert lengths == {1, 2}
        assert Sequence(Integer(1)).grown(np.array([5.0, 3.0])).tolist() == [5.0, 3.0, 3.0]

    def test_does_not_change_the_row_given(self):
        row = np.array([5.0, 3.0])
        for seed in range(20):
            Sequence(Integer(1, 9)).step(rng(seed), row, 1.0)
        assert row.tolist() == [5.0, 3.0]


class TestSample:
    @given(
        st.one_of(
            _between(FINITE, Float),
            _between(POSITIVE, Float, log=True),
            _between(WHOLE, Integer),
            _between(st.integers(1, 2**53), Integer, log=True),
            dimensions(bounded=True),
        ),
        st.integers(0, 5),
        st.integers(0, 2**32),
    )
    def test_draws_legal_coordinates(self, dimension, size, seed):
        drawn = dimension.sample(rng(seed), size)
        assert len(drawn) == size
        for coordinate in drawn:
            value = dimension.decode(coordinate)
            assert same(dimension.check("x", value), value)

    def test_reaches_both_ends(self):
        assert set(Integer(1, 3).sample(rng(), 100)) == {1.0, 2.0, 3.0}
        assert set(Boolean().sample(rng(), 100)) == {0.0, 1.0}
        assert set(Ordinal(["a", "b", "c"]).sample(rng(), 100)) == {0.0, 1.0, 2.0}
        rows = Sequence(Boolean(), 0, 2).sample(rng(), 100)
        assert set(np.sum(~np.isnan(rows), axis=1)) == {0, 1, 2}

    def test_is_uniform_on_the_natural_scale(self):
        drawn = Float(1e-4, 1, log=True).sample(rng(), 1000)
        assert np.mean(drawn < 1e-2) == pytest.approx(0.5, abs=0.05)

    @pytest.mark.parametrize(
        ("dimension", "remedy"),
        [
            (Float(), "give low and high"),
            (Float(low=0), "give low and high"),
            (Integer(high=0), "give low and high"),
            (Sequence(Integer(1, 2)), "max_length"),
        ],
    )
    def test_needs_bounds(self, dimension, remedy):
        with pytest.raises(SpaceError, match=remedy):
            dimension.sample(rng(), 1)


class TestScaled:
    @given(st.one_of(_between(FINITE, Float), _between(POSITIVE, Float, log=True)), ANY)
    def test_bounded_numbers_lie_between_0_and_1(self, dimension, number):
        scaled = dimension.scaled(dimension.settle(np.array([number])))
        assert 0 <= scaled[0] <= 1

    @given(SCALARS, st.lists(ANY, min_size=1, max_size=4))
    def test_is_finite_on_legal_coordinates(self, dimension, numbers):
        assert np.all(np.isfinite(dimension.scaled(dimension.settle(np.array(numbers)))))

    def test_says_how_far_apart_values_are(self):
        assert Float(0, 10).scaled(np.array([0, 5, 10])).tolist() == [0, 0.5, 1]
        assert Float(-1.7e308, 1.7e308).scaled(np.array([0.0])).tolist() == [0.5]
        assert Float(1, 100, log=True).scaled(np.array([10.0])) == pytest.approx(0.5)
        assert Ordinal(["a", "b", "c"]).scaled(np.array([1.0])).tolist() == [0.5]
        assert Float().scaled(np.array([-math.e])) == pytest.approx(1.0)

    def test_keeps_the_padding_of_sequences(self):
        scaled = Sequence(Integer(0, 10)).scaled(np.array([[5.0, math.nan]]))
        assert scaled[0, 0] == 0.5
        assert math.isnan(scaled[0, 1])


class TestDefault:
    @given(EVERY)
    def test_is_legal_unless_a_number_has_no_bounds(self, dimension):
        number = dimension.of if isinstance(dimension, Sequence) else dimension
        if isinstance(number, Float | Integer) and not number.bounded:
            assume(not isinstance(dimension, Sequence) or dimension.min_length > 0)
            with pytest.raises(SpaceError, match="no start value; give start"):
                dimension.default()
        else:
            value = dimension.default()
            assert same(dimension.check("x", value), value)

    @pytest.mark.parametrize(
        ("dimension", "middle"),
        [
            (Float(0, 1), 0.5),
            (Float(1e-4, 1, log=True), 0.01),
            (Float(0, 1 / 3), 0.1667),
            (Integer(1, 10), 6),
            (Integer(1, 10000, log=True), 100),
            (Boolean(), False),
            (Categorical(["b", "a"]), "b"),
            (Ordinal([1, 2, 3]), 2),
            (Sequence(Integer(1, 9), 2), (5, 5)),
            (Sequence(Integer(1), 0, kind="list"), []),
            (Fixed(None), None),
        ],
    )
    def test_is_the_middle(self, dimension, middle):
        assert same(dimension.default(), middle)

    def test_is_not_rounded_on_to_a_bound(self):
        assert Float(1000, 1000 + 1 / 3).default() == 1000.1667


class TestCheck:
    @pytest.mark.parametrize(
        ("dimension", "given_value", "value"),
        [
            (Float(0, 1), 1, 1.0),
            (Float(0, 1), np.float32(0.5), 0.5),
            (Float(0, 9), np.int64(3), 3.0),
            (Float(0, 1), Fraction(1, 2), 0.5),
            (Integer(1, 9), 3.0, 3),
            (Integer(1, 9), np.int8(3), 3),
            (Integer(1, 9), np.float64(3), 3),
            (Boolean(), np.True_, True),
            (Categorical(["a", "b"]), np.str_("b"), "b"),
            (Categorical([1, 2]), 2.0, 2),
            (Categorical([1, True]), np.True_, True),
            (Categorical([(1, 2), (3,)]), [1.0, 2], (1, 2)),
            (Categorical([((1, 2), (3,)), None]), [[1, 2], [3]], ((1, 2), (3,))),
            (Ordinal(np.array([0.1, 0.2])), np.float64(0.2), 0.2),
            (Fixed(np.float64(2)), 2, 2.0),
            (Fixed((1, 2)), [1, 2], (1, 2)),
            (Fixed(math.nan), float("nan"), math.nan),
            (Sequence(Integer(1)), np.array([4, 1]), (4, 1)),
            (Sequence(Integer(1)), [np.int64(4), 1.0], (4, 1)),
            (Sequence(Float(), kind="list"), (1, 2), [1.0, 2.0]),
            (Categorical([math.sqrt]), Label("math.sqrt"), math.sqrt),
            (Fixed(math.sqrt), Label("math.sqrt"), math.sqrt),
        ],
    )
    def test_returns_the_python_value_that_was_meant(self, dimension, given_value, value):
        assert same(dimension.check("x", given_value), value)

    @pytest.mark.parametrize(
        ("dimension", "value", "words"),
        [
            (Float(0, 1), 2, ["outside", "[0.0, 1.0]", "widen the bounds"]),
            (Float(low=0), -1.0, ["outside", "[0.0, inf]", "widen the bounds"]),
            (Float(0, 1), math.nan, ["not finite", "finite number"]),
            (Float(), math.inf, ["not finite", "finite number"]),
            (Float(), True, ["bool", "Boolean"]),
            (Float(), "0.1", ["str", "number is needed"]),
            (Float(), None, ["NoneType", "number is needed"]),
            (Float(), 1j, ["complex", "number is needed"]),
            (Float(), 10**400, ["not finite"]),
            (Float(log=True), 0, ["> 0", "log=False"]),
            (Integer(1, 9), 10, ["outside", "[1, 9]", "widen the bounds"]),
            (Integer(), 0.5, ["whole", "Float"]),
            (Integer(), math.nan, ["whole", "Float"]),
            (Integer(), math.inf, ["whole", "Float"]),
            (Integer(), False, ["bool", "Boolean"]),
            (Integer(), 2**53 + 1, ["2**53", "use Float"]),
            (Integer(log=True), -1, ["> 0", "log=False"]),
            (Boolean(), 1, ["int", "True or False"]),
            (Boolean(), "True", ["str", "True or False"]),
            (Categorical(["a", "b"]), "c", ["['a', 'b']", "add it"]),
            (Categorical([1, 2]), True, ["['1', '2']", "add it"]),
            (Categorical([(True,), 2]), (1,), ["add it"]),
            (Ordinal([1, 2]), 3, ["not one of its values", "add it"]),
            (Fixed(1), 2, ["fixed value 1", "Categorical"]),
            (Fixed(1), True, ["fixed value 1", "Categorical"]),
            (Sequence(Integer(1), 1, 2), (1, 2, 3), ["3 elements", "[1, 2]", "change"]),
            (Sequence(Integer(1)), (), ["0 elements", "[1, inf]", "change"]),
            (Sequence(Integer(1)), 4, ["int", "tuple is needed"]),
            (Sequence(Integer(1)), "41", ["str", "tuple is needed"]),
        ],
    )
    def test_messages_name_parameter_value_and_remedy(self, dimension, value, words):
        with pytest.raises(SpaceError) as caught:
            dimension.check("alpha", value)
        text = str(caught.value)
        assert text.startswith("alpha = ")
        assert repr(value)[:70] in text
        for word in words:
            assert word in text
        assert len(text) < 300

    def test_integers_too_long_to_print_are_described(self):
        with pytest.raises(SpaceError, match=r"alpha = an integer of 16610 bits .* use Float"):
            Integer().check("alpha", 10**5000)

    def test_names_the_element_of_a_sequence(self):
        with pytest.raises(SpaceError, match=r"layers\[1\] = 0 lies outside"):
            Sequence(Integer(1)).check("layers", (4, 0))


class TestDeclaration:
    @pytest.mark.parametrize(
        ("declare", "words"),
        [
            (partial(Float, 1, 0), ["low = 1.0", "high = 0.0", "swap them"]),
            (partial(Float, 1, 1), ["below", "Fixed"]),
            (partial(Float, math.nan, 1), ["low = nan", "not finite", "leave it out"]),
            (partial(Float, 0, math.inf), ["high = inf", "not finite", "leave it out"]),
            (partial(Float, True, 2), ["True", "bool"]),
            (partial(Float, "0", 1), ["'0'", "str"]),
            (partial(Float, 0, 10**400), ["largest double", "leave it out"]),
            (partial(Float, 0, 1, log=True), ["low = 0.0", "> 0", "log=False"]),
            (partial(Float, high=-1, log=True), ["high = -1.0", "> 0", "log=False"]),
            (partial(Integer, 9, 1), ["low = 9", "high = 1", "swap them"]),
            (partial(Integer, 0.5, 1), ["0.5", "whole", "use Float"]),
            (partial(Integer, math.nan, 1), ["nan", "whole"]),
            (partial(Integer, 1, math.inf), ["inf", "leave it out"]),
            (partial(Integer, 1, 10**400), ["2**53", "use Float"]),
            (partial(Integer, 1, 2**53 + 1), ["2**53", "use Float"]),
            (partial(Integer, False, 1), ["False", "bool"]),
            (partial(Integer, 0, 10, log=True), ["low = 0", "> 0", "log=False"]),
            (partial(Categorical, []), ["at least one"]),
            (partial(Categorical, "adam"), ["'adam'", "brackets"]),
            (partial(Categorical, 3), ["3", "brackets"]),
            (partial(Categorical, ["a", "b", "a"]), ["'a'", "twice", "leave one out"]),
            (partial(Categorical, [[1], [1]]), ["[1]", "twice", "leave one out"]),
            (partial(Categorical, [0.0, -0.0]), ["twice"]),
            (partial(Categorical, [1.0, math.nan]), ["NaN", "None"]),
            (partial(Ordinal, []), ["at least one"]),
            (partial(Ordinal, [1, 2, 1]), ["1", "twice", "leave one out"]),
            (partial(Sequence, Integer(1), 3, 2), ["max_length = 2", "at least", "raise it"]),
            (partial(Sequence, Integer(1), 0, 0), ["max_length = 0", "raise it"]),
            (partial(Sequence, Integer(1), -1), ["-1", "whole number"]),
            (partial(Sequence, Integer(1), 1.5), ["1.5", "whole number"]),
            (partial(Sequence, Integer(1), True), ["True", "whole number"]),
            (partial(Sequence, int), ["int", "must be a Float"]),
            (partial(Sequence, Sequence(Integer(1))), ["must be a Float"]),
            (partial(Sequence, Integer(1), kind="set"), ["'set'", "'tuple' or 'list'"]),
        ],
    )
    def test_rejects_nonsense_with_the_remedy(self, declare, words):
        with pytest.raises(SpaceError) as caught:
            declare()
        for word in words:
            assert word in str(caught.value)

    def test_takes_numpy_numbers_as_python_ones(self):
        assert same(Float(np.float32(0.5), np.int64(2)).low, 0.5)
        assert same(Integer(np.int64(1), np.float64(9.0)).high, 9)
        assert same(Float(0.1, 1, log=np.True_).log, True)
        assert same(Sequence(Integer(1), np.int64(1), np.int64(2)).max_length, 2)
        assert same(Categorical(np.array([1, 2])).choices, (1, 2))
        assert same(plain((np.float64(1), [np.int8(2)])), (1.0, [2]))


class TestEquality:
    def test_is_by_value_and_type(self):
        assert Categorical([1, "a"]) == Categorical((1, "a"))
        assert Categorical([1]) != Categorical([True])
        assert Categorical([1]) != Categorical([1.0])
        assert Categorical([(1,)]) != Categorical([[1]])
        assert Ordinal([1, 2]) != Categorical([1, 2])
        assert Fixed(0) != Fixed(False)
        assert Fixed(math.nan) == Fixed(float("nan"))
        assert Float(0, 1) == Float(0.0, 1.0)

    @given(dimensions())
    def test_equal_dimensions_hash_alike(self, dimension):
        again = Space.from_description(
            json.loads(json.dumps(Space({"x": dimension}, start=_start(dimension)).describe()))
        )["x"]
        assert again == dimension
        assert hash(again) == hash(dimension)


def _start(dimension):
    of = dimension.of if isinstance(dimension, Sequence) else dimension
    if not isinstance(of, Float | Integer) or of.bounded:
        return {}
    edge = of.low if of.low is not None else of.high
    number = 1 if edge is None else edge
    size = max(dimension.min_length, 1) if isinstance(dimension, Sequence) else None
    return {"x": number if size is None else [number] * size}


class Plain:
    """An object whose repr holds its address."""


class Named:
    """An object whose repr may be that of something else."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


OBJECTS = (
    st.sampled_from([len, max, Plain, Named])
    | st.builds(Plain)
    | st.builds(Named, st.sampled_from(["a", "'a'", "1", "x", "x#0", "x#1", "a#0"]))
)
MIXED = st.lists(
    st.one_of(OBJECTS, st.sampled_from(["a", "1", 1, 1.0, True, "x", "x#1", (1,), [1], None])),
    min_size=1,
    max_size=6,
    unique_by=lambda v: (type(v), repr(v) if isinstance(v, list) else v),
)


class TestLabels:
    @given(MIXED)
    @example([Named("x"), Named("x"), Named("x#0"), "x#1"])
    def test_are_all_different(self, choices):
        labels = Categorical(choices).labels
        assert len(set(labels)) == len(choices)

    @given(MIXED)
    def test_survive_a_round_trip_through_json(self, choices):
        space = Space({"x": Categorical(choices)})
        again = Space.from_description(json.loads(json.dumps(space.describe())))
        assert again["x"].labels == space["x"].labels
        assert again.describe() == space.describe()

    @given(MIXED)
    def test_find_their_choice(self, choices):
        dimension = Categorical(choices)
        for i, label in enumerate(dimension.labels):
            assert dimension.index(Label(label)) == i

    def test_are_readable(self):
        assert Categorical(["adam", 1, None, (1, 2)]).labels == ("adam", "1", "None", "(1, 2)")
        assert Categorical([1, "1"]).labels == ("1", "'1'")
        assert Categorical([len, math.sqrt]).labels == ("builtins.len", "math.sqrt")
        assert Categorical([Plain(), Plain()]).labels == ("Plain#0", "Plain#1")
        assert Categorical([Named("x"), Named("x")]).labels == ("x#0", "x#1")
        assert Fixed(Named("several\n  lines")).labels == ("several lines",)
