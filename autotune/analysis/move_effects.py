"""How much moves in each parameter changed the score or the fit time, from the moves recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.optimize import nnls

from autotune.analysis.columns import Columns
from autotune.analysis.intervals import (
    check_level,
    normal_quantile,
    percentile_interval,
    variance_interval,
)
from autotune.analysis.recorded_moves import RecordedMoves, recorded_moves
from autotune.analysis.target import Target
from autotune.strategy import Key
from autotune.study import Study

__all__ = ["MoveEffects", "move_effects"]

Array = NDArray[np.float64]

# Moves are resampled in at most so many bundles, which keeps 50,000 of them quick.
_MOST_BUNDLES = 400
# Keeps what hardly can be told apart from running off in opposite directions.
_RIDGE = 1e-4
# Rounds of weighing, and the least square of a move to be expected, as a share of the mean.
_ROUNDS = 4
_LEAST_SHARE = 1e-3
# With fewer bundles than this, a resample says too little to be called an interval.
_FEWEST = 3


@frozen(eq=False)
class MoveEffects(Columns):
    """Effects of moves in each parameter on a target, row ``j`` for parameter ``j``.

    Parameters
    ----------
    target : {"score", "seconds"}
        What was changed.
    log : bool
        Whether changes are those of the logarithm.
    level : float
        Of the intervals.
    noise_known : bool
        Whether folds told how noisy changes are, so that this could be taken out.
    parameters : tuple of str
        Those searched.
    n_moves, n_alone : ndarray of int64
        Moves in which the parameter moved, and those in which nothing else did.
    effect, effect_low, effect_high : ndarray
        How large a change by a move of it is, as the root of its mean square with the noise of
        folds taken out, and its interval. Never negative; NaN without a move, and where it always
        moved together with others, so that they can't be told apart.
    change, change_low, change_high : ndarray
        The mean change by a move of it, after less before, in the target's own units.
    n_up, n_down : ndarray of int64
        Moves in which it rose and fell; for sequences, grew and shrank. 0 for choices.
    up, up_low, up_high, down, down_low, down_high : ndarray
        The mean change by a move in that direction.
    """

    target: str
    log: bool
    level: float
    noise_known: bool
    parameters: tuple[str, ...]
    n_moves: NDArray[np.int64]
    n_alone: NDArray[np.int64]
    effect: Array
    effect_low: Array
    effect_high: Array
    change: Array = field(repr=False)
    change_low: Array = field(repr=False)
    change_high: Array = field(repr=False)
    n_up: NDArray[np.int64] = field(repr=False)
    up: Array = field(repr=False)
    up_low: Array = field(repr=False)
    up_high: Array = field(repr=False)
    n_down: NDArray[np.int64] = field(repr=False)
    down: Array = field(repr=False)
    down_low: Array = field(repr=False)
    down_high: Array = field(repr=False)

    @property
    def order(self) -> NDArray[np.int64]:
        """The rows by size of effect, the largest first; those never moved come last."""
        return np.argsort(-np.nan_to_num(self.effect, nan=-1.0), kind="stable")


def move_effects(
    study: Study,
    *,
    target: Target = "score",
    log: bool = False,
    level: float = 0.95,
    n_resamples: int = 500,
    seed: int = 0,
) -> MoveEffects:
    r"""Tell from the recorded moves how much a move in each parameter changes a target.

    Every trial is compared with the one it stepped from, fold by fold, so that what makes one fold
    harder than another cancels. Of a move *t* with change :math:`\Delta_t`, variance
    :math:`v_t` of that by its folds, and moved parameters :math:`m_{tj} \in \{0, 1\}`,

    .. math::

       \Delta_t^2 - v_t \approx \sum_j m_{tj}\, e_j^2, \quad e_j^2 \ge 0,
       \qquad
       \Delta_t \approx \sum_j m_{tj}\, c_j

    by least squares, a move weighing the less the more its parameters change: the effect
    :math:`e_j` is how large a change by a move in *j* is, the change :math:`c_j` what it is on
    average; up and down likewise, with a column for each. With one parameter moved at a time these
    are the root mean square, without noise, and the mean.
    Where several moved, effects are taken to add up as independent ones do.

    Parameters
    ----------
    study : Study
        The study.
    target : {"score", "seconds"}
        What is changed: the score as the user's scorer counts it, or the mean fit seconds of a
        fold.
    log : bool
        Whether to look at changes of the logarithm, as is apt for seconds: ``exp(effect)`` is then
        a factor.
    level : float
        Of the intervals.
    n_resamples : int
        Bootstrap resamples of the moves.
    seed : int
        Of these.

    Returns
    -------
    MoveEffects
        A row for each parameter searched.

    Raises
    ------
    StudyError
        If the target or the level makes no sense.

    Notes
    -----
    Intervals are those of bootstrap resamples of whole moves (of effects that stand out, by their
    standard error), widened by the noise that moves from the same trial share. A trial that was
    stepped from was often a lucky one, so that mean changes are a little too low. With objectives
    that have no folds the noise of an evaluation can't be told from an effect and stays in.

    References
    ----------
    Morris (1991), "Factorial sampling plans for preliminary computational experiments",
    Technometrics 33, pp. 161-174, for effects measured step by step; Efron and Tibshirani (1993),
    "An Introduction to the Bootstrap", chapter 13; Satterthwaite (1946), "An approximate
    distribution of estimates of variance components", Biometrics Bulletin 2, pp. 110-114. That
    squares are regressed on what moved is our own, after the decomposition of variances.

    Examples
    --------
    >>> from autotune import Float, Space, tune
    >>> from autotune_strategies import recipes
    >>> space = Space({name: Float(0, 1) for name in ("strong", "weak", "idle")})
    >>> result = tune(lambda c: c["strong"] + 0.1 * c["weak"], space, n_trials=60, seed=1,
    ...              strategy=recipes.random_walk())
    >>> effects = move_effects(result.study)
    >>> [effects.parameters[j] for j in effects.order]
    ['strong', 'weak', 'idle']
    """
    check_level(level)
    moves = recorded_moves(study, target=target, log=log)
    return effects_of(moves, level=level, n_resamples=n_resamples, seed=seed)


def effects_of(moves: RecordedMoves, *, level: float, n_resamples: int, seed: int) -> MoveEffects:
    """Return the effects of moves that are at hand."""
    d = len(moves.parameters)
    usable = np.isfinite(moves.change) & moves.moved.any(axis=1)
    moved = moves.moved[usable].astype(np.float64)
    direction = moves.direction[usable]
    change = moves.change[usable]
    square = change**2 - np.nan_to_num(moves.noise[usable])
    up = moved * (direction > 0)
    down = moved * (direction < 0)
    rest = moved * (direction == 0)
    split = np.concatenate([up, down, rest], axis=1)
    rng = Key(seed).child("move effects").generator()
    bundles = _bundles(len(change), n_resamples, rng)
    noise = np.nan_to_num(moves.noise[usable])
    spread = _expected_square(moved, square, noise)
    # Half of the noise of a difference is that of the trial stepped from.
    luck = _Luck(moves.parents[usable], noise / 2)
    effect, effect_low, effect_high = _fitted(
        moved, square, spread**-2, bundles, luck, level, positive=True
    )
    mean, mean_low, mean_high = _fitted(moved, change, 1 / spread, bundles, luck, level)
    way, way_low, way_high = _fitted(split, change, 1 / spread, bundles, luck, level)
    return MoveEffects(
        target=moves.target,
        log=moves.log,
        level=level,
        noise_known=bool(np.isfinite(moves.noise[usable]).any()),
        parameters=moves.parameters,
        n_moves=moved.sum(axis=0).astype(np.int64),
        n_alone=moved[moved.sum(axis=1) == 1].sum(axis=0).astype(np.int64),
        effect=effect,
        effect_low=effect_low,
        effect_high=effect_high,
        change=mean,
        change_low=mean_low,
        change_high=mean_high,
        n_up=up.sum(axis=0).astype(np.int64),
        up=way[:d],
        up_low=way_low[:d],
        up_high=way_high[:d],
        n_down=down.sum(axis=0).astype(np.int64),
        down=way[d : 2 * d],
        down_low=way_low[d : 2 * d],
        down_high=way_high[d : 2 * d],
    )


@frozen(eq=False)
class _Bundles:
    """Which bundle each move is in, and how often each resample holds each bundle."""

    of: NDArray[np.int64]
    times: Array


@frozen(eq=False)
class _Luck:
    """The noise that moves from the same trial share."""

    parents: NDArray[np.int64]
    variance: Array

    def sd(self, of_moves: Array, *, squared: bool) -> Array:
        """Return the standard deviations it gives to sums of moves, weights of shape (p, n)."""
        _, group = np.unique(self.parents, return_inverse=True)
        count = np.bincount(group)
        variance = np.bincount(group, self.variance) / count
        if squared:  # of a squared normal variable, and as much again for its estimate
            variance = 4.0 * variance**2
        total = np.zeros((len(of_moves), len(count)))
        for j, weights in enumerate(of_moves):
            total[j] = np.bincount(group, weights, minlength=len(count))
        return np.asarray(np.sqrt((total**2 * variance).sum(axis=1)))


def _bundles(n: int, n_resamples: int, rng: np.random.Generator) -> _Bundles:
    g = min(n, _MOST_BUNDLES)
    if g == 0:
        return _Bundles(np.zeros(0, dtype=np.int64), np.zeros((n_resamples, 0)))
    of = rng.permutation(np.arange(n) % g)
    times = rng.multinomial(g, np.full(g, 1.0 / g), size=n_resamples).astype(np.float64)
    return _Bundles(of, times)


def _expected_square(moved: Array, square: Array, noise: Array) -> Array:
    """Return the square to be expected of each move, in units of the mean, by what moved in it."""
    mean = float(np.mean(np.maximum(square, 0.0) + noise)) if len(square) > 0 else 0.0
    expected = np.ones(len(square))
    if not 0 < mean < np.inf:
        return expected
    for _ in range(_ROUNDS):
        w = expected**-2
        gram, right = moved.T @ (moved * w[:, None]), moved.T @ (w * square / mean)
        effect = _solve(gram, right, positive=True)
        expected = np.maximum(moved @ effect + noise / mean, _LEAST_SHARE)
    return expected


def _fitted(
    X: Array,
    y: Array,
    w: Array,
    bundles: _Bundles,
    luck: _Luck,
    level: float,
    *,
    positive: bool = False,
) -> tuple[Array, Array, Array]:
    """Return coefficients with their intervals, NaN for those that can't be told."""
    d = X.shape[1]
    nothing = np.full(d, np.nan)
    known, apart = X.any(axis=0), _identified(X)
    g = bundles.times.shape[1]
    if g == 0 or not known.any():
        return nothing, nothing.copy(), nothing.copy()
    X = X[:, known]
    scale = float(np.abs(y).max())
    scale = scale if 0 < scale < np.inf else 1.0
    p = X.shape[1]
    grams, rights = np.zeros((g, p, p)), np.zeros((g, p))
    weighted = X * (w / w.mean())[:, None]
    np.add.at(grams, bundles.of, weighted[:, :, None] * X[:, None, :])
    np.add.at(rights, bundles.of, weighted * (y / scale)[:, None])

    total = grams.sum(axis=0)
    fit = _solve(total, rights.sum(axis=0), positive=positive) * scale
    out = [np.full(d, np.nan) for _ in range(3)]
    out[0][known] = fit
    if g >= _FEWEST:
        total_grams = (bundles.times @ grams.reshape(g, p * p)).reshape(-1, p, p)
        total_rights = bundles.times @ rights
        resampled = scale * np.array(
            [
                _solve(a, b, positive=positive)
                for a, b in zip(total_grams, total_rights, strict=True)
            ]
        )
        # A resample in which a parameter never moved says nothing of it.
        resampled[np.einsum("bjj->bj", total_grams) == 0] = np.nan
        # What all moves from one trial share, resampling them doesn't show.
        shared = normal_quantile(level) * luck.sd(
            np.linalg.lstsq(total, weighted.T, rcond=None)[0], squared=positive
        )
        for j, place in enumerate(np.flatnonzero(known)):
            draws = resampled[~np.isnan(resampled[:, j]), j]
            if len(draws) > 0:
                ends = None
                if positive:
                    ends = variance_interval(float(fit[j]), float(draws.std()), level)
                low, high = ends or map(float, percentile_interval(draws, level))
                out[1][place] = fit[j] - np.hypot(max(fit[j] - low, 0.0), shared[j])
                out[2][place] = fit[j] + np.hypot(max(high - fit[j], 0.0), shared[j])
    if positive:
        out = [np.sqrt(np.maximum(column, 0.0)) for column in out]
    for column in out:
        column[~apart] = np.nan
    return out[0], out[1], out[2]


