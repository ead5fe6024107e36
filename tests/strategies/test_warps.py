"""Warps of a target: in order, there and back, on any finite values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autotune.strategy import describe, rebuild
from autotune_strategies.warps import (
    FittedWarp,
    LogWarp,
    NoWarp,
    Ranks,
    Standard,
    Warp,
    Winsorized,
    YeoJohnson,
)

WARPS = [NoWarp(), Ranks(), LogWarp(), YeoJohnson(), Winsorized()]

every = pytest.mark.parametrize("warp", WARPS, ids=str)
usual = st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 6)), min_size=1, max_size=20)
finite = st.floats(allow_nan=False, allow_infinity=False)
any_values = st.lists(finite, min_size=1, max_size=20)


@every
@given(y=any_values, other=any_values)
def test_a_warp_is_total_and_keeps_the_order(warp, y, other):
    y = np.array(y)
    fitted = warp.fit(y)
    assert isinstance(fitted, FittedWarp)
    z = fitted.forward(np.sort(y))
    assert np.all(np.isfinite(z))
    assert np.all(np.diff(z) >= 0)
    back = fitted.inverse(np.sort(np.array(other)))
    assert np.all(np.isfinite(back))
    # But for the last digit, where there are powers and logarithms.
    slack = 0.0 if isinstance(warp, NoWarp | Ranks | Winsorized) else 1e-12 * np.abs(back).max()
    assert np.all(np.diff(back / 2) >= -slack)


@every
@given(y=any_values, mean=finite, sd=st.floats(0, allow_infinity=False, allow_nan=False))
def test_mean_and_standard_deviation_come_back_finite(warp, y, mean, sd):
    fitted = warp.fit(np.array(y))
    back, spread = fitted.restore(np.array([mean]), np.array([sd]))
    assert back.shape == spread.shape == (1,)
    assert np.isfinite(back[0])
    assert np.isfinite(spread[0])
    assert spread[0] >= 0
    assert back[0] == fitted.inverse(np.array([mean]))[0]
    assert fitted.restore(np.array([mean]), np.zeros(1))[1][0] == 0


@every
@given(y=usual, scale=st.sampled_from([1.0, 1e-6, 1e200, -1e305]))
def test_there_and_back_is_where_it_was(warp, y, scale):
    y = np.array(y) * scale
    fitted = warp.fit(y)
    if isinstance(warp, Winsorized):
        y = np.maximum(y, fitted.floor)  # what lies below is brought up for good
    np.testing.assert_allclose(
        fitted.inverse(fitted.forward(y)), y, rtol=1e-9, atol=1e-8 * np.abs(y).max()
    )


@every
@pytest.mark.parametrize("value", [0.0, -0.0, 3.0, -1e308, 5e-324])
def test_values_all_the_same(warp, value):
    y = np.full(4, value)
    fitted = warp.fit(y)
    z = fitted.forward(y)
    assert len(set(z.tolist())) == 1
    np.testing.assert_allclose(fitted.inverse(z), y, rtol=1e-9)


@every
def test_a_description_makes_the_warp_again(warp):
    assert isinstance(warp, Warp)
    assert rebuild(describe(warp), {type(warp).__name__: type(warp)}) == warp


@given(y=usual.map(set).map(list), seed=st.integers(0, 99))
def test_ranks_see_order_alone(y, seed):
    y = np.sort(np.array(y))
    other = np.sort(np.random.default_rng(seed).standard_cauchy(len(y)))
    np.testing.assert_allclose(Ranks().fit(y).forward(y), Ranks().fit(other).forward(other))


def test_normal_scores_are_those_of_blom():
    y = np.array([3.0, -1.0, 7.0, 5.0])
    expected = stats.norm.ppf((np.array([2, 1, 4, 3]) - 0.375) / 4.25)
    np.testing.assert_allclose(Ranks().fit(y).forward(y), expected)


def test_ties_share_a_normal_score():
    z = Ranks().fit(np.array([1.0, 1.0, 2.0])).forward(np.array([1.0, 2.0]))
    np.testing.assert_allclose(z, stats.norm.ppf((np.array([1.5, 3.0]) - 0.375) / 3.25))


def test_ranks_go_on_beyond_the_values_seen():
    fitted = Ranks().fit(np.array([0.0, 1.0, 10.0]))
    z = fitted.forward(np.array([0.0, 10.0]))
    slope = 10 / (z[1] - z[0])
    np.testing.assert_allclose(fitted.inverse(z[1:] + 1), 10 + slope)
    np.testing.assert_allclose(fitted.inverse(z[:1] - 1), -slope)
    np.testing.assert_allclose(fitted.forward(np.array([11.0])), z[1] + 1 / slope)


def test_ranks_keep_the_order_where_two_pieces_meet():
    """Just before a knot, interpolation would round to a value above the knot's own."""
    fitted = Ranks().fit(np.array([-1.0, 0.0, 1.0747394755824151]))
    back = fitted.inverse(np.array([-5e-324, 0.0]))
    assert back[0] <= back[1] == 0.0


