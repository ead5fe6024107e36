"""The generators make everything they promise, and ``same`` tells apart what differs."""

import math
import subprocess
import sys

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autotune.testing
from autotune.errors import MissingExtraError
from autotune.space import Boolean, Categorical, Fixed, Float, Integer, Ordinal, Sequence, Space
from autotune.study import (
    EMPTY,
    Accepted,
    Evaluated,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStopped,
    apply,
    reduce,
)
from autotune.study.table import Table
from autotune.testing import dimensions, legal_logs, same, spaces
from helpers import drawn

SPACE = Space({"a": Float(0, 1), "b": Categorical(["x", "y"])})


def events(log, kind):
    return [event for event in log if isinstance(event, kind)]


def scores(log):
    return [score for event in events(log, Evaluated) for score in event.measurement.scores]


def most_pending(log):
    study, most = EMPTY, 0
    for event in log:
        study = apply(study, event)
        most = max(most, len(study.pending))
    return most


def verdict_order(log):
    return [event.trial for event in events(log, Accepted | Rejected)]


def evaluated_after_its_verdict(log):
    judged = set()
    for event in log:
        if isinstance(event, Accepted | Rejected):
            judged.add(event.trial)
        if isinstance(event, Evaluated) and event.trial in judged:
            return True
    return False


MAY_HAPPEN = {
    "minimize": lambda log: log[0].direction == "minimize",
    "lineage": lambda log: log[0].lineage is not None,
    "failure without folds": lambda log: any(
        e.measurement.failure and not e.measurement.folds for e in events(log, Evaluated)
    ),
    "failure with folds": lambda log: any(
        e.measurement.failure and e.measurement.folds for e in events(log, Evaluated)
    ),
    "infinite score": lambda log: any(map(math.isinf, scores(log))),
    "missing score": lambda log: any(map(math.isnan, scores(log))),
    "score of zero": lambda log: 0.0 in scores(log),
    "negative score": lambda log: any(score < 0 for score in scores(log)),
    "several evaluations": lambda log: (
        len({e.trial for e in events(log, Evaluated)}) < len(events(log, Evaluated))
    ),
    "pending at the end": lambda log: len(reduce(log).pending) > 0,
    "three pending at once": lambda log: most_pending(log) >= 3,
    "verdicts out of order": lambda log: verdict_order(log) != sorted(verdict_order(log)),
    "two accepted": lambda log: len(events(log, Accepted)) >= 2,
    "two reasons": lambda log: len({event.reason for event in events(log, Rejected)}) >= 2,
    "folds after the verdict": evaluated_after_its_verdict,
    "another strategy": lambda log: len(events(log, StrategyChanged)) > 0,
    "a stop": lambda log: reduce(log).stopped is not None,
    "going on after a stop": lambda log: events(log, StudyStopped) and reduce(log).stopped is None,
    "another space": lambda log: events(log, SpaceChanged) and reduce(log).n_judged > 0,
    "anticipated": lambda log: any(e.anticipated for e in events(log, Proposed)),
    "a parent": lambda log: any(e.parent for e in events(log, Proposed)),
}
PROMISED_DIMENSIONS = {Float, Integer, Boolean, Categorical, Ordinal, Sequence, Fixed}


class TestLegalLogs:
    def test_hold_all_that_may_happen(self):
        logs = drawn(legal_logs(), 250)
        missing = [what for what, happens in MAY_HAPPEN.items() if not any(map(happens, logs))]
        assert missing == []

    @given(legal_logs(SPACE, max_trials=3, changes=False))
    def test_keep_to_what_was_asked(self, log):
        study = reduce(log)
        assert study.n_trials <= 3
        assert study.space is SPACE
        assert not events(log, SpaceChanged | StrategyChanged | StudyStopped)

    @given(legal_logs())
    def test_times_and_folds_are_sensible(self, log):
        assert [event.at for event in log] == sorted(event.at for event in log)
        n_folds = log[0].n_folds
        study = reduce(log)
        for trial in range(1, study.n_trials + 1):
            folds = study.measurement(trial).folds
            assert folds == tuple(range(len(folds)))
            assert len(folds) <= n_folds

    @given(legal_logs())
    def test_no_trial_is_proposed_after_the_end(self, log):
        study = EMPTY
        for event in log:
            assert not (isinstance(event, Proposed) and study.stopped)
            study = apply(study, event)


