"""A log as MLflow runs: one for the study, and one below it for each trial."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from autotune.errors import MissingExtraError
from autotune.interchange.trials_table import read_trials
from autotune.replay.reading import LogLike
from autotune.strategy.defaults import recommended
from autotune.study.rows import FAILED, PENDING

__all__ = ["export_mlflow"]

_TAGS = ("status", "reason", "origin", "parent", "changes", "failure_kind", "failure_message")
_METRICS = ("score", "score_sd", "fit_seconds", "score_seconds", "gain", "seconds_saved")
_LONGEST_PARAM, _LONGEST_TAG = 6000, 5000
_AT_ONCE = 100


def export_mlflow(
    log: LogLike,
    experiment: str = "autotune",
    *,
    tracking_uri: str | None = None,
    run_name: str | None = None,
) -> str:
    """Write a log as MLflow runs.

    The study's run has the best configuration and, over the trials, the incumbent's score. Each
    trial that ended is a run below it, with its configuration, its score, those of its folds, its
    seconds, and the verdict as tags. Runs begin and end when the trials did.

    Parameters
    ----------
    log : path or Log
        The log.
    experiment : str
        The experiment's name; made if there is none.
    tracking_uri : str, optional
        Where MLflow keeps its runs; as MLflow is set if left out.
    run_name : str, optional
        Of the study's run; the study's number if left out.

    Returns
    -------
    str
        The identifier of the study's run.

    Raises
    ------
    MissingExtraError
        If MLflow is not installed.
    StudyError
        If the log holds no study.
    """
    try:
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise MissingExtraError(
            'MLflow runs need MLflow; install it with: pip install "autotune-search[mlflow]"'
        ) from error
    study, table = read_trials(log, words=True)
    rows = [row for row in table.to_pylist() if row["status"] != PENDING]
    client = MlflowClient(tracking_uri)
    existing = client.get_experiment_by_name(experiment)
    where = client.create_experiment(experiment) if existing is None else existing.experiment_id
    begun = study.begun
    ended = max((_milliseconds(row["finished_at"]) for row in rows), default=begun.at // 1000)

    def write(
        run: str, params: Mapping[str, Any], metrics: list[Any], tags: Mapping[str, Any]
    ) -> None:
        parameters = [Param(name, str(value)[:_LONGEST_PARAM]) for name, value in params.items()]
        labels = [RunTag(name, str(value)[:_LONGEST_TAG]) for name, value in tags.items()]
        for i in range(0, max(len(parameters), len(labels), 1), _AT_ONCE):
            client.log_batch(run, [], parameters[i : i + _AT_ONCE], labels[i : i + _AT_ONCE])
        for i in range(0, len(metrics), _AT_ONCE):
            client.log_batch(run, metrics[i : i + _AT_ONCE])

    top = client.create_run(
        where, start_time=begun.at // 1000, run_name=run_name or begun.study_id
    ).info.run_id
    best = recommended(study)
    incumbent = [
        Metric(
            begun.metric, row["incumbent_score"], _milliseconds(row["finished_at"]), row["trial"]
        )
        for row in rows
        if row["incumbent_score"] is not None
    ]
    write(
        top,
        {} if best is None else study.configuration(best),
        incumbent,
        {"study_id": begun.study_id, "direction": begun.direction, "metric": begun.metric},
    )
    for row in rows:
        began, finished = (_milliseconds(row[name]) for name in ("proposed_at", "finished_at"))
        run = client.create_run(
            where,
            start_time=began,
            run_name=f"trial {row['trial']}",
            tags={"mlflow.parentRunId": top},
        ).info.run_id
        numbers = {name: row[name] for name in _METRICS}
        numbers |= {f"anticipated_{name}": row[f"anticipated_{name}"] for name in ("score", "gain")}
        numbers |= {
            f"fold_{fold}": score
            for fold, score in zip(row["folds"] or (), row["scores"] or (), strict=True)
        }
        metrics = [
            Metric(name, value, finished, row["trial"])
            for name, value in numbers.items()
            if value is not None and math.isfinite(value)
        ]
        tags = {name: row[name] for name in _TAGS if row[name] is not None}
        write(run, study.configuration(row["trial"]), metrics, {"trial": row["trial"], **tags})
        client.set_terminated(run, "FAILED" if row["status"] == FAILED else "FINISHED", finished)
    client.set_terminated(top, "FINISHED", ended)
    return str(top)


def _milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)
