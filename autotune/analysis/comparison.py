"""Two or more studies beside each other: how far each got, how fast, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.columns import Columns
from autotune.analysis.intervals import check_level, t_quantile
from autotune.analysis.trajectory import Trajectory, trajectory
from autotune.errors import StudyError
from autotune.study import Study

__all__ = ["Comparison", "compare"]

Array = NDArray[np.float64]

_POINTS = 200


@frozen(eq=False)
class Comparison(Columns):
    """Studies, or groups of studies, side by side; row ``i`` for the one of that name.

    Parameters
    ----------
    metric, direction : str
        What scores are called, and whether larger or smaller ones are better.
    clock : {"trials", "elapsed", "busy"}
        What curves run over.
    level : float
        Of the intervals.
    names : tuple of str
        Of the studies or groups, in the order given.
    n_studies : ndarray of int64
        Studies in each.
    n_trials : ndarray
        Mean number of judged trials.
    busy, elapsed : ndarray
        Mean seconds of fitting and scoring, and from beginning to end without pauses.
    best : ndarray
        Mean of the incumbents' scores; NaN where a study has none.
    best_sd : ndarray
        Their standard deviation between the studies of a group; of a single study, that of the
        incumbent between folds.
    gain, gain_low, gain_high : ndarray
        By how much it is better than the first, larger being better, and the interval of that; NaN
        where it can't be told.
    target : float
        The worst of the scores reached, which all reached.
    trials_to_target, busy_to_target : ndarray
        Mean number of trials and seconds until then.
    at : ndarray, shape (n,)
        Trials or seconds of the curves.
    curves, lows, highs : ndarray, shape (names, n)
        The incumbent's score by then, the mean over a group with the interval of that; NaN before
        the first incumbent and after the last trial.
    """

    metric: str
    direction: str
    clock: str
    level: float
    names: tuple[str, ...]
    n_studies: NDArray[np.int64]
    n_trials: Array
    busy: Array
    elapsed: Array
    best: Array
    best_sd: Array
    gain: Array
    gain_low: Array
    gain_high: Array
    target: float
    trials_to_target: Array
    busy_to_target: Array
    at: Array = field(repr=False)
    curves: Array = field(repr=False)
    lows: Array = field(repr=False)
    highs: Array = field(repr=False)

    def to_table(self) -> dict[str, NDArray[np.float64]]:
        """Return a row for each name, without the curves."""
        table = super().to_table()
        del table["at"]
        return table


def compare(
    studies: Mapping[str, Study | Iterable[Study]] | Iterable[Study],
    *,
    clock: str = "trials",
    level: float = 0.95,
) -> Comparison:
    r"""Compare two or more studies, or groups of studies such as one for each seed.

    Of two single studies whose incumbents were scored on the same folds, the gain is the mean of
    the differences *d* fold by fold, with the interval

    .. math:: \bar d \pm t_{k-1} \sqrt{\left(\tfrac1k + \tfrac1{k-1}\right) s_d^2}

    which allows for training sets that overlap. Of two groups with two or more studies each it is
    that of the means, with Welch's interval. Otherwise there is none.

    Parameters
    ----------
    studies : mapping of str to Study, or to several of them; or an iterable of Study
        What is compared; the first is what the others are compared with. Without names they are
        called by their ids.
    clock : {"trials", "elapsed", "busy"}
        What curves run over: judged trials, seconds without pauses, or seconds of fitting and
        scoring.
    level : float
        Of the intervals.

    Returns
    -------
    Comparison
        A row for each name, and curves.

    Raises
    ------
    StudyError
        If there are none, or they differ in metric or direction.

    Notes
    -----
    That folds are the same is taken from their number; studies on other data can't be told apart
    from the record. An incumbent's score is the best of many and a little too good in all of them.

    References
    ----------
    Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52, pp.
    239-281; Welch (1947), "The generalization of Student's problem when several different
    population variances are involved", Biometrika 34, pp. 28-35.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune_strategies import recipes
    >>> def runs(strategy):
    ...     return [tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=15, seed=seed,
    ...                  strategy=strategy).study for seed in range(3)]
    >>> walks = {"walk": runs(recipes.random_walk()), "2018": runs(recipes.autotune_2018())}
    >>> result = compare(walks)
    >>> result.names, result.n_studies.tolist(), result.curves.shape
    (('walk', '2018'), [3, 3], (2, 15))
    """
    check_level(level)
    if clock not in ("trials", "elapsed", "busy"):
        raise StudyError(f"clock = {clock!r} must be 'trials', 'elapsed' or 'busy'")
    groups = _named(studies)
    every = [study for group in groups.values() for study in group]
    if len(every) == 0:
        raise StudyError("there is no study to compare; give at least one")
    metric, direction = _alike(every)
    paths = {name: [trajectory(study) for study in group] for name, group in groups.items()}
    finals = {name: np.array([_final(path) for path in group]) for name, group in paths.items()}
    sign = 1.0 if direction == "maximize" else -1.0
    reached = np.concatenate(list(finals.values()))
    known = reached[np.isfinite(reached)]
    target = float(sign * np.min(sign * known)) if len(known) > 0 else math.nan
    names = tuple(groups)
    gains = np.array([_gain(groups, finals, names[0], name, sign, level) for name in names])
    at, curves = _curves(paths, clock)
    means, lows, highs = _bands(curves, level)
    return Comparison(
        metric=metric,
        direction=direction,
        clock=clock,
        level=level,
        names=names,
        n_studies=np.array([len(groups[name]) for name in names]),
        n_trials=_mean_of(paths, lambda path: float(len(path))),
        busy=_mean_of(paths, lambda path: float(path.busy[-1]) if len(path) else 0.0),
        elapsed=_mean_of(paths, lambda path: float(path.elapsed[-1]) if len(path) else 0.0),
        best=np.array([finals[name].mean() for name in names]),
        best_sd=np.array([_spread(groups[name], finals[name]) for name in names]),
        gain=gains[:, 0],
        gain_low=gains[:, 1],
        gain_high=gains[:, 2],
        target=target,
        trials_to_target=_mean_of(paths, lambda path: _until(path, target, "trials")),
        busy_to_target=_mean_of(paths, lambda path: _until(path, target, "busy")),
        at=at,
        curves=means,
        lows=lows,
        highs=highs,
    )


def _named(
    studies: Mapping[str, Study | Iterable[Study]] | Iterable[Study],
) -> dict[str, list[Study]]:
    if isinstance(studies, Mapping):
        groups = {
            str(name): [given] if isinstance(given, Study) else list(given)
            for name, given in studies.items()
        }
        empty = [name for name, group in groups.items() if len(group) == 0]
        if empty:
            raise StudyError(f"the group {empty[0]!r} holds no study; leave it out")
        return groups
    groups = {}
    for study in [studies] if isinstance(studies, Study) else studies:
        name = study.begun.study_id
        while name in groups:
            name += "'"
        groups[name] = [study]
    return groups


def _alike(studies: list[Study]) -> tuple[str, str]:
    first = studies[0].begun
    for study in studies[1:]:
        begun = study.begun
        if (begun.metric, begun.direction) != (first.metric, first.direction):
            raise StudyError(
                f"studies of {first.metric} ({first.direction}) and of {begun.metric} "
                f"({begun.direction}) can't be compared; compare those of one metric"
            )
    return first.metric, first.direction


def _final(path: Trajectory) -> float:
    return float(path.best[-1]) if len(path) > 0 else math.nan


def _mean_of(paths: dict[str, list[Trajectory]], what: object) -> Array:
    assert callable(what)
    return np.array([float(np.mean([what(path) for path in group])) for group in paths.values()])


def _spread(group: list[Study], final: Array) -> float:
    if len(group) > 1:
        return float(np.std(final, ddof=1))
    outcome = group[0].incumbent_outcome
    return math.nan if outcome is None or outcome.n_folds < 2 else outcome.score_sd


def _until(path: Trajectory, target: float, clock: str) -> float:
    reached = np.flatnonzero(path.sign * path.best >= path.sign * target)
    if len(reached) == 0:
        return math.nan
    first = int(reached[0])
    return float(first + 1) if clock == "trials" else float(path.busy[first])


def _gain(
    groups: dict[str, list[Study]],
    finals: dict[str, Array],
    first: str,
    name: str,
    sign: float,
    level: float,
) -> tuple[float, float, float]:
    if name == first:
        return 0.0, 0.0, 0.0
    a, b = finals[name], finals[first]
    gain = sign * float(a.mean() - b.mean())
    if len(a) > 1 and len(b) > 1:
        parts = np.array([np.var(x, ddof=1) / len(x) for x in (a, b)])
        if not parts.sum() > 0:
            return gain, gain, gain
        degrees = parts.sum() ** 2 / (parts[0] ** 2 / (len(a) - 1) + parts[1] ** 2 / (len(b) - 1))
        half = t_quantile(level, max(int(degrees), 1)) * math.sqrt(float(parts.sum()))
        return gain, gain - half, gain + half
    if len(a) == len(b) == 1:
        return _paired(groups[name][0], groups[first][0], sign, gain, level)
    return gain, math.nan, math.nan


def _paired(
    study: Study, other: Study, sign: float, gain: float, level: float
) -> tuple[float, float, float]:
    if study.incumbent is None or other.incumbent is None:
        return gain, math.nan, math.nan
    a, b = study.measurement(study.incumbent), other.measurement(other.incumbent)
    scores_a, scores_b = (
        dict(zip(a.folds, a.scores, strict=True)),
        dict(zip(b.folds, b.scores, strict=True)),
    )
    k = len(scores_a)
    if k < 2 or scores_a.keys() != scores_b.keys() or study.begun.n_folds != other.begun.n_folds:
        return gain, math.nan, math.nan
    difference = np.array([sign * (scores_a[fold] - scores_b[fold]) for fold in scores_a])
    middle = float(difference.mean())
    spread = float(difference.var(ddof=1))
    half = t_quantile(level, k - 1) * math.sqrt((1 / k + 1 / (k - 1)) * spread)
    return middle, middle - half, middle + half


def _curves(paths: dict[str, list[Trajectory]], clock: str) -> tuple[Array, dict[str, list[Array]]]:
    ends = [
        float(len(path)) if clock == "trials" else float(getattr(path, clock)[-1])
        for group in paths.values()
        for path in group
        if len(path) > 0
    ]
    longest = max(ends, default=0.0)
    if clock == "trials":
        at = np.unique(np.linspace(1, max(longest, 1), _POINTS).round())
    else:
        at = np.linspace(0.0, longest, _POINTS)
    curves: dict[str, list[Array]] = {}
    for name, group in paths.items():
        curves[name] = []
        for path in group:
            curve = path.best_after(at, clock=clock)
            end = float(len(path)) if clock == "trials" else _last(path, clock)
            # The point after the end shows where it ended.
            beyond = at > at[min(int(np.searchsorted(at, end)), len(at) - 1)]
            curves[name].append(np.where(beyond, np.nan, curve))
    return at, curves


def _last(path: Trajectory, clock: str) -> float:
    when = getattr(path, clock)
    return float(when[-1]) if len(when) > 0 else 0.0


def _bands(curves: dict[str, list[Array]], level: float) -> tuple[Array, Array, Array]:
    means, lows, highs = [], [], []
    for group in curves.values():
        stacked = np.array(group)
        mean = stacked.mean(axis=0)  # NaN unless all the studies are under way
        half = np.full_like(mean, np.nan)
        n = len(group)
        if n > 1:
            half = t_quantile(level, n - 1) * stacked.std(axis=0, ddof=1) / math.sqrt(n)
        means.append(mean)
        lows.append(mean - half)
        highs.append(mean + half)
    return np.array(means), np.array(lows), np.array(highs)
