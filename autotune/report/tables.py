"""Tables and headers for a terminal, as rich renderables made of plain, cleaned text."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from autotune.study import Study
from autotune.study.formatting import aligned, clean, describe_strategy, moment
from autotune.study.rows import TrialRow, accepted_steps, all_trials

__all__ = ["header", "space_table", "steps_table", "trials_table"]


_NUMBERS = ("trial", "from", "score", "gain", "fit seconds")
_TEXTS = ("what changed", "verdict", "space", "start")


def _table(*columns: str) -> Table:
    """Return an empty table: numbers stand at the right, and only long texts are wrapped."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(
            name,
            justify="right" if name in _NUMBERS else "left",
            no_wrap=name not in _TEXTS,
            overflow="fold" if name in _TEXTS else "ellipsis",
        )
    return table


def header(study: Study) -> Table:
    """Return what a study is and how it stands, as a grid of names and values.

    Parameters
    ----------
    study : Study
        The study; it must have started.
    """
    began = study.begun
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")

    def add(name: str, value: object) -> None:
        grid.add_row(name, Text(clean(value)))

    add("study", began.study_id)
    if began.lineage is not None:
        add("forked from", f"{began.lineage.study_id} after event {began.lineage.seq}")
    add("metric", f"{began.metric}, {began.direction} (mean of {_count(began.n_folds, 'fold')})")
    add("strategy", describe_strategy(study.strategy))
    add("seed", began.seed)
    began_at = moment(began.at)
    add(
        "started",
        f"{began.at} microseconds after 1970"
        if began_at is None
        else began_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
    )
    verdicts = study.verdicts
    accepted = int(verdicts["accepted"].sum())
    failed = int(study.outcomes().failed.sum())
    counts = f"{study.n_trials}: {accepted} accepted, {study.n_judged - accepted} rejected"
    counts += f" ({failed} failed)" if failed else ""
    counts += f", {len(study.pending)} pending" if study.pending else ""
    counts += f"; {study.n_prior} taken over from earlier results" if study.n_prior else ""
    add("trials", counts)
    add("events", study.n_events)
    if study.stopped is None:
        add("stopped", "no; the study can go on")
    else:
        add("stopped", f"{study.stopped.words} ({study.stopped.rule})")
    return grid


def space_table(study: Study) -> Table:
    """Return the parameters of the search space and where they start."""
    space = study.known_space
    table = _table("parameter", "space", "start")
    table.columns[1].ratio = 1
    for name in space:
        start = repr(space.start[name]) if name in space.start else "inactive"
        table.add_row(*map(_text, (name, repr(space[name]), start)))
    return table


def steps_table(study: Study) -> Table:
    """Return the accepted steps as a table."""
    steps = accepted_steps(study)
    table = _table("trial", "what changed", "score", "gain", "fit seconds")
    for step, score, gain, seconds in zip(steps, *_numbers(steps), strict=True):
        table.add_row(*map(_text, (step.trial, step.changes, score, gain, seconds)))
    return table


def trials_table(study: Study) -> Table:
    """Return all trials as a table, with their verdicts and the reasons."""
    rows = all_trials(study)
    failures = study.failures()
    table = _table("trial", "from", "by", "what changed", "score", "gain", "fit seconds", "verdict")
    for row, score, gain, seconds in zip(rows, *_numbers(rows), strict=True):
        verdict = row.verdict if row.reason is None else f"{row.verdict}: {row.reason}"
        failure = failures.get(row.trial)
        if failure is not None:
            verdict += f" ({failure.kind}: {failure.message})"
        parent = "" if row.parent is None else row.parent
        cells = (row.trial, parent, row.origin, row.changes, score, gain, seconds, verdict)
        table.add_row(*map(_text, cells), style="bold" if row.verdict == "accepted" else None)
    return table


def _numbers(rows: list[TrialRow]) -> tuple[list[str], list[str], list[str]]:
    return (
        aligned([row.score for row in rows]),
        aligned([row.gain for row in rows], signed=True),
        aligned([row.fit_seconds for row in rows]),
    )


def _text(value: object) -> Text:
    return Text(clean(value))


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
