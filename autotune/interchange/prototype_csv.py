"""CSV in the columns of the 2018 prototype."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from autotune.interchange.search_results import cv_results
from autotune.log import Log
from autotune.log.files import write_file
from autotune.replay.reading import LogLike, reading
from autotune.space.inference import plain_value
from autotune.study import Study, replay
from autotune.study.formatting import format_value

__all__ = ["FIRST_GENERATION", "prototype_table", "write_prototype_csv"]

FIRST_GENERATION = ("improved", "iteration", "params", "rank_test_score")
_LATER = (
    "changes", "params_previous", "score_improved_by", "score_improvement_anticipated",
    "time_improved_by",
)  # fmt: skip


def prototype_table(
    study: Study, log: Log | None = None, *, later: bool = True
) -> dict[str, list[Any]]:
    """Return all judged trials in the columns of the prototype, in its alphabetical order.

    It searched one configuration at a time, so each has rank 1 in its own search. Where a trial did
    not step from another, what it changed is told from the incumbent before it, as the prototype
    did.

    Parameters
    ----------
    study : Study
        The study.
    log : Log, optional
        Its log, for measures other than the score.
    later : bool
        Whether the columns that later versions added are wanted too.

    Returns
    -------
    dict of str to list
        Columns of plain values.
    """
    results = cv_results(study, log)
    results["rank_test_score"] = np.ones(len(results["iteration"]), dtype=np.int64)
    results.pop("reason")
    _tell_from_the_incumbent(results)
    if not later:
        for name in _LATER:
            results.pop(name)
    return {name: [_plain(value) for value in results[name]] for name in sorted(results)}


def _tell_from_the_incumbent(results: dict[str, Any]) -> None:
    best: dict[str, Any] | None = None
    for i, params in enumerate(results["params"]):
        if best is None:
            results["changes"][i] = "start values"
        elif " from " not in results["changes"][i]:
            results["params_previous"][i] = best
            changes = [
                f"{name} from {format_value(best[name])} to {format_value(params[name])}"
                for name in params
                if name in best and best[name] != params[name]
            ]
            results["changes"][i] = "; ".join(changes) if changes else "nothing"
        if results["improved"][i]:
            best = params


def _plain(value: Any) -> Any:
    return None if value is np.ma.masked else plain_value(value)


def write_prototype_csv(
    log: LogLike, path: str | PathLike[str], *, columns: Iterable[str] | None = None
) -> None:
    """Write a log's trials as the prototype's ``cv_results.csv``.

    Parameters
    ----------
    log : path or Log
        The log.
    path : path
        Where to; what is there is replaced as a whole.
    columns : iterable of str, optional
        Those wanted, in this order; all if left out.
    """
    with reading(log) as opened:
        table = prototype_table(replay(opened.batches()), opened)
    names = list(table) if columns is None else list(columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for i in range(len(table["iteration"])):
        writer.writerow([_text(table[name][i]) for name in names])
    write_file(Path(path), text.getvalue().encode())


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return value if isinstance(value, str) else repr(value)
