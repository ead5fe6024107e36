"""Problems in which trials fail: every run has its own, the best is known, and failures are told."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from autotune import verify
from autotune.log import MemoryLog
from autotune.strategy import Key
from autotune.study import Evaluated, StudyStarted
from autotune_benchmarks.__main__ import main
from autotune_benchmarks.contestants.contestant import Contestant
from autotune_benchmarks.contestants.search import limited, search_by_strategy
from autotune_benchmarks.peers.random_search import RandomSearch
from autotune_benchmarks.problems.failing import (
    MADE_FAILING,
    DeadChoice,
    Flaky,
    Pairs,
    Slow,
    Strip,
    load_made_failing,
)
from autotune_benchmarks.problems.failing_live import (
    LIVE_FAILING,
    SvcInTime,
    Xz,
    load_live_failing,
)
from autotune_benchmarks.problems.own_problem import random_configuration
from autotune_benchmarks.problems.problem import instance_of
from autotune_benchmarks.problems.suites import SUITES, load_problem
from autotune_benchmarks.protocol.runner import Plan, run_plan
from autotune_benchmarks.protocol.traces import read_traces, trace_of
from autotune_benchmarks.report.failures import failed_shares, failure_blocks
from autotune_benchmarks.report.recommendations import (
    recommendation_blocks,
    recommendation_lines,
)
from autotune_benchmarks.report.report import compared
from autotune_strategies import recipes
from helpers import ROOT, Bowl

INSTANCES = range(100, 106)

SHARES = {
    "failing/strip": (0.05, 0.18),
    "failing/cliff": (0.2, 0.55),
    "failing/rule": (0.15, 0.55),
    "failing/dead_choice": (0.15, 0.4),
    "failing/pairs": (0.15, 0.55),
    "failing/island": (0.7, 0.97),
    "failing/flaky": (0.0, 0.0),
    "failing/slow": (0.15, 0.55),
    "failing/branch": (0.03, 0.25),
}
"""How much of the space fails, whichever instance it is."""


def drawn(problem, n):
    return [random_configuration(problem.space, Key(5).child(i)) for i in range(n)]


@pytest.mark.parametrize("name", MADE_FAILING)
def test_the_optimum_of_every_instance_works_and_nothing_that_works_is_better(name):
    for number in INSTANCES:
        problem = load_made_failing(name).instance(number)
        optimum = problem.optimum()
        assert problem.space.check(optimum) == optimum
        assert problem.failure(optimum) is None
        assert problem.regret(optimum) == pytest.approx(0.0, abs=1e-9)
        tried = [c for c in drawn(problem, 150) if problem.failure(c) is None]
        regrets = [problem.regret(configuration) for configuration in tried]
        assert min(regrets) >= 0
        assert 0.1 < np.mean(np.array(regrets) < 1) < 0.9


@pytest.mark.parametrize("name", MADE_FAILING)
def test_near_the_optimum_nothing_that_works_is_better_either(name):
    rng = np.random.default_rng(3)
    for number in INSTANCES:
        problem = load_made_failing(name).instance(number)
        optimum = problem.optimum()
        numbers = [n for n, value in optimum.items() if isinstance(value, float)]
        for _ in range(100):
            near = dict(optimum)
            for parameter in numbers:
                dimension = problem.space[parameter]
                moved = near[parameter] * math.exp(0.02 * rng.standard_normal())
                near[parameter] = min(max(moved, dimension.low), dimension.high)
            assert problem.regret(near) >= -1e-9


@pytest.mark.parametrize("name", MADE_FAILING)
def test_as_much_of_the_space_fails_as_the_kind_says(name):
    low, high = SHARES[name]
    for number in INSTANCES:
        problem = load_made_failing(name).instance(number)
        share = np.mean([problem.failure(c) is not None for c in drawn(problem, 300)])
        assert low <= share <= high


@pytest.mark.parametrize("name", MADE_FAILING)
def test_instances_differ_and_repeat(name):
    problems = [load_made_failing(name).instance(number) for number in INSTANCES]
    assert len({repr(problem.space) + repr(problem.optimum()) for problem in problems}) == len(
        problems
    )
    assert len({len(problem.space) for problem in problems}) > 1
    again = load_made_failing(name).instance(INSTANCES[0])
    assert again == problems[0]
    assert again.space == problems[0].space
    assert again.optimum() == problems[0].optimum()


@pytest.mark.parametrize("name", MADE_FAILING)
def test_what_fails_says_why_and_runs_begin_with_what_works(name):
    problem = load_made_failing(name).instance(7)
    for seed in range(5):
        assert problem.failure(problem.first(seed)) is None
    for configuration in drawn(problem, 60):
        measured = problem.measure(configuration, 3, 2).checked()
        score, seconds = problem.evaluate(configuration, 3, 2)
        assert repr(score) == repr(measured.scores[0])
        assert (seconds,) == measured.fit_seconds
        assert math.isnan(score) == measured.failed
        if problem.failure(configuration) is not None:
            assert measured.failure.message
            assert math.isnan(problem.truth(configuration))
            assert problem.regret(configuration) == math.inf


def test_a_flaky_trial_fails_by_its_number_and_whatever_is_tried():
    problem = Flaky(4)
    one, other = drawn(problem, 2)
    failed = [problem.measure(one, 9, trial).failed for trial in range(1, 1001)]
    assert failed == [problem.measure(other, 9, trial).failed for trial in range(1, 1001)]
    assert failed != [problem.measure(one, 8, trial).failed for trial in range(1, 1001)]
    assert 0.16 < np.mean(failed) < 0.24
    assert math.isfinite(problem.regret(one))


def test_what_is_too_slow_takes_as_long_as_the_limit_and_says_so():
    for number in INSTANCES:
        problem = Slow(number)
        found = [problem.measure(c, 1, 1) for c in drawn(problem, 200)]
        ended = [each for each in found if each.failed]
        others = [each.fit_seconds[0] for each in found if not each.failed]
        assert {each.failure.kind for each in ended} == {"TimeoutError"}
        assert {each.fit_seconds for each in ended} == {(problem.limit,)}
        assert {each.failure.limit for each in ended} == {problem.limit}
        assert max(others) <= problem.limit
        assert min(others) < problem.limit / 10


def test_one_choice_is_dead_and_all_others_work():
    for number in INSTANCES:
        problem = DeadChoice(number)
        by_choice = {}
        for configuration in drawn(problem, 100):
            failed = problem.failure(configuration) is not None
            by_choice.setdefault(configuration["solver"], set()).add(failed)
        assert sorted(map(sorted, by_choice.values())) == [[False]] * (len(by_choice) - 1) + [
            [True]
        ]


def test_no_choice_fails_with_all_of_the_other():
    for number in INSTANCES:
        problem = Pairs(number)
        works, fails = set(), set()
        for configuration in drawn(problem, 300):
            pair = (configuration["solver"], configuration["penalty"])
            (works if problem.failure(configuration) is None else fails).add(pair)
        assert not works & fails
        for place in (0, 1):
            assert {pair[place] for pair in works} >= {pair[place] for pair in fails}


def test_the_strip_is_far_from_the_optimum():
    for number in INSTANCES:
        problem = Strip(number)
        optimum = problem.optimum()
        bowl = problem.drawn
        for configuration in drawn(problem, 200):
            if problem.failure(configuration) is None:
                continue
            away = [
                abs(n.unit(configuration[n.name]) - n.unit(optimum[n.name])) for n in bowl.numbers
            ]
            assert max(away) > 0.25


def test_every_problem_of_the_suite_is_loaded_by_its_name():
    for name in SUITES["failing"]:
        assert load_problem(name).name == name
    with pytest.raises(ValueError, match="must be one of failing/strip"):
        load_made_failing("failing/none")


def test_runs_with_different_numbers_search_different_instances():
    events = [
        search_by_strategy(
            instance_of(load_problem("failing/strip"), seed),
            recipes.random_walk(),
            seed,
            evaluations=2,
        )
        for seed in (0, 1)
    ]
    spaces = [each[0].space for each in events]
    assert isinstance(events[0][0], StudyStarted)
    assert set(spaces[0]) == set(Strip(0).space)
    assert set(spaces[1]) == set(Strip(1).space)
    assert instance_of(Bowl(), 3) == Bowl()


@pytest.mark.parametrize("name", ["failing/branch", "failing/slow"])
def test_decisions_among_failures_are_derived_again(name):
    problem = instance_of(load_problem(name), 2)
    events = search_by_strategy(problem, limited(recipes.default(), 12), 2)
    assert any(isinstance(e, Evaluated) and e.measurement.failed for e in events)
    assert verify(MemoryLog(events)).passed


def test_results_tell_how_many_failed_and_are_drawn_again_from_logs_with_the_same_instances(
    tmp_path,
):
    random = Contestant("random", RandomSearch())
    plan = Plan("failing", ("failing/cliff", "failing/flaky"), (random,), seeds=3, trials=20)
    results, failures = run_plan(plan, tmp_path)
    assert failures == []
    results.traces_path.unlink()
    again, _ = run_plan(plan, tmp_path)
    for run, trace in results.traces.items():
        assert again.traces[run].n_failed == trace.n_failed
        np.testing.assert_array_equal(again.traces[run].regret, trace.regret)
    comparison, _ = compared(tmp_path)
    shares = failed_shares(comparison, "random")
    assert set(shares) == set(plan.problems)
    assert 0.15 < np.mean(list(shares["failing/cliff"].values())) < 0.6
    heading, table, *_ = failure_blocks(comparison, ["random"])
    assert heading.text == "Failed trials"
    mean = np.mean(list(shares["failing/flaky"].values()))
    assert table.rows[0][table.head.index("failing/flaky")] == f"{mean:.3f}"


def test_without_a_directory_nothing_is_kept_and_the_figures_are_shown(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    options = ["--problems", "failing/dead_choice", "--contestants", "random", "--seeds", "2"]
    assert main(["run", "failing", "--budget", "8", "--jobs", "1", *options]) == 0
    shown = capsys.readouterr().out
    assert "regret at 8" in shown
    assert shown.count("failing/dead_choice") == 1
    assert list(tmp_path.iterdir()) == []


def test_finding_and_choosing_are_told_apart_for_each_part_of_the_split(tmp_path):
    random = Contestant("random", RandomSearch())
    plan = Plan("mine", (Bowl(), "planted/heavy_noise"), (random,), seeds=2, trials=12)
    run_plan(plan, tmp_path)
    comparison, about = compared(tmp_path)
    heading, _, *tables = recommendation_blocks(comparison, about, ["random"])
    assert heading.text == "Finding and choosing"
    assert [table.caption for table in tables] == [
        "The 1 development problems.",
        "The 1 own problems.",
    ]
    for table in tables:
        words = [row[1] for row in table.rows]
        assert words == ["called the best", "the incumbent", "the best tried", "of the gap closed"]
        best, seen = (float(table.rows[i][-1].split()[0]) for i in (0, 2))
        assert seen <= best
    lines = recommendation_lines(comparison, about, ["random"])
    assert sum("problems, regret of" in line for line in lines) == 2


def test_of_old_results_finding_is_not_told(tmp_path):
    plan = Plan("mine", (Bowl(),), (Contestant("random", RandomSearch()),), seeds=1, trials=8)
    results, _ = run_plan(plan, tmp_path)
    old = {run: attrs.evolve(t, seen=np.empty(0)) for run, t in results.traces.items()}
    results.traces = old
    results.write()
    comparison, about = compared(tmp_path)
    assert recommendation_blocks(comparison, about, ["random"]) == []
    assert recommendation_lines(comparison, about, ["random"]) == []


def test_where_nothing_fails_nothing_is_said_of_failures(tmp_path):
    plan = Plan("mine", (Bowl(),), (Contestant("random", RandomSearch()),), seeds=1, trials=3)
    run_plan(plan, tmp_path)
    comparison, _ = compared(tmp_path)
    assert failure_blocks(comparison, ["random"]) == []


@pytest.mark.parametrize("name", LIVE_FAILING)
def test_live_problems_repeat_exactly_and_some_configurations_fail(name):
    problem = load_live_failing(name).instance(7)
    assert problem.case == 1
    tried = drawn(problem, 25)
    found = [problem.run(configuration) for configuration in tried]
    again = [problem.run(configuration) for configuration in tried]
    assert [repr(each) for each in again] == [repr(each) for each in found]
    assert 0.2 < np.mean([each.failure is not None for each in found]) < 0.9
    for configuration, each in zip(tried, found, strict=True):
        assert problem.measure(configuration, 1, 1).failure == each.failure
        assert math.isnan(each.score) == (each.failure is not None)
        assert problem.regret(configuration) > -0.1
        assert each.seconds > 0
    assert problem.failure(problem.first(2)) is None


def test_xz_fails_for_its_literal_bits_and_beyond_its_memory():
    problem = Xz(0)
    good = {"dict_size": 60_000, "lc": 0, "lp": 0, "pb": 0, "mode": "normal", "mf": "bt4"}
    good = {**good, "nice_len": 110}
    assert problem.failure(good) is None
    assert problem.regret(good) < 0.1
    assert "unsupported" in problem.failure({**good, "lc": 3, "lp": 2}).message
    assert "limit" in problem.failure({**good, "dict_size": 200_000}).message
    assert problem.truth({**good, "dict_size": 8000}) > problem.truth(good)


def test_a_machine_that_takes_too_many_iterations_is_timed_out_after_the_seconds_they_stand_for():
    problem = SvcInTime(0)
    slow = {"kernel": "linear", "C": 1e5, "tol": 1e-5}
    failure = problem.failure(slow)
    assert failure.kind == "TimeoutError"
    assert problem.seconds(slow) >= problem.limits[0] / problem.per_second
    assert failure.limit == problem.seconds(slow)
    quick = {"kernel": "rbf", "C": 1.0, "gamma": 1e-5, "tol": 1e-2}
    assert problem.failure(quick) is None
    assert problem.seconds(quick) < 3 * problem.limits[0] / problem.per_second


@pytest.mark.parametrize("problem", [Xz(), SvcInTime()])
def test_cases_differ_and_come_round_again(problem):
    cases = [problem.instance(number) for number in range(len(problem.known))]
    assert len({(case.best, case.median) for case in cases}) == len(cases)
    assert problem.instance(len(cases) + 2).best == cases[2].best
    sign = -1 if problem.direction == "maximize" else 1
    assert all(sign * case.best < sign * case.median for case in cases)


def test_the_committed_runs_of_random_search_come_again():
    """So the instances of a seed are what they were when the table was made."""
    traces, _ = read_traces(ROOT / "benchmarks" / "results" / "failing.parquet")
    kept = {(t.run.problem, t.run.seed): t for t in traces if t.run.contestant == "random"}
    random = Contestant("random", RandomSearch())
    for name in MADE_FAILING:
        problem = instance_of(load_problem(name), 103)
        was = kept[name, 103]
        now = trace_of(random.search(problem, 103, 40), problem, was.run)
        assert now.n_failed == was.n_failed
        assert now.regret.tolist() == pytest.approx(was.regret.tolist(), rel=1e-9)
