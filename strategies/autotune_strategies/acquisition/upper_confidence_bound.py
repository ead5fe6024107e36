"""Optimism in the face of uncertainty: the gain plus some standard deviations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import AcquisitionQuery, Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import part
from autotune_strategies.acquisition.improvement import finite
from autotune_strategies.schedules.constant import Constant

__all__ = ["UpperConfidenceBound"]


@frozen
class UpperConfidenceBound(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Rate candidates by the upper end of a confidence interval of their gain.

    .. math:: \text{gain} + \sqrt{\beta}\,\sigma

    with *σ* the standard deviation of the candidate's score.

    Parameters
    ----------
    beta : Schedule
        The square of how many standard deviations to add; ``Constant(4.0)`` adds two, and
        ``Constant(0.0)`` is ``Greedy``. Of a schedule for each parameter the mean is taken.

    Examples
    --------
    >>> UpperConfidenceBound(Constant(4.0))
    UpperConfidenceBound(beta=Constant(value=4.0))

    References
    ----------
    Srinivas, Krause, Kakade and Seeger (2010), "Gaussian process optimization in the bandit
    setting: no regret and experimental design", ICML, equation 6.
    """

    beta: Schedule = field(default=Constant(4.0), validator=part)

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:
        """Return the worth of each candidate, shape (n,)."""
        beta = self.read_part(state, "beta", ScheduleQuery(query.study, query.key.child("beta")))
        width = math.sqrt(max(float(np.mean(beta)), 0.0))
        prediction = query.prediction
        return finite(prediction.gain + width * prediction.value_sd)
