"""``autotune watch``: a study as it runs, in the terminal and in the browser."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from autotune.cli.shared.options import log_argument
from autotune.cli.shared.output import OK, command_line, console_for, say
from autotune.clock import SystemClock
from autotune.log import open_log
from autotune.replay.following import Follower
from autotune.report.analysis_data import analysis_data
from autotune.report.budget import budget_of, time_budget_of
from autotune.report.live_view import live_view
from autotune.report.page_data import study_data
from autotune.report.progress import Progress
from autotune.report.serving import PageServer, Shown
from autotune.study.formatting import clean

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

PORT = 8477
_LOOK_EVERY = 0.5

DESCRIPTION = """\
Show a study as it runs, while another process writes its log: progress, the best trial,
what came of the last ones, and what is being tried. Ends when the study stops, or by
Ctrl-C, which leaves the study alone. Where the output is not a terminal, a line for each
accepted step.

With --serve also as the page of `autotune report` in the browser, which keeps itself up
to date; it is served on this machine only, until Ctrl-C."""

EXAMPLES = """\
examples:
  autotune watch autotune-demo
  autotune watch autotune-demo --serve            also on http://127.0.0.1:8477/
  autotune watch autotune-demo --serve 0          on any free port"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    log_argument(parser)
    parser.add_argument(
        "--serve",
        metavar="PORT",
        type=_port,
        nargs="?",
        const=PORT,
        help=f"serve the page of the report on this machine (default port: {PORT}; 0: any free)",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} must be a port: a whole number from 0 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    path: Path = arguments.log
    console = console_for(json=False)
    with ExitStack() as stack:
        follower = Follower(stack.enter_context(open_log(path, mode="r")))
        serve: int | None = arguments.serve
        note = ""
        if serve is not None:
            page = PageServer(
                lambda: _shown(follower, path), title=f"{path} - autotune", port=serve
            )
            note = f"the page: {stack.enter_context(page).address}"
        try:
            if console.is_terminal and not console.is_dumb_terminal:
                _in_terminal(follower, console, note, stays=serve is not None)
            else:
                _in_lines(follower, console, note, stays=serve is not None)
        except KeyboardInterrupt:
            if follower.study.stopped is None:
                say(console, f"left; to look again: {command_line('watch', path)}")
    return OK


def _shown(follower: Follower, path: Path) -> Shown:
    follower.look()
    study = follower.study
    if study.started is None:
        return Shown("0", dict)

    def studies() -> dict[str, dict[str, Any]]:
        # While it runs only what is quick; the report says the rest.
        return {str(path): {**study_data(study), **analysis_data(study, quick=True)}}

    return Shown(str(study.n_events), studies)


def _total(follower: Follower) -> int | None:
    """Return the number of trials at the end, as far as the strategy says one."""
    study = follower.study
    budget = budget_of(study.strategy)
    return None if budget is None else budget + study.n_prior


def _in_terminal(follower: Follower, console: Console, note: str, *, stays: bool) -> None:
    clock = SystemClock()
    ascii_only = not console.encoding.lower().startswith("utf")

    def view() -> Any:
        return live_view(
            follower.study,
            now=clock.now(),
            n_trials=_total(follower),
            time_budget=time_budget_of(follower.study.strategy),
            width=console.width,
            height=console.height,
            ascii_only=ascii_only,
            note=note,
        )

    with Live(view(), console=console, auto_refresh=False) as live:
        while stays or follower.study.stopped is None:
            time.sleep(_LOOK_EVERY)
            follower.look()
            live.update(view(), refresh=True)


def _in_lines(follower: Follower, console: Console, note: str, *, stays: bool) -> None:
    if note:
        say(console, note)
    seconds = time_budget_of(follower.study.strategy)
    with Progress(console, n_trials=_total(follower), time_budget=seconds) as progress:
        if follower.study.started is not None:
            study = follower.study
            say(console, clean(f"after {study.n_judged} trials"))
        while stays or follower.study.stopped is None:
            time.sleep(_LOOK_EVERY)
            for event, study in follower.look():
                progress(event, study)
    study = follower.study
    if study.stopped is not None:
        say(console, clean(f"stopped: {study.stopped.words}"))
