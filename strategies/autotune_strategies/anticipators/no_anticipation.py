"""Expect nothing."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from autotune.strategy import AnticipateQuery, Composed, Estimate

__all__ = ["NoAnticipation"]


@frozen
class NoAnticipation(Composed[AnticipateQuery, Estimate | None]):
    """Never say anything, so that steps are taken as they are drawn: a base line.

    Examples
    --------
    >>> NoAnticipation()
    NoAnticipation()
    """

    def read(self, state: tuple[Any, ...], query: AnticipateQuery) -> Estimate | None:  # noqa: ARG002
        """Return None."""
        return None
