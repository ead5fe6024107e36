"""Measurement: what evaluating some folds of a trial gave, and its summary, the outcome."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from autotune.errors import EvaluationError
from autotune.space.equality import Exactly

__all__ = [
    "NOTHING_MEASURED",
    "WORKER_DIED",
    "WORKER_LOST",
    "Failure",
    "Measurement",
    "Outcome",
    "joined",
    "loss",
    "raised",
    "real",
]

WORKER_LOST = "WorkerLost"
"""The kind of failure of an evaluation whose worker was lost, and which is made again."""

WORKER_DIED = "WorkerDied"
"""The kind of failure of a trial whose worker died, and which is not run again."""


@frozen
class Failure:
    """Why an evaluation gave no score.

    Parameters
    ----------
    kind : str
        The exception's type, or a word such as ``"not finite"``.
    message : str
        Its text.
    limit : float, optional
        The seconds after which it was ended, where it was for taking too long: it would have
        taken at least as many.

    Examples
    --------
    >>> Failure("TimeoutError", "the evaluation took too long", limit=20.0).limit
    20.0
    """

    kind: str
    message: str
    limit: float | None = None


@frozen
class Outcome:
    """The summary of one trial's evaluation so far.

    Parameters
    ----------
    n_folds : int
        Folds evaluated.
    score, score_sd : float
        Mean and (population) standard deviation over them, as the user's scorer gives them. NaN if
        it failed.
    value : float
        The score as decisions see it: larger is better.
    fit_seconds, score_seconds : float
        Mean seconds of a fold.
    failed : bool
        Whether it failed.
    """

    n_folds: int
    score: float = field(eq=Exactly)
    value: float = field(eq=Exactly)
    score_sd: float = field(eq=Exactly)
    fit_seconds: float = field(eq=Exactly)
    score_seconds: float = field(eq=Exactly)
    failed: bool


def _mean(values: tuple[float, ...]) -> float:
    if len(values) == 1:
        return float(values[0])
    if len(values) == 0:
        return math.nan
    total = 0.0
    for value in values:
        total += value
    return total / len(values)


@frozen
class Measurement:
    """The results of evaluating some folds.

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
        The exception behind the failure, or behind scores that all stand in for ones that failed;
        it goes into no log.
    lost : Failure, optional
        How the worker was lost that had begun to evaluate it before; the shell records that as an
        evaluation of its own.

    Examples
    --------
    >>> measured = Measurement((0, 1), (0.9, 0.8), fit_seconds=(0.1, 0.1), score_seconds=(0.0, 0.0))
    >>> measured.checked().failure is None
    True
    """

    folds: tuple[int, ...]
    scores: tuple[float, ...] = field(eq=Exactly)
    fit_seconds: tuple[float, ...] = field(eq=Exactly)
    score_seconds: tuple[float, ...] = field(eq=Exactly)
    metrics: Mapping[str, tuple[float, ...]] = field(factory=dict)
    failure: Failure | None = None
    error: BaseException | None = field(default=None, eq=False, repr=False)
    lost: Failure | None = field(default=None, eq=False, repr=False)

    @property
    def is_loss(self) -> bool:
        """Whether all it says is that a worker was lost: the trial is then as it was before."""
        return not self.folds and self.failure is not None and self.failure.kind == WORKER_LOST

    @property
    def failed(self) -> bool:
        """Whether there is no usable score."""
        return self.failure is not None

    def outcome(self, sign: float) -> Outcome:
        """Return the summary of its folds. Sums run in the order of the record.

        Parameters
        ----------
        sign : float
            +1 to maximise, -1 to minimise.
        """
        mean = _mean(self.scores)
        if self.failure is not None or not math.isfinite(mean):
            mean = sd = math.nan
        else:
            total = 0.0
            for score in self.scores:
                total += (score - mean) * (score - mean)
            sd = math.sqrt(total / len(self.scores))
        return Outcome(
            len(self.scores),
            mean,
            sign * mean,
            sd,
            _mean(self.fit_seconds),
            _mean(self.score_seconds),
            self.failure is not None,
        )

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


def loss(message: str) -> Measurement:
    """Return the measurement of a trial whose worker was lost, and which is to be run again.

    Parameters
    ----------
    message : str
        How it was lost.

    Examples
    --------
    >>> loss("the worker process was killed").is_loss
    True
    """
    return Measurement((), (), (), (), failure=Failure(WORKER_LOST, message))


NOTHING_MEASURED = Measurement((), (), (), ())
"""The measurement of a trial of which no fold has been evaluated."""


def joined(parts: Sequence[Measurement]) -> Measurement:
    """Return the measurements of different folds of one trial as one.

    It has failed if one of them has; the first failure is told. A measure that only some folds
    have is NaN for the others.

    Parameters
    ----------
    parts : sequence of Measurement
        In the order of the folds.

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
    stood_in = all(part.error is not None for part in parts)
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
        error=raised(bad) if bad is not None else parts[0].error if stood_in else None,
        lost=next((part.lost for part in parts if part.lost is not None), None),
    )


def raised(measurement: Measurement) -> BaseException | None:
    """Return the exception behind a failure, or one with its words where it stayed in a worker.

    Parameters
    ----------
    measurement : Measurement
        Of some folds.

    Returns
    -------
    BaseException or None
        None if it has not failed.
    """
    if measurement.error is not None or measurement.failure is None:
        return measurement.error
    return EvaluationError(f"{measurement.failure.kind}: {measurement.failure.message}")


def _all(parts: Sequence[Measurement], name: str) -> tuple[Any, ...]:
    return tuple(value for part in parts for value in getattr(part, name))


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
