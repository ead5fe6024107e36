"""Never stop."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import frozen

from autotune.strategy import StopQuery
from autotune_strategies.termination.rule import Rule

__all__ = ["Never"]


@frozen
class Never(Rule):
    """Go on until the person stops the study, or a budget given to the tuner does.

    Examples
    --------
    >>> Never()
    Never()
    """

    monotone: ClassVar[bool] = True

    def clause(self) -> str:
        """Return the condition in words."""
        return "it is told to from outside"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return None."""
        return None
