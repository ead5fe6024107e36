"""A CSV file in which the user names the column of scores."""

from __future__ import annotations

import ast
import csv
import re
from pathlib import Path
from typing import Any

from autotune.errors import StudyError

__all__ = ["columns_scored_by"]

_OTHER_SCORES = re.compile(r"(split\d+|mean|std|rank)_(test|train)_score|score")


def columns_scored_by(path: Path, score: str) -> dict[str, list[Any]]:
    """Return a file's columns with the one that was named as ``score``, and no other scores.

    Parameters
    ----------
    path : Path
        A CSV file with a header.
    score : str
        A column of numbers.

    Raises
    ------
    StudyError
        If there is no such column, a value in it is not a number, or a line has another number of
        values.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        rows = [row for row in reader if row]
    if score not in header:
        raise StudyError(
            f"--score {score!r} is not one of the columns of {path}: {', '.join(header[:20])}"
        )
    for line, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise StudyError(
                f"{path}, line {line}: {len(row)} values for {len(header)} columns; is a value "
                "with a comma in it without quotes?"
            )
    at = header.index(score)
    others = {name for name in header if _OTHER_SCORES.fullmatch(name) and name != score}
    # Verdicts on another score say nothing about this one.
    left_out = others | {"", score} | ({"improved"} if len(others) > 0 else set())
    columns = {
        name: [_value(row[i]) for row in rows]
        for i, name in enumerate(header)
        if name not in left_out
    }
    columns["score"] = [_score(row[at], path, line) for line, row in enumerate(rows, 2)]
    return columns


def _score(text: str, path: Path, line: int) -> float:
    if text.strip() == "":
        return float("nan")  # a trial without a score, which failed
    try:
        return float(text)
    except ValueError as error:
        raise StudyError(f"{path}, line {line}: the score {text!r} is not a number") from error


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return float(text) if text.lower() in ("nan", "inf", "-inf") else text
