"""Schedules: how step lengths and exploration rates change as a study goes on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autotune.errors import ComponentError
from autotune.space import Fixed, Float, Space
from autotune.strategy import Key, ScheduleQuery, describe, rebuild
from autotune.study import (
    EMPTY,
    Accepted,
    Anticipated,
    Evaluated,
    Measurement,
    Proposed,
    Rejected,
    SpaceChanged,
    StudyStarted,
    apply,
    reduce,
)
from autotune.testing import component_checks, legal_logs
from autotune_strategies.schedules.adaptive import (
    ByRecentAccuracy,
    LengthBySensitivity,
    NoImprovementWindow,
    OneFifthRule,
    PerParameterSuccess,
    recent_accuracy,
)
from autotune_strategies.schedules.combinations import Clipped, Constant, Maximum, Product
from autotune_strategies.schedules.decay import Cosine, Exponential, InverseLinear, Linear
from autotune_strategies.sensitivity import sensitivity

SPACE = Space({"x": Float(0, 1), "y": Float(0, 1), "c": Fixed(1)})
SCHEDULES = [
    Constant(0.0),
    InverseLinear(floor=0.0),
    Exponential(),
    Exponential(decay=1000.0, floor=0.0),
    Exponential(budget=4),
    Linear(budget=3),
    Cosine(initial=1.0, final=0.0, budget=5),
    OneFifthRule(),
    OneFifthRule(window=2),
    NoImprovementWindow(),
    NoImprovementWindow(window=1),
    PerParameterSuccess(),
    LengthBySensitivity(),
    LengthBySensitivity(PerParameterSuccess(), target="seconds", power=0.5),
    ByRecentAccuracy(),
    ByRecentAccuracy(0.0, 1.0, window=3, prior_pairs=0.0),
    Product((Cosine(), PerParameterSuccess(), Constant(0.5))),
    Maximum((PerParameterSuccess(), Exponential())),
    Clipped(PerParameterSuccess(), 0.1, 0.15),
]
CLASSES = {type(schedule).__name__: type(schedule) for schedule in SCHEDULES}


@component_checks(SCHEDULES)
def test_contract(component, check):
    check(component)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_description_round_trips(schedule):
    again = rebuild(describe(schedule), CLASSES)
    assert again == schedule
    assert hash(again) == hash(schedule)


def read(schedule, study):
    # None of the components here remembers anything, so a fresh state is the state.
    return schedule.read(schedule.init(), ScheduleQuery(study, Key(1)))


def begin(space=SPACE, direction="maximize"):
    return apply(EMPTY, StudyStarted(0, "s", space, direction, "score", 1, {}, 3))


def tried(
    study, *, success, moved=("x",), gain=math.nan, origin="explore", score=0.0, anticipated=None
):
    trial = study.n_trials + 1
    parent = 1 if origin in ("explore", "exploit") and trial > 1 else None
    known = None if anticipated is None else Anticipated(anticipated, 0.1, 1.0, 0.1, 0.0, 0.0)
    configuration = dict(study.known_space.start)
    study = apply(study, Proposed(0, trial, configuration, parent, moved, origin, known))
    study = apply(study, Evaluated(0, trial, Measurement((0,), (score,), (1.0,), (0.0,))))
    value = None if math.isnan(gain) else gain
    if success:
        return apply(study, Accepted(0, trial, value, None))
    return apply(study, Rejected(0, trial, value, None, "no gain"))


def after(successes, **named):
    study = tried(begin(), success=True, origin="start")
    for success in successes:
        study = tried(study, success=success, **named)
    return study


flags = st.lists(st.booleans(), max_size=30)


# Decay laws


@pytest.mark.parametrize("n", [0, 1, 7, 30])
def test_decay_by_trial(n):
    study = after([False] * (n - 1)) if n else begin()
    assert read(Exponential(2.0, 0.1, 0.0), study) == pytest.approx(2 * math.exp(-0.1 * n))
    assert read(Exponential(2.0, 0.1, 1.5), study) == max(1.5, 2 * math.exp(-0.1 * n))
    assert read(InverseLinear(2.0, 0.1, 0.0), study) == pytest.approx(2 / (1 + 0.1 * n))
    assert read(Constant(0.3), study) == 0.3


def test_decay_by_share_of_the_budget():
    half = after([False] * 9)
    assert half.n_trials == 10
    assert read(Exponential(1.0, 2.0, 0.0, budget=20), half) == pytest.approx(math.exp(-1))
    assert read(Linear(1.0, 0.2, budget=20), half) == pytest.approx(0.6)
    assert read(Cosine(1.0, 0.2, budget=20), half) == pytest.approx(0.6)
    assert read(Cosine(1.0, 0.2, budget=40), half) == pytest.approx(
        0.2 + 0.4 * (1 + math.cos(math.pi / 4))
    )


lengths = st.floats(1e-6, 1e6)


@given(lengths, lengths, st.integers(1, 20))
def test_ends_are_met_exactly(initial, final, budget):
    end = after([False] * (budget + 3))
    for kind in (Linear, Cosine):
        assert read(kind(initial, final, budget), begin()) == initial
        assert read(kind(initial, final, budget), end) == final
    spent = Exponential(initial, 1.0, 1e-9, budget)
    assert read(spent, begin()) == initial
    assert read(spent, end) == pytest.approx(initial / math.e)


@given(st.sampled_from([Linear, Cosine]), lengths, lengths, st.lists(st.floats(0, 1), min_size=2))
def test_between_the_ends_it_goes_one_way(kind, initial, final, shares):
    values = [kind(initial, final, 10).at(share) for share in sorted(shares)]
    steps = np.diff(values) * (1 if final >= initial else -1)
    assert np.all(steps >= -1e-9 * max(initial, final))
    low, high = min(initial, final), max(initial, final)
    assert all(low * (1 - 1e-12) <= value <= high * (1 + 1e-12) for value in values)


@pytest.mark.parametrize("schedule", [Exponential(), Linear(), Cosine()], ids=repr)
def test_earlier_results_use_up_no_budget(schedule):
    study = tried(begin(), success=True, origin="prior")
    assert read(schedule, study) == read(schedule, begin())


# Success rules


def test_one_fifth_rule_stays_at_one_fifth():
    rule = OneFifthRule(initial=0.1, factor=2.0)
    assert read(rule, after([True, False, False, False, False] * 6)) == pytest.approx(0.1)
    assert read(rule, after([True] * 3)) == pytest.approx(0.8)
    assert read(rule, after([False] * 4)) == pytest.approx(0.05)


@given(st.integers(1, 9), st.integers(1, 9), st.randoms())
def test_success_rule_stays_at_any_target_and_moves_beside_it(wins, losses, random):
    steps = [True] * wins + [False] * losses
    random.shuffle(steps)
    target = wins / (wins + losses)

    def far(target):
        return OneFifthRule(0.1, 1.1, target, floor=1e-9, ceiling=1e9).after(steps)

    assert far(target) == pytest.approx(0.1)
    assert far(target * 0.9) > 0.1 > far(target + 0.1 * (1 - target))


@given(flags)
def test_success_rule_in_windows(steps):
    rule = OneFifthRule(0.1, 2.0, window=5, floor=1e-9, ceiling=1e9)
    expected = 0.1
    for i in range(len(steps) // 5):
        won = sum(steps[5 * i : 5 * i + 5])
        expected *= 2.0 if won > 1 else 0.5 if won < 1 else 1.0
    assert read(rule, after(steps)) == pytest.approx(expected)


@given(flags)
def test_success_rule_keeps_its_bounds_and_comes_back_at_once(steps):
    rule = OneFifthRule(0.1, 2.0, floor=0.05, ceiling=0.4)
    length = read(rule, after(steps))
    assert 0.05 <= length <= 0.4
    # However long a run, one success more brings the length off the floor.
    assert read(rule, after([*steps, *[False] * 20, True])) == pytest.approx(0.1)
    assert read(rule, after([True] * 20)) == 0.4


@given(flags)
def test_only_own_steps_count(steps):
    for schedule in (
        OneFifthRule(),
        OneFifthRule(window=3),
        NoImprovementWindow(window=2),
        PerParameterSuccess(),
    ):
        fresh = read(schedule, begin())
        for origin in ("start", "given", "prior"):
            study = after(steps, origin=origin)
            np.testing.assert_array_equal(read(schedule, study), fresh)


def test_a_loss_accepted_by_chance_is_no_success():
    for schedule in (OneFifthRule(), NoImprovementWindow(window=2), PerParameterSuccess()):
        lost = read(schedule, after([False, False], gain=-1.0))
        np.testing.assert_array_equal(read(schedule, after([True, True], gain=-1.0)), lost)
        assert np.min(lost) < np.min(read(schedule, begin()))


@given(flags, st.integers(1, 5))
def test_no_improvement_window(steps, window):
    waited, expected = 0, 0.4
    for success in steps:
        waited = 0 if success else waited + 1
        if waited == window:
            expected, waited = expected / 2, 0
    rule = NoImprovementWindow(0.4, 0.5, window, floor=1e-12)
    assert read(rule, after(steps)) == pytest.approx(expected)
    assert read(NoImprovementWindow(0.4, 0.5, window, floor=0.3), after(steps)) == max(
        0.3, expected
    )


def test_no_improvement_window_is_twice_the_searched_parameters():
    # x and y are searched, c is not.
    assert read(NoImprovementWindow(0.4, 0.5), after([False] * 3)) == 0.4
    assert read(NoImprovementWindow(0.4, 0.5), after([False] * 4)) == 0.2


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([("x",), ("y",), ("x", "y")])), max_size=20)
)
def test_each_parameter_by_its_own_moves(steps):
    study = tried(begin(), success=True, origin="start")
    expected = {"x": 0.2, "y": 0.2, "c": 0.2}
    for success, moved in steps:
        study = tried(study, success=success, moved=moved)
        for name in moved:
            expected[name] = min(max(expected[name] * (2.0 if success else 0.5), 0.01), 1.0)
    rule = PerParameterSuccess(0.2, 2.0, 0.5, 0.01, 1.0)
    np.testing.assert_allclose(read(rule, study), list(expected.values()), rtol=1e-9)


def test_what_changed_nothing_changes_no_length():
    rule = PerParameterSuccess()
    np.testing.assert_array_equal(read(rule, after([False] * 5, gain=0.0)), [0.2] * 3)
    # A gain too small to be accepted is none.
    np.testing.assert_array_equal(read(rule, after([False] * 5, gain=1e-9)), [0.2] * 3)


def test_a_new_parameter_begins_at_the_initial_length():
    study = apply(
        after([False] * 3), SpaceChanged(0, Space({**dict(SPACE.parameters), "z": Float(0, 1)}))
    )
    x, y, c, z = read(PerParameterSuccess(0.2, 2.0, 0.5), study)
    assert (x, y, c, z) == pytest.approx((0.025, 0.2, 0.2, 0.2))


# Sensitivity


@given(legal_logs(), st.floats(0, 3), st.floats(1, 10))
def test_length_falls_with_sensitivity(log, power, most):
    study = reduce(log)
    s = sensitivity(study)
    vector = read(LengthBySensitivity(Constant(0.3), "score", power, most), study)
    assert vector.shape == s.shape
    order = np.argsort(s)
    assert np.all(np.diff(vector[order]) <= 1e-12)
    assert np.all((vector >= 0.3 / most * (1 - 1e-12)) & (vector <= 0.3 * most * (1 + 1e-12)))


def test_length_times_sensitivity_is_even():
    study = begin()
    for x, y, score in [(0.5, 0.5, 0.0), (0.6, 0.5, 0.3), (0.5, 0.6, 0.1), (0.4, 0.5, -0.3)]:
        trial = study.n_trials + 1
        moved = () if trial == 1 else ("x",) if y == 0.5 else ("y",)
        proposed = Proposed(
            0, trial, {"x": x, "y": y, "c": 1}, 1 if trial > 1 else None, moved, "explore"
        )
        study = apply(
            apply(study, proposed), Evaluated(0, trial, Measurement((0,), (score,), (1.0,), (0.0,)))
        )
        study = apply(
            study,
            Accepted(0, 1, None, None) if trial == 1 else Rejected(0, trial, None, None, "no gain"),
        )
    s = sensitivity(study)
    assert s[0] > s[1]
    np.testing.assert_allclose(read(LengthBySensitivity(Constant(0.2)), study) * s, 0.2)
    np.testing.assert_allclose(read(LengthBySensitivity(Constant(0.2), power=0.0), study), 0.2)


# Accuracy of what was anticipated


def anticipating(pairs, direction="maximize"):
    study = tried(begin(direction=direction), success=True, origin="start")
    for expected, score in pairs:
        if score is None:
            study = failing(study, expected)
        else:
            study = tried(study, success=False, anticipated=expected, score=score)
    return study


def failing(study, expected):
    trial = study.n_trials + 1
    known = Anticipated(expected, 0.1, 1.0, 0.1, 0.0, 0.0)
    study = apply(
        study, Proposed(0, trial, dict(study.known_space.start), 1, ("x",), "exploit", known)
    )
    study = apply(study, Evaluated(0, trial, Measurement((0,), (math.nan,), (1.0,), (0.0,))))
    return apply(study, Rejected(0, trial, None, None, "failed"))


distinct = st.lists(st.integers(-99, 99), min_size=2, max_size=12, unique=True)


@given(distinct.flatmap(lambda x: st.tuples(st.just(x), st.permutations(x))))
def test_accuracy_is_kendalls_tau(pair):
    x, y = pair
    study = anticipating(zip(map(float, x), map(float, y), strict=True))
    tau = stats.kendalltau(x, y).statistic
    assert recent_accuracy(study, 20, 0.0) == pytest.approx(tau)
    pairs = len(x) * (len(x) - 1) / 2
    assert recent_accuracy(study, 20, 10.0) == pytest.approx(tau * pairs / (pairs + 10))


def test_accuracy_does_not_depend_on_the_direction():
    pairs = [(1.0, 2.0), (2.0, 3.0), (5.0, 2.5)]
    up = recent_accuracy(anticipating(pairs), 20)
    assert up == recent_accuracy(anticipating(pairs, "minimize"), 20) > 0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_the_rate_falls_with_accuracy(a, b, worse, better):
    rule = ByRecentAccuracy(min(a, b), max(a, b))
    worse, better = sorted([worse, better])
    assert rule.rate(better) <= rule.rate(worse) + 1e-15
    assert rule.rate(1.0) == min(a, b)
    assert rule.rate(0.0) == rule.rate(-1.0) == max(a, b)


def test_the_rate_on_studies():
    rule = ByRecentAccuracy(0.1, 0.6, prior_pairs=0.0)
    right = [(float(i), i / 2) for i in range(6)]
    wrong = [(float(i), -i / 2) for i in range(6)]
    assert read(rule, begin()) == 0.6
    assert read(rule, anticipating(right)) == 0.1
    assert read(rule, anticipating(wrong)) == 0.6
    # Only the latest count.
    assert read(ByRecentAccuracy(0.1, 0.6, 6, 0.0), anticipating(wrong + right)) == 0.1
    # A failure is worse than any score.
    assert recent_accuracy(anticipating([(1.0, -5.0), (0.0, None)]), 20, 0.0) == 1.0
    assert recent_accuracy(anticipating([(0.0, -5.0), (1.0, None)]), 20, 0.0) == -1.0
    # More evidence, lower rate.
    cautious = ByRecentAccuracy(0.1, 0.6)
    assert 0.1 < read(cautious, anticipating(right)) < read(cautious, anticipating(right[:3])) < 0.6


# Combinations


@given(flags)
def test_combinations(steps):
    study = after(steps)
    vector, number = PerParameterSuccess(), Linear(1.0, 0.05, budget=20)
    a, b = read(vector, study), read(number, study)
    np.testing.assert_allclose(read(Product((vector, number)), study), a * b)
    np.testing.assert_array_equal(read(Maximum((vector, number)), study), np.maximum(a, b))
    np.testing.assert_array_equal(read(Clipped(vector, 0.1, 0.25), study), np.clip(a, 0.1, 0.25))
    assert read(Product((number, number)), study) == pytest.approx(b * b)
    assert isinstance(read(Maximum((number,)), study), float)
    assert isinstance(read(Clipped(number, 0.1), study), float)


def test_products_stay_finite_and_positive():
    far, near = Constant(1e300), Constant(1e-300)
    assert read(Product((far, far)), begin()) == np.finfo(float).max
    assert read(Product((near, near)), begin()) > 0
    assert read(Product((near, Constant(0.0))), begin()) == 0
    assert read(Product((far, far, Constant(0.0))), begin()) == 0


class Noise(Constant):
    def read(self, state, query):
        return query.key.generator().random()


def test_each_factor_has_its_own_randomness():
    a = Noise(1.0)
    value = read(Product((a, a)), begin())
    assert math.sqrt(value) != pytest.approx(read(Product((a,)), begin()))


@given(st.integers(0, 1000))
def test_laws_hold_after_any_number_of_trials(n):
    for value in (
        Exponential(1.0, 0.05, 0.01).at(n),
        OneFifthRule().after([False] * n),
        OneFifthRule().after([True] * n),
        NoImprovementWindow().after([False] * n, 1),
    ):
        assert 0 < value < math.inf


# Fields


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Exponential(initial=0.0), r"Exponential\.initial = 0.0 must be > 0"),
        (lambda: Exponential(budget=0), r"Exponential\.budget"),
        (lambda: Linear(budget=1.5), r"Linear\.budget"),
        (lambda: Cosine(final=-1.0), r"Cosine\.final"),
        (lambda: OneFifthRule(factor=1.0), r"OneFifthRule\.factor = 1.0 must be > 1"),
        (lambda: OneFifthRule(target=1.0), r"OneFifthRule\.target = 1.0 must be < 1"),
        (lambda: OneFifthRule(initial=2.0), r"initial = 2.0 must be from"),
        (lambda: OneFifthRule(floor=2.0), r"floor = 2.0 must not be above"),
        (lambda: NoImprovementWindow(factor=1.0), r"factor = 1.0 must be < 1"),
        (lambda: NoImprovementWindow(floor=0.5), r"floor = 0.5 must not be above"),
        (lambda: PerParameterSuccess(grow=0.9), r"grow = 0.9 must be > 1"),
        (lambda: PerParameterSuccess(shrink=1.1), r"shrink = 1.1 must be < 1"),
        (lambda: LengthBySensitivity(target="time"), r"target = 'time'"),
        (lambda: LengthBySensitivity(most=0.5), r"most = 0.5 must be >= 1"),
        (lambda: LengthBySensitivity(0.2), r"LengthBySensitivity\.base = 0.2 must be a component"),
        (lambda: ByRecentAccuracy(0.7, 0.6), r"floor = 0.7 must not be above"),
        (lambda: ByRecentAccuracy(window=1), r"window = 1"),
        (lambda: Product(()), r"Product\.schedules = \(\)"),
        (lambda: Maximum((0.1,)), r"Maximum\.schedules"),
        (lambda: Clipped(Constant(1.0), 0.5, 0.1), r"Clipped\.floor = 0.5"),
    ],
)
def test_wrong_fields_are_told(make, message):
    with pytest.raises(ComponentError, match=message):
        make()
