"""A run as it happens: a live view in a terminal, a line for each accepted step elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self, assert_never

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from autotune.events import (
    Accepted,
    Evaluated,
    Event,
    Failure,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
)
from autotune.report.text import clean, duration
from autotune.study import Study
from autotune.words import changes_in_words, format_value

__all__ = ["Progress"]

_REMEMBERED = 20


class Progress:
    """Shows the progress of a run; pass it to ``Tuner.run`` as ``watch``, inside ``with``.

    The time left is estimated from the times in the events, over the last 20 trials.

    Parameters
    ----------
    console : rich.console.Console
        Where to. In a terminal a few lines are kept up to date; elsewhere there is a line for each
        accepted step, and no control codes.
    n_trials : int, optional
        The number of trials the study shall hold when it ends, if that is known.

    Examples
    --------
    >>> import sys
    >>> from autotune import tune
    >>> with Progress(Console(file=sys.stdout, width=80), n_trials=1) as progress:
    ...     found = tune(lambda c: c["x"], {"x": 1.0}, n_trials=1, watch=progress)
    trial 1 of 1: accepted at 1: start values
    """

    def __init__(self, console: Console, *, n_trials: int | None = None) -> None:
        self._console = console
        self._n_trials = n_trials
        self._live: Live | None = None
        self._ends: list[int] = []
        self._failures: dict[int, Failure] = {}
        self._last = Text("starting")
        self._now = "nothing yet"
        self._study: Study | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            # Drawn when something happens, not by a thread of its own: folds are timed meanwhile.
            self._live = Live(self._view(), console=self._console, auto_refresh=False)
            self._live.start(refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.update(self._view(), refresh=True)
            self._live.stop()
            self._live = None

    def __call__(self, event: Event, study: Study) -> None:
        """Take note of an event."""
        self._study = study
        match event:
            case Proposed():
                self._tick(event.at, first=True)
                self._now = f"{event.trial}: {changes_in_words(study, event.trial)}"
            case Evaluated():
                if event.failure is not None:
                    self._failures[event.trial] = event.failure
            case Accepted():
                self._tick(event.at)
                self._accepted(event, study)
            case Rejected():
                self._tick(event.at)
                self._rejected(event, study)
            case StudyStopped():
                self._now = clean(event.words)
            case StudyStarted() | SpaceChanged() | StrategyChanged():
                pass
            case _:
                assert_never(event)
        if self._live is not None:
            self._live.update(self._view(), refresh=True)

    def _tick(self, at: int, *, first: bool = False) -> None:
        if first and self._ends:
            return
        self._ends = [*self._ends[-_REMEMBERED:], at]

    def _accepted(self, event: Accepted, study: Study) -> None:
        outcome = study.incumbent_outcome
        score = "" if outcome is None else format_value(study.sign * outcome.score, 5)
        gain = "" if event.gain is None else f" ({event.gain:+.4g})"
        told = changes_in_words(study, event.trial)
        self._last = Text(f"trial {event.trial} accepted: {clean(told)}", style="bold green")
        if self._live is None:
            of = "" if self._n_trials is None else f" of {self._n_trials}"
            line = f"trial {event.trial}{of}: accepted at {score}{gain}: {clean(told)}"
            self._console.print(Text(line), soft_wrap=True)

    def _rejected(self, event: Rejected, study: Study) -> None:
        told = changes_in_words(study, event.trial)
        why: str = event.reason
        failure = self._failures.pop(event.trial, None)
        if failure is not None:
            why += f" ({failure.kind}: {failure.message})"
        self._last = Text(f"trial {event.trial} rejected: {clean(why)} -- {clean(told)}")

    def _view(self) -> RenderableType:
        study = self._study
        done = 0 if study is None else study.n_judged
        total = self._n_trials
        first = Table.grid(padding=(0, 2))
        cells: list[RenderableType] = []
        if total is not None:
            width = min(max(self._console.width - 68, 8), 24)
            cells.append(ProgressBar(total=max(total, 1), completed=min(done, total), width=width))
        counted = f"{done} trials" if total is None else f"{done} of {total} trials"
        cells += [Text(counted), Text(f"best {self._best()}", style="bold"), Text(self._left(done))]
        first.add_row(*cells)
        lines = Table.grid(padding=(0, 2))
        lines.add_column(no_wrap=True, style="dim")
        lines.add_column(no_wrap=True, overflow="ellipsis")
        lines.add_row("last", self._last)
        lines.add_row("now", Text(clean(self._now)))
        return Group(first, lines)

    def _best(self) -> str:
        study = self._study
        if study is None or study.incumbent_outcome is None:
            return "none yet"
        score = format_value(study.sign * study.incumbent_outcome.score, 5)
        return f"{clean(study.begun.metric)} {score}"

    def _left(self, done: int) -> str:
        total, ends = self._n_trials, self._ends
        if total is None:
            return ""
        if done >= total:
            return "done"
        if len(ends) < 2:
            return "time left unknown"
        each = max(ends[-1] - ends[0], 0) / (len(ends) - 1) / 1e6
        return f"about {duration(each * (total - done))} left"
