"""Mostly few parameters, sometimes many."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed
from autotune.strategy.validators import positive
from autotune_strategies.moves.numbers.query import NumberQuery

__all__ = ["Geometric"]


@frozen
class Geometric(Composed[NumberQuery, NDArray[np.float64]]):
    r"""Change one parameter and a geometric number more, at most all.

    .. math:: P(N = n) = \begin{cases}
        q\,(1 - q)^{n - 1} & n < d \\
        (1 - q)^{d - 1} & n = d
        \end{cases}
        \qquad q = 1 / \text{mean}

    so that small steps are the rule, and a step in all *d* parameters at once is possible.

    Parameters
    ----------
    mean : float
        How many change on average, at least 1; a little fewer where there are not many parameters.

    Examples
    --------
    >>> Geometric(1.5).mean
    1.5
    """

    mean: float = field(default=2.0, validator=positive)

    def __attrs_post_init__(self) -> None:
        if not self.mean >= 1:
            raise ComponentError(f"Geometric.mean = {self.mean!r} must be >= 1; raise it")

    def read(self, state: tuple[Any, ...], query: NumberQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances of 1, 2, … parameters, shape (most,)."""
        q = 1.0 / self.mean
        chances = (1.0 - q) ** np.arange(query.most)
        chances[:-1] *= q
        return np.asarray(chances)
