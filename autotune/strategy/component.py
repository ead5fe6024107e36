"""The one shape of every part of a strategy, the questions parts answer, and their descriptions.

A component is a frozen attrs object with three pure methods: ``init`` gives the state before any
event, ``update`` takes one event into it, and ``read`` answers a question from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

import attrs
import cattrs
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.space import Coordinates
from autotune.strategy.keys import Key
from autotune.study import Event, Outcome, Reason, Study

__all__ = [
    "OMITTED_AT_DEFAULT",
    "AcceptQuery",
    "Acceptance",
    "Acquisition",
    "AcquisitionQuery",
    "AnticipateQuery",
    "Anticipator",
    "AskQuery",
    "Candidates",
    "Component",
    "Composed",
    "ConfirmQuery",
    "Confirmation",
    "Estimate",
    "FoldPlan",
    "FoldQuery",
    "Move",
    "MoveQuery",
    "Prediction",
    "RecommendQuery",
    "Recommendation",
    "Schedule",
    "ScheduleQuery",
    "Start",
    "StartQuery",
    "StopQuery",
    "Termination",
    "Verdict",
    "describe",
    "rebuild",
]

Array: TypeAlias = NDArray[np.float64]

OMITTED_AT_DEFAULT: Mapping[str, bool] = {"autotune: unsaid by default": True}
"""Metadata of a field that came later: left out of descriptions while it has its default."""

S = TypeVar("S")
Q_contra = TypeVar("Q_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


@runtime_checkable
class Component(Protocol[S, Q_contra, R_co]):
    """The shape of every part of a strategy, and of a whole strategy."""

    def init(self) -> S:
        """Return the state before any event."""
        ...

    def update(self, state: S, study: Study, event: Event) -> S:
        """Take in one event; ``study`` has it applied already."""
        ...

    def read(self, state: S, query: Q_contra) -> R_co:
        """Answer; never changes anything."""
        ...


@frozen(eq=False)
class ScheduleQuery:
    """Asks a schedule for its value at this state.

    The answer is one number, or a vector with one for each parameter in the order of the space.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    """

    study: Study
    key: Key


@frozen(eq=False)
class StartQuery:
    """Asks whether another start point is due, and which.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    """

    study: Study
    key: Key


@frozen(eq=False)
class MoveQuery:
    """Asks for candidate steps from a trial.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    parent : int
        The trial to step from.
    count : int
        How many candidates.
    one_by_one : bool
        Whether candidates are drawn one after the other, as ``OneByOne`` asks for. Whoever hands a
        query on to another move keeps it, with ``attrs.evolve(query, key=…)``.
    """

    study: Study
    key: Key
    parent: int
    count: int
    one_by_one: bool = False


@frozen(eq=False)
class Candidates:
    """Candidate steps.

    Parameters
    ----------
    coordinates : mapping of str to ndarray
        Of the candidates, (n,) for each parameter, two-dimensional for sequences.
    moved : tuple of tuple of str
        The parameters drawn to move, for each candidate.
    """

    coordinates: Coordinates
    moved: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.moved)


@frozen(eq=False)
class AnticipateQuery:
    """Asks an anticipator for estimates at candidates.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    target : {"score", "seconds", "success"}
        What to anticipate: the score, as a value (larger is better), the mean fit seconds of a
        fold, or the chance that the trial succeeds.
    coordinates : mapping of str to ndarray
        Of the candidates.
    parents : ndarray of int64, shape (n,)
        The trial from which each candidate steps.
    """

    study: Study
    key: Key
    target: str
    coordinates: Coordinates
    parents: NDArray[np.int64]


@frozen(eq=False)
class Estimate:
    """The expectations of an anticipator at n candidates.

    Parameters
    ----------
    mean, sd : ndarray, shape (n,)
        Finite means and standard deviations.
    noise : ndarray, shape (n,), optional
        Standard deviation of the luck in one evaluation; None where nothing is known of it.
    """

    mean: Array
    sd: Array
    noise: Array | None = None


@frozen(eq=False)
class Prediction:
    """Anticipated value (the score, larger being better) and fit seconds of n candidates.

    Parameters
    ----------
    value, value_sd, seconds, seconds_sd : ndarray, shape (n,)
        Means and standard deviations.
    gain, seconds_saved : ndarray, shape (n,)
        Differences of the means from those of the trial stepped from, larger being better.
    success : ndarray, shape (n,), optional
        The chance that each succeeds; None where nothing is said of it.
    """

    value: Array
    value_sd: Array
    seconds: Array
    seconds_sd: Array
    gain: Array
    seconds_saved: Array
    success: Array | None = None


@frozen(eq=False)
class AcquisitionQuery:
    """Asks how much each candidate is worth trying.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    prediction : Prediction
        What is anticipated of the candidates.
    """

    study: Study
    key: Key
    prediction: Prediction


@frozen(eq=False)
class FoldQuery:
    """Asks which folds of a pending trial to run next.

    The answer is a tuple of folds; an empty one when the trial is ready to be judged, None when it
    is raced out: not worth another fold.

    Parameters
    ----------
    study : Study
        The state; the folds evaluated so far are in it.
    key : Key
        Address of randomness.
    trial : int
        The trial.
    """

    study: Study
    key: Key
    trial: int


@frozen(eq=False)
class AcceptQuery:
    """Asks whether an evaluated trial becomes the incumbent.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    trial : int
        The trial; it has a finite score.
    outcome : Outcome
        Its evaluation.
    """

    study: Study
    key: Key
    trial: int
    outcome: Outcome


@frozen
class Verdict:
    """The answer to ``AcceptQuery``.

    Parameters
    ----------
    gain, seconds_saved : float, optional
        Against the incumbent, larger being better; None without one.
    reason : str, optional
        Why it is rejected; None if it is accepted.
    """

    gain: float | None
    seconds_saved: float | None
    reason: Reason | None


@frozen(eq=False)
class StopQuery:
    """Asks whether the study is over.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    """

    study: Study
    key: Key


@frozen(eq=False)
class AskQuery:
    """Asks a strategy for its next proposal.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness, of the trial that comes next.
    """

    study: Study
    key: Key


@frozen(eq=False)
class ConfirmQuery:
    """Asks whether a configuration that was tried is to be measured again, and which.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    candidate : callable
        ``candidate()`` returns the coordinates of the new configuration that would be tried
        otherwise, one row.
    used : float, optional
        What share of the budget is used up, from 0 to 1; None where there is no budget.
    """

    study: Study
    key: Key
    candidate: Callable[[], Coordinates]
    used: float | None


@frozen(eq=False)
class RecommendQuery:
    """Asks which trial's configuration is held for best.

    Parameters
    ----------
    study : Study
        The state.
    key : Key
        Address of randomness.
    """

    study: Study
    key: Key


Schedule: TypeAlias = Component[Any, ScheduleQuery, float | Array]
Start: TypeAlias = Component[Any, StartQuery, Coordinates | None]
Move: TypeAlias = Component[Any, MoveQuery, Candidates]
Anticipator: TypeAlias = Component[Any, AnticipateQuery, Estimate | None]
Acquisition: TypeAlias = Component[Any, AcquisitionQuery, Array]
FoldPlan: TypeAlias = Component[Any, FoldQuery, tuple[int, ...] | None]
Acceptance: TypeAlias = Component[Any, AcceptQuery, Verdict]
Termination: TypeAlias = Component[Any, StopQuery, str | None]
Confirmation: TypeAlias = Component[Any, ConfirmQuery, int | None]
Recommendation: TypeAlias = Component[Any, RecommendQuery, int | None]


def is_component(value: object) -> bool:
    """Tell whether a value has the shape of a component."""
    return _is_component_type(type(value))  # type: ignore[arg-type]


@cache
def _is_component_type(kind: Hashable) -> bool:
    return (
        isinstance(kind, type)
        and attrs.has(kind)
        and all(callable(getattr(kind, name, None)) for name in ("init", "update", "read"))
    )


@cache
def _field_names(kind: Hashable) -> tuple[str, ...]:
    return tuple(attribute.name for attribute in attrs.fields(kind))  # type: ignore[arg-type]


def remembers(component: Component[Any, Any, Any]) -> bool:
    """Tell whether a component, or a part of it, takes in events; if not, a replay can skip it."""
    own = getattr(type(component), "update") is not Composed.update  # noqa: B009
    return own or any(remembers(part) for _, part in _parts(component))


class Composed(Generic[Q_contra, R_co]):
    """The mixin for components that remember nothing themselves, though their parts may.

    The state is the tuple of the states of the fields that are components, so ``()`` where there
    are none.

    Examples
    --------
    >>> from attrs import frozen
    >>> @frozen
    ... class Half(Composed[ScheduleQuery, float]):
    ...     of: Schedule
    ...     def read(self, state, query):
    ...         return self.read_part(state, "of", query) / 2
    """

    __slots__ = ()

    def init(self) -> tuple[Any, ...]:
        """Return the state before any event: its parts' states."""
        return tuple(part.init() for _, part in _parts(self))

    def update(self, state: tuple[Any, ...], study: Study, event: Event) -> tuple[Any, ...]:
        """Take one event into the state of every part."""
        return tuple(
            part.update(part_state, study, event)
            for part_state, (_, part) in zip(state, _parts(self), strict=True)
        )

    def read_part(self, state: tuple[Any, ...], name: str, query: Any) -> Any:
        """Put a question to the part in the field ``name``."""
        part, part_state = self.part(state, name)
        return part.read(part_state, query)

    def part(self, state: tuple[Any, ...], name: str) -> tuple[Component[Any, Any, Any], Any]:
        """Return the part in the field ``name``, and its state."""
        for part_state, (part_name, part) in zip(state, _parts(self), strict=True):
            if part_name == name:
                return part, part_state
        raise ComponentError(f"{type(self).__name__} has no part {name!r}")


