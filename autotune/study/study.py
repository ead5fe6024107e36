"""Study: the state that applying events gives, and ``apply``, which applies one event more.

Everything that decisions may know is here, derived from events and from nothing else. A Study is a
value: applying an event gives a new one and leaves the old one as it was, though both share their
columns' memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, ClassVar, TypeAlias, assert_never, get_args

import numpy as np
from attrs import evolve as replace
from attrs import frozen
from numpy.typing import NDArray

from autotune.errors import SpaceError, StudyError
from autotune.space import Sequence, Space
from autotune.study.events import (
    KINDS,
    ORIGINS,
    REASONS,
    Accepted,
    Anticipated,
    Direction,
    Evaluated,
    Event,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
)
from autotune.study.measurement import NOTHING_MEASURED, WORKER_LOST, Failure, Measurement, Outcome
from autotune.study.table import Table

__all__ = [
    "EMPTY",
    "Outcome",
    "Outcomes",
    "Study",
    "apply",
    "reduce",
]

Array: TypeAlias = NDArray[np.float64]

_ORIGIN_CODE = {origin: code for code, origin in enumerate(ORIGINS)}
_REASON_CODE = {reason: code for code, reason in enumerate(REASONS)}
_KIND_CODE = {kind: code for code, kind in enumerate(KINDS)}
_ANTICIPATED = ("score", "score_sd", "seconds", "seconds_sd", "gain", "seconds_saved", "success")
_NOTHING_ANTICIPATED = (math.nan,) * len(_ANTICIPATED)

_EVALUATIONS = np.dtype(
    [
        ("trial", "i8"),
        ("n_folds", "i8"),
        ("score", "f8"),
        ("score_sd", "f8"),
        ("fit_seconds", "f8"),
        ("score_seconds", "f8"),
        ("failed", "?"),
        ("failure", "O"),
    ]
)
_FOLDS = np.dtype(
    [
        ("trial", "i8"),
        ("fold", "i8"),
        ("score", "f8"),
        ("fit_seconds", "f8"),
        ("score_seconds", "f8"),
    ]
)
_VERDICTS = np.dtype(
    [
        ("trial", "i8"),
        ("accepted", "?"),
        ("gain", "f8"),
        ("seconds_saved", "f8"),
        ("reason", "i1"),
        ("at", "i8"),
    ]
)


@frozen(eq=False)
class Outcomes:
    """Outcomes of all trials as columns, row ``i`` for trial ``i + 1``; NaN where there is none.

    Parameters
    ----------
    n_folds : ndarray of int64
        Folds evaluated.
    score, value, score_sd, fit_seconds, score_seconds : ndarray
        As in ``Outcome``.
    failed : ndarray of bool
        Whether it failed.
    judged : ndarray of bool
        Whether it has been accepted or rejected.
    usable : ndarray of bool
        Judged, with a finite score: what an anticipator learns from.
    """

    n_folds: NDArray[np.int64]
    score: Array
    value: Array
    score_sd: Array
    fit_seconds: Array
    score_seconds: Array
    failed: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    usable: NDArray[np.bool_]


@frozen
class Study:
    """The state of a log.

    Parameters
    ----------
    n_events : int
        Events applied so far; the next has this sequence number.
    started : StudyStarted, optional
        How it began.
    space : Space, optional
        The space in force.
    strategy : mapping
        The description of the strategy in force.
    sign : float
        +1 to maximise, -1 to minimise: a value is ``sign * score``.
    proposals, evaluations, folds, verdicts : Table
        What was proposed (row ``i`` is trial ``i + 1``), each evaluation's running summary and own
        failure, every evaluated fold, every verdict.
    pending : mapping of int to Measurement
        Trials that await their verdict, with what their folds gave so far (other measures are in
        the log alone).
    incumbent : int, optional
        The trial accepted last.
    incumbent_outcome : Outcome, optional
        What is known of it.
    stopped : StudyStopped, optional
        How it ended.
    n_prior : int
        Trials taken over from earlier results.
    ran : int
        Microseconds that it has been running: see ``seconds``.
    latest : int, optional
        When the latest event was.

    Examples
    --------
    >>> from autotune import tune
    >>> study = tune(lambda c: -(c["x"] ** 2), {"x": 1.0}, n_trials=5, seed=0).study
    >>> study.n_trials, study.configuration(1), study.outcome(1).score
    (5, {'x': 1.0}, -1.0)
    """

    n_events: int
    started: StudyStarted | None
    space: Space | None
    strategy: Mapping[str, Any]
    sign: float
    proposals: Table
    evaluations: Table
    folds: Table
    verdicts: Table
    pending: Mapping[int, Measurement]
    incumbent: int | None
    incumbent_outcome: Outcome | None
    stopped: StudyStopped | None
    n_prior: int
    ran: int
    latest: int | None

    # What a notebook shows is handed in by autotune.study, for it is made of studies itself.
    _repr_html_: ClassVar[Callable[[Study], str]]

    @property
    def n_trials(self) -> int:
        """Trials proposed so far."""
        return len(self.proposals)

    @property
    def n_judged(self) -> int:
        """Trials accepted or rejected so far."""
        return len(self.verdicts)

    @property
    def begun(self) -> StudyStarted:
        """How it began, or a StudyError if it hasn't."""
        if self.started is None:
            raise StudyError("the study has not started: its log has no StudyStarted event")
        return self.started

    @property
    def known_space(self) -> Space:
        """The space in force, or a StudyError if the study hasn't started."""
        if self.space is None:
            raise StudyError("the study has not started: its log has no StudyStarted event")
        return self.space

    @property
    def seconds(self) -> float:
        """Seconds it has been running, by the times of its events.

        The time before a change of the space or the strategy does not count, for these are made
        when a study is gone on with: a pause lies before them.
        """
        return self.ran / 1e6

    @property
    def coordinates(self) -> dict[str, Array]:
        """Coordinates of all trials, (n_trials,) for each parameter; sequences have two axes."""
        return {name: self.proposals[f"param_{name}"] for name in self.known_space}

    def configuration(self, trial: int) -> dict[str, Any]:
        """Return the configuration of a trial."""
        self._check_trial(trial)
        space = self.known_space
        row = self.proposals.rows[trial - 1]
        return space.decode_one({name: row[f"param_{name}"] for name in space})

    def parent(self, trial: int) -> int | None:
        """Return the trial from which a trial stepped."""
        self._check_trial(trial)
        parent = int(self.proposals["parent"][trial - 1])
        return parent if parent > 0 else None

    def moved(self, trial: int) -> tuple[str, ...]:
        """Return the parameters that were drawn to move."""
        self._check_trial(trial)
        return tuple(self.proposals["moved"][trial - 1])

    def origin(self, trial: int) -> str:
        """Return how a trial came about."""
        self._check_trial(trial)
        return ORIGINS[int(self.proposals["origin"][trial - 1])]

    def anticipated(self, trial: int) -> Anticipated | None:
        """Return what was expected of a trial."""
        self._check_trial(trial)
        row = self.proposals.rows[trial - 1]
        values = [float(row[f"anticipated_{name}"]) for name in _ANTICIPATED]
        if all(math.isnan(value) for value in values):
            return None
        anticipated = Anticipated(*values)
        return replace(anticipated, success=None) if math.isnan(values[-1]) else anticipated

    def outcome(self, trial: int) -> Outcome:
        """Return what is known of a trial's evaluation."""
        if trial in self.pending:
            return self.pending[trial].outcome(self.sign)
        self._check_trial(trial)
        rows = np.flatnonzero(self.evaluations["trial"] == trial)
        if len(rows) == 0:
            return NOTHING_MEASURED.outcome(self.sign)
        _, n, score, sd, fit, scoring, failed, _ = self.evaluations.rows[rows[-1]].tolist()
        return Outcome(n, score, self.sign * score, sd, fit, scoring, failed)

    def measurement(self, trial: int) -> Measurement:
        """Return what the folds of a trial gave; other measures are in the log alone."""
        if trial in self.pending:
            return self.pending[trial]
        self._check_trial(trial)
        rows = self.folds.rows[self.folds["trial"] == trial]
        failed = (self.evaluations["trial"] == trial) & self.evaluations["failed"]
        failures = self.evaluations["failure"][failed].tolist()
        return Measurement(
            tuple(rows["fold"].tolist()),
            tuple(rows["score"].tolist()),
            tuple(rows["fit_seconds"].tolist()),
            tuple(rows["score_seconds"].tolist()),
            failure=next((failure for failure in failures if failure is not None), None),
        )

    def outcomes(self) -> Outcomes:
        """Return all trials' outcomes as columns."""
        n = self.n_trials
        # With repeated indices numpy keeps the last, which is the trial's latest summary.
        last = np.full(n, -1)
        last[self.evaluations["trial"] - 1] = np.arange(len(self.evaluations))
        has = last >= 0
        rows = self.evaluations.rows[last[has]]

        def column(name: str) -> Array:
            out = np.full(n, np.nan)
            out[has] = rows[name]
            return out

        n_folds = np.zeros(n, dtype=np.int64)
        n_folds[has] = rows["n_folds"]
        failed = np.zeros(n, dtype=np.bool_)
        failed[has] = rows["failed"]
        judged = np.zeros(n, dtype=np.bool_)
        judged[self.verdicts["trial"] - 1] = True
        score = column("score")
        return Outcomes(
            n_folds,
            score,
            self.sign * score,
            column("score_sd"),
            column("fit_seconds"),
            column("score_seconds"),
            failed,
            judged,
            judged & np.isfinite(score),
        )

    def failures(self) -> dict[int, Failure]:
        """Return why trials failed, by their numbers; the last reason of each.

        Examples
        --------
        >>> from autotune import tune
        >>> tune(lambda c: 1 / c["x"], {"x": 0.0}, n_trials=1).study.failures()[1].kind
        'ZeroDivisionError'
        """
        rows = self.evaluations.rows[self.evaluations["failed"]]
        told = zip(rows["trial"].tolist(), rows["failure"].tolist(), strict=True)
        return {
            trial: failure
            for trial, failure in told
            if failure is not None and failure.kind != WORKER_LOST
        }

    def n_losses(self, trial: int) -> int:
        """Return how often a worker was lost that had begun to evaluate a trial."""
        self._check_trial(trial)
        rows = (self.evaluations["trial"] == trial) & ~self.evaluations["failed"]
        return sum(failure is not None for failure in self.evaluations["failure"][rows])

    def _check_trial(self, trial: int) -> None:
        if not 1 <= trial <= len(self.proposals):
            raise StudyError(f"trial {trial} does not exist; the study has 1 to {self.n_trials}")


