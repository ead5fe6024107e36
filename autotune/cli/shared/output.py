"""Output of all commands: exit codes, consoles, JSON, and errors in one line."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from autotune.report.document import as_json
from autotune.study.formatting import clean

__all__ = [
    "BAD_INPUT",
    "BROKEN_PIPE",
    "INTERRUPTED",
    "NOT_SO",
    "OK",
    "command_line",
    "complain",
    "console_for",
    "counted",
    "forget_output",
    "print_json",
    "print_rows",
    "say",
]

OK = 0
NOT_SO = 1
BAD_INPUT = 2
INTERRUPTED = 130
BROKEN_PIPE = 141


class _Console(Console):
    """A console that leaves a broken pipe to ``main``."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console_for(*, json: bool) -> Console:
    """Return the console for what people read: standard error where JSON is asked for."""
    console = _Console(stderr=json, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 120
    return console


def say(console: Console, text: object = "", style: str = "") -> None:
    """Print a text as it is; what could steer a terminal must have been escaped."""
    console.print(Text(str(text), style=style), soft_wrap=True)


def print_rows(
    console: Console,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Iterable[str] = (),
) -> None:
    """Print rows as a table.

    Parameters
    ----------
    console : Console
        Where to.
    columns : sequence of str
        Their names.
    rows : iterable of sequence
        A value for each column; None is left empty.
    right : iterable of str
        Columns of numbers, which are aligned at the right.
    """
    from rich import box
    from rich.table import Table

    numbers = set(right)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        if name in numbers:
            table.add_column(name, justify="right", no_wrap=True)
        else:
            table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if value is None else clean(value)) for value in row))
    console.print(table)


def print_json(document: Mapping[str, Any]) -> None:
    """Print the one document that ``--json`` asks for, strictly as JSON has it."""
    print(as_json(document))


def command_line(*words: object) -> str:
    """Return a command that the reader can paste."""
    return shlex.join(["autotune", *(str(word) for word in words)])


def counted(n: int, what: str) -> str:
    """Return a number of things in words, such as ``1 file`` and ``2 files``."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def complain(message: str, code: int) -> int:
    """Print one line to standard error and return the exit code."""
    with contextlib.suppress(OSError):
        print(f"autotune: {clean(' '.join(message.split()))}", file=sys.stderr)
    return code


def forget_output() -> None:
    """Keep Python from complaining, when it ends, that nobody reads its output."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
