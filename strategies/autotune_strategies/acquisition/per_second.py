"""Worth for each second of fitting: cheap candidates first, as long as they promise something."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Acquisition, AcquisitionQuery, Composed
from autotune.strategy.validators import part, share
from autotune_strategies.acquisition.expected_improvement import ExpectedImprovement
from autotune_strategies.acquisition.improvement import finite, is_logarithmic

__all__ = ["PerSecond"]


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
