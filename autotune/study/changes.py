"""Changes of trials against those they stepped from, as values and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.space.equality import Exactly
from autotune.study.formatting import format_value
from autotune.study.study import Study

__all__ = ["INACTIVE", "changes", "describe_change", "describe_changes", "parameters_changed"]

Trials = Sequence[int] | NDArray[np.int64]

_ORIGINS = {"prior": "earlier result"}


@frozen
class _Inactive:
    """Stands for the value of a parameter whose condition does not hold."""

    def __repr__(self) -> str:
        return "inactive"


INACTIVE = _Inactive()


@frozen(eq=False)
class _Pairs:
    """Trials beside those they stepped from, which come first in each column."""

    coordinates: dict[str, NDArray[np.float64]]
    active: dict[str, NDArray[np.bool_]]
    differ: NDArray[np.bool_]


def _pairs(study: Study, trials: NDArray[np.int64]) -> _Pairs:
    n, space = len(trials), study.known_space
    parents = study.proposals["parent"][trials - 1]
    rows = np.concatenate([np.where(parents > 0, parents, trials), trials]) - 1
    coordinates = {name: study.proposals[f"param_{name}"][rows] for name in space}
    active = space.active(coordinates)
    differ = np.zeros((n, len(space.names)), dtype=np.bool_)
    for j, name in enumerate(space):
        before, after = coordinates[name][:n], coordinates[name][n:]
        same = (before == after) | (np.isnan(before) & np.isnan(after))
        if same.ndim == 2:
            same = same.all(axis=1)
        on_before, on_after = active[name][:n], active[name][n:]
        differ[:, j] = (on_before != on_after) | (on_before & ~same)
    return _Pairs(coordinates, active, differ)


def parameters_changed(study: Study) -> NDArray[np.bool_]:
    """Tell which parameters differ between each trial and the one that it stepped from.

    Parameters
    ----------
    study : Study
        The study; it must have started.

    Returns
    -------
    ndarray of bool, shape (n_trials, n_parameters)
        In the order of the space; a trial without parent changed nothing.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune_strategies import recipes
    >>> result = tune(lambda c: c["x"], {"x": 1.0}, n_trials=2, strategy=recipes.random_walk())
    >>> parameters_changed(result.study).tolist()
    [[False], [True]]
    """
    return _pairs(study, np.arange(1, study.n_trials + 1)).differ


def changes(study: Study, trials: Trials) -> list[dict[str, tuple[Any, Any]]]:
    """Return what trials changed: for each parameter that differs, before and after.

    Parameters
    ----------
    study : Study
        The study.
    trials : sequence of int
        The trials.

    Returns
    -------
    list of dict of str to (object, object)
        In the order in which the parameters were drawn; empty for a trial without parent.
        ``INACTIVE`` stands for the value of a parameter whose condition does not hold.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune_strategies import recipes
    >>> result = tune(lambda c: c["x"], {"x": 1.0}, n_trials=2, strategy=recipes.random_walk())
    >>> changes(result.study, [1, 2])[1]["x"][0]
    1.0
    """
    which = np.asarray(trials, dtype=np.int64)
    if len(which) == 0:
        return []
    pairs, space, n = _pairs(study, which), study.known_space, len(which)
    names = list(space)
    changed: list[dict[str, tuple[Any, Any]]] = [{} for _ in range(n)]
    for i, j in zip(*(index.tolist() for index in np.nonzero(pairs.differ)), strict=True):
        name = names[j]
        column, active, dimension = pairs.coordinates[name], pairs.active[name], space[name]
        changed[i][name] = (
            dimension.decode(column[i]) if active[i] else INACTIVE,
            dimension.decode(column[n + i]) if active[n + i] else INACTIVE,
        )
    moved = study.proposals["moved"][which - 1]
    for i, values in enumerate(changed):
        if len(values) > 1:
            drawn = [name for name in dict.fromkeys(moved[i]) if name in values]
            changed[i] = {name: values[name] for name in dict.fromkeys([*drawn, *values])}
    return changed


def describe_changes(study: Study, trials: Trials) -> list[str]:
    """Return what trials changed as text, such as "epochs from 2 to 6".

    Parameters
    ----------
    study : Study
        The study.
    trials : sequence of int
        The trials. One without parent says where it came from instead, and one that measures a
        configuration again says so.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: c["x"], {"x": 1.0}, n_trials=2, seed=1)
    >>> describe_changes(result.study, [1])
    ['start values']
    """
    return [
        _origin(study, int(trial))
        if study.parent(int(trial)) is None or study.origin(int(trial)) == "confirm"
        else "; ".join(
            f"{name} from {format_value(before)} to {format_value(after)}"
            for name, (before, after) in values.items()
        )
        or "nothing"
        for trial, values in zip(trials, changes(study, trials), strict=True)
    ]


def describe_change(study: Study, trial: int) -> str:
    """Return what a trial changed as text; see ``describe_changes``."""
    return describe_changes(study, [trial])[0]


def _origin(study: Study, trial: int) -> str:
    origin = study.origin(trial)
    if origin == "confirm":
        return f"trial {study.parent(trial)} measured again"
    if origin != "start":
        return _ORIGINS.get(origin, origin)
    start, tried = study.known_space.start, study.configuration(trial)
    same = start.keys() == tried.keys() and all(
        Exactly(tried[name]) == Exactly(value) for name, value in start.items()
    )
    return "start values" if same else "start point"