class TestDimensions:
    @pytest.mark.parametrize("bounded", [True, False])
    def test_are_of_every_type(self, bounded):
        assert {type(d) for d in drawn(dimensions(bounded=bounded), 200)} == PROMISED_DIMENSIONS

    @given(dimensions(bounded=True))
    def test_bounded_ones_can_be_sampled(self, dimension):
        # A sequence is sampled as its elements, NaN behind the last.
        sampled = dimension.sample(np.random.default_rng(0), 1)[0]
        coordinate = sampled[~np.isnan(sampled)] if np.ndim(sampled) > 0 else sampled
        value = dimension.decode(coordinate)
        assert same(dimension.check("value", value), value)

    @given(spaces(max_parameters=2))
    def test_spaces_have_few_parameters(self, space):
        assert 1 <= len(space) <= 2


@attrs.frozen(eq=False)
class Pair:
    one: object
    other: object
    derived: object = attrs.field(default=None, eq=False)


class Odd:
    def __eq__(self, other):
        raise TypeError

    __hash__ = None


TABLE = Table(np.dtype([("score", "f8"), ("moved", "O")]))
ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
NESTED = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=2), inner, max_size=3),
        st.lists(st.floats(), max_size=3).map(np.array),
    ),
    max_leaves=8,
)


class TestSame:
    @given(NESTED)
    def test_two_of_the_same_making_are(self, value):
        assert same(value, _rebuilt(value))

    @pytest.mark.parametrize(
        ("a", "b"),
        [
            (math.nan, float("nan")),
            (np.float64("nan"), np.float64("nan")),
            (Pair(1, [math.nan]), Pair(1, [float("nan")])),
            (Pair(1, 2, derived=3), Pair(1, 2, derived=4)),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
            (np.array([[1, math.nan]]), np.array([[1, math.nan]])),
            (np.array(["a", None], dtype=object), np.array(["a", None], dtype=object)),
            (TABLE.append((math.nan, ("a",))), TABLE.append((math.nan, ("a",)))),
            (TABLE.append((1.0, ())).rows, TABLE.append((1.0, ())).rows),
            ({1, 2}, {2, 1}),
            (len, len),
            (0.0, -0.0),
        ],
    )
    def test_is_true_of(self, a, b):
        assert same(a, b)

    @pytest.mark.parametrize(
        ("a", "b"),
        [
            (1, 1.0),
            (1, True),
            (math.nan, 0.0),
            (math.nan, None),
            (np.float64(1), 1.0),
            ([1], (1,)),
            ([1], [1, 1]),
            ([1, 2], [2, 1]),
            ({"a": 1}, {"a": 2}),
            ({"a": 1}, {"b": 1}),
            ({"a": 1}, {"a": 1, "b": 1}),
            ({"a": [1]}, {"a": [1.0]}),
            (Pair(1, 2), Pair(1, 3)),
            (Pair(1, 2), Pair(1, 2.0)),
            (np.array([1]), np.array([1.0])),
            (np.array([1]), np.array([[1]])),
            (np.array([1.0, math.nan]), np.array([1.0, 2.0])),
            (np.array([1, None], dtype=object), np.array([1.0, None], dtype=object)),
            (TABLE, Table(np.dtype([("score", "f8")]))),
            (TABLE, TABLE.append((1.0, ()))),
            (TABLE.append((1.0, ("a",))), TABLE.append((1.0, ("b",)))),
            ({1}, {2}),
            (len, max),
            (Odd(), Odd()),
            (SPACE, SPACE.with_start({"a": 0.25})),
            (Float(0, 1), Integer(0, 1)),
        ],
    )
    def test_is_false_of(self, a, b):
        assert not same(a, b)
        assert not same(b, a)


def _rebuilt(value):
    match value:
        case dict():
            return {key: _rebuilt(item) for key, item in value.items()}
        case list():
            return [_rebuilt(item) for item in value]
        case tuple():
            return tuple(map(_rebuilt, value))
        case np.ndarray():
            return value.copy()
        case float():
            return float(repr(value))
    return value


class TestMissingHypothesis:
    def test_says_which_extra_brings_it(self):
        code = (
            "import sys; sys.modules['hypothesis'] = None\n"
            "import autotune.testing\n"
            "from autotune.testing import same\n"
            "from autotune.errors import MissingExtraError\n"
            "assert same(1, 1)\n"
            "try:\n"
            "    from autotune.testing import legal_logs\n"
            "except MissingExtraError as error:\n"
            "    print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert "need Hypothesis" in done.stdout
        assert "autotune-search[testing]" in done.stdout
        assert issubclass(MissingExtraError, ImportError)

    def test_all_names_are_there(self):
        for name in autotune.testing.__all__:
            assert getattr(autotune.testing, name) is not None
            assert name in dir(autotune.testing)
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            autotune.testing.nothing  # noqa: B018
