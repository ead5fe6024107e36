"""How studies, logs, results and runs show themselves: the one place that reaches up to reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from autotune.errors import AutotuneError

__all__ = ["in_notebook", "log_html", "progress", "study_html"]


def study_html(study: Any, title: str = "") -> str:
    """Return what a notebook shows of a study.

    Parameters
    ----------
    study : Study
        The study.
    title : str
        What stands above.
    """
    from autotune.report.summary import study_summary

    return study_summary(study, title=title)


def log_html(log: Any) -> str:
    """Return what a notebook shows of a log: its study, or why that can't be read.

    Parameters
    ----------
    log : Log
        The log.
    """
    from autotune.position import fold_runs

    try:
        study = fold_runs(log.runs())
    except (AutotuneError, OSError) as error:  # what is shown must not fail
        return f"<p>{escape(repr(log))}</p><p>It can't be read: {escape(str(error))}</p>"
    return study_html(study, title=repr(log))


def in_notebook() -> bool:
    """Tell whether output goes to a notebook."""
    from rich.console import Console

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
    from rich.console import Console

    from autotune.report.budget import budget_of
    from autotune.report.progress import Progress

    budget = budget_of(study.strategy)
    total = None if budget is None else budget + study.n_prior
    with Progress(Console(highlight=False, markup=False, emoji=False), n_trials=total) as shown:
        yield shown
