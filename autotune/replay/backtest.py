"""How well an anticipator would have predicted what a log records, one step ahead."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import numpy as np
import scipy  # its parts are loaded when they are used
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import StudyError
from autotune.replay.reading import LogLike, reading
from autotune.strategy import AnticipateQuery, Anticipator, Estimate
from autotune.strategy.blas import one_thread
from autotune.strategy.candidates import columns_of, encoded_row
from autotune.strategy.strategy import trial_key
from autotune.study import EMPTY, Event, Proposed, Study, apply

__all__ = ["Backtest", "backtest"]

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.95)


@frozen(eq=False)
class Backtest:
    """One-step-ahead predictions beside what came.

    Parameters
    ----------
    target : {"score", "seconds"}
        What was predicted.
    trials : ndarray of int, shape (n,)
        The trials of which something was predicted, and that have an outcome.
    mean, sd : ndarray, shape (n,)
        What was predicted of each from the events before it: scores as the user's scorer counts
        them, or seconds.
    actual : ndarray, shape (n,)
        What came.
    before : ndarray, shape (n,)
        The mean of all that had come until then, which a prediction should better.
    n_silent : int
        Trials with an outcome of which nothing was predicted.
    """

    target: str
    trials: NDArray[np.int64]
    mean: Array = field(repr=False)
    sd: Array = field(repr=False)
    actual: Array = field(repr=False)
    before: Array = field(repr=False)
    n_silent: int

    @property
    def error(self) -> Array:
        """Predicted less actual, shape (n,)."""
        return self.mean - self.actual

    @property
    def rmse(self) -> float:
        """Root of the mean squared error; NaN without predictions."""
        return _mean_root(self.error)

    @property
    def mae(self) -> float:
        """Mean absolute error."""
        return float(np.mean(np.abs(self.error))) if len(self.error) > 0 else math.nan

    @property
    def skill(self) -> float:
        """1 less the ratio of squared errors to those of the mean until then; 0 is no better."""
        plain = _mean_root(self.before - self.actual)
        return 1.0 - (self.rmse / plain) ** 2 if plain > 0 else math.nan

    @property
    def rank_correlation(self) -> float:
        """Spearman's; NaN where either does not vary."""
        if len(self.actual) < 2 or np.ptp(self.mean) == 0 or np.ptp(self.actual) == 0:
            return math.nan
        return float(scipy.stats.spearmanr(self.mean, self.actual).statistic)

    @property
    def coverage(self) -> dict[float, float]:
        """The share of outcomes inside central intervals, by the intervals' own claim."""
        known = self.sd > 0
        z = np.abs(self.error[known]) / self.sd[known]
        return {
            level: float(np.mean(z <= scipy.stats.norm.ppf(0.5 + level / 2)))
            if len(z) > 0
            else math.nan
            for level in LEVELS
        }

    @property
    def negative_log_density(self) -> float:
        """The mean of -log of the normal density at what came; NaN without standard deviations."""
        known = self.sd > 0
        if not known.any():
            return math.nan
        return -float(
            np.mean(scipy.stats.norm.logpdf(self.actual[known], self.mean[known], self.sd[known]))
        )

    def as_dict(self) -> dict[str, float | int | str]:
        """Return the figures as plain data."""
        return {
            "target": self.target,
            "n": len(self.trials),
            "silent": self.n_silent,
            "rmse": self.rmse,
            "mae": self.mae,
            "skill": self.skill,
            "rank_correlation": self.rank_correlation,
            **{f"coverage_{level:g}": share for level, share in self.coverage.items()},
            "negative_log_density": self.negative_log_density,
        }

    def __str__(self) -> str:
        inside = ", ".join(
            f"{100 * share:.0f} % in {level:.0%}" for level, share in self.coverage.items()
        )
        return (
            f"{len(self.trials)} {self.target}s predicted: rmse {self.rmse:.4g}, skill "
            f"{self.skill:.2f}, rank correlation {self.rank_correlation:.2f}; {inside}"
        )


