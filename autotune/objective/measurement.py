"""Measurement: what evaluating some folds gave, and how whatever was returned becomes one."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.errors import EvaluationError
from autotune.study import Failure

__all__ = ["Measurement", "failed", "joined", "measured", "raised"]


@frozen
class Measurement:
    """What evaluating some folds gave.

    Parameters
    ----------
    folds : tuple of int
        The folds that were run.
    scores, fit_seconds, score_seconds : tuple of float
        For each fold.
    metrics : mapping of str to tuple of float
        Other measures, for each fold.
    failure : Failure, optional
        Why there is no usable score.
    error : BaseException, optional
        The exception behind the failure; it goes into no log.

    Examples
    --------
    >>> measured = Measurement((0, 1), (0.9, 0.8), fit_seconds=(0.1, 0.1), score_seconds=(0.0, 0.0))
    >>> measured.checked().failure is None
    True
    """

    folds: tuple[int, ...]
    scores: tuple[float, ...]
    fit_seconds: tuple[float, ...]
    score_seconds: tuple[float, ...]
    metrics: Mapping[str, tuple[float, ...]] = field(factory=dict)
    failure: Failure | None = None
    error: BaseException | None = field(default=None, eq=False, repr=False)

    def checked(self, asked: tuple[int, ...] | None = None) -> Measurement:
        """Return the measurement, as a failure if any score is not finite.

        Parameters
        ----------
        asked : tuple of int, optional
            The folds that were to be run.

        Raises
        ------
        EvaluationError
            If it speaks of other folds, or lengths or kinds of numbers don't fit.
        """
        n = len(self.folds)
        columns = {
            "scores": self.scores,
            "fit_seconds": self.fit_seconds,
            "score_seconds": self.score_seconds,
            **self.metrics,
        }
        for name, column in columns.items():
            if len(column) != n:
                raise EvaluationError(
                    f"the measurement has {len(column)} {name} for {n} folds; give one for each"
                )
            for value in column:
                number = real(name, value)
                if name.endswith("_seconds") and not (math.isfinite(number) and number >= 0):
                    raise EvaluationError(f"{name} = {value!r} must be finite and >= 0")
        if len(set(self.folds)) < n or (n == 0 and self.failure is None):
            raise EvaluationError(f"the measurement's folds {self.folds} must be some, each once")
        if asked is not None and not set(self.folds) <= set(asked):
            raise EvaluationError(
                f"the measurement is of folds {self.folds}; folds {asked} were asked for"
            )
        if self.failure is not None:
            return self
        for fold, score in zip(self.folds, self.scores, strict=True):
            if not math.isfinite(score):
                message = f"the score of fold {fold} is {score}; a finite number is needed"
                return Measurement(
                    self.folds,
                    self.scores,
                    self.fit_seconds,
                    self.score_seconds,
                    self.metrics,
                    Failure("not finite", message),
                )
        return self


def joined(parts: Sequence[Measurement]) -> Measurement:
    """Return the measurements of different folds of one trial as one.

    It has failed if one of them has; the first failure is told. A measure that only some folds
    have is NaN for the others.

    Examples
    --------
    >>> one = Measurement((0,), (0.5,), (1.0,), (0.1,))
    >>> joined([one, Measurement((1,), (0.7,), (2.0,), (0.1,))]).scores
    (0.5, 0.7)
    """
    if len(parts) == 1:
        return parts[0]
    names = dict.fromkeys(name for part in parts for name in part.metrics)
    bad = next((part for part in parts if part.failure is not None), None)
    return Measurement(
        folds=_all(parts, "folds"),
        scores=_all(parts, "scores"),
        fit_seconds=_all(parts, "fit_seconds"),
        score_seconds=_all(parts, "score_seconds"),
        metrics={
            name: tuple(
                value
                for part in parts
                for value in part.metrics.get(name, (math.nan,) * len(part.folds))
            )
            for name in names
        },
        failure=None if bad is None else bad.failure,
        error=None if bad is None else raised(bad),
    )


def raised(measurement: Measurement) -> BaseException | None:
    """Return the exception behind a failure, or one with its words where it stayed in a worker."""
    if measurement.error is not None or measurement.failure is None:
        return measurement.error
    return EvaluationError(f"{measurement.failure.kind}: {measurement.failure.message}")


def _all(parts: Sequence[Measurement], name: str) -> tuple[Any, ...]:
    return tuple(value for part in parts for value in getattr(part, name))


def failed(error: BaseException, folds: tuple[int, ...], seconds: float) -> Measurement:
    """Return the measurement of a trial that raised."""
    return Measurement(
        folds=folds[:1],
        scores=(math.nan,) * len(folds[:1]),
        fit_seconds=(seconds,) * len(folds[:1]),
        score_seconds=(0.0,) * len(folds[:1]),
        failure=Failure(type(error).__name__, str(error)),
        error=error,
    )


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
        If the result is none of these.

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


def real(what: str, value: Any) -> float:
    """Return a real number, of Python or of whatever has numbers without a dimension, as a float.

    Raises
    ------
    EvaluationError
        If it is none.
    """
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        hint = "; is a return statement missing?" if value is None else ""
        raise EvaluationError(
            f"the objective's {what} = {value!r} is of type {type(value).__name__}{hint}; "
            "return a float, a tuple (score, seconds), a list of one score for each fold, or a "
            "dict of metrics"
        )
    try:
        return float(value)
    except OverflowError:
        return math.inf
