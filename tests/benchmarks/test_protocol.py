"""The protocol: paired runs, each an event log, resumed where they were, drawn again from logs."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time

import attrs
import numpy as np
import pytest

from autotune import verify
from autotune.errors import ComponentError
from autotune.log import Archive, MemoryLog
from autotune.strategy import recommend
from autotune.strategy.state import SearchState
from autotune.study import (
    Accepted,
    Evaluated,
    Proposed,
    Rejected,
    StudyStarted,
    StudyStopped,
    reduce,
)
from autotune_benchmarks.__main__ import main
from autotune_benchmarks.contestants.chosen import all_contestants, chosen_contestants
from autotune_benchmarks.contestants.contestant import Contestant
from autotune_benchmarks.contestants.search import (
    BEST_REGRET,
    BEST_TRIAL,
    limited,
    search_by_peer,
    search_by_strategy,
)
from autotune_benchmarks.peers.random_search import RandomSearch
from autotune_benchmarks.problems.suites import load_problem
from autotune_benchmarks.protocol.runner import Plan, Results, run_plan
from autotune_benchmarks.protocol.traces import Run, read_traces, trace_of
from autotune_strategies import recipes
from helpers import Bowl, Fickle

WALK = Contestant("random_walk", recipes.random_walk())
DEFAULT = Contestant("default", recipes.default())
RANDOM = Contestant("random", RandomSearch())
TWICE = Contestant("random-2x", RandomSearch(2))


def ticking(step=0.25):
    """Return a timer that goes on by a step at every look."""
    now = [0.0]

    def timer():
        now[0] += step
        return now[0]

    return timer


def timeless(events):
    return [attrs.evolve(event, at=0) for event in events]


def run_of(name="x", trials=10):
    return Run(0, "made/bowl", name, trials, "f")


def configurations(events):
    return [event.configuration for event in events if isinstance(event, Proposed)]


def test_a_strategys_run_is_a_log_that_verifies_and_holds_its_times():
    events = search_by_strategy(Bowl(), limited(recipes.random_walk(), 8), 3, timer=ticking())
    assert verify(events).passed
    assert isinstance(events[-1], StudyStopped)
    study = reduce(events)
    assert study.n_trials == 8
    trace = trace_of(events, Bowl(), run_of(trials=8))
    assert len(trace) == 8
    assert trace.seconds.tolist() == [1.0 + c["n"] for c in configurations(events)]
    # A tick each for asking, folding the proposal, folding the score, judging; and one for folding
    # the verdict, which comes after its time was taken and counts for the next trial.
    assert trace.own_seconds.tolist() == pytest.approx([1.0] + [1.25] * 7)
    assert trace.passed[-1] == pytest.approx(events[-2].at / 1e6)


def test_time_at_rest_is_recorded_seconds_alone():
    events = search_by_strategy(Bowl(), limited(recipes.random_walk(), 5), 0, timer=lambda: 0.0)
    trace = trace_of(events, Bowl(), run_of(trials=5))
    assert trace.own_seconds.tolist() == [0.0] * 5
    assert events[-1].at == int(1e6 * trace.seconds.sum())


def test_the_trace_is_the_regret_of_the_incumbent_without_noise():
    events = search_by_strategy(Bowl(), limited(recipes.random_search(), 30), 1)
    trace = trace_of(events, Bowl(), run_of(trials=30))
    study = reduce([])
    expected = []
    for event in events:
        study = reduce([event], study)
        if isinstance(event, Accepted | Rejected):
            expected.append(Bowl().regret(study.configuration(study.incumbent or 1)))
    assert trace.regret.tolist() == expected
    assert trace.n_failed == sum(
        isinstance(e, Evaluated) and e.measurement.failure is not None for e in events
    )
    assert trace.n_failed > 0
    assert trace.curve(30).tolist() == expected
    assert [trace.at(n) for n in (1, 2, 30, 99)] == [
        expected[0],
        expected[1],
        expected[-1],
        expected[-1],
    ]
    assert math.isnan(trace.at(0.5))
    assert trace.at_seconds(trace.passed[4]) == expected[4]
    assert trace.at_seconds(trace.passed[4] - 1e-3) == expected[3]


def test_budgets_of_seconds_end_runs_too():
    for search in (
        lambda s: search_by_strategy(Bowl(), limited(recipes.random_walk(), 50, s), 2),
        lambda s: search_by_peer(Bowl(), RandomSearch(), 2, 50, seconds=s),
    ):
        events = search(20.0)
        trace = trace_of(events, Bowl(), run_of())
        assert trace.passed[-1] >= 20.0 > trace.passed[-2]
        assert isinstance(events[-1], StudyStopped)
        assert "20 s" in events[-1].words


def test_a_tools_run_says_what_it_called_its_best():
    events = search_by_peer(Bowl(), Fickle(), 0, 5, timer=ticking())
    first = Bowl().first(events[0].seed)
    assert [type(event).__name__ for event in events[3::3]] == [
        "Accepted",
        "Accepted",
        "Rejected",
        "Rejected",
        "Rejected",
    ]
    measures = [event.measurement.metrics for event in events if isinstance(event, Evaluated)]
    best = [measure[BEST_TRIAL][0] for measure in measures]
    assert best[:4] == [1, 2, 1, 3]
    assert math.isnan(best[4])
    truths = [Bowl().regret(c) for c in (first, *({"x": x, "n": 5} for x in (2.0, 0, 3.0, 3.5)))]
    truths[2] = truths[0]
    assert [measure[BEST_REGRET][0] for measure in measures] == truths
    assert trace_of(events, Bowl(), run_of()).regret.tolist() == truths
    assert {event.origin for event in events if isinstance(event, Proposed)} == {"given"}
    # What another tool decided can't be derived again, and no one says it can.
    with pytest.raises(ComponentError, match="Peer"):
        verify(events)
    assert events[0].strategy["settings"] == {"cost": 1, "odd": "inf"}
    study = reduce(events)
    assert (study.n_trials, study.incumbent) == (5, 2)
    assert list(MemoryLog(events).events()) == events
    # A tick for asking and one for telling, and one at the start; naming its best is not its time.
    assert trace_of(events, Bowl(), run_of()).own_seconds.tolist() == [0.75, 0.5, 0.5, 0.5, 0.5]


def test_a_tools_failed_trials_are_told_and_never_accepted():
    events = search_by_peer(Bowl(fails_above=-20.0), RandomSearch(), 0, 3)
    assert [event.reason for event in events if isinstance(event, Rejected)] == ["failed"] * 3


def test_twice_the_evaluations_count_once():
    one, two = (search_by_peer(Bowl(), RandomSearch(times), 0, 6) for times in (1, 2))
    assert (len(configurations(one)), len(configurations(two))) == (6, 12)
    assert configurations(one)[0] == configurations(two)[0]
    trace = trace_of(two, Bowl(), run_of())
    assert trace.spent.tolist() == [n / 2 for n in range(1, 13)]
    assert trace.curve(6).tolist() == trace.regret[1::2].tolist()


def test_runs_are_paired():
    plan = Plan("own", (Bowl(),), (WALK, DEFAULT, RANDOM, TWICE), 3, 2)
    by_seed = {}
    for run in plan.runs():
        contestant = next(each for each in plan.contestants if each.name == run.contestant)
        events = contestant.search(Bowl(), run.seed, run.trials)
        by_seed.setdefault(run.seed, []).append(
            (events[1].configuration, events[2].measurement.scores)
        )
    assert all(found == [found[0]] * 4 for found in by_seed.values())
    assert len({str(found) for found in by_seed.values()}) == 3


def test_runs_come_seed_by_seed_and_fewer_of_the_slow():
    plan = Plan("own", (Bowl(), Bowl("made/b")), (WALK, RANDOM), 3, 5, seeds_of={"random": 1})
    assert [(run.seed, run.problem, run.contestant) for run in plan.runs()] == [
        (0, "made/b", "random"),
        (0, "made/b", "random_walk"),
        (0, "made/bowl", "random"),
        (0, "made/bowl", "random_walk"),
        (1, "made/b", "random_walk"),
        (1, "made/bowl", "random_walk"),
        (2, "made/b", "random_walk"),
        (2, "made/bowl", "random_walk"),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seeds": 0}, "seeds = 0"),
        ({"trials": 0}, "trials = 0"),
        ({"seconds": 0.0}, "seconds = 0.0"),
        ({"seeds_of": {"smac3": 5}}, "seeds_of names 'smac3'"),
        ({"seeds_of": {"random": 0}}, "must be 1 or more"),
    ],
)
def test_plans_that_make_no_sense_are_told(options, words):
    with pytest.raises(ValueError, match=words):
        Plan("own", (Bowl(),), (RANDOM,), **options)


def same(one, two):
    return all(
        np.array_equal(getattr(one, name), getattr(two, name))
        for name in ("spent", "regret", "seconds")
    )


def test_results_are_kept_and_drawn_again_from_their_logs(tmp_path):
    plan = Plan("own", (Bowl(),), (WALK, RANDOM), 2, 6)
    results, failures = run_plan(plan, tmp_path)
    assert failures == []
    assert set(results.traces) == set(plan.runs())
    assert {run.name for run in plan.runs()} == set(Archive(tmp_path / "logs").names)
    read, about = read_traces(tmp_path / "runs.parquet")
    assert about["contestants"]["random"]["version"].startswith("numpy")
    assert about["split"] == {"made/bowl": "own"}
    assert about["failures"] == []
    for trace in read:
        kept = results.traces[trace.run]
        assert trace.regret == pytest.approx(kept.regret, rel=1e-6)
        assert trace.own_seconds == pytest.approx(kept.own_seconds, rel=0.06)
    # Nothing is run twice, and what the file lost comes from the logs.
    (tmp_path / "runs.parquet").unlink()
    files = Archive(tmp_path / "logs").files
    again, _ = run_plan(plan, tmp_path)
    assert Archive(tmp_path / "logs").files == files
    assert all(same(again.traces[run], results.traces[run]) for run in plan.runs())
    # Further seeds and contestants go beside.
    more, _ = run_plan(Plan("own", (Bowl(),), (TWICE,), 3, 6), tmp_path)
    assert len(more.traces) == 7
    assert set(more.about["contestants"]) == {"random_walk", "random", "random-2x"}


def test_another_strategy_under_an_old_name_is_run_again(tmp_path):
    run_plan(Plan("own", (Bowl(),), (WALK,), 1, 4), tmp_path)
    other = Contestant("random_walk", recipes.random_walk(length=0.5))
    assert other.fingerprint() != WALK.fingerprint()
    results, _ = run_plan(Plan("own", (Bowl(),), (other,), 1, 4), tmp_path)
    assert len(results.archive) == 2
    assert results.about["contestants"]["random_walk"]["fingerprint"] == other.fingerprint()


def test_who_is_missing_is_told_and_the_others_run(tmp_path):
    absent = Contestant("fickle", Fickle(lacks="fickle is not installed: pip install fickle"))
    results, failures = run_plan(Plan("own", (Bowl(),), (WALK, absent), 1, 3), tmp_path)
    assert failures == []
    assert results.about["missing"] == {"fickle": "fickle is not installed: pip install fickle"}
    assert [run.contestant for run in results.traces] == ["random_walk"]


class Broken(Bowl):
    def evaluate(self, configuration, seed, trial):
        if trial == 2:
            raise RuntimeError("no luck")
        return super().evaluate(configuration, seed, trial)


def test_a_failing_run_is_told_and_tried_again(tmp_path):
    plan = Plan("own", (Broken(),), (WALK,), 1, 3)
    results, failures = run_plan(plan, tmp_path)
    assert [failure.words for failure in failures] == ["RuntimeError: no luck"]
    assert results.about["failures"][0]["words"] == "RuntimeError: no luck"
    results, failures = run_plan(attrs.evolve(plan, problems=(Bowl(),)), tmp_path)
    assert (len(results.traces), failures, results.about["failures"]) == (1, [], [])


SCRIPT = """
import sys, time
from pathlib import Path
from autotune_benchmarks.contestants.contestant import Contestant
from autotune_benchmarks.peers.random_search import RandomSearch
from autotune_benchmarks.protocol.runner import Plan, run_plan
from autotune_strategies import recipes
from helpers import Bowl

