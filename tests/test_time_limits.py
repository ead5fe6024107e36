"""No test can hang a run: one that sleeps for ever fails by itself, and the others run."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from helpers import ROOT

SLEEPS = """
import signal, time
from hypothesis import given, strategies as st

def test_before():
    assert True

def test_sleeps():
    time.sleep(1000)

@given(st.integers())
def test_sleeps_in_every_example(number):  # Hypothesis takes the timeout for a finding, and goes on
    time.sleep(1000)

def test_sleeps_and_hears_no_signal():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(1000)

def test_after():
    assert True
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the limit is a signal, SIGALRM")


def run(tmp_path, *options):
    """Run pytest on ``SLEEPS`` as this repository sets it up, with limits of seconds."""
    (tmp_path / "test_sleeping.py").write_text(SLEEPS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        ROOT / "pyproject.toml",
        "-p",
        "no:cacheprovider",
    ]
    limits = ["--timeout", "1", "-o", "faulthandler_timeout=3"]
    return subprocess.run(
        [*command, *limits, *options, tmp_path / "test_sleeping.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def test_limits_are_set(pytestconfig):
    assert 0 < float(pytestconfig.getini("timeout")) <= 600
    assert (
        float(pytestconfig.getini("timeout")) < pytestconfig.getini("faulthandler_timeout") <= 900
    )
    assert pytestconfig.getini("faulthandler_exit_on_timeout")


def test_a_test_that_sleeps_for_ever_fails(tmp_path):
    done = run(tmp_path, "-k", "before or after or (sleeps and not every and not signal)")
    assert done.returncode == 1
    assert "Failed: Timeout (>1.0s)" in done.stdout
    assert re.search(r"1 failed, 2 passed, 2 deselected in", done.stdout)


def test_what_goes_on_in_spite_of_that_is_ended_and_the_next_process_does_the_rest(tmp_path):
    done = run(tmp_path, "-n", "1")
    assert done.returncode == 1
    assert re.search(r"3 failed, 2 passed in", done.stdout)
    for name in ("test_sleeps_in_every_example", "test_sleeps_and_hears_no_signal"):
        assert re.search(rf"crashed while running '.*::{name}'", done.stdout)


def test_without_a_next_process_the_run_ends(tmp_path):
    done = run(tmp_path, "-k", "signal")
    assert done.returncode == 1
    assert "Timeout" in done.stderr
