"""Reports of logs: reading them, and writing the page to a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from autotune.errors import StudyError
from autotune.log import Log
from autotune.log.files import write_file
from autotune.replay import state_at
from autotune.replay.reading import LogLike, reading
from autotune.report.analysis_data import analysis_data
from autotune.report.best import best_of
from autotune.report.page import report_page
from autotune.report.page_data import study_data
from autotune.study import Study
from autotune.study.summary import study_summary

__all__ = ["report_of", "write_report"]


def write_report(
    logs: LogLike | Iterable[LogLike] | Mapping[str, LogLike],
    to: str | PathLike[str],
    *,
    overwrite: bool = False,
    quick: bool = False,
) -> Path:
    """Write a report of one or more logs: a page of HTML, complete in one file.

    It shows the best configuration, how much each parameter matters, the story of accepted steps,
    all trials with their reasons, and several studies beside each other. It needs no network.

    Parameters
    ----------
    logs : path, Log, iterable of them, or mapping
        What to report on; a mapping gives them names.
    to : path
        The file.
    overwrite : bool
        Whether a file there is replaced.
    quick : bool
        Whether to leave out what an anticipator makes of the trials, which takes seconds, and for
        tens of thousands of trials longer.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StudyError
        If the file is there already, or a log holds no study.
    LogError
        If a log can't be read.

    Examples
    --------
    >>> import tempfile
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report({"mine": result.log}, f"{folder}/report.html").stat().st_size > 10_000
    True
    """
    path = Path(to)
    if path.exists() and not overwrite:
        raise StudyError(
            f"to = {str(path)!r} is there already; give another path, or overwrite=True"
        )
    write_file(path, report_of(_by_name(logs), quick=quick).encode())
    return path


def report_of(logs: Mapping[str, LogLike], *, quick: bool = False) -> str:
    """Return the page of logs by their names; ``quick`` as for ``write_report``."""
    if len(logs) == 0:
        raise StudyError("logs = [] is empty; give at least one")
    data: dict[str, dict[str, Any]] = {}
    summaries = []
    for name, log in logs.items():
        with reading(log) as opened:
            study = _begun(opened, name)
        data[name] = {**study_data(study), **analysis_data(study, quick=quick)}
        best = best_of(study)
        summaries.append(
            study_summary(
                study,
                title=name,
                styled=False,
                best=None if best is None else best.trial,
                expected="" if best is None else best.expected,
            )
        )
    return report_page(data, summary="".join(summaries))


def _begun(log: Log, name: str) -> Study:
    study = state_at(log)
    if study.started is None:
        raise StudyError(f"{name}: the log holds no study yet; start one in it, or name another")
    return study


def _by_name(logs: LogLike | Iterable[LogLike] | Mapping[str, LogLike]) -> dict[str, LogLike]:
    if isinstance(logs, Mapping):
        return dict(logs)
    given = [logs] if isinstance(logs, Log | str | PathLike) else list(logs)
    named: dict[str, LogLike] = {}
    for log in given:
        name = _name(log)
        number = 2
        while name in named:
            name = f"{_name(log)} ({number})"
            number += 1
        named[name] = log
    return named


def _name(log: LogLike) -> str:
    if isinstance(log, str | PathLike):
        return fspath(log)
    return str(getattr(log, "path", None) or getattr(log, "name", None) or "study")
