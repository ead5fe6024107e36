"""A study as a function: what an anticipator makes of its trials, anywhere in the space."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import evolve as replace
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.target import Target, check_target, usable_trials
from autotune.errors import StudyError
from autotune.space import Coordinates
from autotune.strategy import AnticipateQuery, Anticipator, Estimate, Key
from autotune.strategy.blas import one_thread
from autotune.strategy.defaults import default_anticipator
from autotune.strategy.state import learnt
from autotune.study import Study
from autotune.study.table import Table

__all__ = ["Refits", "Surrogate", "joined", "refits", "surrogate"]

Array = NDArray[np.float64]

# Rows asked about at once, so that matrices of distances stay small.
_CHUNK = 2048

_TOLD = {"score": "a score", "seconds": "a fit time", "success": "a verdict"}


@frozen(eq=False)
class Surrogate:
    """An anticipator that has seen a study's trials.

    Parameters
    ----------
    study : Study
        What it has seen.
    anticipator : Anticipator
        The anticipator.
    state : object
        Its state.
    target : {"score", "seconds", "success"}
        What of.
    key : Key
        Address of randomness.
    """

    study: Study = field(repr=False)
    anticipator: Anticipator
    state: Any = field(repr=False)
    target: str
    key: Key

    def predict(self, coordinates: Coordinates) -> Estimate:
        """Return means and standard deviations, the scores as the user's scorer counts them.

        Parameters
        ----------
        coordinates : mapping of str to ndarray
            Of n configurations, NaN where inactive.

        Raises
        ------
        StudyError
            If the anticipator has nothing to say.
        """
        n = len(next(iter(coordinates.values())))
        parent = self.study.incumbent if self.study.incumbent is not None else 1
        means, sds = [], []
        with one_thread():
            for begin in range(0, max(n, 1), _CHUNK):
                rows = {name: c[begin : begin + _CHUNK] for name, c in coordinates.items()}
                m = len(next(iter(rows.values())))
                estimate: Estimate | None = self.anticipator.read(
                    self.state,
                    AnticipateQuery(
                        self.study,
                        self.key,
                        self.target,
                        rows,
                        np.full(m, parent, dtype=np.int64),
                    ),
                )
                if estimate is None:
                    raise StudyError(
                        f"{type(self.anticipator).__name__} says nothing of "
                        f"{len(usable_trials(self.study, self.target))} trials; "
                        "record more of them, or take another anticipator"
                    )
                means.append(estimate.mean)
                sds.append(estimate.sd)
        sign = self.study.sign if self.target == "score" else 1.0
        return Estimate(sign * np.concatenate(means), np.concatenate(sds))

    def joint(self, coordinates: Coordinates) -> tuple[Array, Array, float] | None:
        """Return what is known of several configurations together, larger values being better.

        Parameters
        ----------
        coordinates : mapping of str to ndarray
            Of n configurations.

        Returns
        -------
        tuple, or None
            Means, shape (n,), their covariance, shape (n, n), and the variance of the luck in one
            evaluation; None where the anticipator does not tell, or has nothing to say.
        """
        n = len(next(iter(coordinates.values())))
        asked = AnticipateQuery(
            self.study, self.key, self.target, coordinates, np.ones(n, dtype=np.int64)
        )
        joint = getattr(self.anticipator, "joint", None)
        with one_thread():
            estimate: Estimate | None = self.anticipator.read(self.state, asked)
            told = None if joint is None else joint(self.state, asked)
        if told is None or estimate is None or estimate.noise is None:
            return None
        covariance = np.asarray(told[1])
        sd = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
        scale = float(np.median(estimate.sd[sd > 0] / sd[sd > 0])) if np.any(sd > 0) else 1.0
        return estimate.mean, covariance * scale * scale, float(np.median(estimate.noise)) ** 2

    def nothing_matters(self) -> tuple[float, float, float] | None:
        """Return the chance that no parameter matters, and mean and variance of values then.

        None where the anticipator does not tell.
        """
        told = getattr(self.anticipator, "nothing_matters", None)
        if told is None:
            return None
        with one_thread():
            answer: tuple[float, float, float] | None = told(self.state, self.study, self.key)
        return answer


def surrogate(
    study: Study,
    anticipator: Anticipator | None = None,
    *,
    target: Target = "score",
    seed: int = 0,
) -> Surrogate:
    """Show a study's trials to an anticipator.

    Parameters
    ----------
    study : Study
        The study.
    anticipator : Anticipator, optional
        What is to learn from it; that of
        ``autotune.strategy.defaults.default_anticipator`` if left out.
    target : {"score", "seconds", "success"}
        What of.
    seed : int
        Of an anticipator that draws.

    Returns
    -------
    Surrogate
        Its ``predict`` tells what is expected anywhere in the space.

    Raises
    ------
    StudyError
        If the target is neither, or fewer than two trials can be learnt from.

    Notes
    -----
    A study doesn't hold its events. An anticipator that learns when a verdict comes is shown the
    last one, with the whole study before it; one that adds things up over all events, such as
    ``Ensemble``, begins from nothing there.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=30, seed=1)
    >>> space = result.study.known_space
    >>> mean = surrogate(result.study).predict(space.encode([{"x": 1.0}, {"x": 3.0}])).mean
    >>> bool(mean[1] > mean[0])
    True
    """
    check_target(target, success=True)
    n = len(usable_trials(study, target))
    if n < 2:
        raise StudyError(
            f"the study has {n} trials with {_TOLD[target]}; "
            "at least 2 are needed to tell what it depends on"
        )
    chosen = default_anticipator(target) if anticipator is None else anticipator
    key = Key(seed).child("analysis", target)
    return Surrogate(study, chosen, learnt(study, chosen), target, key)


@frozen(eq=False)
class Refits:
    """A surrogate, and others that each leave some trials out.

    Parameters
    ----------
    full : Surrogate
        Of all trials.
    partial : tuple of Surrogate
        Each of all but one group.
    held_out : tuple of ndarray of int64
        The trials of that group.
    """

    full: Surrogate
    partial: tuple[Surrogate, ...] = field(repr=False)
    held_out: tuple[NDArray[np.int64], ...] = field(repr=False)


def refits(
    study: Study,
    anticipator: Anticipator | None,
    *,
    target: Target,
    n_groups: int,
    seed: int,
) -> Refits:
    """Show a study to an anticipator, and again without each of some groups of its trials.

    With fewer than two trials to a group there are as many groups as pairs of trials; with fewer
    than six trials there are none.
    """
    if n_groups < 0:
        raise StudyError(f"n_groups = {n_groups!r} must be a whole number >= 0")
    full = surrogate(study, anticipator, target=target, seed=seed)
    trials = usable_trials(study, target)
    g = min(n_groups, len(trials) // 2)
    if g < 3:
        return Refits(full, (), ())
    shuffled = Key(seed).child("groups").generator().permutation(trials)
    groups = [np.sort(shuffled[i::g]) for i in range(g)]
    partial = tuple(
        surrogate(_without(study, group), full.anticipator, target=target, seed=seed)
        for group in groups
    )
    return Refits(full, partial, tuple(groups))


def _without(study: Study, trials: Sequence[int] | NDArray[np.int64]) -> Study:
    """Return the study with some trials unjudged: nothing is learnt from those."""
    rows = study.verdicts.rows
    return replace(study, verdicts=Table.of(rows[~np.isin(rows["trial"], trials)].copy()))


def joined(parts: Iterable[Coordinates]) -> dict[str, Array]:
    """Return the rows of several coordinates one after the other, sequences padded alike."""
    listed = list(parts)
    out: dict[str, Array] = {}
    for name, first in listed[0].items():
        columns = [np.asarray(part[name], dtype=np.float64) for part in listed]
        if first.ndim == 2:
            width = max(c.shape[1] for c in columns)
            columns = [
                np.pad(c, ((0, 0), (0, width - c.shape[1])), constant_values=np.nan)
                for c in columns
            ]
        out[name] = np.concatenate(columns)
    return out
