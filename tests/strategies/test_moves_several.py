"""Moves that change a drawn number of picked parameters, and how sequences change."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from attrs import frozen
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from autotune import Boolean, Categorical, Float, Integer, Sequence, Space
from autotune.errors import ComponentError
from autotune.space import Equals, Fixed, LessThan, Ordinal
from autotune.strategy import Composed, Key, MoveQuery, ScheduleQuery, describe, rebuild
from autotune.strategy.candidates import row_of
from autotune.study import (
    Accepted,
    Evaluated,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    reduce,
)
from autotune.testing import dimensions, legal_logs, values
from autotune_strategies.moves.change import ChangeSeveral
from autotune_strategies.moves.counts import FixedNumber, Geometric, NumberQuery, Scheduled
from autotune_strategies.moves.selection import (
    ByPastSuccess,
    BySensitivity,
    PickQuery,
    Uniformly,
    in_proportion,
)
from autotune_strategies.moves.sequences import ChangeSequences, SequenceChange
from autotune_strategies.schedules.combinations import Constant
from autotune_strategies.schedules.decay import InverseLinear
from autotune_strategies.sensitivity import sensitivity
from autotune_strategies.steps import MultiplyAdd, NormalStep

FOUR = Space({name: Float(0, 1) for name in "abcd"})
MIDDLE = dict.fromkeys("abcd", 0.5)
LAYERS = Sequence(Integer(1, 1000, log=True), 1, 4)
NEW = ("smallest", "random", "like neighbours")


def began(space=FOUR, start=None):
    """A study of one accepted start."""
    return reduce(
        [
            StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0),
            Proposed(0, 1, space.start if start is None else start, None, (), "start"),
            Evaluated(0, 1, Measurement((0,), (0.5,), (1.0,), (0.0,))),
            Accepted(0, 1, None, None),
        ]
    )


def stepped(steps, origin="explore"):
    """A study of steps (names moved, gain) from the middle of ``FOUR``; those with gain accepted."""
    events: list[Any] = [
        StudyStarted(0, "s", FOUR, "maximize", "score", 1, {}, 0),
        Proposed(0, 1, MIDDLE, None, (), "start"),
        Evaluated(0, 1, Measurement((0,), (0.0,), (1.0,), (0.0,))),
        Accepted(0, 1, None, None),
    ]
    for trial, (moved, gain) in enumerate(steps, 2):
        configuration = MIDDLE | dict.fromkeys(moved, 0.5 + 0.3 / trial)
        events.append(Proposed(0, trial, configuration, 1, tuple(moved), origin))
        events.append(Evaluated(0, trial, Measurement((0,), (gain,), (1.0,), (0.0,))))
        events.append(
            Accepted(0, trial, gain, 0.0) if gain > 0 else Rejected(0, trial, gain, 0.0, "no gain")
        )
    return reduce(events)


BEGAN = began()


def number_chances(number, most, study=BEGAN):
    return number.read(number.init(), NumberQuery(study, Key(0), most))


def pick_chances(picker, study, names=tuple("abcd")):
    return picker.read(picker.init(), PickQuery(study, Key(0), names))


def draws_of(move, study, count=1, seed=0):
    return move.read(move.init(), MoveQuery(study, Key(seed), 1, count))


def rows_of(draws, space):
    return [
        {
            name: column[i][~np.isnan(column[i])] if column.ndim == 2 else column[i]
            for name, column in draws.coordinates.items()
        }
        for i in range(len(draws))
    ]


def agrees(counts, shares):
    """Whether counts are those of draws with such shares, by Pearson's chi-squared test."""
    counts, shares = np.asarray(counts, float), np.asarray(shares, float)
    return stats.chisquare(counts, shares / shares.sum() * counts.sum()).pvalue > 1e-4


@frozen
class Given(Composed[PickQuery, np.ndarray]):
    """Chances by name."""

    chances: tuple[float, ...]

    def read(self, state, query):
        of = dict(zip("abcd", self.chances, strict=True))
        return np.array([of[name] for name in query.names])


# Numbers.


@given(st.integers(1, 20), st.integers(1, 20))
def test_fixed_is_sure_of_its_number_or_of_all(n, most):
    chances = number_chances(FixedNumber(n), most)
    assert chances.tolist() == [float(i == min(n, most)) for i in range(1, most + 1)]


