"""Building legal logs, one event after another, from decisions on a source."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

from attrs import define, evolve, field

from autotune.space import (
    Boolean,
    Categorical,
    Condition,
    Dimension,
    Equals,
    Fixed,
    Float,
    GreaterThan,
    In,
    Integer,
    LessThan,
    Ordinal,
    Sequence,
    Space,
    Sum,
)
from autotune.study import (
    Accepted,
    Anticipated,
    Evaluated,
    Event,
    Failure,
    Lineage,
    Measurement,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
)
from autotune.study.events import ORIGINS, REASONS
from autotune.study.measurement import WORKER_LOST, loss
from autotune.testing.byte_source import ByteSource

__all__ = ["CHUNK", "HEADER", "NAMES", "small_space", "widened", "write_log"]

HEADER = 32
"""Bytes that say how a study starts."""

CHUNK = 48
"""Bytes that say what happens next; all zeros say that nothing does."""

NAMES = (
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
STRATEGIES: tuple[dict[str, Any], ...] = (
    {"type": "Walk", "length": 0.1},
    {"type": "Walk", "length": 0.5, "parts": [{"type": "Constant", "value": 1.0}]},
)
_FAILURES = (
    Failure("ValueError", "alpha must be > 0"),
    Failure("not finite", ""),
    Failure("Timeout", "λ"),
    Failure("TimeoutError", "it took too long", limit=2.5),
    Failure(WORKER_LOST, "the worker process was killed"),
)
_USUAL_SCORES = (0.0, 0.5, -0.25, 1.0, 1e6, 0.125)
_ODD_SCORES = (math.nan, math.inf, -math.inf, -0.0)
_SECONDS = (0.0, 0.25, 1.0, 1e-6, 3600.0)
_PAUSES = (0, 1, 1_000, 2_500_000)

Parameter: TypeAlias = tuple[str, Dimension, Any]
Action: TypeAlias = Literal[
    "propose", "evaluate", "judge", "reevaluate", "whole", "strategy", "stop", "space"
]


@define
class _Trial:
    """The history of a trial, as far as it limits what may follow."""

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


@define
class _Writer:
    """Writes one legal event after another, and keeps what that takes."""

    source: ByteSource
    space: Space
    n_folds: int
    at: int
    log: list[Event]
    addition: Callable[[ByteSource, str], Parameter]
    trials: list[_Trial] = field(factory=list)
    stopped: bool = False

    def open_trials(self) -> list[int]:
        return [i for i, trial in enumerate(self.trials, 1) if not trial.judged]

    def write(self, action: Action) -> None:
        source = self.source
        self.at += source.pick(_PAUSES)
        match action:
            case "propose":
                self.log.append(self._proposed())
            case "evaluate":
                self.log.append(self._evaluated(source.pick(self.open_trials())))
            case "reevaluate":
                judged = [i for i, trial in enumerate(self.trials, 1) if trial.judged]
                self.log.append(self._evaluated(source.pick(judged)))
            case "judge":
                waiting = self.open_trials()
                # Mostly one that has a score, or hardly any would be accepted.
                scored = [i for i in waiting if self.trials[i - 1].acceptable]
                few = waiting if source.chance(0.25) or not scored else scored
                self.log.append(self._judged(source.pick(few)))
            case "whole":  # a trial from beginning to end
                number = len(self.trials) + 1
                self.log.append(self._proposed())
                self.log.append(self._evaluated(number))
                self.log.append(self._judged(number))
            case "strategy":
                self.stopped = False
                self.log.append(StrategyChanged(self.at, source.pick(STRATEGIES)))
            case "stop":
                self.stopped = True
                self.log.append(StudyStopped(self.at, "MaxTrials", "8 trials were made"))
            case "space":
                self.log.append(self._space_changed())

    def write_kind(self, kind: type[Event]) -> None:
        """Write an event of a kind that the log lacks, and what must come before it."""
        if self.stopped and kind is not StrategyChanged:
            self.write("strategy")
        if kind is StrategyChanged:
            self.write("strategy")
        elif kind is StudyStopped:
            self.write("stop")
        elif kind is SpaceChanged:
            if len(self.space) < len(NAMES):
                self.write("space")
        else:
            # Zeros make a trial with a score on all folds that is accepted.
            number = len(self.trials) + 1
            self.source = ByteSource(b"")
            self.log += [self._proposed(), self._evaluated(number)]
            self.source = ByteSource(b"\xff" if kind is Rejected else b"")
            self.log.append(self._judged(number))

    def _proposed(self) -> Proposed:
        source = self.source
        number = len(self.trials) + 1
        origin = source.pick(ORIGINS)
        parent = source.below(number) or None
        drawn = source.byte()
        moved = tuple(name for i, name in enumerate(self.space.names) if drawn >> (i % 8) & 1)
        if source.chance(0.5):
            seconds, sd = self._second(), self._second()
            numbers = [source.number(-1e6, 1e6) for _ in range(3)]
            success = source.number(0.0, 1.0) if source.chance(0.5) else None
            anticipated = Anticipated(numbers[0], sd, seconds, sd, numbers[1], numbers[2], success)
        else:
            anticipated = None
        if self.trials and source.chance(1 / 6):
            configuration = source.pick(self.trials).configuration
        else:
            configuration = source.configuration(self.space)
        self.trials.append(_Trial(configuration))
        return Proposed(self.at, number, configuration, parent, moved, origin, anticipated)

    def _second(self) -> float:
        source = self.source
        return source.number(0.0, 1e5) if source.chance(0.5) else source.pick(_SECONDS)

    def _score(self, *, odd: bool) -> float:
        source = self.source
        kind = source.byte()
        if kind < 96:
            return source.pick(_USUAL_SCORES)
        if odd and kind >= 192:
            return source.pick(_ODD_SCORES)
        return source.number(-1e6, 1e6) if odd and kind >= 160 else source.number(-1.0, 1.0)

    def _evaluated(self, number: int) -> Evaluated:
        source = self.source
        trial = self.trials[number - 1]
        left = self.n_folds - len(trial.scores)
        failure = source.pick(_FAILURES) if source.chance(1 / 8) else None
        if failure is not None and failure.kind == WORKER_LOST:
            return Evaluated(self.at, number, loss(failure.message))
        if failure is None:
            # Mostly all folds at once.
            n = 1 + source.below(left) if left > 0 and source.chance(0.5) else left
        else:
            n = source.below(left + 1)
        odd = source.chance(1 / 3)
        scores = tuple([self._score(odd=odd) for _ in range(n)])
        done = len(trial.scores)
        trial.scores.extend(scores)
        trial.failed = trial.failed or failure is not None
        metrics: dict[str, tuple[float, ...]] = {}
        if source.chance(0.25):
            metrics = {"log_loss": tuple([source.number(-1e6, 1e6) for _ in range(n)])}
        return Evaluated(
            self.at,
            number,
            Measurement(
                folds=tuple(range(done, done + n)),
                scores=scores,
                fit_seconds=tuple([self._second() for _ in range(n)]),
                score_seconds=tuple([source.pick(_SECONDS) for _ in range(n)]),
                metrics=metrics,
                failure=failure,
            ),
        )

    def _judged(self, number: int) -> Accepted | Rejected:
        source = self.source
        trial = self.trials[number - 1]
        trial.judged = True
        keep = not source.chance(1 / 3)
        gain = None if source.chance(0.25) else source.number(-1e6, 1e6)
        saved = None if source.chance(0.25) else source.number(-1e6, 1e6)
        if trial.acceptable and keep:
            return Accepted(self.at, number, gain, saved)
        return Rejected(self.at, number, gain, saved, source.pick(REASONS))

    def _space_changed(self) -> SpaceChanged:
        """Add a parameter, earlier trials getting its start value; or widen one."""
        source = self.source
        wider = widened(source, self.space) if source.chance(0.4) else None
        if wider is None:
            name = next(name for name in NAMES if name not in self.space)
            name, dimension, start = self.addition(source, name)
            wider = evolve(
                self.space,
                parameters={**dict(self.space.parameters), name: dimension},
                start={**self.space.start_values, name: start},
            )
            for trial in self.trials:
                trial.configuration = {**trial.configuration, name: start}
        self.space = wider
        return SpaceChanged(self.at, wider)


def widened(source: ByteSource, space: Space) -> Space | None:
    """Return a space that holds the given one and more: a bound moved, a choice added.

    Parameters
    ----------
    source : ByteSource
        Where decisions come from.
    space : Space
        Any space.

    Returns
    -------
    Space or None
        None where the parameter picked can't be widened.
    """
    name, dimension = source.pick(space.parameters)
    more = _wider(source, dimension)
    if more is None:
        return None
    parameters = {**dict(space.parameters), name: more}
    return evolve(space, parameters=parameters, start=space.start_values)


def _wider(source: ByteSource, dimension: Dimension) -> Dimension | None:
    match dimension:
        case Float(low=low, high=high, log=log):
            if high is not None and source.byte() % 2 == 0:
                return evolve(dimension, high=high + abs(high) + 1)
            if low is not None:
                return evolve(dimension, low=low / 2 if log else low - abs(low) - 1)
        case Integer(low=least, high=most, log=log):
            if most is not None and source.byte() % 2 == 0:
                return Integer(least, most + 10, log=log)
            if least is not None:
                return Integer(max(least // 2, 1) if log else least - 10, most, log=log)
        case Categorical() | Ordinal():
            options = dimension.options
            new: Any
            if all(type(option) is str for option in options):
                new = max(options, key=len) + "+"  # longer than all
            elif all(type(option) is int for option in options):
                new = max(options) + 1
            else:
                return None
            return type(dimension)((*options, new))
        case Sequence(max_length=int(longest)):
            return evolve(dimension, max_length=longest + 1)
    return None


_POOL: tuple[tuple[Dimension, Any], ...] = (
    (Float(0, 1), 0.5),
    (Float(1e-4, 1, log=True), 0.01),
    (Integer(1, 10), 3),
    (Categorical(["x", "y", "z"]), "x"),
    (Sequence(Integer(1, 50), 1, 3), (4, 1)),
    (Boolean(), False),
    (Ordinal([1, 2, 4, 8]), 2),
    (Float(log=True), 0.1),
    (Integer(low=1), 5),
    (Float(-1, 1), 0.0),
    (Fixed("fixed"), "fixed"),
    (Integer(1, 1000, log=True), 30),
    (Categorical([1, "x", None, 0.5]), None),
    (Sequence(Float(0, 1), 0, 2, "list"), [0.5]),
    (Float(), -3.0),
    (Integer(), 0),
    (Sequence(Integer(low=1)), (4, 1)),
    (Categorical(["only"]), "only"),
    (Float(low=0), 1.0),
    (Float(low=0, linear_below=0.01), 0.0),
)
_SWITCH = Categorical(["linear", "rbf", "poly"])


def small_space(source: ByteSource) -> Space:
    """Return a space of one to four parameters, often with a condition or a constraint.

    Parameters
    ----------
    source : ByteSource
        Where decisions come from; all zeros give one ``Float(0, 1)``.

    Examples
    --------
    >>> small_space(ByteSource(b""))
    Space({'a': Float(low=0.0, high=1.0, log=False)}, start={'a': 0.5})
    """
    shape = source.byte() % 8
    n = 1 + source.below(3)
    drawn = [source.pick(_POOL) for _ in range(n)]
    parameters: dict[str, Dimension] = {}
    start: dict[str, Any] = {}
    for name, (dimension, value) in zip("abc", drawn, strict=False):
        parameters[name], start[name] = dimension, value
    if shape in {5, 6}:  # what there is hangs on a switch
        first = source.byte() % 2 == 1
        start_kernel = source.pick(_SWITCH.options)
        kernels: tuple[Condition, ...] = (
            Equals("kernel", "rbf"),
            In("kernel", ["rbf", "poly"]),
            ~Equals("kernel", "linear"),
            Equals("kernel", "rbf") | Equals("kernel", "poly"),
        )
        switch: dict[str, Dimension] = {"kernel": _SWITCH}
        parameters = {**switch, **parameters} if first else {**parameters, **switch}
        conditions = {"a": source.pick(kernels)}
        if shape == 6 and isinstance(parameters["a"], Boolean) and n > 1:
            conditions["b"] = Equals("a", value=True)  # one that hangs on another that hangs
        return Space(parameters, start={**start, "kernel": start_kernel}, conditions=conditions)
    if shape == 7:
        parameters |= {"low": Integer(1, 10), "high": Integer(1, 10)}
        start |= {"low": 2, "high": 5}
        constraints: tuple[Condition, ...] = (
            LessThan("low", "high", or_equal=True),
            GreaterThan("high", "low"),
            LessThan(Sum(("low", "high")), 12) & GreaterThan("high", 1),
        )
        return Space(parameters, start=start, constraints=[source.pick(constraints)])
    return Space(parameters, start=start)


def _from_pool(source: ByteSource, name: str) -> Parameter:
    dimension, start = source.pick(_POOL)
    return name, dimension, start


def write_log(
    space: Space,
    content: bytes,
    max_trials: int = 6,
    *,
    changes: bool = True,
    whole: bool = False,
    addition: Callable[[ByteSource, str], Parameter] = _from_pool,
    wanted: type[Event] | None = None,
) -> list[Event]:
    """Write a legal log from bytes: a header, then a chunk for each thing that happens.

    Parameters
    ----------
    space : Space
        The space to start with.
    content : bytes
        The bytes.
    max_trials : int
        The largest number of trials.
    changes : bool
        Whether space and strategy may change, and the study stop, on the way.
    whole : bool
        Whether one chunk may write a trial from beginning to end, and the log end with one that
        awaits its verdict: so that fewer bytes make a study with something in it.
    addition : callable
        What parameter a change of the space adds.
    wanted : type of event, optional
        A kind of event that the log is to have: if nothing else brings one, it is added at the
        end, beyond the largest number of trials if need be. Only a space that has all of ``NAMES``
        may go without a ``SpaceChanged``.

    Returns
    -------
    list of Event
        ``StudyStarted`` first.

    Examples
    --------
    >>> log = write_log(small_space(ByteSource(b"")), bytes(HEADER) + bytes([1]) * CHUNK)
    >>> [type(event).__name__ for event in log]
    ['StudyStarted', 'Proposed']
    """
    source = ByteSource(content[:HEADER])
    n_folds = 1 + source.below(4)
    at = source.pick((0, 1_700_000_000_000_000))
    started = StudyStarted(
        at,
        study_id=source.pick(("a", "study-1")),
        space=space,
        direction=source.pick(("maximize", "minimize")),
        metric=source.pick(("score", "neg_log_loss")),
        n_folds=n_folds,
        strategy=source.pick(STRATEGIES),
        seed=source.below(2**63),
        versions=source.pick(({}, {"numpy": "2.0.0"})),
        lineage=source.pick((None, Lineage("older", 7))),
    )
    ends, waits = source.chance(0.5), source.chance(0.5)
    writer = _Writer(source, space, n_folds, at, [started], addition)
    for chunk in _chunks(content):
        writer.source = ByteSource(chunk)
        kind = writer.source.byte()
        actions = _possible(writer, max_trials, changes=changes)
        if whole and "propose" in actions:
            actions[:0] = ["whole"] * 12
        if kind > 0 and actions:
            writer.write(actions[(kind - 1) % len(actions)])
    if whole and waits and not writer.stopped and len(writer.trials) < max_trials:
        writer.write("propose")
        writer.log.append(writer._evaluated(len(writer.trials)))
    # As logs of studies that ran to their end do.
    if ends and changes and writer.trials and not writer.stopped:
        writer.write("stop")
    if wanted is not None and not any(isinstance(event, wanted) for event in writer.log):
        writer.write_kind(wanted)
    return writer.log


def _chunks(content: bytes) -> Iterable[bytes]:
    return [content[i : i + CHUNK] for i in range(HEADER, len(content), CHUNK)]


def _possible(writer: _Writer, max_trials: int, *, changes: bool) -> list[Action]:
    """List what may happen next; what happens often in a study is listed several times."""
    waiting = writer.open_trials()
    actions: list[Action] = []
    if not writer.stopped and len(writer.trials) < max_trials:
        actions += ["propose"] * 6
    if waiting:
        actions += ["evaluate"] * 8
        actions += ["judge"] * 8
    if len(waiting) < len(writer.trials):
        actions.append("reevaluate")
    if changes and (waiting or writer.stopped or not actions):
        actions.append("strategy")
        if not writer.stopped:
            actions.append("stop")
            if len(writer.space) < len(NAMES):
                actions.append("space")
    return actions
