"""What moves ask of the step of a single parameter."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from autotune.strategy import ScheduleQuery
from autotune.study import Event, Study

__all__ = ["Step"]


class Step(Protocol):
    """A component whose answer are its scales, and which steps a coordinate by them."""

    def init(self) -> Any:
        """Return the state before any event."""
        ...

    def update(self, state: Any, study: Study, event: Event) -> Any:
        """Fold one event."""
        ...

    def read(self, state: Any, query: ScheduleQuery) -> Any:
        """Return a tuple of scales, each a number or a vector in the order of the space."""
        ...

    def step(
        self,
        rng: np.random.Generator,
        dimension: Any,
        coordinate: float,
        scales: Any,
        *,
        alone: bool,
    ) -> float:
        """Step from a coordinate of a scalar dimension by a parameter's own scales."""
        ...
