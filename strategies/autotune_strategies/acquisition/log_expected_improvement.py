"""Expected improvement on a log scale, which tells candidates apart where it is all but 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import AcquisitionQuery, Composed
from autotune.strategy.validators import not_negative
from autotune_strategies.acquisition.improvement import log_expected_improvement

__all__ = ["LogExpectedImprovement"]


@frozen
class LogExpectedImprovement(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Rate candidates by the logarithm of the expected improvement.

    .. math:: \log \sigma + \log\left(\varphi(z) + z\,\Phi(z)\right), \quad
              z = \frac{\text{gain} - \text{margin}}{\sigma}

    The order is that of ``ExpectedImprovement``, but it goes on where that underflows to 0: when
    all candidates are anticipated to be many standard deviations worse, the least bad is taken.
    ``PerSecond`` and ``WithinSeconds`` know that it is a logarithm.

    Parameters
    ----------
    margin : float
        The least gain that counts.

    Examples
    --------
    >>> LogExpectedImprovement().logarithmic
    True

    References
    ----------
    Ament et al. (2023), "Unexpected improvements to expected improvement for Bayesian
    optimization", NeurIPS, section 4.1.
    """

    margin: float = field(default=0.0, validator=not_negative)

    @property
    def logarithmic(self) -> bool:
        """Whether the worth is a logarithm."""
        return True

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the worth of each candidate, shape (n,)."""
        prediction = query.prediction
        return log_expected_improvement(prediction.gain - self.margin, prediction.value_sd)
