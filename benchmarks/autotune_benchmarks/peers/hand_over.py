"""Calls turned inside out: tools that call an objective are asked and told, turn by turn."""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Ended", "HandOver"]

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Ended(BaseException):
    """Raised in the tool's thread when nobody will tell it a score any more.

    It is not an ``Exception``, so that tools which catch those let it through.
    """


class HandOver(Generic[Asked, Told]):
    """Runs a tool in a thread of its own, which stands still while it is not its turn.

    Never do two threads run at once, so a tool's randomness is as it would be without.

    Parameters
    ----------
    run : callable
        The tool: takes an objective and returns when it has called it often enough. It holds no
        reference to this object.

    Examples
    --------
    >>> tool = HandOver(lambda objective: objective(objective(1)))
    >>> tool.ask()
    1
    >>> tool.tell(5)
    >>> tool.ask()
    5
    >>> tool.tell(6)
    >>> tool.ask() is None
    True
    """

    def __init__(self, run: Callable[[Callable[[Asked], Told]], object]) -> None:
        self._to_tool: queue.SimpleQueue[Told | Ended] = queue.SimpleQueue()
        self._from_tool: queue.SimpleQueue[Asked | BaseException | None] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=_tool, args=(run, self._to_tool, self._from_tool), daemon=True
        )
        self._close = weakref.finalize(self, self._to_tool.put, Ended())

    def ask(self) -> Asked | None:
        """Return what the tool calls its objective with next, or None when it is through.

        Raises
        ------
        Exception
            What the tool raised.
        """
        if not self._close.alive:
            return None
        if self._thread.ident is None:
            self._thread.start()
        found = self._from_tool.get()
        if found is None or isinstance(found, BaseException):
            self._close.detach()
            self._thread.join()
        if isinstance(found, BaseException):
            raise found
        return found

    def tell(self, told: Told) -> None:
        """Let the objective return this to the tool."""
        if self._close.alive:
            self._to_tool.put(told)


def _tool(
    run: Callable[[Callable[[Asked], Told]], object],
    to_tool: queue.SimpleQueue[Told | Ended],
    from_tool: queue.SimpleQueue[Asked | BaseException | None],
) -> None:
    def objective(asked: Asked) -> Told:
        from_tool.put(asked)
        told = to_tool.get()
        if isinstance(told, Ended):
            raise told
        return told

    try:
        run(objective)
    except Ended:
        return
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is raised where asked
        from_tool.put(error)
    else:
        from_tool.put(None)
