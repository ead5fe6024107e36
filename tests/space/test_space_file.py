"""Spaces in TOML and JSON files: what is written is read, and what is wrong is named."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given

from autotune import (
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
from autotune.errors import SpaceError
from autotune.space import read_space, write_space
from autotune.space.file import _space, space_as_json, space_as_toml
from autotune.testing import generators

EVERYTHING = """
[parameters]
kernel = { kind = "categorical", choices = ["linear", "rbf", "poly"], start = "rbf" }
C = { kind = "float", low = 1e-3, high = 1000, log = true }
degree = { kind = "integer", low = 2, high = 5, when = { kernel = "poly" } }
gamma = { kind = "float", log = true, start = 0.1, when = { kernel = ["rbf", "poly"] } }
shrinking = { kind = "boolean" }
batch = { kind = "ordinal", values = [16, 32, 64] }
weight = { kind = "categorical", choices = [{ none = true }, "balanced"] }
shape = { kind = "categorical", choices = [{ tuple = [4, 1] }, [8]] }
seed = { kind = "fixed", value = 7 }
"a b" = { kind = "integer", low = 1, high = 9 }

[parameters.layers]
kind = "sequence"
of = { kind = "integer", low = 1, high = 64, log = true }
max_length = 3
start = [4, 1]
when = { none = [{ all = [{ kernel = "linear" }, { less = ["C", 1] }] }] }

[[constraints]]
at_most = ["a b", "batch"]

