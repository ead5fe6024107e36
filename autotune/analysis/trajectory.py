"""How a search got on: the incumbent over the trials, and over seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.columns import Columns
from autotune.study import Study
from autotune.study.events import ORIGINS, REASONS
from autotune.study.rows import trial_columns

__all__ = ["Trajectory", "pauses", "trajectory", "trial_seconds", "without_pauses"]

Array = NDArray[np.float64]

# A stretch without any event is a pause if it is longer than this many seconds, and longer than
# this many times the longest trial: nobody was searching then.
_LEAST_PAUSE = 60.0
_TRIALS = 3.0


@frozen(eq=False)
class Trajectory(Columns):
    """Judged trials in the order of their verdicts, with how the search stood after each.

    Parameters
    ----------
    metric, direction : str
        What scores are called, and whether larger or smaller ones are better.
    trials : ndarray of int64, shape (n,)
        The trials. Earlier results that were taken over are among them.
    origins : ndarray of str
        How each came about.
    scores : ndarray
        Their scores, as the user's scorer counts them; NaN if they failed.
    score_sds : ndarray
        Standard deviations over their folds.
    fit_seconds : ndarray
        Their mean fit time of a fold.
    accepted, failed : ndarray of bool
        What became of them.
    reasons : ndarray of str
        Why they were rejected; empty for accepted ones.
    incumbents : ndarray of int64
        The incumbent after each; 0 for none yet.
    best : ndarray
        Its score; NaN for none yet.
    elapsed : ndarray
        Seconds since the study began, without pauses between sessions.
    busy : ndarray
        Seconds of fitting and scoring so far, over all trials and folds.
    """

    metric: str
    direction: str
    trials: NDArray[np.int64] = field(repr=False)
    origins: NDArray[Any] = field(repr=False)
    scores: Array = field(repr=False)
    score_sds: Array = field(repr=False)
    fit_seconds: Array = field(repr=False)
    accepted: NDArray[np.bool_] = field(repr=False)
    failed: NDArray[np.bool_] = field(repr=False)
    reasons: NDArray[Any] = field(repr=False)
    incumbents: NDArray[np.int64] = field(repr=False)
    best: Array = field(repr=False)
    elapsed: Array = field(repr=False)
    busy: Array = field(repr=False)

    def __len__(self) -> int:
        return len(self.trials)

    @property
    def sign(self) -> float:
        """+1 if larger scores are better, else -1."""
        return 1.0 if self.direction == "maximize" else -1.0

    def best_after(self, amounts: Array, *, clock: str = "trials") -> Array:
        """Return the incumbent's score after so many trials or seconds; NaN before the first.

        Parameters
        ----------
        amounts : ndarray
            Numbers of judged trials, or seconds.
        clock : {"trials", "elapsed", "busy"}
            Which.
        """
        when = {
            "trials": np.arange(1.0, len(self) + 1),
            "elapsed": self.elapsed,
            "busy": self.busy,
        }[clock]
        place = np.searchsorted(when, np.asarray(amounts, dtype=np.float64), side="right") - 1
        if len(self) == 0:
            return np.full(np.shape(amounts), np.nan)
        return np.asarray(np.where(place >= 0, self.best[np.maximum(place, 0)], np.nan))


def trajectory(study: Study) -> Trajectory:
    """Return how a search got on.

    Parameters
    ----------
    study : Study
        The study; it may be empty.

    Returns
    -------
    Trajectory
        In the order of the verdicts.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=30, seed=1)
    >>> path = trajectory(result.study)
    >>> len(path), float(path.best[0]), bool(path.best[-1] > -0.1)
    (30, -4.0, True)
    """
    begun = study.started
    if begun is None:
        return _nothing()
    columns = trial_columns(study)
    trials = np.asarray(study.verdicts["trial"], dtype=np.int64)
    rows = trials - 1
    origins = np.array(ORIGINS, dtype=object)[columns.origin[rows]]
    # Earlier results cost this study nothing.
    busy = np.where(origins == "prior", 0.0, trial_seconds(study)[rows])
    return Trajectory(
        metric=begun.metric,
        direction=begun.direction,
        trials=trials,
        origins=origins,
        scores=columns.score[rows],
        score_sds=columns.score_sd[rows],
        fit_seconds=columns.fit_seconds[rows],
        accepted=np.asarray(study.verdicts["accepted"], dtype=np.bool_),
        failed=columns.failed[rows],
        reasons=np.array([*REASONS, ""], dtype=object)[columns.reason[rows]],
        incumbents=columns.incumbent[rows],
        best=columns.incumbent_score[rows],
        elapsed=_elapsed(study),
        busy=np.cumsum(busy),
    )


def _nothing() -> Trajectory:
    whole, flags, numbers = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_), np.zeros(0)
    words = np.zeros(0, dtype=object)
    return Trajectory(
        "score", "maximize", whole, words, numbers, numbers, numbers, flags, flags, words, whole,
        numbers, numbers, numbers,
    )  # fmt: skip


def pauses(study: Study) -> Array:
    """Return when nobody was searching, as rows of begin and end in seconds since it began.

    A pause is a stretch without any proposal or verdict that is longer than a minute, and longer
    than three times the longest trial took.
    """
    if study.started is None:
        return np.zeros((0, 2))
    longest = float(trial_seconds(study).max(initial=0.0))
    times = np.concatenate(
        [[study.started.at], study.proposals["at"], study.verdicts["at"]]
    ).astype(np.float64)
    when = np.unique((times - study.started.at) / 1e6)
    gap = np.diff(when)
    wide = np.flatnonzero(gap > max(_LEAST_PAUSE, _TRIALS * longest))
    return np.column_stack([when[wide], when[wide + 1]])


def trial_seconds(study: Study) -> Array:
    """Return the seconds of fitting and scoring that each trial took, over all its folds."""
    seconds = np.zeros(study.n_trials)
    folds = study.folds
    spent = np.nan_to_num(folds["fit_seconds"]) + np.nan_to_num(folds["score_seconds"])
    np.add.at(seconds, folds["trial"] - 1, spent)
    return seconds


def without_pauses(when: Array, gaps: Array) -> Array:
    """Return moments with the pauses before them taken out."""
    if len(gaps) == 0:
        return when
    before = np.clip(when[:, None] - gaps[None, :, 0], 0.0, gaps[None, :, 1] - gaps[None, :, 0])
    return np.asarray(when - before.sum(axis=1))


def _elapsed(study: Study) -> Array:
    if study.started is None:
        return np.zeros(0)
    when = without_pauses((study.verdicts["at"] - study.started.at) / 1e6, pauses(study))
    # A clock that was set back doesn't make a search younger.
    return np.asarray(np.maximum.accumulate(np.maximum(when, 0.0)))
