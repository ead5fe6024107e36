"""Stop when nothing better comes, or is anticipated."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy import StopQuery
from autotune.strategy.validators import count, not_negative
from autotune.study.events import ORIGINS
from autotune_strategies.acquisition.improvement import expected_improvement
from autotune_strategies.termination.rule import Rule, trials

__all__ = ["NothingAnticipated", "Patience"]

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


_EXPLOIT = ORIGINS.index("exploit")


@frozen
class NothingAnticipated(Rule):
    r"""Stop when little was anticipated of so many exploiting trials in a row.

    A trial that exploits is the best of the candidates that were compared for it, so what the log
    records as anticipated of it is the best that was to be had. It is little if the expected
    improvement

    .. math:: \mathrm{E}[\max(g, 0)], \quad g \sim N(\text{gain}, \sigma^2)

    (or the mean gain itself, with ``expected=False``) is below ε. Trials that explored in between
    don't count; one that exploited without any anticipation breaks the row.

    Parameters
    ----------
    epsilon : float
        What is too little, in units of the score.
    n : int
        The number of trials.
    expected : bool
        Whether to take the expected improvement instead of the mean gain.

    Examples
    --------
    >>> print(NothingAnticipated(0.001, 5))
    Stop when for 5 exploiting trials in a row less than 0.001 was anticipated.

    References
    ----------
    Jones, Schonlau and Welch (1998), "Efficient global optimization of expensive black-box
    functions", Journal of Global Optimization 13, pp. 455-492, section 4.2 (stopping when the
    greatest expected improvement is small).
    """

    epsilon: float = field(default=1e-4, validator=not_negative)
    n: int = field(default=5, validator=count)
    expected: bool = field(default=True, kw_only=True)

    @expected.validator
    def _check_expected(self, attribute: Any, value: object) -> None:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ComponentError(f"NothingAnticipated.expected = {value!r} must be True or False")

    def clause(self) -> str:
        """Return the condition in words."""
        number = "1 exploiting trial" if self.n == 1 else f"{self.n} exploiting trials in a row"
        return f"for {number} less than {self.epsilon:g} was anticipated"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        proposals = query.study.proposals
        exploiting = np.flatnonzero(proposals["origin"] == _EXPLOIT)[-self.n :]
        if len(exploiting) < self.n:
            return None
        gain = proposals["anticipated_gain"][exploiting]
        sd = proposals["anticipated_score_sd"][exploiting]
        if np.any(np.isnan(gain)):
            return None
        if self.expected:
            gain = expected_improvement(gain, np.nan_to_num(sd))
        if not np.all(gain < self.epsilon):
            return None
        return (
            f"at most {float(gain.max()):.3g} was anticipated of the last "
            f"{trials(self.n)} that exploited, less than {self.epsilon:g}"
        )
