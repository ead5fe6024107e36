"""Stop when several rules all say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy import StopQuery, Termination
from autotune.strategy.validators import part
from autotune_strategies.termination.either import Either
from autotune_strategies.termination.rule import Rule, clause_of

__all__ = ["Both"]


def _as_tuple(rules: Iterable[Termination]) -> tuple[Termination, ...]:
    return tuple(rules)


@frozen
class Both(Rule):
    """Stop when all of the rules give a reason at the same time; ``a & b`` makes one.

    Parameters
    ----------
    rules : tuple of Termination
        Two rules or more.

    Examples
    --------
    >>> from autotune_strategies.termination.max_trials import MaxTrials
    >>> from autotune_strategies.termination.patience import Patience
    >>> print(MaxTrials(30) & Patience(10))
    Stop when 30 trials are done and 10 trials in a row brought no gain.
    """

    rules: tuple[Termination, ...] = field(converter=_as_tuple)

    @rules.validator
    def _check_rules(self, attribute: Any, value: tuple[Termination, ...]) -> None:
        if len(value) == 0:
            raise ComponentError("Both.rules = () must hold at least one rule; use Never")
        for rule in value:
            part(self, attribute, rule)

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        """Whether all of its rules are."""
        return all(getattr(rule, "monotone", False) for rule in self.rules)

    def clause(self) -> str:
        """Return the clauses of its rules, alternatives among them in parentheses."""
        return " and ".join(
            f"({clause_of(rule)})"
            if isinstance(rule, Either) and len(rule.rules) > 1
            else clause_of(rule)
            for rule in self.rules
        )

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:
        """Return all reasons, or None while one is lacking."""
        reasons: list[str] = []
        for rule_state, rule in zip(state, self.rules, strict=True):
            words: str | None = rule.read(rule_state, query)
            if words is None:
                return None
            reasons.append(words)
        return "; ".join(reasons)
