"""Objectives: what is tuned, and how whatever they return becomes a measurement."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from attrs import field, frozen

from autotune.clock import Clock
from autotune.errors import EvaluationError
from autotune.events import Failure

__all__ = ["FunctionObjective", "Measurement", "Objective", "as_objective", "measured"]

Function: TypeAlias = Callable[[dict[str, Any]], Any]


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
                number = _real(name, value)
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


@runtime_checkable
class Objective(Protocol):
    """Something that can be evaluated fold by fold."""

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        ...

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Evaluate a configuration on some folds; a failure is returned, not raised."""
        ...


@frozen
class FunctionObjective:
    """A plain function of a configuration, as an objective with one fold.

    Parameters
    ----------
    function : callable
        Takes a dict of parameter values; returns a score, or a score and the seconds to count.
    clock : Clock
        Measures the seconds where the function doesn't say.
    """

    function: Function
    clock: Clock

    @property
    def n_folds(self) -> int:
        """One."""
        return 1

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Call the function; an exception becomes a failure, an interrupt goes through."""
        begin = self.clock.timer()
        try:
            result = self.function(configuration)
            return measured(result, folds, self.clock.timer() - begin)
        except Exception as error:  # noqa: BLE001  # a failing trial is data, whatever it raises
            return failed(error, folds, self.clock.timer() - begin)


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


def measured(result: Any, folds: tuple[int, ...], seconds: float) -> Measurement:
    """Make a measurement of what a function returned.

    Parameters
    ----------
    result : float, (float, float) or Measurement
        A score; a score and its seconds; or everything.
    folds : tuple of int
        The fold it stands for.
    seconds : float
        What the call took, for results that don't say.

    Raises
    ------
    EvaluationError
        If the result is none of these.
    """
    if isinstance(result, Measurement):
        return result.checked()
    if isinstance(result, tuple) and len(result) == 2:
        score, seconds = _real("score", result[0]), _real("seconds", result[1])
        if not (math.isfinite(seconds) and seconds >= 0):
            raise EvaluationError(f"the objective's seconds = {seconds!r} must be finite and >= 0")
    else:
        score = _real("score", result)
    return Measurement(folds[:1], (score,), (seconds,), (0.0,)).checked()


def _real(what: str, value: Any) -> float:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise EvaluationError(
            f"the objective's {what} = {value!r} is of type {type(value).__name__}; "
            "return a float, or a tuple (score, seconds)"
        )
    try:
        return float(value)
    except OverflowError:
        return math.inf


def as_objective(given: Objective | Function, clock: Clock) -> Objective:
    """Return an objective: the one given, or one that calls the given function.

    Raises
    ------
    EvaluationError
        If it is neither.
    """
    if isinstance(given, Objective):
        return given
    if not callable(given):
        raise EvaluationError(
            f"objective = {given!r} is of type {type(given).__name__}; "
            "give a function of a configuration"
        )
    return FunctionObjective(given, clock)
