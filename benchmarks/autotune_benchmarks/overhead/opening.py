"""Open a log, or a peer's, once in a process of its own; print time and memory as JSON.

Run as ``python -m autotune_benchmarks.overhead.opening study PATH``; besides ``study`` there are
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

from autotune.log import open_log
from autotune.study import replay
from autotune.tuner import Tuner
from autotune_benchmarks.overhead import optuna_work

__all__ = ["WORK", "main", "peak_megabytes"]


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


def _to_study(path: Path) -> int:
    with open_log(path, mode="r") as log:
        return replay(log.batches()).n_trials


def _to_tuner(path: Path) -> int:
    with Tuner.resume(path) as tuner:
        return tuner.study.n_trials


def _to_table(path: Path) -> int:
    from autotune.interchange.trials_table import trials_table

    with open_log(path, mode="r") as log:
        return len(trials_table(log))


WORK: Mapping[str, Callable[[Path], int]] = {
    "study": _to_study,
    "tuner": _to_tuner,
    "table": _to_table,
    "journal": optuna_work.open_journal,
    "sqlite": optuna_work.open_sqlite,
}
"""By name: what opens a path and returns its number of trials."""

_IMPORTED_LATE = {
    "table": "autotune.interchange.trials_table",
    "journal": "optuna.storages.journal",
    "sqlite": "optuna.storages._rdb.storage",
}


def main(what: str, path: Path) -> int:
    """Time one opening; importing the libraries doesn't count, but their memory does."""
    if what in _IMPORTED_LATE:
        import_module(_IMPORTED_LATE[what])
    before = peak_megabytes()
    begin = perf_counter()
    n_trials = WORK[what](path)
    seconds = perf_counter() - begin
    found = {"seconds": seconds, "n_trials": n_trials, "imported": before}
    print(json.dumps({**found, "peak": peak_megabytes()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], Path(sys.argv[2])))
