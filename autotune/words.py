"""Words and numbers for people: what changed in a step, and values in few digits."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from autotune.dimensions import Exactly
from autotune.study import Study

__all__ = ["INACTIVE", "changes", "changes_in_words", "format_value"]


@frozen
class _Inactive:
    """Stands for the value of a parameter whose condition does not hold."""

    def __repr__(self) -> str:
        return "inactive"


INACTIVE = _Inactive()


def format_value(value: Any, digits: int = 4) -> str:
    """Return a value as text, floats with few digits.

    Examples
    --------
    >>> format_value(0.06897336073024701), format_value((4, 1)), format_value("adam")
    ('0.06897', '(4, 1)', 'adam')
    """
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if isinstance(value, tuple | list):
        inside = ", ".join(format_value(item, digits) for item in value)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return str(value)


def changes(study: Study, trial: int) -> dict[str, tuple[Any, Any]]:
    """Return what a trial changed: for each parameter that differs, before and after.

    Parameters
    ----------
    study : Study
        The study.
    trial : int
        The trial.

    Returns
    -------
    dict of str to (object, object)
        In the order in which the parameters were drawn; empty for a trial without parent.
        ``INACTIVE`` stands for the value of a parameter whose condition does not hold.
    """
    parent = study.parent(trial)
    if parent is None:
        return {}
    before, after = study.configuration(parent), study.configuration(trial)
    order = dict.fromkeys([*study.moved(trial), *study.known_space])
    pairs = {name: (before.get(name, INACTIVE), after.get(name, INACTIVE)) for name in order}
    return {name: (a, b) for name, (a, b) in pairs.items() if Exactly(a) != Exactly(b)}


def changes_in_words(study: Study, trial: int) -> str:
    """Return what a trial changed, in words, such as "epochs from 2 to 6".

    A trial without parent says where it came from instead.
    """
    if study.parent(trial) is None:
        origin = study.origin(trial)
        if origin == "start":
            begun = study.known_space.start
            tried = study.configuration(trial)
            there = begun.keys() == tried.keys() and all(
                Exactly(tried[name]) == Exactly(value) for name, value in begun.items()
            )
            return "start values" if there else "start point"
        return {"prior": "earlier result"}.get(origin, origin)
    told = [
        f"{name} from {format_value(before)} to {format_value(after)}"
        for name, (before, after) in changes(study, trial).items()
    ]
    return "; ".join(told) if told else "nothing"
