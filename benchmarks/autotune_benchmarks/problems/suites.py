"""Suites: named selections of problems, and problems by their names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from autotune_benchmarks.problems.bbob import BBOB, BBOB_MIXED, load_bbob
from autotune_benchmarks.problems.failing import MADE_FAILING, load_made_failing
from autotune_benchmarks.problems.failing_live import LIVE_FAILING, load_live_failing
from autotune_benchmarks.problems.live_problems import LIVE, load_live
from autotune_benchmarks.problems.planted import PLANTED, load_planted
from autotune_benchmarks.problems.problem import Problem
from autotune_benchmarks.problems.recorded_tables import TABLES, load_table

__all__ = ["SUITES", "load_problem"]

_FAILING = (*MADE_FAILING, *LIVE_FAILING)
_HPOBENCH = tuple(name for name in TABLES if name.startswith("hpobench/"))

SUITES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "smoke": (
            "planted/narrow_valley",
            "planted/heavy_noise",
            "planted/mixed_kinds",
            "hpobench/car",
            "nasbench201/cifar10",
        ),
        "tables": TABLES,
        "components": _HPOBENCH,
        "recipes": _HPOBENCH,
        "bbob": BBOB,
        "mixed": (*BBOB_MIXED, "planted/mixed_kinds"),
        "planted": PLANTED,
        "live": LIVE,
        "failing": _FAILING,
        "all": (*TABLES, *PLANTED, *LIVE, *BBOB, *BBOB_MIXED, *_FAILING),
    }
)
"""The problems of each suite."""


def load_problem(name: str) -> Problem:
    """Return a problem by its name.

    Parameters
    ----------
    name : str
        One of a suite's.

    Raises
    ------
    ValueError
        If there is none of that name.
    MissingExtraError
        If what it needs is not installed.
    """
    if name not in SUITES["all"]:
        raise ValueError(f"problem {name!r} must be one of {', '.join(SUITES['all'])}")
    family = name.partition("/")[0]
    if family == "live":
        return load_live(name)
    if family == "failing":
        return load_live_failing(name) if name in LIVE_FAILING else load_made_failing(name)
    if family == "planted":
        return load_planted(name)
    return load_bbob(name) if family.startswith("bbob") else load_table(name)
