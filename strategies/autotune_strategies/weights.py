"""Weights: how much each recorded trial counts when an anticipator learns."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.space import (
    Coordinates,
    Sequence,
    Space,
)
from autotune.space.distance import differences
from autotune.strategy import Component, Composed, Key
from autotune.strategy.validators import as_tuple, count, part, positive, switch
from autotune.study import Study
from autotune_strategies.sensitivity import sensitivity

__all__ = [
    "LEAST_WEIGHT",
    "Discount",
    "Distance",
    "EvenWeights",
    "KernelNeighbourhood",
    "NearestNeighbourhood",
    "ProductOfWeights",
    "WeightQuery",
    "Weights",
    "parameter_distances",
]

Array: TypeAlias = NDArray[np.float64]

LEAST_WEIGHT: Final = 1e-30
"""Weights don't fall below this, so that sums of them can be divided by."""


@frozen(eq=False)
class WeightQuery:
    """Asks how much each of some recorded trials counts when an anticipator learns.

    The answer is an array of shape (n,), above 0 and at most 1.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    target : {"score", "seconds"}
        What is learnt.
    rows : ndarray of int64, shape (n,)
        The trials learnt from, as row numbers: trial *t* is row *t* - 1.
    """

    study: Study
    key: Key
    target: str
    rows: NDArray[np.int64]


Weights: TypeAlias = Component[Any, WeightQuery, NDArray[np.float64]]


@frozen
class EvenWeights(Composed[WeightQuery, NDArray[np.float64]]):
    """Let every trial count 1.

    Examples
    --------
    >>> EvenWeights()
    EvenWeights()
    """

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return ones, shape (n,)."""
        return np.ones(len(query.rows))


@frozen
class Discount(Composed[WeightQuery, NDArray[np.float64]]):
    r"""Halve a trial's weight every so many trials.

    .. math:: w_t = 2^{-(T - t) / h}

    for trial *t*, where *T* is the newest of those learnt from.

    Parameters
    ----------
    half_life : float, optional
        The *h* above, in trials; None for no discount.

    Examples
    --------
    >>> Discount(half_life=20.0)
    Discount(half_life=20.0)

    References
    ----------
    Brown (1959), "Statistical Forecasting for Inventory Control": discounted least squares.
    """

    half_life: float | None = field(default=50.0, validator=optional(positive))  # type: ignore[arg-type]

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return weights, shape (n,), 1 for the newest trial."""
        rows = query.rows
        if self.half_life is None or len(rows) == 0:
            return np.ones(len(rows))
        with np.errstate(over="ignore"):
            age = (rows.max() - rows) / self.half_life
        return np.asarray(np.maximum(np.exp2(-age), LEAST_WEIGHT))


@frozen
class Distance:
    r"""Measure how far configurations are from one of them.

    .. math:: d(a, b) = \sqrt{\sum_j \left(s_j\, \delta_j(a_j, b_j)\right)^2}

    over the parameters *j*, with :math:`\delta_j` as in ``parameter_distances``.

    Parameters
    ----------
    sensitive : bool
        Whether :math:`s_j` is the measured sensitivity of the target to the parameter; else 1.

    Examples
    --------
    >>> Distance(sensitive=True)
    Distance(sensitive=True)

    References
    ----------
    Gower (1971), "A general coefficient of similarity and some of its properties", Biometrics 27,
    pp. 857-871, for numbers and choices in one measure.
    """

    sensitive: bool = field(default=False, validator=switch)

    def read(self, study: Study, target: str, trial: int, rows: NDArray[np.int64]) -> Array:
        """Return distances of recorded trials from one of them.

        Parameters
        ----------
        study : Study
            The state.
        target : {"score", "seconds"}
            For the sensitivity.
        trial : int
            The trial from which to measure.
        rows : ndarray of int64, shape (n,)
            The others, as row numbers: trial *t* is row *t* - 1.

        Returns
        -------
        ndarray, shape (n,)
            At least 0.
        """
        coordinates = study.coordinates
        a = {name: column[rows] for name, column in coordinates.items()}
        b = {name: column[trial - 1 : trial] for name, column in coordinates.items()}
        apart = parameter_distances(study.known_space, a, b)
        if self.sensitive:
            apart = apart * sensitivity(study, target)
        return np.asarray(np.sqrt((apart * apart).sum(axis=1)))


def parameter_distances(space: Space, a: Coordinates, b: Coordinates) -> Array:
    r"""Return how far each of n configurations is from one, in each parameter.

    Numbers and ordinal values: the difference on the dimension's natural scale, which is 1 from
    bound to bound (without bounds: the difference of logarithms, and 1 more if the signs differ).
    Choices and booleans: 1 if they differ. Sequences: :math:`\sqrt{\sum_i \delta(a_i, b_i)^2 +
    (l_a - l_b)^2}` over the elements that both have, *l* being the lengths. An inactive parameter
    is 1 from an active one, and 0 from another inactive one.

    Parameters
    ----------
    space : Space
        What the coordinates are of.
    a, b : mapping of str to ndarray
        Coordinates of n configurations and of one.

    Returns
    -------
    ndarray, shape (n, d)
        In the order of the space; at least 0.

    Examples
    --------
    >>> from autotune.space import Categorical, Float, Space
    >>> space = Space({"x": Float(0, 10), "c": Categorical(["p", "q"])})
    >>> a = space.encode([{"x": 5.0, "c": "p"}, {"x": 6.0, "c": "q"}])
    >>> b = space.encode([{"x": 5.0, "c": "p"}])
    >>> parameter_distances(space, a, b).round(6).tolist()
    [[0.0, 0.0], [0.1, 1.0]]
    """
    columns = []
    for name, dimension in space.parameters:
        x, y = a[name], b[name]
        if isinstance(dimension, Sequence):
            columns.append(_sequences_apart(dimension, x, y))
        else:
            columns.append(differences(dimension, x, y))
    return np.stack(columns, axis=1)


