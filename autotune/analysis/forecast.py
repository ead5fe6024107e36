"""The probable gain of going on: the curve of improvements, carried forward."""

from __future__ import annotations

import math
import re

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.intervals import check_level, percentile_interval
from autotune.analysis.trajectory import Trajectory, trajectory
from autotune.errors import StudyError
from autotune.strategy import Key
from autotune.study import Study

__all__ = ["Forecast", "forecast"]

Array = NDArray[np.float64]

# What is held before any data. How improvements thin out: an exponent of 1 is a steady rate.
_EXPONENT = (2.0, 4.0)
# How the logarithm of gains changes from one improvement to the next: shrinking, by e every third.
_SLOPE, _SLOPE_SD = -0.35, 0.35
# Its spread around the line: a shape and a scale of the inverse gamma distribution.
_SPREAD = (2.0, 1.5)
# The latest improvements tell of the next ones.
_LATEST = 25
# With fewer there is no line to carry forward.
_FEWEST = 2
_MOST_NEW = 200
# Scores that end at 1, and errors that end at 0.
_SHARES = {
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "d2_absolute_error_score",
    "explained_variance",
    "f1",
    "jaccard",
    "matthews_corrcoef",
    "precision",
    "r2",
    "recall",
    "roc_auc",
    "top_k_accuracy",
}
_ERRORS = {"error", "error_rate", "log_loss", "mae", "mape", "max_error", "mse", "rmse", "rmsle"}
_AVERAGED = re.compile(r"_(micro|macro|weighted|samples|ovr|ovo|ovr_weighted|ovo_weighted)$")
_POINTS = 40


@frozen(eq=False)
class Forecast:
    """The probable gain of more trials or seconds.

    Parameters
    ----------
    clock : {"trials", "elapsed", "busy"}
        What is counted.
    amount : float
        How many more of it.
    spent : float
        How many there were.
    level : float
        Of the intervals.
    n_improvements : int
        Improvements on the first incumbent that were recorded.
    best : float
        The incumbent's score.
    chance : float
        Of an improvement at least.
    gain, gain_low, gain_high : float
        The median gain, larger being better, and its interval.
    score, score_low, score_high : float
        The score this comes to, as the user's scorer counts it.
    at, median, low, high : ndarray, shape (n,)
        The scores to be expected after so many trials or seconds, counted from the beginning.
    method : str
        How it was worked out, in words.
    """

    clock: str
    amount: float
    spent: float
    level: float
    n_improvements: int
    best: float
    chance: float
    gain: float
    gain_low: float
    gain_high: float
    score: float
    score_low: float
    score_high: float
    at: Array = field(repr=False)
    median: Array = field(repr=False)
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    method: str = field(repr=False)

    @property
    def is_far(self) -> bool:
        """Whether more is asked of the record than it holds: then take it for a guess."""
        return self.amount > self.spent

    def __str__(self) -> str:
        unit = "trials" if self.clock == "trials" else "seconds"
        return (
            f"{self.amount:g} more {unit}: with a chance of {self.chance:.0%} an improvement; "
            f"gain {self.gain:.3g} ({self.level:.0%} interval {self.gain_low:.3g} to "
            f"{self.gain_high:.3g}), to {self.score:.5g}"
        )


