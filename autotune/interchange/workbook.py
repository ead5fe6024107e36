"""A workbook for Excel: all trials, and the accepted steps with charts of score and fit time."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from attrs import frozen

from autotune.errors import MissingExtraError, StudyError
from autotune.interchange.trials_table import read_trials
from autotune.replay.reading import LogLike
from autotune.report.best import Best, best_of
from autotune.study import Study
from autotune.study.formatting import clean, format_value
from autotune.study.rows import TrialRow, accepted_steps

__all__ = ["workbook"]

TRIALS, STEPS, BEST = "Trials", "Accepted steps", "Best"
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
LONGEST_HEADER = 255
LARGEST_INTEGER = 10**15
"""From here on Excel, which keeps 15 digits, would show another number."""

_WIDEST = 60
_LABELLED = 40
_SCORE, _SECONDS = "#D55E00", "#0072B2"
_EARLIEST, _LATEST = datetime(1900, 3, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class _Column:
    header: str
    values: list[Any]
    style: str = "General"


def workbook(log: LogLike) -> bytes:
    """Return a log as the content of an Excel file.

    The sheet "Trials" has a data table with a row for each trial; "Accepted steps" has one of those
    that became the incumbent, and charts of score and fit time over them that Excel draws itself;
    "Best" has the configuration that is held for best, and what is to be expected of it.
    Text stays text, whatever it looks like.

    Parameters
    ----------
    log : path or Log
        The log.

    Returns
    -------
    bytes
        What to write to a file that ends in ``.xlsx``.

    Raises
    ------
    MissingExtraError
        If XlsxWriter is not installed.
    StudyError
        If the log holds no study, or more trials or parameters than a sheet has place for.
    """
    try:
        import xlsxwriter  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError(
            'workbooks need XlsxWriter; install it with: pip install "autotune-search[excel]"'
        ) from error
    study, table = read_trials(log, words=True)
    _check_size(study)
    trials = _trial_columns(table, study)
    steps = accepted_steps(study)
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(content, options) as book:
        began = _date(study.begun.at)
        if isinstance(began, datetime):  # the same log makes the same file
            book.set_properties({"created": _naive(began)})
        _write_table(book, book.add_worksheet(TRIALS), "Trials", trials)
        sheet = book.add_worksheet(STEPS)
        _write_table(book, sheet, "AcceptedSteps", _step_columns(steps, study))
        if steps:
            _draw_charts(book, sheet, study, len(steps))
        best = best_of(study)
        if best is not None:
            _write_table(book, book.add_worksheet(BEST), "Best", _best_columns(best))
    return content.getvalue()


def _check_size(study: Study) -> None:
    if study.n_trials >= MOST_ROWS:
        raise StudyError(
            f"the log has {study.n_trials} trials, a sheet of Excel has place for "
            f"{MOST_ROWS - 1}; export to .parquet or .csv"
        )


def _trial_columns(table: pa.Table, study: Study) -> list[_Column]:
    columns = []
    parameters = [name for name in table.column_names if name.startswith("param_")]
    first = [
        "trial", "parent", "origin", "changes", "status", "reason", "score", "score_sd", "gain",
        "fit_seconds", "score_seconds", "seconds_saved", "incumbent", "incumbent_score",
    ]  # fmt: skip
    rest = [
        *(name for name in table.column_names if name.startswith("anticipated_")),
        *("proposed_at", "finished_at", "elapsed_seconds"),
        *("failure_kind", "failure_message", "failure_limit"),
    ]
    for name in [*first, *parameters, "scores", *rest]:
        if name == "scores":
            columns += _fold_columns(table, study)
            continue
        column = table[name]
        if pa.types.is_timestamp(column.type):
            values = [_date(at) for at in column.cast(pa.int64()).to_pylist()]
            columns.append(_Column(name, values, "yyyy-mm-dd hh:mm:ss"))
            continue
        values = column.to_pylist()
        style = "General"
        if pa.types.is_floating(column.type) and name not in parameters:
            style = "0.000" if "seconds" in name else _number_style(values)
        columns.append(_Column(name, values, style))
    if len(columns) > MOST_COLUMNS:
        raise StudyError(
            f"the table has {len(columns)} columns, a sheet of Excel has place for {MOST_COLUMNS}; "
            "export to .parquet or .csv"
        )
    return columns


def _fold_columns(table: pa.Table, study: Study) -> list[_Column]:
    folds, scores = table["folds"].to_pylist(), table["scores"].to_pylist()
    n_folds = max((fold + 1 for row in folds for fold in row), default=study.begun.n_folds)
    columns: list[list[Any]] = [[None] * table.num_rows for _ in range(n_folds)]
    for i, (row, values) in enumerate(zip(folds, scores, strict=True)):
        for fold, value in zip(row, values, strict=True):
            columns[fold][i] = value
    return [
        _Column(f"score_fold_{fold}", values, _number_style(values))
        for fold, values in enumerate(columns)
    ]


def _step_columns(steps: Sequence[TrialRow], study: Study) -> list[_Column]:
    scores: list[Any] = [step.score for step in steps]
    gains: list[Any] = [step.gain for step in steps]
    return [
        _Column("trial", [step.trial for step in steps]),
        _Column("change", [step.changes for step in steps]),
        _Column("score", scores, _number_style(scores)),
        _Column("improvement", gains, _number_style(gains)),
        _Column("fit seconds", [step.fit_seconds for step in steps], "0.000"),
        _Column("score seconds", [study.outcome(s.trial).score_seconds for s in steps], "0.000"),
    ]


def _best_columns(best: Best) -> list[_Column]:
    """Return what is known of the best trial, a row for each."""
    known: dict[str, Any] = {
        "trial": best.trial,
        f"{best.metric}, measured": best.outcome.score,
    }
    if best.outcome.n_folds > 1:
        known["standard deviation over folds"] = best.outcome.score_sd
    honest = best.honest
    if honest is not None:
        known["trials that measured it"] = honest.n_evaluations
        if honest.words:
            known |= {
                f"{best.metric}, to be expected": honest.score,
                f"from, with a chance of {honest.level:g}": honest.low,
                f"to, with a chance of {honest.level:g}": honest.high,
            }
    known["fit seconds"] = best.outcome.fit_seconds
    for name, value in best.configuration.items():
        plain = value is None or isinstance(value, bool | int | float | str)
        known[f"parameter {name}"] = value if plain else format_value(value)
    return [_Column("what", [clean(each) for each in known]), _Column("value", [*known.values()])]


def _number_style(values: Iterable[Any]) -> str:
    sizes = [abs(v) for v in values if v is not None and v != 0 and math.isfinite(v)]
    small_or_large = bool(sizes) and (max(sizes) >= 1e6 or max(sizes) < 1e-2)
    return "0.0000E+00" if small_or_large else "0.000000"


def _date(at: int | None) -> Any:
    """Return a time as Excel can hold it, or as text where its calendar lacks it."""
    if at is None:
        return None
    try:
        when = _EPOCH + timedelta(microseconds=at)
    except OverflowError:
        return f"{at} microseconds after 1970"
    return when if _EARLIEST <= when <= _LATEST else when.isoformat()


def _naive(when: datetime) -> datetime:
    return when.replace(tzinfo=None)


def _write_table(book: Any, sheet: Any, name: str, columns: list[_Column]) -> None:
    """Write columns as a data table with a header that stays in sight."""
    n = len(columns[0].values)
    headers = _headers([column.header for column in columns])
    described = []
    for j, (header, column) in enumerate(zip(headers, columns, strict=True)):
        style = book.add_format({"num_format": column.style})
        widest = len(header) + 3  # the button of the filter
        for i, value in enumerate(column.values):
            widest = max(widest, _write(sheet, i + 1, j, value, style))
        sheet.set_column(j, j, min(widest + 1, _WIDEST))
        described.append({"header": header, "format": style})
    # A data table has a row at least, even if it is empty.
    sheet.add_table(
        0,
        0,
        max(n, 1),
        len(columns) - 1,
        {"name": name, "columns": described, "style": "Table Style Light 9", "autofilter": True},
    )
    sheet.freeze_panes(1, 1)


def _headers(names: list[str]) -> list[str]:
    """Return headers that Excel takes: without odd characters, and different in any case."""
    seen: set[str] = set()
    headers = []
    for name in names:
        short = header = clean(name)[: LONGEST_HEADER - 8]
        number = 1
        while header.lower() in seen:
            number += 1
            header = f"{short} ({number})"
        seen.add(header.lower())
        headers.append(header)
    return headers


def _write(sheet: Any, row: int, column: int, value: Any, style: Any) -> int:
    """Write a cell, and return how many characters wide it is, about."""
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, _naive(value), style)
        return 19
    if isinstance(value, float) and math.isnan(value):
        value = None
    if value is None:
        return 0
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
        return 5
    number = isinstance(value, int) and abs(value) < LARGEST_INTEGER
    if number or (isinstance(value, float) and math.isfinite(value)):
        sheet.write_number(row, column, value, style)
        return len(f"{value:.6g}")
    text = _cut(value if isinstance(value, str) else str(value))
    sheet.write_string(row, column, text)
    return len(text)


def _cut(text: str) -> str:
    """Return text that has place in a cell, which counts units of UTF-16."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def _draw_charts(book: Any, sheet: Any, study: Study, n: int) -> None:
    metric = clean(study.begun.metric)
    named = "mean score" if metric == "score" else f"mean score ({metric})"
    charts: tuple[tuple[str, str, int, str, dict[str, Any]], ...] = (
        ("Score over accepted steps", named, 2, _SCORE, {}),
        ("Fit time over accepted steps", "mean fit time of a fold (seconds)", 4, _SECONDS,
         {"min": 0}),
    )  # fmt: skip
    for i, (title, axis, column, colour, more) in enumerate(charts):
        chart = book.add_chart({"type": "line"})
        chart.add_series(
            {
                "name": [STEPS, 0, column],
                "categories": [STEPS, 1, 1, n, 1],
                "values": [STEPS, 1, column, n, column],
                "line": {"color": colour, "width": 2},
                "marker": {
                    "type": "circle",
                    "size": 6,
                    "fill": {"color": colour},
                    "border": {"color": colour},
                },
                "data_labels": {"value": n <= _LABELLED},
            }
        )
        chart.set_title({"name": title, "name_font": {"size": 13}})
        chart.set_x_axis(
            {
                "name": "what the accepted step changed",
                "num_font": {"rotation": -45, "size": 8},
                "label_position": "low",
            }
        )
        chart.set_y_axis({"name": axis, "major_gridlines": {"visible": True}, **more})
        chart.set_legend({"none": True})
        chart.set_size({"width": min(max(720, 45 * n), 1600), "height": 460})
        # Beside the table, for it grows with every search.
        sheet.insert_chart(1 + 24 * i, 7, chart)
