"""Open a log or a journal once, in a process of its own, and print what it took as JSON.

Run as ``python -m autotune_benchmarks.opening autotune PATH``, or with ``optuna``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

from autotune.log import open_log
from autotune.study import replay
from autotune_benchmarks.peers import optuna_peer

__all__ = ["main", "open_to_study"]


def open_to_study(path: Path) -> int:
    """Open a log, fold it to a study, and return its number of trials."""
    log = open_log(path, mode="r")
    try:
        return replay(log.batches()).n_trials
    finally:
        log.close()


def main(what: str, path: Path) -> int:
    """Time one opening; importing the libraries doesn't count."""
    if what == "optuna":
        import optuna  # noqa: F401
    work = optuna_peer.open_journal if what == "optuna" else open_to_study
    begin = perf_counter()
    n_trials = work(path)
    print(json.dumps({"seconds": perf_counter() - begin, "n_trials": n_trials}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], Path(sys.argv[2])))
