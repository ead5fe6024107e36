"""Ctrl-C between two events and never within one, even where a model swallows it."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from autotune.objective import Measurement, Objective, finish, finish_all

__all__ = ["Interruptible"]


class Interruptible:
    """An objective that Ctrl-C ends at once, while events are still written whole.

    An interrupt during an evaluation is raised there. Some models swallow it (scikit-learn's
    neural networks end their training early and go on with what there is); then it is raised once
    the evaluation returns, and its result, which means nothing, is not recorded. Between
    evaluations, while events are written, an interrupt waits for the next one. A second interrupt
    is raised wherever it comes.

    Use it as a context manager, in which the interrupt is handled so.

    Parameters
    ----------
    objective : Objective
        What is evaluated.
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._asked = False
        self._evaluating = False
        self._before: Any = None
        self._installed = False

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return self._objective.n_folds

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Evaluate, unless the person has interrupted."""
        self._evaluating = True
        try:
            self._raise_if_asked()
            measurement = self._objective.evaluate(configuration, folds)
            self._raise_if_asked()
        finally:
            self._evaluating = False
        return measurement

    def finish(self, configuration: dict[str, Any]) -> None:
        """Tell the objective that a trial has its verdict."""
        finish(self._objective, configuration)

    def finish_all(self) -> None:
        """Tell the objective that the run is over."""
        finish_all(self._objective)

    def _raise_if_asked(self) -> None:
        if self._asked:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        again = self._asked
        self._asked = True
        if self._evaluating or again:
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
