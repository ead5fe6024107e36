"""The shape of features: coordinates in, columns out."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from autotune.space import Coordinates, Space

__all__ = ["Features"]


@runtime_checkable
class Features(Protocol):
    """What turns coordinates into columns of numbers."""

    def read(
        self, space: Space, record: Coordinates, candidates: Coordinates
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return finite features of n trials and m candidates, shapes (n, p) and (m, p).

        Which columns there are depends on the record alone, and a candidate's row on the record and
        that candidate.
        """
        ...
