"""How whatever an objective returned, or raised, becomes a measurement."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autotune.errors import EvaluationError
from autotune.study import Failure, Measurement
from autotune.study.measurement import real

__all__ = ["TimeLimitError", "failed", "measured"]


class TimeLimitError(TimeoutError):
    """An evaluation took longer than it may and was ended.

    Parameters
    ----------
    words : str
        What is told of it.
    limit : float, optional
        The seconds after which it was ended.
    """

    def __init__(self, words: str, limit: float | None = None) -> None:
        super().__init__(words)
        self.limit = limit


def failed(error: BaseException, folds: tuple[int, ...], seconds: float) -> Measurement:
    """Return the measurement of a trial that raised.

    Parameters
    ----------
    error : BaseException
        What was raised.
    folds : tuple of int
        The folds that were to be run; the failure counts for the first. Empty if
        none of them ever ran: there are no seconds then, rather than 0.
    seconds : float
        How long it took until then.
    """
    return Measurement(
        folds=folds[:1],
        scores=(math.nan,) * len(folds[:1]),
        fit_seconds=(seconds,) * len(folds[:1]),
        score_seconds=(0.0,) * len(folds[:1]),
        failure=_failure(error),
        error=error,
    )


def _failure(error: BaseException) -> Failure:
    if isinstance(error, TimeLimitError):
        return Failure(TimeoutError.__name__, str(error), error.limit)
    return Failure(type(error).__name__, str(error))


def measured(
    result: Any,
    folds: tuple[int, ...],
    seconds: float,
    *,
    metric: str = "score",
    every: bool = False,
) -> Measurement:
    """Make a measurement of what a function returned.

    Parameters
    ----------
    result : float, list, tuple, dict or Measurement
        A score, or a list or array of one for each fold; a tuple of these and their seconds (a
        number for all folds together, or one for each); a dict of metrics, of which ``metric`` or
        else ``"score"`` is the score, ``"seconds"`` are the seconds, and all others, also those in
        a dict ``"metrics"``, are recorded beside it; or everything.
    folds : tuple of int
        The folds it stands for; a single score stands for the first.
    seconds : float
        What the call took, for results that don't say.
    metric : str
        The name of the score among several metrics.
    every : bool
        Whether a score is needed for every fold.

    Raises
    ------
    EvaluationError
        If the result is not one of these.

    Examples
    --------
    >>> measured({"accuracy": 0.9, "loss": 0.3}, (0,), 1.5, metric="accuracy").metrics
    {'loss': (0.3,)}
    >>> measured([0.8, 0.9], (0, 1), 3.0).fit_seconds
    (1.5, 1.5)
    """
    if isinstance(result, Measurement):
        return result.checked()
    took: Any = seconds
    others: Mapping[str, Any] = {}
    if isinstance(result, tuple):
        if len(result) != 2:
            raise EvaluationError(
                f"the objective returned a tuple of {len(result)} values; a tuple is (score, "
                "seconds), and scores of several folds are a list"
            )
        result, took = result
    elif isinstance(result, Mapping):
        result, took, others = _named(result, seconds, metric)
    scores = _column("score", result)
    n = len(scores) if every or len(scores) > 1 else 1
    if n != (len(folds) if every or n > 1 else 1):
        raise EvaluationError(
            f"the objective returned {len(scores)} score{'s' * (len(scores) != 1)} for "
            f"{len(folds)} fold{'s' * (len(folds) != 1)}; return one for each, and tell how many "
            "there are by n_folds"
        )
    each = _column("seconds", took)
    if len(each) == 1 and not isinstance(took, list):
        each = (each[0] / n,) * n
    for second in each:
        if not (math.isfinite(second) and second >= 0):
            raise EvaluationError(f"the objective's seconds = {second!r} must be finite and >= 0")
    columns = {"seconds": each}
    metrics = {str(name): _column(str(name), value) for name, value in others.items()}
    for name, column in {**columns, **metrics}.items():
        if len(column) != n:
            raise EvaluationError(
                f"the objective returned {len(column)} {name} for {n} folds; return one for each"
            )
    return Measurement(folds[:n], scores, each, (0.0,) * n, metrics).checked()


def _named(
    result: Mapping[str, Any], seconds: float, metric: str
) -> tuple[Any, Any, dict[str, Any]]:
    """Tell a dict's score, seconds and other metrics apart."""
    named = dict(result)
    main = metric if metric in named else "score"
    if main not in named:
        raise EvaluationError(
            f"the objective returned the metrics {', '.join(map(repr, named)) or 'of no name'}, "
            f"none of which is {metric!r}; name the one that counts by metric="
        )
    score = named.pop(main)
    took = named.pop("seconds", seconds)
    more = named.pop("metrics", {})
    if not isinstance(more, Mapping):
        raise EvaluationError(f"the objective's metrics = {more!r} must be a dict")
    return score, took, {**named, **more}


def _column(what: str, value: Any) -> tuple[float, ...]:
    """Return a number, or each of several."""
    if isinstance(value, list | np.ndarray) and np.ndim(value) == 1:
        several: Iterable[Any] = value
        return tuple(real(what, item) for item in several)
    return (real(what, value),)
