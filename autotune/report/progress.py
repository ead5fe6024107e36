"""A run as it happens: live in a terminal or notebook, a line for each accepted step elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from importlib import import_module
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from autotune.report.budget import budget_of, time_budget_of, trials_at_end
from autotune.report.live_view import (
    best_text,
    count_text,
    live_view,
    seconds_spent,
    share_done,
    time_left,
)
from autotune.study import EMPTY, Accepted, Event, Proposed, Study
from autotune.study.changes import describe_change
from autotune.study.formatting import clean, duration, format_value
from autotune.study.rows import TrialRow, trial_rows

__all__ = ["Progress", "in_notebook", "progress"]

_LINES = 14
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
    time_budget : float, optional
        The seconds that it may run, if there is such a limit.

    Examples
    --------
    >>> import sys
    >>> from autotune import tune
    >>> with Progress(Console(file=sys.stdout, width=80), n_trials=1) as progress:
    ...     result = tune(lambda c: c["x"], {"x": 1.0}, n_trials=1, progress=progress)
    trial 1 of 1: accepted at 1: start values
    """

    def __init__(
        self,
        console: Console,
        *,
        n_trials: int | None = None,
        time_budget: float | None = None,
    ) -> None:
        self._console = console
        self._n_trials = n_trials
        self._time_budget = time_budget
        self._screen: _Screen | None = None
        self._drawn_at: int | None = None
        self._begin: int | None = None
        self._now = 0
        self._study = EMPTY

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
        self._study, self._now = study, event.at
        if isinstance(event, Proposed) and self._begin is None:
            self._begin = event.at
        if self._screen is None:
            if isinstance(event, Accepted):
                line = f"trial {event.trial}{self._of()}: accepted at {clean(_step(study, event))}"
                self._console.print(Text(line + self._spent()), soft_wrap=True)
        elif self._is_due(event):
            self._screen.show(self)

    def _total(self) -> int | None:
        return trials_at_end(self._study, self._n_trials)

    def _of(self) -> str:
        total = self._total()
        return "" if total is None else f" of {total}"

    def _spent(self) -> str:
        if self._time_budget is None:
            return ""
        return f" ({duration(seconds_spent(self._study))} of {duration(self._time_budget)})"

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

    def _view(self) -> RenderableType:
        console = self._console
        return live_view(
            self._study,
            now=self._now,
            n_trials=self._total(),
            time_budget=self._time_budget,
            begin=self._begin,
            width=console.width,
            height=min(console.height, _LINES),
            ascii_only=not console.encoding.lower().startswith("utf"),
        )

    def _markup(self) -> str:
        """Return the view of a notebook: markup that says everything as text."""
        study, total = self._study, self._total()
        spent = self._spent().strip(" ()")
        best = f"best {best_text(study, short=True)}"
        parts = [count_text(study, total), spent, best, self._left()]
        line = " &middot; ".join(escape(part) for part in parts if part)
        share = share_done(study, total, self._time_budget)
        if share is None:
            bar = ""
        elif self._time_budget is None:
            bar = f'<progress value="{min(study.n_judged, total or 0)}" max="{total}"></progress> '
        else:
            bar = f'<progress value="{share:.3f}" max="1"></progress> '
        lines = [f"<div>{bar}<span>{line}</span></div>"]
        for name, text in (("last", self._last()), ("now", _trying(study))):
            lines.append(f"<div><small>{name}: {escape(clean(text))}</small></div>")
        return f'<div class="autotune-progress">{"".join(lines)}{_listed(study)}</div>'

    def _left(self) -> str:
        total = self._total()
        share = share_done(self._study, total, self._time_budget)
        if share is None:
            return ""
        if share >= 1:
            return "done"
        left = time_left(self._study, total, self._begin, time_budget=self._time_budget)
        return "time left unknown" if left is None else f"about {duration(left)} left"

    def _last(self) -> str:
        study = self._study
        if study.n_judged == 0:
            return "starting"
        (row,) = trial_rows(study, study.verdicts["trial"][-1:])
        if row.reason is None:
            return f"trial {row.trial} accepted: {row.changes}"
        failure = study.failures().get(row.trial)
        why = "" if failure is None else f" ({failure.kind}: {failure.message})"
        return f"trial {row.trial} rejected: {row.reason}{why} -- {row.changes}"


def _trying(study: Study) -> str:
    if study.stopped is not None:
        return study.stopped.words
    trial = study.n_trials
    return "nothing yet" if trial == 0 else f"{trial}: {describe_change(study, trial)}"


def _step(study: Study, step: Accepted | TrialRow) -> str:
    """Return the score of an accepted trial, what it gained, and what it changed."""
    score = format_value(study.outcome(step.trial).score, 5)
    gain = "" if step.gain is None else f" ({step.gain:+.4g})"
    return f"{score}{gain}: {describe_change(study, step.trial)}"


def _listed(study: Study) -> str:
    trials = study.verdicts["trial"][study.verdicts["accepted"]]
    if len(trials) == 0:
        return ""
    items = "".join(
        f"<li>{escape(clean(f'trial {step.trial}: {_step(study, step)}'))}</li>"
        for step in trial_rows(study, trials[-_STEPS_SHOWN:])
    )
    noun = "accepted step" if len(trials) == 1 else "accepted steps"
    shown = f"{len(trials)} {noun}" + (", the last:" if len(trials) > _STEPS_SHOWN else "")
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
    console = Console(highlight=False, markup=False, emoji=False)
    seconds = time_budget_of(study.strategy)
    with Progress(console, n_trials=total, time_budget=seconds) as shown:
        yield shown
