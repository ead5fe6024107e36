"""Stop when trials bring nothing any more."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.strategy import StopQuery
from autotune.strategy.validators import count
from autotune.study.events import ORIGINS
from autotune_strategies.termination.rule import Rule, trials

__all__ = ["Patience"]

_PRIOR = ORIGINS.index("prior")


@frozen
class Patience(Rule):
    """Stop when so many trials in a row were rejected, for whatever reason.

    Earlier results taken over don't count. What an acceptance accepts counts as a gain, also a
    trial that ``SimulatedAnnealing`` let pass; so a threshold there is how much patience asks for.

    Parameters
    ----------
    n : int
        The number of trials.

    Examples
    --------
    >>> print(Patience(20))
    Stop when 20 trials in a row brought no gain.
    """

    n: int = field(validator=count)

    def clause(self) -> str:
        """Return the condition in words."""
        return f"{trials(self.n)}{' in a row' if self.n > 1 else ''} brought no gain"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        study = query.study
        verdicts = study.verdicts
        own = study.proposals["origin"][verdicts["trial"] - 1] != _PRIOR
        accepted = np.flatnonzero(verdicts["accepted"])
        since = int(accepted[-1]) + 1 if len(accepted) > 0 else 0
        rejected = int(np.sum(own[since:]))
        if rejected < self.n:
            return None
        return f"{trials(rejected)}{' in a row' if rejected > 1 else ''} brought no gain"
