"""The number of trials at which a strategy says that it ends."""

from __future__ import annotations

from typing import Any

__all__ = ["budget_of"]


def budget_of(strategy: Any) -> int | None:
    """Return the number of trials at which a described strategy ends, if it says one.

    Examples
    --------
    >>> budget_of({"component": "Strategy", "termination": {"component": "MaxTrials", "n": 60}})
    60
    """
    end = strategy.get("termination")
    rules = end.get("rules", [end]) if isinstance(end, dict) else []
    limits = [
        rule["n"]
        for rule in rules
        if isinstance(rule, dict)
        and rule.get("component") == "MaxTrials"
        and isinstance(rule.get("n"), int)
    ]
    return min(limits, default=None)
