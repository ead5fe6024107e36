"""Shares of the variance of a score that parameters explain: a functional analysis of variance."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.background import Background, Over, background
from autotune.analysis.columns import Columns
from autotune.analysis.intervals import check_level, jackknife_sd, t_quantile
from autotune.analysis.surrogate import Refits, Surrogate, joined, refits
from autotune.analysis.target import Target
from autotune.strategy import Anticipator
from autotune.study import Study

__all__ = ["Interactions", "VarianceShares", "interactions", "variance_shares"]

Array = NDArray[np.float64]


@frozen(eq=False)
class VarianceShares(Columns):
    """Shares of the variance of what is anticipated, row ``j`` for parameter ``j``.

    Parameters
    ----------
    target : {"score", "seconds"}
        What varies.
    over : {"space", "trials"}
        Over which configurations.
    level : float
        Of the intervals.
    sd : float
        The standard deviation of what is anticipated over them, in the target's units.
    parameters : tuple of str
        Those searched.
    main, main_low, main_high : ndarray
        The share that the parameter explains by itself.
    total, total_low, total_high : ndarray
        The share that would be left if all the others were known: by itself, and together with
        others. NaN for limits with too few trials.
    """

    target: str
    over: str
    level: float
    sd: float
    parameters: tuple[str, ...]
    main: Array
    main_low: Array = field(repr=False)
    main_high: Array = field(repr=False)
    total: Array
    total_low: Array = field(repr=False)
    total_high: Array = field(repr=False)

    @property
    def order(self) -> NDArray[np.int64]:
        """The rows by total share, the largest first."""
        return np.argsort(-self.total, kind="stable")


@frozen(eq=False)
class Interactions(Columns):
    """Shares of the variance that pairs of parameters explain beyond both by themselves.

    Parameters
    ----------
    target : {"score", "seconds"}
        What varies.
    over : {"space", "trials"}
        Over which configurations.
    level : float
        Of the intervals.
    first, second : tuple of str
        The pairs, that with the largest share first.
    share, low, high : ndarray
        The share of each and its interval.
    """

    target: str
    over: str
    level: float
    first: tuple[str, ...]
    second: tuple[str, ...]
    share: Array
    low: Array = field(repr=False)
    high: Array = field(repr=False)

    def matrix(self, parameters: tuple[str, ...]) -> Array:
        """Return the shares as a symmetric matrix; NaN on the diagonal and for pairs not asked."""
        index = {name: j for j, name in enumerate(parameters)}
        out = np.full((len(parameters), len(parameters)), np.nan)
        for a, b, share in zip(self.first, self.second, self.share, strict=True):
            if a in index and b in index:
                out[index[a], index[b]] = out[index[b], index[a]] = share
        return out


def variance_shares(
    study: Study,
    anticipator: Anticipator | None = None,
    *,
    target: Target = "score",
    over: Over = "space",
    n_samples: int = 512,
    n_groups: int = 8,
    level: float = 0.95,
    seed: int = 0,
) -> VarianceShares:
    r"""Share the variance of the anticipated score among the parameters.

    With *f* what an anticipator expects, and parameters drawn independently of each other,

    .. math::

       S_j = \frac{\operatorname{Var} E[f \mid x_j]}{\operatorname{Var} f}, \qquad
       T_j = \frac{E \operatorname{Var}[f \mid x_{-j}]}{\operatorname{Var} f}

    are the main and the total share of parameter *j*: :math:`S_j \le T_j`, and what lies between
    comes from interactions.

    Parameters
    ----------
    study : Study
        The study.
    anticipator : Anticipator, optional
        What stands for the objective; the default one if left out.
    target : {"score", "seconds"}
        What varies.
    over : {"space", "trials"}
        Whether parameters are drawn evenly from their range, or from the values that were tried,
        which lie more densely where the search went.
    n_samples : int
        Candidates; a power of two is best.
    n_groups : int
        Groups of trials, each of which is left out once to see how much hangs on the trials there
        happen to be. 0 for no intervals.
    level : float
        Of the intervals.
    seed : int
        Of the draws and groups.

    Returns
    -------
    VarianceShares
        A row for each parameter searched.

    Raises
    ------
    StudyError
        If fewer than two trials can be learnt from, or an argument makes no sense.

    Notes
    -----
    Jansen's estimators on two blocks of Sobol's points; intervals by the grouped jackknife of the
    trials and Student's *t*. They tell what other trials would have changed, not what another
    anticipator would. Constraints of a space are not looked at.

    References
    ----------
    Hutter, Hoos and Leyton-Brown (2014), "An efficient approach for assessing hyperparameter
    importance", ICML, who share the variance of a random forest; Sobol' (1993), "Sensitivity
    estimates for nonlinear mathematical models"; Jansen (1999), "Analysis of variance designs for
    model output", Computer Physics Communications 117, pp. 35-43; Saltelli et al. (2010), same
    journal 181, pp. 259-270, table 2.

    Examples
    --------
    >>> from autotune import Float, Space, tune
    >>> from autotune_strategies import recipes
    >>> space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    >>> result = tune(lambda c: 2 * c["a"] + c["b"], space, n_trials=30, seed=1,
    ...              strategy=recipes.random_search())
    >>> variance_shares(result.study, n_groups=0).main.round(1)  # 4/5 and 1/5
    array([0.8, 0.2])
    """
    check_level(level)
    fitted = refits(study, anticipator, target=target, n_groups=n_groups, seed=seed)
    return shares_of(fitted, over=over, n_samples=n_samples, level=level, seed=seed)


def shares_of(
    fitted: Refits, *, over: Over, n_samples: int, level: float, seed: int
) -> VarianceShares:
    """Return the shares by surrogates that are at hand."""
    study = fitted.full.study
    names = study.known_space.searched
    a, b = background(study, n_samples, over=over, seed=seed, pairs=2)
    sd, shares = _first_and_total(fitted.full, a, b, names)
    low, high = np.full_like(shares, np.nan), np.full_like(shares, np.nan)
    if len(fitted.partial) > 0:
        partial = np.array([_first_and_total(each, a, b, names)[1] for each in fitted.partial])
        low, high = _interval(shares, partial, level)
    return VarianceShares(
        target=fitted.full.target,
        over=over,
        level=level,
        sd=sd,
        parameters=names,
        main=shares[0],
        main_low=low[0],
        main_high=high[0],
        total=shares[1],
        total_low=low[1],
        total_high=high[1],
    )


def _interval(estimate: Array, partial: Array, level: float) -> tuple[Array, Array]:
    half = t_quantile(level, len(partial) - 1) * jackknife_sd(partial)
    return np.clip(estimate - half, 0.0, 1.0), np.clip(estimate + half, 0.0, 1.0)


def _first_and_total(
    model: Surrogate, a: Background, b: Background, names: tuple[str, ...]
) -> tuple[float, Array]:
    """Return the standard deviation, and main and total shares, shape (2, d)."""
    n, d = len(a), len(names)
    mixed = [a.with_columns({name: b.columns[name]}) for name in names]
    blocks = [a.with_columns({}), b.with_columns({}), *mixed]
    f = _centred(model, blocks, n)
    variance = float(np.var(f[:2]))
    if not variance > 0:
        return 0.0, np.zeros((2, d))
    main = 1.0 - ((f[1] - f[2:]) ** 2).mean(axis=1) / (2 * variance)
    total = ((f[0] - f[2:]) ** 2).mean(axis=1) / (2 * variance)
    # By itself a parameter explains no more than in all; the draws' inaccuracy may say otherwise.
    return float(np.sqrt(variance)), np.clip(np.array([np.minimum(main, total), total]), 0.0, 1.0)


def _centred(model: Surrogate, blocks: list[dict[str, Array]], n: int) -> Array:
    f = model.predict(joined(blocks)).mean.reshape(len(blocks), n)
    return np.asarray(f - f[:2].mean())


def interactions(
    study: Study,
    anticipator: Anticipator | None = None,
    *,
    target: Target = "score",
    over: Over = "space",
    n_samples: int = 256,
    n_groups: int = 5,
    most: int = 8,
    level: float = 0.95,
    seed: int = 0,
) -> Interactions:
    r"""Tell which pairs of parameters work together.

    .. math::

       S_{jk} = \frac{\operatorname{Var} E[f \mid x_j, x_k]}{\operatorname{Var} f} - S_j - S_k

    is the share of the variance that two parameters explain beyond what each explains by itself.
    Pairs are made of the parameters with the largest total shares.

    Parameters
    ----------
    study, anticipator, target, over, n_samples, n_groups, level, seed
        As for ``variance_shares``.
    most : int
        Of how many parameters pairs are made.

    Returns
    -------
    Interactions
        The pairs, the strongest first.

    Raises
    ------
    StudyError
        If fewer than two trials can be learnt from, or an argument makes no sense.

    References
    ----------
    As for ``variance_shares``.

    Examples
    --------
    >>> from autotune import Float, Space, tune
    >>> from autotune_strategies import recipes
    >>> space = Space({"a": Float(0, 1), "b": Float(0, 1), "c": Float(0, 1)})
    >>> result = tune(lambda c: (c["a"] - 0.5) * (c["b"] - 0.5) + c["c"] / 9, space, n_trials=60,
    ...              seed=1, strategy=recipes.random_search())
    >>> pairs = interactions(result.study, n_groups=0)
    >>> pairs.first[0], pairs.second[0]
    ('a', 'b')
    """
    check_level(level)
    fitted = refits(study, anticipator, target=target, n_groups=n_groups, seed=seed)
    return interactions_of(
        fitted, over=over, n_samples=n_samples, most=most, level=level, seed=seed
    )


def interactions_of(
    fitted: Refits, *, over: Over, n_samples: int, most: int, level: float, seed: int
) -> Interactions:
    """Return the interactions by surrogates that are at hand."""
    study = fitted.full.study
    names = study.known_space.searched
    a, b = background(study, n_samples, over=over, seed=seed, pairs=2)
    _, shares = _first_and_total(fitted.full, a, b, names)
    strongest = np.argsort(-shares[1], kind="stable")[:most]
    pairs = [(names[i], names[j]) for i, j in combinations(sorted(strongest.tolist()), 2)]
    # What a pair explains together is part of what each explains with others.
    room = dict(zip(names, shares[1] - shares[0], strict=True))
    most_of = np.array([min(room[j], room[k]) for j, k in pairs])
    strength = np.minimum(_pair_shares(fitted.full, a, b, pairs), most_of)
    low, high = np.full_like(strength, np.nan), np.full_like(strength, np.nan)
    if len(fitted.partial) > 0 and len(pairs) > 0:
        partial = np.array([_pair_shares(each, a, b, pairs) for each in fitted.partial])
        low, high = _interval(strength, partial, level)
    order = np.argsort(-strength, kind="stable")
    return Interactions(
        target=fitted.full.target,
        over=over,
        level=level,
        first=tuple(pairs[i][0] for i in order),
        second=tuple(pairs[i][1] for i in order),
        share=strength[order],
        low=low[order],
        high=high[order],
    )


def _pair_shares(
    model: Surrogate, a: Background, b: Background, pairs: list[tuple[str, str]]
) -> Array:
    n = len(a)
    involved = sorted({name for pair in pairs for name in pair})
    alone = [a.with_columns({name: b.columns[name]}) for name in involved]
    both = [a.with_columns({j: b.columns[j], k: b.columns[k]}) for j, k in pairs]
    f = _centred(model, [a.with_columns({}), b.with_columns({}), *alone, *both], n)
    variance = float(np.var(f[:2]))
    if not variance > 0 or len(pairs) == 0:
        return np.zeros(len(pairs))
    share = 1.0 - ((f[1] - f[2:]) ** 2).mean(axis=1) / (2 * variance)
    main = dict(zip(involved, share[: len(involved)], strict=True))
    own = share[len(involved) :]
    beyond = [s - main[j] - main[k] for s, (j, k) in zip(own, pairs, strict=True)]
    return np.asarray(np.clip(np.array(beyond), 0.0, 1.0))
