"""Acquisitions that count the cost of time: a price, a rate or a limit."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.special import log_ndtr

from autotune.errors import ComponentError
from autotune.strategy import Acquisition, AcquisitionQuery, Composed
from autotune.strategy.validators import not_negative, part, positive, share
from autotune_strategies.acquisition.improvement import (
    LOWEST,
    ExpectedImprovement,
    finite,
    is_logarithmic,
)

__all__ = ["GainMinusPrice", "MinusPrice", "PerSecond", "WithinSeconds"]


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


@frozen
class PerSecond(Composed[AcquisitionQuery, NDArray[np.float64]]):
    r"""Divide another acquisition's worth by the anticipated fit seconds.

    .. math:: w' = w / s \ \text{ for } w \ge 0, \qquad w' = w\,s \ \text{ for } w < 0,
              \qquad w' = w - \log s \ \text{ for logarithms}

    It is meant for a worth of at least 0, such as ``ExpectedImprovement``. A negative one (of
    ``Greedy``, say) is multiplied instead: divided, the slowest of the losses would come first.
    So those above 0 stay before those below, and a slower candidate never comes before a quicker
    one of equal worth. The order does not depend on the unit of time.

    A regression may anticipate 0 seconds or less; nothing counts as quicker than a share of the
    quickest mean fit time recorded.

    Parameters
    ----------
    of : Acquisition
        The worth.
    least : float
        That share, from 0 to 1. Without a record, or with 0, the quickest anticipated above 0
        takes its place.

    Examples
    --------
    >>> PerSecond(ExpectedImprovement()).least
    0.1

    References
    ----------
    Snoek, Larochelle and Adams (2012), "Practical Bayesian optimization of machine learning
    algorithms", NeurIPS, section 3.2 ("expected improvement per second").
    """

    of: Acquisition = field(default=ExpectedImprovement(), validator=part)
    least: float = field(default=0.1, validator=share)

    @property
    def logarithmic(self) -> bool:
        """Whether the worth is a logarithm."""
        return is_logarithmic(self.of)

    def read(self, state: tuple[Any, ...], query: AcquisitionQuery) -> NDArray[np.float64]:
        """Return the worth of each candidate, shape (n,)."""
        worth: NDArray[np.float64] = self.read_part(state, "of", query)
        seconds = np.maximum(query.prediction.seconds, self._quickest(query))
        if self.logarithmic:
            return finite(worth - np.log(seconds))
        with np.errstate(over="ignore", under="ignore"):
            return finite(np.where(worth < 0, worth * seconds, worth / seconds))

    def _quickest(self, query: AcquisitionQuery) -> float:
        outcomes = query.study.outcomes()
        recorded = outcomes.fit_seconds[outcomes.usable]
        recorded = recorded[np.isfinite(recorded) & (recorded > 0)]
        if len(recorded) > 0 and self.least > 0:
            limit = self.least * float(recorded.min())
            if limit > 0:
                return limit
        anticipated = query.prediction.seconds
        anticipated = anticipated[anticipated > 0]
        return float(anticipated.min()) if len(anticipated) > 0 else 1.0


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
