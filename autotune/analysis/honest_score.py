"""The score to be expected of what is called best, without the luck of having been chosen."""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.analysis.intervals import check_level, normal_quantile
from autotune.analysis.surrogate import surrogate
from autotune.analysis.target import usable_trials
from autotune.errors import StudyError
from autotune.strategy.defaults import smoothing_anticipator
from autotune.study import Study
from autotune.study.repeats import evaluations_of, is_noisy

__all__ = ["HonestScore", "honest_score"]

Array = NDArray[np.float64]

# Fewer trials say nothing about luck.
_FEWEST = 5
_DRAWS = 500
# How far the correction itself is in doubt, as a share of it.
_DOUBT = 0.35
# What share of their variance configurations have of their own where no parameter matters.
_OWN = 0.1


@frozen
class HonestScore:
    """An estimate of a trial's true score, corrected for the luck of having been chosen.

    Parameters
    ----------
    trial : int
        The trial.
    score : float
        What is to be expected, as the user's scorer counts.
    low, high : float
        The interval that covers the true score with the chance ``level``; NaN where nothing is
        known of luck.
    level : float
        That chance.
    measured : float
        The score that was measured.
    n_evaluations : int
        How many trials measured its configuration.
    """

    trial: int
    score: float
    low: float
    high: float
    level: float
    measured: float
    n_evaluations: int

    @property
    def known(self) -> bool:
        """Whether anything is known of luck."""
        return math.isfinite(self.low)

    @property
    def words(self) -> str:
        """What is to be expected, in words; empty where nothing tells it from what was measured.

        Examples
        --------
        >>> HonestScore(7, 0.8941, 0.8702, 0.918, 0.9, 0.912, 1).words
        '0.894 (0.870 to 0.918) to be expected of it'
        """
        if not self.known or self.score == self.low == self.high == self.measured:
            return ""
        score, low, high = self.texts
        return f"{score} ({low} to {high}) to be expected of it"

    @property
    def texts(self) -> tuple[str, str, str]:
        """Score, low and high as text, to as many digits as the interval makes sense of."""
        width = self.high - self.low
        largest = max(abs(self.low), abs(self.high))
        style = ".4g"
        if width > 0 and 1e-4 <= largest < 1e6:
            decimals = 1 - math.floor(math.log10(width / 2))
            style = f".{min(max(decimals, 0), 10)}f"
        score, low, high = (format(v + 0.0, style) for v in (self.score, self.low, self.high))
        return score, low, high