@given(st.floats(1.01, 50.0), st.integers(1, 30))
def test_geometric_is_the_geometric_distribution_with_the_tail_on_all(mean, most):
    law = stats.geom(1.0 / mean)
    expected = [*law.pmf(np.arange(1, most)), law.sf(most - 1)]
    np.testing.assert_allclose(number_chances(Geometric(mean), most), expected, rtol=1e-9)


@pytest.mark.parametrize("mean", [1.0, 1.5, 3.0])
def test_geometric_has_the_mean_where_there_are_many(mean):
    chances = number_chances(Geometric(mean), 400)
    assert chances @ np.arange(1, 401) == pytest.approx(mean)


@given(st.floats(0.0, 1e300), st.integers(1, 12))
def test_scheduled_has_the_mean_of_the_schedule_within_bounds(value, most):
    chances = number_chances(Scheduled(Constant(value)), most)
    assert chances @ np.arange(1, most + 1) == pytest.approx(min(max(value, 1), most))
    (some,) = np.nonzero(chances)
    assert some[-1] - some[0] <= 1, "the two whole numbers beside it"


def test_scheduled_follows_its_schedule():
    number = Scheduled(InverseLinear(initial=4.0, decay=1.0, floor=1.0))
    few, many = (number_chances(number, 4, stepped([("a", -1.0)] * n)) for n in (0, 9))
    assert few @ [1, 2, 3, 4] > 1.5 > many @ [1, 2, 3, 4]


def test_scheduled_takes_the_mean_of_a_vector():
    @frozen
    class Several(Composed[ScheduleQuery, np.ndarray]):
        def read(self, state, query):
            return np.array([1.0, 2.0, 3.0, 4.0])

    assert number_chances(Scheduled(Several()), 4).tolist() == [0, 0.5, 0.5, 0]


# Pickers.


@given(
    st.lists(st.floats(0, 1e308), min_size=1, max_size=8),
    st.floats(0, 1),
)
def test_floor_is_the_least_share(weights, floor):
    chances = in_proportion(np.array(weights), floor)
    k = len(weights)
    assert chances.sum() == pytest.approx(1.0)
    assert np.all(chances >= floor / k * (1 - 1e-12))
    order = np.argsort(weights, kind="stable")
    assert np.all(np.diff(chances[order]) >= -1e-12), "more for more"


def test_by_sensitivity_is_in_proportion_above_the_floor():
    study = stepped([("a", -1.0), ("b", -0.1), ("c", -0.1), ("d", 0.0)] * 5)
    s = sensitivity(study)
    np.testing.assert_allclose(pick_chances(BySensitivity(0.0), study), s / s.sum())
    expected = 0.3 / 4 + 0.7 * s / s.sum()
    np.testing.assert_allclose(pick_chances(BySensitivity(0.3), study), expected)
    assert pick_chances(BySensitivity(0.3), study)[0] > 0.5
    # Among a few the proportion is the same; in whatever order they are.
    few = pick_chances(BySensitivity(0.0), study, ("d", "a"))
    np.testing.assert_allclose(few, s[[3, 0]] / s[[3, 0]].sum())


def test_by_sensitivity_of_the_seconds():
    # All steps took as long, so the seconds tell nothing.
    study = stepped([("a", -1.0), ("b", 0.0)] * 5)
    assert pick_chances(BySensitivity(0.0, "seconds"), study).tolist() == [0.25] * 4


def test_by_past_success_is_the_mean_of_a_beta_distribution():
    study = stepped([("a", 1.0), ("ab", 1.0), ("b", -1.0), ("c", -1.0), ("c", -1.0)])
    tried, succeeded = np.array([2, 2, 2, 0]), np.array([2, 1, 0, 0])
    rate = stats.beta(1.0 + succeeded, 4.0 + tried - succeeded).mean()
    expected = rate / rate.sum()
    np.testing.assert_allclose(pick_chances(ByPastSuccess(1.0, 4.0, 0.0), study), expected)
    few = pick_chances(ByPastSuccess(1.0, 4.0, 0.2), study, ("c", "a"))
    np.testing.assert_allclose(few, 0.1 + 0.8 * rate[[2, 0]] / rate[[2, 0]].sum())


def test_what_succeeded_often_is_picked_more_and_more_in_the_move():
    move = ChangeSeveral(FixedNumber(1), ByPastSuccess(), NormalStep())
    shares = []
    for n in (0, 5, 50):
        study = stepped([("b", 1.0), ("a", -1.0), ("c", -1.0), ("d", -1.0)] * n)
        draws = draws_of(move, study, 600)
        shares.append(sum(moved == ("b",) for moved in draws.moved) / 600)
    assert abs(shares[0] - 0.25) < 0.08
    assert shares[0] + 0.1 < shares[1] < shares[2] - 0.05
    assert shares[2] < 1 - 0.9 * 0.1 * 3 / 4 + 0.05, "the floor is left to the others"