class Slow(Bowl):
    def evaluate(self, configuration, seed, trial):
        time.sleep(0.01)
        return super().evaluate(configuration, seed, trial)

contestants = (
    Contestant("random_walk", recipes.random_walk()),
    Contestant("default", recipes.default()),
    Contestant("random", RandomSearch()),
)
plan = Plan("own", (Slow(),), contestants, 4, 8)
run_plan(plan, Path(sys.argv[1]), save_every=0.0)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_campaign_goes_on_where_it_was(tmp_path):
    def logs():
        return Archive(tmp_path / "broken" / "logs") if (tmp_path / "broken").exists() else {}

    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "broken")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    deadline = time.monotonic() + 120
    while len(logs()) < 3 and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    before = dict(logs())
    assert 3 <= len(before) < 12
    events = {name: list(log.events()) for name, log in before.items()}
    plan = Plan("own", (Bowl(),), (WALK, DEFAULT, RANDOM), 4, 8)
    broken, _ = run_plan(plan, tmp_path / "broken")
    whole, _ = run_plan(plan, tmp_path / "whole")
    assert set(logs()) == {run.name for run in plan.runs()} == set(whole.archive)
    for name, log in logs().items():
        assert str(timeless(log.events())) == str(timeless(whole.archive[name].events()))
        if name in events:  # what was there stayed as it was
            assert str(list(log.events())) == str(events[name])
    assert set(broken.traces) == set(whole.traces)


