"""Stop when every configuration has been tried."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from autotune.strategy import StopQuery
from autotune.study import Study
from autotune_strategies.termination.cardinality import (
    ENUMERABLE,
    Signature,
    combinations,
    configuration_rows,
    independent,
    signature,
)
from autotune_strategies.termination.rule import Rule

__all__ = ["SpaceExhausted"]


@frozen
class SpaceExhausted(Rule):
    """Stop when every configuration of a finite space has been proposed at least once.

    A space with a ``Float``, a missing bound, or conditions or constraints over more than 10,000
    combinations is never exhausted. Not monotone: the space may be extended.

    Examples
    --------
    >>> print(SpaceExhausted())
    Stop when every configuration has been tried.
    """

    def clause(self) -> str:
        """Return the condition in words."""
        return "every configuration has been tried"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        study = query.study
        space = study.known_space
        most = combinations(space)
        if most is None:
            return None
        if independent(space):
            if study.n_trials < most:
                return None
            n = len(_tried(study))
            return f"all {n} configurations have been tried" if n >= most else None
        if most > ENUMERABLE:
            return None
        tried = _tried(study)
        # The first one that has not been tried ends the search for it, mostly at once.
        if any(row not in tried for row in configuration_rows(space)):
            return None
        return f"all {len(tried)} configurations have been tried"


def _tried(study: Study) -> set[Signature]:
    columns = study.coordinates
    return {
        signature({name: column[i] for name, column in columns.items()})
        for i in range(study.n_trials)
    }
