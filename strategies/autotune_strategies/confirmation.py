"""Confirmations: when a configuration that was tried is measured again, and which."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Composed, ConfirmQuery, Estimate
from autotune.strategy.strategy import NoConfirmation
from autotune.strategy.validators import count, not_negative, share
from autotune.study import Study
from autotune.study.repeats import evaluations_of, is_noisy
from autotune_strategies.acquisition.improvement import expected_improvement

__all__ = ["ConfirmContenders", "NoConfirmation"]


@frozen
class ConfirmContenders(Composed[ConfirmQuery, int | None]):
    r"""Find out whether scores are noisy, and if so measure the contenders again in the end.

    Where nobody said whether a configuration scores the same each time, the best so far is measured
    again when ``probe`` trials have succeeded, and once more when three times as many have. If the
    scores are equal nothing is measured again.

    If they differ, the last part of the budget goes to the contenders: each time the configuration
    whose score may be highest is measured again,

    .. math:: \arg\max_t \mu(x_t) + \sigma(x_t),

    with mean and standard deviation as anticipated of trial *t*, its own scores known. So what was
    merely lucky falls back, and what goes on scoring well is told from it. Without a budget as
    large a share of trials is spent on it, spread over all from the first probe on. In a space
    of which every configuration has been tried it is all that is left.

    A new configuration is tried all the same while more is to be gained from that: the knowledge
    gradient of a configuration is by how much its next evaluation is expected to raise the best
    mean,

    .. math:: \tilde\sigma\, h\left(\frac{\mu - \mu_\text{best}}{\tilde\sigma}\right), \quad
              \tilde\sigma = \frac{\sigma^2}{\sqrt{\sigma^2 + \sigma_\varepsilon^2}}, \quad
              h(z) = \varphi(z) + z\,\Phi(z),

    with the second best in place of the best for the best one itself; among those tried it must
    reach ``worth`` times that of the new one.

    Parameters
    ----------
    share : float
        The last part of the budget, from 0 to 1.
    probe : int
        How many trials must have succeeded.
    worth : float
        What an evaluation of something tried must be worth, in those of something new. It is less
        than 1, for the knowledge gradient looks one evaluation ahead, and several are needed.

    Examples
    --------
    >>> ConfirmContenders(share=0.2)
    ConfirmContenders(share=0.2, probe=10, worth=0.3)

    References
    ----------
    Frazier, Powell and Dayanik (2009), "The knowledge-gradient policy for correlated normal
    beliefs", INFORMS Journal on Computing 21, pp. 599-613; Bubeck, Munos and Stoltz (2009), "Pure
    exploration in multi-armed bandits problems", ALT (what to measure when only the final choice
    counts); Kaufmann, Cappé and Garivier (2016), "On the complexity of best-arm identification in
    multi-armed bandit models", JMLR 17 (bounds from above for the contenders).
    """

    share: float = field(default=0.3, validator=share)
    probe: int = field(default=10, validator=count)
    worth: float = field(default=0.3, validator=not_negative)

    def read(self, state: tuple[Any, ...], query: ConfirmQuery) -> int | None:  # noqa: ARG002
        """Return a trial whose configuration is to be measured again; None for a new one."""
        study = query.study
        usable = study.outcomes().usable
        n = int(np.count_nonzero(usable))
        first = evaluations_of(study)
        exhausted = _exhausted(study, first)
        if n == 0 or (n < self.probe and not exhausted) or self.share == 0:
            return None
        repeats = int(np.count_nonzero(first != np.arange(1, len(first) + 1)))
        noisy = is_noisy(study)
        if noisy is not True:
            said = study.begun.deterministic is not None
            due = not said and repeats < (2 if n >= 3 * self.probe else 1)
            return study.incumbent if due else None
        if exhausted:
            due = True
        elif query.used is None:
            due = repeats < self.share * (n - self.probe)
        else:
            due = query.used >= 1.0 - self.share
        estimate = query.estimate() if due else None
        if estimate is None:
            return None
        # One that is being measured tells more when it is done.
        running = first[np.array(sorted(study.pending), dtype=np.int64) - 1]
        able = usable & ~np.isin(first, running)
        if not np.any(able):
            return None
        if self.worth > 0 and not exhausted and not self._pays(query, estimate, able, first):
            return None
        return int(np.argmax(np.where(able, estimate.mean + estimate.sd, -np.inf))) + 1

    def _pays(
        self,
        query: ConfirmQuery,
        estimate: Estimate,
        able: NDArray[np.bool_],
        first: NDArray[np.int64],
    ) -> bool:
        """Tell whether to measure something again is worth enough beside something new."""
        new = query.candidate()
        if new is None or estimate.noise is None:
            return True
        usable = query.study.outcomes().usable
        mean = np.where(usable, estimate.mean, -np.inf)
        best = int(np.argmax(mean))
        others = mean[first != first[best]]
        second = float(others.max()) if np.any(np.isfinite(others)) else float(mean[best])
        gain = np.where(first == first[best], second - mean[best], mean - mean[best])
        again = _knowledge_gradient(gain[able], estimate.sd[able], estimate.noise[able])
        fresh = _knowledge_gradient(
            np.array([new[0] - mean[best]]),
            np.array([new[1]]),
            np.array([float(np.median(estimate.noise))]),
        )
        return bool(again.max() >= self.worth * fresh[0])


def _exhausted(study: Study, first: NDArray[np.int64]) -> bool:
    """Tell whether every configuration of the space has been tried."""
    most = study.known_space.n_configurations
    if most is None or len(first) < most:
        return False
    return int(np.count_nonzero(first == np.arange(1, len(first) + 1))) >= most


def _knowledge_gradient(
    gain: NDArray[np.float64], sd: NDArray[np.float64], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return by how much one evaluation is expected to raise the best mean."""
    total = np.hypot(sd, noise)
    share = np.divide(sd, total, out=np.zeros_like(sd), where=total > 0)
    return expected_improvement(gain, sd * share)
