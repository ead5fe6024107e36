"""How far apart two configurations are."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import Coordinates, Sequence, Space
from autotune.space.distance import differences
from autotune.strategy.validators import switch
from autotune.study import Study
from autotune_strategies.sensitivity import sensitivity

__all__ = ["Distance", "parameter_distances"]

Array: TypeAlias = NDArray[np.float64]


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
