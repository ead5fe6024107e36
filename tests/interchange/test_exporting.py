"""Files that other tools read: CSV, Parquet, JSON, and a workbook with charts."""

from __future__ import annotations

import builtins
import io
import json
import math

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings

from autotune import Categorical, Equals, Float, Sequence, Space, Tuner
from autotune.errors import MissingExtraError, StudyError
from autotune.interchange import (
    cv_results,
    export_results,
    import_results,
    trials_table,
)
from autotune.interchange import (
    workbook as workbook_module,
)
from autotune.interchange.workbook import LONGEST_TEXT, workbook
from autotune.log import MemoryLog
from autotune.replay import state_at
from autotune.study import Measurement
from autotune.study.rows import accepted_steps
from autotune.testing import legal_logs

ODD = ["=1+1", "http://example.org", "plain", "{=A1}", "+SUM(1)", "x" * 40_000]


@pytest.fixture(scope="module")
def log():
    """A log with choices that a spreadsheet would like to run, failures and a condition."""
    space = Space(
        {
            "x": Float(-10, 10),
            "X": Float(-10, 10),
            "choice": Categorical(ODD),
            "layers": Sequence(Float(0, 10), 0, 3),
            "gamma": Float(0, 1),
        },
        start={"x": 1.0, "X": 0.0},
        conditions={"gamma": Equals("choice", "=1+1")},
    )
    log = MemoryLog()
    tuner = Tuner(space, n_folds=2, n_trials=40, log=log, seed=3, metric="=1+1")
    while (trial := tuner.ask()) is not None:
        c = trial.configuration
        score = -((c["x"] - 3) ** 2) - len(c["layers"])
        scores = (score, math.inf) if trial.trial % 7 == 0 else (score, score + 1)
        tuner.tell(trial.trial, Measurement((0, 1), scores, (0.5, 0.25), (0.0, 0.0)))
    return log


# Formats


def test_csv_comes_back(log, tmp_path):
    path = export_results(log, tmp_path / "trials.csv")
    assert path == tmp_path / "trials.csv"
    original = state_at(log)
    back = state_at(import_results(path, space=original.space))
    assert back.n_trials == original.n_trials
    assert back.incumbent == original.incumbent
    # An infinite score is none, so compare the others.
    known = ~original.outcomes().failed
    assert np.array_equal(back.outcomes().score[known], original.outcomes().score[known])


def test_parquet_is_the_trials_table(log, tmp_path):
    path = export_results(log, tmp_path / "trials.parquet")
    assert pl.read_parquet(path).equals(pl.from_arrow(trials_table(log)))
    assert len(pd.read_parquet(path)) == 40


def _refuse(word):
    raise AssertionError(f"{word} is not JSON")


def check_json(log, path):
    records = json.loads(path.read_text(), parse_constant=_refuse)
    table = trials_table(log, words=True)
    assert len(records) == table.num_rows
    for record, row in zip(
        records, table.select(["trial", "score", "status"]).to_pylist(), strict=True
    ):
        assert list(record) == table.column_names
        assert {name: record[name] for name in row} == row


def test_json_is_strict(log, tmp_path):
    path = export_results(log, tmp_path / "trials.json")
    check_json(log, path)
    records = json.loads(path.read_text())
    seventh = records[6]
    assert seventh["status"] == "failed"
    assert seventh["scores"][1] is None
    assert all(("param_gamma" in record) for record in records)
    assert any(record["param_gamma"] is None for record in records)
    times = pd.to_datetime([record["finished_at"] for record in records])
    assert times.is_monotonic_increasing


@settings(max_examples=30)
@given(legal_logs())
def test_any_log_can_be_exported(tmp_path_factory, events):
    folder, log = tmp_path_factory.mktemp("any"), MemoryLog(events)
    check_json(log, export_results(log, folder / "a.json"))
    export_results(log, folder / "a.parquet")
    book = openpyxl.load_workbook(export_results(log, folder / "a.xlsx"))
    study = state_at(log)
    assert book["Trials"].max_row == max(study.n_trials, 1) + 1 or study.n_trials == 0
    assert len(book["Accepted steps"]._charts) == (2 if study.verdicts["accepted"].any() else 0)


