"""Statistics of comparisons, against published examples and scipy's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as generators
from scipy import stats

from autotune.space import Ordinal, Space
from autotune_benchmarks.problems.recorded_tables import RecordedTable
from autotune_benchmarks.protocol.traces import Run, Trace, read_traces, write_traces
from autotune_benchmarks.statistics.comparison import Comparison, gathered, paired
from autotune_benchmarks.statistics.pairwise import (
    WinTieLoss,
    compare,
    holm,
    rank_biserial,
    signed_rank,
    win_tie_loss,
)
from autotune_benchmarks.statistics.profiles import (
    TARGETS,
    first_reached,
    performance_profile,
    share_reached,
)
from autotune_benchmarks.statistics.ranking import (
    cliques,
    critical_difference,
    friedman,
    mean_ranks,
)

# Demšar (2006), table 6: area under the ROC curve of C4.5 with m, cf, neither and both tuned.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.97501, 0.975],  # ranked 2 and 3 before rounding
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def test_ranks_are_those_of_demsar():
    assert mean_ranks(-DEMSAR).round(3).tolist() == [3.143, 2.0, 2.893, 1.964]


def test_friedmans_test_is_that_of_demsar_but_for_ties():
    found = friedman(-DEMSAR)
    n, k = DEMSAR.shape
    ranks = stats.rankdata(-DEMSAR, axis=1)
    plain = 12 * n / (k * (k + 1)) * (np.sum(ranks.mean(axis=0) ** 2) - k * (k + 1) ** 2 / 4)
    assert round(plain, 2) == 9.28  # as published; he leaves ties as they are
    tied = sum(
        np.sum(counts**3 - counts)
        for counts in (np.unique(row, return_counts=True)[1] for row in ranks)
    )
    assert found.statistic == pytest.approx(plain / (1 - tied / (n * (k**3 - k))))
    assert found.p == pytest.approx(stats.chi2.sf(found.statistic, k - 1))
    assert found.p < 0.05
    assert round((n - 1) * plain / (n * (k - 1) - plain), 2) == 3.69
    assert found.f == pytest.approx((n - 1) * found.statistic / (n * (k - 1) - found.statistic))
    assert found.f_p == pytest.approx(stats.f.sf(found.f, 3, 39))


def test_friedmans_test_at_its_ends():
    alike = friedman(np.ones((5, 3)))
    assert (alike.statistic, alike.p, alike.f_p) == (0.0, 1.0, 1.0)
    clear = friedman(np.arange(15.0).reshape(5, 3))
    assert clear.f == math.inf
    assert clear.f_p == 0.0
    with pytest.raises(ValueError, match="2 problems and 3 contestants"):
        friedman(np.ones((5, 2)))


def test_critical_differences_are_those_of_demsar():
    published = [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]
    at_ten = [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920]
    for k, q, q_ten in zip(range(2, 11), published, at_ten, strict=True):
        unit = math.sqrt(k * (k + 1) / (6 * 14))
        assert critical_difference(k, 14) / unit == pytest.approx(q, abs=1.1e-3)
        assert critical_difference(k, 14, 0.10) / unit == pytest.approx(q_ten, abs=1.1e-3)
    assert round(critical_difference(4, 14), 2) == 1.25


def test_nemenyi_agrees_with_scikit_posthocs():
    posthocs = pytest.importorskip("scikit_posthocs")
    values = np.random.default_rng(3).normal(size=(12, 5)) + np.arange(5) * 0.8
    ranks = mean_ranks(values)
    p = np.asarray(posthocs.posthoc_nemenyi_friedman(values))
    apart = np.abs(ranks[:, None] - ranks[None, :]) >= critical_difference(5, 12)
    assert apart.tolist() == (p <= 0.05).tolist()
    assert apart.any()


@given(generators.lists(generators.floats(1, 9), min_size=1, max_size=12), generators.floats(0, 5))
def test_bars_join_what_does_not_differ_and_no_more(ranks, difference):
    ranks = sorted(ranks)
    bars = cliques(ranks, max(difference, 1e-9))
    joined = {
        (i, j) for first, last in bars for i in range(first, last) for j in range(i + 1, last + 1)
    }
    assert joined == {
        (i, j)
        for i in range(len(ranks))
        for j in range(i + 1, len(ranks))
        if ranks[j] - ranks[i] < max(difference, 1e-9)
    }
    assert not any(a != b and a[0] <= b[0] and b[1] <= a[1] for a in bars for b in bars)


def test_wilcoxons_test_is_that_of_scipys_page():
    # The heights of maize of scipy's documentation, after Darwin and Fisher.
    differences = np.array([6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75.0])
    assert signed_rank(differences) == 0.041259765625
    assert rank_biserial(-differences) == pytest.approx((96 - 24) / 120)
    # With ties or zeros it is scipy's normal approximation, after Pratt.
    tied = np.array([1.0, 1.0, 0.0, 2.0, -3.0, 4.0, 5.0, 5.0])
    assert signed_rank(tied) == stats.wilcoxon(tied, zero_method="pratt", method="approx").pvalue
    assert signed_rank(np.zeros(4)) == 1.0
    assert signed_rank(np.array([])) == 1.0
    assert rank_biserial(np.zeros(4)) == 0.0


def test_wilcoxons_test_says_of_demsars_classifiers_what_he_says():
    # Section 3.1.3: C4.5+m is better than C4.5, R+ = 93 and R- = 12.
    differences = DEMSAR[:, 1] - DEMSAR[:, 0]
    assert signed_rank(differences) < 0.05
    assert rank_biserial(-differences) > 0.7


def test_holms_correction_is_that_of_demsar():
    # Section 3.2.2: of 0.016, 0.019 and 0.607 the first two are rejected at 5 %.
    assert holm([0.016, 0.607, 0.019]) == pytest.approx([0.048, 0.607, 0.048])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(generators.lists(generators.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_helps_and_keeps_the_order(probabilities):
    found = holm(probabilities)
    assert all(p <= corrected <= 1 for p, corrected in zip(probabilities, found, strict=True))
    assert min(found) == pytest.approx(min(1.0, len(found) * min(probabilities)))
    order = sorted(range(len(found)), key=lambda i: probabilities[i])
    assert [found[i] for i in order] == sorted(found)


def test_pairs_are_compared_over_the_problems_they_share():
    values = {
        "a": {f"p{i}": i / 10 for i in range(8)},
        "b": {f"p{i}": i / 10 + 0.5 + i / 100 for i in range(8)},
        "c": {"p0": 0.0},
    }
    of_ab, of_ba, of_ac = compare(values, [("a", "b"), ("b", "a"), ("a", "c")])
    assert of_ab.n == 8
    assert of_ab.p == pytest.approx(2 / 2**8)
    assert of_ab.p_holm == pytest.approx(6 / 2**8)
    assert (of_ab.effect, of_ba.effect, of_ac.effect) == (1.0, -1.0, 0.0)
    assert of_ab.difference == -of_ba.difference == pytest.approx(-0.535)
    assert of_ab.significant()
    assert not of_ac.significant()


def test_wins_and_losses_are_of_problems_where_seeds_differ():
    rng = np.random.default_rng(0)
    base = {p: dict(enumerate(rng.normal(size=12))) for p in ("much", "little", "worse", "alone")}
    other = {
        "much": {s: v + 3 for s, v in base["much"].items()},
        "little": {s: v + (-1) ** s * 0.1 for s, v in base["little"].items()},
        "worse": {s: v - 1 for s, v in base["worse"].items() if s > 2},
    }
    assert win_tie_loss(base, other) == WinTieLoss(1, 1, 1)
    assert win_tie_loss(other, base) == WinTieLoss(1, 1, 1)
    assert str(WinTieLoss(3, 2, 1)) == "3/2/1"


def test_targets_are_reached_once_and_for_all():
    curves = np.array([[1.0, 0.05, 0.5], [2.0, np.nan, 0.2]])
    assert share_reached(curves, [1.0, 0.1]).tolist() == [0.25, 0.5, 0.75]
    assert len(TARGETS) == 31
    assert (TARGETS[0], TARGETS[-1]) == (1.0, pytest.approx(0.001))
    assert first_reached(curves[0], 0.05) == 2.0
    assert first_reached(curves[1], 0.1) == math.inf


def test_profiles_are_those_of_dolan_and_more():
    times = {"a": np.array([1.0, 10.0, np.inf]), "b": np.array([3.0, 5.0, np.inf])}
    found = performance_profile(times, np.array([1.0, 2.0, 3.0, 100.0]))
    third = 1 / 3
    assert found["a"] == pytest.approx([third, 2 * third, 2 * third, 2 * third])
    assert found["b"] == pytest.approx([third, third, 2 * third, 2 * third])


def trace(contestant, problem, seed, regret, seconds=1.0, own=0.25, trials=4, fingerprint="f"):
    n = len(regret)
    return Trace(
        Run(seed, problem, contestant, trials, fingerprint),
        problem.split("/")[0],
        np.arange(1.0, n + 1) * trials / n,
        np.array(regret, dtype=float),
        np.full(n, seconds),
        np.full(n, own),
    )


def made_up() -> Comparison:
    found = []
    for seed in range(3):
        for problem, level in (("x/one", 0.1), ("x/two", 0.2), ("y/one", 0.4)):
            found += [
                trace("good", problem, seed, [3.0, level, level / 2, level / 4 + seed / 100]),
                trace("bad", problem, seed, [3.0, 1.0, 1.0, 2 * level], own=1.0),
                trace("random", problem, seed, [3.0, 1.0, level, level + seed / 100]),
            ]
    return gathered(found, 4)


def test_seeds_are_averaged_then_problems_then_families():
    standing = {row.contestant: row for row in made_up().standings()}["good"]
    of_problems = [0.025 + 0.01, 0.05 + 0.01, 0.1 + 0.01]
    assert made_up().moments == (1, 2, 4)
    assert standing.regret[-1].mean == pytest.approx(np.mean(of_problems))
    assert standing.by_family == pytest.approx({"x": np.mean(of_problems[:2]), "y": of_problems[2]})
    assert standing.over_families == pytest.approx(
        np.mean([np.mean(of_problems[:2]), of_problems[2]])
    )
    # The first regret, 3, counts as 1 in the area.
    area = np.mean([(1 + 1.75 * level + 0.01) / 4 for level in (0.1, 0.2, 0.4)])
    assert standing.area.mean == pytest.approx(area)
    assert standing.own_milliseconds == 250.0
    assert (standing.seeds, standing.runs, standing.failed) == (3, 9, 0)


def test_standings_begin_with_the_best_and_ranks_are_of_problems():
    comparison = made_up()
    assert [row.contestant for row in comparison.standings()] == ["good", "random", "bad"]
    ranking = comparison.ranking(4)
    assert ranking.contestants == ("good", "random", "bad")
    assert ranking.ranks == (1.0, 2.0, 3.0)
    assert ranking.n == 3
    assert ranking.test is not None
    assert comparison.ranking(1).ranks == (2.0, 2.0, 2.0)


def test_the_budget_in_seconds_is_that_of_random_search():
    comparison = made_up()
    assert comparison.budget_seconds() == dict.fromkeys(comparison.problems, 5.0)
    # Where random search takes no part, it is what all need: 5 s for the one and 8 s for the other.
    both = [t for n in ("good", "bad") for p in comparison.traces[n].values() for t in p.values()]
    assert gathered(both, 4).budget_seconds() == dict.fromkeys(comparison.problems, 6.5)
    with_random = Comparison(
        4,
        ("bad", "random"),
        comparison.problems,
        comparison.families,
        {name: comparison.traces[name] for name in ("bad", "random")},
    )
    assert with_random.budget_seconds() == dict.fromkeys(comparison.problems, 5.0)
    # With a second of its own for each trial, "bad" gets through two trials and a half.
    assert comparison.regrets_at_seconds("bad", 1.0)["x/one"] == {0: 1.0, 1: 1.0, 2: 1.0}
    # Before a trial has ended there is the first configuration.
    assert comparison.regrets_at_seconds("bad", 0.1)["x/one"][0] == 3.0
    row = {row.contestant: row for row in comparison.standings()}["random"]
    assert row.at_seconds[-1] == pytest.approx(row.regret[-1].mean)


def test_differences_are_of_runs_with_the_same_seed():
    one = {"p": {0: 1.0, 1: 2.0, 5: 9.0}, "q": {0: 1.0}}
    other = {"p": {0: 0.5, 1: 1.0, 2: 7.0}}
    assert paired(one, other) == {"p": [0.5, 1.0]}
    found = {pair.one: (pair, mean, record) for pair, mean, record in made_up().against("good", 4)}
    pair, mean, record = found["bad"]
    assert mean.mean == pytest.approx(np.mean([1.75 * x for x in (0.1, 0.2, 0.4)]) - 0.01)
    assert pair.effect == -1.0
    assert record == WinTieLoss(0, 3, 0)  # three seeds show nothing
    # Who has fewer seeds is compared on those: the luck of the others is not a difference.
    fewer = [
        trace("half", p, 0, [3.0, 1.0, 1.0, x]) for p, x in (("x/one", 0.025), ("x/two", 0.05))
    ]
    good = [t for runs in made_up().traces["good"].values() for t in runs.values()]
    ((pair, mean, _),) = gathered([*good, *fewer], 4).against("good", 4)
    assert (pair.n, pair.difference, mean.mean, pair.effect, pair.p) == (2, 0.0, 0.0, 0.0, 1.0)


def test_who_lacks_a_problem_has_no_rank():
    traces = [
        trace(name, problem, 0, [1.0, 0.5])
        for name in ("a", "b", "c")
        for problem in ("x/one", "x/two")
        if (name, problem) != ("c", "x/two")
    ]
    comparison = gathered(traces, 4)
    assert comparison.complete == ("a", "b")
    assert comparison.ranking(4).contestants == ("a", "b")
    assert math.isnan({row.contestant: row for row in comparison.standings()}["c"].rank[-1])
    assert list(comparison.profile(0.6, np.array([1.0]))) == ["a", "b"]
    assert comparison.only(["x/two"]).contestants == ("a", "b")


def test_only_runs_of_the_budget_and_the_version_are_gathered():
    traces = [
        trace("a", "x/one", 0, [1.0, 0.5]),
        trace("a", "x/one", 0, [1.0, 0.1], fingerprint="old"),
        trace("a", "x/one", 1, [1.0, 0.1], trials=8),
        trace("b", "x/one", 0, [1.0, 0.1]),
    ]
    comparison = gathered(traces, 4, {"a": "f"})
    assert comparison.contestants == ("a",)
    assert comparison.regrets("a", 4) == {"x/one": {0: 0.5}}
    with pytest.raises(ValueError, match="no runs of 5 trials"):
        gathered(traces, 5)


def test_traces_come_back_from_their_file(tmp_path):
    own = np.array([0.0, 0.0123456, 1234.5])
    given_ = Trace(
        Run(3, "x/one", "a", 3, "f"),
        "x",
        np.array([1.0, 2.0, 3.0]),
        np.array([0.5, 0.25, 1 / 3]),
        np.array([0.1, 1e4, 2.0]),
        own,
        2,
    )
    write_traces(tmp_path / "runs.parquet", [given_], {"suite": "own"})
    (found,), about = read_traces(tmp_path / "runs.parquet")
    assert about == {"suite": "own"}
    assert (found.run, found.family, found.n_failed) == (given_.run, "x", 2)
    for name in ("spent", "regret", "seconds"):
        assert getattr(found, name) == pytest.approx(getattr(given_, name), rel=1e-6)
    assert found.own_seconds == pytest.approx([0.0, 0.012, 1200.0])
    assert read_traces(tmp_path / "none.parquet") == ([], {})


def test_seeds_that_lack_a_problem_are_left_out():
    traces = [
        trace(name, problem, seed, [1.0, 0.5])
        for name, problem, seed in (
            ("a", "x/one", 0),
            ("a", "x/two", 0),
            ("a", "x/one", 1),
            ("b", "x/one", 0),
            ("b", "x/one", 1),
        )
    ]
    found = gathered(traces, 4)
    balanced = found.balanced()
    assert (found.n_runs, balanced.n_runs) == (5, 4)
    assert {p: list(runs) for p, runs in balanced.traces["a"].items()} == {
        "x/one": [0],
        "x/two": [0],
    }
    assert balanced.seeds("a") == 1
    # Who has no seed on all problems would lose everything, and keeps it.
    assert balanced.seeds("b") == 2


def test_losses_can_be_told_on_a_logarithmic_scale():
    comparison = made_up()
    found = comparison.logarithmic({"x/one": [0.01, 0.1]})
    # The median is the median on either scale; a fifth of the way to it is more on this one.
    assert found.regrets("bad", 2)["x/one"] == pytest.approx({0: 1.0, 1: 1.0, 2: 1.0})
    assert found.regrets("bad", 4)["x/one"][0] == pytest.approx(math.log10(1 + 0.2 * 9))
    assert found.regrets("bad", 4)["x/two"] == comparison.regrets("bad", 4)["x/two"]
    table = RecordedTable(
        "made/three",
        "made",
        "loss",
        "minimize",
        Space({"x": Ordinal([1, 2, 3])}),
        np.array([[0.01], [0.1], [1.0]]),
        np.ones((3, 1)),
    )
    for before in (0.0, 0.2, 1.0, 11.0):
        assert table.log_regret(before) == pytest.approx(math.log1p(before * 9) / math.log(10))
