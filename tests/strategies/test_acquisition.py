"""Acquisitions: what each makes of the same anticipation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from autotune import Float, Space
from autotune.errors import ComponentError
from autotune.strategy import AcquisitionQuery, Key, Prediction, describe, rebuild
from autotune.study import EMPTY, Evaluated, Measurement, Proposed, Rejected, StudyStarted, reduce
from autotune_strategies.acquisition.confidence import (
    Greedy,
    ThompsonSampling,
    UpperConfidenceBound,
)
from autotune_strategies.acquisition.cost import (
    GainMinusPrice,
    MinusPrice,
    PerSecond,
    WithinSeconds,
)
from autotune_strategies.acquisition.improvement import (
    LOWEST,
    ExpectedImprovement,
    LogExpectedImprovement,
    ProbabilityOfImprovement,
    log_h,
)
from autotune_strategies.schedules.combinations import Constant
from autotune_strategies.schedules.decay import InverseLinear

KEY = Key(3).child(7, "acquisition")
PLAIN = [
    Greedy(),
    ProbabilityOfImprovement(),
    ProbabilityOfImprovement(0.1),
    ExpectedImprovement(),
    ExpectedImprovement(0.1),
    LogExpectedImprovement(),
    LogExpectedImprovement(0.1),
    UpperConfidenceBound(),
    UpperConfidenceBound(InverseLinear(2.0, 0.1, 0.0)),
    ThompsonSampling(),
    GainMinusPrice(0.1, 5.0),
]
COMPOSED = [
    combination
    for plain in PLAIN
    for combination in (
        PerSecond(plain),
        WithinSeconds(plain, max_fit_time=2.0),
        WithinSeconds(plain, max_fit_time=2.0, weighted=True),
        PerSecond(WithinSeconds(plain, max_fit_time=2.0, weighted=True), least=0.0),
    )
] + [MinusPrice(plain, 0.5) for plain in PLAIN if not isinstance(plain, LogExpectedImprovement)]
CLASSES = {
    c.__name__: c
    for c in (
        Greedy,
        ProbabilityOfImprovement,
        ExpectedImprovement,
        LogExpectedImprovement,
        UpperConfidenceBound,
        ThompsonSampling,
        GainMinusPrice,
        PerSecond,
        WithinSeconds,
        MinusPrice,
        Constant,
        InverseLinear,
    )
}


def predict(gain, sd=None, seconds=None, seconds_sd=None, parent_seconds=1.0):
    gain = np.array(gain, dtype=float)
    n = len(gain)
    sd = np.zeros(n) if sd is None else np.array(sd, dtype=float)
    seconds = np.ones(n) if seconds is None else np.array(seconds, dtype=float)
    seconds_sd = np.zeros(n) if seconds_sd is None else np.array(seconds_sd, dtype=float)
    return Prediction(gain + 0.5, sd, seconds, seconds_sd, gain, parent_seconds - seconds)


def worth(acquisition, prediction, study=EMPTY, key=KEY):
    return acquisition.read(acquisition.init(), AcquisitionQuery(study, key, prediction))


def recorded(*seconds):
    """A study of trials that took so long."""
    events = [StudyStarted(0, "s", Space({"x": Float(0, 1)}), "maximize", "score", 1, {}, 0)]
    for trial, fit in enumerate(seconds, 1):
        events += [
            Proposed(0, trial, {"x": 0.5}, None, (), "given"),
            Evaluated(0, trial, Measurement((0,), (0.5,), (fit,), (0.0,))),
            Rejected(0, trial, None, None, "no gain"),
        ]
    return reduce(events)


def numbers(size):
    return st.floats(-size, size, allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, -1.0])


@st.composite
def predictions(draw, size=1e3, least_sd=0.0):
    n = draw(st.integers(1, 6))

    def column(values):
        return draw(st.lists(values, min_size=n, max_size=n))

    sd = st.floats(least_sd, size) | st.just(least_sd)
    return predict(column(numbers(size)), column(sd), column(numbers(size)), column(sd))


# All of them


@given(predictions(size=1e300) | predictions(), st.sampled_from(PLAIN + COMPOSED))
def test_every_worth_is_finite_and_leaves_the_prediction_as_it_was(prediction, acquisition):
    before = [
        column.copy() for column in (prediction.gain, prediction.value_sd, prediction.seconds)
    ]
    study = recorded(0.5, 0.25)
    found = worth(acquisition, prediction, study)
    assert found.shape == prediction.gain.shape
    assert found.dtype == np.float64
    assert np.all(np.isfinite(found))
    assert np.array_equal(found, worth(acquisition, prediction, study))
    after = [prediction.gain, prediction.value_sd, prediction.seconds]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@given(predictions(), st.randoms(), st.sampled_from(PLAIN + COMPOSED))
def test_the_worth_does_not_hang_on_the_order_of_candidates(prediction, random, acquisition):
    if "Thompson" in repr(acquisition):
        return  # draws belong to places
    order = list(range(len(prediction.gain)))
    random.shuffle(order)
    shuffled = Prediction(
        *(
            getattr(prediction, name)[order]
            for name in ("value", "value_sd", "seconds", "seconds_sd", "gain", "seconds_saved")
        )
    )
    assert np.allclose(
        worth(acquisition, shuffled), worth(acquisition, prediction)[order], rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("acquisition", PLAIN + COMPOSED, ids=repr)
def test_descriptions_round_trip(acquisition):
    assert rebuild(describe(acquisition), CLASSES) == acquisition


@pytest.mark.parametrize("acquisition", PLAIN + COMPOSED, ids=repr)
def test_what_is_better_in_every_way_is_worth_no_less(acquisition):
    if "Thompson" in repr(acquisition):
        return
    better, worse = worth(
        acquisition, predict([0.3, -0.2], [0.1, 0.1], [1.0, 3.0], [0.5, 0.5]), recorded(1.0)
    )
    assert better > worse


# Greedy


def test_greedy_is_the_gain():
    assert worth(Greedy(), predict([0.1, -0.2])).tolist() == [0.1, -0.2]


# Probability of improvement


@given(predictions(), st.floats(0, 10))
def test_a_probability_is_one(prediction, margin):
    found = worth(ProbabilityOfImprovement(margin), prediction)
    assert np.all((found >= 0) & (found <= 1))


def test_probability_by_hand():
    found = worth(
        ProbabilityOfImprovement(0.5), predict([0.5, 1.5, -0.5, 0.5, 0.6], [1, 1, 1, 0, 0])
    )
    assert found.tolist() == pytest.approx([0.5, stats.norm.cdf(1), stats.norm.cdf(-1), 0.0, 1.0])


# Expected improvement


@given(predictions(), st.floats(0, 10))
def test_expected_improvement_is_at_least_zero_and_at_least_the_gain(prediction, margin):
    found = worth(ExpectedImprovement(margin), prediction)
    assert np.all(found >= 0)
    assert np.all(found >= prediction.gain - margin)


@given(numbers(10), st.floats(1e-3, 10), st.floats(1.001, 2))
def test_expected_improvement_grows_with_gain_and_with_uncertainty(gain, sd, factor):
    found = worth(
        ExpectedImprovement(), predict([gain, gain + sd * 1e-3, gain], [sd, sd, sd * factor])
    )
    assert found[1] >= found[0] * (1 - 1e-12)
    assert found[2] >= found[0] * (1 - 1e-12)


@pytest.mark.parametrize(
    ("gain", "sd", "margin"), [(0.2, 0.5, 0.0), (-1.0, 0.4, 0.0), (0.3, 0.1, 0.25), (2.0, 0.1, 0.5)]
)
def test_expected_improvement_is_the_integral(gain, sd, margin):
    def integrand(g):
        return (g - margin) * stats.norm.pdf(g, gain, sd)

    expected, _ = integrate.quad(integrand, margin, max(margin, gain) + 12 * sd, epsabs=1e-14)
    assert worth(ExpectedImprovement(margin), predict([gain], [sd]))[0] == pytest.approx(
        expected, rel=1e-9
    )


def test_the_slope_of_expected_improvement_is_the_probability():
    gains, step = np.linspace(-2, 2, 9), 1e-5
    sd = np.full(9, 0.7)
    high = worth(ExpectedImprovement(), predict(gains + step, sd))
    low = worth(ExpectedImprovement(), predict(gains - step, sd))
    chance = worth(ProbabilityOfImprovement(), predict(gains, sd))
    assert (high - low) / (2 * step) == pytest.approx(chance, abs=1e-6)


@pytest.mark.parametrize("z", [3.0, 0.0, -0.99, -1.0, -1.01, -3.0, -10.0, -40.0, -1e3])
def test_log_h_against_an_integral_that_does_not_underflow(z):
    # h(z) is the integral of t φ(t − z) over t > 0; φ(z) is taken out of it where z < 0.
    def integrand(t):
        return t * math.exp(min(z, 0) * t - t * t / 2 + (max(z, 0) * t))

    value, _ = integrate.quad(integrand, 0, 40 if z > -5 else 60 / -z, epsabs=0, epsrel=1e-12)
    expected = math.log(value) - z * z / 2 - math.log(2 * math.pi) / 2
    assert log_h(np.array([z]))[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("z", [-1.0, -1 / math.sqrt(np.finfo(float).eps)])
def test_log_h_has_no_jump_between_its_pieces(z):
    a, b = log_h(np.array([np.nextafter(z, 1), np.nextafter(z, -np.inf)]))
    assert a == pytest.approx(b, rel=1e-12)


def test_log_h_far_out_is_its_asymptote():
    z = -7e7
    expected = -z * z / 2 - math.log(2 * math.pi) / 2 - 2 * math.log(-z)
    assert log_h(np.array([z]))[0] == pytest.approx(expected, rel=0, abs=1.0)


@given(predictions(size=20, least_sd=0.01), st.floats(0, 1))
def test_log_expected_improvement_is_its_logarithm(prediction, margin):
    plain = worth(ExpectedImprovement(margin), prediction)
    logs = worth(LogExpectedImprovement(margin), prediction)
    seen = plain > 1e-290
    assert np.allclose(logs[seen], np.log(plain[seen]), rtol=1e-9, atol=1e-9)
    assert np.all(logs[~seen] < -600)


def test_the_logarithm_tells_apart_what_has_underflowed():
    prediction = predict([-50.0, -60.0, -70.0], [1.0, 1.0, 1.0])
    assert worth(ExpectedImprovement(), prediction).tolist() == [0.0, 0.0, 0.0]
    assert np.all(np.diff(worth(LogExpectedImprovement(), prediction)) < 0)


def test_without_uncertainty_the_improvement_is_the_gain_or_nothing():
    prediction = predict([0.5, 0.0, -1.0, -2.0])
    assert worth(ExpectedImprovement(), prediction).tolist() == [0.5, 0.0, 0.0, 0.0]
    logs = worth(LogExpectedImprovement(), prediction)
    assert logs[0] == pytest.approx(math.log(0.5))
    assert np.all(np.diff(logs) < 0)
    assert np.all(logs[1:] <= LOWEST / 2)


# Upper confidence bound


@given(predictions())
def test_a_bound_of_no_width_is_greedy(prediction):
    assert np.array_equal(
        worth(UpperConfidenceBound(Constant(0.0)), prediction), worth(Greedy(), prediction)
    )


def test_beta_is_the_square_of_the_width_and_may_fall():
    prediction = predict([0.1, -0.2], [1.0, 2.0])
    assert worth(UpperConfidenceBound(Constant(9.0)), prediction) == pytest.approx([3.1, 5.8])
    falling = UpperConfidenceBound(InverseLinear(4.0, 1.0, 0.0))
    assert worth(falling, prediction, recorded(1.0, 1.0, 1.0)) == pytest.approx([1.1, 1.8])


# Thompson sampling


def test_thompson_draws_from_the_anticipated_distribution():
    n = 20_000
    draws = worth(ThompsonSampling(), predict(np.full(n, 0.3), np.full(n, 2.0)))
    assert stats.kstest(draws, stats.norm(0.3, 2.0).cdf).pvalue > 0.01


def test_thompson_draws_by_its_key():
    prediction = predict([0.0, 0.0, 5.0], [1.0, 1.0, 0.0])
    one, other = (
        worth(ThompsonSampling(), prediction),
        worth(ThompsonSampling(), prediction, key=Key(3).child(8, "acquisition")),
    )
    assert not np.array_equal(one, other)
    assert one[0] != one[1]
    assert one[2] == other[2] == 5.0


# Per second


@given(
    predictions(),
    st.sampled_from([ExpectedImprovement(), ProbabilityOfImprovement()]),
    st.sampled_from([0.25, 2.0, 64.0]),
)
def test_worth_per_second_scales_with_the_unit_of_time(prediction, of, unit):
    scaled = Prediction(
        prediction.value,
        prediction.value_sd,
        prediction.seconds * unit,
        prediction.seconds_sd * unit,
        prediction.gain,
        prediction.seconds_saved * unit,
    )
    study, scaled_study = recorded(0.5, 8.0), recorded(0.5 * unit, 8.0 * unit)
    found = worth(PerSecond(of), scaled, scaled_study) * unit
    assert np.allclose(found, worth(PerSecond(of), prediction, study), rtol=1e-12, atol=0)


def test_worth_per_second_by_hand():
    prediction = predict([0.4, 0.3, -0.1, -0.1], seconds=[2.0, 1.0, 1.0, 4.0])
    assert worth(PerSecond(Greedy()), prediction) == pytest.approx([0.2, 0.3, -0.1, -0.4])


def test_what_is_anticipated_to_take_no_time_takes_a_tenth_of_the_quickest():
    prediction = predict([1.0, 1.0, 1.0], seconds=[-3.0, 0.001, 0.5])
    assert worth(PerSecond(Greedy()), prediction, recorded(4.0, 1.0)) == pytest.approx([10, 10, 2])
    assert worth(PerSecond(Greedy()), prediction) == pytest.approx([1000, 1000, 2])
    assert worth(PerSecond(Greedy()), predict([1.0], seconds=[-1.0])).tolist() == [1.0]


@given(predictions(size=20, least_sd=0.5))
def test_logarithms_per_second(prediction):
    plain = worth(PerSecond(ExpectedImprovement()), prediction, recorded(0.5))
    logs = worth(PerSecond(LogExpectedImprovement()), prediction, recorded(0.5))
    seen = plain > 1e-290
    assert np.allclose(logs[seen], np.log(plain[seen]), rtol=1e-9, atol=1e-9)


@given(predictions())
def test_of_equal_worth_the_quicker_comes_first(prediction):
    for of in (Greedy(), ExpectedImprovement(), LogExpectedImprovement()):
        same = predict(
            np.full_like(prediction.gain, prediction.gain[0]),
            np.full_like(prediction.gain, prediction.value_sd[0]),
            prediction.seconds,
        )
        found = worth(PerSecond(of), same)
        order = np.argsort(same.seconds, kind="stable")
        assert np.all(np.diff(found[order]) <= 0)


# Minus a price


@given(predictions(), st.floats(0, 10))
def test_greedy_minus_a_price_is_the_rule_of_2018(prediction, price):
    assert np.array_equal(
        worth(MinusPrice(Greedy(), price), prediction), worth(GainMinusPrice(price), prediction)
    )


def test_no_price_is_taken_from_a_logarithm():
    for of in (LogExpectedImprovement(), PerSecond(LogExpectedImprovement())):
        with pytest.raises(ComponentError, match=r"MinusPrice\.of.*logarithm"):
            MinusPrice(of, 0.1)


# Within seconds


@given(predictions(), st.floats(0.1, 100))
def test_the_slow_come_last_and_the_quickest_of_them_first(prediction, limit):
    for of in (Greedy(), ExpectedImprovement(), LogExpectedImprovement()):
        plain = worth(of, prediction)
        found = worth(WithinSeconds(of, max_fit_time=limit), prediction)
        slow = prediction.seconds > limit
        assert np.array_equal(found[~slow], plain[~slow])
        if slow.any() and not slow.all():
            assert found[slow].max() < found[~slow].min()
        order = np.argsort(prediction.seconds[slow])
        steps = np.diff(prediction.seconds[slow][order])
        assert np.all(np.diff(found[slow][order])[steps > 0] < 0)


@given(predictions(size=10), st.floats(0.1, 10))
def test_the_limit_ranks_as_the_rule_of_2018_does(prediction, limit):
    ours = worth(WithinSeconds(Greedy(), max_fit_time=limit), prediction)
    theirs = worth(GainMinusPrice(0.0, limit), prediction)
    assert np.argmax(ours) == np.argmax(theirs)


def test_worth_times_the_chance_to_be_in_time():
    prediction = predict(
        [1.0, 1.0, 1.0, 1.0], seconds=[2.0, 3.0, 1.0, 2.5], seconds_sd=[1, 1, 0, 0]
    )
    found = worth(WithinSeconds(Greedy(), max_fit_time=2.0, weighted=True), prediction)
    assert found == pytest.approx([0.5, stats.norm.cdf(-1), 1.0, 0.0])


def test_a_loss_does_not_look_better_for_being_late():
    prediction = predict([-1.0, -1.0, -2.0], seconds=[1.0, 3.0, 1.0], seconds_sd=[1.0, 1.0, 1.0])
    found = worth(WithinSeconds(Greedy(), max_fit_time=2.0, weighted=True), prediction)
    assert found[0] > found[1] >= found[2]


@given(predictions(size=20, least_sd=0.5))
def test_logarithms_within_seconds(prediction):
    limit = {"max_fit_time": 2.0, "weighted": True}
    plain = worth(WithinSeconds(ExpectedImprovement(), **limit), prediction)
    logs = worth(WithinSeconds(LogExpectedImprovement(), **limit), prediction)
    seen = plain > 1e-290
    assert np.allclose(logs[seen], np.log(plain[seen]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: ExpectedImprovement(-0.1), "margin"),
        (lambda: ProbabilityOfImprovement(math.inf), "margin"),
        (lambda: UpperConfidenceBound(2.0), "beta"),
        (lambda: PerSecond(0.5), "of"),
        (lambda: PerSecond(least=2.0), "least"),
        (lambda: MinusPrice(Greedy(), -1.0), "price"),
        (lambda: WithinSeconds(Greedy(), max_fit_time=0.0), "max_fit_time"),
        (lambda: WithinSeconds(Greedy(), max_fit_time=1.0, weighted=1), "weighted"),
    ],
)
def test_bad_fields_are_named(make, field):
    with pytest.raises(ComponentError, match=rf"\.{field} = "):
        make()
