"""Acquisitions by the mean alone, by an upper confidence bound and by sampling."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import AcquisitionQuery, Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import part
from autotune_strategies.acquisition.improvement import finite
from autotune_strategies.schedules.combinations import Constant

__all__ = ["Greedy", "ThompsonSampling", "UpperConfidenceBound"]


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


@frozen
class ThompsonSampling(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Rate candidates by one random draw each from the normal distribution of their gain.

    .. math:: \text{gain} + \sigma \varepsilon, \quad \varepsilon \sim N(0, 1)

    The draws are independent: an anticipator tells the standard deviation of each candidate, not
    how two go together, so of many similar uncertain candidates one is the likelier to win. (With
    joint draws of a whole function, similar candidates would be lucky together.)

    Examples
    --------
    >>> ThompsonSampling()
    ThompsonSampling()

    References
    ----------
    Thompson (1933), "On the likelihood that one unknown probability exceeds another in view of the
    evidence of two samples", Biometrika 25, pp. 285-294.
    """

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the worth of each candidate, shape (n,)."""
        prediction = query.prediction
        draws = query.key.generator().standard_normal(len(prediction.gain))
        return finite(prediction.gain + prediction.value_sd * draws)
