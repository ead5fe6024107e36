"""Fold plans: which folds each trial gets."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from autotune import Float, Space
from autotune.errors import ComponentError
from autotune.strategy import FoldQuery, Key, describe, rebuild
from autotune.study import (
    Accepted,
    Evaluated,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    apply,
    reduce,
)
from autotune.testing import legal_logs
from autotune_strategies.folds import AllFolds, FoldSubset, Intensification, Racing, RotatingSubset

SPACE = Space({"x": Float(0, 1)})
ALL = [
    AllFolds(),
    FoldSubset((4, 9)),
    FoldSubset((2, 0)),
    RotatingSubset(2),
    RotatingSubset(3, at_random=True),
    Racing(),
    Racing(0.2, 1, 2, 0.0, FoldSubset((0, 2, 3))),
    Intensification(),
    Intensification(2, 0.1, RotatingSubset(3)),
]
CLASSES = {c.__name__: c for c in (AllFolds, FoldSubset, RotatingSubset, Racing, Intensification)}


def study_of(*trials, n_folds=10, direction="maximize", origins=None):
    """A study of trials by their scores, {fold: score}; all but the last are accepted."""
    events = [StudyStarted(0, "s", SPACE, direction, "score", n_folds, {}, 0)]
    for number, scores in enumerate(trials, 1):
        origin = "given" if origins is None else origins[number - 1]
        events.append(Proposed(0, number, {"x": 0.5}, None, (), origin))
        if scores:
            events.append(evaluated(number, scores))
        if number < len(trials):
            events.append(Accepted(0, number, None, None))
    return reduce(events)


def evaluated(number, scores):
    n = len(scores)
    return Evaluated(
        0, number, Measurement(tuple(scores), tuple(scores.values()), (1.0,) * n, (0.0,) * n)
    )


def planned(plan, study, trial=None, key=None):
    trial = study.n_trials if trial is None else trial
    key = Key(4).child(trial, "folds") if key is None else key
    return plan.read(plan.init(), FoldQuery(study, key, trial))


def run(plan, study, truth):
    """Run the pending trial as planned; return the folds in their order, and the last answer."""
    trial, ran = study.n_trials, []
    for _ in range(len(truth) + 1):
        folds = planned(plan, study, trial)
        if not folds:
            return ran, folds
        ran += folds
        study = apply(study, evaluated(trial, {fold: truth[fold] for fold in folds}))
    raise AssertionError("the plan does not end")


def curve(values):
    return dict(enumerate(values))


scores = st.lists(st.floats(-1, 1), min_size=10, max_size=10)


# All of them


@given(legal_logs(), st.sampled_from(ALL))
def test_every_legal_log_is_planned(log, plan):
    study = reduce(log)
    for trial in range(1, study.n_trials + 1):
        folds = planned(plan, study, trial)
        assert folds == planned(plan, study, trial)
        if folds is None:
            assert study.incumbent is not None
            continue
        assert type(folds) is tuple
        assert len(set(folds)) == len(folds)
        assert all(type(fold) is int for fold in folds)
        assert set(folds) <= set(range(study.begun.n_folds)) - set(study.measurement(trial).folds)


@pytest.mark.parametrize("plan", ALL, ids=repr)
@pytest.mark.parametrize("n_folds", [1, 2, 3, 10])
def test_every_trial_gets_a_fold_and_comes_to_an_end(plan, n_folds):
    first = study_of({}, n_folds=n_folds)
    ran, end = run(plan, first, curve([0.5] * n_folds))
    assert end == ()
    assert 1 <= len(ran) == len(set(ran)) <= n_folds
    second = study_of(curve([0.5] * n_folds), {}, n_folds=n_folds)
    ran, end = run(plan, second, curve([0.6] * n_folds))
    assert end == ()
    assert len(ran) >= 1


@pytest.mark.parametrize("plan", ALL, ids=repr)
def test_descriptions_round_trip(plan):
    assert rebuild(describe(plan), CLASSES) == plan


# Subsets


def test_the_fifth_and_tenth_of_twenty():
    plan = FoldSubset((4, 9))
    assert planned(plan, study_of({}, n_folds=20)) == (4, 9)
    assert planned(plan, study_of({4: 0.5}, n_folds=20)) == (9,)
    assert planned(plan, study_of({4: 0.5, 9: 0.5}, n_folds=20)) == ()


def test_folds_that_are_not_there_are_left_out_but_one_remains():
    assert planned(FoldSubset((4, 9)), study_of({}, n_folds=5)) == (4,)
    assert planned(FoldSubset((4, 9)), study_of({}, n_folds=3)) == (0,)
    assert planned(FoldSubset([2, 0]), study_of({}, n_folds=3)) == (2, 0)


@given(st.integers(1, 12), st.integers(1, 12))
def test_a_rotating_subset_uses_all_folds_equally_often(size, n_folds):
    plan = RotatingSubset(size)
    # After k trials each fold has had its turn as often as any other.
    turns = Counter(fold for trial in range(1, n_folds + 1) for fold in plan.chosen(trial, n_folds))
    assert set(turns.values()) == {min(size, n_folds)}
    assert len(turns) == n_folds
    # And never does one come before another has caught up.
    seen = Counter(dict.fromkeys(range(n_folds), 0))
    for trial in range(1, 30):
        seen.update(plan.chosen(trial, n_folds))
        assert max(seen.values()) - min(seen.values()) <= 1


@given(st.integers(2, 12), st.integers(1, 50), st.integers(1, 50))
def test_more_than_half_of_the_folds_are_shared(n_folds, one, other):
    plan = RotatingSubset(n_folds // 2 + 1)
    assert set(plan.chosen(one, n_folds)) & set(plan.chosen(other, n_folds))


def test_a_random_subset_hangs_on_the_key_and_stays_while_the_trial_runs():
    plan = RotatingSubset(4, at_random=True)
    study = study_of({})
    drawn = {planned(plan, study, key=Key(i)) for i in range(50)}
    assert len(drawn) > 30
    assert set().union(*drawn) == set(range(10))
    folds = planned(plan, study)
    assert len(folds) == 4
    assert planned(plan, study_of({folds[1]: 0.5})) == (folds[0], *folds[2:])


# Racing


sizes = st.sampled_from([1.0, 1e-9, 1e3, 1e9, 1e300])
levels = st.sampled_from([0.01, 0.05, 0.5, 1.0])


@given(scores, st.floats(1e-3, 1), levels, st.integers(1, 4), sizes)
def test_a_better_trial_is_never_dropped_where_there_is_no_noise(theirs, gain, level, first, size):
    study = study_of(curve([s * size for s in theirs]), {})
    plan = Racing(level, first)
    assert run(plan, study, curve([(s + gain) * size for s in theirs])) == (list(range(10)), ())


def test_a_better_trial_is_not_dropped_for_differences_that_vary_by_rounding():
    """Their t is finite, so that the chance of it is a little less than 1, which was the level."""
    theirs = [0.5, 0.0, *[0.25] * 8]
    study = study_of(curve(theirs), {})
    assert run(Racing(1.0, 2), study, curve([s + 1e-3 for s in theirs])) == (list(range(10)), ())


@given(scores, st.lists(st.integers(-4, 4), min_size=10, max_size=10), levels, sizes)
def test_rounding_alone_drops_no_trial(theirs, ulps, level, size):
    theirs = [(s + 2.0) * size for s in theirs]
    ours = [s + n * math.ulp(s) for s, n in zip(theirs, ulps, strict=True)]
    ran, end = run(Racing(level), study_of(curve(theirs), {}), curve(ours))
    assert (len(ran), end) == (10, ())


@given(scores, st.floats(1e-6, 1), sizes)
def test_a_loss_far_above_rounding_is_none_of_it(theirs, loss, size):
    theirs = [(s + 2.0) * size for s in theirs]
    ours = [s - loss * size for s in theirs]
    assert run(Racing(), study_of(curve(theirs), {}), curve(ours)) == ([0, 1], None)


@pytest.mark.parametrize("size", [5e-324, 1e-300, 1.0, 1e300, 1.7e307])
def test_losses_of_any_size_are_seen(size):
    study = study_of(curve([size] * 10), {})
    plan = Racing(test_ratio=0.0)
    assert run(plan, study, curve([-size] * 10)) == ([0, 1], None)
    ours = [-size * (0.8 + 0.02 * i) for i in range(10)]
    assert run(plan, study, curve(ours)) == ([0, 1], None)


@given(scores, scores, levels, st.integers(1, 3), st.integers(1, 4))
def test_what_is_better_on_every_fold_is_never_dropped(theirs, more, level, first, block):
    truth = [a + abs(b) + 1e-6 for a, b in zip(theirs, more, strict=True)]
    ran, end = run(Racing(level, first, block), study_of(curve(theirs), {}), curve(truth))
    assert (len(ran), end) == (10, ())


@given(st.floats(1e-3, 1), st.integers(2, 5))
def test_a_worse_trial_is_dropped_at_the_first_look_where_there_is_no_noise(loss, first):
    study = study_of(curve([0.5] * 10), {})
    assert run(Racing(0.05, first), study, curve([0.5 - loss] * 10)) == (list(range(first)), None)


def test_one_as_good_as_the_incumbent_runs_all_folds():
    assert run(Racing(), study_of(curve([0.5] * 10), {}), curve([0.5] * 10))[1] == ()


@given(scores, scores)
def test_a_trial_is_dropped_when_the_t_test_says_so(theirs, ours):
    difference = np.array(ours[:4]) - np.array(theirs[:4])
    assume(np.std(difference) > 1e-6)
    study = study_of(curve(theirs), curve(ours[:4]))
    p = stats.ttest_rel(ours[:4], theirs[:4], alternative="less").pvalue
    assume(abs(p - 0.1) > 1e-6)
    assert (planned(Racing(0.1, test_ratio=0.0), study) is None) == (p < 0.1)
    if planned(Racing(0.1), study) is None:  # the correction is the more cautious
        assert p < 0.1


@given(scores, scores)
def test_racing_does_not_mind_which_way_is_better(theirs, ours):
    up = study_of(curve(theirs), curve(ours[:3]))
    down = study_of(
        curve([-s for s in theirs]), curve([-s for s in ours[:3]]), direction="minimize"
    )
    assert planned(Racing(0.3), up) == planned(Racing(0.3), down)


def test_racing_looks_after_every_block():
    study = study_of(curve([0.5] * 10), {})
    plan = Racing(0.05, first=3, block=2)
    assert planned(plan, study) == (0, 1, 2)
    better = study_of(curve([0.5] * 10), curve([0.6] * 3))
    assert planned(plan, better) == (3, 4)
    assert planned(plan, study_of(curve([0.5] * 10), curve([0.6] * 2))) == (2,)
    assert planned(plan, study_of(curve([0.5] * 10), curve([0.6] * 9))) == (9,)


def test_a_first_trial_runs_all_folds_at_once():
    for plan in (Racing(), Intensification()):
        assert planned(plan, study_of({})) == tuple(range(10))


def test_folds_that_the_incumbent_ran_come_first():
    known = {3: 0.5, 7: 0.5, 8: 0.5}
    for plan in (Racing(first=2), Intensification(first=2)):
        assert planned(plan, study_of(known, {})) == (3, 7)
        rest = planned(plan, study_of(known, {3: 0.6, 7: 0.6, 8: 0.6}))
        assert rest == (0, 1, 2, 4, 5, 6, 9)


def test_results_taken_over_are_no_incumbent_to_race_against():
    study = study_of({0: 0.9, 1: 0.9}, {}, origins=["prior", "given"])
    for plan in (Racing(), Intensification()):
        assert planned(plan, study) == tuple(range(10))


def test_a_fold_without_a_score_ends_the_trial():
    study = study_of(curve([0.5] * 10), {0: math.nan, 1: 0.9})
    for plan in (Racing(), Intensification()):
        assert planned(plan, study) == ()


def test_a_race_over_a_subset():
    study = study_of(curve([0.5] * 10), {})
    assert run(Racing(of=FoldSubset((4, 9, 2))), study, curve([0.6] * 10)) == ([4, 9, 2], ())


# Intensification


@given(scores)
def test_a_trial_that_keeps_up_doubles_its_folds(theirs):
    study = study_of(curve(theirs), {})
    trial, steps = 2, []
    while folds := planned(Intensification(), study):
        steps.append(len(folds))
        study = apply(study, evaluated(trial, {fold: theirs[fold] for fold in folds}))
    assert steps == [1, 1, 2, 4, 2]


@given(scores, scores, st.floats(0, 1), st.integers(1, 4))
def test_a_trial_goes_on_while_its_mean_keeps_up(theirs, ours, margin, first):
    ran, end = run(Intensification(first, margin), study_of(curve(theirs), {}), curve(ours))
    looks = [first]
    while looks[-1] < 10:
        looks.append(min(2 * looks[-1], 10))
    behind = [
        n
        for n in looks[:-1]
        if np.mean(np.array(ours[:n]) - np.array(theirs[:n])) < -margin - 1e-12
    ]
    on_edge = any(
        abs(np.mean(np.array(ours[:n]) - np.array(theirs[:n])) + margin) <= 1e-12 for n in looks
    )
    assume(not on_edge)
    assert (len(ran), end) == ((behind[0], None) if behind else (10, ()))


@given(scores, st.floats(0, 1))
def test_an_equal_trial_runs_all_folds_whatever_the_margin(theirs, margin):
    study = study_of(curve(theirs), {})
    assert run(Intensification(margin=margin), study, curve(theirs))[1] == ()


def test_a_judged_trial_can_be_asked_about():
    study = reduce(
        [
            StudyStarted(0, "s", SPACE, "maximize", "score", 3, {}, 0),
            Proposed(0, 1, {"x": 0.5}, None, (), "given"),
            Rejected(0, 1, None, None, "failed"),
        ]
    )
    for plan in ALL:
        assert planned(plan, study, 1) is not None


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: FoldSubset(()), "folds"),
        (lambda: FoldSubset((1, 1)), "folds"),
        (lambda: FoldSubset((-1,)), "folds"),
        (lambda: FoldSubset((0.5,)), "folds"),
        (lambda: FoldSubset(3), "folds"),
        (lambda: RotatingSubset(0), "size"),
        (lambda: RotatingSubset(2, at_random=None), "at_random"),
        (lambda: Racing(level=2.0), "level"),
        (lambda: Racing(first=0), "first"),
        (lambda: Racing(block=0), "block"),
        (lambda: Racing(test_ratio=-0.1), "test_ratio"),
        (lambda: Racing(of=(1, 2)), "of"),
        (lambda: Intensification(first=0.5), "first"),
        (lambda: Intensification(margin=-0.1), "margin"),
    ],
)
def test_bad_fields_are_named(make, field):
    with pytest.raises(ComponentError, match=rf"\.{field}"):
        make()
