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
        "confirmation",
        "fold plan",
        "move",
        "number",
        "picker",
        "recommendation",
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
    """Return a function that makes a package with one file in a folder."""

    def made(name, code, folder="schedules"):
        folder = tmp_path / name / folder
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


def test_a_new_model_or_warp_without_example_is_named(package):
    code = """
        from attrs import frozen

        __all__ = ["Fresh"]

        @frozen
        class Fresh:
            value: float

        @frozen
        class FittedFresh:
            value: float
    """
    made = package("parts_hosted", code, "warps")
    assert [line.partition(";")[0] for line in gaps(made, {}, {})] == [
        "warps.fresh: Fresh has no example",
        "warps.fresh: holds nothing that is checked",
    ]
    without = {"warps.fresh": "", "warps.fresh.Fresh": "checked elsewhere"}
    assert gaps(made, {}, without) == []
    assert gaps(made, {}, without | {"warps.fresh.Old": ""}) == [
        "warps.fresh.Old: is in WITHOUT, but not there"
    ]


@pytest.mark.usefixtures("package")
def test_a_family_in_one_file_is_held_to_the_same(tmp_path):
    (tmp_path / "parts_single").mkdir()
    (tmp_path / "parts_single" / "__init__.py").touch()
    (tmp_path / "parts_single" / "steps.py").write_text("HALF = 0.5")
    importlib.invalidate_caches()
    (gap,) = gaps(importlib.import_module("parts_single"), {}, {})
    assert gap.startswith("steps: holds nothing that is checked;")
