"""The question pickers answer: with what chance does each parameter change."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.strategy import Component, Key
from autotune.study import Study

__all__ = ["PickQuery", "Picker"]


@frozen(eq=False)
class PickQuery:
    """Asks with what chance each of some parameters is the first to be drawn for a step.

    The answer is an array of shape (k,), in the order of the names: chances that sum to 1.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    names : tuple of str
        The k parameters that can change, at least one.
    """

    study: Study
    key: Key
    names: tuple[str, ...]


Picker: TypeAlias = Component[Any, PickQuery, NDArray[np.float64]]
