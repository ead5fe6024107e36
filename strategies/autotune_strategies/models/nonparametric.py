"""Models without a formula: forests and nearest neighbours."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.strategy.validators import count, one_of
from autotune_strategies.models.model import Array, squared_distances, standardized

__all__ = ["Forest", "NearestNeighbours"]

_LEAST_SHARE = 1e-8


@frozen
class Forest:
    r"""Average regression trees that were each grown on chance.

    A random forest grows each tree on a bootstrap sample of the rows and looks for the best split
    among a random share of the features; extremely randomised trees take all rows and split at
    random. With mean :math:`\mu_b` and variance :math:`\sigma_b^2` of the leaf in tree *b*,

    .. math::

       \mu = \frac{1}{B} \sum_b \mu_b, \qquad
       \sigma^2 = \frac{1}{B} \sum_b (\sigma_b^2 + \mu_b^2) - \mu^2 .

    Parameters
    ----------
    kind : {"random", "extra"}
        Random forest or extremely randomised trees.
    n_trees : int
        The number of trees, *B*.
    max_features : float
        The share of the features tried at a split, above 0 and at most 1.
    min_samples_leaf : int
        The least number of rows in a leaf.

    Examples
    --------
    >>> X = np.linspace(0, 1, 50)[:, None]
    >>> mean, sd = Forest().fit_predict(
    ...     X, X[:, 0] > 0.5, np.ones(50), np.array([[0.1], [0.9]]), np.random.default_rng(0))
    >>> mean.round(1).tolist()
    [0.0, 1.0]

    References
    ----------
    Breiman (2001), "Random forests", Machine Learning 45, pp. 5-32. Geurts, Ernst and Wehenkel
    (2006), "Extremely randomized trees", Machine Learning 63, pp. 3-42. The variance is that of
    Hutter, Xu, Hoos and Leyton-Brown (2014), "Algorithm runtime prediction", Artificial
    Intelligence 206, section 4.3.2.
    """

    kind: Literal["random", "extra"] = field(default="random", validator=one_of("random", "extra"))
    n_trees: int = field(default=20, validator=count)
    max_features: float = field(default=0.8)
    min_samples_leaf: int = field(default=2, validator=count)

    @max_features.validator
    def _check_share(self, attribute: Any, value: float) -> None:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            raise ComponentError(
                f"Forest.max_features = {value!r} must be a number above 0 and at most 1"
            )

    def fit_predict(
        self, X: Array, y: Array, w: Array, Q: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return means and standard deviations at the rows of Q."""
        # Loaded when first needed, for it takes longer than all the rest.
        from sklearn import config_context
        from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

        # Trees compare in single precision, which spans less than double.
        known, asked = (Z.astype(np.float32, order="C") for Z in standardized(X, w, Q))
        y = np.ascontiguousarray(y, dtype=np.float64)
        n = len(y)
        # Centred, for the trees take a variance as a difference of squares.
        middle = float(y.mean())
        centred = y - middle
        # A tree sums weights up and takes off again; what is lost in that would leave a leaf empty.
        w = np.maximum(w, _LEAST_SHARE * w.max())
        kind = DecisionTreeRegressor if self.kind == "random" else ExtraTreeRegressor
        means = np.empty((self.n_trees, len(Q)))
        variances = np.empty((self.n_trees, len(Q)))
        with config_context(skip_parameter_validation=True, assume_finite=True):
            for b in range(self.n_trees):
                weights = w
                if self.kind == "random":
                    weights = w * np.bincount(rng.integers(n, size=n), minlength=n)
                grown = kind(
                    max_features=float(self.max_features),
                    min_samples_leaf=self.min_samples_leaf,
                    random_state=int(rng.integers(2**31 - 1)),
                ).fit(known, centred, sample_weight=weights, check_input=False)
                leaves = grown.tree_.apply(asked)
                means[b] = grown.tree_.value[leaves, 0, 0]
                variances[b] = grown.tree_.impurity[leaves]
        mean = _sum(means) / self.n_trees
        variance = _sum(np.maximum(variances, 0.0) + (means - mean) ** 2) / self.n_trees
        # Rounding must not carry a mean out of the range of what was seen.
        return np.clip(middle + mean, y.min(), y.max()), np.sqrt(variance)


def _sum(rows: Array) -> Array:
    total = np.zeros(rows.shape[1])
    for row in rows:
        total += row
    return total


# Squared distances closer than this share of the largest are ties.
_TIE = 1e-12


@frozen
class NearestNeighbours:
    r"""Take the weighted mean of the k nearest rows.

    .. math:: \hat{y}(q) = \frac{\sum_{i \in N_k(q)} w_i\, v_i\, y_i}{\sum_{i \in N_k(q)} w_i\, v_i}

    in standardised features; rows as near as the k-th all count. :math:`v_i` is 1, or one over the
    distance. The standard deviation is the spread about this mean of the k + 1 nearest, so that one
    neighbour has one as well.

    Parameters
    ----------
    k : int
        The number of neighbours.
    weighting : {"even", "distance"}
        Whether near ones count for more among them.

    Examples
    --------
    >>> X, Q = np.array([[0.0], [1.0], [2.0]]), np.array([[1.1]])
    >>> mean, _ = NearestNeighbours(1).fit_predict(
    ...     X, np.array([5.0, 6.0, 9.0]), np.ones(3), Q, np.random.default_rng(0))
    >>> mean.tolist()
    [6.0]

    References
    ----------
    Cover and Hart (1967), "Nearest neighbor pattern classification", IEEE Transactions on
    Information Theory 13, pp. 21-27; for regression Hastie, Tibshirani and Friedman (2009), "The
    Elements of Statistical Learning", 2nd ed., section 2.3.2.
    """

    k: int = field(default=5, validator=count)
    weighting: Literal["even", "distance"] = field(
        default="distance", validator=one_of("even", "distance")
    )

    def fit_predict(
        self,
        X: Array,
        y: Array,
        w: Array,
        Q: Array,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> tuple[Array, Array]:
        """Return means and standard deviations at the rows of Q."""
        X, Q = standardized(X, w, Q)
        squares = squared_distances(Q, X)
        tie = _TIE * (1.0 + squares.max(axis=1, keepdims=True))
        near = w * _nearest(squares, self.k, tie)
        if self.weighting == "distance":
            near = near / np.sqrt(squares + tie)
        mean = (near * y).sum(axis=1) / near.sum(axis=1)
        wide = w * _nearest(squares, self.k + 1, tie)
        residuals = y - mean[:, None]
        variance = (wide * residuals * residuals).sum(axis=1) / wide.sum(axis=1)
        return mean, np.sqrt(variance)


def _nearest(squares: Array, k: int, tie: Array) -> Array:
    """Return 1 for the k smallest of each row and for ties with the k-th, else 0."""
    n = squares.shape[1]
    if k >= n:
        return np.ones_like(squares)
    kth = np.partition(squares, k - 1, axis=1)[:, k - 1 : k]
    return (squares <= kth + tie).astype(np.float64)
