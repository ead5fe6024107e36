"""Starts: where a study begins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import qmc

from autotune.errors import ComponentError
from autotune.space import (
    Boolean,
    Categorical,
    Equals,
    Fixed,
    Float,
    Integer,
    LessThan,
    Sequence,
    Space,
)
from autotune.space.unit_cube import cube_size, from_unit_cube
from autotune.strategy import Key, StartQuery, describe, rebuild
from autotune.strategy.candidates import columns_of
from autotune.strategy.strategy import trial_key
from autotune.study import (
    Accepted,
    Evaluated,
    Failure,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    reduce,
)
from autotune.testing import component_checks, same, spaces
from autotune_strategies.starts.combinations import InTurn, UntilKnown
from autotune_strategies.starts.designs import LatinHypercube, RandomStarts, Sobol
from autotune_strategies.starts.points import BestOfPrior, GivenPoints, StartValues
from autotune_strategies.termination.rule import Never

SQUARE = Space({"x": Float(0, 1), "y": Float(0, 1)})
STARTS = [
    StartValues(),
    GivenPoints([{}, {}]),
    RandomStarts(3),
    LatinHypercube(4),
    Sobol(5),
    BestOfPrior(2),
    InTurn([StartValues(), BestOfPrior(1), GivenPoints([{}]), Sobol(3), LatinHypercube(2)]),
    UntilKnown(InTurn([StartValues(), Sobol(3)]), 3),
]
CLASSES = {type(start).__name__: type(start) for start in STARTS}


@component_checks(STARTS)
def test_contract(component, check):
    check(component)


def begin(space, *, seed=3, direction="maximize"):
    return [StudyStarted(0, "s", space, direction, "score", 1, {}, seed)]


def ask(start, log):
    study = reduce(log)
    state = start.init()
    key = trial_key(study, study.n_trials + 1).child("start")
    found = start.read(state, StartQuery(study, key))
    return None if found is None else study.known_space.decode(found)[0]


def tried(log, configuration, score=0.0, origin="start"):
    trial = reduce(log).n_trials + 1
    if score is None:
        evaluated = Evaluated(
            0, trial, Measurement((), (), (), (), failure=Failure("ValueError", "no"))
        )
        verdict = Rejected(0, trial, None, None, "failed")
    else:
        evaluated = Evaluated(0, trial, Measurement((0,), (score,), (1.0,), (0.0,)))
        verdict = Accepted(0, trial, None, None)
    return [*log, Proposed(0, trial, configuration, None, (), origin), evaluated, verdict]


def all_points(start, space, *, seed=3, scores=(), most=200):
    log, points = begin(space, seed=seed), []
    while (point := ask(start, log)) is not None:
        score = scores[len(points)] if len(points) < len(scores) else 0.0
        log = tried(log, point, score)
        points.append(point)
        assert len(points) <= most
    return points


@pytest.mark.parametrize("start", STARTS, ids=repr)
def test_description_round_trips(start):
    again = rebuild(describe(start), CLASSES)
    assert again == start
    assert hash(again) == hash(start)


@given(spaces(conditional=True), st.sampled_from(STARTS), st.integers(0, 2**32))
def test_every_point_is_legal(space, start, seed):
    for point in all_points(start, space, seed=seed):
        assert same(space.check(point), point)


@given(st.sampled_from(STARTS), st.lists(st.none() | st.floats(-1, 1), min_size=12, max_size=12))
def test_points_do_not_depend_on_results(start, scores):
    assert all_points(start, SQUARE, scores=scores) == all_points(start, SQUARE)


@pytest.mark.parametrize("start", [RandomStarts(4), LatinHypercube(4), Sobol(4)], ids=repr)
def test_another_seed_gives_other_points(start):
    assert all_points(start, SQUARE) != all_points(start, SQUARE, seed=4)
    assert len({tuple(p.values()) for p in all_points(start, SQUARE)}) == 4


@pytest.mark.parametrize("start", [RandomStarts(4), LatinHypercube(4), Sobol(4)], ids=repr)
def test_other_trials_between_do_not_count(start):
    points = all_points(start, SQUARE)
    log = tried(begin(SQUARE), {"x": 0.1, "y": 0.1}, origin="given")
    log = tried(log, ask(start, log))
    log = tried(log, {"x": 0.2, "y": 0.1}, origin="explore")
    assert ask(start, log) == points[1]


@given(st.integers(1, 40), st.integers(0, 2**32))
def test_latin_hypercube_has_one_point_in_each_stratum(n, seed):
    space = Space({"x": Float(-1, 3), "y": Float(1e-3, 10, log=True), "z": Float(0, 1)})
    points = all_points(LatinHypercube(n), space, seed=seed)
    columns = space.encode(points)
    for name, distribution in [
        ("x", stats.uniform(-1, 4)),
        ("y", stats.loguniform(1e-3, 10)),
        ("z", stats.uniform(0, 1)),
    ]:
        strata = np.floor(distribution.cdf(columns[name]) * n)
        assert sorted(strata) == list(range(n))


def test_latin_hypercube_gives_each_choice_its_share():
    space = Space({"k": Categorical(list("abcd")), "b": Boolean(), "i": Integer(1, 2)})
    points = all_points(LatinHypercube(16), space)
    assert sorted(p["k"] for p in points) == sorted("abcd" * 4)
    assert sum(p["b"] for p in points) == sum(p["i"] == 1 for p in points) == 8


def test_sobol_is_scipys():
    key = Key(3).child("start-design")
    u = qmc.Sobol(2, scramble=True, seed=key.generator()).random_base2(4)
    points = all_points(Sobol(16), SQUARE)
    np.testing.assert_array_equal([list(p.values()) for p in points], u)


@given(st.integers(1, 20), st.integers(1, 20))
def test_fewer_sobol_points_are_the_beginning_of_more(few, more):
    n = min(few, more)
    a, b = all_points(Sobol(few), SQUARE), all_points(Sobol(more), SQUARE)
    assert a[:n] == b[:n]


def test_random_starts_are_even_on_the_natural_scale():
    space = Space({"x": Float(1e-3, 10, log=True)})
    u = stats.loguniform(1e-3, 10).cdf([p["x"] for p in all_points(RandomStarts(150), space)])
    assert stats.kstest(u, "uniform").pvalue > 0.01


@pytest.mark.parametrize("start", [RandomStarts(6), LatinHypercube(6), Sobol(6)], ids=repr)
def test_forbidden_points_are_replaced(start):
    space = Space(
        dict(SQUARE.parameters), start={"x": 0.1, "y": 0.9}, constraints=[LessThan("x", "y")]
    )
    points = all_points(start, space)
    assert len(points) == 6
    assert all(p["x"] < p["y"] for p in points)
    free = all_points(start, Space(dict(SQUARE.parameters), start={"x": 0.1, "y": 0.9}))
    kept = [p for p in free if p["x"] < p["y"]]
    assert points[: len(kept)] == kept


@pytest.mark.parametrize("start", [RandomStarts(4), LatinHypercube(4), Sobol(4)], ids=repr)
def test_a_design_without_an_allowed_point_begins_at_the_start_values(start):
    space = Space(
        {"x": Float(0, 1)}, start={"x": 0.0}, constraints=[LessThan("x", 0, or_equal=True)]
    )
    assert all_points(start, space) == [{"x": 0.0}]


@pytest.mark.parametrize("start", [RandomStarts(4), LatinHypercube(4), Sobol(4)], ids=repr)
def test_with_nothing_to_search_there_is_one_point(start):
    assert all_points(start, Space({"x": Fixed(2)})) == [{"x": 2}]


def test_given_points():
    space = Space(
        {"kernel": Categorical(["linear", "rbf"]), "gamma": Float(0, 1), "s": Sequence(Integer(1))},
        start={"s": (3,)},
        conditions={"gamma": Equals("kernel", "rbf")},
    )
    start = GivenPoints([{"kernel": "rbf", "gamma": 0.25}, {"gamma": 0.5}, {"s": [1, 2]}])
    assert all_points(start, space) == [
        {"kernel": "rbf", "gamma": 0.25, "s": (3,)},
        {"kernel": "linear", "s": (3,)},
        {"kernel": "linear", "s": (1, 2)},
    ]
    assert rebuild(describe(start), CLASSES) == start


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ({"z": 1.0}, r"points\[1\].*'z'.*not parameters.*x, y"),
        ({"x": 2.0}, r"points\[1\].*does not fit.*x = 2.0 lies outside"),
        ({"x": 0.9}, r"points\[1\].*does not fit.*constraint"),
    ],
)
@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: InTurn([StartValues(), s])])
def test_given_points_that_do_not_fit_are_told_at_the_first_ask(point, message, wrap):
    space = Space(dict(SQUARE.parameters), start={"x": 0.1}, constraints=[LessThan("x", "y")])
    with pytest.raises(ComponentError, match=message):
        ask(wrap(GivenPoints([{}, point])), begin(space))


@pytest.mark.parametrize("points", [[], {"x": 1.0}, [1.0], [{1: 2}]])
def test_points_that_are_none_are_refused(points):
    with pytest.raises(ComponentError, match=r"GivenPoints\.points"):
        GivenPoints(points)


def test_changing_the_dict_given_does_not_change_the_start():
    point = {"x": 0.5}
    start = GivenPoints([point])
    point["x"] = 0.7
    assert start == GivenPoints([{"x": 0.5}])


def priors(scores, *, direction="maximize"):
    log = begin(SQUARE, direction=direction)
    for i, score in enumerate(scores):
        log = tried(log, {"x": i / 10, "y": 0.5}, score, origin="prior")
    return log


@given(st.lists(st.none() | st.floats(-5, 5), max_size=6), st.integers(1, 4), st.booleans())
def test_best_of_prior_are_the_best(scores, n, maximize):
    direction = "maximize" if maximize else "minimize"
    log = priors(scores, direction=direction)
    start, found = BestOfPrior(n), []
    while (point := ask(start, log)) is not None:
        found.append(point)
        log = tried(log, point, None)
    known = [i for i, score in enumerate(scores) if score is not None]
    best = sorted(known, key=lambda i: -scores[i] if maximize else scores[i])[:n]
    if scores == []:
        assert found == [SQUARE.start]
    else:
        assert [p["x"] for p in found] == [i / 10 for i in best]


def test_best_of_prior_takes_a_configuration_once():
    log = priors([1.0, 2.0])
    log = tried(log, {"x": 0.1, "y": 0.5}, 1.5, origin="prior")
    start = BestOfPrior(2)
    assert ask(start, log) == {"x": 0.1, "y": 0.5}
    assert ask(start, tried(log, {"x": 0.1, "y": 0.5})) == {"x": 0.0, "y": 0.5}


def test_start_values_are_not_tried_after_earlier_results():
    assert ask(StartValues(), priors([1.0])) is None
    assert all_points(StartValues(), SQUARE) == [SQUARE.start]


def test_in_turn_is_one_after_the_other():
    parts = [StartValues(), GivenPoints([{"x": 0.9}]), Sobol(3), RandomStarts(2), RandomStarts(2)]
    points = all_points(InTurn(parts), SQUARE)
    assert points[:2] == [SQUARE.start, {"x": 0.9, "y": 0.5}]
    assert len(points) == 9
    # The same design twice draws twice.
    assert len({tuple(p.values()) for p in points}) == 9
    seen = all_points(InTurn(parts[:3]), SQUARE)
    assert points[: len(seen)] == seen


def test_in_turn_after_earlier_results_leaves_out_the_start_values():
    log = priors([1.0, 2.0])
    start = InTurn([StartValues(), BestOfPrior(1), GivenPoints([{"x": 0.9}])])
    assert ask(start, log) == {"x": 0.1, "y": 0.5}
    log = tried(log, ask(start, log))
    assert ask(start, log) == {"x": 0.9, "y": 0.5}
    assert ask(start, tried(log, {"x": 0.9, "y": 0.5})) is None


@pytest.mark.parametrize("origin", ["prior", "given", "explore"])
def test_until_known_counts_trials_of_whatever_origin(origin):
    design = LatinHypercube(3)
    log = tried(begin(SQUARE), {"x": 0.1, "y": 0.1}, None, origin=origin)
    points = all_points(design, SQUARE)
    start = UntilKnown(design, 3)
    for point in points[:2]:
        assert ask(start, log) == point
        log = tried(log, point)
    assert ask(start, log) is None
    assert ask(design, log) == points[2]


@pytest.mark.parametrize("of", [Never(), 3, StartValues])
def test_until_known_of_what_is_no_start_is_refused(of):
    with pytest.raises(ComponentError, match=r"UntilKnown\.of"):
        UntilKnown(of, 3)


@pytest.mark.parametrize("starts", [[], [Never()], [3]])
def test_in_turn_of_what_is_no_start_is_refused(starts):
    with pytest.raises(ComponentError, match=r"InTurn\.starts"):
        InTurn(starts)


@pytest.mark.parametrize("kind", [RandomStarts, LatinHypercube, Sobol, BestOfPrior])
@pytest.mark.parametrize("n", [0, -1, 2.0, True])
def test_n_must_be_a_count(kind, n):
    with pytest.raises(ComponentError, match=rf"{kind.__name__}\.n"):
        kind(n)


def test_sequences_and_conditions_are_searched():
    space = Space(
        {"a": Boolean(), "s": Sequence(Float(0, 1), 1, 3)},
        conditions={"s": Equals("a", True)},
    )
    points = all_points(LatinHypercube(12), space)
    assert sum("s" in p for p in points) == 6
    assert {len(p["s"]) for p in points if "s" in p} <= {1, 2, 3}
    assert cube_size(space) == 5
    columns = from_unit_cube(space, np.full((1, 5), 0.9))
    assert same(columns_of(space, [{"a": 1.0, "s": np.full(3, 0.9)}]), columns)
    assert math.isnan(from_unit_cube(space, np.full((1, 5), 0.1))["s"][0, 0])
