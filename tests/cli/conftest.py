"""Commands run in this process, and what they print."""

from __future__ import annotations

import pytest

from autotune.cli import main


@pytest.fixture
def said(capsys):
    """Run a command and return its exit code, its output and its errors."""

    def run(*argv: object) -> tuple[int, str, str]:
        code = main([str(word) for word in argv])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def refused(said):
    """Run a command that can't be done, and return the line that says why."""

    def run(*argv: object) -> str:
        code, out, err = said(*argv)
        assert (code, out, err.count("\n")) == (2, "", 1), err
        assert err.startswith("autotune: error: ")
        return err

    return run


@pytest.fixture
def misused(capsys):
    """Run a command whose line is wrong, and return what is said of it."""

    def run(*argv: object) -> str:
        with pytest.raises(SystemExit) as exit_:
            main([str(word) for word in argv])
        assert exit_.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        return err

    return run
