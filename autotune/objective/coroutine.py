"""An ``async def`` function as an objective."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from attrs import evolve, field, frozen

from autotune.clock import Clock, SystemClock
from autotune.objective.event_loop import EventLoop
from autotune.objective.function import FunctionObjective
from autotune.objective.measurement import TimeLimitError
from autotune.objective.protocol import Placement
from autotune.objective.validators import check_n_folds, check_optional_seconds
from autotune.study import Measurement

__all__ = ["CoroutineObjective"]


@frozen(eq=False)
class CoroutineObjective:
    """An ``async def`` function of a configuration, as an objective.

    It runs on an event loop of its own. Where several trials are evaluated at once by threads, they
    share the loop and wait side by side.

    Parameters
    ----------
    function : callable
        An ``async def`` function; takes and returns what the function of a ``FunctionObjective``
        does.
    clock, n_folds, metric, takes_folds, takes_repeat
        As for ``FunctionObjective``.
    timeout : float, optional
        Seconds that a call may take; then it is cancelled, and the trial has failed.

    Examples
    --------
    >>> async def objective(configuration):
    ...     return -abs(configuration["x"] - 3)
    >>> waiting = CoroutineObjective(objective)
    >>> waiting.evaluate({"x": 1.0}, (0,)).scores
    (-2.0,)
    >>> waiting.finish_all()  # as a run does when it ends
    """

    function: Callable[..., Coroutine[Any, Any, Any]]
    clock: Clock = field(factory=SystemClock)
    n_folds: int = field(default=1, validator=check_n_folds)
    metric: str = "score"
    takes_folds: bool = False
    timeout: float | None = field(default=None, validator=check_optional_seconds)
    takes_repeat: bool = False
    _loop: EventLoop = field(factory=EventLoop, init=False, repr=False)
    _called: FunctionObjective = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        call = _Call(self.function, self._loop, self.timeout)
        called = FunctionObjective(
            call, self.clock, self.n_folds, self.metric, self.takes_folds, self.takes_repeat
        )
        object.__setattr__(self, "_called", called)

    @property
    def separate_folds(self) -> bool:
        """Whether folds can be run by themselves: if the function takes them."""
        return self._called.separate_folds

    @property
    def placement(self) -> Placement:
        """Best in threads of this process, which share the event loop."""
        return "threads"

    def with_timeout(self, seconds: float) -> CoroutineObjective:
        """Return the objective with a time-out, or with the shorter of two."""
        if self.timeout is not None:
            seconds = min(seconds, self.timeout)
        return evolve(self, timeout=seconds)

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Run the function to its end; an exception becomes a failure, an interrupt cancels it."""
        return self._called.evaluate(configuration, folds)

    def evaluate_repeat(
        self, configuration: dict[str, Any], folds: tuple[int, ...], repeat: int
    ) -> Measurement:
        """Run the function, telling it how often its configuration was evaluated before."""
        return self._called.evaluate_repeat(configuration, folds, repeat)

    def finish(self, configuration: dict[str, Any]) -> None:
        """Forget the scores that nobody asked for."""
        self._called.finish(configuration)

    def finish_all(self) -> None:
        """End the event loop."""
        self._called.finish_all()
        self._loop.stop()


@frozen(eq=False)
class _Call:
    """A function that waits for a coroutine."""

    function: Callable[..., Coroutine[Any, Any, Any]]
    loop: EventLoop
    timeout: float | None

    def __call__(self, configuration: dict[str, Any], **more: Any) -> Any:
        return self.loop.run(self._limited(configuration, more))

    async def _limited(self, configuration: dict[str, Any], more: dict[str, Any]) -> Any:
        try:
            async with asyncio.timeout(self.timeout) as limit:
                return await self.function(configuration, **more)
        except TimeoutError:
            if not limit.expired():  # it is the function's own
                raise
            raise TimeLimitError(
                f"the evaluation took longer than timeout = {self.timeout} s and was ended",
                self.timeout,
            ) from None
