"""What starts have in common: points known beforehand, proposed one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from autotune.space import Coordinates, Row, Sequence, Space
from autotune.strategy import Composed, Key, StartQuery
from autotune.strategy.candidates import columns_of
from autotune.study import Study
from autotune.study.events import ORIGINS

__all__ = ["Design", "allowed_rows", "n_starts", "row_at"]

_START = ORIGINS.index("start")


def n_starts(study: Study) -> int:
    """Return how many start points were proposed so far.

    Parameters
    ----------
    study : Study
        The state.
    """
    return int(np.sum(study.proposals["origin"] == _START)) if study.n_trials > 0 else 0


def row_at(space: Space, columns: Coordinates, i: int) -> dict[str, Any]:
    """Return row ``i`` of columns of coordinates, sequences without padding.

    Parameters
    ----------
    space : Space
        The space.
    columns : mapping of str to ndarray
        Coordinates.
    i : int
        The row.
    """
    row: dict[str, Any] = {}
    for name, dimension in space.parameters:
        value = columns[name][i]
        row[name] = value[~np.isnan(value)] if isinstance(dimension, Sequence) else float(value)
    return row


def allowed_rows(space: Space, columns: Coordinates) -> Iterator[dict[str, Any]]:
    """Yield the rows that the space's constraints allow.

    Parameters
    ----------
    space : Space
        The space.
    columns : mapping of str to ndarray
        Coordinates.
    """
    for i in range(len(next(iter(columns.values())))):
        row = row_at(space, columns, i)
        if space.allows_row(row):
            yield row


class Design(Composed[StartQuery, Coordinates | None]):
    """The mixin for starts: give ``rows`` and ``most``.

    The points follow from the study and its seed alone, whatever was asked or came out before, so
    that point *i* is the same whenever it is asked for. The next point is due while fewer start
    points than that were proposed; how they fared makes no difference. A study that has no trial
    at all and for which there is no point begins at the start values of its space.
    """

    __slots__ = ()

    def most(self, study: Study) -> int:
        """Return how many points there are at most.

        Parameters
        ----------
        study : Study
            The state.
        """
        raise NotImplementedError

    def rows(self, study: Study, key: Key) -> Iterable[Row]:
        """Return the points, as rows that the constraints allow; drawn when they are needed.

        Parameters
        ----------
        study : Study
            The state.
        key : Key
            Address of the design's randomness, the same for all trials.
        """
        raise NotImplementedError

    def read(self, state: tuple[Any, ...], query: StartQuery) -> Coordinates | None:  # noqa: ARG002
        """Return the coordinates of the start point that is due, or None."""
        study = query.study
        space = study.known_space
        due = n_starts(study)
        if due < self.most(study):
            rows = self.rows(study, Key(study.begun.seed).child("start-design"))
            row = next(islice(rows, due, None), None)
            if row is not None:
                return columns_of(space, [row])
        return space.encode([space.start]) if study.n_trials == 0 else None
