"""Study: the state that folding events gives, and ``apply``, which applies one event more.

Everything that decisions may know is here, derived from events and from nothing else. A Study is a
value: folding an event gives a new one and leaves the old one as it was, though both share their
columns' memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, ClassVar, TypeAlias, assert_never, get_args

import numpy as np
from attrs import evolve as replace
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import SpaceError, StudyError
from autotune.space import Sequence, Space
from autotune.space.dimensions import Exactly
from autotune.study.events import (
    KINDS,
    ORIGINS,
    REASONS,
    Accepted,
    Anticipated,
    Direction,
    Evaluated,
    Event,
    EventColumns,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
)
from autotune.study.table import Table

__all__ = [
    "EMPTY",
    "Outcome",
    "Outcomes",
    "Study",
    "apply",
    "apply_columns",
    "reduce",
    "replay",
]

Array: TypeAlias = NDArray[np.float64]

_ORIGIN_CODE = {origin: code for code, origin in enumerate(ORIGINS)}
_REASON_CODE = {reason: code for code, reason in enumerate(REASONS)}
_KIND_CODE = {kind: code for code, kind in enumerate(KINDS)}
_ANTICIPATED = ("score", "score_sd", "seconds", "seconds_sd", "gain", "seconds_saved")
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


@frozen
class Outcome:
    """What is known of one trial's evaluation so far.

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
class Partial:
    """The folds of a trial evaluated so far, as recorded."""

    folds: tuple[int, ...] = ()
    scores: tuple[float, ...] = field(default=(), eq=Exactly)
    fit_seconds: tuple[float, ...] = field(default=(), eq=Exactly)
    score_seconds: tuple[float, ...] = field(default=(), eq=Exactly)
    failed: bool = False

    def outcome(self, sign: float) -> Outcome:
        """Return the summary of these folds. Sums run in the order of the record."""
        score, sd, fit, scoring = _summary(
            self.scores, self.fit_seconds, self.score_seconds, failed=self.failed
        )
        return Outcome(len(self.scores), score, sign * score, sd, fit, scoring, self.failed)


_NO_FOLDS = Partial()


def _mean(values: tuple[float, ...]) -> float:
    if len(values) == 1:
        return float(values[0])
    if len(values) == 0:
        return math.nan
    total = 0.0
    for value in values:
        total += value
    return total / len(values)


def _summary(
    scores: tuple[float, ...],
    fit_seconds: tuple[float, ...],
    score_seconds: tuple[float, ...],
    *,
    failed: bool,
) -> tuple[float, float, float, float]:
    mean = _mean(scores)
    if failed or not math.isfinite(mean):
        score = sd = math.nan
    else:
        score = mean
        total = 0.0
        for value in scores:
            total += (value - mean) * (value - mean)
        sd = math.sqrt(total / len(scores))
    return score, sd, _mean(fit_seconds), _mean(score_seconds)


@frozen
class Study:
    """The folded state of a log.

    Parameters
    ----------
    n_events : int
        Events folded so far; the next has this sequence number.
    started : StudyStarted, optional
        How it began.
    space : Space, optional
        The space in force.
    strategy : mapping
        The description of the strategy in force.
    sign : float
        +1 to maximise, -1 to minimise: a value is ``sign * score``.
    proposals, evaluations, folds, verdicts : Table
        What was proposed (row ``i`` is trial ``i + 1``), each evaluation's running summary, every
        evaluated fold, every verdict.
    pending : mapping of int to Partial
        Trials that await their verdict, with the folds they have.
    incumbent : int, optional
        The trial accepted last.
    incumbent_outcome : Outcome, optional
        What is known of it.
    stopped : StudyStopped, optional
        How it ended.
    n_prior : int
        Trials taken over from earlier results.

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
    pending: Mapping[int, Partial]
    incumbent: int | None
    incumbent_outcome: Outcome | None
    stopped: StudyStopped | None
    n_prior: int

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
        return None if all(math.isnan(value) for value in values) else Anticipated(*values)

    def outcome(self, trial: int) -> Outcome:
        """Return what is known of a trial's evaluation."""
        if trial in self.pending:
            return self.pending[trial].outcome(self.sign)
        self._check_trial(trial)
        rows = np.flatnonzero(self.evaluations["trial"] == trial)
        if len(rows) == 0:
            return _NO_FOLDS.outcome(self.sign)
        _, n, score, sd, fit, scoring, failed = self.evaluations.rows[rows[-1]].tolist()
        return Outcome(n, score, self.sign * score, sd, fit, scoring, failed)

    def folds_of(self, trial: int) -> Partial:
        """Return the folds of a trial as recorded."""
        if trial in self.pending:
            return self.pending[trial]
        self._check_trial(trial)
        rows = self.folds.rows[self.folds["trial"] == trial]
        return Partial(
            tuple(rows["fold"].tolist()),
            tuple(rows["score"].tolist()),
            tuple(rows["fit_seconds"].tolist()),
            tuple(rows["score_seconds"].tolist()),
            bool(np.any(self.evaluations["failed"][self.evaluations["trial"] == trial])),
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
)
"""The study before any event."""


