"""Whether one space holds all that another does, so that a study can go on in it."""

from __future__ import annotations

from autotune.errors import SpaceError
from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Ordinal,
    Sequence,
)
from autotune.space.serialization import described_value
from autotune.space.space import Space

__all__ = ["obstacle"]


def obstacle(wider: Space, space: Space) -> str | None:
    """Return why a space does not hold all of another, in words; None where it does.

    Parameters may be added, bounds widened, choices added and fixed ones made searchable. The start
    values and conditions of the parameters that both have stay as they are.

    Parameters
    ----------
    wider : Space
        The space to go on in.
    space : Space
        The space so far.

    Examples
    --------
    >>> obstacle(Space({"x": Float(0, 2), "y": Float(0, 1)}, start={"x": 0.5}),
    ...          Space({"x": Float(0, 1)}))
    >>> obstacle(Space({"x": Float(0, 1)}), Space({"x": Float(0, 2)}, start={"x": 0.5}))
    'x is Float(low=0.0, high=2.0, log=False) there, Float(low=0.0, high=1.0, log=False) here'
    """
    for name in space:
        here = wider[name] if name in wider else "not in it"
        if name not in wider or not _holds(wider[name], space[name]):
            return f"{name} is {space[name]} there, {here} here"
    if [name for name in wider if name in space] != list(space):
        return f"its parameters come in the order {list(space)}"
    described, wanted = space.describe()["parameters"], wider.describe()["parameters"]
    for name, dimension in space.parameters:
        start, wider_start = space.start_values[name], wider.start_values[name]
        if described_value(start, dimension) != described_value(wider_start, wider[name]):
            return f"the start is {name} = {start!r} there, {wider_start!r} here"
    for name in space:
        theirs, ours = described[name].get("when"), wanted[name].get("when")
        if theirs != ours:
            return f"the condition of {name} is {theirs} there, {ours} here"
    return None


def _holds(wider: Dimension, dimension: Dimension) -> bool:
    match dimension:
        case Float() | Integer():
            return (
                isinstance(wider, Float | Integer)
                and type(wider) is type(dimension)
                and _reaches(wider.low, dimension.low, -1)
                and _reaches(wider.high, dimension.high, +1)
            )
        case Boolean():
            return isinstance(wider, Boolean)
        case Categorical() | Ordinal():
            return type(wider) is type(dimension) and set(dimension.labels) <= set(wider.labels)
        case Sequence():
            return (
                isinstance(wider, Sequence)
                and wider.kind == dimension.kind
                and _holds(wider.of, dimension.of)
                and wider.min_length <= dimension.min_length
                and _reaches(wider.max_length, dimension.max_length, +1)
            )
        case Fixed():
            if isinstance(wider, Fixed):
                return wider.labels == dimension.labels
            if isinstance(wider, Categorical | Ordinal):
                return dimension.labels[0] in wider.labels
            try:
                wider.check("value", dimension.value)
            except SpaceError:
                return False
            return True


def _reaches(wider: float | None, bound: float | None, side: int) -> bool:
    if wider is None:
        return True
    return bound is not None and side * wider >= side * bound
