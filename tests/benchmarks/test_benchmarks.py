"""The benchmarks run at tiny sizes and say what they measured; no timing is judged here."""

from __future__ import annotations

import json
import re
import sys
import warnings

import attrs
import numpy as np
import pytest

from autotune import Float, Space, Tuner, open_log
from autotune.errors import ComponentError
from autotune.log import MemoryLog
from autotune.strategy import Key, StopQuery, describe, rebuild
from autotune.strategy.defaults import known_components
from autotune.study import reduce, replay
from autotune_benchmarks.__main__ import main
from autotune_benchmarks.overhead import optuna_work, overhead
from autotune_benchmarks.overhead.figures import Figure
from autotune_benchmarks.overhead.measure import bytes_in, median_seconds
from autotune_benchmarks.overhead.workload import (
    made_up_configurations,
    made_up_events,
    made_up_score,
)
from autotune_benchmarks.problems.toy_2018 import START, Toy2018, make_data
from autotune_benchmarks.searches.prototype import Run, median_trials, run_seed
from autotune_strategies import Either, MaxTrials, Never, ScoreReached, recipes
from autotune_strategies.recipes import autotune_2018

TINY = overhead.Sizes(trials=40, appends=9, repeats=1, ask_at=(3, 10), asks=2, peer_asks=1)


def test_made_up_events_are_a_legal_log_in_either_way(tmp_path):
    events = list(made_up_events(autotune_2018(), 50))
    assert len(events) == 151
    study = reduce(events)
    assert study.n_trials == study.n_judged == 50
    assert study.incumbent is not None
    assert [study.configuration(i + 1) for i in range(50)] == made_up_configurations(50)
    with open_log(tmp_path / "log") as log:
        log.append(events)
        folded = replay(log.batches())
    assert folded.incumbent == study.incumbent
    assert folded.verdicts == study.verdicts


def test_overhead_without_peers(tmp_path):
    figures = overhead.measure(TINY, tmp_path, overhead.Peer("left out"), lambda _: None)
    assert {figure.section for figure in figures} == {"reduce", "append", "open", "ask"}
    assert all(figure.value > 0 for figure in figures)
    assert all(figure.peer in (None, "left out") for figure in figures)
    with_peer = [figure for figure in figures if figure.peer is not None]
    assert {figure.section for figure in with_peer} == {"append", "open", "ask"}


def test_asks_of_all_recipes_are_measured_on_the_same_trials():
    sizes = attrs.evolve(TINY, recipes_at=(3, 9, 100), recipe_asks=2)
    figures = overhead.recipe_figures(
        list(made_up_events(autotune_2018(), 10)), sizes, lambda _: None
    )
    assert {figure.section for figure in figures} == {"ask by recipe"}
    assert len(figures) == 4 * len(recipes.__all__)
    values = {figure.name: figure.value for figure in figures}
    for name in recipes.__all__:
        grown = values[f"{name}, 9 trials"] / values[f"{name}, 3 trials"]
        assert values[f"{name}, growth from 3 to 9"] == pytest.approx(grown)
        assert values[f"{name}, folding a trial, mean of 9"] > 0
    # Growing by more than trials do misses the target.
    assert {figure.target for figure in figures} == {None, 3.0}


def test_a_missing_peer_is_said_and_not_skipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.setattr(overhead.Sizes, "quick", classmethod(lambda cls, trials: TINY))
    assert main(["overhead", "--quick", "--json", "--dir", str(tmp_path)]) == 0
    report = json.loads(capsys.readouterr().out)
    peers = {row["optuna"] for row in report["figures"]}
    assert peers == {None, "missing: pip install 'autotune-search[bench]'"}
    assert report["machine"]["python"]
    assert list(tmp_path.iterdir()) == []


