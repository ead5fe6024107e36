"""Parameters whose changes helped are changed more often."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Composed
from autotune.strategy.validators import not_negative, positive, share
from autotune_strategies.moves.pickers.in_proportion import in_proportion
from autotune_strategies.moves.pickers.query import PickQuery
from autotune_strategies.schedules.counting import judged_steps

__all__ = ["ByPastSuccess"]


@frozen
class ByPastSuccess(Composed[PickQuery, NDArray[np.float64]]):
    r"""Pick parameters in proportion to the share of successes among the steps that moved them.

    .. math:: p_j = \frac{\text{floor}}{k} + (1 - \text{floor}) \frac{r_j}{\sum_i r_i},
              \qquad r_j = \frac{a + S_j}{a + b + T_j}

    where :math:`T_j` of the judged steps moved parameter *j*, :math:`S_j` of these were accepted
    with a gain, and *k* parameters can change. :math:`r_j` is the mean of the Beta distribution
    that a prior Beta(*a*, *b*) becomes by that count: while nothing is judged all have the same
    chance. Start points, given points and earlier results don't count.

    Parameters
    ----------
    successes, failures : float
        The *a* and *b* above: so many successes (above 0) and failures are taken to have been seen
        before the first step; by default one step in five is expected to succeed.
    floor : float
        The share of the chances that is spread evenly, from 0 to 1: no parameter's chance is below
        ``floor / k``.

    Examples
    --------
    >>> ByPastSuccess(successes=2.0, failures=8.0).floor
    0.1

    References
    ----------
    Thierens (2005), "An adaptive pursuit strategy for allocating operator probabilities", GECCO,
    pp. 1539-1546, section 2 (probability matching with a least probability; the prior is added
    here).
    """

    successes: float = field(default=1.0, validator=positive)
    failures: float = field(default=4.0, validator=not_negative)
    floor: float = field(default=0.1, validator=share)

    def read(self, state: tuple[Any, ...], query: PickQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances, shape (k,)."""
        steps = judged_steps(query.study)
        moved = query.study.proposals["moved"][steps.trial - 1]
        index = {name: j for j, name in enumerate(query.names)}
        succeeded, tried = np.zeros(len(index)), np.zeros(len(index))
        for names, success in zip(moved, steps.success.tolist(), strict=True):
            for name in names:
                if name in index:
                    tried[index[name]] += 1.0
                    succeeded[index[name]] += success
        rate = (self.successes + succeeded) / (self.successes + self.failures + tried)
        return in_proportion(rate, self.floor)
