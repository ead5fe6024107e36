"""A real process is killed with SIGKILL; the study goes on as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from attrs import evolve

from autotune import open_log, verify
from autotune.study import StrategyChanged, StudyStarted

SCRIPT = """
import sys, time
from autotune import tune

pauses = iter([float(sys.argv[2])] * int(sys.argv[3]))

def objective(c):
    time.sleep(next(pauses, 600.0))
    return -(c["x"] - 3) ** 2 - (c["n"] - 7) ** 2 / 10 - (len(c["layers"]) - 3) ** 2, 0.1 + c["n"] / 100

found = tune(objective, {"x": 1.0, "n": 5, "layers": (4, 1)}, n_trials=30, seed=4, log=sys.argv[1])
assert found.n_trials == 30
"""


def start(path, pause=0.0, calls=30):
    """Run the script; after so many calls its objective takes ten minutes."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path), str(pause), str(calls)], env=environment
    )


def decisions(path):
    with open_log(path, mode="r") as log:
        return [
            evolve(event, at=0)
            for event in log.events()
            if not isinstance(event, StudyStarted | StrategyChanged)
        ]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_study_goes_on_where_it_was(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert start(whole).wait() == 0
    kills = 0
    for at_least in (4, 19, 46):
        # However late it is killed on a busy machine, it has not come to its end.
        process = start(broken, 0.02, calls=9)
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            try:
                with open_log(broken, mode="r") as log:
                    if len(log) >= at_least:
                        break
            except OSError:
                pass
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        kills += 1
    assert kills == 3
    before = len(decisions(broken))
    assert 45 <= before < 90
    assert start(broken).wait() == 0
    assert decisions(broken) == decisions(whole)
    assert verify(broken).passed