def test_results_of_two_places_are_put_together(tmp_path, capsys):
    one = Plan("own", (Bowl(),), (WALK, RANDOM), 2, 4, seeds_of={"random": 1})
    other = Plan("own", (Bowl(), Bowl("made/b")), (RANDOM, TWICE), 3, 4)
    run_plan(one, tmp_path / "one")
    run_plan(other, tmp_path / "other")
    command = ["merge", str(tmp_path / "one"), str(tmp_path / "other"), "--out"]
    assert main([*command, str(tmp_path / "all")]) == 0
    found = Results(tmp_path / "all")
    assert set(found.traces) == {*one.runs(), *other.runs()}
    assert set(found.archive) == {run.name for run in found.traces}
    assert found.about["contestants"]["random"]["seeds"] == 3
    assert set(found.about["contestants"]) == {"random_walk", "random", "random-2x"}
    assert found.about["problems"] == ["made/bowl", "made/b"]
    assert main([*command, str(tmp_path / "all")]) == 0  # nothing comes twice
    assert len(Results(tmp_path / "all").traces) == len(found.traces)
    run_plan(Plan("own", (Bowl(),), (WALK,), 1, 5), tmp_path / "longer")
    capsys.readouterr()
    assert main(["merge", str(tmp_path / "longer"), "--out", str(tmp_path / "all")]) == 1
    assert "only runs of the same budget" in " ".join(capsys.readouterr().err.split())
    assert main(["merge", str(tmp_path / "none"), "--out", str(tmp_path / "all")]) == 2


