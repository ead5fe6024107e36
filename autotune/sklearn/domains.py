"""Spaces from plain start values of an estimator, within what the estimator says it takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from attrs import evolve
from sklearn.utils import _param_validation as published

from autotune.errors import SpaceError
from autotune.sklearn.boosters import booster_domain
from autotune.sklearn.ranges import Range
from autotune.space import Boolean, Categorical, Dimension, Fixed, Space, as_space
from autotune.space.dimensions import is_plain, plain, shown
from autotune.space.inference import dimension_of_distribution, dimension_of_value

__all__ = ["as_recorded", "space_for", "start_value_names"]

# How an estimator is run, not what it learns.
_NO_TUNING = (
    "cache_size",
    "copy",
    "copy_X",
    "cv",
    "input",
    "n_jobs",
    "random_state",
    "scoring",
    "verbose",
    "warm_start",
)
_NO_TUNING_KINDS = ("random_state", "verbose", "cv_object")
# Legal only with distances in place of the features, with two features, or with more arguments.
_DEMANDING = (
    "haversine",
    "mahalanobis",
    "precomputed",
    "precomputed_nearest_neighbors",
    "pyfunc",
    "seuclidean",
)


def space_for(estimator: Any, space: Space | Mapping[str, Any]) -> Space:
    """Return the space that ``StepSearchCV`` searches, to be looked at and changed.

    A start value gets bounds or choices from what its estimator publishes
    (``_parameter_constraints`` of scikit-learn, a table for XGBoost, LightGBM and CatBoost), also
    inside pipelines and other meta-estimators:

    - a number the range that holds it. Between two ends it is searched evenly, or in magnitudes if
      it is less than a tenth of the range; with one end or none it is multiplied, and keeps its
      sign. An open end is never reached: positive numbers stay positive, others keep a twentieth
      of the range away. A start value of 0 with nothing below it goes up a scale with a place for
      0 (``Float(low=0, linear_below=0.01)``). A whole number where any number may be becomes a
      ``Float``; what is positive and whole stays at least 1;
    - a string, or None, the strings (and None) to choose from, without deprecated ones and those
      that ask for more (such as "precomputed"); None without strings beside it stays fixed;
    - True and False each other.

    A list, a range or an array means choices as in ``param_grid``, and so does a tuple where the
    estimator holds a single value; where it holds a tuple, such as ``hidden_layer_sizes=(100,)``, a
    tuple is a start value. Dimensions and scipy.stats distributions are taken as they are; where no
    start value is given it is the estimator's own setting, if that is legal. What
    says only how an estimator runs (``random_state``, ``n_jobs``, ``verbose``, …) is fixed, and
    what is not published is read as ``Space.from_start`` does.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    space : Space or mapping
        As for ``StepSearchCV``. A ``Space`` is returned as it is.

    Returns
    -------
    Space
        The space.

    Raises
    ------
    SpaceError
        If the estimator does not take a start value, or the space makes no sense.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> space = space_for(SVC(), {"C": 1, "kernel": "rbf", "degree": (2, 3)})
    >>> space["kernel"].choices, space["degree"].choices
    (('linear', 'poly', 'rbf', 'sigmoid'), (2, 3))
    >>> space["C"], space.start["C"]
    (Float(low=None, high=None, log=True), 1.0)
    """
    if isinstance(space, Space) or not isinstance(space, Mapping) or len(space) == 0:
        return as_space(space)
    started = start_value_names(estimator, space)
    parameters: dict[str, Dimension] = {}
    others: dict[str, Any] = {}
    for name, given in space.items():
        if name in started:
            parameters[name] = _dimension(estimator, space, name, plain(given))
        else:
            others[name] = _listed(given)
    declared = Space.from_distributions(others) if others else None
    starts = {name: plain(space[name]) for name in started}
    if declared is not None:
        parameters |= dict(declared.parameters)
        starts |= declared.start_values
    made = Space({name: parameters[name] for name in space}, start=starts)
    # Like a person, begin at the model's present settings unless told otherwise.
    known = estimator.get_params(deep=True)
    present = {}
    for name in others:
        if name in known:
            try:
                present[name] = made[name].check(name, known[name])
            except SpaceError:
                continue
    return made.with_start(present)


def start_value_names(estimator: Any, given: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the parameters that were given a plain start value."""
    return frozenset(
        name
        for name, value in given.items()
        if not _is_declared(value)
        and not (type(value) is tuple and _are_choices(estimator, name, value))
    )


