"""Logs as MLflow runs."""

from __future__ import annotations

import sys

import pytest

from autotune import Categorical, Float, Space, tune
from autotune.errors import MissingExtraError
from autotune.interchange import export_mlflow, trials_table
from autotune.replay import state_at


def score(c):
    if c["x"] > 3:
        raise ValueError("planted")
    return -((c["x"] - 3) ** 2)


@pytest.fixture(scope="module")
def log():
    space = Space({"x": Float(-10, 10), "kind": Categorical(["a", "b"])}, start={"x": 1.0})
    return tune(score, space, n_trials=12, seed=1).log


@pytest.mark.filterwarnings("ignore")
def test_a_study_and_its_trials_are_runs(log, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    uri = (tmp_path / "runs").as_uri()
    top = export_mlflow(log, "ours", tracking_uri=uri)
    client = mlflow.tracking.MlflowClient(uri)
    study, rows = state_at(log), trials_table(log).to_pylist()
    run = client.get_run(top)
    assert run.data.params == {k: str(v) for k, v in study.configuration(study.incumbent).items()}
    assert run.data.metrics["score"] == study.incumbent_outcome.score
    where = client.get_experiment_by_name("ours").experiment_id
    below = client.search_runs([where], f"tags.`mlflow.parentRunId` = '{top}'")
    assert len(below) == len(rows) == 12
    by_trial = {int(run.data.tags["trial"]): run for run in below}
    for row in rows:
        run = by_trial[row["trial"]]
        assert run.data.params["x"] == str(row["param_x"])
        assert run.data.metrics.get("score") == row["score"]
        assert run.data.tags["status"] == row["status"]
        assert run.info.status == ("FAILED" if row["status"] == "failed" else "FINISHED")
        assert run.info.start_time == round(row["proposed_at"].timestamp() * 1000)
        assert run.info.end_time == round(row["finished_at"].timestamp() * 1000)
    assert {row["status"] for row in rows} >= {"failed", "accepted"}


def test_without_mlflow_the_extra_is_named(log, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow.entities", None)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtraError, match=r"autotune-search\[mlflow\]"):
        export_mlflow(log)
