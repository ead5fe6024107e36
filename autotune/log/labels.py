"""Objects for labels: choices that a log knows by name only, taken from a space that holds them."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from autotune.space import Categorical, Constraint, Dimension, Fixed, Ordinal, Sequence, Space
from autotune.space.conditions import UnknownPredicate, label
from autotune.space.dimensions import Label

__all__ = ["with_objects"]


def with_objects(space: Space, given: Space | None) -> Space:
    """Return a space from a log with the objects of another in the place of their labels.

    Parameters
    ----------
    space : Space
        As read from a log; choices that are not plain values are labels.
    given : Space, optional
        A space with parameters of the same names that may hold those objects.

    Returns
    -------
    Space
        The same space; labels that ``given`` has nothing for stay.

    Examples
    --------
    >>> logged = Space({"scale": Categorical([Label("builtins.int"), None])})
    >>> with_objects(logged, Space({"scale": Categorical([None, int, float])}))["scale"].choices
    (<class 'int'>, None)
    """
    if given is None or given is space:
        return space
    parameters: dict[str, Dimension] = {}
    start = space.start_values
    for name, dimension in space.parameters:
        objects = _objects(given[name]) if name in given else {}
        parameters[name] = _filled(dimension, objects)
        start[name] = _object(start[name], objects)
    constraints = _with_functions(space.constraints, given.constraints)
    same = all(parameters[name] is dimension for name, dimension in space.parameters)
    if same and constraints == space.constraints:
        return space
    filled = Space(
        parameters, start=start, conditions=dict(space.conditions), constraints=constraints
    )
    # Labels are made from their neighbours too; another neighbour could have changed one.
    return filled if filled.describe() == space.describe() else space


def _with_functions(
    logged: tuple[Constraint, ...], given: tuple[Constraint, ...]
) -> tuple[Constraint, ...]:
    functions = {label(constraint): constraint for constraint in given}
    return tuple(
        functions.get(constraint.label, constraint)
        if isinstance(constraint, UnknownPredicate)
        else constraint
        for constraint in logged
    )


def _objects(dimension: Dimension) -> dict[str, Any]:
    match dimension:
        case Categorical() | Ordinal():
            return dict(zip(dimension.labels, dimension.options, strict=True))
        case Fixed():
            return {dimension.labels[0]: dimension.value}
        case Sequence():
            return _objects(dimension.of)
        case _:
            return {}


def _object(value: Any, objects: dict[str, Any]) -> Any:
    if isinstance(value, Label):
        return objects.get(value.text, value)
    if type(value) in (list, tuple):
        return type(value)(_object(item, objects) for item in value)
    return value


def _filled(dimension: Dimension, objects: dict[str, Any]) -> Dimension:
    match dimension:
        case Categorical() | Ordinal() if any(isinstance(v, Label) for v in dimension.options):
            return type(dimension)([_object(value, objects) for value in dimension.options])
        case Fixed() if isinstance(dimension.value, Label):
            return Fixed(_object(dimension.value, objects))
        case Sequence():
            of = _filled(dimension.of, objects)
            if of is dimension.of or isinstance(of, Sequence | Fixed):
                return dimension
            return evolve(dimension, of=of)
        case _:
            return dimension