def as_recorded(space: Space, recorded: Space, started: Iterable[str]) -> Space:
    """Return the space with the dimensions that a log has for parameters with a start value.

    What is inferred from start values may change from version to version; a study goes on as it was
    begun.

    Parameters
    ----------
    space : Space
        The space as it is inferred today.
    recorded : Space
        That of the log.
    started : iterable of str
        The parameters that were given a start value.
    """
    kept = dict(space.parameters)
    starts = space.start_values
    for name in started:
        if name not in recorded or not is_plain(starts[name]):
            continue
        try:
            starts[name] = recorded[name].check(name, starts[name])
        except SpaceError:
            continue  # another start value: that the space is another is told elsewhere
        kept[name] = recorded[name]
    return evolve(space, parameters=kept, start=starts)


def _is_declared(value: Any) -> bool:
    return isinstance(value, Dimension | list | np.ndarray | range) or hasattr(value, "rvs")


def _listed(value: Any) -> Any:
    return list(value) if type(value) is tuple else value


def _are_choices(estimator: Any, name: str, values: tuple[Any, ...]) -> bool:
    """Tell whether a tuple stands for choices, because the parameter is a single value."""
    if len(values) == 0:
        return False
    owners = _owners(estimator, {}, name)
    leaf = name.rpartition("__")[2]
    for owner in owners:
        present = _present(owner, leaf)
        if isinstance(present, tuple | list | np.ndarray):
            return False
        constraints = _constraints(owner, leaf)
        if constraints is not None and present is None:
            return all(_takes(constraints, value) for value in values)
    # Of what has no owner, or another name there, nothing is known.
    return any(_present(owner, leaf) is not _UNKNOWN for owner in owners)


_UNKNOWN = object()


def _present(owner: Any, leaf: str) -> Any:
    return owner.get_params(deep=False).get(leaf, _UNKNOWN)


def _owners(estimator: Any, given: Mapping[str, Any], name: str) -> list[Any]:
    """Return the estimators that a parameter may belong to: several where they are searched too."""
    head = name.rpartition("__")[0]
    if head == "":
        return [estimator]
    if head in given:
        values = given[head]
        if isinstance(values, Categorical):
            values = values.options
        if not isinstance(values, list | tuple):
            values = [values]
        return [each for each in values if hasattr(each, "get_params")]
    owner = estimator.get_params(deep=True).get(head)
    return [owner] if hasattr(owner, "get_params") and not isinstance(owner, type) else []


def _dimension(estimator: Any, given: Mapping[str, Any], name: str, value: Any) -> Dimension:
    """Return the dimension of a start value."""
    leaf = name.rpartition("__")[2]
    found: list[Dimension] = []
    for owner in _owners(estimator, given, name):
        if _present(owner, leaf) is _UNKNOWN and booster_domain(owner, leaf) is None:
            continue  # another choice has it
        inferred = _published_dimension(owner, leaf, name, value)
        if inferred is None:
            break
        if inferred not in found:
            found.append(inferred)
    else:
        if len(found) == 1:
            return found[0]
    return dimension_of_value(f"start value of {name}", value)