@pytest.mark.parametrize("form", ["parquet", "json", "arrow", "pandas", "polars"])
def test_exported_trials_come_back(log, tmp_path, form):
    table = trials_table(log)
    source = {
        "arrow": lambda: table,
        "pandas": table.to_pandas,
        "polars": lambda: pl.from_arrow(table),
    }.get(form, lambda: export_results(log, tmp_path / f"trials.{form}"))()
    back = trials_table(import_results(source, space=state_at(log).known_space))
    same = ["trial", "status", "score", "folds", "fit_seconds", "incumbent", "failure_kind"]
    same += ["proposed_at", "finished_at"]
    same += [name for name in table.column_names if name.startswith("param_")]
    assert back.select(same).to_pylist() == table.select(same).to_pylist()
    for one, other in zip(back["scores"].to_pylist(), table["scores"].to_pylist(), strict=True):
        # JSON has no infinite numbers.
        finite = [None if form == "json" and math.isinf(score) else score for score in other]
        assert [None if math.isnan(score) else score for score in one] == finite


def test_pending_trials_do_not_come_back_and_others_are_said():
    log = MemoryLog()
    tuner = Tuner({"x": 1.0}, n_trials=9, log=log)
    tuner.tell(tuner.ask().trial, 0.5)
    tuner.ask()
    columns = trials_table(log).to_pydict()
    assert columns["status"] == ["accepted", "pending"]
    assert state_at(import_results(columns)).n_trials == 1
    for name, value in (("status", "good"), ("scores", "none"), ("trial", None)):
        with pytest.raises(StudyError, match="exported log"):
            import_results(
                {**columns, name: [columns[name][0], value], "status": ["accepted", value]}
            )
    plain = {"status": ["pending", "good"], "score": [0.5, 0.75]}
    assert state_at(import_results(plain)).configuration(2) == {"status": "good"}


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"score": 1}', "[" * 10**5], ids=["open", "numbers", "cell", "deep"]
)
def test_what_is_no_table_is_said(tmp_path, text):
    for suffix in ("json", "parquet"):
        path = tmp_path / f"a.{suffix}"
        path.write_text(text)
        with pytest.raises(StudyError, match="can't be read"):
            import_results(path)


def test_json_of_cv_results(tmp_path):
    path = tmp_path / "results.json"
    rows = {
        "mean_test_score": [0.5, 0.75],
        "param_layers": [[4, 1], [4, 2]],
        "param_x": [1.5, None],
    }
    path.write_text(json.dumps({**rows, "params": [{"layers": [4, 1]}, {"layers": [4, 2]}]}))
    study = state_at(import_results(path))
    assert [study.configuration(trial) for trial in (1, 2)] == [
        {"layers": (4, 1)},
        {"layers": (4, 2)},
    ]


def test_the_format_may_be_named(log, tmp_path):
    path = export_results(log, tmp_path / "trials", format=".JSON")
    assert json.loads(path.read_text())[0]["trial"] == 1


def test_cv_results_of_a_log(log):
    results = cv_results(log)
    assert results["rank_test_score"].min() == 1
    assert len(results["params"]) == 40
    assert {"split0_test_score", "param_x", "mean_fit_time"} <= set(results)


# What is refused


def test_what_can_not_be_exported(log, tmp_path):
    with pytest.raises(
        StudyError, match=r"'\.txt', which is not one of \.csv, \.parquet, \.json, "
    ):
        export_results(log, tmp_path / "trials.txt")
    with pytest.raises(StudyError, match="format = 'toml' is not one of"):
        export_results(log, tmp_path / "trials.csv", format="toml")
    with pytest.raises(StudyError, match="no folder"):
        export_results(log, tmp_path / "nowhere" / "trials.csv")
    with pytest.raises(StudyError, match="is a directory"):
        export_results(log, tmp_path, format="csv")
    with pytest.raises(StudyError, match="holds no study"):
        export_results(MemoryLog(), tmp_path / "trials.csv")
    with pytest.raises(StudyError, match="holds no study"):
        workbook(MemoryLog())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json", "xlsx"])
def test_a_file_is_replaced_only_if_asked(log, tmp_path, suffix):
    path = tmp_path / f"trials.{suffix}"
    path.write_text("mine")
    with pytest.raises(StudyError, match="overwrite=True"):
        export_results(log, path)
    assert path.read_text() == "mine"
    export_results(log, path, overwrite=True)
    assert path.read_bytes() != b"mine"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_without_the_extra(log, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "xlsxwriter":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"autotune-search\[excel\]"):
        export_results(log, tmp_path / "trials.xlsx")
    assert list(tmp_path.iterdir()) == []


# The workbook


