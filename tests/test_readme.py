"""The examples of README and docs run as they stand."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
# test_logs_page.py runs that of logs, and looks at what it prints.
PAGES = [ROOT / "README.md", *(page for page in DOCS if page.name != "logs.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # networks stopped early say so
        for block in blocks:
            # The search of the first screen, cut short.
            exec(compile(block.replace("n_trials=40", "n_trials=4"), page.name, "exec"), names)  # noqa: S102


def test_the_two_commands_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"```bash\n(.*?)```", text.split("## What you get")[0], re.DOTALL)
    assert len(commands) == 2
    assert "autotune demo" in commands[0]
    assert "pytest" in commands[1]
