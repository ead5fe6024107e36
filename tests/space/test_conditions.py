"""Conditional parameters and constraints: in spaces, studies, logs and whole searches."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune import Tuner, tune
from autotune.errors import SpaceError, StudyError
from autotune.interchange.search_results import cv_results
from autotune.log import MemoryLog, open_log
from autotune.replay import verify
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
from autotune.space.extension import obstacle
from autotune.strategy import Key, MoveQuery
from autotune.strategy.candidates import draw_steps, row_of
from autotune.study import Proposed, StudyStarted, reduce
from autotune.study.changes import describe_change
from autotune.testing import conditions, configurations, same, spaces

SVM = Space(
    {
        "kernel": Categorical(["linear", "rbf", "poly"]),
        "C": Float(1e-3, 1e3, log=True),
        "gamma": Float(1e-4, 1.0, log=True),
        "degree": Integer(2, 5),
        "tail": Sequence(of=Integer(1, 9), min_length=0, max_length=3),
    },
    conditions={
        "gamma": In("kernel", ["rbf", "poly"]),
        "degree": Equals("kernel", "poly"),
        "tail": LessThan("degree", 4),
    },
    constraints=[LessThan("gamma", "C")],
)


def objective(configuration):
    assert ("gamma" in configuration) == (configuration["kernel"] != "linear")
    assert ("degree" in configuration) == (configuration["kernel"] == "poly")
    assert ("tail" in configuration) == (configuration.get("degree", 9) < 4)
    assert configuration.get("gamma", 0.0) < configuration["C"]
    best = {"linear": 0.0, "rbf": 1.0, "poly": 0.5}[configuration["kernel"]]
    return best - (np.log10(configuration["C"]) - 1) ** 2 - configuration.get("gamma", 0.0)


def test_an_inactive_parameter_is_absent_and_its_coordinate_is_nan():
    assert SVM.start == {"kernel": "linear", "C": 1.0}
    columns = SVM.encode([SVM.start, {"kernel": "rbf", "C": 1.0, "gamma": 0.5}])
    assert np.isnan(columns["gamma"]).tolist() == [True, False]
    assert np.isnan(columns["tail"]).all()
    assert SVM.decode(columns)[1] == {"kernel": "rbf", "C": 1.0, "gamma": 0.5}


def test_a_value_for_an_inactive_parameter_is_dropped_when_checked_and_refused_in_a_log():
    given = {"kernel": "linear", "C": 1.0, "gamma": 0.5}
    assert SVM.check(given) == {"kernel": "linear", "C": 1.0}
    started = StudyStarted(0, "s", SVM, "maximize", "score", 1, {}, 0)
    with pytest.raises(StudyError, match="gamma has a value"):
        reduce([started, Proposed(1, 1, given, None, (), "start")])


@given(st.integers(0, 2**32), st.integers(1, 20))
def test_activity_of_columns_is_that_of_configurations(seed, n):
    columns = SVM.sample(np.random.default_rng(seed), n)
    active = SVM.active(columns)
    for i, configuration in enumerate(SVM.decode(columns)):
        assert {name for name in SVM if active[name][i]} == set(configuration)
        assert SVM.check_values(configuration) == configuration
    again = SVM.encode(SVM.decode(columns))
    for name in SVM:
        a, b = columns[name], again[name]
        assert np.array_equal(a[:, : b.shape[1]] if a.ndim == 2 else a, b, equal_nan=True)


def test_every_kind_of_condition_in_columns_and_in_configurations():
    parameters = {
        "a": Integer(0, 3),
        "b": Float(0.0, 3.0),
        "c": Categorical(["x", "y"]),
        "d": Boolean(),
        "e": Ordinal([1, 2, 4]),
        "f": Fixed(2.5),
        "g": Sequence(of=Integer(0, 2), min_length=0, max_length=2),
    }
    conditions = [
        Equals("a", 1),
        Equals("g", (1, 2)),
        Equals("g", ()),
        In("c", ["y"]),
        Equals("d", True),
        LessThan("a", "b"),
        LessThan("b", "f", or_equal=True),
        LessThan("a", "e", or_equal=True),
        LessThan("c", 1),
        And([Equals("d", False), LessThan(0, "a")]),
        Or([Equals("e", 4), Equals("a", 0)]),
        Not(Or([Equals("c", "x"), LessThan(2, "b")])),
        Not(Equals("d", True)),
        GreaterThan("b", "a"),
        GreaterThan("a", 2, or_equal=True),
        GreaterThan("c", 1),
        LessThan(Sum(("a", "b")), 2.5),
        GreaterThan(Sum(("a", 0.5, "e")), Sum(("b", "f")), or_equal=True),
        LessThan(Sum(("a", "c")), 1),
        Equals("d", True) & GreaterThan("b", 1) & In("e", [1, 4]),
        Equals("g", ()) | Equals("g", (1,)) | ~In("c", ["x"]),
    ]
    never = (LessThan("c", 1), GreaterThan("c", 1), LessThan(Sum(("a", "c")), 1))
    rng = np.random.default_rng(0)
    for condition in conditions:
        space = Space({**parameters, "z": Boolean()}, conditions={"z": condition})
        columns = space.sample(rng, 200)
        active = space.active(columns)["z"]
        held = [condition.holds(c) for c in space.decode(columns)]
        assert active.tolist() == held
        assert "number" not in repr(condition)
        assert Space.from_description(space.describe()) == space
        if condition not in never:
            assert 0 < sum(held) < 200


@given(st.data(), spaces(max_parameters=3))
def test_any_condition_in_columns_and_in_configurations(data, space):
    condition = data.draw(conditions(dict(space.parameters), space.start_values))
    rows = data.draw(st.lists(configurations(space), min_size=1, max_size=5))
    within = Space(
        [*space.parameters, ("hangs", Boolean())],
        start=space.start_values,
        conditions={"hangs": condition},
    )
    # The space holds the values in the form that the dimensions have them.
    condition = dict(within.conditions)["hangs"]
    columns = {**space.encode(rows), "hangs": np.zeros(len(rows))}
    assert within.active(columns)["hangs"].tolist() == [condition.holds(row) for row in rows]
    assert Space.from_description(json.loads(json.dumps(within.describe()))) == within


def test_operators_join_conditions():
    a, b, c = Equals("x", 1), Equals("y", 2), LessThan("z", 3)
    assert a & b & c == And([a, b, c])
    assert a | b | c == Or([a, b, c])
    assert a & (b | c) == And([a, Or([b, c])])
    assert (a | b) & c == And([Or([a, b]), c])
    assert ~(a & b) == Not(And([a, b]))
    with pytest.raises(SpaceError, match="True is not a condition"):
        a & True


def test_sums_round_the_same_in_columns_and_in_configurations():
    # Python's own sum keeps what rounding loses, numpy's does not.
    values = {"a": 1.0, "b": 1e100, "c": -1e100}
    parameters = {name: Ordinal([value, 7.0]) for name, value in values.items()}
    condition = LessThan(Sum(("a", "b", "c")), 1.0)
    space = Space({**parameters, "z": Boolean()}, conditions={"z": condition})
    columns = space.encode([{**values, "z": True}])
    assert space.active(columns)["z"].tolist() == [True]
    assert condition.holds(values)


@pytest.mark.parametrize("terms", [(), "ab", ("a", None), ("",), ("a", True), 3])
def test_a_sum_of_something_else_is_refused(terms):
    with pytest.raises(SpaceError, match=r"Sum\.terms = "):
        Sum(terms)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"q": Equals("x", 1.0)}, "not a parameter of the space"),
        ({"x": Equals("q", 1.0)}, "'q', which is not a parameter"),
        ({"x": Equals("c", "purple")}, "not one of its choices"),
        ({"x": Equals("c", "red"), "c": LessThan("x", 1)}, "circle"),
        ({"x": lambda c: True}, "not one of Equals"),
    ],
)
def test_a_bad_condition_is_refused(conditions, words):
    parameters = {"x": Float(0, 1), "c": Categorical(["red", "blue"])}
    with pytest.raises(SpaceError, match=words):
        Space(parameters, conditions=conditions)


def test_constraints_that_forbid_the_start_are_refused():
    with pytest.raises(SpaceError, match="forbid the start"):
        Space({"x": Float(0, 1)}, constraints=[LessThan("x", 0.1)])


def test_a_forbidden_configuration_is_refused_with_the_constraint():
    space = Space({"x": Float(0, 1)}, constraints=[LessThan("x", 0.6)])
    with pytest.raises(SpaceError, match="Less"):
        space.check({"x": 0.7})


@given(st.integers(0, 2**32))
def test_steps_are_legal_whatever_a_move_proposes(seed):
    study = reduce(
        [
            StudyStarted(0, "s", SVM, "maximize", "score", 1, {}, 0),
            Proposed(1, 1, SVM.start, None, (), "start"),
        ]
    )

    def anywhere(rng, row):
        new = dict(row)
        new["kernel"] = float(rng.integers(3))
        new["C"] = float(10 ** rng.uniform(-3, 3))
        return new, ("kernel", "C")

    draws = draw_steps(MoveQuery(study, Key(seed), 1, 20), anywhere)
    for configuration in SVM.decode(draws.coordinates):
        assert SVM.check(configuration) == configuration


@given(st.integers(0, 2**32))
def test_what_becomes_inactive_has_not_moved(seed):
    start = {"kernel": "poly"}
    study = reduce(
        [
            StudyStarted(0, "s", SVM, "maximize", "score", 1, {}, 0),
            Proposed(0, 1, SVM.with_start(start).start, None, (), "start"),
        ]
    )

    def everything(rng, row):
        return {**row, "kernel": float(rng.integers(3))}, tuple(SVM)

    draws = draw_steps(MoveQuery(study, Key(seed), 1, 10), everything)
    for configuration, moved in zip(SVM.decode(draws.coordinates), draws.moved, strict=True):
        assert moved == tuple(name for name in SVM if name in configuration)


def test_a_constraint_that_allows_nothing_else_leaves_candidates_where_they_are():
    space = Space({"x": Float(0, 1)}, constraints=[Equals("x", 0.5)])
    study = reduce(
        [
            StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0),
            Proposed(1, 1, space.start, None, (), "start"),
        ]
    )
    draws = draw_steps(MoveQuery(study, Key(0), 1, 3), lambda rng, row: ({"x": 0.7}, ("x",)))
    assert draws.coordinates["x"].tolist() == [0.5] * 3
    assert draws.moved == ((), (), ())
    assert same(row_of(study, 1), {"x": 0.5})


def test_a_search_over_a_conditional_space_is_recorded_resumed_and_verified(tmp_path):
    path = tmp_path / "log"
    tune(objective, SVM, n_trials=25, seed=1, log=path)
    result = tune(objective, SVM, n_trials=60, log=path)
    assert result.best["kernel"] != "poly"
    report = verify(open_log(path))
    assert report.passed
    events = list(open_log(path).events())
    study = reduce(events)
    # As columns, as events, and in memory: the same study.
    memory = MemoryLog()
    memory.append(events)
    assert same(study.coordinates, reduce(memory.events()).coordinates)
    kernels = {study.configuration(t)["kernel"] for t in range(1, study.n_trials + 1)}
    assert len(kernels) > 1
    results = cv_results(study)
    assert np.ma.isMaskedArray(results["param_gamma"])
    words = [describe_change(study, t) for t in range(2, study.n_trials + 1)]
    assert any("inactive" in text for text in words)


def small(configuration):
    return configuration["x"] + configuration["y"] < 1.5


def test_a_function_as_constraint_is_known_by_name_and_found_again(tmp_path):
    space = Space({"x": Float(0, 1), "y": Float(0, 1)}, constraints=[small])
    tune(lambda c: c["x"] + c["y"], space, n_trials=10, log=tmp_path / "log")
    result = tune(lambda c: c["x"] + c["y"], space, n_trials=30, log=tmp_path / "log")
    assert result.best_score < 1.5
    logged = open_log(tmp_path / "log").space
    (unknown,) = logged.constraints
    assert isinstance(unknown, UnknownPredicate)
    assert unknown.label.endswith("small")
    with pytest.raises(SpaceError, match="pass space="):
        logged.check({"x": 0.1, "y": 0.1})


def test_a_later_run_may_add_parameters_choices_and_room(tmp_path):
    def score(configuration):
        return -abs(configuration["x"] - 3.0) + configuration.get("bonus", 0.0)

    narrow = Space({"x": Float(0, 2), "c": Categorical(["a"])}, start={"x": 1.0})
    wide = Space(
        {"x": Float(0, 4), "c": Categorical(["b", "a"]), "bonus": Float(0, 1)},
        start={"x": 1.0, "c": "a", "bonus": 0.0},
    )
    log = tmp_path / "log"
    tune(score, narrow, n_trials=15, log=log)
    result = tune(score, wide, n_trials=60, log=log)
    assert result.best["x"] > 2
    assert result.best["bonus"] > 0
    study = reduce(open_log(log).events())
    assert study.configuration(1) == {"x": 1.0, "c": "a", "bonus": 0.0}
    assert verify(open_log(log)).passed
    with pytest.raises(SpaceError, match="x is"):
        tune(score, narrow, n_trials=70, log=log)


@pytest.mark.parametrize(
    ("wider", "holds"),
    [
        (Float(0, 2), True),
        (Float(0.5, 2), False),
        (Float(0), True),
        (Integer(0, 2), False),
    ],
)
def test_a_space_holds_another_if_each_dimension_does(wider, holds):
    start = {"x": 0.75} if isinstance(wider, Float) else {"x": 1}
    narrow = Space({"x": Float(0, 1)}, start={"x": 0.75})
    assert (obstacle(Space({"x": wider}, start=start), narrow) is None) == holds


def test_a_study_resumed_on_a_copy_of_its_log_asks_the_same():
    log, copy = MemoryLog(), MemoryLog()
    tuner = Tuner(SVM, log=log, seed=3)
    for _ in range(5):
        trial = tuner.ask()
        tuner.tell(trial.trial, objective(trial.configuration))
    copy.append(list(log.events()))
    again = Tuner(SVM, log=copy, seed=3)
    assert again.ask().configuration == tuner.ask().configuration