@given(y=usual, seed=st.integers(0, 999))
def test_ranks_keep_the_order_next_to_every_knot(y, seed):
    y = np.append(y, np.random.default_rng(seed).normal(size=3))
    fitted = Ranks().fit(y)
    for there, knots in ((fitted.forward, y), (fitted.inverse, fitted.forward(y))):
        x = np.sort(np.concatenate([knots, np.nextafter(knots, -9e9), np.nextafter(knots, 9e9)]))
        assert np.all(np.diff(there(x)) >= 0)


def test_logarithms_of_positive_negative_and_mixed_values():
    y = np.array([0.1, 1.0, 10.0])
    np.testing.assert_allclose(LogWarp().fit(y).forward(y), np.log(y))
    np.testing.assert_allclose(LogWarp().fit(-y).forward(-y), -np.log(y))
    mixed = np.array([-1.0, 0.0, 3.0])
    # Shifted by 1 + 0.01 * 4, in units of the largest, 3.
    np.testing.assert_allclose(LogWarp().fit(mixed).forward(mixed), np.log((mixed + 1.04) / 3))


def test_what_has_no_logarithm_counts_as_the_least():
    z = LogWarp().fit(np.array([1.0, 2.0])).forward(np.array([-1.0, 0.0, 1e-300]))
    assert z[0] == z[1] < z[2]


def test_the_logarithm_of_errors_stretches_near_the_best():
    scores = np.array([-100.0, -10.0, -1.0])
    z = LogWarp().fit(scores).forward(scores)
    np.testing.assert_allclose(np.diff(z), np.log(10))


@pytest.mark.parametrize("seed", range(10))
def test_the_power_is_that_of_scipy(seed):
    rng = np.random.default_rng(seed)
    y = [rng.exponential(size=50), rng.normal(size=50), -rng.gamma(3, size=50)][seed % 3]
    u = (y - y.mean()) / y.std()
    expected_z, expected = stats.yeojohnson(u)
    fitted = YeoJohnson().fit(y)
    if 0 <= expected <= 2:
        assert fitted.power == pytest.approx(expected, abs=1e-3)
        np.testing.assert_allclose(fitted.forward(y), expected_z, atol=2e-3)
    np.testing.assert_allclose(
        fitted.forward(y), stats.yeojohnson(u, fitted.power), rtol=1e-9, atol=1e-12
    )


@given(y=usual, power=st.sampled_from([0.0, 1e-12, 0.5, 1.0, 2.0]))
def test_the_power_transform_is_scipys_at_any_power(y, power):
    from autotune_strategies.warps import PowerTransform

    u = np.array(y)
    fitted = PowerTransform(power, Standard(1.0, 0.0, 1.0))
    expected = stats.yeojohnson(u, power)
    if power != 1e-12:  # where scipy's differences lose their digits
        np.testing.assert_allclose(fitted.forward(u), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(fitted.inverse(fitted.forward(u)), u, rtol=1e-9, atol=1e-9)


def test_a_skew_target_becomes_less_skew():
    y = np.random.default_rng(0).lognormal(sigma=0.7, size=200)
    z = YeoJohnson().fit(y).forward(y)
    assert abs(stats.skew(z)) < 0.3 < stats.skew(y)


@given(y=any_values, seed=st.integers(0, 9))
def test_standard_values_have_mean_zero_and_deviation_one(y, seed):
    y = np.array(y)
    w = np.random.default_rng(seed).uniform(0.1, 1, len(y))
    standard = Standard.of(y, w)
    z = standard.forward(y)
    assert np.all(np.isfinite(z))
    if standard.sd > 1e-9:
        assert np.average(z, weights=w) == pytest.approx(0, abs=1e-6)
        assert np.average(z**2, weights=w) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(standard.inverse(z), y, rtol=1e-9, atol=1e-9 * np.abs(y).max())


def test_only_what_lies_far_below_most_is_brought_up_to_the_fence():
    y = np.array([-1e9, 0.0, 1.0, 2.0, 3.0, 4.0, 1e9])
    z = Winsorized(3.0).fit(y).forward(y)
    np.testing.assert_array_equal(z[1:], y[1:])
    assert z[0] == 0.5 - 3.0 * 3.0
