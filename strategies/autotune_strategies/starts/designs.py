"""Starts that cover the space: Latin hypercube, Sobol and random points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count as count_from
from itertools import islice
from typing import Any

import numpy as np
import scipy  # its parts are loaded when they are used
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import Coordinates, Row, Sequence, Space
from autotune.space.columns import allowed_by_conditions
from autotune.space.unit_cube import cube_size, from_unit_cube
from autotune.strategy import Composed, Key, StartQuery
from autotune.strategy.candidates import columns_of
from autotune.strategy.validators import count
from autotune.study import Study
from autotune.study.events import ORIGINS

__all__ = [
    "Design",
    "LatinHypercube",
    "RandomStarts",
    "Sobol",
    "UnitCubeDesign",
    "allowed_rows",
    "n_starts",
    "row_at",
]

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
    for i in np.flatnonzero(allowed_by_conditions(space, columns)).tolist():
        row = row_at(space, columns, i)
        if not space.predicates or space.allows_row(row):
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


# Constraints that forbid nearly everything must not make a search hang.
MAX_TRIES = 50


class UnitCubeDesign(Design):
    """The mixin for designs in the unit cube: give a field ``n`` and ``batches``.

    Attributes
    ----------
    n : int
        How many points.
    """

    __slots__ = ()

    n: int

    def batches(self, key: Key, size: int) -> Iterator[NDArray[np.float64]]:
        """Yield points of the unit cube, shape (any, size): the design, then more of the like.

        Parameters
        ----------
        key : Key
            Address of randomness.
        size : int
            Number of axes, at least 1.
        """
        raise NotImplementedError

    def most(self, study: Study) -> int:
        """Return how many points there are at most: one, if there is nothing to search."""
        return self.n if cube_size(study.known_space) > 0 else 1

    def rows(self, study: Study, key: Key) -> Iterator[Row]:
        """Yield the points that the constraints allow; others are replaced by later ones."""
        space = study.known_space
        size = cube_size(space)
        if size == 0:
            yield from allowed_rows(space, space.encode([space.start]))
            return
        left, tries = self.n, MAX_TRIES * self.n
        for batch in self.batches(key, size):
            for row in allowed_rows(space, from_unit_cube(space, batch)):
                yield row
                left -= 1
                if left == 0:
                    return
            tries -= len(batch)
            if tries <= 0:
                return


@frozen
class LatinHypercube(UnitCubeDesign):
    r"""Try points of which each has its own *n*-th of every parameter's range.

    .. math:: u_{ij} = \frac{\pi_j(i) + r_{ij}}{n}, \quad i = 0, \dots, n - 1,

    with a random permutation :math:`\pi_j` for each axis and :math:`r_{ij}` uniform from 0 to 1.
    Points that the constraints forbid are replaced by those of further hypercubes.

    Parameters
    ----------
    n : int
        How many.

    Examples
    --------
    >>> LatinHypercube(n=8)
    LatinHypercube(n=8)

    References
    ----------
    McKay, Beckman and Conover (1979), "A comparison of three methods for selecting values of input
    variables in the analysis of output from a computer code", Technometrics 21(2), pp. 239-245.
    """

    n: int = field(default=10, validator=count)

    def batches(self, key: Key, size: int) -> Iterator[NDArray[np.float64]]:
        """Yield points of the unit cube, shape (n, size) at a time."""
        for i in count_from():
            yield scipy.stats.qmc.LatinHypercube(size, seed=key.child(i).generator()).random(self.n)


@frozen
class Sobol(UnitCubeDesign):
    """Try the first points of a scrambled Sobol sequence, which fills the space evenly.

    Each further point goes where the earlier ones left room, so fewer of them are the beginning of
    more. They balance best if ``n`` is a power of 2. Points that the constraints forbid are passed
    over.

    Parameters
    ----------
    n : int
        How many.

    Examples
    --------
    >>> Sobol(n=16)
    Sobol(n=16)

    References
    ----------
    Sobol' (1967), "On the distribution of points in a cube and the approximate evaluation of
    integrals", USSR Computational Mathematics and Mathematical Physics 7(4), pp. 86-112; Owen
    (1998), "Scrambling Sobol' and Niederreiter-Xing points", Journal of Complexity 14(4),
    pp. 466-489.
    """

    n: int = field(default=8, validator=count)

    def batches(self, key: Key, size: int) -> Iterator[NDArray[np.float64]]:
        """Yield points of the unit cube, shape (a power of 2, size) at a time."""
        sequence = scipy.stats.qmc.Sobol(size, scramble=True, seed=key.generator())
        power = max(self.n - 1, 0).bit_length()
        # The powers must add up, or the sequence complains of its balance.
        yield sequence.random_base2(power)
        while True:
            yield sequence.random_base2(power)
            power += 1


@frozen
class RandomStarts(UnitCubeDesign):
    """Try points drawn independently and evenly, each parameter on its natural scale.

    Parameters
    ----------
    n : int
        How many.

    Examples
    --------
    >>> RandomStarts(n=5)
    RandomStarts(n=5)

    References
    ----------
    Bergstra and Bengio (2012), "Random search for hyper-parameter optimization", JMLR 13,
    pp. 281-305.
    """

    n: int = field(default=10, validator=count)

    def batches(self, key: Key, size: int) -> Iterator[NDArray[np.float64]]:
        """Yield points of the unit cube, shape (n, size) at a time."""
        for i in count_from():
            yield key.child(i).generator().random((self.n, size))
