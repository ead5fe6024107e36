"""Export: a log as a file that other tools read, by its suffix, or as scikit-learn's results."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from autotune.errors import StudyError
from autotune.interchange.prototype_csv import write_prototype_csv
from autotune.interchange.search_results import cv_results as results_of
from autotune.interchange.trials_table import trials_table
from autotune.interchange.workbook import workbook
from autotune.log.files import write_file
from autotune.replay.reading import LogLike, reading
from autotune.study import replay

__all__ = ["FORMATS", "cv_results", "export_results"]


def export_results(
    log: LogLike,
    to: str | PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
    overwrite: bool = False,
) -> Path:
    r"""Write a log's trials to a file.

    Parameters
    ----------
    log : path or Log
        The log.
    to : path
        The file. It appears when it is whole, or not at all.
    format : {"csv", "parquet", "json", "xlsx"}, optional
        Told by the suffix if left out. CSV has the columns of the 2018 prototype, which
        ``import_results`` reads back; Parquet the columns of ``trials_table``; JSON a list of one
        object for each trial with the same columns, missing and infinite numbers being null; and
        Excel two sheets, see ``autotune.interchange.workbook``.
    overwrite : bool
        Whether a file that is there is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StudyError
        If the format is unknown, the file is there already, its folder is not, or the log holds no
        study.
    MissingExtraError
        If XlsxWriter is needed and not installed.

    Examples
    --------
    >>> import tempfile
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export_results(found.log, f"{folder}/trials.json").read_text()[:28]
    '[\n{"trial": 1, "parent": nul'
    """
    path = Path(to)
    known = ", ".join(f".{name}" for name in FORMATS)
    if format is None:
        name = path.suffix.removeprefix(".").lower()
        if name not in FORMATS:
            raise StudyError(
                f"to = {str(path)!r} has the suffix {path.suffix!r}, which is not one of {known}; "
                "change it, or give format="
            )
    else:
        name = format.removeprefix(".").lower()
        if name not in FORMATS:
            raise StudyError(f"format = {format!r} is not one of {known}; choose one of them")
    if path.is_dir():
        raise StudyError(f"to = {str(path)!r} is a directory; give the path of a file")
    if path.exists() and not overwrite:
        raise StudyError(
            f"to = {str(path)!r} is there already; give another path, or overwrite=True"
        )
    if not path.parent.is_dir():
        raise StudyError(f"to = {str(path)!r}: there is no folder {str(path.parent)!r}; make it")
    with reading(log) as opened:
        if len(opened) == 0:
            raise StudyError("the log holds no study; give the log of one")
        FORMATS[name](opened, path)
    return path


def cv_results(log: LogLike) -> dict[str, Any]:
    """Return all judged trials of a log in the form of scikit-learn's ``cv_results_``.

    Parameters
    ----------
    log : path or Log
        The log.

    Returns
    -------
    dict of str to array
        See ``autotune.interchange.search_results.cv_results``.

    Raises
    ------
    StudyError
        If the log holds no study.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=2)
    >>> cv_results(found.log)["mean_test_score"][0], cv_results(found.log)["params"][0]
    (np.float64(-4.0), {'x': 1.0})
    """
    with reading(log) as opened:
        return results_of(replay(opened.batches()), opened)


def _write_parquet(log: LogLike, path: Path) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(trials_table(log), sink, compression="zstd")
    write_file(path, sink.getvalue().to_pybytes())


def _write_json(log: LogLike, path: Path) -> None:
    table = trials_table(log, words=True)
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(i, field.name, _iso(table[field.name]))
    lines = [
        json.dumps({name: _finite(value) for name, value in row.items()}, allow_nan=False)
        for batch in table.to_batches(max_chunksize=8192)
        for row in batch.to_pylist()
    ]
    write_file(path, ("[\n" + ",\n".join(lines) + "\n]\n").encode())


def _iso(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times as text by ISO 8601, made-up ones of far years too."""
    text = times.cast(pa.timestamp("us")).cast(pa.string())
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), "Z", "")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return value


def _write_workbook(log: LogLike, path: Path) -> None:
    write_file(path, workbook(log))


FORMATS: dict[str, Callable[[LogLike, Path], None]] = {
    "csv": write_prototype_csv,
    "parquet": _write_parquet,
    "json": _write_json,
    "xlsx": _write_workbook,
}
"""By name, which is the suffix too: what writes a log to a path."""