@pytest.mark.parametrize("origin", ["start", "given"])
def test_points_that_were_no_steps_are_no_successes(origin):
    study = stepped([("b", 1.0)] * 10, origin)
    assert pick_chances(ByPastSuccess(), study).tolist() == [0.25] * 4


@pytest.mark.parametrize("picker", [Uniformly(), BySensitivity(), ByPastSuccess()], ids=repr)
def test_pickers_know_no_favourites_before_the_first_step(picker):
    np.testing.assert_allclose(pick_chances(picker, BEGAN, ("a", "d", "c")), 1 / 3)


# Several parameters.


@pytest.mark.parametrize("n", [1, 2, 3])
def test_parameters_are_drawn_one_after_another_in_proportion(n):
    p = dict(zip("abcd", (0.4, 0.3, 0.2, 0.1), strict=True))
    draws = draws_of(
        ChangeSeveral(FixedNumber(n), Given(tuple(p.values())), NormalStep()), BEGAN, 3000
    )
    expected: Counter[tuple[str, ...]] = Counter()
    for order in itertools.permutations("abcd", n):
        chance, left = 1.0, 1.0
        for name in order:
            chance *= p[name] / left
            left -= p[name]
        expected[tuple(sorted(order))] += chance
    counts = Counter(draws.moved)
    assert set(counts) <= set(expected)
    assert agrees([counts[names] for names in expected], list(expected.values()))


def test_the_number_is_drawn_with_its_chances():
    move = ChangeSeveral(Geometric(2.0), step=NormalStep())
    counts = Counter(len(moved) for moved in draws_of(move, BEGAN, 2000).moved)
    assert agrees([counts[n] for n in (1, 2, 3, 4)], number_chances(Geometric(2.0), 4))


def test_what_has_no_chance_comes_last():
    draws = draws_of(
        ChangeSeveral(FixedNumber(2), Given((0.0, 0.5, 0.5, 0.0)), NormalStep()), BEGAN, 50
    )
    assert set(draws.moved) == {("b", "c")}
    draws = draws_of(
        ChangeSeveral(FixedNumber(3), Given((0.0, 0.5, 0.5, 0.0)), NormalStep()), BEGAN, 50
    )
    assert set(draws.moved) == {("a", "b", "c")}


@settings(max_examples=60)
@given(
    legal_logs(max_trials=3, conditional=True),
    st.sampled_from(NEW),
    st.sampled_from([FixedNumber(1), FixedNumber(2), Geometric(3.0)]),
    st.integers(0, 99),
)
def test_nothing_differs_but_what_moved(log, new, number, seed):
    study = reduce(log)
    assume(study.n_trials > 0)
    space = study.known_space
    before = row_of(study, 1)
    move = ChangeSeveral(number, sequences=SequenceChange(new=new))
    draws = draws_of(move, study, 5, seed)
    for after, moved in zip(rows_of(draws, space), draws.moved, strict=True):
        assert space.check(space.decode_one(after)) is not None
        assert list(moved) == [name for name in space.searched if name in moved]
        if space.conditional:
            continue  # others were switched on or off
        for name in space:
            same = np.array_equal(after[name], before[name])
            assert same or name in moved


def test_a_single_boolean_always_flips_and_all_move_where_there_are_no_more():
    space = Space({"b": Boolean(), "k": Fixed(3)}, start={"b": True, "k": 3})
    draws = draws_of(ChangeSeveral(FixedNumber(5)), began(space), 20)
    assert draws.moved == (("b",),) * 20
    assert not draws.coordinates["b"].any()


def test_where_nothing_can_change_the_candidates_stay():
    study = began(Space({"k": Fixed(3)}))
    for move in (ChangeSeveral(), ChangeSequences()):
        draws = draws_of(move, study, 3)
        assert draws.moved == ((), (), ())
        assert draws.coordinates["k"].tolist() == [0.0] * 3


CONDITIONAL = Space(
    {"kernel": Categorical(["linear", "rbf"]), "gamma": Float(0, 1), "x": Float(0, 1)},
    start={"kernel": "linear", "gamma": 0.5, "x": 0.1},
    conditions={"gamma": Equals("kernel", "rbf")},
    constraints=(LessThan("x", 0.5),),
)


