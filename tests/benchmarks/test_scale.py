"""The scale benchmark at a tiny size: what it writes and opens is right; nothing is timed."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing

import pytest

from autotune import open_log
from autotune_benchmarks.__main__ import main
from autotune_benchmarks.overhead import opening, optuna_work, scale
from autotune_benchmarks.overhead.workload import made_up_events
from autotune_strategies.recipes import autotune_2018


def test_figures_of_a_small_log(tmp_path):
    figures = scale.measure(3000, 10, tmp_path, repeats=1, peers=False)
    assert {figure.section for figure in figures} == {"2,998 events"}
    assert all(figure.value > 0 and figure.target is None for figure in figures)
    names = [figure.name for figure in figures]
    assert names[:4] == [
        "appended",
        "on disk",
        "opened to a Study",
        "opened to a Study: peak memory",
    ]
    memory = [figure for figure in figures if figure.name.endswith("peak memory")]
    assert all(20 < figure.value < 3000 for figure in memory)


def test_beside_both_peers(tmp_path):
    pytest.importorskip("optuna")
    figures = scale.beside_figures(40, tmp_path, 1, lambda _: None)
    assert {figure.section for figure in figures} == {"40 trials, journal", "40 trials, sqlite"}
    by_name = {(figure.section, figure.name): figure for figure in figures}
    for what in ("journal", "sqlite"):
        opened = by_name[f"40 trials, {what}", "opened"]
        faster = by_name[f"40 trials, {what}", "times faster opened"]
        assert faster.value == pytest.approx(opened.ratio)
        assert faster.target is None


def test_the_log_holds_what_was_made_up(tmp_path):
    n, _ = scale.write_log(tmp_path / "log", made_up_events(autotune_2018(), 700))
    assert n == 2101
    with open_log(tmp_path / "log", mode="r") as log:
        assert list(log.events()) == list(made_up_events(autotune_2018(), 700))
    assert opening.WORK["study"](tmp_path / "log") == 700
    assert opening.WORK["tuner"](tmp_path / "log") == 700
    assert opening.WORK["table"](tmp_path / "log") == 700


def test_another_number_of_trials_is_no_measurement(tmp_path):
    scale.write_log(tmp_path / "log", made_up_events(autotune_2018(), 5))
    with pytest.raises(RuntimeError, match="gave 5 trials, not 6"):
        scale.opening("study", tmp_path / "log", 6, 1)


def _rows(path):
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master")]
        return {
            name: database.execute(f"select * from {name} order by 1").fetchall()  # noqa: S608
            for name in tables
            if name.startswith(("trial", "stud"))
        }


def test_the_peers_sqlite_file_is_that_of_add_trials(tmp_path):
    optuna = pytest.importorskip("optuna")
    optuna_work.write_sqlite(tmp_path / "quick", 12)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'slow'}")
    study = optuna.create_study(storage=storage, study_name="made-up", direction="maximize")
    study.add_trials(optuna_work.finished_trials(12))
    storage.engine.dispose()
    assert len(_rows(tmp_path / "slow")["trial_params"]) == 72
    assert _rows(tmp_path / "quick") == _rows(tmp_path / "slow")
    assert optuna_work.open_sqlite(tmp_path / "quick") == 12


def test_the_command_without_peers(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    command = ["scale", "--events", "100", "--trials", "10", "--repeats", "1", "--json"]
    assert main([*command, "--dir", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert {row["section"] for row in report["figures"]} == {"100 events"}
    assert "missing" in printed.err
    assert list(tmp_path.iterdir()) == []
