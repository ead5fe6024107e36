"""Stop when what may be left to gain is less than what cross-validation can tell apart."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError, SpaceError
from autotune.space import Coordinates, Space
from autotune.strategy import AnticipateQuery, Anticipator, Estimate, StopQuery
from autotune.strategy.validators import count, not_negative, part, positive
from autotune.study import Study
from autotune_strategies.acceptance.paired_tests import default_test_ratio, standard_error
from autotune_strategies.termination.rule import Rule

__all__ = ["RegretBound", "confidence_width", "simple_regret_bound"]

Array = NDArray[np.float64]


def confidence_width(n_configurations: int, n_trials: int, delta: float) -> float:
    r"""Return the half width of the confidence bounds in standard deviations.

    .. math:: \sqrt{\beta_t}, \quad
              \beta_t = \frac{2}{5} \log\frac{|\Gamma|\, t^2 \pi^2}{6 \delta}

    The factor 1/5 is that of the experiments in both papers.

    Examples
    --------
    >>> round(confidence_width(100, 20, 0.1), 3)
    2.315
    """
    size = n_configurations * n_trials**2 * math.pi**2 / (6 * delta)
    return math.sqrt(max(0.4 * math.log(size), 0.0))


def simple_regret_bound(estimate: Estimate, n_evaluated: int, width: float) -> float:
    r"""Return a bound on how much better than the best evaluated configuration any may be.

    .. math:: \max_{\Gamma} (\mu + w\sigma) - \max_{\text{evaluated}} (\mu - w\sigma)

    Parameters
    ----------
    estimate : Estimate
        Of all configurations considered, the evaluated ones first.
    n_evaluated : int
        How many of them have been evaluated.
    width : float
        The half width of the confidence bounds, in standard deviations.
    """
    upper = estimate.mean + width * estimate.sd
    lower = estimate.mean - width * estimate.sd
    return float(upper.max() - lower[:n_evaluated].max())


@frozen
class RegretBound(Rule):
    r"""Stop when a bound on the regret falls below the noise of cross-validation.

    .. math:: \max_{\Gamma} (\mu + \sqrt{\beta_t}\,\sigma)
              - \max_{\text{evaluated}} (\mu - \sqrt{\beta_t}\,\sigma)
              < \sqrt{\left(\tfrac1k + \tfrac{n_\text{test}}{n_\text{train}}\right) s^2}

    On the left an anticipator's confidence bounds tell what may be left to gain; on the right, the
    variance *s²* over the *k* folds of the incumbent tells, corrected as Nadeau and Bengio do, how
    well its score is known. Searching below that fits the folds, not the task.

    Γ are the evaluated configurations and random ones from the space, if it is bounded; of an
    unbounded space only the evaluated ones, and then the bound is too small. It trusts the
    anticipator's standard deviations, so give it one that has them of its own at every candidate,
    such as a Gaussian process.

    Parameters
    ----------
    anticipator : Anticipator
        What the score is estimated by.
    n_candidates : int
        Random configurations that Γ holds.
    delta : float
        The chance that the bounds don't hold.
    least_trials : int
        It does not stop with fewer scored trials.
    noise : float, optional
        The noise to compare with, in units of the score, where there are no folds to measure it
        by; with it, the folds are left out of account.
    test_ratio : float, optional
        Rows tested on over rows trained on; 1 / (k − 1) for k folds if left out.

    Examples
    --------
    >>> from autotune_strategies.anticipators.ridge import Ridge
    >>> print(RegretBound(Ridge(), least_trials=30))
    Stop when what may be left to gain is less than the noise of cross-validation.

    References
    ----------
    Makarova et al. (2022), "Automatic termination for hyperparameter optimization", AutoML-Conf,
    sections 3 and 4; Srinivas et al. (2010), "Gaussian process optimization in the bandit setting",
    ICML, theorem 1.
    """

    anticipator: Anticipator = field(validator=part)
    n_candidates: int = field(default=200)
    delta: float = field(default=0.1, validator=positive)
    least_trials: int = field(default=20, validator=count)
    noise: float | None = field(default=None, validator=attrs.validators.optional(positive))
    test_ratio: float | None = field(
        default=None, validator=attrs.validators.optional(not_negative)
    )

    @n_candidates.validator
    def _check_n_candidates(self, attribute: Any, value: int) -> None:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ComponentError(
                f"RegretBound.n_candidates = {value!r} must be a whole number >= 0"
            )

    def clause(self) -> str:
        """Return the condition in words."""
        if self.noise is not None:
            return f"what may be left to gain is less than {self.noise:g}"
        return "what may be left to gain is less than the noise of cross-validation"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:
        """Return the reason to stop, or None."""
        study, incumbent = query.study, query.study.incumbent
        if incumbent is None:
            return None
        evaluated = np.flatnonzero(study.outcomes().usable)
        noise = self._noise(study)
        if len(evaluated) < self.least_trials or noise is None:
            return None
        record = {name: column[evaluated] for name, column in study.coordinates.items()}
        coordinates = _joined(record, self._drawn(query))
        n = len(next(iter(coordinates.values())))
        estimate: Estimate | None = self.read_part(
            state,
            "anticipator",
            AnticipateQuery(
                study,
                query.key.child("anticipator"),
                "score",
                coordinates,
                np.full(n, incumbent, dtype=np.int64),
            ),
        )
        if estimate is None:
            return None
        width = confidence_width(n, len(evaluated), self.delta)
        bound = simple_regret_bound(estimate, len(evaluated), width)
        if not bound < noise:
            return None
        return f"at most {bound:.3g} may be left to gain, less than the noise of {noise:.3g}"

    def _noise(self, study: Study) -> float | None:
        if self.noise is not None:
            return self.noise
        outcome = study.incumbent_outcome
        if outcome is None or outcome.n_folds < 2 or not math.isfinite(outcome.score_sd):
            return None
        k = outcome.n_folds
        ratio = self.test_ratio
        if ratio is None:
            ratio = default_test_ratio(study.begun.n_folds)
        # The study keeps the population's standard deviation.
        return standard_error(outcome.score_sd**2 * k / (k - 1), k, ratio)

    def _drawn(self, query: StopQuery) -> Coordinates | None:
        if self.n_candidates == 0:
            return None
        space = query.study.known_space
        try:
            drawn = space.sample(query.key.child("draws").generator(), self.n_candidates)
        except SpaceError:  # unbounded
            return None
        allowed = _allowed(space, drawn)
        return (
            None if allowed is None else {name: column[allowed] for name, column in drawn.items()}
        )


def _allowed(space: Space, drawn: Coordinates) -> NDArray[np.int64] | None:
    """Return the rows that the constraints allow, None if there are none."""
    n = len(next(iter(drawn.values())))
    if not space.constraints:
        return np.arange(n)
    rows = np.flatnonzero(space.allowed(drawn))
    return rows if len(rows) > 0 else None


def _joined(first: Coordinates, second: Coordinates | None) -> Coordinates:
    if second is None:
        return first
    joined: dict[str, Array] = {}
    for name, column in first.items():
        other = second[name]
        if column.ndim == 2:
            width = max(column.shape[1], other.shape[1])
            joined[name] = np.concatenate([_padded(column, width), _padded(other, width)])
        else:
            joined[name] = np.concatenate([column, other])
    return joined


def _padded(column: Array, width: int) -> Array:
    return np.pad(column, ((0, 0), (0, width - column.shape[1])), constant_values=np.nan)
