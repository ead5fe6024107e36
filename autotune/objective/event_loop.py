"""An event loop of the shell's own, in a thread, so that any thread can wait for a coroutine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["EventLoop"]

T = TypeVar("T")

# A coroutine that blocks its loop, or won't be cancelled, is left behind.
_PATIENCE = 5.0


class EventLoop:
    """Runs coroutines of several threads at once; begins when it is needed, and ends by ``stop``.

    It is not the caller's own loop, which may be busy with the very call, as in a notebook.

    Examples
    --------
    >>> async def one():
    ...     return 1
    >>> loop = EventLoop()
    >>> loop.run(one())
    1
    >>> loop.stop()
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine returns, or raise what it raises; an interrupt cancels it."""
        future = asyncio.run_coroutine_threadsafe(_caught(coroutine), self._running())
        try:
            result, error = future.result()
        except BaseException:
            future.cancel()
            raise
        if error is not None:
            raise error
        return result  # type: ignore[return-value]  # there is one where there is no error

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name="autotune-event-loop", daemon=True
                )
                self._thread.start()
            return self._loop

    def stop(self) -> None:
        """Cancel what still runs, and end the thread."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=_PATIENCE)

    def __reduce__(self) -> tuple[type[EventLoop], tuple[()]]:
        return type(self), ()


async def _caught(coroutine: Coroutine[Any, Any, T]) -> tuple[T | None, BaseException | None]:
    """Hand an exception over as a value: one that is meant to end a program would end the loop."""
    try:
        return await coroutine, None
    except (KeyboardInterrupt, SystemExit) as error:
        return None, error


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        running = asyncio.all_tasks(loop)
        for task in running:
            task.cancel()
        if running:
            loop.run_until_complete(asyncio.wait(running))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
