"""What those that drive a study need of its tuner."""

from __future__ import annotations

from typing import Protocol

from autotune.objective import Measurement
from autotune.study import Accepted, Proposed, Rejected, Study

__all__ = ["Desk"]


class Desk(Protocol):
    """Proposes trials, takes what they gave, and records it all."""

    @property
    def study(self) -> Study:
        """The folded state."""
        ...

    def propose_batch(self, size: int) -> list[Proposed]:
        """Propose trials and record them together; none when the study is over."""
        ...

    def folds_wanted(self, trial: int) -> tuple[int, ...]:
        """Return the folds of a pending trial to run next; none when it can be judged."""
        ...

    def record(self, trial: int, measurement: Measurement) -> None:
        """Record what some folds gave."""
        ...

    def judge(self, trial: int) -> Accepted | Rejected:
        """Judge a trial whose folds are done, and record it."""
        ...
