"""Results as a table: the 2018 prototype's CSV, scikit-learn's ``cv_results_``, plain columns."""

from __future__ import annotations

import ast
import csv
import math
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from autotune.errors import StudyError
from autotune.interchange.recorded_trials import RecordedTrial
from autotune.objective import Measurement
from autotune.space.inference import plain_value
from autotune.study import Failure

__all__ = ["from_columns", "read_csv", "spread"]

_SPLIT = re.compile(r"split(\d+)_test_score$")
_PARAM = "param_"
_TRUE = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


def read_csv(path: str | PathLike[str]) -> list[RecordedTrial]:
    """Read a CSV file of results, of any generation of the 2018 prototype or plain.

    Parameters
    ----------
    path : path
        A file with a header. See ``from_columns`` for what columns it may have; values are read as
        Python literals where they are such, so that ``(4, 1)`` is a tuple, and as text otherwise.

    Returns
    -------
    list of RecordedTrial
        A trial for each line.

    Raises
    ------
    StudyError
        If columns are missing, or a line has another number of them.
    """
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        header = next(reader, None)
        if header is None:
            raise StudyError(f"{path} is empty; it should begin with a line of column names")
        rows = [row for row in reader if row]
    for i, row in enumerate(rows):
        if len(row) != len(header):
            raise StudyError(
                f"{path}, line {i + 2}: {len(row)} values for {len(header)} columns; is a value "
                "with a comma in it without quotes?"
            )
    columns = {
        name: [_literal(row[j]) for row in rows] for j, name in enumerate(header) if name != ""
    }
    return from_columns(columns, where=str(path))


def from_columns(
    columns: Mapping[str, Sequence[Any]], *, where: str = "the table"
) -> list[RecordedTrial]:
    """Read results from columns.

    Parameters
    ----------
    columns : mapping of str to sequence
        ``split<k>_test_score`` for each fold, or ``mean_test_score``, or ``score``; the
        configuration as ``params`` or in columns ``param_<name>``; if there is neither, all columns
        that are not otherwise known are parameters. Of use are ``mean_fit_time``,
        ``std_fit_time``, ``mean_score_time`` and ``std_score_time`` (or ``seconds``); ``improved``,
        the verdict; and ``iteration``, which gives the order.
    where : str
        What errors call the table.

    Returns
    -------
    list of RecordedTrial
        A trial for each row.

    Raises
    ------
    StudyError
        If there is no score, no parameter, or columns have different lengths.
    """
    table = {name: [plain_value(value) for value in column] for name, column in columns.items()}
    lengths = {len(column) for column in table.values()}
    if len(lengths) > 1:
        raise StudyError(f"{where}: the columns have different lengths, {sorted(lengths)}")
    n = lengths.pop() if lengths else 0
    splits = sorted((int(m[1]), name) for name in table if (m := _SPLIT.match(name)))
    score = next((name for name in ("mean_test_score", "score") if name in table), None)
    if not splits and score is None:
        raise StudyError(
            f"{where} has no scores among its columns {sorted(table)[:10]}; it needs "
            "split0_test_score and so on, mean_test_score, or score"
        )
    configurations = _configurations(table, n, where)
    order = list(range(n))
    if "iteration" in table:
        order.sort(key=lambda i: float(table["iteration"][i]))
    return [
        RecordedTrial(
            configurations[i], _measurement(table, splits, score, i), _verdict(table, i, where)
        )
        for i in order
    ]


def _configurations(table: Mapping[str, list[Any]], n: int, where: str) -> list[dict[str, Any]]:
    if "params" in table and all(isinstance(p, Mapping) for p in table["params"]):
        return [
            {str(name): plain_value(value) for name, value in params.items()}
            for params in table["params"]
        ]
    names = [name for name in table if name.startswith(_PARAM)]
    if not names:
        names = [name for name in table if not _is_known(name)]
    if not names:
        raise StudyError(
            f"{where} has no parameters among its columns {sorted(table)[:10]}; it needs "
            "params, or param_<name> for each"
        )
    return [
        {
            name.removeprefix(_PARAM): table[name][i]
            for name in names
            if not _is_absent(table[name][i])
        }
        for i in range(n)
    ]


_KNOWN = {
    "params", "params_previous", "score", "seconds", "iteration", "improved", "changes", "reason",
    "score_improved_by", "time_improved_by", "score_improvement_anticipated",
}  # fmt: skip


def _is_known(name: str) -> bool:
    return name in _KNOWN or (
        name.startswith(("split", "mean_", "std_", "rank_", "Unnamed"))
        and name.endswith(("_score", "_time"))
    )


def _is_absent(value: Any) -> bool:
    if value is np.ma.masked or value == "":
        return True
    return isinstance(value, float) and math.isnan(value)


def _measurement(
    table: Mapping[str, list[Any]], splits: list[tuple[int, str]], score: str | None, i: int
) -> Measurement:
    if splits:
        pairs = [(k, _number(table[name][i])) for k, name in splits]
    else:
        assert score is not None
        pairs = [(0, _number(table[score][i]))]
    # A fold that was never run is missing there.
    run = [(k, value) for k, value in pairs if not math.isnan(value)]
    failure = None
    if not run:
        run = [(pairs[0][0], math.nan)]
        failure = Failure("not finite", "the table has no score")
    n = len(run)
    if "mean_fit_time" not in table and "seconds" in table:
        fit = (_seconds(table, "seconds", i),) * n
    else:
        fit = spread(_seconds(table, "mean_fit_time", i), _seconds(table, "std_fit_time", i), n)
    return Measurement(
        folds=tuple(k for k, _ in run),
        scores=tuple(value for _, value in run),
        fit_seconds=fit,
        score_seconds=spread(
            _seconds(table, "mean_score_time", i), _seconds(table, "std_score_time", i), n
        ),
        failure=failure,
    )


def spread(mean: float, sd: float, n: int) -> tuple[float, ...]:
    r"""Return *n* numbers with a mean and a standard deviation, none negative.

    .. math:: m + s \sqrt{n - 1},\; m - \frac{s}{\sqrt{n - 1}},\; \dots

    Tables have no times of single folds; these are as good as any.

    Parameters
    ----------
    mean, sd : float
        What they shall have; ``sd`` as a population's.
    n : int
        How many.

    Examples
    --------
    >>> spread(2.0, 1.0, 2)
    (3.0, 1.0)
    """
    if n == 1 or sd == 0:
        return (mean,) * n
    root = math.sqrt(n - 1)
    return (mean + sd * root, *(max(mean - sd / root, 0.0),) * (n - 1))


def _seconds(table: Mapping[str, list[Any]], name: str, i: int) -> float:
    value = _number(table[name][i]) if name in table else 0.0
    return value if math.isfinite(value) and value >= 0 else 0.0


def _number(value: Any) -> float:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return math.nan
    return float(value)


def _verdict(table: Mapping[str, list[Any]], i: int, where: str) -> bool | None:
    if "improved" not in table:
        return None
    value = table["improved"][i]
    known = _TRUE.get(str(value).lower())
    if known is None:
        raise StudyError(f"{where}: improved = {value!r} in row {i} must be True or False")
    return known


def _literal(text: str) -> Any:
    if text == "":
        return ""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return float(text) if text.lower() in ("nan", "inf", "-inf") else text
