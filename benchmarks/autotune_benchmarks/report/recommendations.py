"""Choosing beside finding: what was recommended, the incumbent, and the best that was tried.

The best of what a search tried is known to the referee alone. What a recommendation lacks to it is
not a matter of searching but of knowing which of the good ones is good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from autotune_benchmarks.protocol.traces import Trace
from autotune_benchmarks.report.page import Block, Heading, Table, Text
from autotune_benchmarks.statistics.comparison import Comparison
from autotune_benchmarks.statistics.intervals import Interval, bootstrap_mean

__all__ = ["recommendation_blocks", "recommendation_lines"]

What: TypeAlias = Literal["recommended", "incumbent", "seen"]

_RESAMPLES = 2000
_WORDS: Mapping[What, str] = {
    "recommended": "called the best",
    "incumbent": "the incumbent",
    "seen": "the best tried",
}


def _at(trace: Trace, what: What, place: int, moment: int) -> float:
    if what == "recommended":
        return trace.at(moment)
    kept = trace.incumbent if what == "incumbent" else trace.seen
    return float(kept[place]) if len(kept) > place else np.nan


def regrets(comparison: Comparison, name: str, what: What, place: int) -> Interval | None:
    """Return a mean regret at one of the moments; None where it was not kept.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    name : str
        The contestant.
    what : {"recommended", "incumbent", "seen"}
        Of what: what it calls its best, its incumbent, or the best that it tried.
    place : int
        Which of the moments.
    """
    moment = comparison.moments[place]
    values = {
        problem: [_at(trace, what, place, moment) for trace in found.values()]
        for problem, found in comparison.traces[name].items()
        if found
    }
    if not np.all(np.isfinite(np.concatenate(list(values.values())))):
        return None
    return bootstrap_mean(values, resamples=_RESAMPLES)


def _rows(comparison: Comparison, names: Sequence[str]) -> list[tuple[str, ...]]:
    rows = []
    moments = range(len(comparison.moments))
    for name in names:
        found: dict[What, list[Interval | None]] = {
            what: [regrets(comparison, name, what, place) for place in moments] for what in _WORDS
        }
        if all(each is None for each in found["seen"]):
            continue
        gaps = [_closed(*(found[what][place] for what in _WORDS)) for place in moments]
        rows += [
            (name, words, *("-" if each is None else _told(each) for each in found[what]))
            for what, words in _WORDS.items()
        ]
        rows.append((name, "of the gap closed", *gaps))
    return rows


def _closed(recommended: Interval | None, incumbent: Interval | None, seen: Interval | None) -> str:
    """Return how much of what lies between the incumbent and the best tried is closed."""
    if recommended is None or incumbent is None or seen is None:
        return "-"
    gap = incumbent.mean - seen.mean
    return "-" if gap <= 0 else f"{(incumbent.mean - recommended.mean) / gap:.0%}"


def recommendation_blocks(
    comparison: Comparison, about: Mapping[str, Any], names: Sequence[str]
) -> list[Block]:
    """Return the tables of all problems, and of each part of the split; none for old results.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    about : mapping
        What the results say of themselves.
    names : sequence of str
        The contestants, in the order of the rows.
    """
    head = ("contestant", "regret of", *(f"at {n}" for n in comparison.moments))
    tables: list[Block] = []
    for part, inner in _parts(comparison, about):
        rows = _rows(inner, [name for name in names if name in inner.contestants])
        if rows:
            words = f"The {len(inner.problems)} {part} problems."
            tables.append(Table(head, tuple(rows), words, words=2))
    if not tables:
        return []
    return [
        Heading("Finding and choosing"),
        Text(
            "What a contestant calls its best, the incumbent from which its steps are taken, and "
            "the best of all that it tried, which only the referee knows. *Of the gap closed* is "
            "how much of what lies between the incumbent and the best tried the choice wins back."
        ),
        *tables,
    ]


def recommendation_lines(
    comparison: Comparison, about: Mapping[str, Any], names: Sequence[str]
) -> list[str]:
    """Return the same figures as lines of text; none where they were not kept.

    Parameters
    ----------
    comparison, about, names
        As for ``recommendation_blocks``.
    """
    lines: list[str] = []
    for part, inner in _parts(comparison, about):
        rows = _rows(inner, [name for name in names if name in inner.contestants])
        wide = max((len(row[0]) for row in rows), default=0) + 1
        head = f"{f'{part} problems, regret of':{wide + 24}s}"
        lines += [head + "".join(f"{f'at {n}':>23s}" for n in inner.moments)] * bool(rows)
        for row in rows:
            lines.append(f"{row[0]:{wide}s}{row[1]:24s}{''.join(f'{x:>23s}' for x in row[2:])}")
    return lines


def _parts(comparison: Comparison, about: Mapping[str, Any]) -> list[tuple[str, Comparison]]:
    """Return the comparison on the problems of each part of the split."""
    parts: dict[str, list[str]] = {}
    for problem in comparison.problems:
        parts.setdefault(about["split"][problem], []).append(problem)
    return [(part, comparison.only(problems)) for part, problems in sorted(parts.items())]


def _told(interval: Interval) -> str:
    return f"{interval.mean:.3f} ({interval.low:.3f} to {interval.high:.3f})"
