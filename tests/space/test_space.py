"""Space: checked configurations, coordinates of many at once, descriptions as plain data."""

import json
import math

import attrs
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from autotune.errors import SpaceError
from autotune.space import (
    And,
    Boolean,
    Categorical,
    Equals,
    Fixed,
    Float,
    GreaterThan,
    In,
    Integer,
    LessThan,
    Not,
    Or,
    Ordinal,
    Sequence,
    Space,
    Sum,
)
from autotune.space.conditions import UnknownPredicate
from autotune.space.dimensions import Label
from autotune.testing import configurations, same, spaces
from tests.golden.version_1 import described_in_version_1

SPACE = Space(
    {
        "alpha": Float(1e-4, 1, log=True),
        "depth": Integer(1, 9),
        "solver": Categorical(["adam", "sgd"]),
        "layers": Sequence(of=Integer(1), max_length=3),
        "verbose": Fixed(0),
    },
    start={"layers": (4,)},
)


class Estimator:
    """An object that JSON can't hold."""


def described_and_read(space):
    return Space.from_description(json.loads(json.dumps(space.describe())))


class TestCoordinates:
    @given(st.data(), spaces())
    def test_configurations_survive_encoding(self, data, space):
        given_ones = data.draw(st.lists(configurations(space), min_size=1, max_size=5))
        assert same(space.decode(space.encode(given_ones)), given_ones)

    @given(st.data(), spaces())
    def test_encoding_many_is_encoding_each(self, data, space):
        given_ones = data.draw(st.lists(configurations(space), min_size=1, max_size=5))
        together = space.encode(given_ones)
        assert tuple(together) == space.names
        for i, configuration in enumerate(given_ones):
            for name, coordinate in zip(space, space.encode_row(configuration), strict=True):
                row = np.atleast_1d(together[name][i])
                alone = np.atleast_1d(np.array(coordinate, dtype=np.float64))
                padding = row[len(alone) :]
                assert np.all(np.isnan(padding))
                assert row[: len(alone)].tobytes() == alone.tobytes()

    @given(st.data(), spaces())
    def test_decoding_a_row_is_that_row_of_decoding_all(self, data, space):
        columns = space.encode(data.draw(st.lists(configurations(space), min_size=1, max_size=5)))
        for i, configuration in enumerate(space.decode(columns)):
            assert same(space.decode_row(columns, i), configuration)

    def test_no_configurations_have_empty_columns(self):
        columns = SPACE.encode([])
        assert {name: column.shape for name, column in columns.items()} == {
            "alpha": (0,),
            "depth": (0,),
            "solver": (0,),
            "layers": (0, 1),
            "verbose": (0,),
        }
        assert SPACE.decode(columns) == []

    def test_sequences_are_padded_to_the_longest(self):
        rows = [{**SPACE.start, "layers": layers} for layers in [(4,), (4, 1, 2), (7, 7)]]
        expected = [[4, math.nan, math.nan], [4, 1, 2], [7, 7, math.nan]]
        np.testing.assert_array_equal(SPACE.encode(rows)["layers"], expected)


class TestSample:
    @given(spaces(bounded=True), st.integers(0, 4), st.integers(0, 2**32))
    def test_draws_legal_configurations(self, space, size, seed):
        drawn = space.decode(space.sample(np.random.default_rng(seed), size))
        assert len(drawn) == size
        for configuration in drawn:
            assert same(space.check(configuration), configuration)

    def test_names_the_parameter_without_bounds(self):
        space = Space({"a": Float(0, 1), "b": Float()}, start={"b": 1})
        with pytest.raises(SpaceError, match=r"^b: .*give low and high"):
            space.sample(np.random.default_rng(0), 1)


