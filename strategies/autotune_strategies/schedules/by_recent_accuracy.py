"""An exploration rate that falls as the anticipations prove right."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed, ScheduleQuery
from autotune.strategy.validators import not_negative, share
from autotune.study import Study
from autotune_strategies.schedules.counting import judged_steps
from autotune_strategies.schedules.limits import check_upside

__all__ = ["ByRecentAccuracy", "recent_accuracy"]

Array: TypeAlias = NDArray[np.float64]


def recent_accuracy(study: Study, window: int, prior_pairs: float = 10.0) -> float:
    r"""Return how well the latest steps' scores were ordered by what was anticipated of them.

    .. math:: a = \frac{C - D}{P + P_0}

    with *C* and *D* the numbers of pairs of steps that were anticipated in the right and in the
    wrong order, *P* the number of pairs and :math:`P_0` that of pairs taken to have been a matter
    of chance: Kendall's τ, drawn towards 0 while there is little evidence.

    Parameters
    ----------
    study : Study
        The state.
    window : int
        So many steps at most, the latest that were judged and of which something was anticipated.
        A step that failed counts as worse than all others.
    prior_pairs : float
        :math:`P_0`.

    Returns
    -------
    float
        From -1 to 1; 0 where nothing is known.
    """
    trials = judged_steps(study).trial
    anticipated = study.sign * study.proposals["anticipated_score"][trials - 1]
    known = np.isfinite(anticipated)
    trials, anticipated = trials[known][-window:], anticipated[known][-window:]
    scores = study.outcomes().value[trials - 1]
    return _concordance(anticipated, np.where(np.isnan(scores), -np.inf, scores), prior_pairs)


def _concordance(x: Array, y: Array, prior_pairs: float) -> float:
    n = len(x)
    pairs = n * (n - 1) / 2
    if pairs + prior_pairs <= 0:
        return 0.0
    # Comparisons, for differences of doubles overflow, and those of infinities are none.
    right = (x[:, None] > x) & (y[:, None] > y)
    wrong = (x[:, None] > x) & (y[:, None] < y)
    return float(right.sum() - wrong.sum()) / (pairs + prior_pairs)


@frozen
class ByRecentAccuracy(Composed[ScheduleQuery, float]):
    r"""An exploration rate between two bounds, by the anticipator's recent accuracy.

    .. math:: \text{ceiling} - (\text{ceiling} - \text{floor}) \cdot \max(a, 0)

    with *a* the rank correlation between anticipated and actual scores of the latest steps (see
    ``recent_accuracy``). An anticipator that is no better than chance, or yet unknown, is not
    relied on.

    Parameters
    ----------
    floor, ceiling : float
        The rate where everything was anticipated in the right order, and where nothing was.
    window : int
        So many of the latest steps count, at least 2.
    prior_pairs : float
        Pairs of steps taken to have been a matter of chance; as many as five steps have by default.

    Examples
    --------
    >>> ByRecentAccuracy(floor=0.1, ceiling=0.5).rate(0.5)
    0.3

    References
    ----------
    Kendall (1938), "A new measure of rank correlation", Biometrika 30, pp. 81-93.
    """

    floor: float = field(default=0.1, validator=share)
    ceiling: float = field(default=0.6, validator=share)
    window: int = field(default=20)
    prior_pairs: float = field(default=10.0, validator=not_negative)

    @window.validator
    def _check_window(self, attribute: Any, value: int) -> None:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, int) or value < 2:
            raise ComponentError(f"ByRecentAccuracy.window = {value!r} must be a whole number >= 2")

    def __attrs_post_init__(self) -> None:
        check_upside(self, "floor", "ceiling")

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0."""
        return self.floor == 0

    def rate(self, accuracy: float) -> float:
        """Return the rate at an accuracy from -1 to 1."""
        relied_on = min(max(accuracy, 0.0), 1.0)
        return (1.0 - relied_on) * self.ceiling + relied_on * self.floor

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the rate at this state."""
        return self.rate(recent_accuracy(query.study, self.window, self.prior_pairs))