def _identified(X: Array) -> NDArray[np.bool_]:
    """Tell which columns are not the sum of multiples of others: those of moves seen apart."""
    gram = X.T @ X
    identified = np.diag(gram) > 0
    places = np.flatnonzero(identified)
    inverse = np.linalg.pinv(gram[np.ix_(places, places)], hermitian=True)
    # A column that others make up leaves nothing of itself in the projection on all of them.
    within = np.einsum("ij,ji->i", inverse, gram[np.ix_(places, places)])
    identified[places] = within > 1 - 1e-9
    return identified


def _solve(gram: Array, right: Array, *, positive: bool) -> Array:
    own = np.diag(gram)
    ridge = _RIDGE * np.where(own > 0, own, 1.0)
    a: Array = gram + np.diag(ridge)
    # The penalty pulls towards the average, not towards nothing.
    weight = float(gram.sum())
    middle = float(right.sum()) / weight if weight > 0 else 0.0
    b = right + ridge * (max(middle, 0.0) if positive else middle)
    if positive:
        try:
            root = np.linalg.cholesky(a)
            solution: Any = nnls(root.T, np.linalg.solve(root, b))[0]
        except (np.linalg.LinAlgError, RuntimeError):
            solution = np.maximum(np.linalg.lstsq(a, b, rcond=None)[0], 0.0)
        return np.asarray(solution, dtype=np.float64)
    return np.asarray(np.linalg.solve(a, b), dtype=np.float64)
