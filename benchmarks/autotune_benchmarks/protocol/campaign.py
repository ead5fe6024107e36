"""Many runs, on several processors, kept in a file that a later campaign goes on with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import asdict, frozen
from rich.console import Console

from autotune.strategy import describe
from autotune_benchmarks.contestants.variants import Contestant
from autotune_benchmarks.problems.layered_table import LayeredTable
from autotune_benchmarks.problems.problem import Problem
from autotune_benchmarks.problems.recorded_tables import load_table
from autotune_benchmarks.protocol.parallel import one_thread, work_through
from autotune_benchmarks.protocol.runs import run

__all__ = [
    "Failed",
    "Record",
    "by_contestant",
    "campaign",
    "fingerprint",
    "problem_of",
    "read_records",
    "unfinished",
    "write_records",
]

Name: TypeAlias = tuple[str, str, int, int]
Batch: TypeAlias = tuple[Contestant, str, str, list[int], int]

_SAVE_EVERY = 10.0
_LAYERED = "hpobench/"  # these tables have a width and a depth


@frozen
class Record:
    """One run, as it is kept.

    Parameters
    ----------
    contestant, table : str
        Who, and on what.
    seed, trials : int
        The number of the run, and its budget.
    fingerprint : str
        Of what decided.
    at, regret : tuple
        As in ``autotune_benchmarks.protocol.runs.Run``.
    n_trials, n_evaluations, fit_seconds, own_seconds
        As there.
    """

    contestant: str
    table: str
    seed: int
    trials: int
    fingerprint: str
    at: tuple[int, ...]
    regret: tuple[float, ...]
    n_trials: int
    n_evaluations: int
    fit_seconds: float
    own_seconds: float

    @property
    def name(self) -> Name:
        """What tells it from other runs."""
        return self.contestant, self.table, self.seed, self.trials


@frozen
class Failed:
    """A run that raised an error.

    Parameters
    ----------
    contestant, table : str
        Who, and on what.
    seed : int
        The number of the run.
    words : str
        The error.
    """

    contestant: str
    table: str
    seed: int
    words: str


_SCHEMA = pa.schema(
    [
        ("contestant", pa.dictionary(pa.int32(), pa.string())),
        ("table", pa.dictionary(pa.int32(), pa.string())),
        ("seed", pa.int32()),
        ("trials", pa.int32()),
        ("fingerprint", pa.dictionary(pa.int32(), pa.string())),
        ("at", pa.list_(pa.int32())),
        ("regret", pa.list_(pa.float64())),
        ("n_trials", pa.int32()),
        ("n_evaluations", pa.int32()),
        ("fit_seconds", pa.float64()),
        ("own_seconds", pa.float32()),
    ]
)


def fingerprint(contestant: Contestant) -> str:
    """Return what changes when a contestant does: its strategy's description, and how it is run.

    It does not see changes of the code behind a description.
    """
    said = [
        describe(contestant.strategy),
        contestant.folds,
        contestant.layers,
        contestant.prior,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def read_records(path: Path) -> list[Record]:
    """Return the runs in a file; none if there is no file."""
    if not path.exists():
        return []
    rows = pq.read_table(path, schema=_SCHEMA).to_pylist()
    return [
        Record(**{**row, "at": tuple(row["at"]), "regret": tuple(row["regret"])}) for row in rows
    ]


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write runs to a file, as a whole or not at all."""
    rows = [asdict(record) for record in sorted(records, key=lambda record: record.name)]
    beside = path.with_name(f"{path.name}.part")
    pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), beside, compression="zstd")
    beside.replace(path)


