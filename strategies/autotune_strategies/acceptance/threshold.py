"""Accept what gains more than a threshold, time considered: the rule of the 2018 prototype."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from autotune.strategy import AcceptQuery, Composed, Verdict
from autotune.strategy.validators import not_negative, positive
from autotune_strategies.acceptance.shared_folds import against_incumbent

__all__ = ["Threshold"]


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
