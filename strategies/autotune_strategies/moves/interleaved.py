"""Candidates of several moves as those of one."""

from __future__ import annotations

from collections.abc import Sequence as Several

import numpy as np
from numpy.typing import NDArray

from autotune.space import Sequence, Space
from autotune.space.space import pad_rows
from autotune.strategy import Draws

__all__ = ["interleaved"]


def interleaved(space: Space, parts: Several[Draws], which: NDArray[np.int64]) -> Draws:
    """Return the next candidate of the move that ``which`` names, for each of its entries.

    Parameters
    ----------
    space : Space
        The space.
    parts : sequence of Draws
        Of each move as many as it is named; they may be left out where it is not.
    which : ndarray of int, shape (n,)
        The moves, by number.
    """
    # Where each candidate came to lie when the moves' draws were put end to end.
    place = np.argsort(np.argsort(which, kind="stable"), kind="stable")
    coordinates = {}
    for name, dimension in space.parameters:
        columns = [draws.coordinates[name] for draws in parts]
        if isinstance(dimension, Sequence):
            joined = pad_rows([row[~np.isnan(row)] for column in columns for row in column])
        else:
            joined = np.concatenate(columns)
        coordinates[name] = joined[place]
    moved = [names for draws in parts for names in draws.moved]
    return Draws(coordinates, tuple(moved[i] for i in place))
