"""Accept what a paired test over shared folds finds better."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.special import stdtr

from autotune.strategy import AcceptQuery, Composed, Verdict
from autotune.strategy.validators import not_negative, positive, share
from autotune_strategies.acceptance.shared_folds import against_incumbent

__all__ = ["PairedTest", "default_test_ratio", "p_not_above", "standard_error"]


def default_test_ratio(n_folds: int) -> float:
    """Return test over training rows in a cross-validation of so many folds, 1 / (k − 1)."""
    return 1.0 / (n_folds - 1) if n_folds > 1 else 0.0


def standard_error(variance: float, n: int, test_ratio: float) -> float:
    r"""Return the standard error of a mean over cross-validation folds.

    .. math:: \sqrt{\left(\frac1n + \frac{n_\text{test}}{n_\text{train}}\right) s^2}

    The second term is the correction of Nadeau and Bengio: training sets overlap, so that the
    folds' scores vary less than those of independent repetitions would.

    Parameters
    ----------
    variance : float
        The sample variance over folds.
    n : int
        The number of folds.
    test_ratio : float
        Rows tested on over rows trained on; 0 for no correction.

    Examples
    --------
    >>> round(standard_error(0.0004, 10, 1 / 9), 5)
    0.00919

    References
    ----------
    Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52,
    pp. 239-281, section 3.
    """
    return math.sqrt((1.0 / n + test_ratio) * variance)


def p_not_above(differences: NDArray[np.float64], level: float, test_ratio: float) -> float | None:
    r"""Return how likely so large a mean difference is if the true one is not above a level.

    .. math:: t = \frac{\bar d - \text{level}}
                      {\sqrt{(1/n + n_\text{test}/n_\text{train})\, s^2}}

    against Student's distribution with n − 1 degrees of freedom.

    Parameters
    ----------
    differences : ndarray, shape (n,)
        One for each fold, finite.
    level : float
        What the mean is compared with.
    test_ratio : float
        See ``standard_error``; 0 gives the ordinary paired t test.

    Returns
    -------
    float or None
        None with fewer than two folds, which say nothing of the variance. Differences that are all
        the same leave no doubt: 0 or 1.

    Examples
    --------
    >>> p_not_above(np.array([0.02, 0.03, 0.01, 0.02]), 0.0, 0.0) < 0.05
    True
    """
    n = len(differences)
    if n < 2:
        return None
    excess = float(np.mean(differences)) - level
    error = standard_error(float(np.var(differences, ddof=1)), n, test_ratio)
    if not error > 0 or not math.isfinite(excess / error):
        return 0.0 if excess > 0 else 1.0
    return float(stdtr(n - 1, -excess / error))


@frozen
class PairedTest(Composed[AcceptQuery, Verdict]):
    r"""Accept a trial if a paired test over folds shows it better than the incumbent.

    On the folds that both ran, the gains *d* (plus price times seconds saved) are tested, one
    side, by the corrected resampled t statistic of Nadeau and Bengio

    .. math:: t = \frac{\bar d - \text{threshold}}
                      {\sqrt{(1/n + n_\text{test}/n_\text{train})\, s_d^2}}

    with n − 1 degrees of freedom. The plain paired t test (``test_ratio=0``) takes folds for
    independent, which they are not, for they share most of their training rows; it finds too much.

    With fewer than two shared folds nothing can be tested, and the mean gain alone decides. The
    first trial with a score is accepted whatever it takes.

    Parameters
    ----------
    level : float
        The chance taken of accepting a trial that is no better.
    threshold : float
        The gain it has to be better than.
    test_ratio : float, optional
        Rows tested on over rows trained on; 1 / (k − 1) for k folds if left out.
    price : float
        Score that one second of mean fit time is worth.
    max_fit_time : float, optional
        A model that fits longer than this on average is rejected however well it scores.

    Examples
    --------
    >>> PairedTest(level=0.1)
    PairedTest(level=0.1, threshold=0.0, test_ratio=None, price=0.0, max_fit_time=None)

    References
    ----------
    Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52,
    pp. 239-281; Bouckaert and Frank (2004), "Evaluating the replicability of significance tests for
    comparing learning algorithms", PAKDD, pp. 3-12.
    """

    level: float = field(default=0.05, validator=share)
    threshold: float = field(default=0.0, validator=not_negative)
    test_ratio: float | None = field(
        default=None, validator=attrs.validators.optional(not_negative)
    )
    price: float = field(default=0.0, validator=not_negative)
    max_fit_time: float | None = field(default=None, validator=attrs.validators.optional(positive))

    def read(self, state: tuple[Any, ...], query: AcceptQuery) -> Verdict:  # noqa: ARG002
        """Return the verdict."""
        study = query.study
        comparison = against_incumbent(study, query.trial, query.outcome)
        if comparison is None:
            return Verdict(None, None, None)
        gain, saved = comparison.gain, comparison.seconds_saved
        if self.max_fit_time is not None and query.outcome.fit_seconds > self.max_fit_time:
            return Verdict(gain, saved, "too slow")
        ratio = self.test_ratio
        if ratio is None:
            ratio = default_test_ratio(study.begun.n_folds)
        differences = comparison.gains + self.price * comparison.savings
        p = p_not_above(differences, self.threshold, ratio)
        better = gain + self.price * saved > self.threshold if p is None else p < self.level
        return Verdict(gain, saved, None if better else "no gain")
