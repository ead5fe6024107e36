"""The clock, read by the shell only: what it says goes into events, and decisions read those."""

from __future__ import annotations

import time
from typing import Protocol

from attrs import frozen

__all__ = ["Clock", "SystemClock"]


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
