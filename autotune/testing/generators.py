"""Hypothesis generators of spaces, configurations, keys, events, legal logs and strategies.

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

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias

from autotune.errors import ComponentError, MissingExtraError
from autotune.space import (
    And,
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
    Not,
    Or,
    Ordinal,
    Sequence,
    Space,
    Sum,
)
from autotune.strategy import Key, Strategy
from autotune.study import Event, Study, reduce
from autotune.study.events import KINDS
from autotune.testing.byte_source import FAR as _FAR
from autotune.testing.byte_source import FAR_INTEGER as _FAR_INTEGER
from autotune.testing.byte_source import ByteSource
from autotune.testing.kinds import kind_of
from autotune.testing.log_builder import CHUNK, HEADER, NAMES, write_log

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise MissingExtraError(
        "autotune.testing's generators need Hypothesis; install it with "
        "pip install 'autotune-search[testing]'"
    ) from error

__all__ = [
    "conditions",
    "configurations",
    "dimensions",
    "events",
    "keys",
    "legal_logs",
    "spaces",
    "strategies",
    "studies",
    "values",
]

Draw: TypeAlias = Callable[["st.SearchStrategy[Any]"], Any]
Scalar: TypeAlias = Float | Integer | Boolean | Categorical | Ordinal


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
    simple = st.sampled_from(
        [Float(0, 1), Float(-1, 1), Float(1e-4, 10, log=True), Float(0, 1, linear_below=0.01)]
    )
    if bounded:
        return simple | linear | log
    return (
        simple
        | linear
        | log
        | st.just(Float())
        | st.just(Float(log=True))
        | st.sampled_from([Float(low=0), Float(high=-1.0), Float(low=1e-3, log=True)])
        | st.sampled_from([Float(low=0, linear_below=0.01), Float(linear_below=1.0)])
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
    return _scalars(bounded=bounded) | sequences | _plain_values().map(Fixed)


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

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(dimensions(bounded=True))
    ... def test(dimension):
    ...     assert dimension == dimension
    >>> test()
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

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(values(Integer(1, 8)))
    ... def test(value):
    ...     assert 1 <= value <= 8
    >>> test()
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
        case Fixed():
            return st.just(dimension.value)


@st.composite
def spaces(
    draw: Draw, *, bounded: bool = False, max_parameters: int = 4, conditional: bool = False
) -> Space:
    """Generate search spaces of one to a few parameters, with legal start values.

    Parameters
    ----------
    bounded : bool
        Only dimensions that can be sampled.
    max_parameters : int
        The largest number of parameters.
    conditional : bool
        Whether parameters may hang on the value of another.

    Returns
    -------
    SearchStrategy
        A generator of spaces.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(spaces(max_parameters=2))
    ... def test(space):
    ...     assert space.check(space.start) == space.start
    >>> test()
    """
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=max_parameters, unique=True))
    parameters = {name: draw(dimensions(bounded=bounded)) for name in names}
    start = {name: draw(values(parameters[name])) for name in names}
    when: dict[str, Condition] = {}
    if conditional and draw(st.booleans()):
        # Each may hang on the one before, so that conditions never go round in a circle.
        for before, name in pairwise(names):
            if draw(st.booleans()):
                known = {before: parameters[before]}
                when[name] = draw(conditions(known, start))
    return Space(parameters, start=start, conditions=when)


def conditions(
    parameters: Mapping[str, Dimension], start: Mapping[str, Any] | None = None
) -> st.SearchStrategy[Condition]:
    """Generate conditions of every kind on parameters.

    Parameters
    ----------
    parameters : mapping of str to dimension
        The parameters that may be looked at, at least one.
    start : mapping, optional
        Values to look for often, so that conditions hold.

    Returns
    -------
    SearchStrategy
        A generator of conditions.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(conditions({"x": Float(0, 1)}))
    ... def test(condition):
    ...     assert set(condition.names) <= {"x"}
    >>> test()
    """
    names = st.sampled_from(list(parameters))

    def wanted(name: str) -> st.SearchStrategy[Any]:
        drawn = values(parameters[name])
        return drawn if start is None else st.just(start[name]) | drawn

    equal = names.flatmap(lambda name: st.builds(Equals, st.just(name), wanted(name)))
    among = names.flatmap(
        lambda name: st.builds(In, st.just(name), st.lists(wanted(name), max_size=3))
    )
    terms = names | st.integers(-9, 9) | _finite(-9, 9)
    sides = terms | st.lists(terms, min_size=1, max_size=3).map(Sum)
    comparisons = (
        st.builds(kind, sides, sides, or_equal=st.booleans()) for kind in (LessThan, GreaterThan)
    )
    return st.recursive(
        st.one_of(equal, among, *comparisons),
        lambda parts: st.one_of(
            st.lists(parts, max_size=3).map(And),
            st.lists(parts, max_size=3).map(Or),
            parts.map(Not),
        ),
        max_leaves=3,
    )


def configurations(space: Space) -> st.SearchStrategy[dict[str, Any]]:
    """Generate legal configurations of a space.

    Parameters
    ----------
    space : Space
        The space.

    Returns
    -------
    SearchStrategy
        A generator of configurations, as the space's ``check`` returns them: without a value for
        what is inactive, and such as the constraints allow.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(configurations(Space({"x": Float(0, 1)})))
    ... def test(configuration):
    ...     assert 0 <= configuration["x"] <= 1
    >>> test()
    """
    drawn = st.fixed_dictionaries({name: values(space[name]) for name in space})
    if space.conditional:
        drawn = drawn.map(space.check_values)
    return drawn.filter(space.allows) if space.constraints else drawn


@st.composite
def _additions(draw: Draw) -> tuple[Dimension, Any]:
    dimension = draw(dimensions())
    return dimension, draw(values(dimension))


@cache
def _contents(n_chunks: int) -> st.SearchStrategy[bytes]:
    # All of one length, or Hypothesis would mostly draw a few bytes; zeros at the end do nothing.
    n = HEADER + n_chunks * CHUNK
    return st.binary(min_size=n, max_size=n)


@st.composite
def legal_logs(
    draw: Draw,
    space: Space | None = None,
    max_trials: int = 6,
    *,
    changes: bool = True,
    conditional: bool = True,
) -> list[Event]:
    """Generate logs as a study could have written them, with all that may happen in one.

    Both directions; trials that failed, with some folds or none; scores that are zero, negative,
    infinite or NaN; several evaluations of one trial; several trials pending at once, judged out of
    order, and some pending at the end; folds that come in after the verdict; stops, other
    strategies, parameters added on the way, bounds widened and choices added.

    Parameters
    ----------
    space : Space, optional
        The space to start with; any if left out.
    max_trials : int
        The largest number of trials.
    changes : bool
        Whether space and strategy may change, and the study stop, on the way.
    conditional : bool
        Whether a space may hold conditions, if none is given.

    Returns
    -------
    SearchStrategy
        A generator of lists of events, ``StudyStarted`` first.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(legal_logs(max_trials=3))
    ... def test(log):
    ...     assert reduce(log).n_events == len(log)
    >>> test()
    """
    first = draw(spaces(conditional=conditional)) if space is None else space
    return write_log(
        first,
        draw(_contents(4 * max_trials)),
        max_trials,
        changes=changes,
        addition=_drawn_addition(draw),
    )


def _drawn_addition(draw: Draw) -> Callable[[ByteSource, str], tuple[str, Dimension, Any]]:
    def addition(source: ByteSource, name: str) -> tuple[str, Dimension, Any]:  # noqa: ARG001
        return name, *draw(_additions())

    return addition


@st.composite
def events(draw: Draw, space: Space | None = None) -> Event:
    """Generate single events, each kind as often as the others, as they stand in legal logs.

    Parameters
    ----------
    space : Space, optional
        The space of the study; any if left out.

    Returns
    -------
    SearchStrategy
        A generator of events.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(events())
    ... def test(event):
    ...     assert type(event) in KINDS
    >>> test()
    """
    kind: type[Event] = draw(st.sampled_from(KINDS))
    first = draw(spaces(conditional=True)) if space is None else space
    log = write_log(first, draw(_contents(12)), 3, addition=_drawn_addition(draw), wanted=kind)
    event: Event = draw(st.sampled_from([e for e in log if isinstance(e, kind)] or log))
    return event


def studies(
    space: Space | None = None,
    max_trials: int = 6,
    *,
    changes: bool = True,
    conditional: bool = True,
) -> st.SearchStrategy[Study]:
    """Generate studies.

    For a study together with its log draw the log and ``reduce`` it.

    Parameters
    ----------
    space, max_trials, changes, conditional
        As for ``legal_logs``.

    Returns
    -------
    SearchStrategy
        A generator of studies that have begun.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(studies(max_trials=3))
    ... def test(study):
    ...     assert study.n_trials <= 3
    >>> test()
    """
    return legal_logs(space, max_trials, changes=changes, conditional=conditional).map(reduce)


@cache
def keys() -> st.SearchStrategy[Key]:
    """Generate addresses of randomness.

    Returns
    -------
    SearchStrategy
        A generator of keys, at and below the root.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(keys())
    ... def test(key):
    ...     assert key.generator().random() == key.generator().random()
    >>> test()
    """
    steps = st.integers(0, 2**32 - 1) | st.sampled_from(["move", "start", "score", "λ"])
    return st.builds(
        lambda seed, path: Key(seed).child(*path),
        st.integers(0, 2**63 - 1),
        st.lists(steps, max_size=3),
    )


def strategies(
    components: Iterable[object], *, n_candidates: int = 3
) -> st.SearchStrategy[Strategy]:
    """Generate strategies composed of given components.

    Parameters
    ----------
    components : iterable
        At least one component of each kind that a strategy needs: start, move, schedule (for the
        exploration), anticipator (for score and seconds), acquisition, fold plan, acceptance and
        termination. Components of other kinds are left out.
    n_candidates : int
        The largest number of candidates compared.

    Returns
    -------
    SearchStrategy
        A generator of strategies.

    Raises
    ------
    ComponentError
        If a kind is missing.

    Examples
    --------
    >>> from autotune_strategies import *
    >>> parts = [
    ...     StartValues(), GlobalJump(), Constant(0.1), Ridge(), Greedy(), AllFolds(), Threshold(),
    ...     Never(),
    ... ]
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(strategies(parts, n_candidates=2))
    ... def test(strategy):
    ...     assert strategy.n_candidates <= 2
    >>> test()
    """
    by_kind: dict[str, list[object]] = {}
    for component in components:
        by_kind.setdefault(kind_of(component).name, []).append(component)
    needed = {
        "start": "start",
        "move": "move",
        "exploration": "schedule",
        "score_anticipator": "anticipator",
        "seconds_anticipator": "anticipator",
        "acquisition": "acquisition",
        "folds": "fold plan",
        "acceptance": "acceptance",
        "termination": "termination",
    }
    missing = sorted({kind for kind in needed.values() if kind not in by_kind})
    if missing:
        raise ComponentError(
            f"no component of kind {', '.join(missing)} to compose strategies of; add one of each"
        )
    parts = {name: st.sampled_from(by_kind[kind]) for name, kind in needed.items()}
    return st.builds(Strategy, n_candidates=st.integers(1, n_candidates), **parts)
