"""Fantasies: a study as it would be if trials that still run had come out as imagined."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np

from autotune.study import Evaluated, Measurement, Rejected, Study, apply

__all__ = ["PENDING_VALUES", "PendingValue", "with_fantasies"]

PendingValue: TypeAlias = Literal["mean", "best", "worst", "anticipated", "unknown"]

PENDING_VALUES: tuple[PendingValue, ...] = get_args(PendingValue)


def with_fantasies(study: Study, pending_value: PendingValue) -> Study:
    """Return the study with every pending trial evaluated as imagined, and rejected.

    So anticipators learn that something is under way there: the candidates next to a pending trial
    are less uncertain, and no longer the most promising only because nobody has looked yet. The
    incumbent stays what it is.

    A trial whose first folds are in counts with those. Until some trial has a score nothing can
    be imagined, and nothing is.

    Parameters
    ----------
    study : Study
        The state.
    pending_value : {"mean", "best", "worst", "anticipated", "unknown"}
        What a pending trial scores: the mean, best or worst score so far (a constant liar), what
        was anticipated when it was proposed (a believer; the mean where nothing was), or nothing.

    Returns
    -------
    Study
        The same object if nothing is pending, or nothing imagined.

    Examples
    --------
    >>> from autotune.study import EMPTY
    >>> with_fantasies(EMPTY, "mean") is EMPTY
    True

    References
    ----------
    Ginsbourger, Le Riche and Carraro (2010), "Kriging is well-suited to parallelize optimization",
    in "Computational intelligence in expensive optimization problems", pp. 131-162.
    """
    if pending_value == "unknown" or not study.pending:
        return study
    outcomes = study.outcomes()
    scores = outcomes.value[outcomes.usable]
    if len(scores) == 0:
        return study
    times = outcomes.fit_seconds[outcomes.usable]
    times = times[np.isfinite(times)]
    constant = {"best": np.max, "worst": np.min}.get(pending_value, np.mean)
    score = study.sign * float(constant(scores))
    seconds = float(np.mean(times)) if len(times) > 0 else 0.0
    ahead = study
    for trial, partial in sorted(study.pending.items()):
        if partial.failed:
            continue
        if not partial.folds:
            expected = study.anticipated(trial) if pending_value == "anticipated" else None
            told = score, seconds
            if expected is not None and np.isfinite([expected.score, expected.seconds]).all():
                told = expected.score, max(expected.seconds, 0.0)
            ahead = apply(
                ahead, Evaluated(0, trial, Measurement((0,), (told[0],), (told[1],), (0.0,)))
            )
        ahead = apply(ahead, Rejected(0, trial, None, None, "no gain"))
    return ahead
