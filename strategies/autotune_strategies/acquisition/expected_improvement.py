"""The gain to be expected of a candidate when losses count as nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import AcquisitionQuery, Composed
from autotune.strategy.validators import not_negative
from autotune_strategies.acquisition.improvement import expected_improvement

__all__ = ["ExpectedImprovement"]


@frozen
class ExpectedImprovement(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Rate candidates by the expectation of what they gain beyond a margin, losses being 0.

    .. math:: \mathrm{E}[\max(g, 0)] = \sigma\left(\varphi(z) + z\,\Phi(z)\right), \quad
              z = \frac{\text{gain} - \text{margin}}{\sigma}

    with *σ* the standard deviation of the candidate's score. The trial stepped from counts with
    its anticipated score, not its measured one, so that luck in measuring it is smoothed away.

    Parameters
    ----------
    margin : float
        The least gain that counts; more of it explores more.

    Examples
    --------
    >>> ExpectedImprovement()
    ExpectedImprovement(margin=0.0)

    References
    ----------
    Jones, Schonlau and Welch (1998), "Efficient global optimization of expensive black-box
    functions", Journal of Global Optimization 13, pp. 455-492, section 4.1.
    """

    margin: float = field(default=0.0, validator=not_negative)

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the worth of each candidate, shape (n,), at least 0."""
        prediction = query.prediction
        return expected_improvement(prediction.gain - self.margin, prediction.value_sd)
