"""Tests of the benchmarks, which stand in a checkout and in no wheel."""

from __future__ import annotations

import importlib.util

import pytest

ABSENT = importlib.util.find_spec("autotune_benchmarks") is None


class WithoutBenchmarks(pytest.Module):
    """A module that says why it is skipped."""

    def collect(self):
        pytest.skip(
            "autotune_benchmarks is in no wheel; install the checkout or put benchmarks/ on the path",
            allow_module_level=True,
        )


def pytest_pycollect_makemodule(module_path, parent):
    return WithoutBenchmarks.from_parent(parent, path=module_path) if ABSENT else None