def _sequences_apart(dimension: Sequence, x: Array, y: Array) -> Array:
    lengths = [np.sum(~np.isnan(z), axis=1) for z in (x, y)]
    squares = (lengths[0] - lengths[1]).astype(np.float64) ** 2
    for j in range(min(x.shape[1], y.shape[1])):
        element = differences(dimension.of, x[:, j], y[:, j])
        both = ~np.isnan(x[:, j]) & ~np.isnan(y[:, j])
        squares += np.where(both, element * element, 0.0)
    inactive = (lengths[0] == 0) != (lengths[1] == 0)
    # An empty sequence looks like an inactive one; either is one step from the others.
    return np.asarray(np.where(inactive, 1.0, np.sqrt(squares)))


@frozen
class KernelNeighbourhood(Composed[WeightQuery, NDArray[np.float64]]):
    r"""Weigh trials with a Gaussian kernel around the incumbent.

    .. math:: w_t = \exp\left(-\tfrac{1}{2} (d_t / h)^2\right)

    where :math:`d_t` is the distance of trial *t* from the incumbent. Without an incumbent every
    trial counts 1.

    Parameters
    ----------
    bandwidth : float
        The *h* above. A bounded parameter is 1 long from bound to bound.
    distance : Distance
        What is near.

    Examples
    --------
    >>> KernelNeighbourhood(0.5).bandwidth
    0.5

    References
    ----------
    Atkeson, Moore and Schaal (1997), "Locally weighted learning", Artificial Intelligence Review
    11, pp. 11-73.
    """

    bandwidth: float = field(default=0.5, validator=positive)
    distance: Distance = field(factory=Distance)

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return weights, shape (n,), 1 where the incumbent is."""
        study, rows = query.study, query.rows
        if study.incumbent is None:
            return np.ones(len(rows))
        apart = self.distance.read(study, query.target, study.incumbent, rows)
        with np.errstate(over="ignore"):
            ratio = apart / self.bandwidth
            return np.maximum(np.exp(-0.5 * ratio * ratio), LEAST_WEIGHT)


@frozen
class NearestNeighbourhood(Composed[WeightQuery, NDArray[np.float64]]):
    """Let the k trials nearest to the incumbent count 1, and the others a little.

    Trials as far off as the k-th count 1 too. Without an incumbent all do.

    Parameters
    ----------
    k : int
        How many.
    elsewhere : float
        What the others count, above 0 and at most 1.
    distance : Distance
        What is near.

    Examples
    --------
    >>> NearestNeighbourhood(20).elsewhere
    0.01

    References
    ----------
    The local models of trust-region methods: Eriksson et al. (2019), "Scalable global optimization
    via local Bayesian optimization", NeurIPS 32, are a later example.
    """

    k: int = field(default=30, validator=count)
    elsewhere: float = field(default=0.01)
    distance: Distance = field(factory=Distance)

    @elsewhere.validator
    def _check_elsewhere(self, attribute: Any, value: float) -> None:  # noqa: ARG002
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 1e-12 <= value <= 1:
            raise ComponentError(
                f"NearestNeighbourhood.elsewhere = {value!r} must be a number from 1e-12 to 1"
            )

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return weights, shape (n,)."""
        study, rows = query.study, query.rows
        if study.incumbent is None or len(rows) <= self.k:
            return np.ones(len(rows))
        apart = self.distance.read(study, query.target, study.incumbent, rows)
        kth = np.partition(apart, self.k - 1)[self.k - 1]
        return np.where(apart <= kth, 1.0, float(self.elsewhere))


@frozen
class ProductOfWeights(Composed[WeightQuery, NDArray[np.float64]]):
    """Multiply several weights, so that a trial counts that is recent *and* near, say.

    Parameters
    ----------
    weights : tuple of Weights
        One or more.

    Examples
    --------
    >>> from autotune_strategies.weights import Discount
    >>> from autotune_strategies.weights import KernelNeighbourhood
    >>> len(ProductOfWeights((Discount(50.0), KernelNeighbourhood(0.5))).weights)
    2
    """

    weights: tuple[Weights, ...] = field(converter=as_tuple)

    @weights.validator
    def _check_weights(self, attribute: Any, value: tuple[Weights, ...]) -> None:
        if len(value) == 0:
            raise ComponentError(
                "ProductOfWeights.weights = () must hold at least one component; use EvenWeights"
            )
        for weights in value:
            part(self, attribute, weights)

    def read(self, state: tuple[Any, ...], query: WeightQuery) -> NDArray[np.float64]:
        """Return the products, shape (n,)."""
        total = np.ones(len(query.rows))
        for weights_state, weights in zip(state, self.weights, strict=True):
            total = total * weights.read(weights_state, query)
        return np.maximum(total, LEAST_WEIGHT)
