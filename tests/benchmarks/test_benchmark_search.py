"""The benchmark beside RandomizedSearchCV measures what it says."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from autotune_benchmarks.__main__ import main
from autotune_benchmarks.searches import randomized_search


def test_racing_the_same_configurations_saves_folds_and_finds_the_same():
    raced = randomized_search.race("wine", "random_search", 0, trials=20, n_folds=5)
    assert raced.folds == 20 * 5
    assert 0.5 * raced.folds < raced.raced < 0.9 * raced.folds
    assert raced.loss == 0
    assert raced.raced_to_best <= raced.folds_to_best <= raced.folds


def test_fold_fits_until_a_score():
    path = [(5, 0.8), (12, 0.9)]
    assert randomized_search._fits_until(path, 0.8) == 5
    assert randomized_search._fits_until(path, 0.85) == 12
    assert randomized_search._fits_until(path, 0.95) == float("inf")


def test_both_sides_try_the_same_configurations(tmp_path):
    file = tmp_path / "configurations.json"
    step = randomized_search.run_side("step", file, trials=2, jobs=1, more={"batch_size": 2})
    assert len(json.loads(file.read_text())) == 2
    random = randomized_search.run_side("random", file, trials=2, jobs=1, more={})
    assert random.score == step.score
    assert random.seconds > random.fit_seconds > 0


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_of_a_process_and_its_family_is_seen():
    import subprocess

    code = "import sys; block = bytearray(60_000_000); print(flush=True); sys.stdin.read()"
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", inner], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        family = randomized_search._family(process.pid)
        assert len(family) == 2
        assert sum(map(randomized_search._megabytes, family)) > 60
        process.stdin.close()


def test_the_command_writes_its_figures(tmp_path, capsys):
    file = tmp_path / "figures.json"
    given = ["--only", "races", "--trials", "4", "--seeds", "1", "--folds", "2", "--jobs", "1"]
    assert main(["search", *given, "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    assert len(found["races"]) == 6
    assert np.isfinite([each["loss"] for each in found["races"]]).all()
    assert "saved by racing" in capsys.readouterr().out
