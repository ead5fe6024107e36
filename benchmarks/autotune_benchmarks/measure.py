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
from typing import Any

__all__ = ["bytes_in", "file_system", "fresh_process", "median_seconds", "quiet", "seconds_of"]


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


def fresh_process(module: str, *arguments: str) -> dict[str, Any]:
    """Run ``python -m module`` in a new process and return the JSON it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def bytes_in(path: Path) -> int:
    """Return the bytes of a file, or of all files below a directory."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def file_system(path: Path) -> str:
    """Return the type of the file system that holds a directory: syncing costs nothing on some."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "unknown"
    holding = [(where, kind) for where, kind in mounts if path.resolve().is_relative_to(where)]
    return max(holding, key=lambda mount: len(mount[0]))[1] if holding else "unknown"
