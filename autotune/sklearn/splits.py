"""Other splits of the same data: a splitter drawn anew, for trials that confirm others."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autotune.strategy import Key

__all__ = ["check_redrawable", "other_splits"]

Split: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
Splits: TypeAlias = tuple[Split, ...]

_SEEDS = 2**32
"""What a splitter takes as ``random_state``."""


def check_redrawable(splitter: Any, n_repeats: int) -> None:
    """Check that a splitter can split the same data in other ways.

    Those can that draw, which their class shows by a parameter ``random_state``; where it has a
    parameter ``shuffle`` beside it, as ``KFold`` has, it is shuffled for that.

    Parameters
    ----------
    splitter : splitter
        As ``sklearn.model_selection.check_cv`` returns it.
    n_repeats : int
        How many splits are wanted, for the error.

    Raises
    ------
    ValueError
        If it can't.
    """
    if "random_state" in inspect.signature(type(splitter).__init__).parameters:
        return
    name = type(splitter).__name__.strip("_")
    raise ValueError(
        f"n_repeats = {n_repeats} asks for other splits, and cv = {name} has no random_state with "
        "which to draw them; use a splitter that shuffles or draws, such as KFold, StratifiedKFold "
        "or ShuffleSplit, or n_repeats=1"
    )


def other_splits(
    splitter: Any,
    splits: Splits,
    *,
    n_repeats: int,
    seed: int,
    X: Any,
    y: Any,
    routed: Mapping[str, Any],
) -> tuple[Splits, ...]:
    """Return other splits than the first, each drawn with a seed of its own.

    Parameters
    ----------
    splitter : splitter
        It is left as it is.
    splits : tuple of (train, test)
        The first.
    n_repeats : int
        How many there are to be, with the first.
    seed : int
        The search's; those of the splitters follow from it.
    X, y : array-like
        The data.
    routed : mapping
        Passed to ``split``, such as groups.

    Returns
    -------
    tuple
        Of ``n_repeats - 1`` splits.

    Raises
    ------
    ValueError
        If the same splits come again, or another number of folds.
    """
    every = [splits]
    seen = {_tests(splits)}
    for repeat in range(1, n_repeats):
        drawn = deepcopy(splitter)
        if "shuffle" in inspect.signature(type(splitter).__init__).parameters:
            drawn.shuffle = True
        key = Key(seed).child("splits").child(repeat)
        drawn.random_state = int(key.generator().integers(_SEEDS))
        again = tuple(drawn.split(X, y, **routed))
        if len(again) != len(splits):
            raise ValueError(
                f"n_repeats = {n_repeats} needs as many folds each time, and cv = {splitter!r} "
                f"made {len(splits)}, then {len(again)}; use a splitter with a fixed number, or "
                "n_repeats=1"
            )
        tests = _tests(again)
        if tests in seen:
            raise ValueError(
                f"n_repeats = {n_repeats} asks for other splits, and cv = {splitter!r} made the "
                "same again from another seed; use fewer folds, a splitter that draws, or "
                "n_repeats=1"
            )
        seen.add(tests)
        every.append(again)
    return tuple(every[1:])


def _tests(splits: Splits) -> frozenset[tuple[int, ...]]:
    """Return the rows that are tested together, in whatever order the folds are."""
    return frozenset(tuple(np.sort(np.asarray(test)).tolist()) for _, test in splits)
