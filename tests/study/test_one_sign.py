"""A score has the sign of the user's scorer, wherever it is shown; a value is larger where better.

Each study is taken twice: as it is, and mirrored, with every score negated and the other direction.
Whatever shows a score must show it negated, and whatever decides must see the same values.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from rich.console import Console

from autotune.analysis import (
    calibration,
    compare,
    forecast,
    partial_dependence,
    regret,
    surrogate,
    trajectory,
)
from autotune.errors import StudyError
from autotune.interchange import cv_results, export_results, import_results, to_optuna, trials_table
from autotune.interchange.prototype_csv import prototype_table
from autotune.interchange.trials_table import read_trials
from autotune.log import MemoryLog
from autotune.replay import backtest, explain, state_at
from autotune.report.document import study_document
from autotune.report.lineage import study_record
from autotune.report.live_view import best_text
from autotune.report.page_data import study_data
from autotune.report.tables import steps_table
from autotune.study import Evaluated, Proposed, Study, StudyStarted, reduce
from autotune.study.rows import all_trials, trial_columns
from autotune.study.summary import study_summary
from autotune.testing import legal_logs, same
from autotune.tuner import tune
from autotune_strategies import Ridge, recipes


def mirrored(event: Any) -> Any:
    """Return an event of the mirrored study."""
    match event:
        case StudyStarted():
            other = "minimize" if event.direction == "maximize" else "maximize"
            return attrs.evolve(event, direction=other)
        case Proposed(anticipated=expected) if expected is not None:
            return attrs.evolve(event, anticipated=attrs.evolve(expected, score=-expected.score))
        case Evaluated(measurement=measurement):
            negated = tuple(-score for score in measurement.scores)
            return attrs.evolve(event, measurement=attrs.evolve(measurement, scores=negated))
        case _:
            return event


def numbers(values: Any) -> np.ndarray:
    return np.array([np.nan if v is None else float(v) for v in values])


def base64_column(column: dict[str, str] | None) -> np.ndarray:
    if column is None:
        return np.empty(0)
    return np.frombuffer(base64.b64decode(column["data"]), column["type"]).astype(float)


def as_text(renderable: Any) -> str:
    console = Console(file=io.StringIO(), width=400)
    console.print(renderable)
    return console.file.getvalue()


# What a study shows of scores: each as numbers in a fixed order.
OF_STUDY: dict[str, Callable[[Study], Any]] = {
    "outcome": lambda s: [s.outcome(t).score for t in range(1, s.n_trials + 1)],
    "outcomes": lambda s: s.outcomes().score,
    "incumbent_outcome": lambda s: [] if s.incumbent is None else [s.incumbent_outcome.score],
    "measurement": lambda s: [x for t in range(1, s.n_trials + 1) for x in s.measurement(t).scores],
    "folds": lambda s: s.folds["score"],
    "evaluations": lambda s: s.evaluations["score"],
    "anticipated": lambda s: [
        e.score for t in range(1, s.n_trials + 1) if (e := s.anticipated(t)) is not None
    ],
    "trial_columns": lambda s: [*trial_columns(s).score, *trial_columns(s).incumbent_score],
    "all_trials": lambda s: numbers(row.score for row in all_trials(s)),
    "document": lambda s: numbers(row["score"] for row in study_document(s, trials=True)["trials"]),
    "lineage": lambda s: numbers([study_record("s", s).score]),
    "page": lambda s: base64_column(study_data(s)["trials"]["score"]),
    "page, expected": lambda s: base64_column(study_data(s)["trials"]["expected_score"]),
}


@settings(deadline=None)
@given(legal_logs())
def test_every_score_of_a_study_is_the_scorers(log):
    study, other = reduce(log), reduce([mirrored(event) for event in log])
    if study.started is None:
        return
    with np.errstate(all="ignore"):
        for name, shown in OF_STUDY.items():
            a, b = np.array(shown(study), dtype=float), np.array(shown(other), dtype=float)
            assert np.array_equal(a, -b, equal_nan=True), name
    assert same(study.outcomes().value, other.outcomes().value)
    assert study.incumbent == other.incumbent


def searched(sign: float) -> tuple[Study, MemoryLog]:
    def objective(c):
        if c["x"] > 6:
            raise ValueError("too far")
        return sign * ((c["x"] - 3) ** 2 + c["n"]), 0.25

    log = MemoryLog()
    found = tune(
        objective,
        {"x": 1.0, "n": 4},
        n_trials=25,
        strategy=recipes.default(),
        direction="minimize" if sign > 0 else "maximize",
        log=log,
        seed=3,
    )
    assert found.best_score == found.study.incumbent_outcome.score
    assert np.sign(found.best_score) == sign
    return found.study, log


COST, GAIN = searched(1.0), searched(-1.0)


def parquet(log: MemoryLog, folder: Any) -> Any:
    export_results(log, folder / "trials.parquet")
    return numbers(pq.read_table(folder / "trials.parquet")["score"].to_pylist())


def in_json(log: MemoryLog, folder: Any) -> Any:
    export_results(log, folder / "trials.json")
    return numbers(row["score"] for row in json.loads((folder / "trials.json").read_text()))


def workbook(log: MemoryLog, folder: Any) -> Any:
    openpyxl = pytest.importorskip("openpyxl")
    export_results(log, folder / "trials.xlsx")
    sheet = openpyxl.load_workbook(folder / "trials.xlsx")["Trials"]
    rows = list(sheet.iter_rows(values_only=True))
    head = next(i for i, row in enumerate(rows) if "score" in row)
    at = rows[head].index("score")
    return numbers(row[at] for row in rows[head + 1 :])


def read_back(log: MemoryLog, folder: Any) -> Any:
    export_results(log, folder / "trials.parquet")
    to = MemoryLog()
    direction = state_at(log).begun.direction
    import_results(folder / "trials.parquet", to=to, direction=direction)
    return state_at(to).outcomes().score


def optuna_values(log: MemoryLog, folder: Any) -> Any:
    pytest.importorskip("optuna")
    return numbers(trial.value for trial in to_optuna(log).trials)


def table_of(log: MemoryLog, folder: Any) -> Any:
    text = as_text(steps_table(state_at(log)))
    rows = [re.findall(r" (-?\d+\.\d{4})", line) for line in text.splitlines()]
    return numbers(row[0] for row in rows if row)


OF_LOG: dict[str, Callable[[MemoryLog, Any], Any]] = {
    "events": lambda log, _: [
        x for e in log.events() if isinstance(e, Evaluated) for x in e.measurement.scores
    ],
    "rows": lambda log, _: [
        x for cell in log.table()["scores"].to_pylist() if cell is not None for x in cell
    ],
    "trials_table": lambda log, _: numbers(trials_table(log)["score"].to_pylist()),
    "trials_table, incumbent": lambda log, _: numbers(
        trials_table(log)["incumbent_score"].to_pylist()
    ),
    "trials_table, anticipated": lambda log, _: numbers(
        trials_table(log)["anticipated_score"].to_pylist()
    ),
    "read_trials": lambda log, _: numbers(read_trials(log)[1]["score"].to_pylist()),
    "cv_results": lambda log, _: cv_results(log)["mean_test_score"],
    "cv_results, folds": lambda log, _: cv_results(log)["split0_test_score"],
    "prototype": lambda log, _: numbers(prototype_table(state_at(log), log)["mean_test_score"]),
    "parquet": parquet,
    "json": in_json,
    "workbook": workbook,
    "export and import": read_back,
    "optuna": optuna_values,
    "table of steps": table_of,
    "explain": lambda log, _: [c.score for c in explain(log, 20).candidates],
    "backtest": lambda log, _: [*backtest(log, Ridge()).mean, *backtest(log, Ridge()).actual],
    "trajectory": lambda log, _: [
        *trajectory(state_at(log)).scores,
        *trajectory(state_at(log)).best,
    ],
    "calibration": lambda log, _: calibration(state_at(log)).actual,
    "comparison": lambda log, _: compare({"one": state_at(log)}).best.ravel(),
    "partial dependence": lambda log, _: partial_dependence(
        state_at(log), "x", Ridge()
    ).mean.ravel(),
    "surrogate": lambda log, _: (
        surrogate(state_at(log), Ridge()).predict(state_at(log).coordinates).mean
    ),
    "forecast": lambda log, _: [forecast(state_at(log), trials=10).score],
    "best in the terminal": lambda log, _: numbers(
        re.findall(r"score (-?[\d.]+)", best_text(state_at(log)))
    ),
    "best in a notebook": lambda log, _: numbers(
        re.findall(r"<strong>score (-?[\d.]+)", study_summary(state_at(log)))
    ),
}


@pytest.mark.parametrize("name", OF_LOG)
def test_what_is_read_from_a_log_shows_the_scorers_scores(name, tmp_path):
    shown = OF_LOG[name]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    costs = np.array(shown(COST[1], tmp_path / "a"), dtype=float)
    gains = np.array(shown(GAIN[1], tmp_path / "b"), dtype=float)
    assert len(costs) > 0
    assert np.any(np.isfinite(costs))
    np.testing.assert_allclose(costs, -gains, rtol=1e-7, atol=1e-9, equal_nan=True)
    known = costs[np.isfinite(costs)]
    if name not in ("partial dependence", "surrogate", "forecast", "explain", "backtest"):
        assert known.min() > -1e-9  # the objective's own sign


def test_shortfalls_have_no_direction():
    costs, gains = regret(COST[0]), regret(GAIN[0])
    np.testing.assert_allclose(costs.simple, gains.simple)


def test_a_study_without_a_trial_has_no_score():
    with pytest.raises(StudyError):
        reduce([]).outcome(1)