@pytest.fixture(scope="module")
def book(log, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "trials.xlsx"
    return openpyxl.load_workbook(export_results(log, path))


def columns_of(sheet):
    header, *rows = sheet.iter_rows()
    return {cell.value: [row[j] for row in rows] for j, cell in enumerate(header)}


def test_the_trials_are_a_data_table(log, book):
    sheet = book["Trials"]
    (table,) = sheet.tables.values()
    assert table.ref == sheet.dimensions
    assert table.autoFilter.ref == table.ref
    assert sheet.freeze_panes == "B2"
    cells = columns_of(sheet)
    assert [column.name for column in table.tableColumns] == list(cells)
    # Excel's headers differ whatever their case.
    assert "param_x" in cells
    assert "param_X (2)" in cells
    expected = trials_table(log, words=True)
    for name in ("trial", "parent", "status", "reason", "score", "fit_seconds", "param_gamma"):
        # A workbook keeps 16 digits of a number.
        found = [cell.value for cell in cells[name]]
        wanted = expected[name].to_pylist()
        assert [value is None for value in found] == [value is None for value in wanted]
        if name in ("status", "reason"):
            assert found == wanted
        else:
            found, wanted = ([v for v in values if v is not None] for values in (found, wanted))
            np.testing.assert_allclose(found, wanted, rtol=1e-15)
    assert cells["score"][0].number_format == "0.000000"
    assert cells["finished_at"][0].is_date
    assert [cell.value for cell in cells["score_fold_1"]][6] == "inf"
    assert cells["param_layers"][0].value == str(expected["param_layers"][0].as_py())
    assert sheet.column_dimensions["A"].width > 5


def test_text_stays_text(log, book):
    cells = columns_of(book["Trials"])["param_choice"]
    expected = trials_table(log)["param_choice"].to_pylist()
    assert set(expected) >= {"=1+1", "http://example.org", "x" * 40_000}
    for cell, value in zip(cells, expected, strict=True):
        assert cell.data_type == "s"
        assert cell.hyperlink is None
        if len(value) > 32_767:
            assert cell.value == "x" * 32_766 + "…"
        else:
            assert cell.value == value


def test_the_accepted_steps_and_their_charts(log, book):
    steps = accepted_steps(state_at(log))
    n = len(steps)
    assert n > 2
    sheet = book["Accepted steps"]
    (table,) = sheet.tables.values()
    assert table.ref == f"A1:F{n + 1}"
    rows = list(sheet.iter_rows(min_row=2, max_col=5, values_only=True))
    for row, step in zip(rows, steps, strict=True):
        assert row[0] == step.trial
        assert row[1] in (step.changes, f"{step.changes[: LONGEST_TEXT - 1]}…")
        for value, expected in zip(row[2:], (step.score, step.gain, step.fit_seconds), strict=True):
            assert value == (None if expected is None else pytest.approx(expected, rel=1e-15))
    score, seconds = sheet._charts
    for chart, column, axis in (
        (score, "C", "mean score (=1+1)"),
        (seconds, "E", "mean fit time of a fold (seconds)"),
    ):
        assert type(chart).__name__ == "LineChart"
        (series,) = chart.series
        assert series.val.numRef.f == f"'Accepted steps'!${column}$2:${column}${n + 1}"
        assert series.cat.strRef.f == f"'Accepted steps'!$B$2:$B${n + 1}"
        assert "accepted steps" in words_of(chart.title)
        assert words_of(chart.y_axis.title) == axis
        assert words_of(chart.x_axis.title) == "what the accepted step changed"


def words_of(title):
    return "".join(run.t for paragraph in title.tx.rich.p for run in paragraph.r)


def test_a_sheet_has_a_last_row(log, monkeypatch):
    monkeypatch.setattr(workbook_module, "MOST_ROWS", 41)
    workbook(log)
    monkeypatch.setattr(workbook_module, "MOST_ROWS", 40)
    with pytest.raises(StudyError, match=r"40 trials, .* place for 39; export to \.parquet"):
        workbook(log)
    monkeypatch.setattr(workbook_module, "MOST_COLUMNS", 5)
    monkeypatch.setattr(workbook_module, "MOST_ROWS", 100)
    with pytest.raises(StudyError, match="columns, a sheet of Excel has place for 5"):
        workbook(log)


def test_large_whole_numbers_keep_their_digits():
    table = {"n": [2**60 + 1, 3], "score": [0.5, 0.75]}
    space = Space({"n": Categorical([2**60 + 1, 3])})
    content = workbook(import_results(table, space=space))
    cells = columns_of(openpyxl.load_workbook(io.BytesIO(content))["Trials"])
    assert [cell.value for cell in cells["param_n"]] == [str(2**60 + 1), 3]


def test_cut_text_counts_as_excel_does():
    assert workbook_module._cut("a" * 32_767) == "a" * 32_767
    cut = workbook_module._cut("😀" * 20_000)
    assert len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert cut.endswith("😀…")
