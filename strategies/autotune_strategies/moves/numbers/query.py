"""The question numbers answer: with what chance do one, two or more parameters change."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.strategy import Component, Key
from autotune.study import Study

__all__ = ["Number", "NumberQuery"]


@frozen(eq=False)
class NumberQuery:
    """Asks how many parameters a step changes.

    The answer is an array of shape (most,): the chances of 1, 2, … up to ``most``, which sum to 1.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    most : int
        How many parameters can change, at least one.
    """

    study: Study
    key: Key
    most: int


Number: TypeAlias = Component[Any, NumberQuery, NDArray[np.float64]]
