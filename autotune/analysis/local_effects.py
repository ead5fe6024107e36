"""Anticipated effects of changes to the incumbent, one parameter at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.columns import Columns
from autotune.analysis.partial_dependence import axis_of, incumbent_row
from autotune.analysis.surrogate import Surrogate, joined, surrogate
from autotune.analysis.target import Target
from autotune.errors import StudyError
from autotune.space import Boolean, Float, Integer, Ordinal
from autotune.space.distance import FACTOR
from autotune.strategy import Anticipator
from autotune.study import Study

__all__ = ["LocalEffects", "local_effects"]

Array = NDArray[np.float64]


@frozen(eq=False)
class LocalEffects(Columns):
    """Anticipated effects around the incumbent, row ``j`` for parameter ``j``.

    Parameters
    ----------
    target : {"score", "seconds"}
        What is anticipated.
    incumbent : int
        The trial.
    length : float
        The length of the steps up and down, in units of a parameter's range.
    parameters : tuple of str
        Those searched.
    values : tuple
        The incumbent's; None where inactive.
    spread : ndarray
        The standard deviation of what is anticipated along the parameter's range.
    share : ndarray
        Its square, as a share of the sum over parameters.
    up, up_sd, down, down_sd : ndarray
        The change by a step up and down; NaN for choices and sequences, and beyond an end. The
        standard deviation is that of what is anticipated there.
    best_values : tuple
        Where along the range the anticipated score is best, or the seconds fewest.
    best, best_sd : ndarray
        The change there; 0 where the incumbent's own value is best.
    """

    target: str
    incumbent: int
    length: float
    parameters: tuple[str, ...]
    values: tuple[Any, ...]
    spread: Array
    share: Array
    up: Array = field(repr=False)
    up_sd: Array = field(repr=False)
    down: Array = field(repr=False)
    down_sd: Array = field(repr=False)
    best_values: tuple[Any, ...] = field(repr=False)
    best: Array = field(repr=False)
    best_sd: Array = field(repr=False)

    @property
    def order(self) -> NDArray[np.int64]:
        """The rows by spread, the largest first."""
        return np.argsort(-self.spread, kind="stable")


def local_effects(
    study: Study,
    anticipator: Anticipator | None = None,
    *,
    target: Target = "score",
    length: float = 0.1,
    n: int = 25,
    seed: int = 0,
) -> LocalEffects:
    r"""Tell what changing one parameter of the incumbent would do.

    Along each parameter, with the others held at the incumbent :math:`x^*`, the variance of what is
    anticipated tells how much it matters there:

    .. math:: \text{share}_j = \frac{\operatorname{Var}_{v} \hat f(x^*_{-j}, v)}
                                    {\sum_k \operatorname{Var}_{v} \hat f(x^*_{-k}, v)}

    Parameters
    ----------
    study : Study
        The study.
    anticipator : Anticipator, optional
        What stands for the objective; the default one if left out.
    target : {"score", "seconds"}
        What is anticipated.
    length : float
        The length of a step up or down, in units of a parameter's range on its natural scale (of a
        factor of 100, without bounds).
    n : int
        Points along each parameter.
    seed : int
        Of an anticipator that draws.

    Returns
    -------
    LocalEffects
        A row for each parameter searched.

    Raises
    ------
    StudyError
        If there is no incumbent, or too little to learn from.

    References
    ----------
    Biedenkapp, Marben, Lindauer and Hutter (2018), "CAVE: configuration assessment, visualization
    and evaluation", LION 12, the local parameter importance.

    Examples
    --------
    >>> from autotune import Float, Space, tune
    >>> space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    >>> result = tune(lambda c: -(c["a"] - 0.3) ** 2 - 0.1 * c["b"], space, n_trials=40, seed=1)
    >>> local = local_effects(result.study)
    >>> bool(local.share[0] > local.share[1])
    True
    """
    if not 0 < length <= 1:
        raise StudyError(f"length = {length!r} must lie in (0, 1]")
    model = surrogate(study, anticipator, target=target, seed=seed)
    return local_of(model, length=length, n=n)


def local_of(model: Surrogate, *, length: float, n: int) -> LocalEffects:
    """Return the effects by a surrogate that is at hand."""
    study = model.study
    incumbent = incumbent_row(study)
    assert study.incumbent is not None
    space = study.known_space
    names = space.searched
    own = study.configuration(study.incumbent)
    blocks = [incumbent.with_columns({})]
    axes, steps = [], []
    for name in names:
        axis = axis_of(study, name, n, whole=True)
        axes.append(axis)
        blocks += [incumbent.with_columns({name: c[None]}) for c in axis.coordinates]
        both = _steps(space[name], incumbent.columns[name], length) if name in own else (None, None)
        steps.append(both)
        blocks += [incumbent.with_columns({name: c}) for c in both if c is not None]
    estimate = model.predict(joined(blocks))
    mean = estimate.mean - estimate.mean[0]
    sd = estimate.sd
    d = len(names)
    up, up_sd, down, down_sd, spread, best, best_sd = (np.full(d, np.nan) for _ in range(7))
    best_values: list[Any] = []
    better = study.sign if model.target == "score" else -1.0
    at = 1
    for j, (axis, (above, below)) in enumerate(zip(axes, steps, strict=True)):
        along = slice(at, at + len(axis))
        at += len(axis)
        inactive = names[j] not in own
        spread[j] = 0.0 if inactive else float(mean[along].std())
        k = int(np.argmax(better * mean[along]))
        if inactive or not better * mean[along][k] > 0:
            best[j], best_sd[j] = 0.0, float(sd[0])
            best_values.append(own.get(names[j]))
        else:
            best[j], best_sd[j] = mean[along][k], sd[along][k]
            best_values.append(axis.values[k])
        if above is not None:
            up[j], up_sd[j] = mean[at], sd[at]
            at += 1
        if below is not None:
            down[j], down_sd[j] = mean[at], sd[at]
            at += 1
    total = float(np.sum(spread**2))
    return LocalEffects(
        target=model.target,
        incumbent=study.incumbent,
        length=length,
        parameters=names,
        values=tuple(own.get(name) for name in names),
        spread=spread,
        share=spread**2 / total if total > 0 else np.zeros(d),
        up=up,
        up_sd=up_sd,
        down=down,
        down_sd=down_sd,
        best_values=tuple(best_values),
        best=best,
        best_sd=best_sd,
    )


def _steps(dimension: Any, column: Array, length: float) -> tuple[Array | None, Array | None]:
    """Return the coordinates a step above and below, None where there are none."""
    if isinstance(dimension, Boolean):
        other = 1.0 - column
        return (other, None) if column[0] < 0.5 else (None, other)
    if isinstance(dimension, Ordinal):
        ends = [dimension.settle(column + way) for way in (1.0, -1.0)]
    elif isinstance(dimension, Float | Integer) and dimension.bounded:
        u = float(dimension.scaled(column)[0])
        # What would be reflected at an end stops there.
        ends = [dimension.unscaled(np.array([v])) for v in (min(u + length, 1), max(u - length, 0))]
    elif isinstance(dimension, Float | Integer) and dimension.two_way:
        by = length * math.log(FACTOR)
        ends = [dimension.moved(column, by), dimension.moved(column, -by)]
    elif isinstance(dimension, Float | Integer):
        factor = math.exp(length * math.log(FACTOR))
        grown, shrunk = dimension.settle(column * factor), dimension.settle(column / factor)
        ends = [grown, shrunk] if column[0] > 0 else [shrunk, grown]
    else:
        return None, None
    above, below = (None if c[0] == column[0] else np.asarray(c) for c in ends)
    return above, below
