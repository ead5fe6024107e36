"""Regression on the record, put together from a model, features, weights and a warp."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

import numpy as np
from attrs import Attribute, field, frozen
from numpy.typing import NDArray
from scipy.special import log_ndtr

from autotune.errors import ComponentError
from autotune.strategy import AnticipateQuery, Composed, Estimate
from autotune.strategy.component import OMITTED_AT_DEFAULT
from autotune.strategy.validators import one_of, part, switch
from autotune_strategies.anticipators.ridge import LogFeatures
from autotune_strategies.features import Features
from autotune_strategies.models.linear import RidgeRegression
from autotune_strategies.models.model import Model
from autotune_strategies.target import censored_seconds, target_column
from autotune_strategies.warps import NoWarp, Standard, Warp
from autotune_strategies.weights import EvenWeights, WeightQuery, Weights

__all__ = ["Regression"]

Array: TypeAlias = NDArray[np.float64]

# Standard deviations of the target, which is standardised; and rounds of putting in and fitting.
_LEAST_SPREAD = 0.05
_FARTHEST = 1e3
_ROUNDS = 6


def _shaped(shape: type, example: str) -> Any:
    def check(instance: object, attribute: Attribute[Any], value: object) -> None:
        if isinstance(value, type) or not isinstance(value, shape):
            raise ComponentError(
                f"{type(instance).__name__}.{attribute.name} = {value!r} is not a "
                f"{shape.__name__.lower()}; give one such as {example}"
            )

    return check


@frozen
class Regression(Composed[AnticipateQuery, Estimate | None]):
    r"""Anticipate by regression on the usable trials of the record.

    With *φ* the features and *g* the warp, the model learns from the weighted rows

    .. math::

       \text{level:}\quad \phi(x_t) \mapsto g(y_t), \qquad
       \text{change:}\quad \phi(x_t) - \phi(x_{p(t)}) \mapsto g(y_t) - g(y_{p(t)})

    where *p(t)* is the trial from which *t* stepped. At a candidate *q* drawn from trial *p* it
    expects

    .. math::

       \text{level:}\quad g^{-1}(m(\phi(q))), \qquad
       \text{change:}\quad g^{-1}(g(y_p) + m(\phi(q) - \phi(x_p))) .

    The change is learnt from differences of features alone, which is right for a linear model and
    needs no more rows; what a step does is then taken to be the same everywhere. A candidate whose
    parent has no usable outcome gets the mean of the record. The model sees rows whose target has
    mean 0 and standard deviation 1, so that its settings fit any metric.

    A trial that was ended at a time limit took at least as long. With ``censored=True`` such trials
    count when seconds are anticipated: they are put in at their limit, then several times at

    .. math:: \operatorname{E}[z \mid z > b] = \mu + s\,
              \frac{\varphi(\beta)}{1 - \Phi(\beta)}, \qquad \beta = \frac{b - \mu}{s}

    with *b* the limit, *μ* what the model makes of the trial and *s* the standard deviation of its
    errors. That is the expectation step of the EM algorithm for a Tobit likelihood, which needs
    nothing of the model but that it fits, so that it does for every model.

    With fewer than two rows to learn from it says nothing.

    Parameters
    ----------
    model : Model
        What is fitted.
    features : Features
        What is made of the coordinates.
    weights : Weights
        How much each trial counts; divided by the largest.
    of : {"level", "change"}
        Whether the target itself is learnt, or its change from the trial stepped from.
    warp : Warp
        What is done to the target first.
    censored : bool
        Whether trials that were ended at a time limit tell that they take at least as long.

    Examples
    --------
    >>> from autotune_strategies.models.nonparametric import NearestNeighbours
    >>> from autotune_strategies.weights import Discount
    >>> Regression(NearestNeighbours(3), weights=Discount(20.0)).of
    'level'

    References
    ----------
    Differences to a parent are those of the AutoTune prototype's veto and gain (2018); for the
    rest see the parts. Censored targets: Schmee and Hahn (1979), "A simple method for regression
    analysis with censored data", Technometrics 21, pp. 417-432; Hutter, Hoos and Leyton-Brown
    (2013), "Bayesian optimization with censored response data", arXiv:1310.1947.
    """

    model: Model = field(factory=RidgeRegression, validator=_shaped(Model, "RidgeRegression()"))
    features: Features = field(factory=LogFeatures, validator=_shaped(Features, "LogFeatures()"))
    weights: Weights = field(factory=EvenWeights, validator=part)
    of: Literal["level", "change"] = field(default="level", validator=one_of("level", "change"))
    warp: Warp = field(factory=NoWarp, validator=_shaped(Warp, "NoWarp()"))
    censored: bool = field(default=False, validator=switch, metadata=OMITTED_AT_DEFAULT)

    @censored.validator
    def _check_censored(self, attribute: Attribute[Any], value: object) -> None:  # noqa: ARG002
        if value is True and self.of != "level":
            raise ComponentError(
                "Regression.censored = True must go with of='level': a change from a time that is "
                "not known is not known"
            )

    def read(self, state: tuple[Any, ...], query: AnticipateQuery) -> Estimate | None:
        """Return means and standard deviations at the candidates, or None."""
        study = query.study
        y = target_column(study, query.target)
        ended = np.zeros(len(y), dtype=np.bool_)
        if self.censored and query.target == "seconds":
            bounds = censored_seconds(study)
            ended = np.isfinite(bounds)
            y = np.where(ended, bounds, y)
        usable = np.flatnonzero(np.isfinite(y))
        parents = study.proposals["parent"] - 1
        if self.of == "level":
            rows = usable
        else:
            stepped = usable[parents[usable] >= 0]
            rows = stepped[np.isfinite(y[parents[stepped]])]
        if len(rows) < 2:
            return None
        record = {name: column[usable] for name, column in study.coordinates.items()}
        X, Q = self.features.read(study.known_space, record, query.coordinates)
        w = self.read_part(
            state,
            "weights",
            WeightQuery(study, query.key.child("weights"), query.target, rows),
        )
        warp = self.warp.fit(y[usable])
        warped = warp.forward(y[usable])
        level = Standard.of(warped, np.ones(len(usable)))
        z = np.full(len(y), np.nan)
        z[usable] = level.forward(warped)
        if self.of == "level":
            at_least = ended[rows]
            full = self._beyond(X, z[rows], w, at_least, query) if at_least.any() else z[rows]
            mean, sd = self._fit(X, full, w, Q, query)
        else:
            place = np.zeros(len(y), dtype=np.int64)
            place[usable] = np.arange(len(usable))
            origin = query.parents - 1
            inside = (origin >= 0) & (origin < len(y))
            origin = np.where(inside, origin, 0)
            known = inside & np.isfinite(y[origin])
            before = parents[rows]
            change, sd = self._fit(
                X[place[rows]] - X[place[before]],
                z[rows] - z[before],
                w,
                Q - X[place[origin]],
                query,
            )
            # Where nothing is known of the parent: the record's mean and standard deviation.
            mean = np.where(known, np.where(known, z[origin], 0.0) + change, 0.0)
            sd = np.where(known, sd, 1.0)
        return Estimate(*warp.restore(*level.restore(mean, sd)))

    def _beyond(
        self, X: Array, z: Array, w: Array, at_least: NDArray[np.bool_], query: AnticipateQuery
    ) -> Array:
        """Return the targets, those that are bounds from below raised to what is expected."""
        known = ~at_least
        if not known.any():
            return z
        full = z.copy()
        for _ in range(_ROUNDS):
            mean, _ = self._fit(X, full, w, X, query)
            errors = z[known] - mean[known]
            spread = max(float(np.sqrt(np.mean(errors * errors))), _LEAST_SPREAD)
            beta = np.minimum((z[at_least] - mean[at_least]) / spread, _FARTHEST)
            hazard = np.exp(-0.5 * beta * beta - log_ndtr(-beta)) / math.sqrt(2.0 * math.pi)
            full[at_least] = np.maximum(mean[at_least] + spread * hazard, z[at_least])
        return full

    def _fit(
        self, X: Array, y: Array, w: Array, Q: Array, query: AnticipateQuery
    ) -> tuple[Array, Array]:
        w = w / w.max()
        standard = Standard.of(y, w)
        mean, sd = np.zeros(len(Q)), np.ones(len(Q))
        if X.shape[1] > 0 and standard.sd > 0:
            rng = query.key.child("model").generator()
            try:
                fitted, spread = self.model.fit_predict(X, standard.forward(y), w, Q, rng)
            except np.linalg.LinAlgError:  # a decomposition that did not converge
                pass
            else:
                good = np.isfinite(fitted) & np.isfinite(spread)
                mean, sd = np.where(good, fitted, mean), np.where(good, spread, sd)
        return standard.restore(mean, np.maximum(sd, 0.0))
