"""The trials and the seconds at which a strategy says that it ends."""

from __future__ import annotations

from typing import Any

from autotune.study import Study

__all__ = ["budget_of", "time_budget_of", "trials_at_end"]


def budget_of(strategy: Any) -> int | None:
    """Return the number of trials at which a described strategy ends, if it says one.

    Examples
    --------
    >>> budget_of({"component": "Strategy", "termination": {"component": "MaxTrials", "n": 60}})
    60
    """
    return min((limit["n"] for limit in _limits(strategy, "MaxTrials", "n")), default=None)


def time_budget_of(strategy: Any) -> float | None:
    """Return the seconds of running at which a described strategy ends, if it says so.

    Examples
    --------
    >>> end = {"component": "TimeBudget", "seconds": 60.0}
    >>> time_budget_of({"component": "Strategy", "termination": end})
    60.0
    """
    found = _limits(strategy, "TimeBudget", "seconds")
    return min((float(limit["seconds"]) for limit in found), default=None)


def trials_at_end(study: Study, n_trials: int | None) -> int | None:
    """Return the number of trials at the end, fewer where the space ends before.

    Parameters
    ----------
    study : Study
        The study.
    n_trials : int, optional
        The number that it shall have.
    """
    if study.space is None or n_trials is None or not _ends_with_space(study.strategy):
        return n_trials
    n = study.space.n_configurations
    return n_trials if n is None else min(n_trials, max(n, study.n_trials))


def _ends_with_space(described: Any) -> bool:
    return len(_limits(described, "SpaceExhausted", "component")) > 0


def _limits(strategy: Any, component: str, name: str) -> list[Any]:
    """Return the rules of one kind, each of which ends a described strategy."""
    end = strategy.get("termination")
    rules = end.get("rules", [end]) if isinstance(end, dict) else []
    return [
        rule
        for rule in rules
        if isinstance(rule, dict)
        and rule.get("component") == component
        and isinstance(rule.get(name), int | float | str)
    ]
