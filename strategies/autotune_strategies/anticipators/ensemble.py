"""Several anticipators at once, weighed by how well each foresaw the trials so far."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from attrs import evolve as replace
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import AnticipateQuery, Anticipator, Estimate, Key
from autotune.strategy.validators import as_tuple, part, positive
from autotune.study import Accepted, Event, Proposed, Rejected, Study

__all__ = ["Ensemble", "EnsembleState"]

_TARGETS = ("score", "seconds")

# Errors count no more than this, so that sums of their squares stay finite.
_LARGEST_ERROR = 1e150
_LARGEST = float(np.finfo(np.float64).max)

Forecasts: TypeAlias = tuple[tuple[float | None, ...], ...]
Sums: TypeAlias = tuple[tuple[tuple[float, float], ...], ...]


@frozen
class EnsembleState:
    """The memory of an ensemble.

    Parameters
    ----------
    members : tuple
        The members' states.
    waiting : tuple of (int, forecasts)
        Trials without a verdict yet, with what each member expected, by target and member.
    errors : tuple of tuple of (float, float)
        Discounted sums of squared errors and of ones, by target and member.
    """

    members: tuple[Any, ...]
    waiting: tuple[tuple[int, Forecasts], ...]
    errors: Sums


@frozen
class Ensemble:
    r"""Mix anticipators, each weighed by its errors one step ahead.

    When a trial is proposed every member says what it expects of it; when the verdict has come, the
    squared errors :math:`e_i^2` enter sums in which older ones fade:

    .. math:: S_i \leftarrow \rho S_i + e_i^2, \qquad N_i \leftarrow \rho N_i + 1, \qquad
              \rho = 2^{-1/h}

    (only for members that had said something). With :math:`\bar{M} = \sum S_i / \sum N_i` the
    weights are

    .. math:: w_i \propto \left(\frac{S_i + \bar{M}}{N_i + 1}\right)^{-a}

    so that all count the same at first. The mixture's mean and standard deviation are

    .. math:: \mu = \sum_i w_i \mu_i, \qquad
              \sigma^2 = \sum_i w_i \left(\sigma_i^2 + (\mu_i - \mu)^2\right)

    over the members that say something now. Score and seconds are weighed apart.

    Parameters
    ----------
    members : tuple of Anticipator
        One or more.
    power : float
        The *a* above: the larger, the more the best member counts.
    half_life : float, optional
        The *h* above, in judged trials; None if errors are not to fade.
    targets : tuple of {"score", "seconds"}
        What the members are watched on; on another target they count the same. A strategy that
        uses the ensemble for scores alone is replayed in half the time with ``("score",)``.

    Examples
    --------
    >>> from autotune_strategies.anticipators.regression import Regression
    >>> from autotune_strategies.models.nonparametric import Forest
    >>> len(Ensemble((Regression(), Regression(Forest()))).members)
    2

    References
    ----------
    Bates and Granger (1969), "The combination of forecasts", Operational Research Quarterly 20,
    pp. 451-468, with *a* = 1 and discounted errors.
    """

    members: tuple[Anticipator, ...] = field(converter=as_tuple)
    power: float = field(default=1.0, validator=positive)
    half_life: float | None = field(default=20.0, validator=optional(positive))  # type: ignore[arg-type]
    targets: tuple[str, ...] = field(default=_TARGETS, converter=as_tuple)

    @members.validator
    def _check_members(self, attribute: Any, value: tuple[Anticipator, ...]) -> None:
        if len(value) == 0:
            raise ComponentError(
                "Ensemble.members = () must hold at least one anticipator; use NoAnticipation"
            )
        for member in value:
            part(self, attribute, member)

    @targets.validator
    def _check_targets(self, attribute: Any, value: tuple[str, ...]) -> None:  # noqa: ARG002
        if any(target not in _TARGETS for target in value) or len(set(value)) < len(value):
            raise ComponentError(
                f"Ensemble.targets = {value!r} must be different ones out of {_TARGETS}"
            )

    def init(self) -> EnsembleState:
        """Return the state before any event."""
        nothing = tuple((0.0, 0.0) for _ in self.members)
        return EnsembleState(
            tuple(member.init() for member in self.members),
            (),
            tuple(nothing for _ in self.targets),
        )

    def update(self, state: EnsembleState, study: Study, event: Event) -> EnsembleState:
        """Take in one event: note what is expected of a proposal, and learn from a verdict."""
        members = tuple(
            member.update(member_state, study, event)
            for member, member_state in zip(self.members, state.members, strict=True)
        )
        if isinstance(event, Proposed):
            forecasts = self._forecasts(members, study, event)
            return EnsembleState(members, (*state.waiting, (event.trial, forecasts)), state.errors)
        if isinstance(event, Accepted | Rejected):
            return self._judged(replace(state, members=members), study, event.trial)
        same = all(new is old for new, old in zip(members, state.members, strict=True))
        return state if same else replace(state, members=members)

    def _forecasts(self, members: tuple[Any, ...], study: Study, event: Proposed) -> Forecasts:
        row = event.trial - 1
        coordinates = {name: column[row : row + 1] for name, column in study.coordinates.items()}
        parents = np.array([event.parent or 0], dtype=np.int64)
        key = Key(study.begun.seed).child(event.trial, "ensemble")
        found = []
        for target in self.targets:
            estimates: list[Estimate | None] = [
                member.read(
                    member_state,
                    AnticipateQuery(study, key.child(target, i), target, coordinates, parents),
                )
                for i, (member, member_state) in enumerate(zip(self.members, members, strict=True))
            ]
            found.append(tuple(None if e is None else float(e.mean[0]) for e in estimates))
        return tuple(found)

    def _judged(self, state: EnsembleState, study: Study, trial: int) -> EnsembleState:
        forecasts = dict(state.waiting).get(trial)
        if forecasts is None:
            return state
        waiting = tuple(item for item in state.waiting if item[0] != trial)
        outcome = study.outcome(trial)
        if outcome.failed or not math.isfinite(outcome.value):
            return replace(state, waiting=waiting)
        keep = 1.0 if self.half_life is None else 2.0 ** (-1.0 / self.half_life)
        errors = []
        for target, expected, sums in zip(self.targets, forecasts, state.errors, strict=True):
            observed = outcome.value if target == "score" else outcome.fit_seconds
            if not math.isfinite(observed):
                errors.append(sums)
                continue
            errors.append(
                tuple(
                    _with_error(total, n, keep, None if mean is None else observed - mean)
                    for (total, n), mean in zip(sums, expected, strict=True)
                )
            )
        return EnsembleState(state.members, waiting, tuple(errors))

    def weights(self, state: EnsembleState, target: str) -> NDArray[np.float64]:
        """Return the members' weights, shape (number of members,), 1 in sum."""
        even = np.full(len(self.members), 1.0 / len(self.members))
        if target not in self.targets:
            return even
        sums = np.array(state.errors[self.targets.index(target)])
        total, n = sums[:, 0], sums[:, 1]
        if not total.sum() > 0:
            return even
        average = total.sum() / n.sum()
        # As logarithms, for a power of a ratio of squares soon leaves the doubles.
        logs = -self.power * (np.log(total + average) - np.log(n + 1.0))
        weights = np.exp(logs - logs.max())
        normal: NDArray[np.float64] = weights / weights.sum()
        return normal

    def read(self, state: EnsembleState, query: AnticipateQuery) -> Estimate | None:
        """Return means and standard deviations at the candidates, or None if no member does."""
        weights = self.weights(state, query.target)
        estimates: list[Estimate] = []
        shares: list[float] = []
        for i, (member, member_state) in enumerate(zip(self.members, state.members, strict=True)):
            estimate = member.read(
                member_state,
                AnticipateQuery(
                    query.study, query.key.child(i), query.target, query.coordinates, query.parents
                ),
            )
            if estimate is not None:
                estimates.append(estimate)
                shares.append(float(weights[i]))
        if not estimates:
            return None
        total = sum(shares)
        if not total > 0:  # those that speak weigh next to nothing
            shares, total = [1.0] * len(shares), float(len(shares))
        mean = np.zeros(len(estimates[0].mean))
        for share, estimate in zip(shares, estimates, strict=True):
            mean += share / total * estimate.mean
        variance = np.zeros(len(mean))
        with np.errstate(over="ignore"):
            for share, estimate in zip(shares, estimates, strict=True):
                variance += share / total * (estimate.sd**2 + (estimate.mean - mean) ** 2)
            sd = np.minimum(np.sqrt(variance), _LARGEST)
        return Estimate(mean, sd)


def _with_error(total: float, n: float, keep: float, error: float | None) -> tuple[float, float]:
    if error is None:
        return total * keep, n * keep
    size = min(abs(error), _LARGEST_ERROR)
    return total * keep + size * size, n * keep + 1.0
