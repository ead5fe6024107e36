"""Work in pieces, over processes or a Dask cluster, with the time left on show."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeAlias, TypeVar

import joblib
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autotune.errors import MissingExtraError

__all__ = ["one_thread", "work_through"]

T = TypeVar("T")
Task: TypeAlias = tuple[Any, ...]

_TELL_EVERY = 60.0
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def work_through(
    do: Callable[..., T],
    tasks: Sequence[Task],
    *,
    jobs: int = 1,
    dask: str | None = None,
    console: Console | None = None,
    sizes: Sequence[int] | None = None,
    tell: Callable[[T], tuple[int, str]] = lambda _: (1, ""),
) -> Iterator[T]:
    """Yield what each task comes to, as they end.

    Parameters
    ----------
    do : callable
        Does one task; it must be importable where the work is done.
    tasks : sequence of tuple
        Its arguments, in the order in which tasks are begun.
    jobs : int
        Processes on this machine.
    dask : str, optional
        The address of a Dask scheduler whose workers are used instead.
    console : Console, optional
        Shown progress.
    sizes : sequence of int, optional
        How much each task counts for in it.
    tell : callable
        Of what came of a task: how much it counts for, and a word on it.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs,"),
        TimeElapsedColumn(),
        TextColumn("gone,"),
        TimeRemainingColumn(elapsed_when_finished=False),
        TextColumn("left"),
    )
    with Progress(
        *columns, console=console, disable=console is None, speed_estimate_period=600
    ) as progress:
        total = len(tasks) if sizes is None else sum(sizes)
        shown = progress.add_task("searching", total=total)
        if not tasks:
            return
        told = begun = monotonic()
        done = 0
        ended = _on_cluster(do, tasks, dask) if dask is not None else _on_processes(do, tasks, jobs)
        for found in ended:
            size, words = tell(found)
            progress.update(shown, advance=size, description=words)
            done += size
            now = monotonic()
            if console is not None and not console.is_terminal and now - told > _TELL_EVERY:
                told = now
                left = (total - done) * (now - begun) / done / 60
                console.print(f"{done:,} of {total:,} runs, {left:.0f} minutes left: {words}")
            yield found


def _on_processes(do: Callable[..., T], tasks: Sequence[Task], jobs: int) -> Iterator[T]:
    work = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")
    yield from work(joblib.delayed(do)(*task) for task in tasks)


def _on_cluster(do: Callable[..., T], tasks: Sequence[Task], address: str) -> Iterator[T]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtraError(
            "work on a Dask cluster needs distributed, which is not installed: "
            "pip install 'autotune-search[dask]'"
        ) from error
    with distributed.Client(address) as client:
        # A task with the higher priority is begun first.
        futures = [
            client.submit(do, *task, pure=False, priority=-i) for i, task in enumerate(tasks)
        ]
        for future, found in distributed.as_completed(futures, with_results=True):
            future.release()
            yield found


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep numerical libraries to one thread, those loaded later too."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        with threadpool_limits(1):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