def apply(study: Study, event: Event) -> Study:
    """Fold one event: the only way in which a study changes.

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
                raise StudyError(f"reason {event.reason!r} is none of {list(REASONS)}")
            return _judged(study, event, code)
        case StudyStarted():
            if study.started is not None:
                raise StudyError("the study has started already; a log holds one StudyStarted")
            if event.direction not in get_args(Direction):
                raise StudyError(
                    f"direction {event.direction!r} is none of {list(get_args(Direction))}"
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
            )
        case SpaceChanged():
            return _space_changed(study, event)
        case StrategyChanged():
            _check_begun(study)
            return replace(
                study, n_events=study.n_events + 1, strategy=event.strategy, stopped=None
            )
        case StudyStopped():
            _check_begun(study)
            return replace(study, n_events=study.n_events + 1, stopped=event)
        case _:
            assert_never(event)


def _check_begun(study: Study) -> None:
    if study.started is None:
        raise StudyError("the study has not started: its log has no StudyStarted event")


def reduce(events: Iterable[Event], study: Study = EMPTY) -> Study:
    """Fold events in order, ``reduce(apply, events, study)``.

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
        raise StudyError(f"origin {event.origin!r} is none of {list(ORIGINS)}")
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
        {**study.pending, trial: _NO_FOLDS},
        study.incumbent,
        study.incumbent_outcome,
        study.stopped,
        study.n_prior + (event.origin == "prior"),
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
        raise SpaceError(f"{number!r} is no finite number")


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
        before = study.folds_of(trial)
    n = len(event.folds)
    if not n == len(event.scores) == len(event.fit_seconds) == len(event.score_seconds):
        raise StudyError(
            f"trial {trial}: {n} folds, {len(event.scores)} scores, {len(event.fit_seconds)} fit "
            f"and {len(event.score_seconds)} score seconds; there must be one of each for a fold"
        )
    failed = event.failure is not None
    if before is _NO_FOLDS:
        now = Partial(event.folds, event.scores, event.fit_seconds, event.score_seconds, failed)
    else:
        now = Partial(
            before.folds + event.folds,
            before.scores + event.scores,
            before.fit_seconds + event.fit_seconds,
            before.score_seconds + event.score_seconds,
            before.failed or failed,
        )
    score, sd, fit, scoring = _summary(
        now.scores, now.fit_seconds, now.score_seconds, failed=now.failed
    )
    folds = study.folds
    for row in zip(event.folds, event.scores, event.fit_seconds, event.score_seconds, strict=True):
        folds = folds.append((trial, *row))
    k = len(now.scores)
    outcome = study.incumbent_outcome
    if trial == study.incumbent:
        outcome = Outcome(k, score, study.sign * score, sd, fit, scoring, now.failed)
    return Study(
        study.n_events + 1,
        study.started,
        study.space,
        study.strategy,
        study.sign,
        study.proposals,
        study.evaluations.append((trial, k, score, sd, fit, scoring, now.failed)),
        folds,
        study.verdicts,
        {**pending, trial: now} if trial in pending else pending,
        study.incumbent,
        outcome,
        study.stopped,
        study.n_prior,
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
    return replace(study, n_events=study.n_events + 1, space=new, proposals=Table.of(rows))


def apply_columns(study: Study, run: EventColumns) -> Study:
    """Fold a run of trial events given as columns; the same as folding them one by one.

    Parameters
    ----------
    study : Study
        The state so far; it stays as it is.
    run : EventColumns
        What happened next.

    Raises
    ------
    StudyError
        If the run can't follow.
    """
    if len(run) == 0:
        return study
    is_proposed = run.kind == _KIND_CODE[Proposed]
    is_evaluated = run.kind == _KIND_CODE[Evaluated]
    is_accepted = run.kind == _KIND_CODE[Accepted]
    is_verdict = is_accepted | (run.kind == _KIND_CODE[Rejected])
    if not np.all(is_proposed | is_evaluated | is_verdict):
        raise StudyError("a run of columns holds an event that belongs to no trial")
    _check_order(study, run.trial, is_proposed, is_verdict)
    _check_columns(study, run, run.trial[is_proposed])

    proposals = _extend_proposals(study, run, is_proposed)
    trials = run.trial[is_evaluated]
    folds = np.zeros(len(run.folds), _FOLDS)
    folds["trial"] = np.repeat(trials, run.fold_count)
    folds["fold"] = run.folds
    folds["score"] = run.scores
    folds["fit_seconds"] = run.fit_seconds
    folds["score_seconds"] = run.score_seconds
    evaluations = _extend_evaluations(study, run, trials)
    judged = np.zeros(int(is_verdict.sum()), _VERDICTS)
    judged["trial"] = run.trial[is_verdict]
    judged["accepted"] = is_accepted[is_verdict]
    judged["gain"] = run.gain
    judged["seconds_saved"] = run.seconds_saved
    judged["reason"] = run.reason
    judged["at"] = run.at[is_verdict]

    after = replace(
        study,
        n_events=study.n_events + len(run),
        proposals=proposals,
        evaluations=evaluations,
        folds=study.folds.extend(folds),
        verdicts=study.verdicts.extend(judged),
        n_prior=study.n_prior + int(np.sum(run.origin == _ORIGIN_CODE["prior"])),
    )
    waiting = set(study.pending) | set(run.trial[is_proposed].tolist())
    waiting -= set(judged["trial"].tolist())
    bare = replace(after, pending={})
    pending = {trial: _recorded(bare, trial) for trial in sorted(waiting)}
    accepted = run.trial[is_accepted]
    incumbent = int(accepted[-1]) if len(accepted) > 0 else study.incumbent
    _check_accepted(study, after, run.trial, is_evaluated, is_accepted)
    outcome = study.incumbent_outcome
    if incumbent is not None and (len(accepted) > 0 or incumbent in trials):
        outcome = bare.outcome(incumbent)
    return replace(after, pending=pending, incumbent=incumbent, incumbent_outcome=outcome)


def replay(runs: Iterable[Event | EventColumns], study: Study = EMPTY) -> Study:
    """Fold a log's runs: many events at a time where they come as columns."""
    for run in runs:
        study = apply_columns(study, run) if isinstance(run, EventColumns) else apply(study, run)
    return study


def _recorded(study: Study, trial: int) -> Partial:
    partial = study.folds_of(trial)
    return partial if partial != _NO_FOLDS else _NO_FOLDS


def _check_order(
    study: Study,
    trial: NDArray[np.int64],
    is_proposed: NDArray[np.bool_],
    is_verdict: NDArray[np.bool_],
) -> None:
    first = study.n_trials + 1
    proposed = trial[is_proposed]
    if not np.array_equal(proposed, np.arange(first, first + len(proposed))):
        raise StudyError(f"proposed trials are out of turn; {first} comes next")
    total = study.n_trials + len(proposed)
    if np.any(trial < 1) or np.any(trial > total):
        raise StudyError("a trial was evaluated or judged but never proposed")
    position = np.arange(len(trial))
    proposed_at = np.full(total, -1)
    proposed_at[proposed - 1] = position[is_proposed]
    if np.any(proposed_at[trial - 1] > position):
        raise StudyError("a trial was evaluated or judged before it was proposed")
    open_before = np.ones(total, dtype=np.bool_)
    open_before[study.verdicts["trial"] - 1] = False
    verdicts = trial[is_verdict]
    if not np.all(open_before[verdicts - 1]) or len(np.unique(verdicts)) < len(verdicts):
        raise StudyError("a trial was judged twice")


def _check_columns(study: Study, run: EventColumns, proposed: NDArray[np.int64]) -> None:
    if np.any(run.parent < 0) or np.any(run.parent >= proposed):
        raise StudyError("a trial steps from a trial that is not before it")
    if np.any(run.origin < 0) or np.any(run.origin >= len(ORIGINS)):
        raise StudyError(f"an origin is none of {list(ORIGINS)}")
    is_reason = (run.kind == _KIND_CODE[Rejected])[run.kind >= _KIND_CODE[Accepted]]
    low = np.where(is_reason, 0, -1)
    high = np.where(is_reason, len(REASONS) - 1, -1)
    if np.any(run.reason < low) or np.any(run.reason > high):
        raise StudyError(f"a reason is none of {list(REASONS)}")
    if len(proposed) > 0 and set(run.coordinates) != set(study.known_space):
        raise StudyError(
            f"the run has parameters {sorted(run.coordinates)}; "
            f"the space has {sorted(study.known_space)}"
        )
    for name, column in run.coordinates.items():
        may_lack = column.ndim == 2 or study.known_space.conditional
        if np.any(np.isinf(column) if may_lack else ~np.isfinite(column)):
            raise StudyError(f"parameter {name!r} has a coordinate that is no finite number")
    if len(proposed) > 0 and study.known_space.conditional:
        for name, active in study.known_space.active(run.coordinates).items():
            column = run.coordinates[name]
            lacking = np.isnan(column) if column.ndim == 1 else np.all(np.isnan(column), axis=1)
            if np.any(~active & ~lacking) or (column.ndim == 1 and np.any(active & lacking)):
                raise StudyError(
                    f"parameter {name!r} has a value though its condition does not hold, or none "
                    "though it does"
                )


def _check_accepted(
    study: Study,
    after: Study,
    trial: NDArray[np.int64],
    is_evaluated: NDArray[np.bool_],
    is_accepted: NDArray[np.bool_],
) -> None:
    """Raise unless each accepted trial had a finite score by then (later folds don't count)."""
    if not np.any(is_accepted):
        return
    evaluations = after.evaluations
    when = np.full(len(evaluations), -1)
    when[len(study.evaluations) :] = np.flatnonzero(is_evaluated)
    # Sorted by trial and time, the row before a verdict's place is the summary it was given on.
    span = len(trial) + 1
    key = evaluations["trial"] * span + (when + 1)
    order = np.argsort(key, kind="stable")
    accepted = trial[is_accepted]
    place = np.searchsorted(key[order], accepted * span + np.flatnonzero(is_accepted), "right")
    known = np.all(place > 0)
    rows = evaluations.rows[order[place - 1]] if known else evaluations.rows
    if not known or np.any((rows["trial"] != accepted) | ~np.isfinite(rows["score"])):
        raise StudyError("a trial was accepted without a finite score")


def _extend_proposals(study: Study, run: EventColumns, is_proposed: NDArray[np.bool_]) -> Table:
    space = study.known_space
    proposals = study.proposals
    n = int(is_proposed.sum())
    if n == 0:
        return proposals
    widths = {
        name: max(proposals[f"param_{name}"].shape[1], _used_width(run.coordinates[name]))
        for name, dimension in space.parameters
        if isinstance(dimension, Sequence)
    }
    dtype = _proposals_dtype(space, widths)
    if dtype != proposals.dtype:
        proposals = _widened(proposals, dtype)
    rows = np.zeros(n, dtype)
    rows["parent"] = run.parent
    rows["origin"] = run.origin
    moved = np.empty(n, dtype=object)
    moved[:] = run.moved
    rows["moved"] = moved
    rows["at"] = run.at[is_proposed]
    for j, name in enumerate(_ANTICIPATED):
        rows[f"anticipated_{name}"] = run.anticipated[:, j]
    for name, column in run.coordinates.items():
        if column.ndim == 2:
            padded = np.full((n, widths[name]), np.nan)
            width = min(widths[name], column.shape[1])
            padded[:, :width] = column[:, :width]
            rows[f"param_{name}"] = padded
        else:
            rows[f"param_{name}"] = column
    return proposals.extend(rows)


def _used_width(column: Array) -> int:
    used = np.flatnonzero(~np.all(np.isnan(column), axis=0))
    return int(used[-1]) + 1 if len(used) > 0 else 1


def _extend_evaluations(study: Study, run: EventColumns, trials: NDArray[np.int64]) -> Table:
    if len(trials) == 0:
        return study.evaluations
    seen = study.evaluations["trial"]
    once = len(np.unique(trials)) == len(trials) and not np.any(np.isin(trials, seen))
    if not once:
        return _extend_evaluations_slowly(study, run, trials)
    rows = np.zeros(len(trials), _EVALUATIONS)
    rows["trial"] = trials
    rows["n_folds"] = run.fold_count
    rows["failed"] = run.failed
    begins = np.concatenate([[0], np.cumsum(run.fold_count)[:-1]])
    for k in np.unique(run.fold_count):
        where = np.flatnonzero(run.fold_count == k)
        if k == 0:
            for name in ("score", "score_sd", "fit_seconds", "score_seconds"):
                rows[name][where] = np.nan
            continue
        grid = begins[where][:, None] + np.arange(k)[None, :]
        # Column by column, so that sums round as they do one event at a time.
        means = {
            name: _column_mean(values[grid])
            for name, values in (
                ("score", run.scores),
                ("fit_seconds", run.fit_seconds),
                ("score_seconds", run.score_seconds),
            )
        }
        total = np.zeros(len(where))
        mean = means["score"]
        with np.errstate(invalid="ignore", over="ignore"):
            for j in range(int(k)):
                deviation = run.scores[grid[:, j]] - mean
                total += deviation * deviation
            bad = run.failed[where] | ~np.isfinite(mean)
            rows["score"][where] = np.where(bad, np.nan, mean)
            rows["score_sd"][where] = np.where(bad, np.nan, np.sqrt(total / k))
        rows["fit_seconds"][where] = means["fit_seconds"]
        rows["score_seconds"][where] = means["score_seconds"]
    return study.evaluations.extend(rows)


def _column_mean(values: Array) -> Array:
    if values.shape[1] == 1:
        return values[:, 0]
    total = np.zeros(len(values))
    with np.errstate(invalid="ignore", over="ignore"):
        for j in range(values.shape[1]):
            total += values[:, j]
        total /= values.shape[1]
    return total


def _extend_evaluations_slowly(study: Study, run: EventColumns, trials: NDArray[np.int64]) -> Table:
    known: dict[int, Partial] = {}
    evaluations = study.evaluations
    begin = 0
    for i, trial in enumerate(trials.tolist()):
        end = begin + int(run.fold_count[i])
        before = known.get(trial)
        if before is None:
            before = study.folds_of(trial) if trial <= study.n_trials else _NO_FOLDS
        now = Partial(
            before.folds + tuple(run.folds[begin:end].tolist()),
            before.scores + tuple(run.scores[begin:end].tolist()),
            before.fit_seconds + tuple(run.fit_seconds[begin:end].tolist()),
            before.score_seconds + tuple(run.score_seconds[begin:end].tolist()),
            before.failed or bool(run.failed[i]),
        )
        known[trial] = now
        begin = end
        outcome = now.outcome(study.sign)
        evaluations = evaluations.append(
            (
                trial,
                outcome.n_folds,
                outcome.score,
                outcome.score_sd,
                outcome.fit_seconds,
                outcome.score_seconds,
                outcome.failed,
            )
        )
    return evaluations
