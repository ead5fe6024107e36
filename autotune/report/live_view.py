"""How a running study stands, as a view for a terminal: a function of the study and the time."""

from __future__ import annotations

import numpy as np
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from autotune.report.best import best_of
from autotune.study import Study
from autotune.study.changes import describe_change
from autotune.study.formatting import aligned, clean, duration, format_value
from autotune.study.rows import ACCEPTED, trial_rows

__all__ = [
    "best_text",
    "count_text",
    "live_view",
    "score_line",
    "seconds_spent",
    "share_done",
    "time_left",
]

_MARKS = "▁▂▃▄▅▆▇█"
_ASCII_MARKS = "_.-=*#"
_REMEMBERED = 20


def live_view(
    study: Study,
    *,
    now: int,
    n_trials: int | None = None,
    time_budget: float | None = None,
    begin: int | None = None,
    width: int = 100,
    height: int = 24,
    ascii_only: bool = False,
    note: str = "",
) -> RenderableType:
    """Return how a study stands: its progress, its best trial, and what came of the last trials.

    Parameters
    ----------
    study : Study
        The study; it need not have started.
    now : int
        The time, in microseconds since 1970-01-01 UTC.
    n_trials : int, optional
        Trials it shall have when it ends.
    time_budget : float, optional
        Seconds it may run.
    begin : int, optional
        When the session began from which the time left is told; see ``time_left``.
    width, height : int
        Characters and lines there are.
    ascii_only : bool
        Whether to do without block characters.
    note : str
        A last line.

    Returns
    -------
    rich renderable
        Of plain, cleaned text.

    Examples
    --------
    >>> from rich.console import Console
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=3)
    >>> view = live_view(result.study, now=0, n_trials=3)
    """
    if study.started is None:
        return Text(f"waiting for the study to begin{_after(note)}")
    head = _head(study, now, n_trials, time_budget, begin, width)
    line = score_line(study, width=max(width - 12, 8), ascii_only=ascii_only)
    lines = Table.grid(padding=(0, 2))
    lines.add_column(no_wrap=True, style="dim", min_width=6)
    lines.add_column(no_wrap=True, overflow="ellipsis")
    lines.add_row("best", Text(best_text(study), style="bold"))
    lines.add_row("scores", Text(line))
    for trial in sorted(study.pending)[:4]:
        lines.add_row("now", Text(_pending(study, trial, now)))
    more = len(study.pending) - 4
    if more > 0:
        lines.add_row("", Text(f"and {more} more"))
    used = 5 + lines.row_count + (1 if note else 0)
    parts: list[RenderableType] = [head, lines, Rule(style="dim")]
    parts.append(_last(study, max(height - used - 2, 3), width))
    if study.stopped is not None:
        parts.append(Text(f"stopped: {clean(study.stopped.words)}", style="bold"))
    if note:
        parts.append(Text(clean(note), style="dim"))
    return Group(*parts)


def _after(note: str) -> str:
    return f"\n{clean(note)}" if note else ""


def _head(
    study: Study,
    now: int,
    n_trials: int | None,
    time_budget: float | None,
    begin: int | None,
    width: int,
) -> RenderableType:
    cells: list[RenderableType] = []
    share = share_done(study, n_trials, time_budget, now=now)
    if share is not None:
        cells.append(ProgressBar(total=1.0, completed=share, width=min(max(width - 70, 8), 30)))
    accepted = int(study.verdicts["accepted"].sum())
    failed = int((study.outcomes().failed & study.outcomes().judged).sum())
    verdicts = f"{accepted} accepted" + (f", {failed} failed" if failed else "")
    cells += [
        Text(count_text(study, n_trials)),
        Text(verdicts, style="dim"),
        Text(_time(study, now, n_trials, time_budget, begin)),
    ]
    grid = Table.grid(padding=(0, 2))
    for _ in cells:
        grid.add_column(no_wrap=True)
    grid.add_row(*cells)
    return grid


