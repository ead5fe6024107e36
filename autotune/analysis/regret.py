"""Regret: how far the incumbent was from the best there is, as far as can be known."""

from __future__ import annotations

import math

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.background import background
from autotune.analysis.columns import Columns
from autotune.analysis.intervals import check_level, normal_quantile
from autotune.analysis.surrogate import joined, surrogate
from autotune.analysis.target import usable_trials
from autotune.analysis.trajectory import trajectory
from autotune.errors import StudyError
from autotune.strategy import Anticipator
from autotune.study import Study

__all__ = ["Regret", "regret"]

Array = NDArray[np.float64]


@frozen(eq=False)
class Regret(Columns):
    """How much better than the incumbent the best would have been, after each judged trial.

    Parameters
    ----------
    reference : float
        The score compared with.
    known : bool
        Whether it was given as the optimum; else it is the best score of the study itself, and the
        regret ends at 0 by its making.
    trials : ndarray of int64, shape (n,)
        The trials, in the order of their verdicts.
    simple : ndarray
        Reference less incumbent, larger being worse; NaN before the first incumbent.
    cumulative : ndarray
        The sum over trials of reference less their own score; failed ones add nothing.
    left : float
        What an anticipator thinks is left to gain; NaN where none was asked.
    left_high : float
        The upper end of that: its bound of the best less its lower bound of the incumbent.
    optimism : float
        By how much the incumbent was measured better than the anticipator takes it to be: the part
        of its score that is probably luck.
    """

    reference: float
    known: bool
    trials: NDArray[np.int64] = field(repr=False)
    simple: Array = field(repr=False)
    cumulative: Array = field(repr=False)
    left: float
    left_high: float
    optimism: float


def regret(
    study: Study,
    *,
    optimum: float | None = None,
    anticipator: Anticipator | None = None,
    estimate: bool = True,
    n_samples: int = 1024,
    level: float = 0.95,
    seed: int = 0,
) -> Regret:
    r"""Return the regret of a study over its trials, and an estimate of what is left.

    The simple regret after *t* trials is :math:`f^* - f(x^*_t)`. Where :math:`f^*` is not known,
    what an anticipator expects of configurations from all over the space tells what may be left:

    .. math:: \max_x \mu(x) - \mu(x^*_t), \qquad
              \max_x (\mu(x) + z \sigma(x)) - (\mu(x^*_t) - z \sigma(x^*_t))

    Parameters
    ----------
    study : Study
        The study.
    optimum : float, optional
        The best score there is, as the user's scorer counts it, if it is known.
    anticipator : Anticipator, optional
        What estimates; the default one if left out.
    estimate : bool
        Whether to estimate at all.
    n_samples : int
        Configurations that are looked at, besides those tried.
    level : float
        Of the bounds.
    seed : int
        Of the draws.

    Returns
    -------
    Regret
        By trial.

    Raises
    ------
    StudyError
        If no trial has been accepted, or an argument makes no sense.

    References
    ----------
    Srinivas et al. (2010), "Gaussian process optimization in the bandit setting", ICML; Makarova
    et al. (2022), "Automatic termination for hyperparameter optimization", AutoML-Conf, for the
    bound of what is left.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=30, seed=1)
    >>> result = regret(result.study, optimum=0.0)
    >>> float(result.simple[0]), bool(result.simple[-1] < 0.1)
    (4.0, True)
    """
    check_level(level)
    path = trajectory(study)
    if not np.isfinite(path.best).any():
        raise StudyError("no trial has been accepted yet: there is no regret to speak of")
    if optimum is not None and not math.isfinite(optimum):
        raise StudyError(f"optimum = {optimum!r} must be a finite number")
    best = path.sign * path.best
    reference = float(np.nanmax(best)) if optimum is None else path.sign * optimum
    short = np.nan_to_num(reference - path.sign * path.scores)
    left = left_high = optimism = math.nan
    scored = study.incumbent in usable_trials(study)
    if estimate and scored and len(usable_trials(study)) >= 2 and study.known_space.searched:
        left, left_high, optimism = _estimated(study, anticipator, n_samples, level, seed)
    return Regret(
        reference=path.sign * reference,
        known=optimum is not None,
        trials=path.trials,
        simple=reference - best,
        cumulative=np.cumsum(short),
        left=left,
        left_high=left_high,
        optimism=optimism,
    )


def _estimated(
    study: Study, anticipator: Anticipator | None, n_samples: int, level: float, seed: int
) -> tuple[float, float, float]:
    model = surrogate(study, anticipator, seed=seed)
    (around,) = background(study, n_samples, over="space", seed=seed)
    rows = usable_trials(study) - 1
    tried = {name: column[rows] for name, column in study.coordinates.items()}
    assert study.incumbent is not None
    own = slice(study.incumbent - 1, study.incumbent)
    incumbent = {name: column[own] for name, column in study.coordinates.items()}
    expected = model.predict(joined([incumbent, tried, around.with_columns({})]))
    mean = study.sign * expected.mean
    z = normal_quantile(level)
    upper = float(np.max(mean + z * expected.sd))
    measured = study.outcome(study.incumbent).value
    return (
        float(mean.max() - mean[0]),
        upper - float(mean[0] - z * expected.sd[0]),
        measured - float(mean[0]),
    )
