"""The paired t test over cross-validation folds, and its correction for overlapping training."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

__all__ = ["default_test_ratio", "p_not_above", "standard_error"]


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