def test_runs_of_another_checkout_are_taken_in_under_another_name(tmp_path):
    for name in ("then", "now"):
        run_plan(Plan("own", (Bowl(),), (WALK,), 2, 4), tmp_path / name)
    out = ["--out", str(tmp_path / "all")]
    assert main(["merge", str(tmp_path / "then"), "--rename", "random_walk=before", *out]) == 0
    assert main(["merge", str(tmp_path / "now"), *out]) == 0
    found = Results(tmp_path / "all")
    assert set(found.about["contestants"]) == {"before", "random_walk"}
    assert {run.contestant for run in found.traces} == {"before", "random_walk"}
    assert set(found.archive) == {run.name for run in found.traces}
    for run, trace in found.traces.items():
        assert trace.run == run
    assert main(["merge", str(tmp_path / "now"), "--rename", "random_walk", *out]) == 2


def test_processes_and_a_cluster_do_the_same_work(tmp_path):
    plan = Plan("own", (Bowl(),), (WALK, RANDOM), 2, 4)
    alone, _ = run_plan(plan, tmp_path / "alone")
    beside, _ = run_plan(plan, tmp_path / "beside", jobs=2)
    assert all(same(beside.traces[run], alone.traces[run]) for run in plan.runs())
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as cluster:
        there, _ = run_plan(plan, tmp_path / "there", dask=cluster.scheduler_address)
    assert all(same(there.traces[run], alone.traces[run]) for run in plan.runs())


def test_contestants_are_chosen_by_name_or_group():
    everyone = [contestant.name for contestant in all_contestants()]
    assert everyone[0] == "default"
    assert set(recipes.__all__) < set(everyone)
    assert {"random", "random-2x"} < set(everyone)
    assert [e.name for e in chosen_contestants(["random", "default"])] == ["default", "random"]
    assert len(chosen_contestants(["recipes"])) == len(recipes.__all__)
    assert chosen_contestants(["recipes", "peers"]) == chosen_contestants()
    with_components = chosen_contestants(["recipes", "peers", "components"])
    assert [each.name for each in with_components] == everyone
    with pytest.raises(ValueError, match="contestant 'nobody'"):
        chosen_contestants(["nobody"])