def count_text(study: Study, n_trials: int | None) -> str:
    """Return how many trials there are, of how many."""
    of = "" if n_trials is None else f" of {n_trials}"
    return f"{study.n_judged}{of} trials"


def seconds_spent(study: Study, now: int | None = None) -> float:
    """Return the seconds that a study has been running, up to now unless it has stopped."""
    if now is None or study.latest is None or study.stopped is not None:
        return study.seconds
    return study.seconds + max(now - study.latest, 0) / 1e6


def share_done(
    study: Study, n_trials: int | None, time_budget: float | None, *, now: int | None = None
) -> float | None:
    """Return how much of a study is done, by trials or by seconds, whichever is more of it.

    Parameters
    ----------
    study : Study
        The study.
    n_trials : int, optional
        Trials it shall have.
    time_budget : float, optional
        Seconds it may run.
    now : int, optional
        The time, in microseconds since 1970-01-01 UTC; that of its latest event if left out.

    Returns
    -------
    float, optional
        From 0 to 1; None where there is no end in sight.
    """
    shares = []
    if n_trials is not None:
        shares.append(study.n_judged / max(n_trials, 1))
    if time_budget is not None:
        shares.append(seconds_spent(study, now) / time_budget)
    return min(max(shares), 1.0) if shares else None


def _time(
    study: Study, now: int, n_trials: int | None, time_budget: float | None, begin: int | None
) -> str:
    of = "" if time_budget is None else f" of {duration(time_budget)}"
    if study.stopped is not None:
        if time_budget is not None:
            return f"ran {duration(study.seconds)}{of}"
        return f"took {duration(max(study.stopped.at - study.begun.at, 0) / 1e6)}"
    running = (
        f"since {duration(max(now - study.begun.at, 0) / 1e6)}"
        if time_budget is None
        else f"running {duration(seconds_spent(study, now))}{of}"
    )
    left = time_left(study, n_trials, begin, time_budget=time_budget)
    return running if left is None else f"{running}, about {duration(left)} left"


def time_left(
    study: Study,
    n_trials: int | None,
    begin: int | None = None,
    *,
    time_budget: float | None = None,
) -> float | None:
    """Return the seconds that a study will probably take on, from its last twenty verdicts.

    Parameters
    ----------
    study : Study
        The study.
    n_trials : int, optional
        Trials it shall have.
    begin : int, optional
        When the session began, in microseconds since 1970-01-01 UTC: what was before doesn't count.
    time_budget : float, optional
        Seconds it may run; no more than those that are left of them are told.

    Returns
    -------
    float, optional
        None without a budget of either kind, and without one of time with fewer than two verdicts,
        or before the first of the session.
    """
    by_time = None if time_budget is None else max(time_budget - study.seconds, 0.0)
    by_trials = None if n_trials is None else _left_by_trials(study, n_trials, begin)
    known = [left for left in (by_time, by_trials) if left is not None]
    return min(known, default=None)


def _left_by_trials(study: Study, n_trials: int, begin: int | None) -> float | None:
    at = study.verdicts["at"]
    if begin is not None:
        at = np.concatenate([[begin], at[at >= begin]])
    at = at[-_REMEMBERED - 1 :]
    if len(at) < 2:
        return None
    each = max(int(at[-1]) - int(at[0]), 0) / (len(at) - 1) / 1e6
    return each * max(n_trials - study.n_judged, 0)


