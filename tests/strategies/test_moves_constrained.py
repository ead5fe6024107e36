"""Moves where conditions and constraints hold: drawn many at once, and where little is allowed."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve
from scipy import stats

from autotune import Boolean, Categorical, Float, Integer, Sequence, Space, tune, verify
from autotune.log import MemoryLog
from autotune.space import Equals, GreaterThan, LessThan, Ordinal, Sum
from autotune.space.columns import fingerprints
from autotune.strategy import Key, MoveQuery
from autotune.strategy.candidates import draw_columns
from autotune.study import (
    Accepted,
    Evaluated,
    Measurement,
    Proposed,
    Rejected,
    SpaceChanged,
    StudyStarted,
    apply,
    reduce,
)
from autotune_strategies.moves.change import ChangeParameters, ChangeSeveral
from autotune_strategies.moves.combinations import Mixture, Unseen
from autotune_strategies.moves.counts import FixedNumber
from autotune_strategies.moves.directions import LineMove, Momentum
from autotune_strategies.moves.one_by_one import OneByOne
from autotune_strategies.moves.perturbation import GlobalJump, LocalPerturbation
from autotune_strategies.moves.recombination import Crossover, DifferentialEvolution
from autotune_strategies.moves.sequences import ChangeSequences
from autotune_strategies.schedules.combinations import Constant
from autotune_strategies.steps import NormalStep, StudentTStep

MIXED = Space(
    {
        "rate": Float(1e-4, 1, log=True),
        "share": Float(0, 1),
        "depth": Integer(1, 8),
        "kind": Categorical(["a", "b", "c"]),
        "flag": Boolean(),
        "size": Ordinal([1, 2, 4, 8]),
        "widths": Sequence(Integer(1, 20), max_length=3),
        "free": Float(),
        "count": Integer(),
    },
    start={"widths": (3, 5), "free": 2.0, "count": 7, "share": 0.3, "depth": 3},
    conditions={"share": GreaterThan("depth", 2), "widths": Equals("flag", False)},
    constraints=[LessThan(Sum(("share", "rate")), 0.9), LessThan("depth", Sum(("size", 3)))],
)


def study_of(space, configurations):
    """A study of these trials, the first accepted, each better than the one before."""
    events = [StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0)]
    for trial, configuration in enumerate(configurations, 1):
        events.append(Proposed(0, trial, configuration, 1 if trial > 1 else None, (), "start"))
        events.append(Evaluated(0, trial, Measurement((0,), (trial / 10,), (1.0,), (0.0,))))
        events.append(
            Accepted(0, trial, 0.1, 0.0)
            if trial in (1, len(configurations))
            else Rejected(0, trial, 0.1, 0.0, "no gain")
        )
    return reduce(events)


SEVERAL = study_of(
    MIXED,
    [
        MIXED.start,
        {**MIXED.start, "rate": 0.3, "widths": (4, 9)},
        {**MIXED.start, "kind": "b", "depth": 5, "size": 4, "count": 20},
        {**MIXED.start, "share": 0.5, "free": 0.5, "widths": (7, 2)},
    ],
)
MOVES = [
    LocalPerturbation(),
    GlobalJump(),
    Mixture((LocalPerturbation(), GlobalJump())),
    ChangeParameters(2),
    ChangeSeveral(),
    ChangeSeveral(FixedNumber(1), step=NormalStep()),
    ChangeParameters(4, StudentTStep()),
    ChangeSequences(),
    Crossover(),
    DifferentialEvolution(),
    Momentum(),
    LineMove(),
]


def name_of(move):
    return type(move).__name__


def features(space, candidates):
    """Return what to compare the distributions of: coordinates, lengths, what moved."""
    columns = {}
    for name in space:
        column = candidates.coordinates[name]
        if column.ndim == 2:
            columns[f"{name} length"] = np.sum(~np.isnan(column), axis=1)
            columns[f"{name} sum"] = np.nansum(column, axis=1)
        else:
            columns[name] = np.nan_to_num(column, nan=-99.0)
        columns[f"{name} moved"] = np.array([name in moved for moved in candidates.moved])
    return columns


def differ(a, b):
    """Return the chance of samples like these from one distribution, of numbers with ties too."""
    values, inverse = np.unique(np.concatenate([a, b]), return_inverse=True)
    if len(values) == 1:
        return 1.0
    if len(values) <= 12:
        counts = np.stack(
            [np.bincount(part, minlength=len(values)) for part in np.split(inverse, [len(a)])]
        )
        return stats.chi2_contingency(counts).pvalue
    return stats.ks_2samp(a, b).pvalue


@pytest.mark.parametrize("move", MOVES, ids=name_of)
def test_candidates_drawn_at_once_are_distributed_as_those_drawn_one_by_one(move):
    n = 3000
    together = move.read(move.init(), MoveQuery(SEVERAL, Key(1), 4, n))
    alone = OneByOne(move)
    apart = alone.read(alone.init(), MoveQuery(SEVERAL, Key(2), 4, n))
    one, other = features(MIXED, together), features(MIXED, apart)
    chances = {name: differ(one[name], other[name]) for name in one}
    # Of 20 chances the least is below 1e-4 in one case of 500.
    assert min(chances.values()) > 1e-4, chances


@pytest.mark.parametrize("move", MOVES, ids=name_of)
def test_candidates_are_legal_and_say_what_moved(move):
    parent = SEVERAL.configuration(4)
    for key in range(3):
        candidates = move.read(move.init(), MoveQuery(SEVERAL, Key(key), 4, 200))
        assert len(candidates) == 200
        for configuration, moved in zip(
            MIXED.decode(candidates.coordinates), candidates.moved, strict=True
        ):
            assert MIXED.check(configuration) == configuration
            changed = {name for name in parent if parent[name] != configuration.get(name)}
            assert {name for name in changed if name in configuration} <= set(moved)
            assert set(moved) <= set(configuration)


def corner(share):
    return Space(
        {name: Float(0, 1) for name in "abcd"},
        start={"a": share / 4},
        constraints=[LessThan("a", share)],
    )


def even(space, candidates, scale):
    """Return the chance of candidates like these, were they even over what is allowed."""
    columns = {**candidates.coordinates}
    columns["a"] = columns["a"] / scale
    return {name: stats.kstest(columns[name], "uniform").pvalue for name in space}


def test_a_walk_among_the_allowed_is_even_over_them():
    space = corner(0.001)
    rng = np.random.default_rng(3)
    tried = [
        {"a": float(a) * 0.001, **dict(zip("bcd", rest.tolist(), strict=True))}
        for a, rest in zip(rng.random(40), rng.random((40, 3)), strict=True)
    ]
    study = study_of(space, [space.start, *tried])
    move = GlobalJump()
    # Each draws few, for candidates of one walk lie near each other.
    drawn = [move.read(move.init(), MoveQuery(study, Key(k), 1, 4)) for k in range(400)]
    together = {
        name: np.concatenate([each.coordinates[name][:2] for each in drawn]) for name in space
    }
    assert np.all(together["a"] < 0.001)
    chances = even(space, evolve(drawn[0], coordinates=together), 0.001)
    assert min(chances.values()) > 1e-3, chances


def test_a_sum_of_whole_numbers_is_walked_along_and_a_permutation_by_exchanges():
    ten = Space(
        {name: Integer(0, 9) for name in "abc"},
        start={"a": 3, "b": 3, "c": 4},
        constraints=[lambda c: c["a"] + c["b"] + c["c"] == 10],
    )
    places = {f"p{i}": i + 1 for i in range(8)}
    permutation = Space(
        {name: Integer(1, 8) for name in places},
        start=places,
        constraints=[lambda c: len(set(c.values())) == 8],
    )
    for space, move, least in (
        (ten, GlobalJump(), 15),
        (ten, LocalPerturbation(), 8),
        (permutation, GlobalJump(), 60),
        (permutation, LocalPerturbation(), 60),
    ):
        study = study_of(space, [space.start])
        candidates = move.read(move.init(), MoveQuery(study, Key(0), 1, 100))
        assert space.allowed(candidates.coordinates).all()
        different = set(fingerprints(space, candidates.coordinates))
        assert len(different) >= least, (move, len(different))


@pytest.mark.parametrize("share", [0.1, 0.01, 0.001])
def test_random_search_tries_different_configurations_however_little_is_allowed(share):
    log = MemoryLog()
    result = tune(
        lambda c: c["b"], corner(share), n_trials=20, strategy="random_search", seed=4, log=log
    )
    study = result.study
    assert len(set(fingerprints(study.known_space, study.coordinates))) == 20
    b = study.coordinates["b"]
    assert b.min() < 0.3
    assert b.max() > 0.7
    assert verify(log).passed


def test_a_search_finds_its_way_where_little_is_allowed():
    space = Space(
        {name: Float(0, 1) for name in "abcd"},
        start=dict.fromkeys("abcd", 0.1),
        constraints=[lambda c: 0.395 < sum(c.values()) < 0.405],
    )
    result = tune(lambda c: c["a"], space, n_trials=40, seed=0)
    assert result.best_score > 0.3


@pytest.mark.parametrize("move", [LocalPerturbation(), GlobalJump(), Unseen(GlobalJump())])
def test_a_function_is_asked_about_so_many_configurations_and_each_once(move):
    asked = []

    def allowed(configuration):
        asked.append(tuple(configuration.values()))
        return configuration["a"] < 0.001

    space = Space(
        {name: Float(0, 1) for name in "abcd"}, start={"a": 0.0001}, constraints=[allowed]
    )
    study = study_of(space, [space.start])
    asked.clear()
    candidates = move.read(move.init(), MoveQuery(study, Key(0), 1, 100))
    assert len(candidates) == 100
    assert 0 < len(asked) <= 128 + 8 * 100
    assert len(set(asked)) == len(asked)


def test_where_nothing_else_is_allowed_candidates_stay():
    space = Space({"x": Float(0, 1), "n": Integer(1, 5)}, constraints=[Equals("x", 0.5)])
    space = evolve(space, constraints=(*space.constraints, Equals("n", 3)))
    study = study_of(space, [space.start])
    for move in (LocalPerturbation(), GlobalJump(), Unseen(GlobalJump())):
        candidates = move.read(move.init(), MoveQuery(study, Key(0), 1, 5))
        assert space.decode(candidates.coordinates) == [space.start] * 5
    assert LocalPerturbation().read(((),), MoveQuery(study, Key(0), 1, 2)).moved == ((), ())


def test_steps_from_a_trial_that_a_later_constraint_forbids_are_allowed():
    before = Space({"x": Float(0, 1), "y": Float(0, 1)}, start={"x": 0.5})
    after = evolve(before.with_start({"x": 0.0001}), constraints=[LessThan("x", 0.001)])
    study = study_of(before, [{"x": 0.9, "y": 0.9}])
    study = apply(study, SpaceChanged(1, after))
    for move in (LocalPerturbation(), GlobalJump()):
        candidates = move.read(move.init(), MoveQuery(study, Key(0), 1, 50))
        assert after.allowed(candidates.coordinates).all()
        assert all("x" in moved for moved in candidates.moved)


def test_the_last_configurations_of_a_small_space_are_found():
    space = Space(
        {"a": Integer(1, 12), "b": Integer(1, 12)},
        start={"a": 1, "b": 2},
        constraints=[LessThan("a", "b")],
    )
    study = tune(lambda c: c["a"], space, n_trials=66, strategy="random_search", seed=1).study
    assert len(set(fingerprints(space, study.coordinates))) == 66


def test_drawing_again_takes_what_was_drawn_first():
    space = Space({"x": Float(0, 1)}, start={"x": 0.1}, constraints=[LessThan("x", 0.5)])
    study = study_of(space, [space.start])
    batches = []

    def propose(rng, n):
        batches.append(rng.random(n))
        return {"x": batches[-1]}, np.ones((n, 1), dtype=np.bool_)

    candidates = draw_columns(MoveQuery(study, Key(0), 1, 20), propose)
    everything = np.concatenate(batches)
    assert candidates.coordinates["x"].tolist() == everything[everything < 0.5][:20].tolist()
    assert len(batches[0]) == 20


def test_when_all_around_is_tried_what_is_new_is_looked_for_further_off():
    space = Space({"n": Integer(1, 200)}, start={"n": 100})
    study = study_of(space, [{"n": n} for n in (100, *range(1, 91), *range(110, 201))])
    near = LocalPerturbation(Constant(1e-6))  # one place up or down, which is tried
    study = apply(study, Proposed(0, study.n_trials + 1, {"n": 99}, 1, (), "start"))
    study = apply(study, Proposed(0, study.n_trials + 1, {"n": 101}, 1, (), "start"))
    move = Unseen(near)
    candidates = move.read(move.init(), MoveQuery(study, Key(0), 1, 30))
    new = set(candidates.coordinates["n"].tolist())
    assert new <= {*map(float, range(91, 99)), *map(float, range(102, 110))}
    assert len(new) > 8
    alone = OneByOne(move)
    before = alone.read(alone.init(), MoveQuery(study, Key(0), 1, 30))
    assert set(before.coordinates["n"].tolist()) == {99.0, 101.0}
