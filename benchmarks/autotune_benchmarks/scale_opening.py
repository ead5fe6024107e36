"""Open a large log, or a peer's, once in a process of its own; print time and memory as JSON.

Run as ``python -m autotune_benchmarks.scale_opening study PATH``; besides ``study`` there are
``tuner``, ``table``, ``journal`` and ``sqlite``.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from autotune.log import open_log
from autotune.tuner import Tuner
from autotune_benchmarks.opening import open_to_study
from autotune_benchmarks.peers import optuna_peer, optuna_sqlite

__all__ = ["WORK", "main", "peak_megabytes", "table_maker"]


def peak_megabytes() -> float:
    """Return the most memory that this process has held at a time (resident), in megabytes."""
    # Unlike ru_maxrss this forgets what the process was before it ran this program.
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def table_maker() -> Callable[[Any], Any] | None:
    """Return what makes the table of all trials of a log, if this autotune has it."""
    try:
        module = import_module("autotune.interchange.trials_table")
    except ModuleNotFoundError:
        return None
    made: Callable[[Any], Any] = module.trials_table
    return made


def _to_tuner(path: Path) -> int:
    with Tuner.resume(path) as tuner:
        return tuner.study.n_trials


def _to_table(path: Path) -> int:
    make = table_maker()
    if make is None:
        raise RuntimeError("this autotune makes no trials tables")
    with open_log(path, mode="r") as log:
        return len(make(log))


WORK: Mapping[str, Callable[[Path], int]] = {
    "study": open_to_study,
    "tuner": _to_tuner,
    "table": _to_table,
    "journal": optuna_peer.open_journal,
    "sqlite": optuna_sqlite.open_sqlite,
}
"""By name: what opens a path and returns its number of trials."""


def main(what: str, path: Path) -> int:
    """Time one opening; importing the libraries doesn't count, but their memory does."""
    match what:
        case "journal":
            import_module("optuna.storages.journal")
        case "sqlite":  # Optuna imports it late
            import_module("optuna.storages._rdb.storage")
        case "table":
            table_maker()
        case _:
            pass
    before = peak_megabytes()
    begin = perf_counter()
    n_trials = WORK[what](path)
    seconds = perf_counter() - begin
    found = {"seconds": seconds, "n_trials": n_trials, "imported": before}
    print(json.dumps({**found, "peak": peak_megabytes()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], Path(sys.argv[2])))
