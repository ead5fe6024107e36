"""The question weights answer: how much does each recorded trial count."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.strategy import Component, Key
from autotune.study import Study

__all__ = ["LEAST_WEIGHT", "WeightQuery", "Weights"]

LEAST_WEIGHT: Final = 1e-30
"""Weights don't fall below this, so that sums of them can be divided by."""


@frozen(eq=False)
class WeightQuery:
    """Asks how much each of some recorded trials counts when an anticipator learns.

    The answer is an array of shape (n,), above 0 and at most 1.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    target : {"score", "seconds"}
        What is learnt.
    rows : ndarray of int64, shape (n,)
        The trials learnt from, as row numbers: trial *t* is row *t* - 1.
    """

    study: Study
    key: Key
    target: str
    rows: NDArray[np.int64]


Weights: TypeAlias = Component[Any, WeightQuery, NDArray[np.float64]]
