"""Backgrounds: the configurations over which a surrogate is averaged."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import scipy  # its parts are loaded when they are used
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.target import usable_trials
from autotune.errors import StudyError
from autotune.space import Fixed, Space
from autotune.space.unit_cube import cube_size, from_unit_cube
from autotune.strategy import Key
from autotune.study import Study

__all__ = ["Background", "Over", "background", "start_column"]

Array = NDArray[np.float64]
Over = Literal["space", "trials"]


@frozen(eq=False)
class Background:
    """Independent draws of every parameter, so that one can be exchanged without the others.

    Parameters
    ----------
    space : Space
        The space.
    columns : mapping of str to ndarray
        Raw coordinates: of all parameters, also where their condition does not hold.
    """

    space: Space
    columns: dict[str, Array] = field(repr=False)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def with_columns(self, other: dict[str, Array]) -> dict[str, Array]:
        """Return coordinates with some columns exchanged, inactive parameters marked."""
        return self.space.mark_inactive({**self.columns, **other})


def background(
    study: Study, n: int, *, over: Over, seed: int, pairs: int = 1
) -> tuple[Background, ...]:
    """Draw backgrounds that are independent of each other.

    Parameters
    ----------
    study : Study
        The study.
    n : int
        Rows in each.
    over : {"space", "trials"}
        Whether each parameter is drawn evenly from its range, or from the values that the usable
        trials had. Without both bounds a range is a factor around the start value, as for a
        ``from_unit_cube``.
    seed : int
        Of the draws.
    pairs : int
        How many backgrounds.
    """
    if over not in ("space", "trials"):
        raise StudyError(f"over = {over!r} must be 'space' or 'trials'")
    space = study.known_space
    sizes = {name: _axes(space, name, over) for name in space}
    total = sum(sizes.values())
    rng = Key(seed).child("background").generator()
    # Sobol's points cover the cube evenly; their number is best a power of two.
    m = int(np.ceil(np.log2(max(n, 2))))
    if 0 < total * pairs <= scipy.stats.qmc.Sobol.MAXDIM:
        u = scipy.stats.qmc.Sobol(total * pairs, rng=rng).random_base2(m)[:n]
    else:
        u = rng.random((n, total * pairs))
    # A point at the very edge would be beyond the last row of the record.
    u = np.clip(u, 0.0, np.nextafter(1.0, 0.0))
    backgrounds = []
    for k in range(pairs):
        used = k * total
        columns: dict[str, Array] = {}
        for name, size in sizes.items():
            cube = u[:, used : used + size]
            columns[name] = (
                _evenly(space, name, cube) if over == "space" else _recorded(study, name, cube)
            )
            used += size
        backgrounds.append(Background(space, columns))
    return tuple(backgrounds)


def start_column(space: Space, name: str, n: int) -> Array:
    """Return the start value's coordinates n times, whether or not it is active there."""
    start = np.asarray(space[name].encode(space.start_values[name]), dtype=np.float64)
    return np.tile(start, (n, 1)) if start.ndim == 1 else np.full(n, float(start))


def _axes(space: Space, name: str, over: str) -> int:
    if isinstance(space[name], Fixed):
        return 0
    return 1 if over == "trials" else cube_size(_alone(space, name))


def _alone(space: Space, name: str) -> Space:
    return Space({name: space[name]}, start={name: space.start_values[name]})


def _evenly(space: Space, name: str, u: Array) -> Array:
    return np.asarray(from_unit_cube(_alone(space, name), u)[name])


def _recorded(study: Study, name: str, u: Array) -> Array:
    column: Any = study.proposals[f"param_{name}"]
    if u.shape[1] == 0:
        return np.zeros(len(u))
    rows = usable_trials(study) - 1
    active = study.known_space.active(study.coordinates)[name][rows]
    column = column[rows[active]]
    if len(column) == 0:  # never switched on
        return start_column(study.known_space, name, len(u))
    order = np.argsort(column, kind="stable") if column.ndim == 1 else np.arange(len(column))
    return np.asarray(column[order[(u[:, 0] * len(column)).astype(np.int64)]])
