"""Configurations that were tried more than once, and what they say of luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autotune.space.columns import fingerprints
from autotune.study.study import Study

__all__ = ["evaluations_of", "is_noisy", "repeat_of", "same_configuration", "same_split"]


def evaluations_of(study: Study) -> NDArray[np.int64]:
    """Return for each trial the first trial of its configuration, from 1; itself if it is that.

    Parameters
    ----------
    study : Study
        The study; it must have started.

    Returns
    -------
    ndarray of int64, shape (n_trials,)

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune_strategies import Reevaluate, recipes
    >>> from attrs import evolve
    >>> walk = evolve(recipes.random_walk(), move=Reevaluate())
    >>> found = tune(lambda c: c["x"], {"x": 1.0}, n_trials=3, strategy=walk, seed=2)
    >>> len(evaluations_of(found.study))
    3
    """
    first: dict[bytes, int] = {}
    prints = fingerprints(study.known_space, study.coordinates) if study.n_trials > 0 else []
    return np.array([first.setdefault(key, i + 1) for i, key in enumerate(prints)], dtype=np.int64)


def same_configuration(study: Study, trial: int) -> list[int]:
    """Return the trials with a trial's configuration, itself among them.

    Inactive parameters and padding, both NaN, are equal to themselves.
    """
    same = np.ones(study.n_trials, dtype=np.bool_)
    for column in study.coordinates.values():
        value = column[trial - 1]
        equal = (column == value) | (np.isnan(column) & np.isnan(value))
        same &= equal if equal.ndim == 1 else equal.all(axis=1)
    return [int(i) + 1 for i in np.flatnonzero(same)]


def repeat_of(study: Study, trial: int) -> int:
    """Return on which of the objective's splits, or with which of its seeds, a trial is evaluated.

    It is the number of earlier trials of the same configuration, those taken over left out; where
    the study says how many repeats there are, they come round again.

    Parameters
    ----------
    study : Study
        The study; it must have started.
    trial : int
        The trial.

    Returns
    -------
    int
        From 0 on; 0 for a trial that was taken over.

    Examples
    --------
    >>> from autotune.tuner import Tuner
    >>> tuner = Tuner({"x": 1.0}, n_repeats=2)
    >>> trials = [tuner.propose({"x": 2.0}).trial for _ in range(3)]
    >>> [repeat_of(tuner.study, trial) for trial in trials]
    [0, 1, 0]
    """
    if study.origin(trial) == "prior":
        return 0
    before = [
        other
        for other in same_configuration(study, trial)
        if other < trial and study.origin(other) != "prior"
    ]
    n_repeats = study.begun.n_repeats
    return len(before) if n_repeats is None else len(before) % n_repeats


def same_split(study: Study, trial: int, other: int) -> bool:
    """Tell whether two trials' folds with the same number are the same folds.

    Those of earlier results that were taken over may come from another split, or be a mean written
    as fold 0; so a taken-over trial shares none with the study's own. Neither does one that was
    evaluated on another of the study's splits.

    Parameters
    ----------
    study : Study
        The study; it must have started.
    trial, other : int
        Two trials.
    """
    if (study.origin(trial) == "prior") != (study.origin(other) == "prior"):
        return False
    if study.begun.n_repeats in (None, 1):
        return True
    return repeat_of(study, trial) == repeat_of(study, other)


def is_noisy(study: Study) -> bool | None:
    """Tell whether evaluating a configuration again may give another score.

    What was said when the study began counts first. Otherwise what was seen does: two trials of a
    configuration that scored differently on folds of the same numbers, or, while there are none,
    two or more that scored alike.

    Parameters
    ----------
    study : Study
        The study; it must have started.

    Returns
    -------
    bool or None
        None where nothing is known: no configuration has been evaluated twice.
    """
    said = study.begun.deterministic
    if said is not None:
        return not said
    usable = study.outcomes().usable
    first = evaluations_of(study)
    counts = np.bincount(first[usable], minlength=study.n_trials + 1)
    known: bool | None = None
    for one in np.flatnonzero(counts >= 2).tolist():
        runs: dict[int, float] = {}
        for trial in (np.flatnonzero((first == one) & usable) + 1).tolist():
            if study.origin(trial) == "prior":
                continue  # it may come from other data
            measured = study.measurement(trial)
            for fold, score in zip(measured.folds, measured.scores, strict=True):
                if fold in runs:
                    if runs[fold] != score:
                        return True
                    known = False
                runs[fold] = score
    return known
