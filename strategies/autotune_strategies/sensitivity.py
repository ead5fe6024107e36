"""How much a target changes when a parameter moves, measured on the recorded steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autotune.space import Fixed
from autotune.study import Study
from autotune_strategies.target import target_column

__all__ = ["sensitivity"]

# So many steps of average effect are taken to have been seen before the first.
_PRIOR_STEPS = 2.0


def sensitivity(study: Study, target: str = "score") -> NDArray[np.float64]:
    r"""Return each parameter's relative effect on a target, from the steps tried so far.

    A step *t* from a parent, both with a usable outcome, moved :math:`k_t` parameters and changed
    the target by :math:`\Delta_t`. Its effect is shared among the parameters moved, as if they
    acted independently:

    .. math::

       s_j = \frac{\sum_{t \ni j} \frac{1}{k_t} \frac{|\Delta_t|}{\sqrt{k_t}} / \bar{s} + m}
                  {\sum_{t \ni j} \frac{1}{k_t} + m},
       \qquad
       \bar{s} = \frac{\sum_t |\Delta_t| / \sqrt{k_t}}{\sum_t 1}

    with *m* = 2, so that a parameter that was hardly tried is taken for an average one. The result
    is then divided by its mean over the parameters that are searched.

    Parameters
    ----------
    study : Study
        The state.
    target : {"score", "seconds"}
        What is affected.

    Returns
    -------
    ndarray, shape (d,)
        In the order of ``study.known_space``: positive, without unit, 1 on average over the
        parameters searched; 1 for constants, and for all while there is nothing to learn from.

    Notes
    -----
    A parameter has moved if it was drawn to move and its coordinate differs from the parent's; in a
    step that records no such draw, every one that differs has. A parameter that was switched on or
    off only because another moved is therefore not blamed for the effect.

    References
    ----------
    Morris (1991), "Factorial sampling plans for preliminary computational experiments",
    Technometrics 33, pp. 161-174, whose :math:`\mu^*` (Campolongo et al., 2007) is the mean of the
    absolute elementary effects; the shrinkage is added here.

    Examples
    --------
    >>> from autotune.space import Float, Space
    >>> from autotune.study import (
    ...     Accepted, Evaluated, Measurement, Proposed, Rejected, StudyStarted, reduce
    ... )
    >>> space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    >>> events = [StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0)]
    >>> points = [(0.5, 0.5, 0.0, ()), (0.6, 0.5, 0.3, ("a",)), (0.5, 0.6, 0.1, ("b",))]
    >>> for trial, (a, b, score, moved) in enumerate(points, 1):
    ...     parent = None if trial == 1 else 1
    ...     events.append(Proposed(0, trial, {"a": a, "b": b}, parent, moved, "given"))
    ...     measured = Measurement((0,), (score,), (1.0,), (0.0,))
    ...     events.append(Evaluated(0, trial, measured))
    ...     first = Accepted(0, 1, None, None)
    ...     events.append(first if trial == 1 else Rejected(0, trial, None, None, "no gain"))
    >>> sensitivity(reduce(events)).round(3)
    array([1.167, 0.833])
    """
    space = study.known_space
    even = np.ones(len(space))
    y = target_column(study, target)
    parents = study.proposals["parent"] - 1
    has_parent = parents >= 0
    steps = np.flatnonzero(has_parent & np.isfinite(y) & np.isfinite(y[parents]))
    if len(steps) == 0:
        return even
    moved = _moved(study, steps, parents[steps])
    k = moved.sum(axis=1)
    steps, moved, k = steps[k > 0], moved[k > 0], k[k > 0]
    # Halves, for the difference of two doubles may be beyond the largest.
    effect = np.abs(y[steps] / 2 - y[parents[steps]] / 2)
    largest = effect.max(initial=0.0)
    if not largest > 0:
        return even
    effect = effect / largest / np.sqrt(k)
    shares = moved / k[:, None]
    total = (shares * effect[:, None]).sum(axis=0) / effect.mean()
    s = (total + _PRIOR_STEPS) / (shares.sum(axis=0) + _PRIOR_STEPS)
    searched = np.array([not isinstance(dimension, Fixed) for _, dimension in space.parameters])
    if not searched.any():
        return even
    relative: NDArray[np.float64] = np.where(searched, s / s[searched].mean(), 1.0)
    return relative


def _moved(study: Study, steps: NDArray[np.int64], parents: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which parameters moved in each step, shape (n, d)."""
    space = study.known_space
    differs = np.zeros((len(steps), len(space)), dtype=np.bool_)
    for j, column in enumerate(study.coordinates.values()):
        after, before = column[steps], column[parents]
        change = (after != before) & ~(np.isnan(after) & np.isnan(before))
        differs[:, j] = change if change.ndim == 1 else change.any(axis=1)
    index = {name: j for j, name in enumerate(space)}
    drawn = np.zeros_like(differs)
    for i, names in enumerate(study.proposals["moved"][steps]):
        for name in names:
            if name in index:
                drawn[i, index[name]] = True
    both = differs & drawn
    recorded = both.any(axis=1, keepdims=True)
    return np.where(recorded, both, differs)
