"""The README keeps its two commands."""

from __future__ import annotations

import re

from helpers import ROOT


def test_the_two_commands_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"```bash\n(.*?)```", text.split("## What you get")[0], re.DOTALL)
    assert len(commands) == 2
    assert "autotune demo" in commands[0]
    assert "pytest" in commands[1]
