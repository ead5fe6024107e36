"""Starts made of other starts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.space import Coordinates, Row
from autotune.strategy import Key, StartQuery
from autotune.strategy.validators import as_tuple, count
from autotune.study import Study
from autotune_strategies.starts.designs import Design

__all__ = ["InTurn", "UntilKnown"]


@frozen
class InTurn(Design):
    """Try the points of several starts, those of the first one first.

    Parameters
    ----------
    starts : tuple of Design
        One or more.

    Examples
    --------
    >>> from autotune_strategies.starts.designs import Sobol
    >>> from autotune_strategies.starts.points import StartValues
    >>> InTurn([StartValues(), Sobol(8)])
    InTurn(starts=(StartValues(), Sobol(n=8)))
    """

    starts: tuple[Design, ...] = field(converter=as_tuple)

    @starts.validator
    def _check_starts(self, attribute: Any, value: tuple[Design, ...]) -> None:  # noqa: ARG002
        if len(value) == 0:
            raise ComponentError("InTurn.starts = () must hold at least one start")
        for i, start in enumerate(value):
            if not isinstance(start, Design):
                raise ComponentError(
                    f"InTurn.starts[{i}] = {start!r} must be a start that knows its points, a "
                    "Design such as StartValues, GivenPoints or Sobol"
                )

    def most(self, study: Study) -> int:
        """Return how many points there are at most."""
        return sum(start.most(study) for start in self.starts)

    def rows(self, study: Study, key: Key) -> Iterable[Row]:
        """Return all points, each start's drawn under a key of its own."""
        # All are asked at once, so that a given point that does not fit is told at the beginning.
        return chain.from_iterable(
            [start.rows(study, key.child(i)) for i, start in enumerate(self.starts)]
        )


@frozen
class UntilKnown(Design):
    """Try the points of another start, as long as only few trials are known.

    Earlier results that were taken over and trials that the user proposed count as well as start
    points, so that a search that can go on from them does so at once.

    Parameters
    ----------
    of : Design
        The start.
    trials : int
        From so many trials on, of whatever origin, no more points are tried.

    Examples
    --------
    >>> from autotune_strategies.starts.designs import Sobol
    >>> UntilKnown(Sobol(8), trials=8).trials
    8
    """

    of: Design = field()
    trials: int = field(validator=count)

    @of.validator
    def _check_of(self, attribute: Any, value: Design) -> None:  # noqa: ARG002
        if not isinstance(value, Design):
            raise ComponentError(
                f"UntilKnown.of = {value!r} must be a start that knows its points, a Design such "
                "as StartValues, GivenPoints or Sobol"
            )

    def most(self, study: Study) -> int:
        """Return how many points there are at most."""
        return self.of.most(study)

    def rows(self, study: Study, key: Key) -> Iterable[Row]:
        """Return the points of the other start."""
        return self.of.rows(study, key)

    def read(self, state: tuple[Any, ...], query: StartQuery) -> Coordinates | None:
        """Return the coordinates of the start point that is due, or None."""
        if query.study.n_trials >= self.trials:
            return None
        return super().read(state, query)
