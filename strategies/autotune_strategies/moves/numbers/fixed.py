"""Always the same number of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Composed
from autotune.strategy.validators import count
from autotune_strategies.moves.numbers.query import NumberQuery

__all__ = ["Fixed"]


@frozen
class Fixed(Composed[NumberQuery, NDArray[np.float64]]):
    """Change so many parameters in every step; all, if there are fewer.

    Parameters
    ----------
    n : int
        How many.

    Examples
    --------
    >>> Fixed(2)
    Fixed(n=2)
    """

    n: int = field(default=1, validator=count)

    def read(self, state: tuple[Any, ...], query: NumberQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances of 1, 2, … parameters, shape (most,)."""
        chances = np.zeros(query.most)
        chances[min(self.n, query.most) - 1] = 1.0
        return chances
