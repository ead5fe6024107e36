"""One start after the other."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.space import Row
from autotune.strategy import Key
from autotune.study import Study
from autotune_strategies.starts.design import Design

__all__ = ["InTurn"]


def _as_tuple(starts: Iterable[Design]) -> tuple[Design, ...]:
    return tuple(starts)


@frozen
class InTurn(Design):
    """Try the points of several starts, those of the first one first.

    Parameters
    ----------
    starts : tuple of Design
        One or more.

    Examples
    --------
    >>> from autotune_strategies.starts.sobol import Sobol
    >>> from autotune_strategies.starts.start_values import StartValues
    >>> InTurn([StartValues(), Sobol(8)])
    InTurn(starts=(StartValues(), Sobol(n=8)))
    """

    starts: tuple[Design, ...] = field(converter=_as_tuple)

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
