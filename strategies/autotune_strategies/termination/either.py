"""Stop when any of several rules says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy import StopQuery, Termination
from autotune.strategy.validators import part
from autotune_strategies.termination.rule import Rule, clause_of

__all__ = ["Either"]


def _as_tuple(rules: Iterable[Termination]) -> tuple[Termination, ...]:
    return tuple(rules)


@frozen
class Either(Rule):
    """Stop as soon as one of the rules gives a reason; ``a | b`` makes one.

    Parameters
    ----------
    rules : tuple of Termination
        Two rules or more.

    Examples
    --------
    >>> from autotune_strategies.termination.max_trials import MaxTrials
    >>> Either((MaxTrials(10), MaxTrials(20))).rules[0]
    MaxTrials(n=10)
    """

    rules: tuple[Termination, ...] = field(converter=_as_tuple)

    @rules.validator
    def _check_rules(self, attribute: Any, value: tuple[Termination, ...]) -> None:
        if len(value) == 0:
            raise ComponentError("Either.rules = () must hold at least one rule; use Never")
        for rule in value:
            part(self, attribute, rule)

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        """Whether all of its rules are."""
        return all(getattr(rule, "monotone", False) for rule in self.rules)

    def clause(self) -> str:
        """Return the clauses of its rules."""
        return " or when ".join(clause_of(rule) for rule in self.rules)

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:
        """Return the first reason given, or None."""
        for rule_state, rule in zip(state, self.rules, strict=True):
            words: str | None = rule.read(rule_state, query)
            if words is not None:
                return words
        return None
