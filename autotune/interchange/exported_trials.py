"""Trials as ``export_results`` wrote them to Parquet or JSON, read back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from autotune.errors import StudyError
from autotune.interchange.recorded_trials import RecordedTrial
from autotune.objective import Measurement
from autotune.study import Failure
from autotune.study.rows import ACCEPTED, FAILED, PENDING, REJECTED

__all__ = ["from_exported", "is_exported"]

_PARAM = "param_"
_NEEDED = {"trial", "status", "score", "folds", "scores"}
_ACCEPTED = {ACCEPTED: True, REJECTED: False, FAILED: False}


def is_exported(columns: Mapping[str, Sequence[Any]]) -> bool:
    """Tell whether columns are those of ``trials_table``."""
    return columns.keys() >= _NEEDED and any(name.startswith(_PARAM) for name in columns)


def from_exported(
    columns: Mapping[str, Sequence[Any]], *, where: str = "the table"
) -> list[RecordedTrial]:
    """Read trials from the columns of ``trials_table``, in the order of their numbers.

    Parameters
    ----------
    columns : mapping of str to sequence
        With None, NaN or nothing where a parameter is inactive. Trials that were pending are left
        out.
    where : str
        What errors call the table.

    Returns
    -------
    list of RecordedTrial
        With their verdicts, the scores of their folds, and the times at which they began and ended.

    Raises
    ------
    StudyError
        If a column holds something else than ``trials_table`` writes.
    """
    names = [name for name in columns if name.startswith(_PARAM)]
    rows = range(len(columns["trial"]))
    try:
        rows_in_order = sorted(rows, key=lambda i: int(columns["trial"][i]))
        return [
            RecordedTrial(
                {
                    name.removeprefix(_PARAM): columns[name][i]
                    for name in names
                    if not _missing(columns[name][i])
                },
                _measurement({name: column[i] for name, column in columns.items()}),
                _ACCEPTED[columns["status"][i]],
                _microseconds(columns, "proposed_at", i),
                _microseconds(columns, "finished_at", i),
            )
            for i in rows_in_order
            if columns["status"][i] != PENDING
        ]
    except (LookupError, TypeError, ValueError) as error:
        raise StudyError(
            f"{where} has the columns of an exported log, but not what stands in them there: "
            f"{error!r}; export the log again, or rename the column 'status' to have it read as "
            "any table"
        ) from error


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _measurement(row: Mapping[str, Any]) -> Measurement:
    folds = () if _missing(row["folds"]) else tuple(map(int, row["folds"]))
    scores = () if _missing(row["scores"]) else tuple(map(_number, row["scores"]))
    kind, message = row.get("failure_kind"), row.get("failure_message")
    failure = None
    if not _missing(kind):
        limit = row.get("failure_limit")
        failure = Failure(
            str(kind),
            "" if _missing(message) else str(message),
            None if limit is None or _missing(limit) else float(limit),
        )
    elif row["status"] == FAILED:
        failure = Failure("not finite", "the table has no score")
    n = len(folds)
    return Measurement(
        folds=folds,
        scores=scores,
        fit_seconds=(_seconds(row, "fit_seconds"),) * n,
        score_seconds=(_seconds(row, "score_seconds"),) * n,
        failure=failure,
    )


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _seconds(row: Mapping[str, Any], name: str) -> float:
    value = _number(row.get(name))
    return value if math.isfinite(value) and value >= 0 else 0.0


def _microseconds(columns: Mapping[str, Sequence[Any]], name: str, i: int) -> int | None:
    value = columns[name][i] if name in columns else None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value != value:  # noqa: PLR0124  pandas has times of no time
        return None
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return round(value.timestamp() * 1e6)