class TestCheck:
    @given(st.data(), spaces())
    def test_legal_configurations_come_back_as_they_are(self, data, space):
        configuration = data.draw(configurations(space))
        backwards = dict(reversed(configuration.items()))
        assert same(space.check(configuration), configuration)
        assert list(space.check(backwards)) == list(space)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"alpha": 2.5}, ["alpha = 2.5 lies outside", "widen"]),
            ({"depth": None}, ["depth = None", "number"]),
            ({"gamma": 1}, ["unknown", "gamma", "alpha, depth, solver, layers, verbose"]),
            ({"layers": (1, 2, 3, 4)}, ["layers", "4 elements"]),
            ({"verbose": 1}, ["verbose = 1", "fixed value 0"]),
        ],
    )
    def test_names_what_is_wrong(self, changes, words):
        with pytest.raises(SpaceError) as caught:
            SPACE.check({**SPACE.start, **changes})
        for word in words:
            assert word in str(caught.value)

    def test_names_what_is_missing(self):
        with pytest.raises(SpaceError, match=r"no value for parameter\(s\) \['depth', 'solver'\]"):
            SPACE.check({"alpha": 0.1, "layers": (1,), "verbose": 0})

    @pytest.mark.parametrize("configuration", [None, [("alpha", 1)], "alpha"])
    def test_needs_a_dict(self, configuration):
        with pytest.raises(SpaceError, match="a dict of parameter values is needed"):
            SPACE.check(configuration)


class TestDeclaration:
    @pytest.mark.parametrize(
        ("parameters", "start", "words"),
        [
            ({}, None, "empty; give at least one"),
            ({"a": 3}, None, "a = 3 is not a dimension; use Float"),
            ({"a": Float}, None, "is not a dimension"),
            ({1: Float(0, 1)}, None, "name 1 must be a non-empty string"),
            ({"": Float(0, 1)}, None, "name '' must be"),
            ([("a", Boolean()), ("a", Boolean())], None, "'a' is given twice; leave one out"),
            ([("a",)], None, "must be a dict of dimensions"),
            (3, None, "must be a dict of dimensions"),
            ({"a": Float(0, 1)}, {"a": 2.5}, "start value of a = 2.5 lies outside"),
            ({"a": Float(0, 1)}, {"a": "x"}, "start value of a = 'x' is of type str"),
            ({"a": Float(0, 1)}, {"b": 2}, "start value for 'b', which is not a parameter"),
            ({"a": Float(0, 1)}, [0.5], "must be a dict of start values"),
            ({"a": Integer()}, None, "a: .* has no start value; give start"),
            ({"a": Sequence(Float())}, None, "a: .* has no start value; give start"),
        ],
    )
    def test_rejects_nonsense_with_the_remedy(self, parameters, start, words):
        with pytest.raises(SpaceError, match=words):
            Space(parameters, start=start)

    def test_start_is_given_or_the_middle(self):
        space = Space({"a": Float(0, 1), "b": Integer(), "c": Boolean()}, start={"b": np.int64(7)})
        assert same(space.start, {"a": 0.5, "b": 7, "c": False})

    def test_looks_like_a_mapping_of_dimensions(self):
        assert list(SPACE) == list(SPACE.names) == ["alpha", "depth", "solver", "layers", "verbose"]
        assert len(SPACE) == 5
        assert "depth" in SPACE
        assert "gamma" not in SPACE
        assert SPACE["depth"] == Integer(1, 9)
        with pytest.raises(KeyError):
            SPACE["gamma"]


class TestStart:
    def test_can_be_changed_in_a_copy(self):
        other = SPACE.with_start({"depth": 3})
        assert other.start == {**SPACE.start, "depth": 3}
        assert SPACE.start["depth"] != 3
        assert other.parameters == SPACE.parameters
        assert attrs.evolve(SPACE) == SPACE

    def test_must_stay_legal(self):
        with pytest.raises(SpaceError, match="start value of depth = 10 lies outside"):
            SPACE.with_start({"depth": 10})
        with pytest.raises(SpaceError, match=r"start value\(s\) for \['gamma'\]"):
            SPACE.with_start({"gamma": 1})

    def test_cannot_be_changed_through_what_it_returns(self):
        space = Space({"a": Sequence(Integer(1), kind="list")}, start={"a": [4, 1]})
        space.start["a"].append(9)
        space.start["b"] = 0
        assert space.start == {"a": [4, 1]}