def backtest(
    log: LogLike | Iterable[Event],
    anticipator: Anticipator,
    *,
    target: Literal["score", "seconds"] = "score",
) -> Backtest:
    """Predict each trial of a log from the events before its proposal, by any anticipator.

    No model is fitted anew: anticipators can be ranked on logs that are there already. Failed
    trials have no outcome and are left out; so are earlier results that were taken over.

    Parameters
    ----------
    log : path, Log or iterable of Event
        The log.
    anticipator : Anticipator
        The anticipator to be tested.
    target : {"score", "seconds"}
        What of.

    Returns
    -------
    Backtest
        Predictions and outcomes, with error, rank correlation and calibration.

    Raises
    ------
    StudyError
        If the target is neither.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune_strategies import GaussianProcess, Ridge, recipes
    >>> walk = recipes.random_walk()
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=30, strategy=walk)
    >>> gaussian, ridge = (backtest(found.log, a) for a in (GaussianProcess(), Ridge()))
    >>> gaussian.rmse < ridge.rmse
    True
    """
    if target not in ("score", "seconds"):
        raise StudyError(f"target = {target!r} must be 'score' or 'seconds'")
    if isinstance(log, Iterable) and not isinstance(log, str):
        return _predicted(log, anticipator, target)
    with reading(log) as opened:
        return _predicted(opened.events(), anticipator, target)


@one_thread()
def _predicted(events: Iterable[Event], anticipator: Anticipator, target: str) -> Backtest:
    study, state = EMPTY, anticipator.init()
    told: dict[int, tuple[float, float]] = {}
    for event in events:
        if isinstance(event, Proposed) and event.origin != "prior":
            estimate = _ahead(anticipator, state, study, event, target)
            if estimate is not None:
                told[event.trial] = (float(estimate.mean[0]), float(estimate.sd[0]))
        study = apply(study, event)
        state = anticipator.update(state, study, event)
    return _compared(study, told, target)


def _ahead(
    anticipator: Anticipator, state: object, study: Study, event: Proposed, target: str
) -> Estimate | None:
    space = study.known_space
    row = encoded_row(space, event.configuration)
    parent = event.parent
    if parent is None:
        parent = study.incumbent if study.incumbent is not None else 1
    if study.n_trials == 0:
        return None
    found: Estimate | None = anticipator.read(
        state,
        AnticipateQuery(
            study,
            trial_key(study, event.trial).child(target),
            target,
            columns_of(space, [row]),
            np.array([parent], dtype=np.int64),
        ),
    )
    return found


def _compared(study: Study, told: dict[int, tuple[float, float]], target: str) -> Backtest:
    outcomes = study.outcomes()
    values = outcomes.score if target == "score" else outcomes.fit_seconds
    origins = [study.origin(trial) for trial in range(1, study.n_trials + 1)]
    usable = [i for i in range(study.n_trials) if outcomes.usable[i] and math.isfinite(values[i])]
    trials, mean, sd, before = [], [], [], []
    silent = n_known = 0
    total = 0.0
    for i in usable:
        until = total / n_known if n_known > 0 else math.nan
        total, n_known = total + float(values[i]), n_known + 1
        if origins[i] == "prior":
            continue
        if i + 1 not in told:
            silent += 1
            continue
        m, s = told[i + 1]
        trials.append(i + 1)
        mean.append(study.sign * m if target == "score" else m)
        sd.append(s)
        before.append(until)
    return Backtest(
        target=target,
        trials=np.array(trials, dtype=np.int64),
        mean=np.array(mean),
        sd=np.array(sd),
        actual=np.array([values[t - 1] for t in trials]),
        before=np.array(before),
        n_silent=silent,
    )


def _mean_root(error: Array) -> float:
    return float(np.sqrt(np.mean(error**2))) if len(error) > 0 else math.nan
