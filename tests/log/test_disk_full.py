"""A disk that fills, for real: a process whose files may not grow beyond a limit."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autotune.log import DirectoryLog
from autotune.log.check import check_log
from autotune.replay import verify

resource = pytest.importorskip("resource", reason="limits of file sizes are of POSIX systems")

PROGRAM = """
import resource, signal, sys
from autotune import tune
from autotune.errors import LogError
from autotune.log import DirectoryLog, directory

path, limit, seal_at = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
directory._EVENTS_TO_SEAL = seal_at
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writes fail with EFBIG, as with ENOSPC
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
log = DirectoryLog(path)
real = log.append

def append(events):
    real(events)
    print(len(log), flush=True)

log.append = append
try:
    tune(lambda c: -c["x"] ** 2, {"x": 1.0}, n_trials=100, seed=1, log=log)
except LogError as error:
    print(f"said: {error}", flush=True)
"""


@pytest.mark.parametrize(("limit", "seal_at"), [(60_000, 10**6), (200_000, 10**6), (15_000, 2)])
def test_what_was_acknowledged_outlives_a_full_disk(tmp_path, limit, seal_at):
    path = tmp_path / "log"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(limit), str(seal_at)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counts = [line for line in done.stdout.splitlines() if line.isdigit()]
    said = [line for line in done.stdout.splitlines() if line.startswith("said: ")]
    acknowledged = int(counts[-1])
    assert acknowledged > 10
    # With small live files there is place for them, if not for what they are sealed into.
    assert len(said) == 1 or seal_at < acknowledged
    for words in said:
        assert "can't take more events" in words
        assert "check the disk's space" in words
    with DirectoryLog(path, mode="r") as log:
        assert len(log) == acknowledged
        assert verify(log).passed
    assert check_log(path).passed
    with DirectoryLog(path) as log:
        assert len(log) == acknowledged
