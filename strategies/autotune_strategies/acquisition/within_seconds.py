"""Worth under a limit on the time of fitting."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.special import log_ndtr

from autotune.errors import ComponentError
from autotune.strategy import Acquisition, AcquisitionQuery, Composed
from autotune.strategy.validators import part, positive
from autotune_strategies.acquisition.expected_improvement import ExpectedImprovement
from autotune_strategies.acquisition.improvement import LOWEST, finite, is_logarithmic

__all__ = ["WithinSeconds"]


@frozen
class WithinSeconds(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Hold candidates that may fit longer than a limit behind those that won't.

    Either those anticipated beyond the limit come last, the quickest of them first; or, with
    ``weighted=True``, the worth of each is multiplied by the chance that it is within:

    .. math:: w' = w\ \Phi\left(\frac{\text{limit} - s}{\sigma_s}\right)

    (added to it as a logarithm, if the worth is one). Where some worth is negative, all are first
    counted from the least of them, or else a small chance would make a loss look better.

    Parameters
    ----------
    of : Acquisition
        The worth.
    max_fit_time : float
        Limit on the mean fit seconds of a fold.
    weighted : bool
        Whether to multiply.

    Examples
    --------
    >>> WithinSeconds(ExpectedImprovement(), max_fit_time=10.0).weighted
    False

    References
    ----------
    Gardner et al. (2014), "Bayesian optimization with inequality constraints", ICML, section 3.1
    (the product of improvement and chance).
    """

    of: Acquisition = field(default=ExpectedImprovement(), validator=part)
    max_fit_time: float = field(kw_only=True, validator=positive)
    weighted: bool = field(default=False, kw_only=True)

    @weighted.validator
    def _check_weighted(self, attribute: Any, value: object) -> None:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ComponentError(f"WithinSeconds.weighted = {value!r} must be True or False")

    @property
    def logarithmic(self) -> bool:
        """Whether the worth is a logarithm."""
        return is_logarithmic(self.of)

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:
        """Return the worth of each candidate, shape (n,)."""
        worth: NDArray[np.float64] = self.read_part(state, "of", query)
        seconds = query.prediction.seconds
        if not self.weighted:
            return self._slow_last(finite(worth), seconds)
        log_chance = self._log_chance(seconds, query.prediction.seconds_sd)
        if self.logarithmic:
            return finite(worth + log_chance)
        with np.errstate(under="ignore", over="ignore"):
            return finite((worth - min(float(worth.min(initial=0.0)), 0.0)) * np.exp(log_chance))

    def _slow_last(
        self, worth: NDArray[np.float64], seconds: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        slow = seconds > self.max_fit_time
        if not slow.any():
            return worth
        # By rank, so that no size of worth or seconds can mix the two groups up.
        rank = np.searchsorted(np.unique(seconds), seconds) + 1.0
        least = float(worth.min())
        # Far enough below that the ranks are not lost in rounding.
        unit = max(1.0, abs(least) * 1e-9)
        if least > LOWEST:
            return np.where(slow, least - unit * rank, worth)
        return np.where(slow, LOWEST * (1 + 1e-6 * rank), worth)

    def _log_chance(
        self, seconds: NDArray[np.float64], sd: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        spare = self.max_fit_time - seconds
        z = np.zeros(len(spare))
        with np.errstate(over="ignore"):
            np.divide(spare, sd, out=z, where=sd > 0)
            chance = np.asarray(log_ndtr(z))
        sure = np.where(spare >= 0, 0.0, LOWEST)
        return np.where(sd > 0, np.maximum(chance, LOWEST), sure)
