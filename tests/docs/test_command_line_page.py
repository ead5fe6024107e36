"""The commands of docs/command-line.md print what the page says."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from autotune.cli import main
from helpers import DOCS

PAGE = DOCS / "command-line.md"


def tokens(text: str) -> list[str | float]:
    """Words, and numbers by themselves; what no two runs share is left out."""
    text = re.sub(r"\d+ bytes", "bytes", text)
    text = re.sub(r"^(study|started) .*", r"\1", text, flags=re.MULTILINE)
    found: list[str | float] = []
    for word in text.split():
        try:
            found.append(float(word.rstrip(",:;")))
        except ValueError:
            found.append(word)
    return found


def test_the_commands_print_what_the_page_says(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    text = PAGE.read_text(encoding="utf-8")
    function, study, *_ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(function + study, PAGE.name, "exec"), {})  # noqa: S102
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "svm", raising=False)
    Path("svm.py").write_text(function, encoding="utf-8")
    (space,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    Path("svm.toml").write_text(space, encoding="utf-8")
    commands = 0
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, said = part.partition("\n")
            program, *argv = shlex.split(line)
            assert program == "autotune"
            assert main(argv) == 0, line
            found, expected = tokens(capsys.readouterr().out), tokens(said)
            assert len(found) == len(expected), line
            for a, b in zip(found, expected, strict=True):
                # Another machine may round the last digits otherwise.
                assert a == (pytest.approx(b, rel=0.05) if isinstance(b, float) else b), line
            commands += 1
    assert commands == 20


def test_the_page_names_every_command(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    help_ = capsys.readouterr().out
    listed = set(re.findall(r"^    ([a-z]+)\b", help_, re.MULTILINE))
    text = PAGE.read_text(encoding="utf-8")
    assert listed == set(re.findall(r"^\| \[`([a-z]+)", text, re.MULTILINE))
