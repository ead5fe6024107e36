"""SearchState: a study and its strategy's state, replayed together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy.blas import one_thread
from autotune.strategy.component import Component, rebuild, remembers
from autotune.strategy.strategy import Strategy
from autotune.study import (
    EMPTY,
    Accepted,
    Event,
    Rejected,
    StrategyChanged,
    Study,
    StudyStarted,
    apply,
)
from autotune.study.events import REASONS

__all__ = ["SearchState", "learnt", "strategy_from"]


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


def learnt(study: Study, component: Component[Any, Any, Any]) -> Any:
    """Return the state of a component that is shown a study at once, by its last verdict.

    Parameters
    ----------
    study : Study
        What it is shown. A study does not hold its events: a component that adds things up over all
        of them begins from nothing.
    component : Component
        Such as an anticipator, which learns when a verdict comes.
    """
    state = component.init()
    if study.n_judged == 0:
        return state
    last = study.verdicts.rows[-1]
    trial, at = int(last["trial"]), int(last["at"])
    gain, saved = (
        None if math.isnan(v) else float(v) for v in (last["gain"], last["seconds_saved"])
    )
    event: Accepted | Rejected
    if last["accepted"]:
        event = Accepted(at, trial, gain, saved)
    else:
        event = Rejected(at, trial, gain, saved, REASONS[int(last["reason"])])
    with one_thread():
        return component.update(state, study, event)
