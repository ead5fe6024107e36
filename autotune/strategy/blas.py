"""Linear algebra on one thread, so that its last bits don't hang on how many there are."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from attrs import define, field
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

__all__ = ["one_thread"]


@define
class _Turn:
    """Whose turn it is: the number of threads is the whole process's."""

    lock: threading.RLock = field(factory=threading.RLock)

    def renew(self) -> None:
        # A forked child has no thread that could release what another thread held.
        self.lock = threading.RLock()


_turn = _Turn()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_turn.renew)


@cache
def _controller() -> ThreadpoolController:
    # Only libraries that are loaded are found, and scipy brings another one than numpy.
    import scipy.linalg  # noqa: F401

    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold the BLAS libraries of numpy and scipy to one thread for a while.

    A sum is cut up differently for two threads than for one, and rounding then differs in the last
    bit. A decision that is derived again, in a worker with other settings or on another day, must
    come out the same. The matrices of a search are small, so that one thread is also the fastest.

    It holds for the whole process, so threads that decide take turns.

    Examples
    --------
    >>> with one_thread():
    ...     pass
    """
    with _turn.lock, _controller().limit(limits=1, user_api="blas"):
        yield
