"""Events to Arrow rows and back, whatever the space and whatever the event."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from attrs import evolve as replace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autotune.errors import LogError
from autotune.log import MemoryLog
from autotune.log.base import by_space
from autotune.log.labels import with_objects
from autotune.log.schema import Layout, schema_for, to_batch, to_batches, to_columns, to_events
from autotune.log.upcast import upcast
from autotune.space import Boolean, Categorical, Fixed, Float, Integer, Ordinal, Sequence, Space
from autotune.space.dimensions import Label
from autotune.study import (
    Accepted,
    Anticipated,
    Evaluated,
    Failure,
    Lineage,
    Measurement,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
    reduce,
)
from autotune.study.columns import replay
from autotune.study.events import KINDS, SCHEMA_VERSION
from autotune.testing import legal_logs, same

FULL = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def round_trip(events):
    first, back = 0, []
    for space, group in by_space(events, None, 0):
        back += to_events(to_batch(group, first, space), space)
        first += len(group)
    return back


@FULL
@given(legal_logs())
def test_every_legal_log_comes_back_the_same(log):
    assert same(round_trip(log), log)


@FULL
@given(legal_logs())
def test_folding_runs_is_folding_events(log):
    memory = MemoryLog(log)
    assert same(replay(memory.batches()), reduce(log))


@FULL
@given(legal_logs(changes=False), st.data())
def test_a_slice_of_rows_is_read_as_the_slice_it_is(log, data):
    begin = data.draw(st.integers(0, len(log)))
    end = data.draw(st.integers(begin, len(log)))
    space = log[0].space
    rows = to_batch(log, 0, space).slice(begin, end - begin)
    assert same(list(to_events(rows, space)), log[begin:end])


SPACE = Space(
    {
        "alpha": Float(1e-9, 1.0),
        "depth": Integer(1, 2**53),
        "shuffle": Boolean(),
        "solver": Categorical(["adam", "Łódź", ""]),
        "either": Categorical([None, 1, 1.0, True, "None", (1, 2), [1, 2]]),
        "sizes": Categorical([(1, 2), (1,), (2, 1), ()]),
        "mixed": Categorical([(1, 2), [1, 2]]),
        "halves": Ordinal([0.5, math.inf, -1.0]),
        "ranks": Ordinal([3, 1, 2]),
        "far": Ordinal([1, 2**70]),
        "layers": Sequence(of=Integer(1, 99), min_length=0),
        "flags": Sequence(of=Boolean(), kind="list"),
        "words": Sequence(of=Categorical(["a", "b"]), kind="list"),
        "scaler": Categorical([Label("sklearn.Scaler"), Label("other")]),
        "fixed": Fixed({"n": 1}.get("n")),
        "nothing": Fixed(None),
    }
)
CONFIGURATION = {
    **SPACE.start,
    "alpha": 0.1 + 0.2,
    "depth": 2**53,
    "shuffle": True,
    "solver": "Łódź",
    "sizes": (),
    "mixed": [1, 2],
    "halves": math.inf,
    "far": 2**70,
    "layers": (),
    "flags": [True, False],
    "words": ["b", "a", "b"],
    "scaler": Label("other"),
}
STARTED = StudyStarted(
    1_700_000_000_123_456,
    "études",
    SPACE,
    "minimize",
    "loss",
    5,
    {"type": "Walk", "parts": [1, 1.0, True, None, "x", {"a": [math.inf]}]},
    2**63 - 1,
    {"numpy": "2.1"},
    Lineage("older", 12),
)
EVENTS = [
    STARTED,
    *(
        Proposed(-5, 1 + i, {**CONFIGURATION, "either": choice}, None, ("alpha", "layers"), "prior")
        for i, choice in enumerate(SPACE["either"].options)
    ),
    Proposed(7, 8, CONFIGURATION, 3, (), "exploit", Anticipated(0.0, math.nan, 1, 2, 3, -math.inf)),
    Evaluated(8, 1, Measurement((0, 3), (math.nan, -math.inf), (0.0, 1.5), (0.0, 1e-300))),
    Evaluated(
        8, 2, Measurement((0,), (-0.0,), (1.0,), (1.0,), {"λ": (math.nan,), "": (math.inf,)})
    ),
    Evaluated(9, 3, Measurement((), (), (), (), {}, Failure("ValueError", ""))),
    Accepted(10, 2, None, None),
    Rejected(10, 1, math.nan, 0.0, "chance"),
    StrategyChanged(11, {}),
    StudyStopped(12, "MaxTrials", "enough"),
]


def test_every_kind_of_event_is_exact_to_the_type():
    assert {type(event) for event in EVENTS} == set(KINDS) - {SpaceChanged}
    back = list(to_events(to_batch(EVENTS, 0, SPACE), SPACE))
    for event, again in zip(EVENTS, back, strict=True):
        # What was whole in a field of doubles comes back as a double; no other type may change.
        wanted = event
        if getattr(event, "anticipated", None) is not None:
            wanted = replace(
                event, anticipated=Anticipated(0.0, math.nan, 1.0, 2.0, 3.0, -math.inf)
            )
        assert same(again, wanted), (again, wanted)
    assert math.copysign(1, back[10].measurement.scores[0]) == -1


def test_a_changed_space_comes_back():
    changed = SpaceChanged(3, Space({"x": Float(0, 1)}))
    assert same(list(to_events(to_batch([changed], 4, changed.space), changed.space)), [changed])


def test_columns_are_typed():
    kinds = {
        column.name: str(column.type).replace("item", "element") for column in schema_for(SPACE)
    }
    assert kinds["seq"] == "int64"
    assert kinds["at"] == "timestamp[us, tz=UTC]"
    assert kinds["schema_version"] == "int16"
    assert kinds["param_alpha"] == "double"
    assert kinds["param_depth"] == "int64"
    assert kinds["param_shuffle"] == "bool"
    assert kinds["param_solver"] == "string"
    assert kinds["param_either"] == "string"
    assert kinds["param_sizes"] == "list<element: int64>"
    assert kinds["param_mixed"] == "string"
    assert kinds["param_halves"] == "double"
    assert kinds["param_ranks"] == "int64"
    assert kinds["param_far"] == "string"
    assert kinds["param_words"] == "list<element: string>"
    assert kinds["param_scaler"] == "string"
    assert kinds["moved"] == "list<element: string>"
    assert kinds["scores"] == "list<element: double>"
    assert kinds["metrics"] == "map<string, list<element: double>>"
    assert kinds["anticipated_score_sd"] == kinds["gain"] == "double"
    assert kinds["lineage_study_id"] == kinds["failure_kind"] == kinds["space"] == "string"
    assert list(kinds)[:6] == ["seq", "at", "kind", "schema_version", "trial", "param_alpha"]


def test_no_score_is_null_and_nan_is_nan():
    rows = to_batch(EVENTS, 0, SPACE).to_pylist()
    assert rows[11]["scores"] == []
    assert rows[12]["gain"] is None
    assert math.isnan(rows[13]["gain"])
    assert rows[9]["scores"][1] == -math.inf
    assert rows[1]["anticipated_score"] is None


def test_columns_are_the_coordinates():
    proposals = EVENTS[1:9]
    columns = to_columns(to_batch(proposals, 1, SPACE), SPACE)
    wanted = SPACE.encode([event.configuration for event in proposals])
    for name in SPACE:
        np.testing.assert_array_equal(columns.coordinates[name], wanted[name])
    assert columns.moved == [event.moved for event in proposals]
    assert columns.moved[0] is columns.moved[1]
    assert columns.parent.tolist() == [0] * 7 + [3]


def test_columns_are_for_trial_events_only():
    with pytest.raises(LogError, match="trial events only"):
        to_columns(to_batch([STARTED], 0, SPACE), SPACE)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Proposed(0, 1, {**CONFIGURATION, "solver": "sgd"}, None, (), "start"), "solver = 'sgd'"),
        (Proposed(0, 1, {"alpha": 1.0}, None, (), "start"), "lacks .*depth"),
        (Proposed(0, 1, {**CONFIGURATION, "x": 1}, None, (), "start"), r"unknown \['x'\]"),
        (Evaluated(0, 1, Measurement((0,), ("good",), (1.0,), (1.0,))), "scores"),
        (StrategyChanged(0, {"a": (1, 2)}), r"strategy\['a'\] = \(1, 2\)"),
        (StrategyChanged(0, {1: 2}), "key 1"),
        (StrategyChanged(0, {"a": [np.float64(1)]}), r"strategy\['a'\]\[0\]"),
        ("hello", "is not a kind of event"),
    ],
)
def test_what_does_not_fit_is_named(event, words):
    with pytest.raises(LogError, match=words):
        to_batch([event], 0, SPACE)


def test_text_that_utf8_cannot_hold_is_escaped():
    event = Evaluated(
        0, 1, Measurement((), (), (), (), {}, Failure("OSError", "no file \udcff.csv"))
    )
    (again,) = to_events(to_batch([event], 0, SPACE), SPACE)
    assert again.measurement.failure.message == "no file \\udcff.csv"


def test_objects_come_back_from_a_space_that_holds_them():
    space = Space({"type": Categorical([int, None]), "f": Fixed(len)})
    proposed = Proposed(0, 1, {"type": int, "f": len}, None, ("type",), "start")
    started = replace(STARTED, space=space)
    rows = to_batch([started, proposed], 0, space)
    assert same(list(to_events(rows, space)), [started, proposed])
    read = Space.from_description(space.describe())
    _, labelled = to_events(rows, read)
    assert labelled.configuration == {"type": Label("builtins.int"), "f": Label("builtins.len")}
    assert with_objects(read, space) == space
    assert with_objects(read, Space({"type": Boolean()})) == read


def changed_column(rows, name, values):
    table = pa.Table.from_batches([rows])
    place = table.schema.get_field_index(name)
    column = table.schema.field(name)
    return table.set_column(place, column, pa.array(values, column.type))


def test_unknown_kinds_and_newer_versions_say_to_upgrade():
    rows = to_batch(EVENTS[1:3], 41, SPACE)
    for read in (to_events, to_columns, to_batches):
        with pytest.raises(LogError, match=r"event 42 is of the unknown kind 'Pondered'.*upgrade"):
            list(read(changed_column(rows, "kind", ["Proposed", "Pondered"]), SPACE))
        with pytest.raises(LogError, match=r"version 7 .*upgrade"):
            list(read(changed_column(rows, "schema_version", [1, 7]), SPACE))


def test_a_choice_that_is_none_is_named():
    rows = to_batch(EVENTS[1:3], 1, SPACE)
    for read in (to_events, to_columns):
        with pytest.raises(LogError, match="'sgd' is not one of the choices"):
            list(read(changed_column(rows, "param_solver", ["adam", "sgd"]), SPACE))


def test_rows_of_an_older_version_are_upcast():
    rows = to_batch(EVENTS[9:12], 0, SPACE)
    old = changed_column(
        rows, "schema_version", [SCHEMA_VERSION - 2, SCHEMA_VERSION - 1, SCHEMA_VERSION]
    )
    seen = []

    def upcaster(name):
        def change(table):
            seen.append((name, table.num_rows, table["schema_version"].to_pylist()))
            return table

        return change

    new = upcast(old, {SCHEMA_VERSION - 2: upcaster("a"), SCHEMA_VERSION - 1: upcaster("b")})
    assert new["schema_version"].to_pylist() == [SCHEMA_VERSION] * 3
    oldest, older = SCHEMA_VERSION - 2, SCHEMA_VERSION - 1
    assert seen == [("a", 1, [oldest]), ("b", 1, [older]), ("b", 1, [older])]
    assert same(list(Layout(SPACE).events(new)), EVENTS[9:12])
    with pytest.raises(LogError, match=rf"version {oldest} .*convert"):
        upcast(old, {older: upcaster("b")})


def test_no_upcaster_changes_the_meaning_of_a_renamed_column():
    rows = pa.Table.from_batches([to_batch(EVENTS[12:14], 0, SPACE)])
    old = changed_column(rows.combine_chunks().to_batches()[0], "schema_version", [0, 0])
    old = old.rename_columns(["profit" if n == "gain" else n for n in old.column_names])
    with pytest.raises(LogError, match="version 0"):
        list(to_events(old, SPACE))
    new = upcast(
        old,
        {
            0: lambda t: t.rename_columns(["gain" if n == "profit" else n for n in t.column_names]),
            **{version: lambda t: t for version in range(1, SCHEMA_VERSION)},
        },
    )
    assert same(list(to_events(new, SPACE)), EVENTS[12:14])
