"""Limits on what one evaluation may take."""

from __future__ import annotations

import math
import sys

from attrs import frozen

from autotune.errors import EvaluationError

__all__ = ["Limits"]


@frozen
class Limits:
    """Limits of one evaluation: a fold, or the whole of a plain function.

    Parameters
    ----------
    timeout : float, optional
        Seconds after which it is ended; None for no limit.
    memory : int, optional
        Bytes it may ask for beyond what its process holds anyway; None for no limit.

    Raises
    ------
    EvaluationError
        If a limit makes no sense, or can't be kept here.

    Examples
    --------
    >>> Limits(timeout=60.0).any
    True
    """

    timeout: float | None = None
    memory: int | None = None

    def __attrs_post_init__(self) -> None:
        timeout, memory = self.timeout, self.memory
        if timeout is not None and not (
            isinstance(timeout, int | float)
            and not isinstance(timeout, bool)
            and math.isfinite(timeout)
            and timeout > 0
        ):
            raise EvaluationError(
                f"timeout = {timeout!r} must be a number of seconds > 0, or None for no limit"
            )
        if memory is None:
            return
        if isinstance(memory, bool) or not isinstance(memory, int) or memory < 1:
            raise EvaluationError(
                f"memory_limit = {memory!r} must be a whole number of bytes >= 1, or None for no "
                "limit"
            )
        if not sys.platform.startswith("linux"):
            raise EvaluationError(
                f"memory_limit = {memory!r} can be kept on Linux only; leave it out on "
                f"{sys.platform}"
            )

    @property
    def any(self) -> bool:
        """Whether there is any limit."""
        return self.timeout is not None or self.memory is not None