def honest_score(study: Study, trial: int, *, level: float = 0.9) -> HonestScore:
    r"""Return the score to be expected of a trial that was chosen because it scored well.

    The best of many measured scores is too good: it was chosen for its luck too. Here all trials
    are smoothed by a Gaussian process in which a share of what no neighbour explains belongs to the
    configuration and the rest, of variance :math:`\sigma^2`, is luck. With *m* its posterior means
    at the trials and *V* their covariance, smoothing is the linear map
    :math:`H = V / \sigma^2` of the scores. Choosing is then played again: scores
    :math:`y^* = m + \varepsilon`, :math:`\varepsilon \sim N(0, \sigma^2)`, are smoothed, the best
    :math:`j^* = \arg\max H y^*` is taken, and how much too good it looks on average is subtracted:

    .. math:: \hat m = m_t - b, \quad
              b = \operatorname{E}\left[(H y^*)_{j^*} - m_{j^*}\right], \qquad
              \hat m \pm z \sqrt{V_{tt} + (0.35\,b)^2 + c^2}

    Where the trial's configuration was measured again, only those that were are chosen from. With
    the chance that no parameter matters at all, the mean of all scores is expected instead.
    In a cross-validation the splits are luck that all trials share, of variance

    .. math:: c^2 = \max\left(\left(\tfrac1k + \tfrac1{k - 1}\right) s^2 - \sigma^2, 0\right),

    *s* being the standard deviation of the trial's *k* fold scores.

    A score that is known to come out the same each time is its own expectation. Where nobody knows
    whether it does, nothing is corrected and there is no interval.

    Parameters
    ----------
    study : Study
        The study.
    trial : int
        A trial with a score.
    level : float
        With which chance the interval shall cover the true score.

    Returns
    -------
    HonestScore

    Raises
    ------
    StudyError
        If the trial has no score, or the level is not between 0 and 1.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: c["x"], {"x": 1.0}, n_trials=5, deterministic=True)
    >>> honest_score(found.study, found.best_trial).high == found.best_score
    True

    References
    ----------
    Tsamardinos, Greasidou and Borboudakis (2018), "Bootstrapping the out-of-sample predictions for
    efficient and accurate cross-validation", Machine Learning 107, pp. 1895-1922 (choosing, played
    again); Efron (2011), "Tweedie's formula and selection bias", JASA 106, pp. 1602-1614; Nadeau
    and Bengio (2003), "Inference for the generalization error", Machine Learning 52, pp. 239-281
    (the variance over splits).
    """
    check_level(level)
    outcome = study.outcome(trial)
    measured = outcome.score
    if not math.isfinite(measured):
        raise StudyError(f"trial {trial} has no score; choose one that succeeded")
    first = evaluations_of(study)
    usable = study.outcomes().usable
    n = int(np.count_nonzero((first == first[trial - 1]) & usable))
    folds = outcome.n_folds
    noisy = is_noisy(study)
    if folds == 1 and noisy is not True:
        edge = measured if noisy is False else math.nan
        return HonestScore(trial, measured, edge, edge, level, measured, n)
    corrected = _corrected(study, trial, first)
    if corrected is None:
        return HonestScore(trial, measured, math.nan, math.nan, level, measured, n)
    value, variance, luck = corrected
    if folds > 1:
        spread = outcome.score_sd**2 * folds / (folds - 1)
        variance += max((1.0 / folds + 1.0 / (folds - 1)) * spread - luck, 0.0)
    score = study.sign * value
    half = normal_quantile(level) * math.sqrt(variance)
    return HonestScore(trial, score, score - half, score + half, level, measured, n)


def _corrected(
    study: Study, trial: int, first: NDArray[np.int64]
) -> tuple[float, float, float] | None:
    """Return corrected value and its variance, and the variance of luck; None with few trials."""
    trials = usable_trials(study, "score")
    if len(trials) < _FEWEST or trial not in trials:
        return None
    seen = surrogate(study, smoothing_anticipator())
    rows = {name: column[trials - 1] for name, column in study.coordinates.items()}
    joint = seen.joint(rows)
    if joint is None:
        return None
    mean, covariance, luck = joint
    centre = float(np.mean(mean))
    me = int(np.flatnonzero(trials == trial)[0])
    if not luck > 0:
        return float(mean[me]), float(covariance[me, me]), 0.0
    group = first[trials - 1]
    repeated = np.bincount(group)[group] > 1
    able = repeated if repeated[me] else np.ones(len(trials), dtype=np.bool_)
    rng = seen.key.child("choosing").generator()
    told = mean[:, None] + math.sqrt(luck) * rng.standard_normal((len(mean), _DRAWS))
    smoothed = centre + covariance @ (told - centre) / luck
    chosen = np.argmax(np.where(able[:, None], smoothed, -np.inf), axis=0)
    optimism = max(float(np.mean(smoothed[chosen, np.arange(_DRAWS)] - mean[chosen])), 0.0)
    expected = float(mean[me]) - optimism
    variance = float(covariance[me, me]) + (_DOUBT * optimism) ** 2
    nothing = seen.nothing_matters()
    if nothing is not None:
        chance, middle, spread = nothing
        own = spread * (_OWN + 1.0 / len(mean))
        mixed = chance * middle + (1.0 - chance) * expected
        variance = chance * (own + (middle - mixed) ** 2) + (1.0 - chance) * (
            variance + (expected - mixed) ** 2
        )
        expected = mixed
    return expected, variance, luck