def test_conditions_and_constraints_are_kept():
    study = began(CONDITIONAL)
    draws = draws_of(ChangeSeveral(Geometric(1.5), step=NormalStep(Constant(0.5))), study, 300)
    rbf = draws.coordinates["kernel"] == 1.0
    np.testing.assert_array_equal(np.isnan(draws.coordinates["gamma"]), ~rbf)
    assert np.all(draws.coordinates["x"] < 0.5)
    assert len(np.unique(draws.coordinates["x"])) > 50
    assert not any("gamma" in moved for moved in draws.moved), "it was inactive"


# Sequences.


def changed(change, row, dimension=LAYERS, n=1, step=lambda x: x, seed=0):
    rng = np.random.default_rng(seed)
    row = np.array(row, dtype=np.float64)
    kept = row.copy()
    out = [change.apply(rng, dimension, row, step) for _ in range(n)]
    np.testing.assert_array_equal(row, kept)
    return out


@pytest.mark.parametrize(
    ("row", "weights"),
    [
        ([5.0, 6.0], {3: 1.0, 1: 2.0, 2: 5.0}),
        ([5.0], {2: 1.0, 1: 5.0}),  # too short to shrink
        ([5.0, 6.0, 7.0, 8.0], {3: 2.0, 4: 5.0}),  # too long to grow
    ],
)
@pytest.mark.parametrize("new", NEW)
def test_deeds_have_the_shares_of_their_weights(row, weights, new):
    change = SequenceChange(grow=1.0, shrink=2.0, change=5.0, new=new)
    counts = Counter(len(after) for after in changed(change, row, n=2000))
    assert set(counts) == set(weights)
    assert agrees([counts[n] for n in weights], list(weights.values()))


def test_where_no_deed_is_allowed_the_sequence_stays():
    assert changed(SequenceChange(1, 0, 0), [1.0, 2.0, 3.0, 4.0])[0].tolist() == [1, 2, 3, 4]
    assert changed(SequenceChange(0, 1, 0), [3.0])[0].tolist() == [3]
    empty = Sequence(Integer(1, 9), 0, 4)
    assert changed(SequenceChange(0, 1, 1), [], empty)[0].tolist() == []


@given(st.data(), st.sampled_from(NEW), st.integers(0, 2**32))
def test_changed_sequences_are_legal_and_differ_in_one_place(data, new, seed):
    of = data.draw(dimensions().filter(lambda d: not isinstance(d, Sequence | Fixed)))
    low = data.draw(st.integers(0, 3))
    dimension = Sequence(of, low, data.draw(st.none() | st.integers(max(low, 1), 5)))
    value = data.draw(values(dimension))
    row = np.array(dimension.encode(value), dtype=np.float64)
    weights = data.draw(st.tuples(*[st.sampled_from([0.0, 1e-300, 0.5, 1e308])] * 3).filter(any))
    rng = np.random.default_rng(seed)
    for step in (MultiplyAdd(), NormalStep()):
        scales = (1.0, 0.0) if isinstance(step, MultiplyAdd) else (0.3,)
        after = SequenceChange(*weights, new).apply(
            rng,
            dimension,
            row,
            lambda x, step=step, scales=scales: step.step(rng, of, x, scales, alone=True),
        )
        decoded = dimension.decode(after)
        assert dimension.check("s", decoded) == decoded
        assert list(dimension.encode(decoded)) == after.tolist()
        longer, shorter = (after, row) if len(after) >= len(row) else (row, after)
        assert len(longer) - len(shorter) <= 1
        if len(longer) == len(shorter):
            assert np.sum(longer != shorter) <= 1
        else:
            without = [np.delete(longer, i).tolist() for i in range(len(longer))]
            assert shorter.tolist() in without


