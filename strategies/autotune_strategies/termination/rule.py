"""Rules to stop, and rules made of others by ``&`` and ``|``."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy import Composed, StopQuery, Termination
from autotune.strategy.component import is_component
from autotune.strategy.validators import as_tuple, part

__all__ = ["Both", "Either", "Never", "Rule", "clause_of"]


class Rule(Composed[StopQuery, str | None]):
    """The mixin for rules to stop: derive from it, and write ``read`` and ``clause``.

    ``read`` returns the reason to stop, in words, or None. ``a | b`` stops as soon as one of two
    rules does, ``a & b`` when both do at once. ``str(rule)`` is a sentence.

    Attributes
    ----------
    monotone : bool
        Whether the rule, once it has a reason to stop, keeps one whatever trials follow.

    Examples
    --------
    >>> from autotune_strategies.termination.limits import MaxTrials
    >>> from autotune_strategies.termination.stalls import Patience
    >>> print(MaxTrials(100) | Patience(20))
    Stop when 100 trials are done or when 20 trials in a row brought no gain.
    """

    __slots__ = ()

    monotone: ClassVar[bool] = False

    def clause(self) -> str:
        """Return what follows "Stop when" in the sentence, without a full stop."""
        return f"{self!r} says so"

    def __str__(self) -> str:
        return f"Stop when {self.clause()}."

    def __or__(self, other: Termination) -> Either:
        if not is_component(other):
            return NotImplemented
        return Either((*_members(self, Either), *_members(other, Either)))

    def __and__(self, other: Termination) -> Both:
        if not is_component(other):
            return NotImplemented
        return Both((*_members(self, Both), *_members(other, Both)))


def _members(rule: Any, kind: type[Any]) -> tuple[Termination, ...]:
    """Return the rules that a combination of the kind holds, or the rule alone."""
    return tuple(rule.rules) if isinstance(rule, kind) else (rule,)


def clause_of(rule: Termination) -> str:
    """Return a rule's clause; of one that does not derive from ``Rule``, its repr."""
    return rule.clause() if isinstance(rule, Rule) else f"{rule!r} says so"


def _shares(
    rules: tuple[Termination, ...], state: tuple[Any, ...], query: StopQuery
) -> list[float]:
    """Return what share of its budget is used, for each rule that has one."""
    shares: list[float] = []
    for rule_state, rule in zip(state, rules, strict=True):
        used = getattr(rule, "used", None)
        share = None if used is None else used(rule_state, query)
        if share is not None:
            shares.append(share)
    return shares


def trials(n: int) -> str:
    """Return a number of trials in words."""
    return "1 trial" if n == 1 else f"{n} trials"


@frozen
class Either(Rule):
    """Stop as soon as one of the rules gives a reason; ``a | b`` makes one.

    Parameters
    ----------
    rules : tuple of Termination
        Two rules or more.

    Examples
    --------
    >>> from autotune_strategies.termination.limits import MaxTrials
    >>> Either((MaxTrials(10), MaxTrials(20))).rules[0]
    MaxTrials(n=10)
    """

    rules: tuple[Termination, ...] = field(converter=as_tuple)

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

    def used(self, state: tuple[Any, ...], query: StopQuery) -> float | None:
        """Return the largest share that one of its rules finds used; None where none knows."""
        return max(_shares(self.rules, state, query), default=None)


@frozen
class Both(Rule):
    """Stop when all of the rules give a reason at the same time; ``a & b`` makes one.

    Parameters
    ----------
    rules : tuple of Termination
        Two rules or more.

    Examples
    --------
    >>> from autotune_strategies.termination.limits import MaxTrials
    >>> from autotune_strategies.termination.stalls import Patience
    >>> print(MaxTrials(30) & Patience(10))
    Stop when 30 trials are done and 10 trials in a row brought no gain.
    """

    rules: tuple[Termination, ...] = field(converter=as_tuple)

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

    def used(self, state: tuple[Any, ...], query: StopQuery) -> float | None:
        """Return the least share that one of its rules finds used; None where one does not know."""
        shares = _shares(self.rules, state, query)
        return min(shares) if len(shares) == len(self.rules) else None


@frozen
class Never(Rule):
    """Go on until the person stops the study, or a budget given to the tuner does.

    Examples
    --------
    >>> Never()
    Never()
    """

    monotone: ClassVar[bool] = True

    def clause(self) -> str:
        """Return the condition in words."""
        return "it is told to from outside"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return None."""
        return None
