"""Moves made of earlier trials, neighbours, and the incumbent once more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.errors import ComponentError
from autotune.space import (
    Boolean,
    Categorical,
    Equals,
    Fixed,
    Float,
    In,
    Integer,
    LessThan,
    Ordinal,
    Sequence,
    Space,
)
from autotune.strategy import Key, MoveQuery, describe, rebuild
from autotune.study import (
    Accepted,
    Evaluated,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    reduce,
)
from autotune_strategies.moves.combinations import Reevaluate
from autotune_strategies.moves.directions import LineMove, Momentum
from autotune_strategies.moves.neighbours import Neighbours
from autotune_strategies.moves.perturbation import LocalPerturbation
from autotune_strategies.moves.recombination import (
    Crossover,
    DifferentialEvolution,
    good_trials,
    shifted,
)
from autotune_strategies.schedules.combinations import Constant

MOVES = [Momentum(), LineMove(), DifferentialEvolution(), Crossover(), Neighbours(), Reevaluate()]
FROM_GOOD = [LineMove(), DifferentialEvolution(), Crossover()]
CLASSES = {kind.__name__: kind for kind in (*map(type, MOVES), LocalPerturbation, Constant)}

EVERYTHING = Space(
    {
        "flat": Float(0, 1),
        "log": Float(1e-3, 10, log=True),
        "free": Float(),
        "k": Integer(1, 100),
        "order": Ordinal(["a", "b", "c", "d"]),
        "choice": Categorical(["x", "y", "z"]),
        "flag": Boolean(),
        "layers": Sequence(Integer(1, 50), 1, 3),
        "fixed": Fixed("f"),
    },
    start={"free": 1.0},
)


def study_of(space, steps, direction="maximize"):
    """A study of (configuration, parent, score); what beats the best so far is accepted."""
    events = [StudyStarted(0, "s", space, direction, "score", 1, {}, 0)]
    sign = 1 if direction == "maximize" else -1
    best = -np.inf
    for trial, (configuration, parent, score) in enumerate(steps, 1):
        events.append(Proposed(0, trial, {**configuration}, parent, (), "explore"))
        events.append(Evaluated(0, trial, Measurement((0,), (score,), (1.0,), (0.0,))))
        if np.isfinite(score) and sign * score > best:
            best = sign * score
            events.append(Accepted(0, trial, None, None))
        else:
            events.append(Rejected(0, trial, None, None, "no gain"))
    return reduce(events)


def draws_of(move, study, count=40, key=0, parent=None):
    query = MoveQuery(study, Key(key), parent or study.incumbent, count)
    return move.read(move.init(), query)


def configurations(move, study, **asked):
    return study.known_space.decode(draws_of(move, study, **asked).coordinates)


VALUES = {
    "flat": st.floats(0, 1),
    "log": st.floats(1e-3, 10),
    "free": st.floats(0.01, 100),
    "k": st.integers(1, 100),
    "order": st.sampled_from("abcd"),
    "choice": st.sampled_from("xyz"),
    "flag": st.booleans(),
    "layers": st.lists(st.integers(1, 50), min_size=1, max_size=3).map(tuple),
    "fixed": st.just("f"),
}
CONFIGURATIONS = st.fixed_dictionaries(VALUES)


@st.composite
def studies(draw, least=3):
    rows = draw(st.lists(CONFIGURATIONS, min_size=least, max_size=8))
    scores = draw(
        st.lists(
            st.sampled_from([0.0, 1.0, -1.0, 2.0, np.nan]),
            min_size=len(rows) - 1,
            max_size=len(rows) - 1,
        )
    )
    # The first has a score, so that there is an incumbent.
    parents = [None] + [1] * (len(rows) - 1)
    return study_of(EVERYTHING, list(zip(rows, parents, [0.5, *scores], strict=True)))


def distinct_good(study):
    return [study.configuration(int(row) + 1) for row in good_trials(study, 100)]


def test_good_trials_are_the_best_first_each_configuration_once():
    space = Space({"k": Integer(0, 9)})
    scores = [(1, 0.5), (2, 0.9), (3, np.nan), (2, 0.1), (4, 0.9), (5, -np.inf), (6, 0.2)]
    study = study_of(space, [({"k": k}, None, score) for k, score in scores])
    assert good_trials(study, 10).tolist() == [1, 4, 0, 6]
    assert good_trials(study, 2).tolist() == [1, 4]
    # Trial 4 is another run of the configuration of trial 2.
    assert good_trials(study, 10, besides=4).tolist() == [4, 0, 6]
    least = study_of(space, [({"k": k}, None, score) for k, score in scores], "minimize")
    assert good_trials(least, 10).tolist() == [3, 6, 0, 4]


@pytest.mark.parametrize(
    ("dimension", "x", "a", "b", "times", "there"),
    [
        (Float(0, 10), 5.0, 1.0, 2.0, 2.0, 7.0),
        (Float(0, 10), 9.0, 1.0, 3.0, 1.0, 9.0),  # 11 is reflected
        (Float(1e-2, 1e2, log=True), 1.0, 0.1, 1.0, 0.5, 10**0.5),
        (Float(), 3.0, 1.0, 2.0, 2.0, 12.0),
        (Float(), -3.0, 1.0, 2.0, 1.0, -6.0),
        (Float(), 4.0, -1.0, 2.0, 1.0, 7.0),  # no factor leads from -1 to 2
        (Float(), 0.0, 1.0, 2.0, 1.0, 1.0),
        (Integer(0, 10), 5.0, 1.0, 4.0, 0.5, 6.0),  # 6.5, to the even one
        (Integer(low=1), 3.0, 4.0, 2.0, 5.0, 1.0),
        (Ordinal(["a", "b", "c", "d"]), 2.0, 0.0, 2.0, 1.0, 2.0),  # 4 is reflected
        (Categorical(["a", "b"]), 0.0, 0.0, 1.0, 1.0, 0.0),
        (Float(0, 10), 5.0, np.nan, 2.0, 2.0, 5.0),
        (Float(0.1, 10), 0.3, 0.7, 0.7, 2.0, 0.3),
    ],
)
def test_shifted_goes_by_differences_on_the_natural_scale(dimension, x, a, b, times, there):
    arguments = [np.array([value]) for value in (x, a, b, times)]
    assert shifted(dimension, *arguments) == pytest.approx([there])


# Momentum


def test_momentum_goes_on_by_the_same_difference():
    space = Space(
        {
            "flat": Float(0, 100),
            "log": Float(1e-6, 1e6, log=True),
            "free": Float(),
            "flag": Boolean(),
        },
        start={"free": 1.0},
    )
    before = {"flat": 10, "log": 1.0, "free": -2.0, "flag": False}
    after = {"flat": 15, "log": 10.0, "free": -3.0, "flag": True}
    study = study_of(space, [(before, None, 0.0), (after, 1, 1.0), (before, 2, 0.5)])
    once = Momentum(share=1, shortest=1.0, longest=1.0)
    for found in configurations(once, study):
        assert found == {
            "flat": pytest.approx(20),
            "log": pytest.approx(100),
            "free": pytest.approx(-4.5),
            "flag": True,
        }
    draws = draws_of(Momentum(share=1), study)
    assert set(draws.moved) == {("flat", "log", "free")}
    factor = (draws.coordinates["flat"] - 15) / 5
    assert np.all((factor >= 0.5 - 1e-9) & (factor <= 2 + 1e-9))
    assert factor.std() > 0.2
    assert np.log10(draws.coordinates["log"]) - 1 == pytest.approx(factor)
    assert np.log(draws.coordinates["free"] / -3) / np.log(1.5) == pytest.approx(factor)


def test_momentum_takes_sequences_of_the_same_length_along():
    space = Space({"layers": Sequence(Integer(1, 100), 1, 3)})
    once = Momentum(share=1, shortest=1.0, longest=1.0)
    steps = [({"layers": (10, 5)}, None, 0.0), ({"layers": (12, 4)}, 1, 1.0)]
    found = configurations(once, study_of(space, steps), count=1)
    assert found == [{"layers": (14, 3)}]
    # Two trials later the length is another one: the success can't be repeated from there.
    steps += [({"layers": (12, 4, 1)}, 2, 2.0)]
    study = study_of(space, steps)
    assert same_draws(once, LocalPerturbation(), study)


def test_momentum_repeats_the_last_success_not_a_loss_nor_a_chance():
    space = Space({"k": Integer(0, 100)})
    once = Momentum(share=1, shortest=1.0, longest=1.0)
    steps = [({"k": 10}, None, 0.0), ({"k": 14}, 1, 1.0), ({"k": 15}, 2, 2.0), ({"k": 40}, 3, 1.5)]
    assert configurations(once, study_of(space, steps), count=1) == [{"k": 16}]
    # The incumbent again, accepted, is not a move that could be repeated: the one before it is.
    again = [*steps, ({"k": 15}, 3, 2.1)]
    assert configurations(once, study_of(space, again), count=1) == [{"k": 16}]
    # What steps from a trial without a score has not won anything.
    lucky = [({"k": 10}, None, np.nan), ({"k": 14}, 1, 1.0)]
    assert same_draws(once, LocalPerturbation(), study_of(space, lucky))
    # A start has not stepped from anywhere.
    starts = [({"k": 10}, None, 0.0), ({"k": 14}, None, 1.0)]
    assert same_draws(once, LocalPerturbation(), study_of(space, starts))


def test_momentum_mixes_the_other_move_in():
    space = Space({"k": Integer(0, 1000), "l": Integer(0, 1000)})
    study = study_of(space, [({"k": 10, "l": 500}, None, 0.0), ({"k": 11, "l": 500}, 1, 1.0)])
    move = Momentum(Neighbours(Constant(0.1)), 0.3, 1.0, 1.0)
    found = [(c["k"], c["l"]) for c in configurations(move, study, count=1000)]
    share = found.count((12, 500)) / 1000
    assert abs(share - 0.3) < 0.06
    assert set(found) == {(12, 500), (111, 500), (0, 500), (11, 600), (11, 400)}
    draws = draws_of(move, study, count=1000)
    changed = [
        tuple(n for n, v in (("k", 11), ("l", 500)) if c[n] != v)
        for c in space.decode(draws.coordinates)
    ]
    assert list(draws.moved) == changed


# Lines


POSITIVE = st.floats(0.01, 100)
LOOSE = Space(
    {"x": Float(), "y": Float(), "choice": Categorical(["a", "b", "c"])}, start={"x": 1.0, "y": 1.0}
)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(POSITIVE, POSITIVE, st.sampled_from("abc")), min_size=2, max_size=6, unique=True
    ),
    st.integers(0, 3),
)
def test_line_candidates_lie_on_a_line(points, key):
    rows = [{"x": x, "y": y, "choice": c} for x, y, c in points]
    study = study_of(LOOSE, [(row, None, -float(i)) for i, row in enumerate(rows)])
    at, good = rows[0], rows[1:]
    for found in configurations(LineMove(back=1.0, beyond=2.0), study, key=key, count=5):
        assert any(on_line(at, other, found) for other in good)


def on_line(at, other, found):
    """Tell whether the logarithms lie on the line through two others, as far as allowed."""
    a, b, c = (np.log([row["x"], row["y"]]) for row in (at, other, found))
    along = (a - b) @ (a - b)
    t = (c - a) @ (a - b) / along if along > 0 else 0.0
    nearer = other if t < -0.5 else at
    straight = np.allclose(c, a + t * (a - b), atol=1e-6)
    of_nearer = found["choice"] == nearer["choice"] or min(along, abs(t + 0.5)) < 1e-6
    return straight and -1 - 1e-6 <= t <= 2 + 1e-6 and of_nearer


def test_lines_are_drawn_evenly_over_their_length():
    space = Space({"k": Float(0, 100), "layers": Sequence(Float(0, 100), 2, 2)})
    study = study_of(
        space, [({"k": 40, "layers": (50, 30)}, None, 0.0), ({"k": 42, "layers": (50, 40)}, 1, 1.0)]
    )
    draws = draws_of(LineMove(back=0.5, beyond=1.5), study, count=2000)
    t = (draws.coordinates["k"] - 42) / 2
    assert draws.coordinates["layers"][:, 1] == pytest.approx(40 + 10 * t)
    assert set(draws.coordinates["layers"][:, 0]) == {50.0}
    counts, _ = np.histogram(t, bins=4, range=(-0.5, 1.5))
    assert counts.sum() == 2000
    assert np.all(np.abs(counts - 500) < 100)


# Differential evolution


@settings(max_examples=60)
@given(studies(), st.integers(0, 3))
def test_differential_evolution_without_difference_gives_values_of_the_best(study, key):
    good = distinct_good(study)
    move = DifferentialEvolution(factor=0)
    if len(good) < 3:
        assert same_draws(move, LocalPerturbation(), study)
        return
    at = study.configuration(study.incumbent)
    for found in configurations(move, study, key=key):
        assert all(found[name] in (good[0][name], at[name]) for name in found)
    # Wherever it steps from.
    assert configurations(DifferentialEvolution(0, 1), study, count=1, parent=1) == [good[0]]


def test_differential_evolution_adds_differences_of_others_to_the_best():
    space = Space(
        {"x": Float(0, 100), "y": Float(), "choice": Categorical(["b", "i", "j"])}, start={"y": 1.0}
    )
    rows = [
        {"x": 50, "y": 1.0, "choice": "b"},
        {"x": 10, "y": 2.0, "choice": "i"},
        {"x": 14, "y": 8.0, "choice": "j"},
        {"x": 90, "y": 30.0, "choice": "j"},
    ]
    study = study_of(space, [(row, None, -float(i)) for i, row in enumerate(rows)])
    # The fourth is not among the best three.
    found = configurations(DifferentialEvolution(0.5, 1.0, 3), study)
    assert {(c["x"], round(c["y"], 9)) for c in found} == {(52.0, 2.0), (48.0, 0.5)}
    assert {(c["x"], c["choice"]) for c in found} == {
        (52.0, "b"),
        (52.0, "j"),
        (48.0, "b"),
        (48.0, "i"),
    }
    # With crossover 0 one parameter changes.
    draws = draws_of(DifferentialEvolution(1.0, 0.0, 3), study)
    assert set(draws.moved) == {("x",), ("y",), ("choice",)}
    half = draws_of(DifferentialEvolution(1.0, 0.5, 3), study, count=2000)
    # One of three for certain, the others by half.
    assert abs(np.mean([len(names) for names in half.moved]) - 2) < 0.1


# Crossover


@settings(max_examples=60)
@given(studies(least=1), st.integers(0, 3))
def test_all_values_of_a_crossover_stem_from_its_two_parents(study, key):
    at = study.configuration(study.incumbent)
    mates = [row for row in distinct_good(study) if row != at][:3]
    draws = draws_of(Crossover(top=3), study, key=key)
    if not mates:
        assert same_draws(Crossover(top=3), LocalPerturbation(), study)
        return
    for found, moved in zip(study.known_space.decode(draws.coordinates), draws.moved, strict=True):
        assert any(all(found[n] in (at[n], mate[n]) for n in found) for mate in mates)
        assert found != at
        assert moved == tuple(name for name in found if found[name] != at[name])
    whole = configurations(Crossover(top=3, chance=1), study, key=key)
    assert all(found in mates for found in whole)
    one = draws_of(Crossover(top=3, chance=0), study, key=key)
    assert all(len(names) == 1 for names in one.moved)


def test_crossover_takes_each_parameter_by_its_chance():
    names = "abcdefgh"
    space = Space({name: Float(0, 1) for name in names})
    study = study_of(space, [(dict.fromkeys(names, v), None, v) for v in (0.25, 0.75)])
    draws = draws_of(Crossover(chance=0.2), study, count=2000)
    # One for certain, each of the seven others by 0.2.
    assert abs(np.mean([len(moved) for moved in draws.moved]) - 2.4) < 0.1


# Neighbours


def test_neighbours_of_a_small_grid_come_once_each():
    space = Space(
        {
            "k": Integer(0, 4),
            "order": Ordinal("abc"[i] for i in range(3)),
            "choice": Categorical(["x", "y", "z"]),
            "flag": Boolean(),
        }
    )
    study = study_of(space, [({"k": 0, "order": "b", "choice": "y", "flag": True}, None, 0.0)])
    all_of_them = {
        (1, "b", "y", True),
        (0, "a", "y", True),
        (0, "c", "y", True),
        (0, "b", "x", True),
        (0, "b", "z", True),
        (0, "b", "y", False),
    }
    firsts = set()
    for key in range(20):
        found = [tuple(c.values()) for c in configurations(Neighbours(), study, count=6, key=key)]
        assert set(found) == all_of_them
        firsts.add(found[0])
        # Asked for more, they come again.
        more = [tuple(c.values()) for c in configurations(Neighbours(), study, count=13, key=key)]
        assert more == [*found, *found, found[0]]
    assert firsts == all_of_them


def test_neighbours_of_numbers_are_one_length_away():
    space = Space(
        {
            "flat": Float(0, 10),
            "log": Float(1e-2, 1e2, log=True),
            "free": Float(),
            "edge": Float(0, 1),
            "wide": Integer(0, 100),
            "least": Integer(low=1),
            "floor": Float(low=0.9),
        },
        start={"free": -1.0, "least": 1, "floor": 1.0},
    )
    at = {"flat": 5.0, "log": 1.0, "free": -2.0, "edge": 0.95, "wide": 50, "least": 1, "floor": 1.0}
    study = study_of(space, [(at, None, 0.0)])
    found = configurations(Neighbours(Constant(0.1)), study, count=13)
    changed = sorted((n, round(c[n], 6)) for c in found for n in at if c[n] != at[n])
    f = 100**0.1
    assert changed == [
        ("edge", 0.85),
        ("edge", 1.0),
        ("flat", 4.0),
        ("flat", 6.0),
        ("floor", 0.9),
        ("floor", round(f, 6)),
        ("free", round(-2 * f, 6)),
        ("free", round(-2 / f, 6)),
        ("least", 2),
        ("log", round(10**-0.4, 6)),
        ("log", round(10**0.4, 6)),
        ("wide", 40),
        ("wide", 60),
    ]


def test_neighbours_of_a_sequence_change_an_element_or_the_length():
    space = Space({"layers": Sequence(Integer(1, 5), 1, 3)})
    study = study_of(space, [({"layers": (2, 2)}, None, 0.0)])
    found = [c["layers"] for c in configurations(Neighbours(), study, count=6)]
    assert sorted(found) == [(1, 2), (2,), (2, 1), (2, 2, 2), (2, 3), (3, 2)]


def test_neighbours_keep_conditions_and_constraints():
    space = Space(
        {
            "kernel": Categorical(["linear", "rbf"]),
            "gamma": Ordinal([1, 2, 3]),
            "low": Integer(0, 3),
            "high": Integer(0, 3),
        },
        start={"low": 1, "high": 2},
        conditions={"gamma": Equals("kernel", "rbf")},
        constraints=[LessThan("low", "high")],
    )
    study = study_of(space, [({"kernel": "linear", "low": 1, "high": 2}, None, 0.0)])
    found = configurations(Neighbours(), study, count=8)
    assert {tuple(c.items()) for c in found} == {
        (("kernel", "rbf"), ("gamma", 2), ("low", 1), ("high", 2)),
        (("kernel", "linear"), ("low", 0), ("high", 2)),
        (("kernel", "linear"), ("low", 1), ("high", 3)),
    }


@settings(max_examples=60)
@given(studies(least=1), st.integers(0, 3))
def test_neighbours_differ_in_one_parameter_and_are_all_different(study, key):
    at = study.configuration(study.incumbent)
    draws = draws_of(Neighbours(), study, count=200, key=key)
    found = study.known_space.decode(draws.coordinates)
    for configuration, moved in zip(found, draws.moved, strict=True):
        assert moved == tuple(name for name in at if configuration[name] != at[name])
        assert len(moved) == 1
    n = len({tuple(configuration.items()) for configuration in found})
    assert len({tuple(configuration.items()) for configuration in found[:n]}) == n


def test_where_nothing_can_change_neighbours_stay():
    space = Space(
        {"fixed": Fixed(1), "k": Integer(0, 1), "l": Integer(0, 1)},
        start={"k": 0, "l": 1},
        constraints=[LessThan("k", "l")],
    )
    study = study_of(space, [(space.start, None, 0.0)])
    draws = draws_of(Neighbours(), study, count=3)
    assert space.decode(draws.coordinates) == [space.start] * 3
    assert draws.moved == ((), (), ())


# The incumbent once more


@settings(max_examples=30)
@given(studies(), st.integers(0, 3))
def test_with_share_1_the_incumbent_is_tried_again(study, key):
    draws = draws_of(Reevaluate(share=Constant(1)), study, count=3, key=key)
    assert study.known_space.decode(draws.coordinates) == [study.configuration(study.incumbent)] * 3
    assert draws.moved == ((), (), ())
    assert same_draws(Reevaluate(Crossover(), Constant(0)), Crossover(), study)


def test_the_incumbent_is_tried_again_in_a_share_of_trials():
    study = study_of(Space({"x": Float(0, 1)}), [({"x": 0.5}, None, 0.0)])
    move = Reevaluate(share=Constant(0.2))
    again = []
    for key in range(1000):
        moved = draws_of(move, study, count=2, key=key).moved
        assert moved in (((), ()), (("x",), ("x",)))
        again.append(moved[0] == ())
    assert abs(np.mean(again) - 0.2) < 0.05


def test_a_trial_without_score_is_not_tried_again():
    study = study_of(Space({"x": Float(0, 1)}), [({"x": 0.5}, None, np.nan)])
    assert same_draws(Reevaluate(share=Constant(1)), LocalPerturbation(), study, parent=1)


# All of them


def same_draws(move, other, study, parent=None):
    """Tell whether a move leaves drawing to another one."""
    parent = parent or study.incumbent
    query = MoveQuery(study, Key(5), parent, 7)
    theirs = other.read(other.init(), MoveQuery(study, Key(5).child("of"), parent, 7))
    mine = move.read(move.init(), query)
    return mine.moved == theirs.moved and all(
        np.array_equal(mine.coordinates[name], theirs.coordinates[name], equal_nan=True)
        for name in study.known_space
    )


@pytest.mark.parametrize("move", FROM_GOOD, ids=lambda move: type(move).__name__)
def test_with_too_few_good_trials_another_move_draws(move):
    space = Space({"k": Integer(0, 9)})
    failed = [({"k": 3}, None, 0.0), ({"k": 4}, 1, np.nan), ({"k": 3}, 1, 0.5)]
    assert same_draws(move, LocalPerturbation(), study_of(space, failed))
    enough = [*failed, ({"k": 5}, 1, 0.1), ({"k": 6}, 1, 0.2)]
    assert not same_draws(move, LocalPerturbation(), study_of(space, enough))


CONDITIONAL = Space(
    {
        "kernel": Categorical(["linear", "rbf", "poly"]),
        "gamma": Float(1e-3, 10, log=True),
        "layers": Sequence(Integer(1, 50), 0, 3),
        "low": Integer(0, 50),
        "high": Integer(0, 50),
    },
    start={"low": 10, "high": 40, "layers": (4,)},
    conditions={"gamma": In("kernel", ["rbf", "poly"]), "layers": Equals("kernel", "poly")},
    constraints=[LessThan("low", "high")],
)


@st.composite
def conditional_studies(draw):
    rows = []
    for i in range(draw(st.integers(1, 7))):
        kernel = draw(st.sampled_from(["linear", "rbf", "poly"]))
        row = {"kernel": kernel}
        if kernel != "linear":
            row["gamma"] = draw(VALUES["log"])
        if kernel == "poly":
            row["layers"] = tuple(draw(st.lists(st.integers(1, 50), max_size=3)))
        row["low"] = draw(st.integers(0, 49))
        row["high"] = draw(st.integers(row["low"] + 1, 50))
        score = draw(st.sampled_from([0.0, 1.0, 2.0, np.nan])) if i > 0 else 0.5
        rows.append((row, draw(st.integers(1, i)) if i > 0 else None, score))
    return study_of(CONDITIONAL, rows)


@pytest.mark.parametrize(
    "move",
    [
        Momentum(Neighbours()),
        LineMove(1, 3, of=Neighbours()),
        DifferentialEvolution(1.5, 0.9, of=Neighbours()),
        Crossover(of=Neighbours()),
        Neighbours(),
        Reevaluate(Neighbours()),
    ],
    ids=lambda move: type(move).__name__,
)
@settings(max_examples=40)
@given(study=conditional_studies(), key=st.integers(0, 3))
def test_conditions_and_constraints_are_kept(move, study, key):
    draws = draws_of(move, study, count=10, key=key)
    at = study.configuration(study.incumbent)
    for found, moved in zip(CONDITIONAL.decode(draws.coordinates), draws.moved, strict=True):
        assert CONDITIONAL.check(found) == found
        assert set(moved) <= set(found)
        # What did not move is as before, or at its start value; a sequence may be empty.
        for name in set(found) - set(moved):
            assert found[name] in (at.get(name, CONDITIONAL.start_values[name]), ())


def test_a_mate_brings_what_its_choice_needs():
    space = Space(
        {"kernel": Categorical(["linear", "rbf"]), "gamma": Float(0, 1)},
        conditions={"gamma": Equals("kernel", "rbf")},
    )
    rows = [({"kernel": "linear"}, None, 1.0), ({"kernel": "rbf", "gamma": 0.125}, 1, 0.0)]
    draws = draws_of(Crossover(), study_of(space, rows), count=3)
    assert space.decode(draws.coordinates) == [rows[1][0]] * 3
    assert set(draws.moved) == {("kernel", "gamma")}


@pytest.mark.parametrize("move", MOVES, ids=lambda move: type(move).__name__)
def test_moves_survive_their_description(move):
    assert rebuild(describe(move), CLASSES) == move


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Momentum(shortest=3.0), "Momentum.shortest = 3.0 must not be above"),
        (lambda: Momentum(share=1.5), "Momentum.share = 1.5 must be from 0 to 1"),
        (lambda: LineMove(beyond=0), "LineMove.beyond = 0 must be > 0"),
        (lambda: LineMove(top=0), "LineMove.top = 0 must be a whole number"),
        (lambda: DifferentialEvolution(population=2), "population = 2 must be at least 3"),
        (lambda: DifferentialEvolution(factor=-1), "factor = -1 must be >= 0"),
        (lambda: Crossover(chance=2), "Crossover.chance = 2 must be from 0 to 1"),
        (lambda: Reevaluate(share=0.1), "Reevaluate.share = 0.1 must be a component"),
        (lambda: Neighbours(0.1), "Neighbours.length = 0.1 must be a component"),
    ],
)
def test_errors_name_field_value_and_bound(make, words):
    with pytest.raises(ComponentError, match=words.replace("(", r"\(")):
        make()
