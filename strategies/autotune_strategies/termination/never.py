"""Never stop."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from autotune.component import Composed, StopQuery

__all__ = ["Never"]


@frozen
class Never(Composed[StopQuery, str | None]):
    """Go on until the person stops the study, or a budget given to the tuner does.

    Examples
    --------
    >>> Never()
    Never()
    """

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return None."""
        return None
