"""Execution: how the trials of a run are evaluated, as one value."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, Literal

from attrs import field, frozen

from autotune.errors import EvaluationError
from autotune.execution.limits import Limits

__all__ = ["Execution"]


@frozen
class Execution:
    """How trials are evaluated: by whom, how many at a time, and within which limits.

    Parameters
    ----------
    n_jobs : int, optional
        How many folds are evaluated at once, of one trial or several, by joblib; -1 for all
        processors. With an executor, how many tasks it is given at a time, where it does not say
        so itself.
    executor : concurrent.futures.Executor, optional
        Evaluates in place of joblib: a pool of threads or processes, loky, MPI, or Dask's
        ``client.get_executor()``. It is left open.
    batch_size : int or "auto"
        Trials proposed from one state and judged in order. The log is the same whatever the number
        of workers and their speed. With 1 only the folds of one trial are evaluated at once. "auto"
        is enough to keep the workers busy, so it depends on their number.
    asynchronous : bool
        Propose a trial whenever a worker has nothing to do, instead of in batches: no worker waits,
        and the order in which trials are completed becomes part of the search.
    timeout : float, optional
        Seconds after which the evaluation of a fold (of a plain function: a trial) is ended with
        its process, and the trial recorded as failed.
    memory_limit : int, optional
        Bytes an evaluation may ask for, beyond what its process holds; it fails with a MemoryError
        beyond. On Linux only.
    pre_dispatch : int or str
        As for ``joblib.Parallel``.

    Raises
    ------
    EvaluationError
        If a value makes no sense, or two of them do not go together.

    Examples
    --------
    >>> Execution(n_jobs=4, batch_size="auto").batch_size
    'auto'
    """

    n_jobs: int | None = field(default=None)
    executor: Executor | None = field(default=None)
    batch_size: int | Literal["auto"] = field(default=1)
    asynchronous: bool = False
    timeout: float | None = None
    memory_limit: int | None = None
    pre_dispatch: int | str = "2*n_jobs"

    @n_jobs.validator
    def _check_n_jobs(self, attribute: Any, value: int | None) -> None:  # noqa: ARG002
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int) or value == 0
        ):
            raise EvaluationError(
                f"n_jobs = {value!r} must be a whole number other than 0 (-1: all processors), or "
                "None"
            )

    @executor.validator
    def _check_executor(self, attribute: Any, value: Executor | None) -> None:  # noqa: ARG002
        if value is not None and not isinstance(value, Executor):
            raise EvaluationError(
                f"executor = {value!r} is of type {type(value).__name__}; give a "
                "concurrent.futures.Executor, such as ProcessPoolExecutor(4) or Dask's "
                "client.get_executor()"
            )

    @batch_size.validator
    def _check_batch_size(self, attribute: Any, value: int | str) -> None:  # noqa: ARG002
        if value != "auto" and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise EvaluationError(f"batch_size = {value!r} must be a whole number >= 1, or 'auto'")

    def __attrs_post_init__(self) -> None:
        if self.asynchronous and self.batch_size not in (1, "auto"):
            raise EvaluationError(
                f"batch_size = {self.batch_size!r} goes with asynchronous=False; leave out one of "
                "them"
            )
        _ = self.limits  # checks them

    @property
    def limits(self) -> Limits:
        """The limits of one evaluation."""
        return Limits(self.timeout, self.memory_limit)