class TestDescription:
    @given(spaces())
    def test_reads_back_equal(self, space):
        again = described_and_read(space)
        assert again == space
        assert hash(again) == hash(space)
        assert same(again, space)
        assert same(again.start, space.start)
        assert again.names == space.names
        assert same(again.describe(), space.describe())

    @given(st.data(), spaces())
    def test_gives_the_same_coordinates(self, data, space):
        rows = data.draw(st.lists(configurations(space), max_size=3))
        assert same(described_and_read(space).encode(rows), space.encode(rows))

    @example([math.nan, (math.inf, [-math.inf, None])])
    @given(st.lists(st.floats() | st.lists(st.floats(), max_size=2).map(tuple), min_size=1))
    def test_keeps_numbers_that_json_has_not(self, value):
        space = Space({"a": Fixed(value)})
        text = json.dumps(space.describe(), allow_nan=False)
        assert same(Space.from_description(json.loads(text)), space)

    @pytest.mark.parametrize("dimension", [Categorical, Ordinal])
    def test_objects_become_labels(self, dimension):
        one, other = Estimator(), Estimator()
        space = Space({"a": dimension([one, other, len, "x"])}, start={"a": other})
        again = described_and_read(space)
        labels = ("Estimator#0", "Estimator#1", "builtins.len", "x")
        assert space["a"].labels == again["a"].labels == labels
        assert again["a"].options == (*map(Label, labels[:3]), "x")
        assert again.start == {"a": Label("Estimator#1")}
        assert same(again.describe(), space.describe())
        assert same(described_and_read(again), again)
        assert space.check({"a": Label("Estimator#1")}) == {"a": other}

    def test_objects_in_sequences_and_constants_become_labels(self):
        space = Space(
            {"a": Sequence(Categorical([len, max]), kind="list"), "b": Fixed(len)},
            start={"a": [max, len]},
        )
        again = described_and_read(space)
        assert again.start == {
            "a": [Label("builtins.max"), Label("builtins.len")],
            "b": Label("builtins.len"),
        }
        assert same(again.describe(), space.describe())

    def test_is_readable(self):
        space = Space(
            {"a": Float(0, 1), "b": Fixed((1,)), "c": Sequence(Boolean(), max_length=2)},
            conditions={"c": ~Equals("b", (1,))},
            constraints=[LessThan("a", 1.0, or_equal=True), bool],
        )
        assert space.describe() == {
            "parameters": {
                "a": {"kind": "float", "low": 0.0, "high": 1.0, "start": 0.5},
                "b": {"kind": "fixed", "value": {"tuple": [1]}},
                "c": {
                    "kind": "sequence",
                    "of": {"kind": "boolean"},
                    "min_length": 1,
                    "max_length": 2,
                    "start": [False],
                    "when": {"not": {"b": {"tuple": [1]}}},
                },
            },
            "constraints": [{"at_most": ["a", 1.0]}, {"function": "builtins.bool"}],
        }

    @pytest.mark.parametrize(
        "condition",
        [
            Equals("a", [1]),
            In("a", [[1]]),
            In("a", ["x"]),
            In("a", []),
            Equals("a", "x"),
            And([Equals("a", None)]),
            And([]),
            Not(Or([Equals("a", "x")])),
            Not(Equals("a", "x")),
            Equals("less", len),
            In("less", [len]),
            LessThan("less", Sum(("less", -0.0, 3, math.inf))),
            GreaterThan(-math.inf, "less_", or_equal=True),
        ],
    )
    def test_tells_conditions_apart(self, condition):
        parameters = {
            "a": Categorical([[1], "x", None]),
            "less": Categorical([len, 1.5]),
            "less_": Float(0, 1),
            "function": Boolean(),
            "not": Boolean(),
        }
        space = Space({**parameters, "z": Boolean()}, conditions={"z": condition})
        again = described_and_read(space)
        if len not in getattr(condition, "values", [getattr(condition, "value", None)]):
            assert same(again.conditions, space.conditions)
            assert repr(again.conditions) == repr(space.conditions)
        assert same(again.describe(), space.describe())

    @given(spaces(conditional=True))
    def test_that_of_version_1_reads_back_equal(self, space):
        later = ("GreaterThan", "Sum", "linear_below")
        assume(not any(word in repr(space) for word in later))
        text = json.dumps(described_in_version_1(space), allow_nan=False)
        again = Space.from_description(json.loads(text))
        assert described_in_version_1(again) == described_in_version_1(space)
        assert same(again.parameters, space.parameters)
        assert same(again.start_values, space.start_values)
        if "Not" not in repr(space):  # of one condition and of an Or of one it made no difference
            assert again == space

    def test_that_of_version_1_holds_conditions_in_old_words(self):
        old = {
            "parameters": [
                {"name": "k", "type": "Categorical", "values": ["a", "b", {"label": "len"}]},
                {"name": "n", "type": "Integer", "low": 1, "high": 9, "log": False},
                {"name": "s", "type": "Constant", "value": {"tuple": [1, {"float": "inf"}]}},
            ],
            "start": {"k": "a", "n": 2, "s": {"tuple": [1, {"float": "inf"}]}},
            "conditions": {
                "n": {
                    "type": "NoneOf",
                    "conditions": [
                        {"type": "Equals", "parameter": "k", "value": {"label": "len"}},
                        {"type": "OneOf", "parameter": "k", "values": ["b"]},
                    ],
                }
            },
            "constraints": [
                {
                    "type": "AnyOf",
                    "conditions": [{"type": "Less", "left": "n", "right": 7, "or_equal": False}],
                },
                {"type": "function", "label": "mine.small"},
            ],
        }
        space = Space.from_description(old)
        assert space == Space(
            {
                "k": Categorical(["a", "b", Label("len")]),
                "n": Integer(1, 9),
                "s": Fixed((1, math.inf)),
            },
            start={"n": 2},
            conditions={"n": Not(Equals("k", Label("len")) | In("k", ["b"]))},
            constraints=[Or([LessThan("n", 7)]), UnknownPredicate("mine.small")],
        )
        assert described_in_version_1(space) == old

    FLOAT = {"name": "a", "type": "Float", "low": 0, "high": 1, "log": False}  # noqa: RUF012

    @pytest.mark.parametrize(
        "description",
        [
            None,
            [],
            {},
            {"parameters": []},
            {"parameters": [], "start": {}},
            {"parameters": [{}], "start": {}},
            {"parameters": [{"name": "a", "type": "Enum"}], "start": {}},
            {"parameters": [{"name": "a", "type": "Constant", "value": {"a": 1}}], "start": {}},
            {"parameters": [{"name": "a", "type": "Constant", "value": {}}], "start": {}},
            {
                "parameters": [{"name": "a", "type": "Constant", "value": {"float": "x"}}],
                "start": {},
            },
            {"parameters": [{"name": "a", "type": "Categorical", "values": 3}], "start": {}},
            {"parameters": [FLOAT, FLOAT], "start": {}},
            {"parameters": [FLOAT], "start": {"a": 2}},
            {"parameters": [FLOAT], "start": {"b": 1}},
            {"parameters": [FLOAT], "start": 1},
            {"parameters": {}},
            {"parameters": 3},
            {"parameters": {"a": {"kind": "enum"}}},
            {"parameters": {"a": {"kind": "fixed", "value": {"a": 1}}}},
            {"parameters": {"a": {"kind": "fixed", "value": {}}}},
            {"parameters": {"a": {"kind": "fixed", "value": {"float": "x"}}}},
            {"parameters": {"a": {"kind": "fixed", "value": {"label": 3}}}},
            {"parameters": {"a": {"kind": "categorical", "choices": 3}}},
            {"parameters": {"a": {"kind": "boolean", "start": 2}}},
            {"parameters": {"a": {"kind": "boolean"}}, "constraints": [{"function": 3}]},
            {"parameters": {"a": {"kind": "boolean"}}, "constraints": [{"less": [1, {"sum": 3}]}]},
            {
                "parameters": {
                    "a": {"kind": "sequence", "of": {"kind": "fixed", "value": 1}, "min_length": 1}
                }
            },
            {
                "parameters": [
                    {
                        "name": "a",
                        "type": "Sequence",
                        "of": {"type": "Constant", "value": 1},
                        "min_length": 1,
                        "max_length": None,
                        "kind": "list",
                    }
                ],
                "start": {},
            },
        ],
    )
    def test_others_are_rejected(self, description):
        with pytest.raises(SpaceError):
            Space.from_description(description)


class TestEquality:
    def test_is_by_dimensions_in_order_and_start(self):
        a, b = ("a", Boolean()), ("b", Integer(1, 9))
        assert Space([a, b]) == Space(dict([a, b]))
        assert Space([a, b]) != Space([b, a])
        assert Space([a, b]) != Space([a, b], start={"b": 1})
        assert Space({"a": Fixed(1)}) != Space({"a": Fixed(True)})
        assert Space({"a": Fixed(math.nan)}) == Space({"a": Fixed(float("nan"))})
