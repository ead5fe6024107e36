"""What each component is worth: swapped into a base, on the same problems and seeds.

The regret is that of the incumbent's noise-free score. Differences to the base are over pairs of
runs with the same seed, with a 95 % bootstrap interval over seeds. Components that make no sense in
the base recipe are swapped into another base, named above them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from statistics import mean
from typing import Any

from attrs import frozen

from autotune_benchmarks.contestants.variants import BASES
from autotune_benchmarks.report.page import Block, Table, Text
from autotune_benchmarks.statistics.comparison import Comparison, paired
from autotune_benchmarks.statistics.intervals import Interval, bootstrap_mean, mean_over_tables

__all__ = ["Row", "ablation_blocks", "ablation_rows", "is_ablation", "shown"]


@frozen
class Row:
    """What a contestant came to, beside the one that it is compared with.

    Parameters
    ----------
    contestant, group, against : str
        Who, the kind of part, and with whom it is compared.
    runs : int
        How many, over problems and seeds.
    at : tuple of int
        A quarter, half and the whole of the budget.
    regret : tuple of float
        The mean regret after each.
    difference : tuple of Interval, optional
        Of the regret, from that of the contestant it is compared with; below 0 is better. None for
        the base itself.
    n_trials, n_evaluations, fit_seconds : float
        Means of a run.
    own_milliseconds : float
        What a trial costs beside its evaluation, in the mean.
    """

    contestant: str
    group: str
    against: str
    runs: int
    at: tuple[int, ...]
    regret: tuple[float, ...]
    difference: tuple[Interval, ...] | None
    n_trials: float
    n_evaluations: float
    fit_seconds: float
    own_milliseconds: float

    @property
    def label(self) -> str:
        """The name without its group."""
        return self.contestant.removeprefix(f"{self.group}/")


def is_ablation(about: Mapping[str, Any]) -> bool:
    """Tell whether contestants of results are compared each with a base of its own."""
    return any("against" in each for each in about["contestants"].values())


def ablation_rows(comparison: Comparison, about: Mapping[str, Any]) -> list[Row]:
    """Return a row for each contestant.

    Parameters
    ----------
    comparison : Comparison
        The runs. One without its pair counts for its own mean only.
    about : mapping
        What the results say of themselves.
    """
    contestants = about["contestants"]
    return [
        _row(
            comparison,
            name,
            contestants[name].get("group", contestants[name]["kind"]),
            contestants[name].get("against", name),
        )
        for name in comparison.contestants
    ]


def _row(comparison: Comparison, name: str, group: str, against: str) -> Row:
    regrets = [comparison.regrets(name, moment) for moment in comparison.moments]
    difference = None
    if against != name and against in comparison.contestants:
        theirs = [comparison.regrets(against, moment) for moment in comparison.moments]
        pairs = [paired(*both) for both in zip(regrets, theirs, strict=True)]
        if pairs[0]:
            difference = tuple(map(bootstrap_mean, pairs))
    traces = [trace for found in comparison.traces[name].values() for trace in found.values()]
    return Row(
        name,
        group,
        against,
        len(traces),
        comparison.moments,
        tuple(
            mean_over_tables({problem: list(found.values()) for problem, found in each.items()})
            for each in regrets
        ),
        difference,
        mean(trace.n_trials for trace in traces),
        mean(trace.n_evaluations for trace in traces),
        mean(trace.total_seconds for trace in traces),
        1e3 * mean(trace.mean_own_seconds for trace in traces),
    )


def ablation_blocks(rows: Sequence[Row]) -> list[Block]:
    """Return a table for each group, of rows in the order wanted."""
    moments = rows[0].at
    head = (
        "contestant",
        *(f"regret at {n}" for n in moments),
        *(f"difference at {n}" for n in moments),
        "trials",
        "own ms a trial",
    )
    blocks: list[Block] = []
    for (group, against), found in groupby(rows, key=lambda row: (row.group, row.against)):
        members = list(found)
        alone = all(row.difference is None for row in members)
        words = f": {BASES[group].words}" if alone and group in BASES else ""
        title = f"**{group[0].upper()}{group[1:]}**"
        blocks += [
            Text(f"{title}{words}" if alone else f"{title}, against *{against}*"),
            Table(head, tuple(_cells(row) for row in members)),
        ]
    return blocks


def _cells(row: Row) -> tuple[str, ...]:
    differences = (
        [""] * len(row.at) if row.difference is None else [shown(each) for each in row.difference]
    )
    return (
        row.label,
        *(f"{regret:.3f}" for regret in row.regret),
        *differences,
        f"{row.n_trials:.0f}",
        f"{row.own_milliseconds:.1f}",
    )


def shown(difference: Interval) -> str:
    """Return a difference in words: bold where its interval lies apart from 0."""
    words = f"{difference.mean:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})"
    return f"**{words}**" if difference.clear else words
