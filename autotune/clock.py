"""The clock, read by the shell only: what it says goes into events, and decisions read those."""

from __future__ import annotations

import os
import threading
import time
from typing import Protocol

from attrs import frozen

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

__all__ = ["Clock", "SystemClock", "user_cpu_seconds"]


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Return microseconds since 1970-01-01 UTC."""
        ...

    def timer(self) -> float:
        """Return seconds that only ever go forward, for differences."""
        ...


@frozen
class SystemClock:
    """The computer's clock.

    Examples
    --------
    >>> SystemClock().now() > 0
    True
    """

    def now(self) -> int:
        """Return microseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1000

    def timer(self) -> float:
        """Return seconds that only ever go forward, for differences."""
        return time.perf_counter()


def user_cpu_seconds() -> float:
    """Return the seconds that processors have spent on this process's own code, for differences.

    All threads count, those of native code too, and not the work that the system does for the
    process. In another thread than the main one, other evaluations may run beside this one, whose
    share nobody can tell; there the calling thread alone counts. (Where the platform can't tell
    user from system time for a thread, both count.) Processes started by this one are left out.

    Examples
    --------
    >>> begin = user_cpu_seconds()
    >>> user_cpu_seconds() >= begin
    True
    """
    if threading.current_thread() is threading.main_thread():
        if resource is None:
            return os.times().user
        return resource.getrusage(resource.RUSAGE_SELF).ru_utime
    if hasattr(resource, "RUSAGE_THREAD"):
        return resource.getrusage(resource.RUSAGE_THREAD).ru_utime
    return time.thread_time()
