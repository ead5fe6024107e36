"""How much worse trials are predicted when the values of a parameter are shuffled."""

from __future__ import annotations

import math

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.columns import Columns
from autotune.analysis.intervals import check_level, t_quantile
from autotune.analysis.surrogate import Refits, Surrogate, joined, refits
from autotune.analysis.target import Target, target_values, usable_trials
from autotune.errors import StudyError
from autotune.space import Coordinates
from autotune.strategy import Anticipator, Key
from autotune.study import Study

__all__ = ["PermutationImportance", "permutation_importance"]

Array = NDArray[np.float64]

# Held-out trials that are looked at in each group; more would not make the mean much surer.
_MOST_ROWS = 400


@frozen(eq=False)
class PermutationImportance(Columns):
    """The cost of shuffling each parameter, row ``j`` for parameter ``j``.

    Parameters
    ----------
    target : {"score", "seconds"}
        What is predicted.
    level : float
        Of the intervals.
    r2 : float
        The share of the variance of held-out trials that is predicted; with little of it, what the
        parameters cost says little too.
    parameters : tuple of str
        Those searched.
    importance, low, high : ndarray
        By how much the squared error grows, in units of the variance of the recorded values.
    """

    target: str
    level: float
    r2: float
    parameters: tuple[str, ...]
    importance: Array
    low: Array = field(repr=False)
    high: Array = field(repr=False)

    @property
    def order(self) -> NDArray[np.int64]:
        """The rows by importance, the largest first."""
        return np.argsort(-self.importance, kind="stable")


def permutation_importance(
    study: Study,
    anticipator: Anticipator | None = None,
    *,
    target: Target = "score",
    n_repeats: int = 10,
    n_groups: int = 8,
    level: float = 0.95,
    seed: int = 0,
) -> PermutationImportance:
    r"""Tell how much an anticipator needs each parameter to predict trials it has not seen.

    The trials are cut into groups; each is predicted from all the others, as it is and with the
    values of one parameter shuffled within the group:

    .. math:: I_j = \frac{1}{s_y^2} \operatorname{mean}_{i}
              \left[(y_i - \hat f(x_i^{\pi j}))^2 - (y_i - \hat f(x_i))^2\right]

    Parameters
    ----------
    study : Study
        The study.
    anticipator : Anticipator, optional
        The anticipator; the default one if left out.
    target : {"score", "seconds"}
        What of.
    n_repeats : int
        How often each parameter is shuffled.
    n_groups : int
        Groups of trials, three at least.
    level : float
        Of the intervals.
    seed : int
        Of groups and shuffles.

    Returns
    -------
    PermutationImportance
        A row for each parameter searched.

    Raises
    ------
    StudyError
        If fewer than six trials can be learnt from, or an argument makes no sense.

    Notes
    -----
    Intervals are of the mean over groups, by Student's *t*; the groups' surrogates share trials, so
    they are somewhat too narrow. Two parameters that moved together can stand in for each other,
    and then neither seems important.

    References
    ----------
    Breiman (2001), "Random forests", Machine Learning 45, pp. 5-32, section 10; Fisher, Rudin and
    Dominici (2019), "All models are wrong, but many are useful", Journal of Machine Learning
    Research 20 (177), for any model.

    Examples
    --------
    >>> from autotune import Float, Space, tune
    >>> from autotune_strategies import recipes
    >>> space = Space({"idle": Float(0, 1), "strong": Float(0, 1)})
    >>> found = tune(lambda c: c["strong"], space, n_trials=40, seed=1,
    ...              strategy=recipes.random_search())
    >>> found = permutation_importance(found.study)
    >>> found.parameters[found.order[0]]
    'strong'
    """
    check_level(level)
    fitted = refits(study, anticipator, target=target, n_groups=n_groups, seed=seed)
    return importance_of(fitted, n_repeats=n_repeats, level=level, seed=seed)


def importance_of(
    fitted: Refits, *, n_repeats: int, level: float, seed: int
) -> PermutationImportance:
    """Return the importance by surrogates that are at hand."""
    if n_repeats < 1:
        raise StudyError(f"n_repeats = {n_repeats!r} must be a whole number >= 1")
    study, target = fitted.full.study, fitted.full.target
    names = study.known_space.searched
    if len(fitted.partial) == 0:
        n = len(usable_trials(study, target))
        raise StudyError(
            f"{n} usable trials in fewer than 3 groups: at least 6 trials and n_groups = 3 are "
            "needed to predict some from the others"
        )
    y = target_values(study, target)
    variance = float(np.var(y[usable_trials(study, target) - 1]))
    rng = Key(seed).child("permutations").generator()
    errors = [
        _costs(model, y, trials[:_MOST_ROWS], names, n_repeats, rng)
        for model, trials in zip(fitted.partial, fitted.held_out, strict=True)
    ]
    plain = np.array([each[0] for each in errors])
    costs = np.array([each[1] for each in errors])
    if not variance > 0:
        variance, costs = 1.0, np.zeros_like(costs)
    costs = costs / variance
    mean = costs.mean(axis=0)
    g = len(costs)
    half = t_quantile(level, g - 1) * costs.std(axis=0, ddof=1) / math.sqrt(g)
    return PermutationImportance(
        target=target,
        level=level,
        r2=1.0 - float(plain.mean()) / variance,
        parameters=names,
        importance=mean,
        low=mean - half,
        high=mean + half,
    )


def _costs(
    model: Surrogate,
    y: Array,
    trials: NDArray[np.int64],
    names: tuple[str, ...],
    n_repeats: int,
    rng: np.random.Generator,
) -> tuple[float, Array]:
    """Return the squared error of a group, and by how much shuffling each parameter adds."""
    study = model.study
    rows = trials - 1
    record: Coordinates = {name: column[rows] for name, column in study.coordinates.items()}
    blocks: list[Coordinates] = [record]
    for name in names:
        for _ in range(n_repeats):
            shuffled = dict(record)
            shuffled[name] = record[name][rng.permutation(len(rows))]
            blocks.append(shuffled)
    mean = model.predict(joined(blocks)).mean.reshape(len(blocks), len(rows))
    error = ((y[rows] - mean) ** 2).mean(axis=1)
    shuffled_error = error[1:].reshape(len(names), n_repeats).mean(axis=1)
    return float(error[0]), np.asarray(shuffled_error - error[0])
