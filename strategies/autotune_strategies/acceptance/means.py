"""Accept by means that smooth noise: over repeated trials, or of a model."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from attrs import field, frozen

from autotune.strategy import AcceptQuery, AnticipateQuery, Anticipator, Composed, Estimate, Verdict
from autotune.strategy.validators import not_negative, part, positive
from autotune.study import Measurement, Rejected, Study, apply
from autotune.study.repeats import repeat_of, same_configuration
from autotune_strategies.acceptance.shared_folds import (
    Comparison,
    against_incumbent,
    compare_folds,
)

__all__ = ["PooledMean", "PosteriorMean"]


@frozen
class PooledMean(Composed[AcceptQuery, Verdict]):
    r"""Accept a trial whose configuration gains over the incumbent's, all evaluations pooled.

    .. math:: \bar y(x) - \bar y(x^*) + \text{price} \times \text{seconds saved} > \text{threshold}

    where *ȳ* is the mean over all trials with an equal configuration (fold by fold, over the folds
    that both configurations ran). It is meant for noisy scores together with a move that proposes
    a configuration again. Evaluating the incumbent again is rejected as "duplicate", but what it
    scores counts from then on in what later trials have to beat; and the runner-up, evaluated
    again, becomes the incumbent if it is better on average. The verdict's gain and seconds saved
    are those of the pooled means. Where no configuration is tried twice it is ``Threshold``.

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
    >>> PooledMean()
    PooledMean(threshold=0.0001, price=0.0, max_fit_time=None)

    References
    ----------
    Fitzpatrick and Grefenstette (1988), "Genetic algorithms in noisy environments", Machine
    Learning 3, pp. 101-120 (averaging repeated evaluations); Hutter et al. (2009), "ParamILS",
    JAIR 36, pp. 267-306, section 3 (giving the incumbent further runs).
    """

    threshold: float = field(default=1e-4, validator=not_negative)
    price: float = field(default=0.0, validator=not_negative)
    max_fit_time: float | None = field(default=None, validator=attrs.validators.optional(positive))

    def read(self, state: tuple[Any, ...], query: AcceptQuery) -> Verdict:  # noqa: ARG002
        """Return the verdict."""
        study, incumbent = query.study, query.study.incumbent
        if incumbent is None or against_incumbent(study, query.trial) is None:
            return Verdict(None, None, None)
        ours = same_configuration(study, query.trial)
        comparison = _compare_pooled(study, query.trial, ours, incumbent)
        gain, saved = comparison.gain, comparison.seconds_saved
        if self.max_fit_time is not None and query.outcome.fit_seconds > self.max_fit_time:
            return Verdict(gain, saved, "too slow")
        if incumbent in ours:
            return Verdict(gain, saved, "duplicate")
        better = gain + self.price * saved > self.threshold
        return Verdict(gain, saved, None if better else "no gain")


def _compare_pooled(study: Study, trial: int, ours: list[int], incumbent: int) -> Comparison:
    splits = study.begun.n_repeats or 1
    usable = study.outcomes().usable

    def pool(one: int, equals: list[int]) -> tuple[Measurement, set[int]]:
        # Those without a finite score are left out, and the judged trial itself is in.
        kept = [
            other
            for other in equals
            if other == one or ((usable[other - 1] or other == trial) and alike(one, other))
        ]
        runs = [study.measurement(other) for other in kept]
        pooled = Measurement(
            tuple(fold for run in runs for fold in run.folds),
            tuple(score for run in runs for score in run.scores),
            tuple(seconds for run in runs for seconds in run.fit_seconds),
            tuple(seconds for run in runs for seconds in run.score_seconds),
        )
        # Folds of several splits have numbers in common, but are not the same.
        return pooled, {repeat_of(study, other) for other in kept} if splits > 1 else {0}

    def alike(one: int, other: int) -> bool:
        return (study.origin(one) == "prior") == (study.origin(other) == "prior")

    mine, my_splits = pool(trial, ours)
    theirs, their_splits = pool(incumbent, same_configuration(study, incumbent))
    return compare_folds(
        mine,
        theirs,
        study.sign,
        same_split=alike(trial, incumbent) and my_splits == their_splits,
    )


@frozen
class PosteriorMean(Composed[AcceptQuery, Verdict]):
    r"""Accept a trial that an anticipator, having learnt its score, holds for better.

    .. math:: \mathrm{E}[f(x) \mid D, y] - \mathrm{E}[f(x^*) \mid D, y]
              + \text{price} \times \text{seconds saved} > \text{threshold}

    where *x* is the judged trial, *x** the incumbent, *D* the record and *y* the trial's score. The
    anticipator is asked as if the trial had been judged already, so its score counts in both
    estimates. An incumbent that was lucky once is so held for what its neighbourhood makes likely,
    and later trials need not beat its luck.

    The verdict's gain is the measured one, as everywhere: a trial may be accepted with a gain below
    0, or rejected with one above it. While the anticipator says nothing, the measured gain decides.
    The first trial with a score is accepted whatever it takes.

    Parameters
    ----------
    anticipator : Anticipator
        What smooths the scores.
    threshold : float
        The least worthwhile gain.
    price : float
        Score that one second of mean fit time is worth.
    max_fit_time : float, optional
        A model that fits longer than this on average is rejected however well it scores.

    Examples
    --------
    >>> from autotune_strategies.anticipators.ridge import Ridge
    >>> PosteriorMean(Ridge()).threshold
    0.0

    References
    ----------
    Gramacy and Lee (2011), "Optimization under unknown constraints", Bayesian Statistics 9,
    section 2 (the best posterior mean in place of the best noisy value); Picheny, Wagner and
    Ginsbourger (2013), "A benchmark of kriging-based infill criteria for noisy optimization",
    Structural and Multidisciplinary Optimization 48, pp. 607-626.
    """

    anticipator: Anticipator = field(validator=part)
    threshold: float = field(default=0.0, validator=not_negative)
    price: float = field(default=0.0, validator=not_negative)
    max_fit_time: float | None = field(default=None, validator=attrs.validators.optional(positive))

    def read(self, state: tuple[Any, ...], query: AcceptQuery) -> Verdict:
        """Return the verdict."""
        study, incumbent = query.study, query.study.incumbent
        comparison = against_incumbent(study, query.trial)
        if comparison is None or incumbent is None:
            return Verdict(None, None, None)
        gain, saved = comparison.gain, comparison.seconds_saved
        if self.max_fit_time is not None and query.outcome.fit_seconds > self.max_fit_time:
            return Verdict(gain, saved, "too slow")
        smoothed = self._smoothed_gain(state, query, incumbent)
        decisive = gain if smoothed is None else smoothed
        better = decisive + self.price * saved > self.threshold
        return Verdict(gain, saved, None if better else "no gain")

    def _smoothed_gain(
        self, state: tuple[Any, ...], query: AcceptQuery, incumbent: int
    ) -> float | None:
        study, trial = query.study, query.trial
        (part_state,) = state
        if trial in study.pending:
            # Anticipators learn from judged trials; which verdict it is makes no difference.
            judged = Rejected(0, trial, None, None, "no gain")
            study = apply(study, judged)
            part_state = self.anticipator.update(part_state, study, judged)
        rows = np.array([trial - 1, incumbent - 1])
        estimate: Estimate | None = self.anticipator.read(
            part_state,
            AnticipateQuery(
                study,
                query.key.child("anticipator"),
                "score",
                {name: column[rows] for name, column in study.coordinates.items()},
                # Both as seen from the incumbent, as candidates are when they are weighed.
                np.full(2, incumbent, dtype=np.int64),
            ),
        )
        if estimate is None:
            return None
        smoothed = float(estimate.mean[0] - estimate.mean[1])
        return smoothed if np.isfinite(smoothed) else None
