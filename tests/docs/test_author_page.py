"""The page for authors of components: what it shows runs, and no kind is left out."""

from __future__ import annotations

import re
import sys
import types

import pytest

from autotune.testing import KINDS
from helpers import DOCS

PAGE = (DOCS / "write-a-component.md").read_text(encoding="utf-8")
COMPONENT, TEST, SEVERAL = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def page(monkeypatch):
    """The page's code, as a module whose names can be looked up."""
    module = types.ModuleType("author_page")
    monkeypatch.setitem(sys.modules, "author_page", module)
    for code in (COMPONENT, TEST, SEVERAL):
        exec(compile(code, "write-a-component.md", "exec"), vars(module))  # noqa: S102
    return module


def test_its_test_passes(page):
    page.test_borrow_keeps_the_laws_of_moves()


def test_several_are_parametrised(page):
    (mark,) = page.test_moves.pytestmark
    components = [case.values[0] for case in mark.args[1]]
    assert components == [page.Borrow(), page.Borrow(newest=1)]
    for case in mark.args[1]:
        page.test_moves(*case.values)


def test_every_kind_and_contract_is_named():
    for kind in KINDS.values():
        assert f"`{kind.query}`" in PAGE or kind.name == "strategy"
        assert f"{kind.name.title().replace(' ', '')}Contract`" in PAGE