def campaign(
    contestants: Sequence[Contestant],
    tables: Sequence[str],
    seeds: Sequence[int],
    trials: int,
    *,
    jobs: int = 1,
    out: Path | None = None,
    console: Console | None = None,
) -> tuple[list[Record], list[Failed]]:
    """Run every contestant on every table with every seed.

    Parameters
    ----------
    contestants : sequence of Contestant
        Who.
    tables : sequence of str
        Names of recorded tables.
    seeds : sequence of int
        Numbers of the runs.
    trials : int
        The budget of each.
    jobs : int
        Processes.
    out : Path, optional
        Where runs are kept. Those that are there already, and were decided by the same strategy,
        are not run again; others in the file stay there.
    console : Console, optional
        Told of progress.

    Returns
    -------
    list of Record, list of Failed
        The runs of this campaign, and those that failed.
    """
    kept = {} if out is None else {record.name: record for record in read_records(out)}
    batches = unfinished(contestants, tables, seeds, trials, kept)
    failures: list[Failed] = []
    saved = monotonic()
    try:
        for found in work_through(
            _run_batch,
            batches,
            jobs=jobs,
            console=console,
            sizes=[len(seeds) for *_, seeds, _ in batches],
            tell=lambda found: (len(found), found[-1].contestant),
        ):
            for each in found:
                if isinstance(each, Failed):
                    failures.append(each)
                else:
                    kept[each.name] = each
            if out is not None and monotonic() - saved > _SAVE_EVERY:
                write_records(out, kept.values())
                saved = monotonic()
    finally:
        if out is not None and batches:
            write_records(out, kept.values())
    wanted = []
    for contestant in contestants:
        own = fingerprint(contestant)
        for table in tables:
            for seed in seeds:
                there = kept.get((contestant.name, table, seed, trials))
                if there is not None and there.fingerprint == own:
                    wanted.append(there)
    return wanted, failures


def unfinished(
    contestants: Sequence[Contestant],
    tables: Sequence[str],
    seeds: Sequence[int],
    trials: int,
    kept: Mapping[Name, Record],
) -> list[Batch]:
    """Return what is left to run, in batches of one contestant on one table.

    Parameters
    ----------
    contestants, tables, seeds, trials
        As for ``campaign``.
    kept : mapping
        The runs that are there, by their names.

    Returns
    -------
    list of tuple
        Contestant, fingerprint, table, seeds and trials.
    """
    batches: list[Batch] = []
    for contestant in contestants:
        own = fingerprint(contestant)
        for table in tables:
            if contestant.layers and not table.startswith(_LAYERED):
                continue
            left = []
            for seed in seeds:
                there = kept.get((contestant.name, table, seed, trials))
                if there is None or there.fingerprint != own:
                    left.append(seed)
            if left:
                batches.append((contestant, own, table, left, trials))
    return batches


def problem_of(contestant: Contestant, table: str) -> Problem:
    """Return what a contestant searches in: the table, as it is or with layers."""
    recorded = load_table(table)
    return LayeredTable(recorded) if contestant.layers else recorded


def _run_batch(
    contestant: Contestant, fingerprint_: str, table: str, seeds: Sequence[int], trials: int
) -> list[Record | Failed]:
    problem = problem_of(contestant, table)
    found: list[Record | Failed] = []
    with one_thread():
        for seed in seeds:
            try:
                each = run(
                    problem,
                    contestant.strategy,
                    seed,
                    trials,
                    folds=contestant.folds,
                    prior=contestant.prior,
                )
            except Exception as error:  # noqa: BLE001  # the others shall run, and this be told
                words = f"{type(error).__name__}: {error}"
                found.append(Failed(contestant.name, table, seed, words))
                continue
            found.append(
                Record(
                    contestant.name,
                    table,
                    seed,
                    trials,
                    fingerprint_,
                    each.at,
                    each.regret,
                    each.n_trials,
                    each.n_evaluations,
                    each.fit_seconds,
                    each.own_seconds,
                )
            )
    return found


def by_contestant(records: Iterable[Record]) -> Mapping[str, dict[tuple[str, int], Record]]:
    """Return runs by contestant, then by table and seed."""
    found: dict[str, dict[tuple[str, int], Record]] = {}
    for record in records:
        found.setdefault(record.contestant, {})[record.table, record.seed] = record
    return found
