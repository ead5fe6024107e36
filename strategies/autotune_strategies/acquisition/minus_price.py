"""Worth less the price of the seconds it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Acquisition, AcquisitionQuery, Composed
from autotune.strategy.validators import not_negative, part
from autotune_strategies.acquisition.expected_improvement import ExpectedImprovement
from autotune_strategies.acquisition.improvement import finite, is_logarithmic

__all__ = ["MinusPrice"]


@frozen
class MinusPrice(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Take the price of the seconds lost off another acquisition's worth.

    .. math:: w' = w + \text{price} \times \text{seconds saved}

    where seconds saved is the anticipated mean fit time of the trial stepped from less that of the
    candidate. The worth should be in units of the score: ``Greedy`` (which gives
    ``GainMinusPrice``), ``ExpectedImprovement``, ``UpperConfidenceBound`` or ``ThompsonSampling``.

    Parameters
    ----------
    of : Acquisition
        The worth.
    price : float
        Score that one second of mean fit time is worth.

    Raises
    ------
    ComponentError
        If the worth is a logarithm, from which no price can be taken.

    Examples
    --------
    >>> MinusPrice(ExpectedImprovement(), price=0.01).price
    0.01
    """

    of: Acquisition = field(default=ExpectedImprovement(), validator=part)
    price: float = field(default=0.0, validator=not_negative)

    @of.validator
    def _check_unit(self, attribute: Any, value: Acquisition) -> None:  # noqa: ARG002
        if is_logarithmic(value):
            raise ComponentError(
                f"MinusPrice.of = {value!r} is a logarithm, from which no price can be taken; "
                "use ExpectedImprovement"
            )

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:
        """Return the worth of each candidate, shape (n,)."""
        worth: NDArray[np.float64] = self.read_part(state, "of", query)
        with np.errstate(over="ignore"):
            return finite(worth + self.price * query.prediction.seconds_saved)
