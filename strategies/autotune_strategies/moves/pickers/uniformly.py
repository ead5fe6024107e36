"""All parameters alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.strategy import Composed
from autotune_strategies.moves.pickers.query import PickQuery

__all__ = ["Uniformly"]


@frozen
class Uniformly(Composed[PickQuery, NDArray[np.float64]]):
    """Pick every parameter with the same chance.

    Examples
    --------
    >>> Uniformly()
    Uniformly()
    """

    def read(self, state: tuple[Any, ...], query: PickQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances, shape (k,)."""
        return np.full(len(query.names), 1.0 / len(query.names))