def forecast(
    study: Study,
    *,
    seconds: float | None = None,
    trials: int | None = None,
    clock: str = "elapsed",
    limit: float | None = None,
    level: float = 0.8,
    n_draws: int = 4000,
    seed: int = 0,
) -> Forecast:
    r"""Return what a further hour, or so many more trials, would probably bring.

    Improvements on the incumbent are taken for a Poisson process that thins out by a power law,

    .. math:: E[N(t)] = \lambda t^{\beta}, \qquad
              \beta \mid t_1, \dots, t_n \sim
              \operatorname{Gamma}\left(n + a,\ b + \sum_i \log\frac{T}{t_i}\right),

    and their gains to shrink geometrically, up to chance:

    .. math:: \log g_k = \alpha + \gamma k + \varepsilon_k, \qquad
              \varepsilon_k \sim N(0, \sigma^2).

    Where there is a best score *L* that there can be, the gains are those of :math:`-\log(L - s)`:
    what shrinks is the distance from it. Both are drawn from what the record makes probable, with
    *a* = 2 and *b* = 4 (thinning out, as searches do) and :math:`\gamma \sim N(-0.35, 0.35^2)`
    before any data, and improvements are drawn from them for the time to come.

    Parameters
    ----------
    study : Study
        The study.
    seconds : float, optional
        How long to go on; an hour if neither this nor ``trials`` is given.
    trials : int, optional
        How many more trials, instead.
    clock : {"elapsed", "busy"}
        Which seconds: those that passed while somebody was searching, or those of fitting and
        scoring.
    limit : float, optional
        The best score there can be, as the user's scorer counts it. Of scikit-learn's metrics it is
        known; of another there is none if it is left out.
    level : float
        Of the intervals.
    n_draws : int
        Futures drawn.
    seed : int
        Of the draws.

    Returns
    -------
    Forecast
        With intervals of the gain and of the score.

    Raises
    ------
    StudyError
        If the incumbent was improved on fewer than twice, or an argument makes no sense.

    Notes
    -----
    It knows nothing of the objective, nor that the strategy is about to try something else. Scores
    are taken as measured; a part of late gains is luck.

    References
    ----------
    Crow (1974), "Reliability analysis for complex, repairable systems", in Reliability and
    Biometry, SIAM, pp. 379-410, for the power law and its estimates; Duane (1964), "Learning curve
    approach to reliability monitoring", IEEE Transactions on Aerospace 2, pp. 563-566. That gains
    shrink geometrically is our own assumption, as are the priors.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=30, seed=1)
    >>> ahead = forecast(result.study, trials=30)
    >>> bool(0 <= ahead.gain_low <= ahead.gain <= ahead.gain_high)
    True
    """
    check_level(level)
    if trials is not None and seconds is not None:
        raise StudyError("trials and seconds are both given; give one of them")
    if trials is not None:
        clock, amount = "trials", float(trials)
    else:
        amount = 3600.0 if seconds is None else float(seconds)
        if clock not in ("elapsed", "busy"):
            raise StudyError(f"clock = {clock!r} must be 'elapsed' or 'busy'")
    if not 0 < amount < math.inf:
        raise StudyError(
            f"{'trials' if trials is not None else 'seconds'} = {amount!r} must be > 0"
        )
    path = trajectory(study)
    end = _limit_of(path) if limit is None else limit
    return _carried_forward(path, clock, amount, end, level, n_draws, seed)


def _limit_of(path: Trajectory) -> float:
    """Return the best score there can be, infinity where it is not known."""
    if path.metric.startswith("neg_") or (path.sign < 0 and path.metric in _ERRORS):
        return 0.0
    if path.sign > 0 and _AVERAGED.sub("", path.metric) in _SHARES:
        return 1.0
    return path.sign * math.inf


