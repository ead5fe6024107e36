"""Measuring times: warmed up, repeated, the garbage collector out of the way."""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

__all__ = ["bytes_in", "median_seconds", "openings", "quiet", "seconds_of"]


@contextmanager
def quiet() -> Iterator[None]:
    """Collect garbage now, and not again until the block ends."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def seconds_of(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    with quiet():
        begin = perf_counter()
        result = work()
        end = perf_counter()
    del result  # freeing what was built is not part of the work
    return end - begin


def median_seconds(work: Callable[[], object], repeats: int, *, warm_up: int = 1) -> float:
    """Return the median seconds of several calls, after some that don't count."""
    for _ in range(warm_up):
        work()
    return statistics.median(seconds_of(work) for _ in range(repeats))


def openings(what: str, path: Path, trials: int, repeats: int) -> list[dict[str, float]]:
    """Open a log or a peer's file several times, each in a fresh process; return what each took.

    Parameters
    ----------
    what : str
        What opens it, as ``autotune_benchmarks.overhead.opening`` names it.
    path : Path
        The log or file.
    trials : int
        How many it must hold.
    repeats : int
        How often.

    Raises
    ------
    RuntimeError
        If it holds another number of trials.
    """
    command = [sys.executable, "-m", "autotune_benchmarks.overhead.opening", what, str(path)]
    path_ = os.pathsep.join(each for each in sys.path if each)
    found: list[dict[str, float]] = []
    for _ in range(repeats):
        done = subprocess.run(
            command,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path_},
        )
        found.append(json.loads(done.stdout))
        if found[-1]["n_trials"] != trials:
            raise RuntimeError(f"{path} gave {found[-1]['n_trials']} trials, not {trials}")
    return found


def bytes_in(path: Path) -> int:
    """Return the bytes of a file, or of all files below a directory."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)
