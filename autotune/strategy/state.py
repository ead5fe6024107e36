"""Position: a study and its strategy's state, folded together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy.blas import one_thread
from autotune.strategy.component import rebuild, remembers
from autotune.strategy.strategy import Strategy
from autotune.study import EMPTY, Event, StrategyChanged, Study, StudyStarted, evolve

__all__ = ["Position", "strategy_from"]


@frozen(eq=False)
class Position:
    """Where a study stands, and what its strategy remembers.

    Parameters
    ----------
    strategy : Strategy
        What decides.
    study : Study
        The folded study.
    state : tuple
        The strategy's folded state.
    """

    strategy: Strategy
    study: Study
    state: tuple[Any, ...]
    _remembers: bool = field(alias="remembers")

    @_remembers.default
    def _asked(self) -> bool:
        return remembers(self.strategy)

    @classmethod
    def initial(cls, strategy: Strategy) -> Position:
        """Return the position before any event."""
        return cls(strategy, EMPTY, strategy.init())

    def fold(self, event: Event) -> Position:
        """Return the position after one more event."""
        study = evolve(self.study, event)
        state = self.state
        if self._remembers:
            with one_thread():
                state = self.strategy.evolve(state, study, event)
        return Position(self.strategy, study, state, self._remembers)

    def reduce(self, events: Iterable[Event]) -> Position:
        """Return the position after some more events."""
        position = self
        for event in events:
            position = position.fold(event)
        return position


def strategy_from(
    event: StudyStarted | StrategyChanged, components: Mapping[str, type]
) -> Strategy:
    """Return the strategy that an event names, made of the given classes.

    Raises
    ------
    ComponentError
        If a class is unknown, or what is described is no strategy.
    """
    strategy = rebuild(event.strategy, components)
    if not isinstance(strategy, Strategy):
        raise ComponentError(f"the log describes a {type(strategy).__name__}, not a Strategy")
    return strategy