@pytest.mark.parametrize("new", NEW)
def test_every_place_is_as_likely(new):
    # Elements that tell where another one was put in or taken out.
    grow = SequenceChange(1, 0, 0, new)
    grown = changed(grow, [900.0, 500.0, 100.0], n=3000, step=lambda x: x + 1)
    places = Counter()
    for after in grown:
        found = [i for i in range(4) if np.delete(after, i).tolist() == [900, 500, 100]]
        for i in found:  # next to its equal it may have been put on either side
            places[i] += 1 / len(found)
    counts = [places[i] for i in range(4)]
    if new == "smallest":
        counts = [*counts[:2], counts[2] + counts[3]]
        assert agrees(counts, [1, 1, 2])
    else:
        assert np.allclose(np.array(counts) / 3000, 0.25, atol=0.04)
    shrunk = changed(SequenceChange(0, 1, 0), [900.0, 500.0, 100.0], n=2000)
    gone = Counter(({900.0, 500.0, 100.0} - set(after.tolist())).pop() for after in shrunk)
    assert agrees([gone[x] for x in (900.0, 500.0, 100.0)], [1, 1, 1])
    stepped_ = changed(SequenceChange(0, 0, 1), [900.0, 500.0, 100.0], n=2000, step=lambda x: x + 1)
    where = Counter(int(np.flatnonzero(after != [900, 500, 100])[0]) for after in stepped_)
    assert agrees([where[i] for i in range(3)], [1, 1, 1])


def inserted(after, row):
    """Where an element was put in, and how large it is."""
    i = next(i for i in range(len(after)) if np.delete(after, i).tolist() == list(row))
    return i, float(after[i])


def test_the_smallest_is_as_small_as_the_smallest():
    for after in changed(SequenceChange(1, 0, 0, "smallest"), [7.0, 3.0, 5.0], n=30):
        assert inserted(after, [7, 3, 5])[1] == 3.0


@given(st.data(), st.integers(0, 2**32))
def test_an_element_like_its_neighbours_lies_between_them(data, seed):
    of = data.draw(dimensions().filter(lambda d: not isinstance(d, Sequence | Fixed)))
    # The very largest and smallest numbers too.
    extremes = [of.encode(data.draw(values(of))) for _ in range(2)]
    if isinstance(of, Float) and of.low is None and of.high is None and not of.log:
        extremes = data.draw(st.lists(st.floats(-1.7e308, 1.7e308), min_size=2, max_size=2))
    left, right = extremes
    dimension = Sequence(of, 0, 3)
    change = SequenceChange(1, 0, 0, "like neighbours")
    for after in changed(change, [left, right], dimension, n=12, step=lambda x: np.inf, seed=seed):
        i = int(np.flatnonzero(np.isinf(after))[0]) if np.isinf(after).any() else None
        if i is None and len(after) == 3 and after[0] == left and after[2] == right:
            assert min(left, right) <= after[1] <= max(left, right)
            assert of.check("e", of.decode(after[1])) == of.decode(after[1])
            if isinstance(of, Boolean | Categorical):
                assert after[1] in (left, right)
        elif i is not None:
            assert i in (0, 2), "only at the ends is it a step"


def middles(of, left, right, n=2000):
    change = SequenceChange(1, 0, 0, "like neighbours")
    grown = changed(change, [left, right], Sequence(of, 0, 3), n=n, step=lambda x: math.inf)
    return np.array([after[1] for after in grown if np.isfinite(after).all()])


def test_between_neighbours_the_scale_is_the_elements_own():
    log = stats.kstest(
        np.log(middles(Float(1, 1e6, log=True), 10.0, 1e4)),
        stats.uniform(math.log(10.0), math.log(1e3)).cdf,
    )
    linear = stats.kstest(middles(Float(0, 1e6), 1e4, 10.0), stats.uniform(10.0, 1e4 - 10.0).cdf)
    free = stats.kstest(
        np.log(-middles(Float(), -10.0, -1e4)), stats.uniform(math.log(10.0), math.log(1e3)).cdf
    )
    across = stats.kstest(middles(Float(), -10.0, 30.0), stats.uniform(-10.0, 40.0).cdf)
    for test in (log, linear, free, across):
        assert test.pvalue > 1e-4
    assert set(middles(Integer(1, 9), 3.0, 6.0, 200)) == {3.0, 4.0, 5.0, 6.0}
    assert set(middles(Ordinal(list("abcde")), 3.0, 1.0, 200)) == {1.0, 2.0, 3.0}
    assert set(middles(Categorical(list("abcde")), 3.0, 1.0, 200)) == {1.0, 3.0}


def test_at_the_ends_it_is_a_step_from_the_neighbour_and_a_choice_is_repeated():
    change = SequenceChange(1, 0, 0, "like neighbours")
    grown = changed(change, [10.0, 500.0], n=100, step=lambda x: x + 1)
    assert {tuple(after[:2]) for after in grown if after[0] == 11} == {(11.0, 10.0)}
    assert {tuple(after[1:]) for after in grown if after[2] == 501} == {(500.0, 501.0)}
    for of in (Categorical(list("abc")), Boolean()):
        for after in changed(change, [1.0], Sequence(of), n=20, step=lambda x: x - 1):
            assert after.tolist() == [1.0, 1.0]


