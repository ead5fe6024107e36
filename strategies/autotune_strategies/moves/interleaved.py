"""Candidates of several moves as those of one."""

from __future__ import annotations

from collections.abc import Sequence as Several

import numpy as np
from numpy.typing import NDArray

from autotune.space import Sequence, Space
from autotune.space.space import pad_rows
from autotune.strategy import Candidates

__all__ = ["interleaved"]


def interleaved(space: Space, parts: Several[Candidates], which: NDArray[np.int64]) -> Candidates:
    """Return the next candidate of the move that ``which`` names, for each of its entries.

    Parameters
    ----------
    space : Space
        The space.
    parts : sequence of Candidates
        Of each move as many as it is named; they may be left out where it is not.
    which : ndarray of int, shape (n,)
        The moves, by number.
    """
    # Where each candidate came to lie when the moves' candidates were put end to end.
    place = np.argsort(np.argsort(which, kind="stable"), kind="stable")
    coordinates = {}
    for name, dimension in space.parameters:
        columns = [candidates.coordinates[name] for candidates in parts]
        if isinstance(dimension, Sequence):
            joined = pad_rows([row[~np.isnan(row)] for column in columns for row in column])
        else:
            joined = np.concatenate(columns)
        coordinates[name] = joined[place]
    moved = [names for candidates in parts for names in candidates.moved]
    return Candidates(coordinates, tuple(moved[i] for i in place))
