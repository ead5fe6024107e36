"""Recommendations: which trial's configuration is held for best."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import AnticipateQuery, Anticipator, Composed, Estimate, RecommendQuery
from autotune.strategy.state import learnt
from autotune.strategy.strategy import Incumbent
from autotune.strategy.validators import not_negative, part
from autotune.study import Event, Study
from autotune.study.events import REASONS
from autotune.study.repeats import evaluations_of, is_noisy, repeat_of
from autotune_strategies.anticipators.gaussian_process import GaussianProcess
from autotune_strategies.gaussian.inference import Prior

__all__ = ["BestBelieved", "BestMeasured", "Incumbent"]


@frozen
class BestMeasured(Composed[RecommendQuery, int | None]):
    """Recommend the configuration with the best mean score, less the price of its time.

    Where a configuration was measured several times the mean is that of its trials. Among equals
    the first counts, and of a configuration's trials the one that scored best. What was rejected
    because it took too long is not recommended.

    Parameters
    ----------
    price : float
        Score that one second of mean fit time is worth.

    Examples
    --------
    >>> BestMeasured()
    BestMeasured(price=0.0)
    """

    price: float = field(default=0.0, validator=not_negative)

    def read(self, state: tuple[Any, ...], query: RecommendQuery) -> int | None:  # noqa: ARG002
        """Return its trial; None while no trial has a score."""
        study = query.study
        able = _able(study)
        if not np.any(able):
            return None
        first = evaluations_of(study)
        worth = study.outcomes().value - self.price * _seconds(study)
        total = np.bincount(first[able], weights=worth[able], minlength=len(first) + 1)
        counts = np.bincount(first[able], minlength=len(first) + 1)
        mean = np.where(able, total[first] / np.maximum(counts[first], 1), -np.inf)
        return _best_of(study, first, able, int(np.argmax(mean)))


def _able(study: Study) -> NDArray[np.bool_]:
    """Return which trials may be recommended: judged, with a score, and not too slow."""
    able = study.outcomes().usable.copy()
    slow = study.verdicts["reason"] == REASONS.index("too slow")
    able[study.verdicts["trial"][slow] - 1] = False
    return able


def _seconds(study: Study) -> NDArray[np.float64]:
    seconds = study.outcomes().fit_seconds
    return np.where(np.isfinite(seconds), seconds, 0.0)


def _best_of(study: Study, first: NDArray[np.int64], able: NDArray[np.bool_], row: int) -> int:
    """Return the trial that scored best of those with a row's configuration."""
    same = np.flatnonzero(able & (first == first[row]))
    return int(same[np.argmax(study.outcomes().value[same])]) + 1


@frozen
class BestBelieved:
    r"""Recommend the configuration that an anticipator, shown all trials, holds for good for sure.

    .. math:: \arg\max_t \mu(x_t) - \kappa\,\sigma(x_t)

    So a trial that was lucky is held for what its neighbourhood, and other evaluations of the same
    configuration, make likely; and of two that promise as much, the one about which more is known
    is taken. It counts where scores are known to be noisy (``autotune.study.repeats.is_noisy``);
    while they are not, the best measured is the best.

    Where the study says on how many splits, or with how many seeds, a configuration may be measured
    (``StudyStarted.n_repeats``), scores are the sum of what the configuration and the split are
    worth, and of luck,

    .. math:: y_{cr} = a_c + b_r + \varepsilon, \quad b_0 = 0, \qquad
              \arg\max_c \hat a_c - \kappa\, \hat\sigma / \sqrt{n_c},

    so that no configuration gains from an easy split; of the chosen one the first trial is taken.

    Parameters
    ----------
    anticipator : Anticipator
        What smooths the scores; a Gaussian process in which part of what no neighbour explains
        belongs to the configuration.
    caution : float
        How many standard deviations *κ* are taken off.
    price : float
        Score that one second of mean fit time is worth.

    Examples
    --------
    >>> BestBelieved().anticipator.prior.nugget
    0.3

    References
    ----------
    Picheny, Wagner and Ginsbourger (2013), "A benchmark of kriging-based infill criteria for noisy
    optimization", Structural and Multidisciplinary Optimization 48, pp. 607-626 (quantiles of the
    posterior at the trials); Gramacy and Lee (2011), "Optimization under unknown
    constraints", Bayesian Statistics 9, section 2.
    """

    anticipator: Anticipator = field(
        default=GaussianProcess(prior=Prior(nugget=0.3)), validator=part
    )
    caution: float = field(default=2.0, validator=not_negative)
    price: float = field(default=0.0, validator=not_negative)

    def init(self) -> tuple[()]:
        """Return the state, which is empty: all is learnt when it is asked."""
        return ()

    def update(self, state: tuple[()], study: Study, event: Event) -> tuple[()]:  # noqa: ARG002
        """Return the state."""
        return state

    def read(self, state: tuple[()], query: RecommendQuery) -> int | None:  # noqa: ARG002
        """Return its trial; None while no trial has a score."""
        study = query.study
        measured = BestMeasured(self.price).read((), query)
        if measured is None or not is_noisy(study):
            return measured
        if study.begun.n_repeats is not None:
            return _over_splits(study, self.caution, self.price) or measured
        asked = AnticipateQuery(
            study,
            query.key.child("anticipator"),
            "score",
            study.coordinates,
            np.full(study.n_trials, measured, dtype=np.int64),
        )
        believed: Estimate | None = self.anticipator.read(learnt(study, self.anticipator), asked)
        if believed is None:
            return measured
        able = _able(study)
        sure = believed.mean - self.caution * believed.sd - self.price * _seconds(study)
        best = int(np.argmax(np.where(able, sure, -np.inf)))
        return _best_of(study, evaluations_of(study), able, best)


def _over_splits(study: Study, caution: float, price: float) -> int | None:
    """Return the first trial of the configuration that is best for sure, whatever the split."""
    own = np.array([study.origin(i + 1) != "prior" for i in range(study.n_trials)])
    trials = np.flatnonzero(_able(study) & own)
    if len(trials) == 0:
        return None
    value = (study.outcomes().value - price * _seconds(study))[trials]
    first = evaluations_of(study)[trials]
    split = np.array([repeat_of(study, trial + 1) for trial in trials.tolist()])
    # What a split is worth, from the configurations that were measured on it and on the first.
    at_first = np.full(study.n_trials + 1, np.nan)
    at_first[first[split == 0]] = value[split == 0]
    shift = value - at_first[first]
    others = [r for r in np.unique(split).tolist() if r > 0]
    adjusted = value.copy()
    for r in others:
        there = (split == r) & np.isfinite(shift)
        if np.any(there):
            adjusted[split == r] -= shift[there].mean()
    count = np.bincount(first)[first]
    mean = (np.bincount(first, weights=adjusted)[first]) / count
    free = len(trials) - len(np.unique(first)) - len(others)
    luck = float(np.sqrt(np.sum((adjusted - mean) ** 2) / free)) if free > 0 else 0.0
    return int(trials[np.argmax(mean - caution * luck / np.sqrt(count))]) + 1