def test_a_description_is_in_the_fingerprint():
    assert len({e.fingerprint() for e in chosen_contestants()}) == len(chosen_contestants())
    assert WALK.fingerprint() == Contestant("walk", recipes.random_walk()).fingerprint()


def test_options_that_make_no_sense_are_told(tmp_path, capsys):
    out = ["--out", str(tmp_path)]
    for options, words in (
        (["--contestants", "nobody"], "contestant 'nobody' must be"),
        (["--problems", "nowhere"], "problem 'nowhere' is not in the suite"),
        (["--seeds-of", "random"], "--seeds-of 'random' must be"),
        (["--seeds-of", "nobody=2"], "seeds_of names 'nobody'"),
    ):
        assert main(["run", "smoke", *out, *options]) == 2
        assert words in " ".join(capsys.readouterr().err.split())
    assert main(["run", "smoke", *out, "--list"]) == 0
    assert "random-2x: numpy" in capsys.readouterr().out


def test_a_started_event_says_who_searches():
    events = RANDOM.search(Bowl(), 0, 2)
    assert isinstance(events[0], StudyStarted)
    assert events[0].strategy["name"] == "random"


def test_the_trace_tells_the_incumbent_and_the_best_that_was_tried_beside_what_was_named(tmp_path):
    events = search_by_strategy(Bowl(), limited(recipes.random_search(), 20), 1)
    trace = trace_of(events, Bowl(), run_of(trials=20))
    failed = {e.trial for e in events if isinstance(e, Evaluated) and e.measurement.failed}
    tried = [
        math.inf if e.trial in failed else Bowl().regret(e.configuration)
        for e in events
        if isinstance(e, Proposed)
    ]
    assert trace.incumbent.tolist() == [trace.at(n) for n in (5, 10, 20)]
    assert trace.seen.tolist() == [min(tried[:n]) for n in (5, 10, 20)]
    assert (trace.seen <= trace.incumbent).all()
    results, _ = run_plan(Plan("mine", (Bowl(),), (WALK, RANDOM), seeds=2, trials=8), tmp_path)
    again, _ = read_traces(results.traces_path)
    for kept in again:
        made = results.traces[kept.run]
        np.testing.assert_array_equal(kept.seen, made.seen)
        np.testing.assert_array_equal(kept.incumbent, made.incumbent)


def test_what_a_tool_names_counts_and_not_what_it_would_step_from():
    events = search_by_peer(Bowl(), Fickle(), 0, 4, timer=ticking())
    trace = trace_of(events, Bowl(), run_of(trials=4))
    assert trace.at(4) == Bowl().regret({"x": 3.0, "n": 5})
    assert trace.incumbent[-1] == Bowl().regret({"x": 2.0, "n": 5})


def test_of_live_problems_nobody_knows_the_best_that_was_tried():
    problem = load_problem("live/elastic_net_diabetes")
    events = search_by_strategy(problem, limited(recipes.random_search(), 4), 1)
    trace = trace_of(events, problem, run_of(trials=4))
    assert np.isnan(trace.seen).all()
    assert np.isfinite(trace.incumbent).all()


def test_a_strategys_run_says_what_it_recommends_and_verifies_all_the_same():
    strategy = limited(recipes.default(), 14)
    events = search_by_strategy(Bowl(), strategy, 3)
    assert verify(MemoryLog(events)).passed
    plain = [
        attrs.evolve(e, measurement=attrs.evolve(e.measurement, metrics={}))
        if isinstance(e, Evaluated)
        else e
        for e in events
    ]
    current = SearchState.initial(strategy)
    named = {}
    for event in plain:
        current = current.apply(event)
        if isinstance(event, Accepted | Rejected):
            named[event.trial] = recommend(strategy, current.state, current.study)
    said = {e.trial: e.measurement.metrics for e in events if isinstance(e, Evaluated)}
    for trial, best in named.items():
        assert said[trial] == ({} if best is None else {BEST_TRIAL: (float(best),)})
    trace = trace_of(events, Bowl(), run_of(trials=14))
    last = next(e for e in events if isinstance(e, Proposed) and e.trial == named[14])
    assert trace.at(14) == Bowl().regret(last.configuration)
