"""What all rules to stop share: they combine with ``|`` and ``&``, and read as one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from autotune.strategy import Composed, StopQuery, Termination
from autotune.strategy.component import is_component

if TYPE_CHECKING:
    from autotune_strategies.termination.both import Both
    from autotune_strategies.termination.either import Either

__all__ = ["Rule", "clause_of"]


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
    >>> from autotune_strategies.termination.max_trials import MaxTrials
    >>> from autotune_strategies.termination.patience import Patience
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
        from autotune_strategies.termination.either import Either

        if not is_component(other):
            return NotImplemented
        return Either((*_members(self, Either), *_members(other, Either)))

    def __and__(self, other: Termination) -> Both:
        from autotune_strategies.termination.both import Both

        if not is_component(other):
            return NotImplemented
        return Both((*_members(self, Both), *_members(other, Both)))


def _members(rule: Any, kind: type[Any]) -> tuple[Termination, ...]:
    """Return the rules that a combination of the kind holds, or the rule alone."""
    return tuple(rule.rules) if isinstance(rule, kind) else (rule,)


def clause_of(rule: Termination) -> str:
    """Return a rule's clause; of one that does not derive from ``Rule``, its repr."""
    return rule.clause() if isinstance(rule, Rule) else f"{rule!r} says so"


def trials(n: int) -> str:
    """Return a number of trials in words."""
    return "1 trial" if n == 1 else f"{n} trials"