[[constraints]]
any = [{ shrinking = true }, { less = [0.01, "C"], kernel = "rbf" }]
"""

MEANT = Space(
    {
        "kernel": Categorical(["linear", "rbf", "poly"]),
        "C": Float(1e-3, 1000, log=True),
        "degree": Integer(2, 5),
        "gamma": Float(log=True),
        "shrinking": Boolean(),
        "batch": Ordinal([16, 32, 64]),
        "weight": Categorical([None, "balanced"]),
        "shape": Categorical([(4, 1), [8]]),
        "seed": Fixed(7),
        "a b": Integer(1, 9),
        "layers": Sequence(of=Integer(1, 64, log=True), max_length=3),
    },
    start={"kernel": "rbf", "gamma": 0.1, "layers": (4, 1)},
    conditions={
        "degree": Equals("kernel", "poly"),
        "gamma": In("kernel", ["rbf", "poly"]),
        "layers": Not(And([Equals("kernel", "linear"), LessThan("C", 1)])),
    },
    constraints=[
        LessThan("a b", "batch", or_equal=True),
        Or([Equals("shrinking", True), And([LessThan(0.01, "C"), Equals("kernel", "rbf")])]),
    ],
)


def test_everything_there_is(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(EVERYTHING)
    assert read_space(path) == MEANT
    path = tmp_path / "space.json"
    path.write_text(json.dumps(tomllib.loads(EVERYTHING)))
    assert read_space(path) == MEANT


def test_what_is_written_is_read(tmp_path):
    for name in ("space.toml", "space.json"):
        write_space(MEANT, tmp_path / name)
        assert read_space(tmp_path / name) == MEANT
    with pytest.raises(SpaceError, match="there already"):
        write_space(MEANT, tmp_path / "space.toml")
    with pytest.raises(SpaceError, match="must end in"):
        write_space(MEANT, tmp_path / "space.yaml")


def free(configuration):
    return True


@given(generators.spaces(conditional=True))
def test_any_space_survives_a_file(space):
    assert _space(tomllib.loads(space_as_toml(space))).describe() == space.describe()
    assert _space(json.loads(space_as_json(space))).describe() == space.describe()


def test_descriptions_are_read(tmp_path):
    path = tmp_path / "space.json"
    for document in (MEANT.describe(), {"log": "runs/x", "space": MEANT.describe()}):
        path.write_text(json.dumps(document))
        assert read_space(path) == MEANT


def test_a_log_s_space_with_labels_is_no_file(tmp_path):
    path = tmp_path / "space.json"
    for space in (
        Space({"f": Categorical([print, len])}),
        Space({"x": Float(0, 1)}, constraints=[free]),
    ):
        path.write_text(json.dumps(space.describe()))
        with pytest.raises(SpaceError, match=r"is not a (value|parameter)"):
            read_space(path)


def test_parameters_may_be_called_as_conditions_are():
    names = ("less", "all", "not", "not_")
    space = Space(
        {name: Float(0, 1) for name in names},
        constraints=[
            And([LessThan("less", 2), ~Equals("not", 0.25)]),
            GreaterThan(Sum(names), 1.0),
        ],
    )
    assert _space(tomllib.loads(space_as_toml(space))) == space
    assert "not__ =" in space_as_toml(space)


def test_words_of_earlier_files_are_read(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(
        """
        [parameters]
        x = { kind = "float", low = 0, high = 1 }
        c = { kind = "fixed", value = 3 }
        [[constraints]]
        none = [{ x = 0.0 }, { x = 1.0 }]
        [[constraints]]
        none = [{ less = ["x", 0.25] }]
        """.replace("fixed", "constant")
    )
    assert read_space(path) == Space(
        {"x": Float(0, 1), "c": Fixed(3)},
        constraints=[~(Equals("x", 0.0) | Equals("x", 1.0)), ~LessThan("x", 0.25)],
    )


def test_a_sequence_may_be_looked_at():
    space = Space(
        {"layers": Sequence(of=Integer(1, 9), max_length=2), "x": Float(0, 1)},
        conditions={"x": Equals("layers", (1, 2))},
    )
    assert _space(tomllib.loads(space_as_toml(space))) == space


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"no parameters; write a table \[parameters\]"),
        ("[parameters]", "no parameters"),
        ("x = 1", "unknown key 'x'; there may be parameters, constraints"),
        ("[parameter]\nx = 1", "did you mean 'parameters'"),
        ("[parameters]\nx = 0.1", r"parameters.x = 0.1 is not a table; write .*fixed"),
        ("[parameters]\nx = {}", "parameters.x.kind = None must be one of float, integer"),
        ("[parameters]\nx = {kind='real'}", "parameters.x.kind = 'real'"),
        ("[parameters]\nx = {kind=['float']}", "parameters.x.kind"),
        ("[parameters]\nx = {kind='float', hgih=1}", "parameters.x: unknown key 'hgih'.*'high'"),
        ("[parameters]\nx = {kind='float', low=2, high=1}", "parameters.x: Float: low = 2.0"),
        ("[parameters]\nx = {kind='float', low='a'}", "parameters.x: Float bound = 'a'"),
        ("[parameters]\nx = {kind='float', low=1, high=2, log=1}", "parameters.x.log = 1"),
        ("[parameters]\nx = {kind='integer', low=1.5}", "parameters.x: Integer bound = 1.5"),
        ("[parameters]\nx = {kind='float'}", "x: .*has no start value"),
        ("[parameters]\nx = {kind='categorical'}", "parameters.x is categorical and needs choices"),
        ("[parameters]\nx = {kind='ordinal', values=3}", "parameters.x.values = 3 must be a list"),
        ("[parameters]\nx = {kind='categorical', choices=[]}", "parameters.x: "),
        ("[parameters]\nx = {kind='categorical', choices=[{a=1}]}", r"x.choices\[0\].*not a value"),
        ("[parameters]\nx = {kind='fixed', value=1979-05-27}", "put it in quotes"),
        ("[parameters]\nx = {kind='sequence', of='float'}", "parameters.x.of = 'float'"),
        ("[parameters]\nx = {kind='sequence', of={kind='real'}}", "parameters.x.of.kind = 'real'"),
        ("[parameters]\nx = {kind='sequence', of={kind='float', start=1}}", "unknown key 'start'"),
        (
            "[parameters]\nx = {kind='sequence', of={kind='sequence', of={kind='boolean'}}}",
            "parameters.x: Sequence.of",
        ),
        ("[parameters]\nx = {kind='sequence', of={kind='boolean'}, type='set'}", "Sequence.kind"),
        ("[parameters]\nx = {kind='float', low=0, high=1, start=2}", "start value of x = 2"),
        (
            "[parameters]\nx = {kind='boolean', when={y=1}}",
            "parameters.x.when.y: 'y' is not a param",
        ),
        (
            "[parameters]\nx = {kind='boolean', when={}}",
            "parameters.x.when = {} is not a condition",
        ),
        ("[parameters]\nx = {kind='boolean', when={x=true}}", "round in a circle"),
        ("[parameters]\nx = {kind='boolean', when={less=['x']}}", "x.when.less.*must be two"),
        (
            "[parameters]\nx = {kind='boolean', when={less=['x', true]}}",
            "x.when.less: LessThan.right",
        ),
        ("[parameters]\nx = {kind='boolean', when={lses=['x']}}", "did you mean 'less'"),
        ("[parameters]\nx = {kind='boolean', when={any={}}}", "x.when.any.*list of conditions"),
        ("constraints=1\n[parameters]\nx={kind='boolean'}", "constraints must be a list"),
        (
            "constraints=[1]\n[parameters]\nx={kind='boolean'}",
            r"constraints\[0\] = 1 is not a cond",
        ),
        ("constraints=[{x=3}]\n[parameters]\nx={kind='boolean'}", "constraint 0"),
        ("[parameters\n", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_and_key(text, words, tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(text)
    with pytest.raises(SpaceError, match=words) as caught:
        read_space(path)
    assert str(path) in str(caught.value)


def test_files_that_are_none(tmp_path):
    for name, words in (("a.toml", "can't be read"), ("a.yaml", "must end in"), ("a", "must end")):
        with pytest.raises(SpaceError, match=words):
            read_space(tmp_path / name)
    path = tmp_path / "space.json"
    for text, words in (
        ("[1]", "a table of param"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ):
        path.write_text(text)
        with pytest.raises(SpaceError, match=words):
            read_space(path)
    path.write_bytes(b"\xff")
    with pytest.raises(SpaceError, match="is not JSON"):
        read_space(path)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (Space({"f": Categorical([print, len])}), "f has the choice .*can't hold"),
        (Space({"x": Float(0, 1)}, constraints=[free]), "is a function"),
    ],
)
def test_spaces_that_a_file_cant_hold(space, words, tmp_path):
    with pytest.raises(SpaceError, match=words):
        write_space(space, tmp_path / "space.toml")
    assert not (tmp_path / "space.toml").exists()