def test_overhead_prints_a_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(overhead.Sizes, "quick", classmethod(lambda cls, trials: TINY))
    assert main(["overhead", "--quick", "--no-peers", "--dir", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "Overhead" in printed
    assert "left out" in printed


@pytest.mark.parametrize(
    "command",
    [
        ["overhead", "--trials", "0"],
        ["prototype", "--seeds", "0"],
        ["start-values", "--trials", "0"],
        ["prototype", "--first-seed", "-1"],
        ["prototype", "--max-trials", "many"],
    ],
)
def test_options_out_of_range_are_refused_before_work_starts(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(command)
    assert stopped.value.code == 2
    assert f"{command[1]}: {command[2]!r} must be a whole number" in capsys.readouterr().err


def test_figures_know_which_way_is_better():
    more = Figure("a", "b", "/s", 10.0, "more", 5.0, 8.0)
    less = Figure("a", "b", "s", 10.0, "less", 5.0, 8.0)
    assert (more.ratio, more.met) == (2.0, True)
    assert (less.ratio, less.met) == (0.5, False)
    assert attrs.evolve(more, peer="left out", target=None).as_dict()["ratio"] is None


def test_measuring(tmp_path):
    calls = []
    assert median_seconds(lambda: calls.append(1), 3, warm_up=2) >= 0
    assert len(calls) == 5
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_bytes(b"123")
    (tmp_path / "b").write_bytes(b"45")
    assert bytes_in(tmp_path) == 5
    assert bytes_in(tmp_path / "b") == 2


def _records(path):
    """Return a journal's records without what differs from run to run."""
    changing = {"worker_id", "datetime_start", "datetime_complete"}
    return [
        {name: value for name, value in json.loads(line).items() if name not in changing}
        for line in path.read_text().splitlines()
    ]


def test_the_peers_journal_is_that_of_a_running_study(tmp_path):
    optuna = pytest.importorskip("optuna")
    assert optuna_work.available()
    trials = iter(made_up_configurations(5))

    class Given(optuna.samplers.BaseSampler):
        def infer_relative_search_space(self, study, trial):
            return {}

        def sample_relative(self, study, trial, search_space):
            return {}

        def sample_independent(self, study, trial, name, distribution):
            return current[name]

    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "true"))
    study = optuna.create_study(
        storage=optuna.storages.JournalStorage(backend),
        study_name="made-up",
        direction="maximize",
        sampler=Given(),
    )
    for current in trials:
        trial = study.ask(optuna_work.distributions())
        study.tell(trial, made_up_score(current))
    optuna_work.write_journal(tmp_path / "written", 5)
    assert optuna_work.live_trials_per_second(tmp_path / "live", 5) > 0
    assert _records(tmp_path / "written") == _records(tmp_path / "true")
    assert _records(tmp_path / "live") == _records(tmp_path / "true")
    assert len(_records(tmp_path / "true")) == 1 + 8 * 5
    assert optuna_work.open_journal(tmp_path / "written") == 5


def test_overhead_with_the_peer(tmp_path):
    pytest.importorskip("optuna")
    assert optuna_work.available()
    figures = overhead.measure(TINY, tmp_path, overhead.Peer(None), lambda _: None)
    assert sum(isinstance(figure.peer, float) for figure in figures) == 2 + 2 + 4
    assert optuna_work.ready_trials_per_second(tmp_path / "ready", 3) > 0


def test_the_toy_problem_is_the_prototypes():
    X, y = make_data(3)
    assert X.shape == (5000, 20)
    assert np.array_equal(y, X[:, 0] + X[:, 1] + X[:, 0] * X[:, 1])
    assert dict(START) == {
        "learning_rate_init": 0.1,
        "batch_size": 64,
        "hidden_layer_sizes": (4, 1),
    }


def test_the_toy_problem_is_noisy_and_yet_reproducible():
    objective = Toy2018(*make_data(0, rows=60), seed=0)
    first = objective.of_trial(1).evaluate(dict(START), (0, 1))
    again = objective.of_trial(1).evaluate(dict(START), (0, 1))
    other = objective.of_trial(2).evaluate(dict(START), (0, 1))
    assert first.folds == (0, 1)
    assert first.scores == again.scores != other.scores
    assert all(seconds > 0 for seconds in first.fit_seconds + first.score_seconds)
    assert objective.random_state(0) != objective.random_state(1)


def test_the_toy_problem_warns_of_nothing_and_records_failures():
    objective = Toy2018(*make_data(0, rows=60), seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measured = objective.evaluate({**START, "batch_size": 1000, "max_iter": 1}, (1,))
        assert measured.folds == (1,)
        assert measured.failure is None
        failed = objective.evaluate({**START, "hidden_layer_sizes": (0,)}, (0, 1))
    assert failed.failure is not None
    assert failed.folds == (0,)


def test_a_run_can_be_repeated_and_taken_up(tmp_path):
    options = {"target": 2.0, "rows": 60}
    whole = run_seed(1, max_trials=6, **options)
    assert (whole.reached, whole.trials) == (None, 6)
    run_seed(1, max_trials=3, log=tmp_path / "log", **options)
    taken_up = run_seed(1, max_trials=6, log=tmp_path / "log", **options)
    same = ("reached", "trials", "best_score", "best", "accepted")
    assert [getattr(taken_up, name) for name in same] == [getattr(whole, name) for name in same]


def test_a_run_stops_at_the_first_trial_that_reaches_the_target(tmp_path):
    run = run_seed(1, target=-100.0, max_trials=5, rows=60, log=tmp_path / "log", progress=True)
    assert (run.reached, run.trials, run.accepted) == (1, 1, 1)


def test_prototype_reports_runs_and_median(tmp_path, capsys):
    command = ["prototype", "--seeds", "2", "--max-trials", "2", "--rows", "60", "--jobs", "1"]
    assert main([*command, "--json", "--log", str(tmp_path)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [run["seed"] for run in report["runs"]] == [0, 1]
    assert report["median_trials"] is None
    assert {path.name for path in tmp_path.iterdir()} == {"seed-0", "seed-1"}
    assert main([*command, "--target", "-100"]) == 0
    printed = capsys.readouterr().out
    assert "median: 1 trials" in printed


def test_the_median_counts_runs_that_miss_as_longest():
    def runs(*reached):
        return [Run(0, n, 9, 0.0, {}, 1, 1.0, 1.0, {}) for n in reached]

    assert median_trials(runs(3, None, 7)) == 7
    assert median_trials(runs(3, None, None)) is None


@pytest.mark.parametrize(("direction", "sign"), [("maximize", 1.0), ("minimize", -1.0)])
def test_score_reached_counts_every_judged_trial_in_either_direction(direction, sign):
    strategy = attrs.evolve(
        autotune_2018(step_threshold=10.0), termination=Either((ScoreReached(sign), MaxTrials(9)))
    )
    space = Space({"x": Float(0.1, 10.0)})
    with Tuner(space, strategy=strategy, log=MemoryLog(), direction=direction) as tuner:
        for score in (0.0, 0.9, 1.1):
            proposed = tuner.ask()
            assert proposed is not None
            tuner.tell(proposed.trial, (sign * score, 1.0))
        assert tuner.ask() is None
        assert tuner.study.incumbent == 1  # the third gained too little, and counts
        stopped = tuner.study.stopped
    assert stopped is not None
    assert stopped.words == f"trial 3 scored {sign * 1.1:.6g}, the target was {sign:.6g}"


def test_score_reached_passes_over_failed_and_pending_trials():
    with Tuner(Space({"x": Float(0.1, 10.0)}), log=MemoryLog()) as tuner:

        def says():
            return ScoreReached(-5.0).read((), StopQuery(tuner.study, Key(0)))

        assert says() is None
        first = tuner.ask()
        assert says() is None
        tuner.tell(first.trial, ValueError("no"))
        assert says() is None
        tuner.tell(tuner.ask().trial, (-5.0, 1.0))
        assert says() is not None


def test_score_reached_is_described_and_checked():
    rule = Either((ScoreReached(0.5), Never()))
    assert rebuild(describe(rule), known_components()) == rule
    for bad in ("high", None, True, float("nan"), float("inf")):
        with pytest.raises(ComponentError, match=r"ScoreReached\.target"):
            ScoreReached(bad)


def test_the_models_searched_from_start_values_are_told(capsys):
    argv = ["start-values", "--models", "HistGradientBoosting", "--trials", "3", "--seeds", "2"]
    assert main([*argv, "--strategy", "random_walk"]) == 0
    assert re.search(
        r"HistGradientBoosting +6 trials, 0 refused, 0 failed", capsys.readouterr().out
    )