def _parts(component: object) -> list[tuple[str, Component[Any, Any, Any]]]:
    result: list[tuple[str, Component[Any, Any, Any]]] = []
    for name in _field_names(type(component)):  # type: ignore[arg-type]
        value = getattr(component, name)
        if is_component(value):
            result.append((name, value))
        elif type(value) is tuple:
            result += [(f"{name}[{i}]", item) for i, item in enumerate(value) if is_component(item)]
    return result


def describe(component: object) -> dict[str, Any]:
    """Describe a component as a plain nested dict, for the log and for people.

    Parameters
    ----------
    component : Component
        Any attrs object, of plain values and such objects.

    Raises
    ------
    ComponentError
        If a field holds something that is neither a plain value nor an attrs object.

    Examples
    --------
    >>> from attrs import frozen
    >>> @frozen
    ... class Rate(Composed[ScheduleQuery, float]):
    ...     value: float
    >>> describe(Rate(0.5))
    {'component': 'Rate', 'value': 0.5}
    """
    kind = type(component)
    if not attrs.has(kind):
        raise ComponentError(
            f"{component!r} is not an attrs object; write it as a frozen attrs class"
        )
    described: dict[str, Any] = {"component": kind.__name__}
    for attribute in attrs.fields(kind):
        if attribute.init:
            name = attribute.alias or attribute.name
            value = getattr(component, attribute.name)
            if (
                attribute.metadata.keys() >= OMITTED_AT_DEFAULT.keys()
                and value == attribute.default
            ):
                continue
            described[name] = _describe_field(f"{kind.__name__}.{name}", value)
    return described


