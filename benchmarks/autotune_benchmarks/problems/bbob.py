"""The 24 noise-free functions of COCO's BBOB suite, and mixed-integer variants, from ``ioh``."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import NDArray

from autotune.errors import MissingExtraError
from autotune.space import Configuration, Dimension, Float, Integer, Space
from autotune_benchmarks.problems.own_problem import OwnProblem

__all__ = ["BBOB", "BBOB_MIXED", "BbobFunction", "load_bbob"]

_ARITIES = (2, 4, 8, 16, None)
_DIMENSIONS = (2, 5, 10)
_INSTANCES = (1, 2)
_MIXED_DIMENSIONS = (5, 10)

BBOB: tuple[str, ...] = tuple(
    f"bbob/f{function:02d}-d{dimension:02d}-i{instance}"
    for function in range(1, 25)
    for dimension in _DIMENSIONS
    for instance in _INSTANCES
)
"""The names of all functions, in the dimensions and instances that suites take."""

BBOB_MIXED: tuple[str, ...] = tuple(
    f"bbob_mixed/f{function:02d}-d{dimension:02d}-i1"
    for function in range(1, 25)
    for dimension in _MIXED_DIMENSIONS
)
"""The names of the mixed-integer variants."""


@frozen
class BbobFunction(OwnProblem):
    r"""One function, :math:`f(x) - f_\text{opt}` on :math:`[-5, 5]^d`.

    In a mixed-integer variant the first fifth of the variables has 2 values, the next 4, 8 and 16,
    and the last stays continuous. A variable with *l* values, *0 … l − 1*, stands for the evenly
    spaced points :math:`-5 + 10 (k + 1) / (l + 1)`, moved so that the optimum is one of them.

    Parameters
    ----------
    function : int
        Its number, 1 to 24.
    dimension : int
        Of its domain, from 2; for a mixed variant from 5.
    instance : int
        Which of its shifts and rotations, from 1.
    mixed : bool
        Whether it is the mixed-integer variant.

    Raises
    ------
    MissingExtraError
        If ``ioh`` is not installed.

    Notes
    -----
    Hansen, Finck, Ros & Auger (2009), "Real-parameter black-box optimization benchmarking 2009:
    noiseless functions definitions"; Tušar, Brockhoff & Hansen (2019), "Mixed-integer benchmark
    problems for single- and bi-objective optimization".
    """

    function: int = field(validator=[validators.ge(1), validators.le(24)])
    dimension: int = field(validator=validators.ge(2))
    instance: int = field(default=1, validator=validators.ge(1))
    mixed: bool = field(default=False)
    space: Space = field(init=False, repr=False, eq=False)
    best: float = field(init=False, default=0.0, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.mixed and self.dimension < len(_ARITIES):
            raise ValueError(f"dimension = {self.dimension!r} must be 5 or more for a mixed one")
        parameters: dict[str, Dimension] = {}
        for i, arity in enumerate(self._arities):
            parameters[f"x{i}"] = Float(-5, 5) if arity is None else Integer(0, arity - 1)
        object.__setattr__(self, "space", Space(parameters))
        self._ioh()

    n_folds = 1

    @property
    def name(self) -> str:
        """Such as "bbob/f01-d05-i1"."""
        family = "bbob_mixed" if self.mixed else "bbob"
        return f"{family}/f{self.function:02d}-d{self.dimension:02d}-i{self.instance}"

    @property
    def _arities(self) -> tuple[int | None, ...]:
        if not self.mixed:
            return (None,) * self.dimension
        places = np.arange(self.dimension) * len(_ARITIES) // self.dimension
        return tuple(_ARITIES[place] for place in places)

    def _ioh(self) -> Any:
        return _function(self.function, self.instance, self.dimension)

    def optimum(self) -> dict[str, Any]:
        """Return the configuration whose regret is 0."""
        x = np.asarray(self._ioh().optimum.x, dtype=np.float64)
        found: dict[str, Any] = {}
        for i, arity in enumerate(self._arities):
            found[f"x{i}"] = float(x[i]) if arity is None else _nearest(x[i], arity)
        return found

    def truth(self, configuration: Configuration) -> float:
        """Return the function's value above its minimum."""
        evaluated = self._ioh()
        x = np.array([configuration[f"x{i}"] for i in range(self.dimension)], dtype=np.float64)
        if self.mixed:
            optimum = np.asarray(evaluated.optimum.x, dtype=np.float64)
            for i, arity in enumerate(self._arities):
                if arity is not None:
                    grid = _grid(arity)
                    x[i] = grid[int(x[i])] + optimum[i] - grid[_nearest(optimum[i], arity)]
        return max(float(evaluated(x)) - float(evaluated.optimum.y), 0.0)


def _grid(arity: int) -> NDArray[np.float64]:
    return -5.0 + 10.0 * np.arange(1, arity + 1) / (arity + 1)


def _nearest(x: float, arity: int) -> int:
    return int(np.abs(_grid(arity) - x).argmin())


@cache
def _function(function: int, instance: int, dimension: int) -> Any:
    try:
        ioh = importlib.import_module("ioh")
    except ImportError as error:
        raise MissingExtraError(
            "the BBOB functions are those of ioh, which is not installed: "
            "pip install 'autotune-search[bench]'"
        ) from error
    return ioh.get_problem(function, instance, dimension, ioh.ProblemClass.BBOB)


@cache
def load_bbob(name: str) -> BbobFunction:
    """Return the function of a name such as "bbob/f01-d05-i1" or "bbob_mixed/f01-d05-i1".

    Parameters
    ----------
    name : str
        Any dimension and instance will do.

    Raises
    ------
    ValueError
        If it is no such name.
    """
    family, _, rest = name.partition("/")
    parts = rest.split("-")
    numbers = [part[1:] for part in parts]
    shape = [part[:1] for part in parts]
    if (
        family not in ("bbob", "bbob_mixed")
        or shape != ["f", "d", "i"]
        or not all(number.isdecimal() for number in numbers)
    ):
        raise ValueError(f"{name!r} must be like 'bbob/f01-d05-i1' or 'bbob_mixed/f01-d05-i1'")
    function, dimension, instance = map(int, numbers)
    return BbobFunction(function, dimension, instance, mixed=family == "bbob_mixed")