def test_random_elements_are_drawn_anew():
    sizes = [
        inserted(after, [7, 3])[1]
        for after in changed(SequenceChange(1, 0, 0, "random"), [7.0, 3.0], n=2000)
    ]
    # Log-uniform from 1 to 1000: as many below the middle of the scale as above.
    assert 0.45 < np.mean(np.array(sizes) < math.sqrt(1000)) < 0.55
    assert max(sizes) > 900
    free = Sequence(Float())
    sizes = [
        inserted(after, [70.0, 3.0])[1]
        for after in changed(SequenceChange(1, 0, 0, "random"), [70.0, 3.0], free, n=300)
    ]
    assert 0.03 <= min(sizes) < 0.1
    assert 100 < max(sizes) <= 300


TWO = Space(
    {"x": Float(0, 1), "h": LAYERS, "f": Sequence(Boolean(), 0, 3), "c": Categorical(["a", "b"])},
    start={"x": 0.5, "h": (10, 500), "f": (True,), "c": "a"},
)


def test_change_sequences_changes_one_sequence_and_nothing_else():
    draws = draws_of(ChangeSequences(), began(TWO), 400)
    counts = Counter(draws.moved)
    assert set(counts) == {("h",), ("f",)}
    assert agrees(list(counts.values()), [1, 1])
    before = row_of(began(TWO), 1)
    for after, (name,) in zip(rows_of(draws, TWO), draws.moved, strict=True):
        for other in TWO:
            assert other == name or np.array_equal(after[other], before[other])
        if name == "f":
            assert after[name].tolist() != [1.0], "flipped, gone or doubled"


def test_change_sequences_stays_where_there_is_none():
    draws = draws_of(ChangeSequences(), BEGAN, 4)
    assert draws.moved == ((),) * 4
    assert all(np.all(column == 0.5) for column in draws.coordinates.values())


def test_sequences_change_in_several_as_they_are_told():
    move = ChangeSeveral(FixedNumber(4), sequences=SequenceChange(1, 0, 0, "smallest"))
    for after in rows_of(draws_of(move, began(TWO), 30), TWO):
        assert sorted(after["h"].tolist()) == [10.0, 10.0, 500.0]
        assert after["f"].tolist() == [1.0, 1.0]


# Fields.


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FixedNumber(0), "FixedNumber.n = 0 "),
        (lambda: Geometric(0.5), "Geometric.mean = 0.5 must be >= 1"),
        (lambda: Geometric(math.inf), "Geometric.mean = inf must be finite"),
        (lambda: Scheduled(2.0), "Scheduled.schedule = 2.0 must be a component"),
        (lambda: BySensitivity(1.5), "BySensitivity.floor = 1.5 must be from 0 to 1"),
        (lambda: BySensitivity(target="time"), "BySensitivity.target = 'time'"),
        (lambda: ByPastSuccess(0.0), "ByPastSuccess.successes = 0.0 must be > 0"),
        (lambda: ByPastSuccess(failures=-1.0), "ByPastSuccess.failures = -1.0 must be >= 0"),
        (lambda: SequenceChange(-1.0), "SequenceChange.grow = -1.0 must be >= 0"),
        (lambda: SequenceChange(0, 0, 0), "are all 0; raise one"),
        (lambda: SequenceChange(new="large"), "SequenceChange.new = 'large'"),
        (lambda: ChangeSeveral(2), "ChangeSeveral.number = 2 must be a component"),
        (lambda: ChangeSeveral(sequences="grow"), "ChangeSeveral.sequences = 'grow' must be"),
        (lambda: ChangeSequences("grow"), "ChangeSequences.change = 'grow' must be"),
    ],
)
def test_what_makes_no_sense_is_refused(make, words):
    with pytest.raises(ComponentError) as error:
        make()
    assert words in str(error.value)


def test_a_description_makes_an_equal_move():
    move = ChangeSeveral(
        Scheduled(InverseLinear(4.0, 0.1, 1.0)),
        ByPastSuccess(2.0, 3.0, 0.2),
        NormalStep(),
        SequenceChange(3.0, 2.0, 1.0, "random"),
    )
    known = [ChangeSeveral, Scheduled, InverseLinear, ByPastSuccess, NormalStep, SequenceChange]
    known.append(Constant)
    again = rebuild(describe(move), {kind.__name__: kind for kind in known})
    assert again == move
    assert hash(again) == hash(move)
