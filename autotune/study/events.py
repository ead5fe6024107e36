"""Events: what a log is made of. Frozen classes, and ``Event``, their exhaustive union.

Every event carries ``at``, microseconds since 1970-01-01 UTC, read from the clock by the shell that
wrote it; its sequence number is its place in the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import Space
from autotune.study.measurement import Failure, Measurement

__all__ = [
    "KINDS",
    "ORIGINS",
    "REASONS",
    "SCHEMA_VERSION",
    "Accepted",
    "Anticipated",
    "Evaluated",
    "Event",
    "EventColumns",
    "Failure",
    "Lineage",
    "Origin",
    "Proposed",
    "Reason",
    "Rejected",
    "SpaceChanged",
    "StrategyChanged",
    "StudyStarted",
    "StudyStopped",
]

SCHEMA_VERSION = 3

Direction: TypeAlias = Literal["maximize", "minimize"]
Origin: TypeAlias = Literal["start", "explore", "exploit", "given", "prior", "confirm"]
Reason: TypeAlias = Literal["no gain", "too slow", "failed", "raced out", "duplicate", "chance"]

ORIGINS: tuple[Origin, ...] = get_args(Origin)
REASONS: tuple[Reason, ...] = get_args(Reason)


@frozen
class Lineage:
    """Where a forked study comes from.

    Parameters
    ----------
    study_id : str
        The study it was forked from.
    seq : int
        The last event that both share.
    """

    study_id: str
    seq: int


@frozen
class Anticipated:
    """The expectations of a proposal when it was made.

    Parameters
    ----------
    score : float
        Mean of the score, as the user's scorer counts it.
    score_sd : float
        Its standard deviation.
    seconds : float
        Mean of the mean fit time of a fold, in seconds.
    seconds_sd : float
        Its standard deviation.
    gain : float
        Score gained over the trial it stepped from, larger being better.
    seconds_saved : float
        Seconds saved against the trial it stepped from, larger being better.
    success : float, optional
        The chance that it succeeds, from 0 to 1; None where nothing was said of it.
    """

    score: float
    score_sd: float
    seconds: float
    seconds_sd: float
    gain: float
    seconds_saved: float
    success: float | None = None


@frozen
class StudyStarted:
    """A study begins.

    Parameters
    ----------
    at : int
        Microseconds since 1970-01-01 UTC.
    study_id : str
        A unique name.
    space : Space
        The search space with its start values.
    direction : {"maximize", "minimize"}
        Whether larger or smaller scores are better.
    metric : str
        What the score is called.
    n_folds : int
        Number of cross-validation folds of the objective; 1 for a plain function.
    strategy : mapping
        The description of the strategy.
    seed : int
        Root of all randomness.
    versions : mapping of str to str
        Of the libraries; and of the data, under ``"data"``, where it is known.
    lineage : Lineage, optional
        Where it was forked from.
    deterministic : bool, optional
        Whether a configuration evaluated again scores the same; None if nobody said.
    n_repeats : int, optional
        How many splits, or seeds, the objective knows, on each of which a configuration may be
        evaluated once; None if nobody said.
    """

    at: int
    study_id: str
    space: Space
    direction: Direction
    metric: str
    n_folds: int
    strategy: Mapping[str, Any]
    seed: int
    versions: Mapping[str, str] = field(factory=dict)
    lineage: Lineage | None = None
    deterministic: bool | None = None
    n_repeats: int | None = None


@frozen
class Proposed:
    """A configuration is to be tried.

    What each moved parameter was before is not stored, for the trial it stepped from tells.

    Parameters
    ----------
    at : int
        Microseconds since 1970-01-01 UTC.
    trial : int
        Number of the trial, from 1.
    configuration : mapping
        A value for each parameter.
    parent : int, optional
        The trial it stepped from.
    moved : tuple of str
        The parameters drawn to move.
    origin : {"start", "explore", "exploit", "given", "prior", "confirm"}
        How it came about; "confirm" where the configuration of its parent is measured again.
    anticipated : Anticipated, optional
        What was expected of it.
    """

    at: int
    trial: int
    configuration: Mapping[str, Any]
    parent: int | None
    moved: tuple[str, ...]
    origin: Origin
    anticipated: Anticipated | None = None


@frozen
class Evaluated:
    """Folds of a trial were evaluated, or it failed, or its worker was lost.

    Parameters
    ----------
    at : int
        Microseconds since 1970-01-01 UTC.
    trial : int
        Number of the trial.
    measurement : Measurement
        What the folds gave; a trial that failed is at its end. One that says no more than that a
        worker was lost (``Measurement.is_loss``) leaves the trial as it was, to be run again.
    """

    at: int
    trial: int
    measurement: Measurement


@frozen
class Accepted:
    """A trial becomes the incumbent.

    Parameters
    ----------
    at : int
        Microseconds since 1970-01-01 UTC.
    trial : int
        Number of the trial.
    gain : float, optional
        Score gained over the incumbent, larger being better; None without one.
    seconds_saved : float, optional
        Mean fit seconds of a fold saved against the incumbent.
    """

    at: int
    trial: int
    gain: float | None
    seconds_saved: float | None


@frozen
class Rejected:
    """A trial is dropped.

    Parameters
    ----------
    at : int
        Microseconds since 1970-01-01 UTC.
    trial : int
        Number of the trial.
    gain : float, optional
        Score gained over the incumbent, larger being better; None without one, or without a score.
    seconds_saved : float, optional
        Mean fit seconds of a fold saved against the incumbent; None as for the gain.
    reason : {"no gain", "too slow", "failed", "raced out", "duplicate", "chance"}
        Why.
    """

    at: int
    trial: int
    gain: float | None
    seconds_saved: float | None
    reason: Reason


@frozen
class SpaceChanged:
    """From here on the space is another; earlier trials count with its start values.

    Parameters
    ----------
    at : int
        Microseconds since 1970-01-01 UTC.
    space : Space
        The extended space.
    """

    at: int
    space: Space


@frozen
class StrategyChanged:
    """From here on another strategy decides; a study that had stopped goes on.

    It is the same one where a study that counts its time is gone on with: the time before does not
    count.

    Parameters
    ----------
    at : int
        Microseconds since 1970-01-01 UTC.
    strategy : mapping
        Its description.
    """

    at: int
    strategy: Mapping[str, Any]


@frozen
class StudyStopped:
    """The study ended by a rule of its strategy.

    Parameters
    ----------
    at : int
        Microseconds since 1970-01-01 UTC.
    rule : str
        The rule, by the name of its component.
    words : str
        The reason in words.
    """

    at: int
    rule: str
    words: str


Event: TypeAlias = (
    StudyStarted
    | Proposed
    | Evaluated
    | Accepted
    | Rejected
    | SpaceChanged
    | StrategyChanged
    | StudyStopped
)

KINDS: tuple[type, ...] = get_args(Event)


@frozen(eq=False)
class EventColumns:
    """A run of trial events (proposed, evaluated, accepted, rejected) as columns.

    The form in which a log hands many events to a fold at once. Row ``i`` of the run is the event
    of kind ``KINDS[kind[i]]``; the other columns hold the rows of their kinds only, in order.

    Parameters
    ----------
    kind : ndarray of int8, shape (n,)
        Index into ``KINDS``.
    at, trial : ndarray of int64, shape (n,)
        Of every event.
    coordinates : mapping of str to ndarray
        Coordinates of the proposals, by parameter.
    parent : ndarray of int64
        0 for none. Of the proposals, as are ``origin`` and ``anticipated``.
    origin : ndarray of int8
        Index into ``ORIGINS``.
    moved : list of tuple of str
        The parameters drawn to move.
    anticipated : ndarray, shape (proposals, 7)
        The fields of ``Anticipated``; NaN where there is none.
    fold_count : ndarray of int64
        Folds in each evaluation.
    folds, scores, fit_seconds, score_seconds : ndarray
        All folds of all evaluations, end to end.
    failure : list of Failure, optional
        Why each evaluation failed; None for one that did not.
    gain, seconds_saved : ndarray
        Of the verdicts (accepted or rejected); NaN for none.
    reason : ndarray of int8
        Index into ``REASONS``, -1 for accepted.
    """

    kind: NDArray[np.int8]
    at: NDArray[np.int64]
    trial: NDArray[np.int64]
    coordinates: Mapping[str, NDArray[np.float64]]
    parent: NDArray[np.int64]
    origin: NDArray[np.int8]
    moved: list[tuple[str, ...]]
    anticipated: NDArray[np.float64]
    fold_count: NDArray[np.int64]
    folds: NDArray[np.int64]
    scores: NDArray[np.float64]
    fit_seconds: NDArray[np.float64]
    score_seconds: NDArray[np.float64]
    failure: list[Failure | None]
    gain: NDArray[np.float64]
    seconds_saved: NDArray[np.float64]
    reason: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.kind)