def _describe_field(where: str, value: object) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        raise ComponentError(f"{where} = {value!r} is not finite; use None for no limit")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [_describe_field(f"{where}[{i}]", item) for i, item in enumerate(value)]
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value) or "component" in value:
            raise ComponentError(f"{where} must have strings as keys, none of them 'component'")
        return {name: _describe_field(f"{where}[{name!r}]", item) for name, item in value.items()}
    if attrs.has(type(value)):
        return describe(value)
    raise ComponentError(
        f"{where} = {value!r} is of type {type(value).__name__}, which can't be described in a "
        "log; use plain values, or a frozen attrs class in place of a function"
    )


def rebuild(description: Mapping[str, Any], components: Mapping[str, type]) -> Any:
    """Make the component that a description stands for, ``rebuild(describe(c), …) == c``.

    Only the classes handed in are ever called: a description is data and imports nothing.

    Parameters
    ----------
    description : mapping
        What ``describe`` returned.
    components : mapping of str to type
        The classes that may occur, by name.

    Raises
    ------
    ComponentError
        If a class is unknown, or its fields don't fit.
    """
    if not isinstance(description, Mapping) or "component" not in description:
        raise ComponentError(f"{description!r} is not the description of a component")
    name = description["component"]
    kind = components.get(name)
    if kind is None:
        raise ComponentError(
            f"the component {name!r} is not known here; pass strategy= with the object itself, or "
            "components= with its class"
        )
    try:
        resolved = attrs.resolve_types(kind)
    except NameError:  # a class in a local scope: its annotations can't be looked up
        resolved = kind
    types = {a.alias or a.name: a.type for a in attrs.fields(resolved) if a.init}
    given = {key: value for key, value in description.items() if key != "component"}
    unknown = [key for key in given if key not in types]
    if unknown:
        raise ComponentError(
            f"{name} has no field {unknown[0]!r}; it has {', '.join(types) or 'none'}. "
            "Was the log written by another version?"
        )
    try:
        return kind(
            **{key: _rebuild_field(value, types[key], components) for key, value in given.items()}
        )
    except (TypeError, cattrs.BaseValidationError) as error:
        raise ComponentError(f"{name} can't be made from {given!r}: {error}") from error


def _rebuild_field(value: Any, kind: Any, components: Mapping[str, type]) -> Any:
    if isinstance(value, Mapping):
        if "component" in value:
            return rebuild(value, components)
        return {name: _rebuild_field(item, Any, components) for name, item in value.items()}
    if isinstance(value, list):
        if any(isinstance(item, Mapping) for item in value):
            return tuple(_rebuild_field(item, Any, components) for item in value)
        if kind in (None, Any) or isinstance(kind, str):
            return tuple(_rebuild_field(item, Any, components) for item in value)
        return cattrs.structure(value, kind)
    return value
