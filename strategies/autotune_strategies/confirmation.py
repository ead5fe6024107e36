"""Confirmations: when a configuration that was tried is measured again, and which."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space.columns import Coordinates, join_columns, n_rows
from autotune.strategy import AnticipateQuery, Anticipator, Composed, ConfirmQuery, Estimate
from autotune.strategy.strategy import NoConfirmation
from autotune.strategy.validators import count, not_negative, part, share
from autotune.study import Study
from autotune.study.repeats import evaluations_of, is_noisy
from autotune_strategies.acquisition.improvement import expected_improvement
from autotune_strategies.anticipators.gaussian_process import GaussianProcess
from autotune_strategies.gaussian.inference import Prior

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

    with mean and standard deviation as anticipated of trial *t*, its own scores known, by a process
    of its own, in which part of the noise belongs to the configuration. So what was
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

    Where the study says on how many splits or with how many seeds a configuration can be evaluated
    (``StudyStarted.n_repeats``), none is measured more often. All first scores are on the same
    split then, whose luck can't be seen from them; so the last part of the budget goes to the
    contenders as long as there are any, and ``worth`` does not count.

    Parameters
    ----------
    share : float
        The last part of the budget, from 0 to 1.
    probe : int
        How many trials must have succeeded.
    worth : float
        What an evaluation of something tried must be worth, in those of something new. It is less
        than 1, for the knowledge gradient looks one evaluation ahead, and several are needed.

    anticipator : Anticipator
        What is anticipated of contenders.

    Examples
    --------
    >>> ConfirmContenders(share=0.2).probe
    10

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
    anticipator: Anticipator = field(
        default=GaussianProcess(prior=Prior(nugget=0.3)), validator=part
    )

    def read(self, state: tuple[Any, ...], query: ConfirmQuery) -> int | None:
        """Return a trial whose configuration is to be measured again; None for a new one."""
        study = query.study
        if study.begun.deterministic is True or self.share == 0:
            return None
        usable = study.outcomes().usable
        n = int(np.count_nonzero(usable))
        first = evaluations_of(study)
        exhausted = _exhausted(study, first)
        if n == 0 or (n < self.probe and not exhausted):
            return None
        able = usable & _may_be_repeated(study, first)
        repeats = int(np.count_nonzero(first != np.arange(1, len(first) + 1)))
        noisy = is_noisy(study)
        if noisy is not True:
            due = repeats < (2 if n >= 3 * self.probe else 1)
            best = study.incumbent
            return best if due and best is not None and able[best - 1] else None
        if exhausted:
            due = True
        elif query.used is None:
            due = repeats < self.share * (n - self.probe)
        else:
            due = query.used >= 1.0 - self.share
        # One that is being measured tells more when it is done.
        running = first[np.array(sorted(study.pending), dtype=np.int64) - 1]
        able &= ~np.isin(first, running)
        if not due or not np.any(able):
            return None
        asked_for = study.begun.n_repeats is not None
        new = None if exhausted or asked_for or self.worth == 0 else query.candidate()
        estimate = self._anticipated(state, query, new)
        if estimate is None:
            return None
        if new is not None and not self._pays(estimate, usable, able, first):
            return None
        promise = estimate.mean[: len(able)] + estimate.sd[: len(able)]
        return int(np.argmax(np.where(able, promise, -np.inf))) + 1

    def _anticipated(
        self, state: tuple[Any, ...], query: ConfirmQuery, new: Coordinates | None
    ) -> Estimate | None:
        """Return what is anticipated of all trials, and of the new configuration after them."""
        coordinates: Coordinates = query.study.coordinates
        if new is not None:
            coordinates = join_columns([coordinates, new])
        n, incumbent = n_rows(coordinates), query.study.incumbent
        asked = AnticipateQuery(
            query.study,
            query.key.child("anticipator"),
            "score",
            coordinates,
            np.full(n, 1 if incumbent is None else incumbent, dtype=np.int64),
        )
        estimate: Estimate | None = self.read_part(state, "anticipator", asked)
        return estimate

    def _pays(
        self,
        estimate: Estimate,
        usable: NDArray[np.bool_],
        able: NDArray[np.bool_],
        first: NDArray[np.int64],
    ) -> bool:
        """Tell whether to measure something again is worth enough beside something new."""
        if estimate.noise is None:
            return True
        mean = np.where(usable, estimate.mean[:-1], -np.inf)
        best = int(np.argmax(mean))
        others = mean[first != first[best]]
        second = float(others.max()) if np.any(np.isfinite(others)) else float(mean[best])
        gain = np.where(first == first[best], second - mean[best], mean - mean[best])
        gradient = _knowledge_gradient(
            np.append(gain[able], estimate.mean[-1] - mean[best]),
            np.append(estimate.sd[:-1][able], estimate.sd[-1]),
            np.append(estimate.noise[:-1][able], estimate.noise[-1]),
        )
        return bool(gradient[:-1].max() >= self.worth * gradient[-1])


def _exhausted(study: Study, first: NDArray[np.int64]) -> bool:
    """Tell whether every configuration of the space has been tried."""
    most = study.known_space.n_configurations
    if most is None or len(first) < most:
        return False
    return int(np.count_nonzero(first == np.arange(1, len(first) + 1))) >= most


def _may_be_repeated(study: Study, first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the objective knows another split, or seed, for each trial's configuration."""
    if study.begun.n_repeats is None:
        return np.ones(study.n_trials, dtype=np.bool_)
    # Those taken over were not evaluated on any of the study's own.
    own = np.array([study.origin(i + 1) != "prior" for i in range(study.n_trials)])
    counts = np.bincount(first[own], minlength=study.n_trials + 1)
    return counts[first] < study.begun.n_repeats


def _knowledge_gradient(
    gain: NDArray[np.float64], sd: NDArray[np.float64], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return by how much one evaluation is expected to raise the best mean."""
    total = np.hypot(sd, noise)
    share = np.divide(sd, total, out=np.zeros_like(sd), where=total > 0)
    return expected_improvement(gain, sd * share)
