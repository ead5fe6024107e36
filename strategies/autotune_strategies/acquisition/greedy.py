"""The anticipated gain and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.strategy import AcquisitionQuery, Composed

__all__ = ["Greedy"]


@frozen
class Greedy(Composed[AcquisitionQuery, NDArray[np.float64]]):
    """Rate candidates by anticipated gain, however uncertain it is.

    Examples
    --------
    >>> Greedy()
    Greedy()
    """

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the worth of each candidate, shape (n,)."""
        return query.prediction.gain.copy()
