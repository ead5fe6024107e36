"""The 2018 recipe: every behaviour of the prototype, one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import Ridge as RidgeRegression

from autotune import Boolean, Categorical, Float, Integer, Sequence, Space, tune
from autotune.errors import ComponentError
from autotune.space import Ordinal
from autotune.strategy import (
    AcceptQuery,
    AcquisitionQuery,
    AnticipateQuery,
    Key,
    MoveQuery,
    Prediction,
)
from autotune.study import (
    Accepted,
    Evaluated,
    Failure,
    Measurement,
    Outcome,
    Proposed,
    Rejected,
    StudyStarted,
    reduce,
)
from autotune_strategies import (
    ChangeParameters,
    Constant,
    GainMinusPrice,
    InverseLinear,
    LogFeatures,
    MultiplyAdd,
    NearOrNotPositive,
    Ridge,
    Threshold,
    recipes,
)

SCALES = (1.0, 0.0)


def study_of(space, configurations, scores, seconds=None, n_folds=1):
    """A study in which every given configuration was judged; the first is accepted."""
    events = [StudyStarted(0, "s", space, "maximize", "score", n_folds, {}, 0)]
    for i, configuration in enumerate(configurations):
        trial = i + 1
        fit = 1.0 if seconds is None else seconds[i]
        events.append(Proposed(0, trial, configuration, None, (), "given"))
        failed = scores[i] is None
        events.append(
            Evaluated(
                0,
                trial,
                Measurement(
                    (0,),
                    (math.nan if failed else scores[i],),
                    (fit,),
                    (0.0,),
                    {},
                    Failure("E", "e") if failed else None,
                ),
            )
        )
        if i == 0 and not failed:
            events.append(Accepted(0, trial, None, None))
        else:
            events.append(Rejected(0, trial, None, None, "failed" if failed else "no gain"))
    return reduce(events)


def draws(space, start, move, count=200, seed=0):
    study = study_of(space, [start], [0.5])
    query = MoveQuery(study, Key(seed).child("move"), 1, count)
    found = move.read(move.init(), query)
    return space.decode(found.coordinates), found.moved


# Steps of numbers


@given(x=st.floats(1e-6, 1e6), seed=st.integers(0, 2**32))
def test_a_float_step_is_positive_and_not_near(x, seed):
    y = MultiplyAdd().step(Key(seed).generator(), Float(), x, SCALES, alone=True)
    assert y > 0
    assert not 0.95 * y <= x <= 1.05 * y


@given(x=st.integers(1, 10**6), seed=st.integers(0, 2**32))
def test_an_integer_step_is_another_positive_integer(x, seed):
    y = MultiplyAdd().step(Key(seed).generator(), Integer(low=1), float(x), SCALES, alone=True)
    assert y == int(y)
    assert y >= 1
    assert not 0.95 * y <= x <= 1.05 * y


@given(x=st.floats(-1e6, -1e-6), seed=st.integers(0, 2**32))
def test_a_negative_number_keeps_its_sign(x, seed):
    y = MultiplyAdd().step(Key(seed).generator(), Float(), x, SCALES, alone=True)
    assert y < 0
    assert y != x


def test_the_exponent_is_normal_and_as_often_up_as_down():
    rng = Key(3).generator()
    logs = np.array(
        [math.log(MultiplyAdd().step(rng, Float(), 1.0, SCALES, alone=True)) for _ in range(4000)]
    )
    assert 0.47 < np.mean(logs > 0) < 0.53
    for sign, least in ((1, -math.log(0.95)), (-1, math.log(1.05))):
        size = sign * logs[sign * logs > 0]
        # |N(0, 1)| beyond the veto's edge
        tail = stats.truncnorm(least, math.inf)
        assert stats.kstest(size, tail.cdf).pvalue > 0.001


def test_the_scales_are_standard_deviations():
    step = MultiplyAdd(Constant(0.2), Constant(0.0))
    rng = Key(3).generator()
    logs = [math.log(step.step(rng, Float(), 1.0, (0.2, 0.0), alone=True)) for _ in range(3000)]
    assert (
        stats.kstest(
            [x for x in logs if x > 0],
            stats.truncnorm(-math.log(0.95) / 0.2, math.inf, scale=0.2).cdf,
        ).pvalue
        > 0.001
    )


@given(seed=st.integers(0, 2**32))
def test_factor_and_summand_have_the_same_sign(seed):
    rng = Key(seed).generator()
    y = MultiplyAdd().step(rng, Float(), 10.0, (0.5, 2.0), alone=True)
    # Replay the accepted draw: the last one taken from the same stream.
    rng = Key(seed).generator()
    while True:
        sign = 1.0 if rng.random() < 0.5 else -1.0
        factor = math.exp(sign * abs(0.5 * rng.standard_normal()))
        summand = sign * abs(2.0 * rng.standard_normal())
        if not NearOrNotPositive()(10.0, 10.0 * factor + summand):
            break
    assert y == pytest.approx(10.0 * factor + summand, rel=1e-12)


@pytest.mark.parametrize(
    ("present", "proposed", "vetoed"),
    [
        (1.0, 0.0, True),
        (1.0, -1.0, True),
        (1.0, 1.0, True),
        (1.0, 1 / 0.95, True),
        (1.0, 1.06, False),
        (1.0, 1 / 1.05, True),
        (1.0, 0.94, False),
        (-2.0, -3.0, False),
        (-2.0, 3.0, True),
        (0.0, 0.0, True),
        (0.0, 1.0, False),
    ],
)
def test_the_veto_rule(present, proposed, vetoed):
    assert NearOrNotPositive()(present, proposed) is vetoed


def test_a_custom_veto_rule_is_asked():
    rule = NearOrNotPositive(0.5)
    step = MultiplyAdd(veto=rule)
    rng = Key(0).generator()
    for _ in range(200):
        y = step.step(rng, Float(), 1.0, SCALES, alone=True)
        assert not 0.5 * y <= 1.0 <= 1.5 * y


def test_zero_is_left():
    rng = Key(0).generator()
    assert MultiplyAdd().step(rng, Float(), 0.0, (1.0, 0.0), alone=True) != 0.0
    assert 0 < MultiplyAdd().step(rng, Float(0, 1), 0.0, (1.0, 0.0), alone=True) <= 1
    assert MultiplyAdd().step(rng, Integer(0, 9), 0.0, (1.0, 0.0), alone=True) >= 1
    assert MultiplyAdd().step(rng, Float(), 0.0, (1.0, 1.0), alone=True) != 0.0


@given(seed=st.integers(0, 2**32), x=st.integers(1, 9))
def test_bounds_are_kept(seed, x):
    y = MultiplyAdd().step(Key(seed).generator(), Integer(1, 9), float(x), (2.0, 1.0), alone=True)
    assert 1 <= y <= 9


# Steps of other values


def test_a_boolean_flips_alone_and_is_redrawn_in_company():
    rng = Key(0).generator()
    step = MultiplyAdd()
    assert {step.step(rng, Boolean(), 1.0, SCALES, alone=True) for _ in range(20)} == {0.0}
    assert {step.step(rng, Boolean(), 1.0, SCALES, alone=False) for _ in range(40)} == {0.0, 1.0}


def test_a_choice_differs_alone_and_is_redrawn_in_company():
    rng = Key(0).generator()
    step = MultiplyAdd()
    for dimension in (Categorical("abc"[i] for i in range(3)), Ordinal([1, 2, 3])):
        alone = [step.step(rng, dimension, 1.0, SCALES, alone=True) for _ in range(100)]
        assert set(alone) == {0.0, 2.0}
        company = [step.step(rng, dimension, 1.0, SCALES, alone=False) for _ in range(100)]
        assert set(company) == {0.0, 1.0, 2.0}


def test_a_lone_choice_stays():
    rng = Key(0).generator()
    assert MultiplyAdd().step(rng, Categorical(["a"]), 0.0, SCALES, alone=True) == 0.0


# Moves

SPACE = Space.from_start(
    {"x": 1.0, "n": 8, "flag": True, "word": "a", "layers": (4, 1)}, {"word": ["a", "b", "c"]}
)


@pytest.mark.parametrize("k", [1, 2, 3, 5, 9])
def test_k_parameters_move_and_the_others_stay(k):
    configurations, moved = draws(SPACE, SPACE.start, ChangeParameters(number=k))
    for configuration, names in zip(configurations, moved, strict=True):
        assert len(names) == len(set(names)) == min(k, 5)
        for name in SPACE:
            if name not in names:
                assert configuration[name] == SPACE.start[name]
            elif k == 1:
                assert configuration[name] != SPACE.start[name]


def test_parameters_are_picked_evenly():
    _, moved = draws(SPACE, SPACE.start, ChangeParameters(), count=2000)
    counts = [sum(names == (name,) for names in moved) for name in SPACE]
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize("kind", [tuple, list])
def test_a_sequence_changes_one_element_or_grows_by_its_smallest(kind):
    start = {"layers": kind([9, 3, 5])}
    space = Space.from_start(start)
    configurations, _ = draws(space, start, ChangeParameters(), count=400)
    grown = 0
    for configuration in configurations:
        layers = configuration["layers"]
        assert type(layers) is kind
        if len(layers) == 4:
            grown += 1
            assert layers == kind([9, 3, 5, 3])
        else:
            changed = [a != b for a, b in zip(layers, [9, 3, 5], strict=True)]
            assert sum(changed) == 1
    assert 60 < grown < 140  # one action in four


def test_sequences_need_not_grow():
    start = {"layers": (9, 3)}
    space = Space.from_start(start)
    configurations, _ = draws(space, start, ChangeParameters(extend=False))
    assert all(len(c["layers"]) == 2 for c in configurations)
    space = Space({"layers": Sequence(of=Integer(1, 9), max_length=2)}, start=start)
    configurations, _ = draws(space, start, ChangeParameters())
    assert all(len(c["layers"]) == 2 for c in configurations)


# Exploration


def test_the_exploration_rate():
    rate = recipes.autotune_2018().exploration
    assert rate == InverseLinear(1.0, 0.25, 0.5)
    assert [rate.at(n) for n in (0, 1, 2, 4, 8)] == [1.0, 0.8, 1 / 1.5, 0.5, 0.5]


def test_about_half_of_the_trials_explore_in_the_long_run():
    strategy = recipes.autotune_2018()
    found = tune(lambda c: -abs(c["x"] - 3), {"x": 1.0}, strategy=strategy, n_trials=300, seed=5)
    origins = [found.study.origin(t) for t in range(20, 301)]
    assert 0.4 < origins.count("explore") / len(origins) < 0.6
    assert set(origins) == {"explore", "exploit"}


def test_without_exploration_every_step_is_compared():
    strategy = recipes.autotune_2018(explore_rt_init=0.0, explore_rt_min=0.0)
    found = tune(lambda c: -abs(c["x"] - 3), {"x": 1.0}, n_trials=20, strategy=strategy)
    assert {found.study.origin(t) for t in range(2, 21)} == {"exploit"}


# Anticipation


def test_features_by_hand():
    space = Space.from_start(
        {"x": 1.0, "still": 2.0, "flag": True, "word": "a", "layers": (4, 1)}, {"word": ["a", "b"]}
    )
    record = [
        {"x": 1.0, "still": 2.0, "flag": True, "word": "a", "layers": (4, 1)},
        {"x": 2.0, "still": 2.0, "flag": False, "word": "b", "layers": (4, 2, 7)},
        {"x": 4.0, "still": 2.0, "flag": True, "word": "a", "layers": (4, 1)},
    ]
    query = [{"x": 8.0, "still": 3.0, "flag": True, "word": "b", "layers": (4, 1, 5, 5)}]
    X, Q = LogFeatures().read(space, space.encode(record), space.encode(query))
    lx = np.log([1.0, 2.0, 4.0])
    missing = math.log(1e-3)
    expected = np.column_stack(
        [
            lx,
            lx**2,  # three distinct values: the square too
            [1, 0, 1],  # flag
            [1, 0, 1],
            [0, 1, 0],  # word is a, word is b
            np.log([1, 2, 1]),  # the second element has two values; the first never varied
            [1, 0, 1],  # the third is missing twice
            [missing, math.log(7), missing],
        ]
    )
    assert pytest.approx(expected) == X
    lq = math.log(8)
    assert Q[0] == pytest.approx([lq, lq**2, 1, 0, 1, 0.0, 0, math.log(5)])


@pytest.mark.parametrize("target", ["score", "seconds"])
def test_ridge_is_scikit_learns(target):
    space = Space.from_start({"x": 1.0, "n": 3})
    rng = np.random.default_rng(0)
    record = [
        {"x": float(x), "n": int(n)}
        for x, n in zip(rng.random(30) + 0.1, rng.integers(1, 9, 30), strict=True)
    ]
    scores, seconds = rng.random(30).tolist(), rng.random(30).tolist()
    scores[7] = None  # a failed trial teaches nothing
    study = study_of(space, record, scores, seconds)
    candidates = space.encode([{"x": 0.5, "n": 2}, {"x": 5.0, "n": 7}])
    query = AnticipateQuery(study, Key(0), target, candidates, np.array([1, 1]))
    estimate = Ridge(alpha=0.7).read((), query)
    kept = [i for i in range(30) if i != 7]
    X, Q = LogFeatures().read(space, space.encode([record[i] for i in kept]), candidates)
    y = [(scores if target == "score" else seconds)[i] for i in kept]
    model = RidgeRegression(alpha=0.7).fit(X, y)
    assert estimate.mean == pytest.approx(model.predict(Q))
    sd = np.sqrt(np.mean((np.array(y) - model.predict(X)) ** 2))
    assert estimate.sd == pytest.approx([sd, sd])


def test_ridge_says_nothing_before_the_second_trial():
    space = Space.from_start({"x": 1.0})
    study = study_of(space, [{"x": 1.0}], [0.5])
    query = AnticipateQuery(study, Key(0), "score", space.encode([{"x": 2.0}]), np.array([1]))
    assert Ridge().read((), query) is None


def prediction(gain, saved, seconds):
    zeros = np.zeros(len(gain))
    return Prediction(zeros, zeros, np.array(seconds), zeros, np.array(gain), np.array(saved))


def worth(component, gain, saved, seconds):
    study = study_of(SPACE, [SPACE.start], [0.5])
    return component.read((), AcquisitionQuery(study, Key(0), prediction(gain, saved, seconds)))


def test_the_price_of_time_counts_for_time_saved():
    assert worth(GainMinusPrice(0.5), [0.1, 0.1], [2.0, -2.0], [1.0, 5.0]) == pytest.approx(
        [1.1, -0.9]
    )


@given(
    gain=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=9),
    data=st.data(),
)
def test_too_slow_candidates_come_last_and_the_quickest_first_among_them(gain, data):
    n = len(gain)
    seconds = data.draw(st.lists(st.floats(0, 100), min_size=n, max_size=n))
    rated = worth(GainMinusPrice(0.0, max_fit_time=50.0), gain, [0.0] * n, seconds)
    slow = np.array(seconds) > 50
    if slow.any() and not slow.all():
        assert rated[slow].max() < rated[~slow].min()
    by_speed = np.array(seconds)[slow]
    assert np.all(np.diff(rated[slow][np.argsort(by_speed, kind="stable")]) <= 0)


# Acceptance


def verdict(rule, score, seconds, incumbent_score=0.5, incumbent_seconds=1.0):
    study = study_of(SPACE, [SPACE.start], [incumbent_score], [incumbent_seconds])
    outcome = Outcome(1, score, score, 0.0, seconds, 0.0, failed=False)
    return rule.read((), AcceptQuery(study, Key(0), 2, outcome))


@pytest.mark.parametrize(
    ("rule", "score", "seconds", "reason"),
    [
        (Threshold(), 0.50011, 1.0, None),
        (Threshold(), 0.50009, 1.0, "no gain"),
        (Threshold(0.0), 0.5, 1.0, "no gain"),
        (Threshold(), 0.4, 0.01, "no gain"),
        # The prototype had the sign of the time term the other way round.
        (Threshold(price=0.1), 0.5, 0.5, None),
        (Threshold(price=0.1), 0.51, 1.2, "no gain"),
        (Threshold(price=0.1), 0.51, 1.05, None),
        (Threshold(max_fit_time=2.0), 0.9, 2.1, "too slow"),
        (Threshold(max_fit_time=2.0), 0.9, 2.0, None),
    ],
)
def test_the_threshold(rule, score, seconds, reason):
    found = verdict(rule, score, seconds)
    assert found.reason == reason
    assert found.gain == pytest.approx(score - 0.5)
    assert found.seconds_saved == pytest.approx(1.0 - seconds)


def test_a_score_of_zero_is_a_score():
    assert verdict(Threshold(), 0.0, 1.0, incumbent_score=-0.5).reason is None
    assert verdict(Threshold(), -0.5, 1.0, incumbent_score=0.0).reason == "no gain"


# The recipe


def test_the_defaults_are_the_prototypes():
    strategy = recipes.autotune_2018()
    assert strategy.n_candidates == 25
    assert strategy.move == ChangeParameters(1, MultiplyAdd(Constant(1.0), Constant(0.0)))
    assert strategy.acceptance == Threshold(1e-4, 0.0, None)
    assert strategy.score_anticipator == Ridge(1.0)


def test_every_option_reaches_its_part():
    strategy = recipes.autotune_2018(
        step_number_vars=2,
        multiply_scale=0.5,
        add_scale=0.1,
        step_threshold=-0.01,
        extending_lists=False,
        max_fit_time=3.0,
        explore_rt_init=0.9,
        explore_rt_decay=0.1,
        explore_rt_min=0.2,
        anticipation_draws=7,
        tradeoff_scr_per_sec=0.3,
        ridge_alpha=2.0,
        step_veto_rule=NearOrNotPositive(0.1),
    )
    assert strategy.move == ChangeParameters(
        2, MultiplyAdd(Constant(0.5), Constant(0.1), NearOrNotPositive(0.1)), extend=False
    )
    assert strategy.exploration == InverseLinear(0.9, 0.1, 0.2)
    assert strategy.n_candidates == 7
    assert strategy.acquisition == GainMinusPrice(0.3, 3.0)
    assert strategy.acceptance == Threshold(0.01, 0.3, 3.0)
    assert strategy.score_anticipator == strategy.seconds_anticipator == Ridge(2.0)


@pytest.mark.parametrize(
    ("option", "value", "word"),
    [
        ("step_number_vars", 0, "number"),
        ("multiply_scale", -1.0, "value"),
        ("explore_rt_init", math.nan, "initial"),
        ("anticipation_draws", 2.5, "n_candidates"),
        ("max_fit_time", 0.0, "max_fit_time"),
        ("tradeoff_scr_per_sec", "much", "price"),
        ("step_threshold", "0.1", "step_threshold"),
        ("ridge_alpha", 0, "alpha"),
    ],
)
def test_bad_options_are_named(option, value, word):
    with pytest.raises(ComponentError, match=word):
        recipes.autotune_2018(**{option: value})


def test_a_plain_number_is_no_schedule():
    with pytest.raises(ComponentError, match="Constant"):
        evolve(recipes.autotune_2018(), exploration=0.5)


def test_it_finds_a_narrow_optimum():
    def objective(c):
        return -(math.log(c["x"] / 30) ** 2) - (c["n"] - 5) ** 2 / 10

    found = tune(objective, {"x": 1.0, "n": 40}, n_trials=150, seed=0)
    assert found.best_score > -0.2
