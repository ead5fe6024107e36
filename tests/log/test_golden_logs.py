"""Logs that earlier versions wrote are read, verified and gone on with for ever."""

from __future__ import annotations

import json
import math
import shutil
from importlib import metadata
from typing import Any

import pytest
from attrs import frozen

from autotune import Tuner, open_log, verify
from autotune.log.upcast import UPCASTERS
from autotune.objective import Measurement
from autotune.replay import state_at
from autotune.study import replay
from autotune.study.events import SCHEMA_VERSION
from golden.plain import digests, plain, trials
from helpers import GOLDEN

MANIFESTS = {
    path.parent.name: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(GOLDEN.glob("v*/manifest.json"))
}
LOGS = [(version, name) for version, said in MANIFESTS.items() for name in said["logs"]]
KINDS = {
    "Accepted",
    "Evaluated",
    "Proposed",
    "Rejected",
    "SpaceChanged",
    "StrategyChanged",
    "StudyStarted",
    "StudyStopped",
}


@frozen
class Flat:
    """An objective that gives every configuration the same score."""

    n_folds: int

    def evaluate(self, configuration, folds):
        n = len(folds)
        return Measurement(folds, (0.0,) * n, (0.25,) * n, (0.0,) * n)


def identify(log: tuple[str, str]) -> str:
    return "-".join(log)


@pytest.fixture(params=LOGS, ids=identify)
def golden(request, tmp_path):
    version, name = request.param
    path = tmp_path / name
    shutil.copytree(GOLDEN / version / name, path)
    return path, MANIFESTS[version], MANIFESTS[version]["logs"][name]


def same_numbers(a: Any, b: Any) -> bool:
    """Compare plain data; means of scores may round otherwise elsewhere."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-12) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and a == b


def check_study(study, said, version):
    assert study.n_trials == said["n_trials"]
    assert study.incumbent == said["incumbent"]
    assert sorted(study.pending) == said["pending"]
    assert (None if study.stopped is None else study.stopped.words) == said["stopped"]
    rows = trials(study)
    assert [row["trial"] for row in rows if row["verdict"] == "accepted"] == said["accepted"]
    for row, expected in zip(rows, said["trials"], strict=True):
        # Version 1 wrote down values, of which the larger is better.
        sign = study.sign if version == 1 and expected["score"] is not None else None
        score = row.pop("score")
        assert same_numbers(score if sign is None else sign * score, expected["score"])
        kept = {key: value for key, value in expected.items() if key != "score"}
        # As words, for 0.0 == -0.0 == False.
        assert json.dumps(row, sort_keys=True) == json.dumps(kept, sort_keys=True)
    if study.incumbent is not None:
        score = study.incumbent_outcome.score
        assert same_numbers(score, said["incumbent_score"])


def test_every_schema_version_has_golden_logs():
    for version in {*UPCASTERS, SCHEMA_VERSION}:
        assert f"v{version}" in MANIFESTS, (
            f"there are no golden logs of schema version {version}; make them with the code that "
            "writes it, as tests/golden/README.md says"
        )
    for name, manifest in MANIFESTS.items():
        assert f"v{manifest['schema_version']}" == name
        assert {kind for said in manifest["logs"].values() for kind in said["kinds"]} == KINDS
    folders = {(path.parent.parent.name, path.parent.name) for path in GOLDEN.glob("v*/*/log.json")}
    assert folders == set(LOGS)


def test_rows_say_the_version_that_wrote_them(golden):
    path, manifest, _ = golden
    with open_log(path, mode="r") as log:
        rows = log.table().column("schema_version").unique().to_pylist()
    assert rows == [manifest["schema_version"]]


def test_events_are_read_as_they_were_written(golden):
    path, manifest, said = golden
    with open_log(path, mode="r") as log:
        assert len(log) == said["n_events"]
        found = digests(log.events(), manifest["fields"], manifest["schema_version"])
        changed = [i for i, (a, b) in enumerate(zip(found, said["events"], strict=True)) if a != b]
        shown = [
            plain(event, manifest["schema_version"])
            for i, event in enumerate(log.events())
            if i in changed[:1]
        ]
    assert changed == [], f"event {changed[0]} is now read as {shown}"


def test_they_fold_to_the_same_study(golden):
    path, manifest, said = golden
    with open_log(path, mode="r") as log:
        check_study(state_at(log), said, manifest["schema_version"])
        check_study(replay(log.batches()), said, manifest["schema_version"])


def test_their_decisions_follow(golden):
    path, manifest, said = golden
    assert said["verified"]
    found = verify(path)
    if said["exact"] or all(
        metadata.version(name) == version for name, version in manifest["made_with"].items()
    ):
        assert found.passed, str(found)
        assert found.n_events == said["n_events"]


def test_reading_changes_nothing(golden):
    path, _, _ = golden
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    with open_log(path, mode="r") as log:
        list(log.events())
        log.table()
    verify(path)
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before


def test_they_are_gone_on_with(golden):
    path, manifest, said = golden
    n_trials = said["n_trials"] + 5
    with Tuner.resume(path, n_trials=n_trials) as tuner:
        assert tuner.study.n_trials == said["n_trials"]
        assert tuner.study.incumbent == said["incumbent"]
        tuner.run(Flat(tuner.study.begun.n_folds))
        assert tuner.study.stopped is not None  # at that number, or by the log's own rule
        assert tuner.study.n_trials - tuner.study.n_prior <= n_trials
    with open_log(path, mode="r") as log:
        assert len(log) > said["n_events"]
        old = digests(
            list(log.events())[: said["n_events"]], manifest["fields"], manifest["schema_version"]
        )
        assert old == said["events"]
    assert verify(path).n_events > said["n_events"]
    if said["exact"]:
        assert verify(path).passed
