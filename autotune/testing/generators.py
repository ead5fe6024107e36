"""Hypothesis generators of dimensions, values, spaces, configurations and legal logs.

Hypothesis calls what generates examples a strategy; here that word is taken, so it is a generator.

Examples
--------
>>> from hypothesis import given
>>> from autotune.study import reduce
>>> @given(legal_logs())
... def test_every_legal_log_folds(log):
...     reduce(log)
>>> test_every_legal_log_folds()
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, TypeAlias

from attrs import define, field

from autotune.errors import MissingExtraError
from autotune.events import (
    ORIGINS,
    REASONS,
    Accepted,
    Anticipated,
    Evaluated,
    Event,
    Failure,
    Lineage,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
)
from autotune.space import (
    Boolean,
    Categorical,
    Constant,
    Dimension,
    Float,
    Integer,
    Ordinal,
    Sequence,
    Space,
)

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise MissingExtraError(
        "autotune.testing's generators need Hypothesis; install it with "
        "pip install 'autotune-search[testing]'"
    ) from error

__all__ = ["configurations", "dimensions", "legal_logs", "spaces", "values"]

Draw: TypeAlias = Callable[["st.SearchStrategy[Any]"], Any]
Scalar: TypeAlias = Float | Integer | Boolean | Categorical | Ordinal

_FAR = 1e9
_FAR_INTEGER = 10**9
_NAMES = (
    "alpha",
    "C",
    "learning_rate_init",
    "hidden_layer_sizes",
    "regressor__estimator__max_depth",
    "param_x",
    "trial",
    "a b",
    "λ",
)
_STRATEGIES: tuple[dict[str, Any], ...] = (
    {"type": "Walk", "length": 0.1},
    {"type": "Walk", "length": 0.5, "parts": [{"type": "Constant", "value": 1.0}]},
)


def _finite(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


@cache
def _floats(*, bounded: bool) -> st.SearchStrategy[Float]:
    linear = st.lists(_finite(-_FAR, _FAR), min_size=2, max_size=2, unique=True).map(
        lambda pair: Float(min(pair), max(pair))
    )
    log = st.lists(_finite(1 / _FAR, _FAR), min_size=2, max_size=2, unique=True).map(
        lambda pair: Float(min(pair), max(pair), log=True)
    )
    simple = st.sampled_from([Float(0, 1), Float(-1, 1), Float(1e-4, 10, log=True)])
    if bounded:
        return simple | linear | log
    return (
        simple
        | linear
        | log
        | st.just(Float())
        | st.just(Float(log=True))
        | st.sampled_from([Float(low=0), Float(high=-1.0), Float(low=1e-3, log=True)])
    )


@cache
def _integers(*, bounded: bool) -> st.SearchStrategy[Integer]:
    linear = st.lists(
        st.integers(-_FAR_INTEGER, _FAR_INTEGER), min_size=2, max_size=2, unique=True
    ).map(lambda pair: Integer(min(pair), max(pair)))
    log = st.lists(st.integers(1, _FAR_INTEGER), min_size=2, max_size=2, unique=True).map(
        lambda pair: Integer(min(pair), max(pair), log=True)
    )
    simple = st.sampled_from([Integer(0, 1), Integer(1, 10), Integer(1, 1000, log=True)])
    if bounded:
        return simple | linear | log
    return (
        simple
        | linear
        | log
        | st.just(Integer())
        | st.sampled_from([Integer(low=1), Integer(high=0), Integer(low=2, log=True)])
    )


@cache
def _plain_values() -> st.SearchStrategy[Any]:
    atoms = (
        st.none()
        | st.booleans()
        | st.integers(-_FAR_INTEGER, _FAR_INTEGER)
        | _finite(-_FAR, _FAR)
        | st.text(max_size=5)
    )
    return atoms | st.lists(atoms, max_size=3) | st.lists(atoms, max_size=3).map(tuple)


@cache
def _choices() -> st.SearchStrategy[list[Any]]:
    """Generate lists of different values, of one kind or of many."""
    return (
        st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=5, unique=True)
        | st.lists(_finite(-_FAR, _FAR), min_size=1, max_size=5, unique=True)
        | st.lists(_plain_values(), min_size=1, max_size=5, unique_by=_different)
    )


def _different(value: Any) -> str:
    return repr(value).replace("-0.0", "0.0")


@cache
def _scalars(*, bounded: bool) -> st.SearchStrategy[Scalar]:
    return st.one_of(
        _floats(bounded=bounded),
        _integers(bounded=bounded),
        st.just(Boolean()),
        _choices().map(Categorical),
        _choices().map(Ordinal),
    )


def _sequence(of: Scalar, lengths: tuple[int, int | None], kind: Any) -> Sequence:
    low, extra = lengths
    return Sequence(of, low, None if extra is None else max(low + extra, 1), kind)


@cache
def _dimensions(*, bounded: bool) -> st.SearchStrategy[Dimension]:
    extra: st.SearchStrategy[int | None] = st.integers(0, 3)
    sequences = st.builds(
        _sequence,
        _scalars(bounded=bounded),
        st.tuples(st.integers(0, 2), extra if bounded else extra | st.none()),
        st.sampled_from(["tuple", "list"]),
    )
    return _scalars(bounded=bounded) | sequences | _plain_values().map(Constant)


def dimensions(*, bounded: bool = False) -> st.SearchStrategy[Dimension]:
    """Generate dimensions of every type.

    Parameters
    ----------
    bounded : bool
        Only such as can be sampled: numbers between two bounds, sequences of a largest length.

    Returns
    -------
    SearchStrategy
        A generator of dimensions.
    """
    return _dimensions(bounded=bounded)


def values(dimension: Dimension) -> st.SearchStrategy[Any]:
    """Generate legal values of a dimension, its bounds and edges among them.

    Parameters
    ----------
    dimension : Dimension
        Any dimension.

    Returns
    -------
    SearchStrategy
        A generator of values, as the dimension's ``check`` returns them.
    """
    match dimension:
        case Float(low=low, high=high, log=log):
            if low is None:
                low = min(1 / _FAR if log else -_FAR, _FAR if high is None else high)
            return _finite(low, max(low, _FAR) if high is None else high)
        case Integer(low=whole_low, high=whole_high, log=log):
            if whole_low is None:
                edge = 1 if log else -_FAR_INTEGER
                whole_low = min(edge, _FAR_INTEGER if whole_high is None else whole_high)
            return st.integers(
                whole_low, max(whole_low, _FAR_INTEGER) if whole_high is None else whole_high
            )
        case Boolean():
            return st.booleans()
        case Categorical() | Ordinal():
            # Not sampled_from the values: Hypothesis would call a choice that is a generator.
            return st.integers(0, len(dimension.options) - 1).map(dimension.options.__getitem__)
        case Sequence():
            longest = dimension.max_length
            lists = st.lists(
                values(dimension.of),
                min_size=dimension.min_length,
                max_size=dimension.min_length + 3 if longest is None else longest,
            )
            return lists if dimension.kind == "list" else lists.map(tuple)
        case Constant():
            return st.just(dimension.value)


@st.composite
def spaces(draw: Draw, *, bounded: bool = False, max_parameters: int = 4) -> Space:
    """Generate search spaces of one to a few parameters, with legal start values.

    Parameters
    ----------
    bounded : bool
        Only dimensions that can be sampled.
    max_parameters : int
        The largest number of parameters.

    Returns
    -------
    SearchStrategy
        A generator of spaces.
    """
    names = draw(
        st.lists(st.sampled_from(_NAMES), min_size=1, max_size=max_parameters, unique=True)
    )
    parameters = {name: draw(dimensions(bounded=bounded)) for name in names}
    return Space(parameters, start={name: draw(values(parameters[name])) for name in names})


def configurations(space: Space) -> st.SearchStrategy[dict[str, Any]]:
    """Generate legal configurations of a space.

    Parameters
    ----------
    space : Space
        The space.

    Returns
    -------
    SearchStrategy
        A generator of configurations, as the space's ``check`` returns them.
    """
    return st.fixed_dictionaries({name: values(space[name]) for name in space})


@define
class _Trial:
    """What a trial has been through, as far as it limits what may follow."""

    configuration: dict[str, Any]
    scores: list[float] = field(factory=list)
    failed: bool = False
    judged: bool = False

    @property
    def acceptable(self) -> bool:
        if self.failed or len(self.scores) == 0:
            return False
        total = 0.0
        for score in self.scores:
            total += score
        return math.isfinite(total / len(self.scores))


_Deed: TypeAlias = Literal[
    "propose", "evaluate", "judge", "reevaluate", "strategy", "stop", "space"
]

_USUAL_SCORES = st.sampled_from([0.0, 0.5, -0.25, 1e6]) | _finite(-1.0, 1.0)
_ANY_SCORES = (
    _USUAL_SCORES | _finite(-1e6, 1e6) | st.sampled_from([-0.0, math.inf, -math.inf, math.nan])
)
_SECONDS = st.sampled_from([0.0, 1e-6, 0.25, 1.0, 3600.0]) | _finite(0.0, 1e5)
_NUMBERS = _finite(-1e6, 1e6)
_ANTICIPATED = st.builds(
    Anticipated,
    score=_NUMBERS,
    score_sd=_SECONDS,
    seconds=_SECONDS,
    seconds_sd=_SECONDS,
    gain=_NUMBERS,
    seconds_saved=_NUMBERS,
)
_FAILURES = st.sampled_from(
    [Failure("ValueError", "alpha must be > 0"), Failure("not finite", ""), Failure("Timeout", "λ")]
)


@define
class _Writer:
    """Draws one legal event after another, and keeps what that takes."""

    draw: Draw
    space: Space
    n_folds: int
    at: int
    log: list[Event]
    generator: st.SearchStrategy[dict[str, Any]]
    trials: list[_Trial] = field(factory=list)
    stopped: bool = False

    def open_trials(self) -> list[int]:
        return [i for i, trial in enumerate(self.trials, 1) if not trial.judged]

    def write(self, deed: _Deed) -> None:
        self.at += self.draw(st.sampled_from([0, 1, 1_000, 2_500_000]))
        match deed:
            case "propose":
                self.log.append(self._proposed())
            case "evaluate":
                self.log.append(self._evaluated(self.draw(st.sampled_from(self.open_trials()))))
            case "reevaluate":
                judged = [i for i, trial in enumerate(self.trials, 1) if trial.judged]
                self.log.append(self._evaluated(self.draw(st.sampled_from(judged))))
            case "judge":
                waiting = self.open_trials()
                # Mostly one that has a score, or hardly any would be accepted.
                scored = [i for i in waiting if self.trials[i - 1].acceptable]
                few = scored if scored and self.draw(st.integers(0, 3)) < 3 else waiting
                self.log.append(self._judged(self.draw(st.sampled_from(few))))
            case "strategy":
                self.stopped = False
                self.log.append(StrategyChanged(self.at, self.draw(st.sampled_from(_STRATEGIES))))
            case "stop":
                self.stopped = True
                self.log.append(StudyStopped(self.at, "MaxTrials", "8 trials were made"))
            case "space":
                self.log.append(self._space_changed())

    def _proposed(self) -> Proposed:
        draw = self.draw
        number = len(self.trials) + 1
        if self.trials and draw(st.integers(0, 5)) == 5:
            configuration = draw(st.sampled_from(self.trials)).configuration
        else:
            configuration = draw(self.generator)
        self.trials.append(_Trial(configuration))
        return Proposed(
            self.at,
            number,
            configuration,
            parent=draw(st.none() | st.integers(1, number - 1)) if number > 1 else None,
            moved=tuple(draw(st.lists(st.sampled_from(self.space.names), unique=True))),
            origin=draw(st.sampled_from(ORIGINS)),
            anticipated=draw(st.none() | _ANTICIPATED),
        )

    def _evaluated(self, number: int) -> Evaluated:
        draw = self.draw
        trial = self.trials[number - 1]
        done = len(trial.scores)
        failure = draw(_FAILURES) if draw(st.integers(0, 7)) == 7 else None
        n = draw(st.integers(0 if failure is not None or done == self.n_folds else 1, self.n_folds))
        n = min(n, self.n_folds - done)

        def each(numbers: st.SearchStrategy[float]) -> tuple[float, ...]:
            return tuple(draw(st.lists(numbers, min_size=n, max_size=n)))

        scores = each(draw(st.sampled_from([_USUAL_SCORES, _USUAL_SCORES, _ANY_SCORES])))
        trial.scores.extend(scores)
        trial.failed = trial.failed or failure is not None
        return Evaluated(
            self.at,
            number,
            folds=tuple(range(done, done + n)),
            scores=scores,
            fit_seconds=each(_SECONDS),
            score_seconds=each(_SECONDS),
            metrics={"log_loss": each(_NUMBERS)} if draw(st.booleans()) else {},
            failure=failure,
        )

    def _judged(self, number: int) -> Accepted | Rejected:
        draw = self.draw
        trial = self.trials[number - 1]
        trial.judged = True
        gain = draw(st.none() | _NUMBERS)
        saved = draw(st.none() | _NUMBERS)
        if trial.acceptable and draw(st.sampled_from([True, True, False])):
            return Accepted(self.at, number, gain, saved)
        return Rejected(self.at, number, gain, saved, draw(st.sampled_from(REASONS)))

    def _space_changed(self) -> SpaceChanged:
        """Add a parameter; earlier trials get its start value."""
        name = next(name for name in _NAMES if name not in self.space)
        dimension = self.draw(dimensions())
        start = self.draw(values(dimension))
        self.space = Space(
            {**dict(self.space.parameters), name: dimension},
            start={**self.space.start, name: start},
        )
        self.generator = configurations(self.space)
        for trial in self.trials:
            trial.configuration = {**trial.configuration, name: start}
        return SpaceChanged(self.at, self.space)


@st.composite
def legal_logs(
    draw: Draw,
    space: Space | None = None,
    max_trials: int = 6,
    *,
    changes: bool = True,
) -> list[Event]:
    """Generate logs as a study could have written them, with all that may happen in one.

    Both directions; trials that failed, with some folds or none; scores that are zero, negative,
    infinite or NaN; several evaluations of one trial; several trials pending at once, judged out of
    order, and some pending at the end; folds that come in after the verdict; stops, other
    strategies, and parameters added on the way.

    Parameters
    ----------
    space : Space, optional
        The space to start with; any if left out.
    max_trials : int
        The largest number of trials.
    changes : bool
        Whether space and strategy may change, and the study stop, on the way.

    Returns
    -------
    SearchStrategy
        A generator of lists of events, ``StudyStarted`` first.
    """
    first = draw(spaces()) if space is None else space
    n_folds = draw(st.integers(1, 4))
    at = draw(st.sampled_from([0, 1_700_000_000_000_000]))
    started = StudyStarted(
        at,
        study_id=draw(st.sampled_from(["a", "study-1"])),
        space=first,
        direction=draw(st.sampled_from(["maximize", "minimize"])),
        metric=draw(st.sampled_from(["score", "neg_log_loss"])),
        n_folds=n_folds,
        strategy=draw(st.sampled_from(_STRATEGIES)),
        seed=draw(st.integers(0, 2**63 - 1)),
        versions=draw(st.sampled_from([{}, {"numpy": "2.0.0"}])),
        lineage=draw(st.none() | st.just(Lineage("older", 7))),
    )
    writer = _Writer(draw, first, n_folds, at, [started], configurations(first))
    for _ in range(draw(st.integers(0, 5 * max_trials))):
        deeds = _possible(writer, max_trials, changes=changes)
        if not deeds:
            break
        writer.write(draw(st.sampled_from(deeds)))
    # As logs of studies that ran to their end do.
    if changes and writer.trials and not writer.stopped and draw(st.booleans()):
        writer.write("stop")
    return writer.log


def _possible(writer: _Writer, max_trials: int, *, changes: bool) -> list[_Deed]:
    """List what may happen next; what happens often in a study is listed several times."""
    waiting = writer.open_trials()
    deeds: list[_Deed] = []
    if not writer.stopped and len(writer.trials) < max_trials:
        deeds += ["propose"] * 6
    if waiting:
        deeds += ["evaluate"] * 8
        deeds += ["judge"] * 8
    if len(waiting) < len(writer.trials):
        deeds.append("reevaluate")
    if changes and (waiting or writer.stopped or not deeds):
        deeds.append("strategy")
        if not writer.stopped:
            deeds.append("stop")
            if len(writer.space) < len(_NAMES):
                deeds.append("space")
    return deeds
