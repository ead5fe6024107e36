"""Anticipated gain against the price of time: how the 2018 prototype picks among draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import AcquisitionQuery, Composed
from autotune.strategy.validators import not_negative, positive

__all__ = ["GainMinusPrice"]


@frozen
class GainMinusPrice(Composed[AcquisitionQuery, NDArray[np.float64]]):
    """Rate candidates by anticipated gain plus price times anticipated seconds saved.

    A candidate anticipated to take longer than ``max_fit_time`` comes behind all others; among
    such the quickest comes first.

    Parameters
    ----------
    price : float
        Score that one second of mean fit time is worth.
    max_fit_time : float, optional
        Limit on the mean fit seconds of a fold.

    Examples
    --------
    >>> GainMinusPrice(price=0.01)
    GainMinusPrice(price=0.01, max_fit_time=None)
    """

    price: float = field(default=0.0, validator=not_negative)
    max_fit_time: float | None = field(default=None)

    @max_fit_time.validator
    def _check_limit(self, attribute: Any, value: float | None) -> None:
        if value is not None:
            positive(self, attribute, value)

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the worth of each candidate, shape (n,)."""
        anticipated = query.prediction
        worth = anticipated.gain + self.price * anticipated.seconds_saved
        if self.max_fit_time is None:
            return worth
        slow = anticipated.seconds > self.max_fit_time
        if not slow.any():
            return worth
        span = np.abs(worth).max() + np.abs(anticipated.seconds).max()
        return np.where(slow, -3 * span - 1.0 - anticipated.seconds, worth)
