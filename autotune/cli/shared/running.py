"""A run of a study with its progress, and what is said when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from autotune.cli.shared.output import INTERRUPTED, OK, command_line, print_json, say
from autotune.errors import EvaluationError, MissingExtraError
from autotune.execution import Execution
from autotune.objective import Objective
from autotune.report.budget import time_budget_of
from autotune.report.chart import terminal_chart
from autotune.report.document import study_document
from autotune.report.pictures import AcceptedStepsDisplay
from autotune.report.progress import Progress
from autotune.report.tables import steps_table
from autotune.study import Study
from autotune.study.formatting import as_python, clean
from autotune.tuner import Tuner, TuneResult

__all__ = ["conclude", "in_options", "more_of", "print_run", "watched"]

PICTURE = "accepted-steps.png"


def watched(
    tuner: Tuner,
    objective: Objective,
    console: Console,
    n_trials: int | None,
    *,
    quiet: bool,
    execution: Execution | None = None,
    on_error: Literal["record", "raise"] = "record",
    max_identical_failures: int | None = 5,
) -> TuneResult:
    """Run a study, and show its progress unless quiet; an early end is told, not raised."""
    how: dict[str, Any] = {
        "execution": execution,
        "on_error": on_error,
        "max_identical_failures": max_identical_failures,
    }
    try:
        if quiet:
            return tuner.run(objective, **how)
        seconds = time_budget_of(tuner.study.strategy)
        with Progress(console, n_trials=n_trials, time_budget=seconds) as progress:
            return tuner.run(objective, progress=progress, **how)
    except EvaluationError as error:
        study = tuner.study
        if study.incumbent is not None or not study.failures() or on_error == "raise":
            raise
        say(console, in_options(error))
        return tuner.result()


def in_options(error: Exception) -> str:
    """Return what an error says, with the option of the command line in place of the parameter."""
    words = str(error).replace("max_identical_failures=None", "--max-identical-failures 0")
    return clean(words)


def conclude(
    result: TuneResult,
    log: Path,
    again: tuple[object, ...],
    console: Console,
    *,
    json: bool,
    picture: bool,
) -> int:
    """Tell what a run came to, and what can be done next; ``again`` are the words that go on."""
    study = result.study
    saved: Path | None = None
    trouble: str | None = None
    if picture and study.incumbent is not None:
        try:
            saved = _plot_steps(study, log / PICTURE)
        except MissingExtraError as error:
            trouble = str(error)
        except OSError as error:
            trouble = f"the picture could not be saved: {error}"
    say(console)
    console.print(steps_table(study))
    say(console)
    ascii_only = not console.encoding.lower().startswith("utf")
    width = min(console.width, 100)
    say(console, terminal_chart(study, width=width, ascii_only=ascii_only))
    say(console)
    if result.best is not None:
        honest = result.honest_score()
        expected = "" if honest is None else honest.words
        score = f"{clean(study.begun.metric)} {result.best_score:.5g}"
        score += f"{' measured' if expected else ''}, trial {result.best_trial}"
        say(console, f"best so far ({score}):" if study.stopped is None else f"best ({score}):")
        say(console, as_python(result.best))
        if expected:
            say(console, expected)
        say(console)
    if saved is not None:
        say(console, f"picture: {saved}")
    if trouble is not None:
        say(console, f"no picture: {trouble}")
    say(console, f"log:     {log}")
    say(console)
    if result.interrupted:
        say(console, f"interrupted after {study.n_judged} trials; go on with")
        say(console, f"  {command_line(*again)}")
    else:
        say(console, "next:")
        for words in (("show", log), ("verify", log), _next(study, again)):
            say(console, f"  {command_line(*words)}")
    if json:
        print_run(study, log, saved, interrupted=result.interrupted)
    return INTERRUPTED if result.interrupted else OK


def _next(study: Study, again: tuple[object, ...]) -> tuple[object, ...]:
    """Return the words that go on: with what is left to do, or else with more."""
    return again if study.stopped is None else more_of(study, again)


def more_of(study: Study, again: tuple[object, ...]) -> tuple[object, ...]:
    """Return the words that go on with a study, to twice of what it had: trials, or seconds."""
    budget = time_budget_of(study.strategy)
    if budget is not None and study.seconds >= budget:
        option, twice = "--time-budget", f"{2 * budget:g}"
    else:
        option, twice = "--n-trials", str(2 * max(study.n_trials - study.n_prior, 1))
    return (*_without(again, option), option, twice)


def _without(words: Sequence[object], option: str) -> list[object]:
    """Return words without an option and its value."""
    kept: list[object] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word == option:
            skip = True
        elif not str(word).startswith(f"{option}="):
            kept.append(word)
    return kept


def print_run(study: Study, log: Path, picture: Path | None, *, interrupted: bool) -> None:
    """Print a run as JSON."""
    run = {
        "log": str(log),
        "picture": None if picture is None else str(picture),
        "interrupted": interrupted,
    }
    print_json({**run, **study_document(study)})


def _plot_steps(study: Study, path: Path) -> Path:
    AcceptedStepsDisplay.from_study(study).save(path)
    return path
