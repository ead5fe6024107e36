"""A run as it happens: live in a terminal or notebook, a line for each accepted step elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from importlib import import_module
from types import TracebackType
from typing import Any, Protocol, Self, assert_never

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from autotune.report.budget import budget_of
from autotune.study import (
    Accepted,
    Evaluated,
    Event,
    Failure,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    Study,
    StudyStarted,
    StudyStopped,
)
from autotune.study.formatting import clean, duration, format_value
from autotune.study.summary import changes_in_words

__all__ = ["Progress", "in_notebook", "progress"]

_REMEMBERED = 20
_STEPS_SHOWN = 5
_BETWEEN_DRAWINGS = 200_000  # microseconds, by the times of events


class _Screen(Protocol):
    """Where a view is kept up to date."""

    def show(self, progress: Progress) -> None: ...

    def close(self) -> None: ...


class _Terminal:
    def __init__(self, console: Console, progress: Progress) -> None:
        # Drawn when something happens, not by a thread of its own: folds are timed meanwhile.
        self._live = Live(progress._view(), console=console, auto_refresh=False)
        self._live.start(refresh=True)

    def show(self, progress: Progress) -> None:
        self._live.update(progress._view(), refresh=True)

    def close(self) -> None:
        self._live.stop()


class _Notebook:
    def __init__(self, progress: Progress) -> None:
        self._ipython: Any = import_module("IPython.display")
        drawn = self._ipython.HTML(progress._markup())
        self._handle = self._ipython.display(drawn, display_id=True)

    def show(self, progress: Progress) -> None:
        self._handle.update(self._ipython.HTML(progress._markup()))

    def close(self) -> None:
        pass


class Progress:
    """Shows the progress of a run; pass it to ``Tuner.run`` as ``watch``, inside ``with``.

    The time left is estimated from the times in the events, over the last 20 trials.

    Parameters
    ----------
    console : rich.console.Console
        Where to. In a terminal a few lines are kept up to date, in a notebook a bar; elsewhere
        there is a line for each accepted step, and no control codes.
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
        self._screen: _Screen | None = None
        self._drawn_at: int | None = None
        self._steps: list[str] = []
        self._ends: list[int] = []
        self._failures: dict[int, Failure] = {}
        self._last = Text("starting")
        self._now = "nothing yet"
        self._study: Study | None = None

    def __enter__(self) -> Self:
        if self._console.is_jupyter:
            self._screen = _Notebook(self)
        elif self._console.is_terminal and not self._console.is_dumb_terminal:
            self._screen = _Terminal(self._console, self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._screen is not None:
            self._screen.show(self)
            self._screen.close()
            self._screen = None

    def __call__(self, event: Event, study: Study) -> None:
        """Take note of an event."""
        self._study = study
        match event:
            case Proposed():
                self._tick(event.at, first=True)
                self._now = f"{event.trial}: {changes_in_words(study, event.trial)}"
            case Evaluated():
                if event.measurement.failure is not None:
                    self._failures[event.trial] = event.measurement.failure
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
        if self._screen is not None and self._is_due(event):
            self._screen.show(self)

    def _is_due(self, event: Event) -> bool:
        """Tell whether to draw: a front end in a browser can't keep up with every event."""
        before = self._drawn_at
        due = (
            isinstance(self._screen, _Terminal)
            or before is None
            or abs(event.at - before) >= _BETWEEN_DRAWINGS
        )
        if due:
            self._drawn_at = event.at
        return due

    def _tick(self, at: int, *, first: bool = False) -> None:
        if first and self._ends:
            return
        self._ends = [*self._ends[-_REMEMBERED:], at]

    def _accepted(self, event: Accepted, study: Study) -> None:
        outcome = study.incumbent_outcome
        score = "" if outcome is None else format_value(outcome.score, 5)
        gain = "" if event.gain is None else f" ({event.gain:+.4g})"
        told = changes_in_words(study, event.trial)
        self._last = Text(f"trial {event.trial} accepted: {clean(told)}", style="bold green")
        self._steps.append(f"trial {event.trial}: {score}{gain}: {told}")
        if self._screen is None:
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

    def _markup(self) -> str:
        """Return the view of a notebook: markup that says everything as text."""
        done = 0 if self._study is None else self._study.n_judged
        total = self._n_trials
        counted = f"{done} trials" if total is None else f"{done} of {total} trials"
        parts = [counted, f"best {self._best()}", self._left(done)]
        told = " &middot; ".join(escape(part) for part in parts if part)
        bar = (
            ""
            if total is None
            else f'<progress value="{min(done, total)}" max="{total}"></progress> '
        )
        lines = [f"<div>{bar}<span>{told}</span></div>"]
        for name, text in (("last", self._last.plain), ("now", clean(self._now))):
            lines.append(f"<div><small>{name}: {escape(text)}</small></div>")
        return f'<div class="autotune-progress">{"".join(lines)}{_listed(self._steps)}</div>'

    def _best(self) -> str:
        study = self._study
        if study is None or study.incumbent_outcome is None:
            return "none yet"
        score = format_value(study.incumbent_outcome.score, 5)
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


def _listed(steps: Sequence[str]) -> str:
    if len(steps) == 0:
        return ""
    items = "".join(f"<li>{escape(clean(step))}</li>" for step in steps[-_STEPS_SHOWN:])
    noun = "accepted step" if len(steps) == 1 else "accepted steps"
    shown = f"{len(steps)} {noun}" + (", the last:" if len(steps) > _STEPS_SHOWN else "")
    return f"<details open><summary>{shown}</summary><ul>{items}</ul></details>"


def in_notebook() -> bool:
    """Tell whether output goes to a notebook."""
    return bool(Console().is_jupyter)


@contextmanager
def progress(study: Any) -> Iterator[Callable[[Any, Any], None]]:
    """Give a watcher that shows the progress of a run where people look.

    That is a live view in a terminal, a bar in a notebook, and elsewhere a line for each accepted
    step.

    Parameters
    ----------
    study : Study
        The study as the run finds it.
    """
    budget = budget_of(study.strategy)
    total = None if budget is None else budget + study.n_prior
    with Progress(Console(highlight=False, markup=False, emoji=False), n_trials=total) as shown:
        yield shown