def _published_dimension(owner: Any, leaf: str, name: str, value: Any) -> Dimension | None:
    """Return the dimension within what an estimator publishes; None where it says nothing."""
    known = booster_domain(owner, leaf)
    if known is not None:
        return _of_table(owner, known[0], name, value)
    constraints = _constraints(owner, leaf)
    if constraints is None:
        return None
    if not _takes(constraints, value):
        raise SpaceError(
            f"start value of {name} = {shown(value)} is not one that {type(owner).__name__} takes: "
            f"{leaf} must be {_in_words(constraints)}; give such a value, or a dimension"
        )
    if leaf in _NO_TUNING or any(each in _NO_TUNING_KINDS for each in _raw(owner, leaf)):
        return Fixed(value)
    if isinstance(value, bool):
        both = _takes(constraints, True) and _takes(constraints, False)
        return Boolean() if both else Fixed(value)
    if isinstance(value, int | float):
        return _of_number(constraints, value)
    if value is None or isinstance(value, str):
        return _of_words(constraints, value)
    if isinstance(value, tuple) and not _takes(constraints, list(value)):
        return Fixed(value)  # such as a range from one number to another: it must not grow
    return None


def _of_table(owner: Any, known: Any, name: str, value: Any) -> Dimension | None:
    if known is None or (value is None and not isinstance(known, tuple)):
        return Fixed(value)
    if isinstance(known, tuple):
        return Categorical(known) if value in known else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if value not in known:
        kind = "a whole number" if known.whole else "a number"
        raise SpaceError(
            f"start value of {name} = {value!r} is not one that {type(owner).__name__} takes: "
            f"{kind} in {known}; give such a value, or a dimension"
        )
    dimension: Dimension = known.dimension(value)
    return dimension


def _raw(owner: Any, leaf: str) -> list[str]:
    given = type(owner)._parameter_constraints[leaf]
    return [each for each in (given if isinstance(given, list) else [given]) if type(each) is str]


def _constraints(owner: Any, leaf: str) -> list[Any] | None:
    """Return what scikit-learn's way of publishing says of a parameter; None if nothing."""
    everything = getattr(owner, "_parameter_constraints", None)
    given = everything.get(leaf) if isinstance(everything, Mapping) else None
    if given is None or given == "no_validation":
        return None
    try:
        return [published.make_constraint(each) for each in given]
    except (TypeError, ValueError):  # written by somebody else, in another way
        return None


def _takes(constraints: list[Any], value: Any) -> bool:
    return any(each.is_satisfied_by(value) for each in constraints)


def _in_words(constraints: list[Any]) -> str:
    return " or ".join(str(each) for each in constraints if not each.hidden)


def _of_number(constraints: list[Any], value: float) -> Dimension | None:
    """Return the dimension of a number: of those intervals that hold it, the one of its type."""
    intervals = [
        each
        for each in constraints
        if isinstance(each, published.Interval) and each.is_satisfied_by(value) and not each.hidden
    ]
    if intervals:
        intervals.sort(key=lambda each: each.type is not Integral)
        return _range(intervals[0]).dimension(value)
    for each in constraints:
        if isinstance(each, published.Options) and each.is_satisfied_by(value):
            options = sorted(each.options - each.deprecated | {value})
            found = dimension_of_distribution("options", options)
            return found if all(map(math.isfinite, options)) else Fixed(value)
    return None


def _range(interval: Any) -> Range:
    low, high = (
        None if end is None or math.isinf(end) else float(end)
        for end in (interval.left, interval.right)
    )
    return Range(
        low,
        high,
        low_open=interval.closed in ("right", "neither"),
        high_open=interval.closed in ("left", "neither"),
        whole=interval.type is Integral,
    )


def _of_words(constraints: list[Any], value: str | None) -> Dimension | None:
    """Return the choices that a string or None is one of."""
    words: set[str] = set()
    for each in constraints:
        if isinstance(each, published.StrOptions) and not each.hidden:
            words |= each.options - each.deprecated
    words -= {word for word in _DEMANDING if word != value}
    if not words or (value is not None and value not in words):
        return Fixed(value)
    nothing = any(not each.hidden and each.is_satisfied_by(None) for each in constraints)
    choices = [*([None] if nothing else []), *sorted(words)]
    return Categorical(choices) if len(choices) > 1 else Fixed(value)
