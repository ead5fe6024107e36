"""Moves that change a sequence: an element, its growth, its shrinking."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.space import Boolean, Categorical, Float, Integer, Ordinal, Row, Sequence, Space
from autotune.space.unit_cube import from_unit_cube
from autotune.strategy import Candidates, Composed, MoveQuery, ScheduleQuery
from autotune.strategy.candidates import draw_steps, row_of, unchanged
from autotune.strategy.validators import not_negative, part
from autotune_strategies.moves.step import Step, scales_of_parameter, searchable
from autotune_strategies.steps import MultiplyAdd

__all__ = ["ChangeSequences", "SequenceChange", "sequence_change"]

Array: TypeAlias = NDArray[np.float64]

ElementStep: TypeAlias = Callable[[float], float]

_NEW = ("smallest", "random", "like neighbours")


@frozen
class SequenceChange:
    r"""Let a sequence grow by an element, shrink by one, or change one, all at random places.

    Each of the three actions that its length allows is done with a chance in proportion to its
    weight; where none is allowed the sequence stays as it is.

    A new element is as large as the smallest (as in the 2018 prototype, which put it at the end);
    or drawn anew on its own scale, without both bounds within a factor of 100 of the smallest; or
    like its neighbours: evenly between them on the scale of the element,

    .. math:: y = f^{-1}((1 - u)\,f(x_i) + u\,f(x_{i+1})), \qquad u \sim U(0, 1)

    (one of the two, where they are choices), and at either end a step from the only neighbour. Of
    numbers without both bounds *f* is the logarithm, if the neighbours have the same sign.

    Parameters
    ----------
    grow, shrink, change : float
        Weights of the actions, not all 0.
    new : {"smallest", "random", "like neighbours"}
        How large a new element is.

    Examples
    --------
    >>> from autotune.space import Integer
    >>> layers = Sequence(Integer(1, 64), max_length=4)
    >>> only_grow = SequenceChange(grow=1, shrink=0, change=0, new="smallest")
    >>> only_grow.apply(np.random.default_rng(0), layers, np.array([8.0, 3.0]), lambda x: x)
    array([8., 3., 3.])
    """

    grow: float = field(default=1.0, validator=not_negative)
    shrink: float = field(default=1.0, validator=not_negative)
    change: float = field(default=1.0, validator=not_negative)
    new: Literal["smallest", "random", "like neighbours"] = field(default="like neighbours")

    def __attrs_post_init__(self) -> None:
        if self.new not in _NEW:
            raise ComponentError(
                f"SequenceChange.new = {self.new!r} must be 'smallest', 'random' or "
                "'like neighbours'"
            )
        if not max(self.grow, self.shrink, self.change) > 0:
            raise ComponentError(
                "SequenceChange.grow, shrink and change are all 0; raise one of them"
            )

    def apply(
        self, rng: np.random.Generator, dimension: Sequence, row: Array, step: ElementStep
    ) -> Array:
        """Return a changed sequence.

        Parameters
        ----------
        rng : numpy.random.Generator
            Randomness.
        dimension : Sequence
            What the row is of.
        row : ndarray, shape (n,)
            The coordinates of the elements, without padding.
        step : callable
            ``step(coordinate) -> coordinate`` of an element.

        Returns
        -------
        ndarray
            A new row, one shorter, as long, or one longer; or the row itself.
        """
        action = self._action(rng, dimension, len(row))
        if action == "stay":
            return row
        if action == "grow":
            place = int(rng.integers(len(row) + 1))
            return np.insert(row, place, self._element(rng, dimension, row, place, step))
        place = int(rng.integers(len(row)))
        if action == "shrink":
            return np.delete(row, place)
        changed = row.copy()
        changed[place] = step(float(row[place]))
        return changed

    def _action(self, rng: np.random.Generator, dimension: Sequence, n: int) -> str:
        weights = {
            "grow": self.grow if dimension.max_length is None or n < dimension.max_length else 0.0,
            "shrink": self.shrink if n > dimension.min_length else 0.0,
            "change": self.change if n > 0 else 0.0,
        }
        largest = max(weights.values())
        if not largest > 0:
            return "stay"
        # Divided first: weights may be as large as doubles get.
        shares = {action: weight / largest for action, weight in weights.items() if weight > 0}
        left = rng.random() * sum(shares.values())
        for action, share in shares.items():
            left -= share
            if left < 0:
                return action
        return action

    def _element(
        self,
        rng: np.random.Generator,
        dimension: Sequence,
        row: Array,
        place: int,
        step: ElementStep,
    ) -> float:
        """Return a new element, to be put before the one at ``place``."""
        smallest = float(dimension.grown(row)[-1])
        if self.new == "random":
            return _anew(rng, dimension.of, smallest)
        if self.new == "smallest" or len(row) == 0:
            return smallest
        if 0 < place < len(row):
            return _between(rng, dimension.of, float(row[place - 1]), float(row[place]))
        neighbour = float(row[0 if place == 0 else -1])
        # A step from a choice leads to another one: only the same choice is like it.
        return neighbour if isinstance(dimension.of, Boolean | Categorical) else step(neighbour)


def sequence_change(instance: object, attribute: Any, value: object) -> None:
    """Check that a field tells how a sequence changes."""
    if not callable(getattr(value, "apply", None)):
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = {value!r} must be a SequenceChange, or "
            "have apply(rng, dimension, row, step) as it has"
        )


def _anew(rng: np.random.Generator, of: Any, around: float) -> float:
    """Draw a coordinate evenly on its natural scale."""
    if isinstance(of, Float | Integer) and not of.bounded:
        space = Space({"element": of}, start={"element": of.decode(around)})
        return float(from_unit_cube(space, rng.random((1, 1)))["element"][0])
    return float(of.sample(rng, 1)[0])


def _between(rng: np.random.Generator, of: Any, left: float, right: float) -> float:
    """Draw a coordinate between two."""
    u = rng.random()
    low, high = min(left, right), max(left, right)
    match of:
        case Float() | Integer() if of.two_way:
            a, b = of.scaled(np.array([left, right]))
            x = float(of.unscaled(np.asarray((1 - u) * a + u * b)))
        case Float() | Integer() if low > 0 or high < 0:
            size = abs(left) ** (1 - u) * abs(right) ** u
            x = float(of.settle(np.asarray(math.copysign(size, left))))
        case Float() | Integer():
            x = float(of.settle(np.asarray((1 - u) * left + u * right)))
        case Ordinal():
            x = float(rng.integers(int(low), int(high), endpoint=True))
        case _:
            x = left if u < 0.5 else right
    # Rounding must not carry it past a neighbour.
    return min(max(x, low), high)


@frozen
class ChangeSequences(Composed[MoveQuery, Candidates]):
    """Change one of the sequences, such as the layers of a network, drawn evenly.

    In a ``Mixture`` with a move for all parameters it gives the shape of a model a share of the
    steps of its own. Where there is no sequence, or none is active, the candidates stay where they
    are.

    Parameters
    ----------
    change : SequenceChange
        How it changes.
    step : Step
        How one of its elements does.

    Examples
    --------
    >>> ChangeSequences(SequenceChange(grow=2.0)).change.grow
    2.0
    """

    change: SequenceChange = field(default=SequenceChange(), validator=sequence_change)
    step: Step = field(default=MultiplyAdd(), validator=part)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidate steps."""
        space = query.study.known_space
        active = searchable(space, row_of(query.study, query.parent))
        names = [name for name in active if isinstance(space[name], Sequence)]
        if not names:
            return unchanged(query)
        scales = self.read_part(state, "step", ScheduleQuery(query.study, query.key.child("step")))
        scales_of = {name: scales_of_parameter(scales, i) for i, name in enumerate(space)}

        def propose(rng: np.random.Generator, base: Row) -> tuple[Row, tuple[str, ...]]:
            name = names[int(rng.integers(len(names)))]
            dimension: Any = space[name]

            def step(x: float) -> float:
                return self.step.step(rng, dimension.of, x, scales_of[name], alone=True)

            return {**base, name: self.change.apply(rng, dimension, base[name], step)}, (name,)

        return draw_steps(query, propose)
