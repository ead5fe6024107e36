"""Start at the start values of the space."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from autotune.component import Composed, StartQuery
from autotune.space import Coordinates

__all__ = ["StartValues"]


@frozen
class StartValues(Composed[StartQuery, Coordinates | None]):
    """Try the space's start values first, unless earlier results were taken over.

    Examples
    --------
    >>> StartValues()
    StartValues()
    """

    def read(self, state: tuple[Any, ...], query: StartQuery) -> Coordinates | None:  # noqa: ARG002
        """Return the start values' coordinates before the first trial, then None."""
        if query.study.n_trials > 0:
            return None
        space = query.study.known_space
        return space.encode([space.start])