_PROPOSAL_FIELDS: list[Any] = [
    ("parent", "i8"),
    ("origin", "i1"),
    ("moved", "O"),
    ("at", "i8"),
    *((f"anticipated_{name}", "f8") for name in _ANTICIPATED),
]


def _proposals_dtype(space: Space, widths: Mapping[str, int]) -> np.dtype[Any]:
    fields = list(_PROPOSAL_FIELDS)
    for name, dimension in space.parameters:
        if isinstance(dimension, Sequence):
            fields.append((f"param_{name}", "f8", (max(widths.get(name, 1), 1),)))
        else:
            fields.append((f"param_{name}", "f8"))
    return np.dtype(fields)


_NO_PROPOSALS = Table(np.dtype([("parent", "i8")]))

EMPTY = Study(
    n_events=0,
    started=None,
    space=None,
    strategy={},
    sign=1.0,
    proposals=_NO_PROPOSALS,
    evaluations=Table(_EVALUATIONS),
    folds=Table(_FOLDS),
    verdicts=Table(_VERDICTS),
    pending={},
    incumbent=None,
    incumbent_outcome=None,
    stopped=None,
    n_prior=0,
    ran=0,
    latest=None,
)
"""The study before any event."""


def apply(study: Study, event: Event) -> Study:
    """Apply one event: the only way in which a study changes.

    Parameters
    ----------
    study : Study
        The state so far; it stays as it is.
    event : Event
        What happened next.

    Returns
    -------
    Study
        The state after it.

    Raises
    ------
    StudyError
        If the event can't follow: a log with it is not legal.
    """
    match event:
        case Proposed():
            return _proposed(study, event)
        case Evaluated():
            return _evaluated(study, event)
        case Accepted():
            return _judged(study, event, -1)
        case Rejected():
            code = _REASON_CODE.get(event.reason)
            if code is None:
                raise StudyError(f"reason {event.reason!r} is not one of {list(REASONS)}")
            return _judged(study, event, code)
        case StudyStarted():
            if study.started is not None:
                raise StudyError("the study has started already; a log holds one StudyStarted")
            if event.direction not in get_args(Direction):
                raise StudyError(
                    f"direction {event.direction!r} is not one of {list(get_args(Direction))}"
                )
            # Its own tables, not those of EMPTY, which all studies would share.
            return replace(
                study,
                n_events=study.n_events + 1,
                started=event,
                space=event.space,
                strategy=event.strategy,
                sign=1.0 if event.direction == "maximize" else -1.0,
                proposals=Table(_proposals_dtype(event.space, {})),
                evaluations=Table(_EVALUATIONS),
                folds=Table(_FOLDS),
                verdicts=Table(_VERDICTS),
                latest=event.at,
            )
        case SpaceChanged():
            return _space_changed(study, event)
        case StrategyChanged():
            _check_begun(study)
            return replace(
                study,
                n_events=study.n_events + 1,
                strategy=event.strategy,
                stopped=None,
                latest=event.at,
            )
        case StudyStopped():
            _check_begun(study)
            return replace(
                study,
                n_events=study.n_events + 1,
                stopped=event,
                ran=_ran(study, event.at),
                latest=event.at,
            )
        case _:
            assert_never(event)


