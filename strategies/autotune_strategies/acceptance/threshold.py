"""Accept by the gain alone: above a threshold, or by chance as it cools."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from attrs import field, frozen

from autotune.strategy import AcceptQuery, Composed, Schedule, ScheduleQuery, Verdict
from autotune.strategy.validators import not_negative, part, positive
from autotune_strategies.acceptance.shared_folds import against_incumbent
from autotune_strategies.schedules.decay import InverseLinear

__all__ = ["SimulatedAnnealing", "Threshold"]


@frozen
class Threshold(Composed[AcceptQuery, Verdict]):
    r"""Accept a trial whose gain, less the price of the seconds it costs, passes a threshold.

    .. math:: \text{gain} - \text{seconds lost} \times \text{price} > \text{threshold}

    where seconds lost is the mean fit time of a fold beyond the incumbent's. The prototype's
    formula had the sign of the time term the other way round (``score_improvement -
    time_improvement * tradeoff > threshold``, time improvement being seconds *saved*), so that
    saving time counted against a model; here saving time counts for it. The first trial with a
    score is accepted whatever it takes.

    Trials that ran different cross-validation folds are compared on those that both ran.

    Parameters
    ----------
    threshold : float
        The least worthwhile gain, 0.0001 by default.
    price : float
        Score that one second of mean fit time is worth.
    max_fit_time : float, optional
        A model that fits longer than this on average is rejected however well it scores.

    Examples
    --------
    >>> Threshold(price=0.01).threshold
    0.0001

    References
    ----------
    ``evaluate_improvement`` of the AutoTune prototype (2018).
    """

    threshold: float = field(default=1e-4, validator=not_negative)
    price: float = field(default=0.0, validator=not_negative)
    max_fit_time: float | None = field(default=None)

    @max_fit_time.validator
    def _check_limit(self, attribute: Any, value: float | None) -> None:
        if value is not None:
            positive(self, attribute, value)

    def read(self, state: tuple[Any, ...], query: AcceptQuery) -> Verdict:  # noqa: ARG002
        """Return the verdict."""
        comparison = against_incumbent(query.study, query.trial, query.outcome)
        if comparison is None:
            return Verdict(None, None, None)
        gain, saved = comparison.gain, comparison.seconds_saved
        if self.max_fit_time is not None and query.outcome.fit_seconds > self.max_fit_time:
            return Verdict(gain, saved, "too slow")
        if gain + self.price * saved > self.threshold:
            return Verdict(gain, saved, None)
        return Verdict(gain, saved, "no gain")


_RESOLUTION = 2.0**-53


@frozen
class SimulatedAnnealing(Composed[AcceptQuery, Verdict]):
    r"""Accept any gain, and a loss with a chance that falls as the temperature does.

    .. math:: P(\text{accept}) = \min\left(1, \exp\frac{g}{T}\right), \quad
              g = \text{gain} + \text{price} \times \text{seconds saved}

    So the walk can leave a local optimum. At temperature 0 it is ``Threshold`` with threshold 0. A
    trial that the draw went against is rejected with the reason "chance"; one whose chance was 0
    (or below 10⁻¹⁶, which no draw can tell from it) with "no gain". Since the incumbent is the
    trial accepted last, it need not be the best one.

    Parameters
    ----------
    temperature : Schedule
        In units of the score: a loss of that size is accepted with a chance of 37 %. Of a schedule
        for each parameter the mean is taken.
    price : float
        Score that one second of mean fit time is worth.
    max_fit_time : float, optional
        A model that fits longer than this on average is rejected however well it scores.

    Examples
    --------
    >>> SimulatedAnnealing(InverseLinear(initial=0.02, decay=0.1, floor=0.0)).temperature.at(10)
    0.01

    References
    ----------
    Kirkpatrick, Gelatt and Vecchi (1983), "Optimization by simulated annealing", Science 220,
    pp. 671-680; the rule is that of Metropolis et al. (1953), J. Chem. Phys. 21, p. 1087.
    """

    temperature: Schedule = field(default=InverseLinear(0.01, 0.1, 0.0), validator=part)
    price: float = field(default=0.0, validator=not_negative)
    max_fit_time: float | None = field(default=None, validator=attrs.validators.optional(positive))

    def read(self, state: tuple[Any, ...], query: AcceptQuery) -> Verdict:
        """Return the verdict."""
        comparison = against_incumbent(query.study, query.trial, query.outcome)
        if comparison is None:
            return Verdict(None, None, None)
        gain, saved = comparison.gain, comparison.seconds_saved
        if self.max_fit_time is not None and query.outcome.fit_seconds > self.max_fit_time:
            return Verdict(gain, saved, "too slow")
        net = gain + self.price * saved
        if net > 0:
            return Verdict(gain, saved, None)
        chance = self._chance(state, query, net)
        if chance == 0:
            return Verdict(gain, saved, "no gain")
        lucky = bool(query.key.child("draw").generator().random() < chance)
        return Verdict(gain, saved, None if lucky else "chance")

    def _chance(self, state: tuple[Any, ...], query: AcceptQuery, net: float) -> float:
        asked = ScheduleQuery(query.study, query.key.child("temperature"))
        temperature = float(np.mean(self.read_part(state, "temperature", asked)))
        if not temperature > 0 or math.isnan(net):
            return 0.0
        chance = math.exp(max(net / temperature, -1e4))
        # A draw is a multiple of that; nothing smaller can be drawn.
        return chance if chance >= _RESOLUTION else 0.0