def best_text(study: Study, *, short: bool = False) -> str:
    """Return the score of the best, and unless it shall be short, what it changed.

    While a study runs that is the incumbent; when it has stopped, what its strategy recommends,
    with the score to be expected of it.
    """
    best = None if study.stopped is None else best_of(study)
    if best is not None and best.expected:
        by = "" if short else f" by trial {best.trial}: {describe_change(study, best.trial)}"
        return f"{best.words}{by}" if short else clean(f"{best.score}{by}; {best.expected}")
    trial = study.incumbent if best is None else best.trial
    outcome = None if trial is None else study.outcome(trial)
    if outcome is None or trial is None:
        return "none yet"
    score = f"{study.begun.metric} {format_value(outcome.score, 5)}"
    if short:
        return clean(score)
    spread = f" ± {format_value(outcome.score_sd, 2)}" if outcome.n_folds > 1 else ""
    return clean(f"{score}{spread} by trial {trial}: {describe_change(study, trial)}")


def score_line(study: Study, *, width: int, ascii_only: bool = False) -> str:
    """Return the incumbent's score over the judged trials as a line of marks.

    Parameters
    ----------
    study : Study
        The study.
    width : int
        Marks at most.
    ascii_only : bool
        Whether to do without block characters.

    Examples
    --------
    >>> from autotune import tune
    >>> count = iter(range(8))
    >>> score_line(tune(lambda _: next(count), {"x": 1.0}, n_trials=8).study, width=8)
    '▁▂▃▄▅▆▇█'
    """
    verdicts = study.verdicts
    score = study.outcomes().value[verdicts["trial"] - 1]
    # A score that was finite when it was accepted may have been spoilt by folds that came later.
    known = verdicts["accepted"] & np.isfinite(score)
    if not bool(known.any()):
        return ""
    place = np.maximum.accumulate(np.where(known, np.arange(len(known)), 0))
    scores = score[place][int(np.argmax(known)) :]
    scores = scores[np.unique(np.linspace(0, len(scores) - 1, min(width, len(scores))).astype(int))]
    low, high = float(scores.min()), float(scores.max())
    marks = _ASCII_MARKS if ascii_only else _MARKS
    share = (scores - low) / (high - low) if high > low else np.ones(len(scores))
    return "".join(marks[round(float(each) * (len(marks) - 1))] for each in share)


def _pending(study: Study, trial: int, now: int) -> str:
    since = duration(max(now - int(study.proposals["at"][trial - 1]), 0) / 1e6)
    folds = len(study.pending[trial].scores)
    of = f", {folds} of {study.begun.n_folds} folds" if study.begun.n_folds > 1 else ""
    return clean(f"trial {trial}, since {since}{of}: {describe_change(study, trial)}")


def _last(study: Study, most: int, width: int) -> Table:
    failures = study.failures()
    rows = trial_rows(study, study.verdicts["trial"][-most:])
    scores = aligned([row.score for row in rows])
    gains = aligned([row.gain for row in rows], signed=True)
    seconds = aligned([row.fit_seconds for row in rows])
    cells = [_HEADS]
    styles = ["dim"]
    for row, score, gain, second in zip(rows, scores, gains, seconds, strict=True):
        verdict = row.reason or row.verdict
        failure = failures.get(row.trial)
        if failure is not None:
            verdict = f"{verdict}: {failure.kind}: {failure.message}"
        cells.append((str(row.trial), score, gain, second, clean(verdict), clean(row.changes)))
        styles.append(
            "bold green" if row.verdict == ACCEPTED else "red" if failure is not None else ""
        )
    table = Table.grid(padding=(0, 2))
    rest = width
    for k in range(len(_HEADS) - 1):
        wide = min(max(len(texts[k]) for texts in cells), _WIDEST)
        rest -= wide + 2
        table.add_column(justify="right" if k < _N_NUMBERS else "left", no_wrap=True, width=wide)
    # What is too long is cut here, for rich would sooner do without a column of numbers.
    table.add_column(no_wrap=True, overflow="ellipsis", width=max(rest, 8))
    for texts, style in zip(cells, styles, strict=True):
        table.add_row(*(Text(each, style=style) for each in texts))
    return table


_N_NUMBERS = 4
_WIDEST = 30
_HEADS = ("trial", "score", "gain", "fit s", "verdict", "what changed")
