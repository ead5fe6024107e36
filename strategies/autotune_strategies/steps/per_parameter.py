"""A schedule's value as one number for each parameter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.study import Study

__all__ = ["per_parameter"]


def per_parameter(study: Study, value: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one number for each parameter, in the order of the space.

    Parameters
    ----------
    study : Study
        The state.
    value : float or ndarray, shape (d,)
        What a schedule answered.

    Raises
    ------
    ComponentError
        If it is a vector of another length.
    """
    d = len(study.known_space)
    vector = np.asarray(value, dtype=np.float64)
    if vector.shape not in {(), (d,)}:
        raise ComponentError(
            f"a schedule answered a vector of shape {vector.shape}; the space has {d} parameters, "
            "so one number or a vector of as many is needed"
        )
    return np.full(d, vector) if vector.ndim == 0 else vector
