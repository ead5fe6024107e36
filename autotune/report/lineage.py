"""Lineage: which study was forked from which, as a tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import field, frozen
from rich.text import Text
from rich.tree import Tree

from autotune.study import Lineage, Study
from autotune.study.formatting import clean

__all__ = ["Branch", "StudyRecord", "lineage_forest", "lineage_tree", "study_record", "walk_branch"]


@frozen
class StudyRecord:
    """A study among others.

    Parameters
    ----------
    name : str
        What its log is called.
    study_id : str
        The study's unique name.
    lineage : Lineage, optional
        What it was forked from.
    metric, direction : str
        What its score is called, and whether larger or smaller ones are better.
    n_events, n_trials, n_accepted : int
        How far it came.
    incumbent : int, optional
        Its best trial.
    score : float, optional
        The score of that.
    stopped : str, optional
        Why it ended, in words; None if it can go on.
    """

    name: str
    study_id: str
    lineage: Lineage | None
    metric: str
    direction: str
    n_events: int
    n_trials: int
    n_accepted: int
    incumbent: int | None
    score: float | None
    stopped: str | None


@frozen(eq=False)
class Branch:
    """A study, and those that were forked from it.

    Parameters
    ----------
    record : StudyRecord
        The study.
    forks : tuple of Branch
        In the order of the events at which they left it.
    """

    record: StudyRecord
    forks: tuple[Branch, ...] = field(repr=False)


def study_record(name: str, study: Study) -> StudyRecord:
    """Return the record of a study.

    Parameters
    ----------
    name : str
        What its log is called.
    study : Study
        The study; it must have started.
    """
    outcome = study.incumbent_outcome
    return StudyRecord(
        name=name,
        study_id=study.begun.study_id,
        lineage=study.begun.lineage,
        metric=study.begun.metric,
        direction=study.begun.direction,
        n_events=study.n_events,
        n_trials=study.n_trials,
        n_accepted=int(study.verdicts["accepted"].sum()),
        incumbent=study.incumbent,
        score=None if outcome is None else outcome.score,
        stopped=None if study.stopped is None else study.stopped.words,
    )


def lineage_forest(records: Iterable[StudyRecord]) -> tuple[Branch, ...]:
    """Return studies as trees of forks.

    Each study is there once. One whose origin is not among them is a root, and so is the first of
    those that claim to stem from each other. Of several logs of the same study, as copies are, the
    first has the forks.

    Parameters
    ----------
    records : iterable of StudyRecord
        The studies.

    Returns
    -------
    tuple of Branch
        The roots, in the order given.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune.replay import fork, state_at
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=3)
    >>> studies = {"first": found.study, "other": state_at(fork(found.log, 6))}
    >>> (root,) = lineage_forest(study_record(name, study) for name, study in studies.items())
    >>> root.record.name, [(fork.record.name, fork.record.lineage.seq) for fork in root.forks]
    ('first', [('other', 6)])
    """
    listed = list(records)
    first: dict[str, int] = {}
    for i, record in enumerate(listed):
        first.setdefault(record.study_id, i)
    parent = [
        None if record.lineage is None else first.get(record.lineage.study_id) for record in listed
    ]
    _cut_circles(parent)
    forks: list[list[int]] = [[] for _ in listed]
    for i, p in enumerate(parent):
        if p is not None:
            forks[p].append(i)
    made: dict[int, Branch] = {}
    for i in _leaves_first(parent, forks):
        ordered = sorted(forks[i], key=lambda j: _left_at(listed[j]))
        made[i] = Branch(listed[i], tuple(made[j] for j in ordered))
    return tuple(made[i] for i, p in enumerate(parent) if p is None)


def _left_at(record: StudyRecord) -> int:
    return -1 if record.lineage is None else record.lineage.seq


def _cut_circles(parent: list[int | None]) -> None:
    """Make the first study of each circle a root; a log can say anything."""
    done: set[int] = set()
    for start in range(len(parent)):
        path: dict[int, None] = {}
        at: int | None = start
        while at is not None and at not in done and at not in path:
            path[at] = None
            at = parent[at]
        if at is not None and at in path:
            members = list(path)
            parent[min(members[members.index(at) :])] = None
        done.update(path)


def _leaves_first(parent: Sequence[int | None], forks: Sequence[Sequence[int]]) -> list[int]:
    order: list[int] = []
    waiting = [i for i, p in enumerate(parent) if p is None]
    while waiting:
        i = waiting.pop()
        order.append(i)
        waiting += forks[i]
    return order[::-1]


def walk_branch(branch: Branch) -> Iterator[tuple[int, Branch]]:
    """Yield a branch and all below it with their depths, each before its forks."""
    waiting = [(0, branch)]
    while waiting:
        depth, at = waiting.pop()
        yield depth, at
        waiting += [(depth + 1, fork) for fork in reversed(at.forks)]


def lineage_tree(branch: Branch) -> Tree:
    """Return a tree to print, of plain, cleaned text.

    Parameters
    ----------
    branch : Branch
        A root.
    """
    tree = Tree(_label(branch.record, root=True))
    above = [tree]
    for depth, at in walk_branch(branch):
        if depth > 0:
            del above[depth:]
            above.append(above[-1].add(_label(at.record, root=False)))
    return tree


def _label(record: StudyRecord, *, root: bool) -> Text:
    parts = [f"{record.n_events} events"]
    if record.lineage is not None:
        origin = f"from {record.lineage.study_id} " if root else ""
        parts.insert(0, f"forked {origin}after event {record.lineage.seq}")
    if record.incumbent is not None and record.score is not None:
        parts.append(f"{record.metric} {record.score:.5g} by trial {record.incumbent}")
    return Text(clean(f"{record.name}: {', '.join(parts)}"))
