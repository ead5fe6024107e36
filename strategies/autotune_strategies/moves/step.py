"""Steps: how far each parameter moves, and which can."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from autotune.space import Row, Space
from autotune.strategy import ScheduleQuery
from autotune.strategy.candidates import columns_of
from autotune.study import Event, Study

__all__ = ["Step", "scales_of_parameter", "searchable", "stepped"]


class Step(Protocol):
    """A component whose answer are its scales, and which steps a coordinate by them."""

    def init(self) -> Any:
        """Return the state before any event."""
        ...

    def update(self, state: Any, study: Study, event: Event) -> Any:
        """Take in one event."""
        ...

    def read(self, state: Any, query: ScheduleQuery) -> Any:
        """Return a tuple of scales, each a number or a vector in the order of the space."""
        ...

    def step(
        self,
        rng: np.random.Generator,
        dimension: Any,
        coordinate: float,
        scales: Any,
        *,
        alone: bool,
    ) -> float:
        """Step from a coordinate of a scalar dimension by a parameter's own scales."""
        ...


def stepped(
    step: Step,
    rng: np.random.Generator,
    dimension: Any,
    coordinates: NDArray[np.float64],
    scales: tuple[float, ...],
    alone: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Step from each of several coordinates of a scalar dimension.

    Parameters
    ----------
    step : Step
        One that has ``steps(rng, dimension, coordinates, scales, alone=…)`` steps from all at once.
    rng : numpy.random.Generator
        Randomness.
    dimension : dimension
        What the coordinates are of.
    coordinates : ndarray, shape (n,)
        Where to step from.
    scales : tuple of float
        The parameter's own, out of what ``read`` returned.
    alone : ndarray of bool, shape (n,)
        Whether no other parameter moves in the same step.

    Returns
    -------
    ndarray, shape (n,)
        Coordinates.
    """
    at_once = getattr(step, "steps", None)
    if at_once is not None:
        return np.asarray(at_once(rng, dimension, coordinates, scales, alone=alone))
    pairs = zip(coordinates.tolist(), alone.tolist(), strict=True)
    return np.array([step.step(rng, dimension, x, scales, alone=one) for x, one in pairs])


def scales_of_parameter(scales: Iterable[Any], index: int) -> tuple[float, ...]:
    """Return a parameter's own scales out of what a step's ``read`` returned.

    Parameters
    ----------
    scales : iterable of float or ndarray, shape (d,)
        Each one number for all parameters, or a vector in the order of the space.
    index : int
        The place of the parameter in the space.

    Examples
    --------
    >>> scales_of_parameter((np.array([1.0, 2.0]), 0.5), 1)
    (2.0, 0.5)
    """
    return tuple(float(np.atleast_1d(s)[index if np.ndim(s) else 0]) for s in scales)


def searchable(space: Space, row: Row) -> tuple[str, ...]:
    """Return the parameters of a configuration that are not constants and active, in order.

    Parameters
    ----------
    space : Space
        The space.
    row : mapping
        Coordinates of the configuration, as ``autotune.strategy.candidates.row_of`` returns them.

    Examples
    --------
    >>> from autotune.space import Boolean, Equals, Float, Space
    >>> space = Space({"a": Boolean(), "x": Float(0, 1)}, conditions={"x": Equals("a", True)})
    >>> searchable(space, {"a": 0.0, "x": float("nan")}), searchable(space, {"a": 1.0, "x": 0.5})
    (('a',), ('a', 'x'))
    """
    if not space.conditional:
        return space.searched
    # Whether an empty sequence is inactive, only the conditions can tell.
    active = space.active(columns_of(space, [row]))
    return tuple(name for name in space.searched if active[name][0])
