"""The table of trials says what folding the log says."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from autotune import Categorical, Float, Sequence, Space, open_log, tune
from autotune.errors import StudyError
from autotune.interchange import trials_table
from autotune.log import DirectoryLog, MemoryLog, is_log
from autotune.log.values import column_for
from autotune.replay import state_at
from autotune.space.dimensions import Label
from autotune.study import Evaluated
from autotune.study.changes import changes, describe_change
from autotune.study.events import REASONS
from autotune.study.measurement import NOTHING_MEASURED
from autotune.testing import legal_logs
from autotune_strategies import recipes
from helpers import GOLDEN


def plain(value):
    return None if isinstance(value, float) and math.isnan(value) else value


def same(found, expected):
    """Tell whether cells agree, NaN with null also inside of lists."""
    if isinstance(found, list):
        return [plain(x) for x in found] == [plain(x) for x in expected]
    return plain(found) == plain(expected)


def alike(a, b):
    """Tell whether tables hold the same, NaN being NaN."""
    return a.schema.equals(b.schema) and repr(a.to_pylist()) == repr(b.to_pylist())


def check(log):
    """Compare a log's table with its fold, trial by trial."""
    table = trials_table(log, words=True)
    study = state_at(log)
    assert alike(table.drop_columns("changes"), trials_table(log))
    rows = table.to_pylist()
    assert len(rows) == study.n_trials
    space = study.known_space
    assert [name for name in table.column_names if name.startswith("param_")] == [
        f"param_{name}" for name in space
    ]
    outcomes = study.outcomes()
    verdicts = {int(row["trial"]): row for row in study.verdicts.rows}
    incumbents, incumbent = {}, None
    for row in study.verdicts.rows:
        incumbent = int(row["trial"]) if row["accepted"] else incumbent
        incumbents[int(row["trial"])] = incumbent
    failures = {}
    for event in log.events():
        # The loss of a worker is no failure of its trial.
        told = event.measurement if isinstance(event, Evaluated) else NOTHING_MEASURED
        if told.failure is not None and not told.is_loss:
            failures[event.trial] = told.failure
    for i, row in enumerate(rows):
        trial = i + 1
        assert row["trial"] == trial
        assert row["parent"] == study.parent(trial)
        assert row["origin"] == study.origin(trial)
        assert tuple(row["moved"]) == study.moved(trial)
        # Told against what both count as in the space of now.
        assert set(row["changed"]) == set(changes(study, [trial])[0])
        assert row["changes"] == describe_change(study, trial)
        partial = study.measurement(trial)
        assert row["folds"] == list(partial.folds)
        assert same(row["scores"], partial.scores)
        assert same(row["score"], outcomes.score[i])
        assert same(row["score_sd"], outcomes.score_sd[i])
        assert same(row["fit_seconds"], outcomes.fit_seconds[i])
        assert same(row["score_seconds"], outcomes.score_seconds[i])
        for name in ("score", "score_sd", "seconds", "seconds_sd", "gain", "seconds_saved"):
            expected = float(study.proposals[f"anticipated_{name}"][i])
            assert same(row[f"anticipated_{name}"], expected)
        proposed = row["proposed_at"].timestamp() * 1e6
        assert proposed == pytest.approx(int(study.proposals["at"][i]), abs=2)
        judged = verdicts.get(trial)
        if judged is None:
            assert row["status"] == "pending"
            for name in ("reason", "gain", "seconds_saved", "incumbent", "finished_at"):
                assert row[name] is None
            assert row["elapsed_seconds"] is None
        else:
            reason = None if judged["accepted"] else REASONS[judged["reason"]]
            assert row["reason"] == reason
            verdict = "accepted" if judged["accepted"] else "rejected"
            assert row["status"] == ("failed" if reason == "failed" else verdict)
            assert same(row["gain"], float(judged["gain"]))
            assert same(row["seconds_saved"], float(judged["seconds_saved"]))
            assert row["elapsed_seconds"] == (int(judged["at"]) - study.begun.at) / 1e6
            assert row["incumbent"] == incumbents[trial]
        best = row["incumbent"]
        assert row["incumbent_score"] == (None if best is None else rows[best - 1]["score"])
        failure = failures.get(trial)
        assert row["failure_kind"] == (None if failure is None else failure.kind)
        assert row["failure_message"] == (None if failure is None else failure.message)
        configuration = study.configuration(trial)
        for name in space:
            column = column_for(space[name])
            expected = column.write(configuration[name]) if name in configuration else None
            assert row[f"param_{name}"] == expected
            assert table.schema.field(f"param_{name}").type == column.type


@given(legal_logs())
def test_the_table_says_what_the_fold_says(events):
    check(MemoryLog(events))


@settings(max_examples=25)
@given(legal_logs())
def test_a_log_on_disk_gives_the_same_table(tmp_path_factory, events):
    path = tmp_path_factory.mktemp("log") / "log"
    with DirectoryLog(path) as log:
        log.append(list(events))
    expected = trials_table(MemoryLog(events), words=True)
    found = trials_table(path, words=True)
    labels = any(isinstance(v, Label) for v in _options(events[0].space))
    if not labels:
        assert alike(found, expected)
    assert found.schema.equals(expected.schema)


def _options(space):
    for _, dimension in space.parameters:
        yield from getattr(dimension, "options", ())


@pytest.mark.parametrize(
    "path", sorted(p.parent for p in (GOLDEN / "v1").rglob("log.json")), ids=lambda path: path.name
)
def test_recorded_logs(path):
    assert is_log(path)
    with open_log(path, mode="r") as log:
        check(log)


def test_golden_logs_are_there():
    assert len(list((GOLDEN / "v1").rglob("log.json"))) >= 5


def test_known_answers():
    found = tune(
        lambda c: (-((c["x"] - 3) ** 2), 0.5), {"x": 1.0, "layers": (2, 1)}, n_trials=30, seed=1
    )
    table = trials_table(found.log)
    assert table["param_layers"].type == pa.list_(pa.int64())
    assert table["param_x"].type == pa.float64()
    assert table["score"][0].as_py() == -4.0
    assert table["fit_seconds"].to_pylist() == [0.5] * 30
    best = table["incumbent_score"].to_numpy()
    assert np.all(np.diff(best) >= 0)
    assert best[-1] == found.best_score


def test_other_engines_read_it(tmp_path):
    found = tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=20)
    trials = trials_table(found.log)  # noqa: F841 # named in the query
    ((best,),) = duckdb.sql("select max(score) from trials where status = 'accepted'").fetchall()
    assert best == found.best_score


def test_lists_of_lists_are_told_apart():
    pairs = Categorical([[1, 2], [2, 1], [2]])
    space = Space({"x": Float(0, 1), "stages": Sequence(pairs, 0, 3)}, start={"stages": [[1, 2]]})
    log = MemoryLog()
    tune(lambda c: -len(c["stages"]), space, n_trials=40, log=log, strategy=recipes.random_walk())
    check(log)
    assert any("stages" in row for row in trials_table(log)["changed"].to_pylist())


def test_a_log_without_a_study():
    with pytest.raises(StudyError, match="holds no study"):
        trials_table(MemoryLog())
