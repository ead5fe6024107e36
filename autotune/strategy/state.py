"""SearchState: a study and its strategy's state, replayed together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy.blas import one_thread
from autotune.strategy.component import rebuild, remembers
from autotune.strategy.strategy import Strategy
from autotune.study import EMPTY, Event, StrategyChanged, Study, StudyStarted, apply

__all__ = ["SearchState", "strategy_from"]


@frozen(eq=False)
class SearchState:
    """Where a study stands, and what its strategy remembers.

    Parameters
    ----------
    strategy : Strategy
        What decides.
    study : Study
        The study.
    state : tuple
        The strategy's state.
    """

    strategy: Strategy
    study: Study
    state: tuple[Any, ...]
    _remembers: bool = field(alias="remembers")

    @_remembers.default
    def _asked(self) -> bool:
        return remembers(self.strategy)

    @classmethod
    def initial(cls, strategy: Strategy) -> SearchState:
        """Return the state before any event."""
        return cls(strategy, EMPTY, strategy.init())

    def apply(self, event: Event) -> SearchState:
        """Return the state after one more event."""
        study = apply(self.study, event)
        state = self.state
        if self._remembers:
            with one_thread():
                state = self.strategy.update(state, study, event)
        return SearchState(self.strategy, study, state, self._remembers)

    def reduce(self, events: Iterable[Event]) -> SearchState:
        """Return the state after some more events."""
        state = self
        for event in events:
            state = state.apply(event)
        return state


def strategy_from(
    event: StudyStarted | StrategyChanged, components: Mapping[str, type]
) -> Strategy:
    """Return the strategy that an event names, made of the given classes.

    Raises
    ------
    ComponentError
        If a class is unknown, or what is described is not a strategy.
    """
    strategy = rebuild(event.strategy, components)
    if not isinstance(strategy, Strategy):
        raise ComponentError(f"the log describes a {type(strategy).__name__}, not a Strategy")
    return strategy
