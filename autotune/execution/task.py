"""Tasks: some folds of a trial to be evaluated at a time, and their results put together."""

from __future__ import annotations

import math
import pickle
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from autotune.errors import EvaluationError
from autotune.objective import Measurement, Objective, failed

__all__ = ["Task", "evaluated", "joined", "portable", "raised", "survives_pickling"]


@frozen
class Task:
    """What one worker does at a time.

    Parameters
    ----------
    trial : int
        Number of the trial.
    configuration : mapping
        Its configuration.
    folds : tuple of int
        The folds to evaluate.
    """

    trial: int
    configuration: Mapping[str, Any]
    folds: tuple[int, ...]


def evaluated(
    objective: Objective, configuration: Mapping[str, Any], folds: tuple[int, ...]
) -> Measurement:
    """Evaluate, and return whatever goes wrong as a failure; interrupts and exits are raised."""
    try:
        return objective.evaluate(dict(configuration), folds).checked(folds)
    except Exception as error:  # noqa: BLE001  # also of an objective that breaks its word
        return failed(error, folds, 0.0)


def portable(measurement: Measurement) -> Measurement:
    """Return a measurement that can travel: without its exception if that would not survive."""
    error = measurement.error
    if error is None or survives_pickling(error):
        return measurement
    return evolve(measurement, error=None)


def survives_pickling(error: BaseException) -> bool:
    """Tell whether an exception comes out of a journey as it went in."""
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)  # noqa: S301  # our own
    except Exception:  # noqa: BLE001  # an exception's own methods may raise anything
        return False


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
