"""A start that gives way once enough trials are known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.space import Coordinates, Row
from autotune.strategy import Key, StartQuery
from autotune.strategy.validators import count
from autotune.study import Study
from autotune_strategies.starts.design import Design

__all__ = ["UntilKnown"]


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
    >>> from autotune_strategies.starts.sobol import Sobol
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
