"""Which parameters change in one step."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.strategy import Component, Composed, Key
from autotune.strategy.validators import not_negative, one_of, positive, share
from autotune.study import Study
from autotune_strategies.schedules.decay import judged_steps
from autotune_strategies.sensitivity import sensitivity

__all__ = ["ByPastSuccess", "BySensitivity", "PickQuery", "Picker", "Uniformly", "in_proportion"]


@frozen(eq=False)
class PickQuery:
    """Asks with what chance each of some parameters is the first to be drawn for a step.

    The answer is an array of shape (k,), in the order of the names: chances that sum to 1.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    names : tuple of str
        The k parameters that can change, at least one.
    """

    study: Study
    key: Key
    names: tuple[str, ...]


Picker: TypeAlias = Component[Any, PickQuery, NDArray[np.float64]]


def in_proportion(weights: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    r"""Return chances in proportion to weights, a share of which is spread evenly.

    .. math:: p_j = \frac{\text{floor}}{k} + (1 - \text{floor}) \frac{w_j}{\sum_i w_i}

    Parameters
    ----------
    weights : ndarray, shape (k,)
        Finite numbers of at least zero; where all are zero they count as equal.
    floor : float
        The share that is spread evenly, from 0 to 1: no chance is below ``floor / k``.

    Examples
    --------
    >>> in_proportion(np.array([3.0, 1.0]), 0.2)
    array([0.7, 0.3])
    """
    top = weights.max()
    shares = weights / top if top > 0 else np.ones(len(weights))
    return np.asarray(floor / len(weights) + (1.0 - floor) * shares / shares.sum())


@frozen
class Uniformly(Composed[PickQuery, NDArray[np.float64]]):
    """Pick every parameter with the same chance.

    Examples
    --------
    >>> Uniformly()
    Uniformly()
    """

    def read(self, state: tuple[Any, ...], query: PickQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances, shape (k,)."""
        return np.full(len(query.names), 1.0 / len(query.names))


@frozen
class BySensitivity(Composed[PickQuery, NDArray[np.float64]]):
    r"""Pick parameters in proportion to how much their changes changed the target.

    .. math:: p_j = \frac{\text{floor}}{k} + (1 - \text{floor}) \frac{s_j}{\sum_i s_i}

    with :math:`s_j` the sensitivity measured on the recorded steps, and *k* the number of
    parameters that can change. While nothing is measured all have the same chance.

    Parameters
    ----------
    floor : float
        The share of the chances that is spread evenly, from 0 to 1, so that what seems not to
        matter is tried again: no parameter's chance is below ``floor / k``.
    target : {"score", "seconds"}
        What is sensitive.

    Examples
    --------
    >>> BySensitivity(floor=0.1).floor
    0.1
    """

    floor: float = field(default=0.2, validator=share)
    target: Literal["score", "seconds"] = field(
        default="score", validator=one_of("score", "seconds")
    )

    def read(self, state: tuple[Any, ...], query: PickQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances, shape (k,)."""
        study = query.study
        of = dict(zip(study.known_space, sensitivity(study, self.target).tolist(), strict=True))
        return in_proportion(np.array([of[name] for name in query.names]), self.floor)


@frozen
class ByPastSuccess(Composed[PickQuery, NDArray[np.float64]]):
    r"""Pick parameters in proportion to the share of successes among the steps that moved them.

    .. math:: p_j = \frac{\text{floor}}{k} + (1 - \text{floor}) \frac{r_j}{\sum_i r_i},
              \qquad r_j = \frac{a + S_j}{a + b + T_j}

    where :math:`T_j` of the judged steps moved parameter *j*, :math:`S_j` of these were accepted
    with a gain, and *k* parameters can change. :math:`r_j` is the mean of the Beta distribution
    that a prior Beta(*a*, *b*) becomes by that count: while nothing is judged all have the same
    chance. Start points, given points and earlier results don't count.

    Parameters
    ----------
    successes, failures : float
        The *a* and *b* above: so many successes (above 0) and failures are taken to have been seen
        before the first step; by default one step in five is expected to succeed.
    floor : float
        The share of the chances that is spread evenly, from 0 to 1: no parameter's chance is below
        ``floor / k``.

    Examples
    --------
    >>> ByPastSuccess(successes=2.0, failures=8.0).floor
    0.1

    References
    ----------
    Thierens (2005), "An adaptive pursuit strategy for allocating operator probabilities", GECCO,
    pp. 1539-1546, section 2 (probability matching with a least probability; the prior is added
    here).
    """

    successes: float = field(default=1.0, validator=positive)
    failures: float = field(default=4.0, validator=not_negative)
    floor: float = field(default=0.1, validator=share)

    def read(self, state: tuple[Any, ...], query: PickQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances, shape (k,)."""
        steps = judged_steps(query.study)
        moved = query.study.proposals["moved"][steps.trial - 1]
        index = {name: j for j, name in enumerate(query.names)}
        succeeded, tried = np.zeros(len(index)), np.zeros(len(index))
        for names, success in zip(moved, steps.success.tolist(), strict=True):
            for name in names:
                if name in index:
                    tried[index[name]] += 1.0
                    succeeded[index[name]] += success
        rate = (self.successes + succeeded) / (self.successes + self.failures + tried)
        return in_proportion(rate, self.floor)
