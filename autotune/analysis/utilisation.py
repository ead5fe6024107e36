"""How well the workers of a study were used, from when trials were proposed and judged."""

from __future__ import annotations

import heapq

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.columns import Columns
from autotune.analysis.trajectory import pauses, trial_seconds, without_pauses
from autotune.study import Study
from autotune.study.events import ORIGINS

__all__ = ["Utilisation", "utilisation"]

Array = NDArray[np.float64]

_PRIOR = ORIGINS.index("prior")


@frozen(eq=False)
class Utilisation(Columns):
    """When trials ran beside each other.

    Parameters
    ----------
    n_workers : int
        The most trials that ran at once.
    span : float
        Seconds from the beginning of the study to its last verdict, without pauses.
    share : float
        The share of the workers' time in which they had a trial; NaN without a span.
    fitting : float
        Seconds of fitting and scoring for each second of the span: more than 1 only where trials or
        folds ran beside each other.
    idle : float
        Seconds in which no trial ran: what deciding and the program around it took.
    n_pauses : int
        Pauses that were taken out: stretches without any event, as between two sessions.
    trials : ndarray of int64, shape (n,)
        Judged trials in the order of their beginning, without earlier results taken over.
    begin, end : ndarray
        When each was proposed and judged, in seconds of the span.
    busy : ndarray
        Its seconds of fitting and scoring over all folds.
    workers : ndarray of int64
        Which worker had it, from 0, as trials can be laid side by side.
    """

    n_workers: int
    span: float
    share: float
    fitting: float
    idle: float
    n_pauses: int
    trials: NDArray[np.int64] = field(repr=False)
    begin: Array = field(repr=False)
    end: Array = field(repr=False)
    busy: Array = field(repr=False)
    workers: NDArray[np.int64] = field(repr=False)

    def running(self) -> tuple[Array, NDArray[np.int64]]:
        """Return moments and how many trials ran from each on."""
        if len(self.trials) == 0:
            return np.zeros(0), np.zeros(0, dtype=np.int64)
        moments = np.concatenate([self.begin, self.end])
        step = np.concatenate([np.ones(len(self.begin)), -np.ones(len(self.end))])
        order = np.lexsort((step, moments))
        when, last = np.unique(moments[order][::-1], return_index=True)
        count = np.cumsum(step[order])[::-1][last]
        return when, count.astype(np.int64)


def utilisation(study: Study) -> Utilisation:
    """Return how well workers were used.

    Parameters
    ----------
    study : Study
        The study; it may be empty.

    Returns
    -------
    Utilisation
        From the recorded times; a trial runs from its proposal to its verdict.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=10, seed=1)
    >>> used = utilisation(result.study)
    >>> used.n_workers, bool(0 < used.share <= 1)
    (1, True)
    """
    if study.started is None or study.n_judged == 0:
        return _unused()
    begun = study.started.at
    gaps = pauses(study)
    verdicts = study.verdicts
    trials = np.asarray(verdicts["trial"], dtype=np.int64)
    own = study.proposals["origin"][trials - 1] != _PRIOR
    trials = trials[own]
    if len(trials) == 0:
        return _unused()
    begin = without_pauses((study.proposals["at"][trials - 1] - begun) / 1e6, gaps)
    end = without_pauses((verdicts["at"][own] - begun) / 1e6, gaps)
    end = np.maximum(end, begin)
    order = np.lexsort((trials, begin))
    trials, begin, end = trials[order], begin[order], end[order]
    busy = trial_seconds(study)[trials - 1]
    workers = _lanes(begin, end)
    n_workers = int(workers.max()) + 1
    span = float(end.max())
    running = float(np.sum(end - begin))
    return Utilisation(
        n_workers=n_workers,
        span=span,
        share=running / (n_workers * span) if span > 0 else float("nan"),
        fitting=float(busy.sum()) / span if span > 0 else float("nan"),
        idle=span - _covered(begin, end),
        n_pauses=len(gaps),
        trials=trials,
        begin=begin,
        end=end,
        busy=busy,
        workers=workers,
    )


def _unused() -> Utilisation:
    nothing, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    nan = float("nan")
    return Utilisation(0, 0.0, nan, nan, 0.0, 0, whole, nothing, nothing, nothing, whole)


def _lanes(begin: Array, end: Array) -> NDArray[np.int64]:
    """Lay intervals, sorted by their beginning, on as few lanes as there can be."""
    lanes = np.zeros(len(begin), dtype=np.int64)
    free: list[int] = []
    taken: list[tuple[float, int]] = []
    used = 0
    for i, (a, b) in enumerate(zip(begin.tolist(), end.tolist(), strict=True)):
        while taken and taken[0][0] <= a:
            heapq.heappush(free, heapq.heappop(taken)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane, used = used, used + 1
        lanes[i] = lane
        heapq.heappush(taken, (b, lane))
    return lanes


def _covered(begin: Array, end: Array) -> float:
    """Return the length of the union of intervals, sorted by their beginning."""
    reach = np.maximum.accumulate(end)
    before = np.concatenate([[0.0], reach[:-1]])
    return float(np.sum(np.maximum(reach - np.maximum(begin, before), 0.0)))
