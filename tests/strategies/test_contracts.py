"""Every component of the strategies package keeps the laws of its kind; a new one is found."""

from __future__ import annotations

import importlib
import sys
import textwrap

import pytest

import autotune_strategies
from autotune.testing import component_checks, kind_of
from helpers import EXAMPLES, OWN_KINDS, WITHOUT, all_examples, gaps

EVERYTHING = all_examples()


@component_checks(EVERYTHING, kinds=OWN_KINDS)
def test_keeps_the_laws_of_its_kind(component, check):
    check(component)


def test_every_component_has_an_example():
    assert gaps(autotune_strategies, EXAMPLES, WITHOUT) == []


def test_every_kind_has_examples():
    kinds = {kind_of(component, OWN_KINDS).name for component in EVERYTHING}
    assert kinds == {
        "acceptance",
        "acquisition",
        "anticipator",
        "fold plan",
        "move",
        "number",
        "picker",
        "schedule",
        "start",
        "step",
        "strategy",
        "termination",
        "weights",
    }


PART = """
    from attrs import frozen
    from autotune.strategy import Composed, ScheduleQuery

    @frozen
    class Fresh(Composed[ScheduleQuery, float]):
        value: float{default}

        def read(self, state, query):
            return self.value
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a function that makes a package with one file in the folder schedules."""

    def made(name, code):
        folder = tmp_path / name / "schedules"
        folder.mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
        (folder / "__init__.py").touch()
        (folder / "fresh.py").write_text(textwrap.dedent(code))
        importlib.invalidate_caches()
        return importlib.import_module(name)

    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield made
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_new_component_without_example_is_named(package):
    lacking = gaps(package("parts_needing", PART.format(default="")), {}, {})
    assert [line.partition(";")[0] for line in lacking] == [
        "schedules.fresh: Fresh has no example",
        "schedules.fresh: holds nothing that is checked",
    ]


def test_a_new_component_with_defaults_needs_no_entry(package):
    assert gaps(package("parts_ready", PART.format(default=" = 1.0")), {}, {}) == []


def test_a_new_component_with_an_entry_passes(package):
    made = package("parts_entered", PART.format(default=""))
    fresh = importlib.import_module("parts_entered.schedules.fresh").Fresh
    assert gaps(made, {fresh: [fresh(2.0)]}, {}) == []


def test_a_new_file_without_component_is_named(package):
    made = package("parts_missing", "HALF = 0.5")
    (gap,) = gaps(made, {}, {})
    assert gap.startswith("schedules.fresh: holds nothing that is checked;")
    assert gaps(made, {}, {"schedules.fresh": "a number"}) == []
    assert gaps(made, {}, {"schedules.fresh": "", "schedules.old": ""}) == [
        "schedules.old: is in WITHOUT, but not there"
    ]