def _carried_forward(
    path: Trajectory,
    clock: str,
    amount: float,
    limit: float,
    level: float,
    n_draws: int,
    seed: int,
) -> Forecast:
    when, records, spent = _improvements(path, clock)
    n = len(when)
    if n < _FEWEST or not spent > 0:
        raise StudyError(
            f"the incumbent was improved on {n} times; at least {_FEWEST} improvements are needed "
            "to tell how they will go on. Let the search run on"
        )
    best, sign = float(path.best[-1]), path.sign
    end = sign * limit
    if not records[-1] < end:
        raise StudyError(f"{sign * records[-1]:g} is as good as {path.metric} can be: {limit:g}")
    # Towards an end it is the distance from it that shrinks by factors.
    gains = np.diff(records if math.isinf(end) else -np.log(end - records))
    rng = Key(seed).child("forecast").generator()
    ends = np.linspace(0.0, amount, _POINTS + 1)[1:]
    thinning = np.sum(np.log(spent / np.maximum(when, spent * 1e-9)))
    exponent = rng.gamma(n + _EXPONENT[0], 1.0 / (_EXPONENT[1] + thinning), n_draws)
    rate = rng.gamma(n + 0.5, 1.0, n_draws)
    mean = rate[:, None] * np.expm1(exponent[:, None] * np.log1p(ends[None, :] / spent))
    steps = np.diff(mean, axis=1, prepend=0.0)
    counts = np.minimum(rng.poisson(np.minimum(steps, 1e6)).cumsum(axis=1), _MOST_NEW)
    gained = np.concatenate(
        [np.zeros((n_draws, 1)), _future_gains(gains, int(counts.max()), n_draws, rng)], axis=1
    ).cumsum(axis=1)
    ahead = np.take_along_axis(gained, counts, axis=1)
    if not math.isinf(end):
        ahead = -(end - records[-1]) * np.expm1(-ahead)
    low, high = percentile_interval(ahead, level)
    median = np.median(ahead, axis=0)
    # A gain at its upper end is a score at its lower end where smaller scores are better.
    bounds = (low, high) if sign > 0 else (high, low)
    return Forecast(
        clock=clock,
        amount=amount,
        spent=spent,
        level=level,
        n_improvements=n,
        best=best,
        chance=float(np.mean(counts[:, -1] > 0)),
        gain=float(median[-1]),
        gain_low=float(low[-1]),
        gain_high=float(high[-1]),
        score=best + sign * float(median[-1]),
        score_low=best + sign * float(bounds[0][-1]),
        score_high=best + sign * float(bounds[1][-1]),
        at=spent + ends,
        median=best + sign * median,
        low=best + sign * bounds[0],
        high=best + sign * bounds[1],
        method=(
            f"{n} improvements taken for a Poisson process that thins out by a power law (Crow, "
            "1974), with gains that shrink geometrically"
        ),
    )


def _improvements(path: Trajectory, clock: str) -> tuple[Array, Array, float]:
    """Return when the best score was bettered, these scores with the first, and the time spent."""
    own = path.origins != "prior"
    clocks = {
        "trials": np.cumsum(own).astype(np.float64),
        "elapsed": path.elapsed,
        "busy": path.busy,
    }
    when = clocks[clock]
    if len(path) == 0:
        return np.zeros(0), np.zeros(0), 0.0
    score = path.sign * path.best
    known = np.isfinite(score) & own
    when, score = when[known], score[known]
    if len(score) == 0:
        return np.zeros(0), np.zeros(0), 0.0
    record = np.maximum.accumulate(score)
    up = np.flatnonzero(np.diff(record) > 0) + 1
    return when[up], record[np.concatenate([[0], up])], float(when[-1])


def _future_gains(gains: Array, most: int, n_draws: int, rng: np.random.Generator) -> Array:
    """Draw the next gains, shape (n_draws, most), from the line that the latest ones lie on."""
    y = np.log(gains[-_LATEST:])
    m = len(y)
    k = np.arange(m, dtype=np.float64)
    # A normal-inverse-gamma posterior; the level is held for nearly unknown.
    X = np.column_stack([np.ones(m), k])
    shape, scale = _SPREAD
    unit = scale / shape
    prior = np.diag([1e-4, unit / _SLOPE_SD**2])
    start = np.array([y.mean(), _SLOPE])
    precision = prior + X.T @ X
    middle = np.linalg.solve(precision, prior @ start + X.T @ y)
    rest = float(y @ y + start @ prior @ start - middle @ precision @ middle)
    variance = (scale + max(rest, 0.0) / 2) / rng.gamma(shape + m / 2, 1.0, n_draws)
    root = np.linalg.cholesky(np.linalg.inv(precision))
    line = middle + np.sqrt(variance)[:, None] * (rng.standard_normal((n_draws, 2)) @ root.T)
    ahead = m + np.arange(most)
    # Gains that grew for ever would be no search.
    slope = np.minimum(line[:, 1], 0.0)
    level = line[:, 0] + line[:, 1] * (m - 1)
    mean = level[:, None] + slope[:, None] * (ahead - (m - 1))[None, :]
    noise = np.sqrt(variance)[:, None] * rng.standard_normal((n_draws, most))
    return np.exp(np.clip(mean + noise, -700.0, 700.0))