def _ran(study: Study, at: int) -> int:
    """Return for how long a study has been running at its next event."""
    before = study.latest
    # A clock that was set back takes nothing away.
    return study.ran if before is None else study.ran + max(at - before, 0)


def _check_begun(study: Study) -> None:
    if study.started is None:
        raise StudyError("the study has not started: its log has no StudyStarted event")


def reduce(events: Iterable[Event], study: Study = EMPTY) -> Study:
    """Apply events in order, ``reduce(apply, events, study)``.

    Parameters
    ----------
    events : iterable of Event
        What happened, in order.
    study : Study
        The state to begin with.

    Examples
    --------
    >>> reduce([]) is EMPTY
    True
    """
    for event in events:
        study = apply(study, event)
    return study


def _proposed(study: Study, event: Proposed) -> Study:
    space = study.known_space
    trial = len(study.proposals) + 1
    if event.trial != trial:
        raise StudyError(f"proposed trial {event.trial} out of turn; {trial} comes next")
    parent = event.parent
    if parent is not None and not 0 < parent < trial:
        raise StudyError(f"trial {trial} steps from trial {parent}, which is not before it")
    code = _ORIGIN_CODE.get(event.origin)
    if code is None:
        raise StudyError(f"origin {event.origin!r} is not one of {list(ORIGINS)}")
    anticipated = event.anticipated
    if anticipated is None:
        numbers: tuple[float, ...] = _NOTHING_ANTICIPATED
    else:
        numbers = (
            anticipated.score,
            anticipated.score_sd,
            anticipated.seconds,
            anticipated.seconds_sd,
            anticipated.gain,
            anticipated.seconds_saved,
            math.nan if anticipated.success is None else anticipated.success,
        )
    try:
        row = space.encode_row(event.configuration)
        if len(event.configuration) > len(row):
            raise SpaceError(f"it has parameters besides {list(space)}")
        proposals = study.proposals
        for i, value in enumerate(row):
            if type(value) is tuple:
                for number in value:
                    _check_finite(number)
                proposals, row[i] = _fit_width(proposals, space.names[i], value)
            elif not isfinite(value) and not space.conditional:  # else it is marked inactive
                _check_finite(value)
        proposals = proposals.append(
            (0 if parent is None else parent, code, event.moved, event.at, *numbers, *row)
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise StudyError(
            f"trial {trial}: {event.configuration!r} does not fit the space: {error}"
        ) from error
    return Study(
        study.n_events + 1,
        study.started,
        space,
        study.strategy,
        study.sign,
        proposals,
        study.evaluations,
        study.folds,
        study.verdicts,
        {**study.pending, trial: NOTHING_MEASURED},
        study.incumbent,
        study.incumbent_outcome,
        study.stopped,
        study.n_prior + (event.origin == "prior"),
        _ran(study, event.at),
        event.at,
    )


def _widened(table: Table, dtype: np.dtype[Any]) -> Table:
    rows = np.zeros(len(table), dtype)
    for name in dtype.names or ():
        target = rows[name]
        if target.ndim == 2:
            target[:] = np.nan
        if name in (table.dtype.names or ()):
            source = table[name]
            if target.ndim == 2:
                target[:, : source.shape[1]] = source
            else:
                target[:] = source
    return Table.of(rows)


def _check_finite(number: float) -> None:
    if not -math.inf < number < math.inf:
        raise SpaceError(f"{number!r} is not a finite number")


def _fit_width(table: Table, name: str, value: tuple[float, ...]) -> tuple[Table, Any]:
    """Pad a row to the width of its column, or widen the column to the row."""
    width = table.dtype[f"param_{name}"].shape[0]
    if len(value) > width:
        fields = [
            (other, kind.base, (len(value),) if other == f"param_{name}" else kind.shape)
            for other, (kind, *_) in (table.dtype.fields or {}).items()
        ]
        return _widened(table, np.dtype(fields)), value
    return table, value + (math.nan,) * (width - len(value))


def _evaluated(study: Study, event: Evaluated) -> Study:
    trial = event.trial
    pending = study.pending
    before = pending.get(trial)
    if before is None:
        if not 0 < trial <= len(study.proposals):
            raise StudyError(f"trial {trial} was evaluated but never proposed")
        before = study.measurement(trial)
    new = event.measurement
    n = len(new.folds)
    if not n == len(new.scores) == len(new.fit_seconds) == len(new.score_seconds):
        raise StudyError(
            f"trial {trial}: {n} folds, {len(new.scores)} scores, {len(new.fit_seconds)} fit "
            f"and {len(new.score_seconds)} score seconds; there must be one of each for a fold"
        )
    now = _added(before, new)
    summary = now.outcome(study.sign)
    folds = study.folds
    for row in zip(new.folds, new.scores, new.fit_seconds, new.score_seconds, strict=True):
        folds = folds.append((trial, *row))
    outcome = study.incumbent_outcome
    if trial == study.incumbent:
        outcome = summary
    return Study(
        study.n_events + 1,
        study.started,
        study.space,
        study.strategy,
        study.sign,
        study.proposals,
        study.evaluations.append(_evaluation(trial, summary, new.failure)),
        folds,
        study.verdicts,
        {**pending, trial: now} if trial in pending else pending,
        study.incumbent,
        outcome,
        study.stopped,
        study.n_prior,
        _ran(study, event.at),
        event.at,
    )


def _added(before: Measurement, new: Measurement) -> Measurement:
    """Return what the folds of a trial gave with some more, without other measures."""
    if new.is_loss:
        return before
    if before is NOTHING_MEASURED:
        if not new.metrics and new.error is None:
            return new
        return replace(new, metrics={}, error=None)
    return Measurement(
        before.folds + new.folds,
        before.scores + new.scores,
        before.fit_seconds + new.fit_seconds,
        before.score_seconds + new.score_seconds,
        failure=new.failure if before.failure is None else before.failure,
    )


def _evaluation(trial: int, outcome: Outcome, failure: Failure | None) -> tuple[Any, ...]:
    """Return a row of the table of evaluations."""
    return (
        trial,
        outcome.n_folds,
        outcome.score,
        outcome.score_sd,
        outcome.fit_seconds,
        outcome.score_seconds,
        outcome.failed,
        failure,
    )


def _judged(study: Study, event: Accepted | Rejected, reason: int) -> Study:
    trial, gain, saved = event.trial, event.gain, event.seconds_saved
    partial = study.pending.get(trial)
    if partial is None:
        raise StudyError(f"trial {trial} was judged but is not pending")
    pending = dict(study.pending)
    del pending[trial]
    accepted = reason < 0
    incumbent, outcome = study.incumbent, study.incumbent_outcome
    if accepted:
        incumbent, outcome = trial, partial.outcome(study.sign)
        if not math.isfinite(outcome.score):
            raise StudyError(f"trial {trial} was accepted without a finite score")
    return Study(
        study.n_events + 1,
        study.started,
        study.space,
        study.strategy,
        study.sign,
        study.proposals,
        study.evaluations,
        study.folds,
        study.verdicts.append(
            (
                trial,
                accepted,
                math.nan if gain is None else gain,
                math.nan if saved is None else saved,
                reason,
                event.at,
            )
        ),
        pending,
        incumbent,
        outcome,
        study.stopped,
        study.n_prior,
        _ran(study, event.at),
        event.at,
    )


def _space_changed(study: Study, event: SpaceChanged) -> Study:
    old, new = study.known_space, event.space
    gone = [name for name in old if name not in new]
    if gone:
        raise StudyError(f"the new space lacks parameter(s) {gone}; keep them, as Fixed if need be")
    coordinates = study.coordinates
    try:
        columns = new.encode(
            [
                new.check_values({**new.start_values, **old.decode_row(coordinates, i)})
                for i in range(study.n_trials)
            ]
        )
    except SpaceError as error:
        raise StudyError(f"the new space does not hold an earlier trial: {error}") from error
    widths = {name: column.shape[1] for name, column in columns.items() if column.ndim == 2}
    rows = np.zeros(study.n_trials, _proposals_dtype(new, widths))
    for name, _ in _PROPOSAL_FIELDS:
        rows[name] = study.proposals[name]
    for name, column in columns.items():
        rows[f"param_{name}"] = column
    return replace(
        study,
        n_events=study.n_events + 1,
        space=new,
        proposals=Table.of(rows),
        latest=event.at,
    )
