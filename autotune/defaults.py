"""The one place where the kernel reaches for the strategies package, late and by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from autotune.component import Termination
from autotune.errors import ComponentError
from autotune.strategy import Strategy

__all__ = ["default_strategy", "known_components", "replace_budget", "with_budget"]


def default_strategy() -> Strategy:
    """Return the strategy used where none is given."""
    from autotune_strategies import recipes

    return recipes.default()


def known_components(extra: Iterable[type] = ()) -> dict[str, type]:
    """Return the component classes that a log may name: those of this library and ``extra``.

    Raises
    ------
    ComponentError
        If an extra class is no attrs class or has the name of another.
    """
    import autotune_strategies

    known: dict[str, type] = {"Strategy": Strategy}
    for name in autotune_strategies.__all__:
        item: Any = getattr(autotune_strategies, name)
        if isinstance(item, type):
            known[name] = item
    for kind in extra:
        if not isinstance(kind, type) or not attrs.has(kind):
            raise ComponentError(f"components: {kind!r} is no attrs class; pass the class itself")
        if known.get(kind.__name__, kind) is not kind:
            raise ComponentError(
                f"components: {kind.__name__} is already the name of {known[kind.__name__]!r}; "
                "rename yours"
            )
        known[kind.__name__] = kind
    return known


def with_budget(strategy: Strategy, n_trials: int | None) -> Strategy:
    """Return the strategy with a limit on the number of trials beside its own rule to stop."""
    from autotune_strategies import Either, MaxTrials, Never

    if n_trials is None:
        return strategy
    if isinstance(n_trials, bool) or not isinstance(n_trials, int) or n_trials < 1:
        raise ComponentError(f"n_trials = {n_trials!r} must be a whole number >= 1, or None")
    limit = MaxTrials(n_trials)
    own: Termination = strategy.termination
    rules: tuple[Termination, ...] = (own, limit)
    return attrs.evolve(strategy, termination=limit if isinstance(own, Never) else Either(rules))


def replace_budget(strategy: Strategy, n_trials: int) -> Strategy:
    """Return the strategy with the limit that ``with_budget`` set replaced by another."""
    from autotune_strategies import Either, MaxTrials, Never

    rule: Termination = strategy.termination
    if isinstance(rule, MaxTrials):
        rule = Never()
    elif isinstance(rule, Either) and len(rule.rules) == 2 and isinstance(rule.rules[1], MaxTrials):
        rule = rule.rules[0]
    return with_budget(attrs.evolve(strategy, termination=rule), n_trials)
