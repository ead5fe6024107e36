"""Ctrl-C between two events and never within one, even where a model swallows it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["Interrupts"]


class Interrupts:
    """Ctrl-C ends an evaluation at once, while events are still written whole.

    An interrupt while evaluations are waited for is raised there. Some models swallow it
    (scikit-learn's neural networks end their training early and go on with what there is); then it
    is raised once the evaluation returns, and its result, which means nothing, is not recorded.
    While events are written an interrupt waits for the next evaluation. A second interrupt is
    raised wherever it comes.

    Use it as a context manager, in which interrupts are handled so.
    """

    def __init__(self) -> None:
        self._asked = False
        self._waiting = False
        self._before: Any = None
        self._installed = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Raise an interrupt at once while something is evaluated or waited for."""
        self._waiting = True
        try:
            self._raise_if_asked()
            yield
            self._raise_if_asked()
        finally:
            self._waiting = False

    def _raise_if_asked(self) -> None:
        if self._asked:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        again = self._asked
        self._asked = True
        if self._waiting or again:
            raise KeyboardInterrupt

    def __enter__(self) -> Self:
        # A process started with interrupts ignored, as by nohup, goes on ignoring them.
        wanted = signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None)
        if wanted and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._handle)
            self._installed = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, self._before)
            self._installed = False
