"""Configurations that were tried more than once, and what they say of luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autotune.space.columns import fingerprints
from autotune.study.study import Study

__all__ = ["evaluations_of", "is_noisy", "same_configuration"]


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


def is_noisy(study: Study) -> bool | None:
    """Tell whether evaluating a configuration again may give another score.

    What was said when the study began counts first. Otherwise what was seen does: two trials of a
    configuration that scored differently on the same folds, or, while there are none, two or more
    that scored alike.

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
