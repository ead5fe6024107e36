"""The page of components names all there are, and none that there isn't."""

from __future__ import annotations

import re

import attrs

import autotune_strategies
from autotune_strategies import recipes
from helpers import DOCS

PAGE = (DOCS / "components.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \|.+\|.*\|$", PAGE, re.MULTILINE)
CODE = "".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))


def components() -> list[str]:
    found = (name for name in autotune_strategies.__all__ if not name.endswith("Query"))
    return [name for name in found if attrs.has(getattr(autotune_strategies, name))]


def test_every_component_and_recipe_has_a_row():
    assert set(components()) - set(ROWS) == set()
    assert set(recipes.__all__) - set(ROWS) == set()


def test_every_row_names_something_that_exists_once():
    assert set(ROWS) - set(components()) - set(recipes.__all__) == set()
    assert sorted(ROWS) == sorted(set(ROWS))


def test_every_component_is_used_in_an_example():
    combined = {"Either": " | ", "Both": " & "}  # they are made by an operator
    unused = [name for name in components() if not re.search(rf"\b{name}\b", CODE)]
    assert [name for name in unused if combined.get(name, name) not in CODE] == []
    assert "recipes.__all__" in CODE
