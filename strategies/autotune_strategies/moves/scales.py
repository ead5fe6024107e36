"""The part of a step's scales that belongs to one parameter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["scales_of_parameter"]


def scales_of_parameter(scales: Iterable[Any], index: int) -> tuple[float, ...]:
    """Return a parameter's own scales out of what a step's ``read`` returned.

    Parameters
    ----------
    scales : iterable of float or ndarray, shape (d,)
        Each one number for all parameters, or a vector in the order of the space.
    index : int
        The place of the parameter in the space.

    Examples
    --------
    >>> scales_of_parameter((np.array([1.0, 2.0]), 0.5), 1)
    (2.0, 0.5)
    """
    return tuple(float(np.atleast_1d(s)[index if np.ndim(s) else 0]) for s in scales)
