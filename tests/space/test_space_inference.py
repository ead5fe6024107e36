"""Spaces read from start values, from scikit-learn's distributions, or from whatever names one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autotune.errors import SpaceError
from autotune.space import (
    Boolean,
    Categorical,
    Fixed,
    Float,
    Integer,
    Ordinal,
    Sequence,
    Space,
    as_space,
)
from autotune.testing import same


class TestFromStart:
    @pytest.mark.parametrize(
        ("value", "dimension"),
        [
            (True, Boolean()),
            (np.False_, Boolean()),
            (3, Integer(low=1)),
            (np.int64(3), Integer(low=1)),
            (0, Integer()),
            (-3, Integer()),
            (0.1, Float(log=True)),
            (np.float32(0.5), Float(log=True)),
            (0.0, Float()),
            (-0.1, Float()),
            ((4, 1), Sequence(of=Integer(low=1))),
            ([4, 1], Sequence(of=Integer(low=1), kind="list")),
            ((4, 0), Sequence(of=Integer())),
            ((0.5, 1), Sequence(of=Float(log=True))),
            ((0.5, -1), Sequence(of=Float())),
            ([True, False], Sequence(of=Boolean(), kind="list")),
            ((True, 1), Fixed((True, 1))),
            ((), Fixed(())),
            ([[1, 2], [3]], Fixed([[1, 2], [3]])),
            ((1, "a"), Fixed((1, "a"))),
            ("adam", Fixed("adam")),
            (None, Fixed(None)),
            (len, Fixed(len)),
        ],
    )
    def test_infers_the_dimension(self, value, dimension):
        space = Space.from_start({"x": value})
        assert same(space["x"], dimension)
        assert space.start["x"] == value

    def test_numbers_keep_their_sign_as_they_step(self):
        space = Space.from_start({"a": -2.0, "b": 2, "c": 0.3, "d": -1})
        rng = np.random.default_rng(0)
        for name, start in space.start.items():
            for _ in range(50):
                after = space[name].step(rng, start, 2.0)
                assert after * start > 0

    def test_strings_and_others_pick_among_their_options(self):
        space = Space.from_start(
            {"solver": "adam", "depth": None, "alpha": 0.1},
            {"solver": ["adam", "sgd"], "depth": [None, 3]},
        )
        assert space["solver"] == Categorical(["adam", "sgd"])
        assert space["depth"] == Categorical([None, 3])
        assert space.start == {"solver": "adam", "depth": None, "alpha": 0.1}

    @given(
        st.dictionaries(
            st.text(min_size=1),
            st.one_of(
                st.booleans(),
                st.integers(-(2**53), 2**53),
                st.floats(allow_nan=False, allow_infinity=False),
                st.text(),
                st.none(),
                st.lists(st.integers(-9, 9)),
                st.lists(st.floats(-9, 9)).map(tuple),
            ),
            min_size=1,
        )
    )
    def test_any_plain_start_values_make_a_space_that_holds_them(self, start):
        space = Space.from_start(start)
        assert same(space.start, start)
        assert same(space.check(start), start)

    @pytest.mark.parametrize(
        ("start", "options", "words"),
        [
            ({"a": math.nan}, None, "start value of a = nan is not finite"),
            ({"a": (1.0, math.inf)}, None, r"start value of a\[1\] = inf is not finite"),
            ({"a": 2**60}, None, "use Float"),
            ({"a": Float(0, 1)}, None, "give all parameters dimensions, or none"),
            ({"a": stats.norm()}, None, "give all parameters dimensions, or none"),
            ({"a": "x"}, {"a": ["y", "z"]}, "start value of a = 'x' is not one of its choices"),
            ({"a": "x"}, {"a": "xyz"}, "brackets"),
            ({"a": "x"}, {"b": ["y"]}, "options for 'b', which has no start value"),
            ([0.1], None, "must be a dict such as"),
            ({}, None, "empty"),
        ],
    )
    def test_rejects_nonsense_with_the_remedy(self, start, options, words):
        with pytest.raises(SpaceError, match=words):
            Space.from_start(start, options)


class TestFromDistributions:
    @pytest.mark.parametrize(
        ("given_one", "dimension"),
        [
            (Float(0, 1), Float(0, 1)),
            (["a", "b"], Categorical(["a", "b"])),
            (("a", "b"), Categorical(["a", "b"])),
            ([1, 2, 3], Ordinal([1, 2, 3])),
            ([3, 1, 0.5], Ordinal([3, 1, 0.5])),
            ([1, 3, 2], Categorical([1, 3, 2])),
            ([1, 2], Categorical([1, 2])),
            ([None, 1, 2], Categorical([None, 1, 2])),
            ([1, 2**53, 2**53 + 1], Ordinal([1, 2**53, 2**53 + 1])),
            ([1, 2, 10**400], Ordinal([1, 2, 10**400])),
            ([True, False], Boolean()),
            (np.array([True, False]), Boolean()),
            ([True, False, None], Categorical([True, False, None])),
            ([5], Fixed(5)),
            (range(1, 4), Ordinal([1, 2, 3])),
            (range(9, 0, -4), Ordinal([9, 5, 1])),
            (np.array([0.1, 0.2, 0.3]), Ordinal([0.1, 0.2, 0.3])),
            (np.arange(3), Ordinal([0, 1, 2])),
            (np.array(["a", "b"]), Categorical(["a", "b"])),
            ([(4, 1), (8,)], Categorical([(4, 1), (8,)])),
            (stats.uniform(1, 4), Float(1, 5)),
            (stats.loguniform(1e-3, 10), Float(1e-3, 10, log=True)),
            (stats.reciprocal(1e-3, 10), Float(1e-3, 10, log=True)),
            (stats.beta(2, 3), Float(0, 1)),
            (stats.randint(1, 10), Integer(1, 9)),
            (stats.binom(5, 0.5), Integer(0, 5)),
            (stats.bernoulli(0.5), Integer(0, 1)),
            (stats.randint(3, 4), Fixed(3)),
            (stats.norm(5, 2), Float()),
            (stats.expon(scale=2), Float(low=0)),
            (stats.poisson(4), Integer(low=0)),
        ],
    )
    def test_reads_what_scikit_learn_takes(self, given_one, dimension):
        assert same(Space.from_distributions({"x": given_one})["x"], dimension)

    def test_bounds_and_choices_are_python_values(self):
        space = Space.from_distributions(
            {"a": np.linspace(0, 1, 3), "b": stats.uniform(0, np.float64(2)), "c": stats.poisson(4)}
        )
        assert same(space["a"], Ordinal([0.0, 0.5, 1.0]))
        assert same(space["b"].high, 2.0)
        assert same(space.start, {"a": 0.5, "b": 1.0, "c": 4})

    def test_what_has_no_bounds_starts_at_its_median_unless_told(self):
        given_ones = {"a": stats.norm(5, 2), "b": stats.expon(scale=2), "c": stats.poisson(4)}
        space = Space.from_distributions(given_ones)
        assert space.start == pytest.approx({"a": 5.0, "b": 2 * math.log(2), "c": 4})
        assert type(space.start["c"]) is int
        space = Space.from_distributions(given_ones, start={"a": 7})
        assert space.start == pytest.approx({"a": 7.0, "b": 2 * math.log(2), "c": 4})

    @pytest.mark.parametrize("low", [1, 1e-3])
    def test_many_choices_are_read_without_comparing_all_pairs(self, low):
        values = np.linspace(low, 2, 20_000)
        assert Space.from_distributions({"x": values})["x"].options[-1] == 2

    @pytest.mark.parametrize(
        ("given_one", "words"),
        [
            ([], "C: Categorical needs at least one"),
            ([1, 1], "C: .* given twice"),
            ([0.1, math.nan], "C: .*NaN can't be a choice; use None"),
            (0.1, r"C = 0.1 is not a dimension, list or distribution; use Fixed\(0.1\)"),
            ("adam", r"C = 'adam' is not a dimension, list or distribution"),
            (stats.randint(0, 2**60), "C: .*2\\*\\*53.*use Float"),
            (Float(), "C: .*no start value"),
        ],
    )
    def test_rejects_nonsense_with_name_and_remedy(self, given_one, words):
        with pytest.raises(SpaceError, match=f"^{words}"):
            Space.from_distributions({"C": given_one})

    def test_rejects_a_distribution_that_does_not_tell_its_support(self):
        class Odd:
            def rvs(self):
                return 1

        with pytest.raises(SpaceError, match=r"C: .*Odd has no support\(\)"):
            Space.from_distributions({"C": Odd()})

    @pytest.mark.parametrize("given_ones", [None, [{"C": [1, 2]}], "C"])
    def test_needs_a_dict(self, given_ones):
        with pytest.raises(SpaceError, match="must be a dict"):
            Space.from_distributions(given_ones)

    def test_start_values_must_be_legal(self):
        with pytest.raises(SpaceError, match="start value of C = 5 is not one of its values"):
            Space.from_distributions({"C": [1, 2, 3]}, start={"C": 5})
        with pytest.raises(SpaceError, match="must be a dict of start values"):
            Space.from_distributions({"C": [1, 2, 3]}, start=[1])


class TestAsSpace:
    SPACE = Space({"a": Float(0, 1)})

    def test_a_space_is_taken_as_it_is(self):
        assert as_space(self.SPACE) is self.SPACE
        assert as_space(self.SPACE, start={"a": 0.25}).start == {"a": 0.25}

    @pytest.mark.parametrize(
        "given_ones",
        [
            {"a": Float(0, 1), "b": [1, 2, 3]},
            {"a": stats.uniform(0, 1), "b": range(1, 4)},
            {"a": Float(0, 1), "b": np.array([1, 2, 3])},
        ],
    )
    def test_dimensions_lists_and_distributions(self, given_ones):
        expected = Space({"a": Float(0, 1), "b": Ordinal([1, 2, 3])})
        assert same(as_space(given_ones), expected)
        assert as_space(given_ones, start={"b": 1}).start == {"a": 0.5, "b": 1}

    @pytest.mark.parametrize("values", [np.logspace(-2, 2, 5), range(1, 6), [1, 2, 3]])
    def test_arrays_ranges_and_lists_alone_are_choices(self, values):
        assert as_space({"C": values})["C"] == Ordinal([*map(plain_number, values)])

    def test_plain_values_are_start_values(self):
        space = as_space({"a": 0.1, "layers": (4, 1), "solver": "adam"})
        assert space["a"] == Float(log=True)
        assert space["layers"] == Sequence(of=Integer(low=1))
        assert space["solver"] == Fixed("adam")
        assert as_space({"a": 0.1, "b": 1}, start={"a": 0.2}).start == {"a": 0.2, "b": 1}

    def test_options_go_with_start_values(self):
        space = as_space({"layers": [4, 1], "solver": "adam"}, options={"solver": ["adam", "sgd"]})
        assert space["layers"] == Sequence(of=Integer(low=1), kind="list")
        assert space["solver"] == Categorical(["adam", "sgd"])
        with pytest.raises(SpaceError, match="give all parameters dimensions, or none"):
            as_space({"a": Float(0, 1), "s": "x"}, options={"s": ["x", "y"]})
        with pytest.raises(SpaceError, match="options go with start values"):
            as_space(self.SPACE, options={"a": [1]})

    @pytest.mark.parametrize(
        "choices", [["adam", "sgd"], [4, 1], [0.1, math.inf], [[4, 1], [8]], [None, 3], [Boolean()]]
    )
    def test_a_single_value_beside_choices_is_ambiguous(self, choices):
        with pytest.raises(SpaceError, match=r"\['alpha'\] have a single value.*Fixed.*start"):
            as_space({"x": choices, "alpha": 0.1})

    def test_infinity_may_be_a_choice(self):
        assert as_space({"x": [0.1, math.inf]})["x"] == Categorical([0.1, math.inf])

    @pytest.mark.parametrize("given_ones", [None, 3, ["a"], [{"a": [1, 2]}]])
    def test_others_are_rejected(self, given_ones):
        with pytest.raises(SpaceError, match="give a Space or a dict"):
            as_space(given_ones)

    def test_an_empty_dict_is_rejected(self):
        with pytest.raises(SpaceError, match="empty"):
            as_space({})


def plain_number(value):
    return value.item() if isinstance(value, np.generic) else value
