"""The chance that a candidate is better than the trial stepped from."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.special import ndtr

from autotune.strategy import AcquisitionQuery, Composed
from autotune.strategy.validators import not_negative

__all__ = ["ProbabilityOfImprovement"]


@frozen
class ProbabilityOfImprovement(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Rate candidates by the chance that they gain more than a margin.

    .. math:: \Phi\left(\frac{\text{gain} - \text{margin}}{\sigma}\right)

    with *σ* the standard deviation of the candidate's score. Where it is 0 the chance is 0 or 1.
    The trial stepped from counts with its anticipated score, not its measured one.

    Parameters
    ----------
    margin : float
        The least gain that counts; without one the surest small gain is taken.

    Examples
    --------
    >>> ProbabilityOfImprovement(margin=0.01)
    ProbabilityOfImprovement(margin=0.01)

    References
    ----------
    Kushner (1964), "A new method of locating the maximum point of an arbitrary multipeak curve in
    the presence of noise", Journal of Basic Engineering 86, pp. 97-106.
    """

    margin: float = field(default=0.0, validator=not_negative)

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the worth of each candidate, shape (n,), from 0 to 1."""
        prediction = query.prediction
        beyond = prediction.gain - self.margin
        sd = prediction.value_sd
        z = np.zeros(len(beyond))
        with np.errstate(over="ignore"):
            np.divide(beyond, sd, out=z, where=sd > 0)
        return np.where(sd > 0, ndtr(z), np.where(beyond > 0, 1.0, 0.0))
