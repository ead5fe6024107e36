"""Each candidate draws its gain from what is anticipated of it; the luckiest is tried."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.strategy import AcquisitionQuery, Composed
from autotune_strategies.acquisition.improvement import finite

__all__ = ["ThompsonSampling"]


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
