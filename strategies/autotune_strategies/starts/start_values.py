"""Start at the start values of the space."""

from __future__ import annotations

from attrs import frozen

from autotune.space import Row
from autotune.strategy import Key
from autotune.study import Study
from autotune.study.events import ORIGINS
from autotune_strategies.starts.design import Design, row_at

__all__ = ["StartValues"]

_START = ORIGINS.index("start")


@frozen
class StartValues(Design):
    """Try the space's start values first, unless earlier results were taken over.

    Examples
    --------
    >>> StartValues()
    StartValues()
    """

    def most(self, study: Study) -> int:
        """Return 1, or 0 if the study began otherwise."""
        return int(study.n_trials == 0 or bool(study.proposals["origin"][0] == _START))

    def rows(self, study: Study, key: Key) -> tuple[Row, ...]:  # noqa: ARG002
        """Return the start values, unless the study began otherwise."""
        if self.most(study) == 0:
            return ()
        space = study.known_space
        return (row_at(space, space.encode([space.start]), 0),)
