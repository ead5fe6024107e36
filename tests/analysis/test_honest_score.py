"""Honest scores: certain ones stay, lucky ones shrink, and intervals cover as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autotune import tune
from autotune.analysis import honest_score
from autotune.errors import StudyError
from autotune.space import Float, Space
from autotune_strategies import recipes

SPACE = Space({"x": Float(0, 1), "y": Float(0, 1)})


def truth(configuration):
    return -((configuration["x"] - 0.3) ** 2) - (configuration["y"] - 0.6) ** 2


def search(seed, *, sd=0.3, n_trials=40, strategy=None, direction="maximize", scale=1.0):
    rng = np.random.default_rng(seed)
    sign = 1 if direction == "maximize" else -1
    return tune(
        lambda c: scale * sign * (truth(c) + sd * rng.standard_normal()),
        SPACE,
        n_trials=n_trials,
        strategy=strategy,
        direction=direction,
        seed=seed,
        deterministic=False,
    )


def test_a_score_that_is_certain_is_its_own_expectation():
    found = tune(truth, SPACE, n_trials=15, deterministic=True)
    honest = found.honest_score()
    assert honest.score == honest.low == honest.high == honest.measured == found.best_score


def test_nothing_is_claimed_where_nobody_knows_whether_scores_are_noisy():
    found = tune(truth, SPACE, n_trials=6)
    honest = found.honest_score()
    assert honest.score == found.best_score
    assert math.isnan(honest.low)
    assert not honest.known


def test_the_winner_of_a_random_search_is_corrected_downwards_and_towards_the_truth():
    plain, corrected, covered = [], [], []
    for seed in range(12):
        found = search(seed, strategy=recipes.random_search())
        winner = int(np.argmax(found.study.outcomes().value)) + 1
        honest = honest_score(found.study, winner, level=0.9)
        true = truth(found.study.configuration(winner))
        plain.append(honest.measured - true)
        corrected.append(honest.score - true)
        covered.append(honest.low <= true <= honest.high)
    assert np.mean(plain) > 0.3
    assert abs(np.mean(corrected)) < 0.5 * np.mean(plain)
    assert np.mean(np.abs(corrected)) < 0.5 * np.mean(np.abs(plain))
    assert np.mean(covered) >= 0.7


def test_turning_the_sign_of_scores_turns_the_honest_score():
    one, other = search(3), search(3, direction="minimize")
    assert one.best == other.best
    a, b = one.honest_score(), other.honest_score()
    np.testing.assert_allclose(a.score, -b.score)
    np.testing.assert_allclose([a.low, a.high], [-b.high, -b.low])


def test_the_unit_of_scores_does_not_matter():
    one, other = search(4), search(4, scale=1000.0)
    assert one.best == other.best
    a, b = one.honest_score(), other.honest_score()
    np.testing.assert_allclose([1000 * a.score, 1000 * a.low], [b.score, b.low], rtol=1e-6)


def test_a_higher_level_makes_a_wider_interval_around_the_same_score():
    found = search(5)
    narrow, wide = found.honest_score(level=0.5), found.honest_score(level=0.95)
    assert narrow.score == wide.score
    assert wide.low < narrow.low < narrow.high < wide.high


def test_splits_are_luck_that_all_trials_share():
    split = np.linspace(-1.0, 1.0, 5)
    found = tune(
        lambda c: [truth(c) + s for s in split],
        SPACE,
        n_trials=15,
        n_folds=5,
        deterministic=True,
    )
    honest = found.honest_score()
    spread = np.var(split, ddof=1)
    assert honest.high - honest.low >= 2 * 1.64 * math.sqrt(0.9 * (1 / 5 + 1 / 4) * spread)


def test_nonsense_is_refused():
    with pytest.warns(UserWarning, match="no trial succeeded"):
        found = tune(lambda c: 1 / 0, SPACE, n_trials=1)
    assert found.honest_score() is None
    with pytest.raises(StudyError, match="trial 1 has no score"):
        honest_score(found.study, 1)
    with pytest.raises(StudyError, match="level = 2"):
        honest_score(search(0, n_trials=6).study, 1, level=2)
