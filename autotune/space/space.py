"""The search space: named dimensions, a start configuration, and exact coordinates both ways."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from autotune.errors import SpaceError
from autotune.space.cardinality import cardinality
from autotune.space.columns import (
    Coordinates,
    active_columns,
    allowed_by_conditions,
    decoded_columns,
    settled_columns,
    take_rows,
)
from autotune.space.conditions import (
    Condition,
    Constraint,
    Predicate,
    UnknownPredicate,
    allows,
    settled,
)
from autotune.space.dimensions import (
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Sequence,
    plain,
)
from autotune.space.equality import Exactly
from autotune.space.inference import (
    dimension_of_distribution,
    dimension_of_value,
    dimension_of_values,
)
from autotune.space.serialization import Description, Parts, described, parts
from autotune.space.version_1 import is_version_1, parts_of_version_1

__all__ = ["Configuration", "Coordinates", "Row", "Space", "as_space", "pad_rows"]

Configuration: TypeAlias = Mapping[str, Any]
Row: TypeAlias = Mapping[str, Any]
"""One configuration's coordinates: a number for each parameter, an array without padding for a
sequence; NaN, or an empty array, where the parameter is inactive."""


def _pairs(
    parameters: Mapping[str, Dimension] | Iterable[tuple[str, Dimension]],
) -> tuple[tuple[str, Dimension], ...]:
    items = parameters.items() if isinstance(parameters, Mapping) else parameters
    try:
        return tuple((name, dimension) for name, dimension in items)
    except (TypeError, ValueError):
        raise SpaceError(
            f"parameters = {parameters!r} must be a dict of dimensions by name"
        ) from None


def _start(values: Configuration | None) -> tuple[tuple[str, Any], ...]:
    if values is None:
        return ()
    if isinstance(values, tuple):  # attrs.evolve hands the converted value back
        return values
    if not isinstance(values, Mapping):
        raise SpaceError(f"start = {values!r} must be a dict of start values by name")
    return tuple(values.items())


def _by_parameter(conditions: Mapping[str, Condition] | None) -> tuple[tuple[str, Condition], ...]:
    if conditions is None:
        return ()
    if isinstance(conditions, tuple):
        return conditions
    if not isinstance(conditions, Mapping):
        raise SpaceError(
            f"conditions = {conditions!r} must be a dict such as "
            "{'gamma': Equals('kernel', 'rbf')}"
        )
    return tuple(conditions.items())


def _constraints(given: Iterable[Constraint] | Constraint) -> tuple[Constraint, ...]:
    if isinstance(given, Condition) or callable(given):
        return (given,)
    try:
        return tuple(given)
    except TypeError:
        raise SpaceError(
            f"constraints = {given!r} must be conditions or functions of a configuration"
        ) from None


@frozen(repr=False)
class Space:
    """Named dimensions and the configuration a search starts from.

    Parameters
    ----------
    parameters : mapping of str to dimension
        The parameters, in the order in which they are shown.
    start : mapping, optional
        Start values; a parameter left out starts in the middle of its dimension.
    conditions : mapping of str to condition, optional
        When a parameter is active; the others always are. A configuration holds no value for an
        inactive parameter, and its coordinate is NaN.
    constraints : iterable of conditions or functions, optional
        Each is asked about a configuration and tells whether it is allowed. A function is known to
        a log by its name only.

    Raises
    ------
    SpaceError
        If the space is empty, a name is not a string or given twice, a start value is illegal, an
        unbounded parameter has none, conditions go round in a circle, or a constraint forbids the
        start values.

    Examples
    --------
    >>> space = Space({"alpha": Float(1e-4, 1, log=True), "layers": Sequence(of=Integer(1))},
    ...               start={"layers": (4, 1)})
    >>> space.start
    {'alpha': 0.01, 'layers': (4, 1)}
    >>> space.decode(space.encode([space.start]))
    [{'alpha': 0.01, 'layers': (4, 1)}]

    >>> from autotune.space import Equals
    >>> svm = Space({"kernel": Categorical(["linear", "rbf"]), "gamma": Float(1e-3, 1, log=True)},
    ...             conditions={"gamma": Equals("kernel", "rbf")})
    >>> svm.start, svm.check({"kernel": "rbf", "gamma": 0.1})
    ({'kernel': 'linear'}, {'kernel': 'rbf', 'gamma': 0.1})
    """

    parameters: tuple[tuple[str, Dimension], ...] = field(converter=_pairs)
    _start: tuple[tuple[str, Any], ...] = field(
        default=None, converter=_start, alias="start", eq=Exactly
    )
    conditions: tuple[tuple[str, Condition], ...] = field(
        default=None, converter=_by_parameter, kw_only=True
    )
    constraints: tuple[Constraint, ...] = field(default=(), converter=_constraints, kw_only=True)
    _by_name: dict[str, Dimension] = field(init=False, repr=False, eq=False)
    _condition_of: dict[str, Condition] = field(init=False, repr=False, eq=False)
    _order: tuple[str, ...] = field(init=False, repr=False, eq=False)
    _encoders: tuple[tuple[str, Callable[[Any], Any] | None], ...] = field(
        init=False, repr=False, eq=False
    )

    def __attrs_post_init__(self) -> None:
        if len(self.parameters) == 0:
            raise SpaceError("the space is empty; give at least one parameter")
        by_name: dict[str, Dimension] = {}
        for name, dimension in self.parameters:
            if not isinstance(name, str) or name == "":
                raise SpaceError(f"parameter name {name!r} must be a non-empty string")
            if not isinstance(dimension, Dimension):
                raise SpaceError(
                    f"{name} = {dimension!r} is not a dimension; use Float, Integer, Boolean, "
                    "Categorical, Ordinal, Sequence or Fixed"
                )
            if name in by_name:
                raise SpaceError(f"parameter {name!r} is given twice; leave one out")
            by_name[name] = dimension
        given = dict(self._start)
        for name in given:
            if name not in by_name:
                raise SpaceError(
                    f"start value for {name!r}, which is not a parameter of the space "
                    f"({', '.join(by_name)}); remove it or add its dimension"
                )
        start = []
        for name, dimension in by_name.items():
            if name in given:
                start.append((name, dimension.check(f"start value of {name}", given[name])))
            else:
                try:
                    start.append((name, dimension.default()))
                except SpaceError as error:
                    raise SpaceError(f"{name}: {error}") from None
        object.__setattr__(self, "_start", tuple(start))
        object.__setattr__(self, "_by_name", by_name)
        # A number is its own coordinate, which spares a call for most parameters.
        encoders = tuple(
            (name, None if isinstance(dimension, Float | Integer) else dimension.encode)
            for name, dimension in by_name.items()
        )
        object.__setattr__(self, "_encoders", encoders)
        self._settle_conditions(by_name)

    def _settle_conditions(self, by_name: dict[str, Dimension]) -> None:
        conditions: dict[str, Condition] = {}
        for name, condition in self.conditions:
            if name not in by_name:
                raise SpaceError(
                    f"condition for {name!r}, which is not a parameter of the space "
                    f"({', '.join(by_name)}); remove it or add its dimension"
                )
            if not isinstance(condition, Condition):
                raise SpaceError(
                    f"condition for {name} = {condition!r} is not one of Equals, In, LessThan, "
                    "GreaterThan, And, Or and Not"
                )
            conditions[name] = settled(condition, by_name, f"the condition for {name}")
        constraints: list[Constraint] = []
        for i, constraint in enumerate(self.constraints):
            if isinstance(constraint, Condition):
                constraints.append(settled(constraint, by_name, f"constraint {i}"))
            elif callable(constraint):
                constraints.append(constraint)
            else:
                raise SpaceError(
                    f"constraint {constraint!r} is neither a condition nor a function of a "
                    "configuration"
                )
        object.__setattr__(self, "conditions", tuple(conditions.items()))
        object.__setattr__(self, "constraints", tuple(constraints))
        object.__setattr__(self, "_condition_of", conditions)
        object.__setattr__(self, "_order", _parents_first(by_name, conditions))
        known = [c for c in self.constraints if not isinstance(c, UnknownPredicate)]
        if not all(allows(constraint, self.start) for constraint in known):
            raise SpaceError(
                f"the constraints forbid the start values {self.start!r}; give start values that "
                "they allow"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Parameter names, in order."""
        return tuple(self._by_name)

    @property
    def start(self) -> dict[str, Any]:
        """The configuration a search starts from."""
        values = self.start_values
        return self._active_part(values.__getitem__) if self._condition_of else values

    @property
    def start_values(self) -> dict[str, Any]:
        """A start value for every parameter, also for those inactive at the start."""
        # A list is copied, so that changing it doesn't change the space.
        return {name: list(v) if type(v) is list else v for name, v in self._start}

    @property
    def conditional(self) -> bool:
        """Whether some parameter is not always active."""
        return len(self._condition_of) > 0

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        """The constraints that are functions of a configuration."""
        return tuple(each for each in self.constraints if not isinstance(each, Condition))

    @property
    def searched(self) -> tuple[str, ...]:
        """Names of the parameters that are not fixed."""
        return tuple(n for n, dimension in self.parameters if not isinstance(dimension, Fixed))

    @cached_property
    def n_configurations(self) -> int | None:
        """The number of different configurations; None if there is no end of them, or too many.

        Conditions and constraints count: parameters that they tie together are gone through, up to
        200,000 combinations, or 10,000 where a constraint is a function.

        Examples
        --------
        >>> from autotune.space import Equals
        >>> Space({"kernel": Categorical(["linear", "poly"]), "degree": Integer(2, 5)},
        ...       conditions={"degree": Equals("kernel", "poly")}).n_configurations
        5
        """
        return cardinality(self)

    def _active_part(self, value_of: Callable[[str], Any]) -> dict[str, Any]:
        """Return the values of the active parameters, each asked for after its parents."""
        active: dict[str, Any] = {}
        for name in self._order:
            condition = self._condition_of.get(name)
            if condition is None or condition.holds(active):
                active[name] = value_of(name)
        return {name: active[name] for name in self._by_name if name in active}

    def allows(self, configuration: Configuration) -> bool:
        """Tell whether the constraints allow a configuration."""
        return all(allows(constraint, configuration) for constraint in self.constraints)

    def allowed(self, coordinates: Coordinates) -> NDArray[np.bool_]:
        """Tell which configurations the constraints allow.

        Parameters
        ----------
        coordinates : mapping of str to ndarray
            Of n configurations.

        Returns
        -------
        ndarray of bool, shape (n,)
            For each. A function is called for every one that the conditions allow.
        """
        result = allowed_by_conditions(self, coordinates)
        if self.predicates:
            rows = np.flatnonzero(result)
            result[rows] = self.allowed_by_predicates(take_rows(coordinates, rows))
        return result

    def allowed_by_predicates(self, coordinates: Coordinates) -> list[bool]:
        """Tell which configurations the functions among the constraints allow."""
        told = decoded_columns(self, coordinates)
        functions = self.predicates
        if len(functions) == 1:
            (function,) = functions
            return [bool(function(configuration)) for configuration in told]
        return [all(function(configuration) for function in functions) for configuration in told]

    def allows_row(self, row: Row) -> bool:
        """Tell whether the constraints allow the configuration at one row of coordinates."""
        return len(self.constraints) == 0 or self.allows(self.decode_one(row))

    def settle_row(self, row: Row) -> dict[str, Any]:
        """Return a row with inactive parameters marked and newly active ones at their start value.

        Parameters
        ----------
        row : mapping
            A coordinate for each parameter: a number, for sequences an array without padding.
        """
        settled_row = dict(row)
        if not self._condition_of:
            return settled_row
        known: dict[str, Any] = {}
        starts = dict(self._start)
        for name in self._order:
            condition = self._condition_of.get(name)
            dimension = self._by_name[name]
            value = settled_row[name]
            if condition is not None and not condition.holds(known):
                settled_row[name] = np.empty(0) if isinstance(dimension, Sequence) else math.nan
                continue
            if isinstance(dimension, Sequence):
                if len(value) < dimension.min_length:
                    value = np.array(dimension.encode(starts[name]))
            elif math.isnan(value):
                value = dimension.encode(starts[name])
            settled_row[name] = value
            known[name] = dimension.decode(value)
        return settled_row

    def __getitem__(self, name: str) -> Dimension:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __repr__(self) -> str:
        more = f", conditions={self._condition_of!r}" if self.conditional else ""
        if self.constraints:
            more += f", constraints={list(self.constraints)!r}"
        return f"Space({self._by_name!r}, start={self.start_values!r}{more})"

    def check(self, configuration: Configuration) -> dict[str, Any]:
        """Return a configuration with legal values in the order of the space.

        Raises
        ------
        SpaceError
            If a parameter is missing, unknown or has an illegal value.
        """
        if not isinstance(configuration, Mapping):
            raise SpaceError(
                f"configuration {configuration!r} is of type {type(configuration).__name__}; "
                "a dict of parameter values is needed"
            )
        unknown = [name for name in configuration if name not in self._by_name]
        if unknown:
            raise SpaceError(
                f"unknown parameter(s) {unknown}; the space has {', '.join(self._by_name)}"
            )
        checked = self.check_values(configuration)
        if not self.allows(checked):
            forbidding = next(c for c in self.constraints if not allows(c, checked))
            raise SpaceError(
                f"the constraint {forbidding!r} forbids the configuration {checked!r}; change a "
                "value or the constraint"
            )
        return checked

    def check_values(self, configuration: Configuration) -> dict[str, Any]:
        """Return a configuration with legal values, whatever the constraints say of it."""
        if not self._condition_of:
            missing = [name for name in self._by_name if name not in configuration]
            if missing:
                raise SpaceError(f"no value for parameter(s) {missing}; give one for each")
            return {
                name: dimension.check(name, configuration[name])
                for name, dimension in self._by_name.items()
            }

        def checked(name: str) -> Any:
            if name not in configuration:
                raise SpaceError(f"no value for parameter(s) {[name]}; give one for each")
            return self._by_name[name].check(name, configuration[name])

        return self._active_part(checked)

    def encode_row(self, configuration: Configuration) -> list[Any]:
        """Return one legal configuration's coordinates: a number each, a tuple for sequences.

        An inactive parameter gives NaN, or an empty tuple for a sequence.
        """
        if self._condition_of:
            return self._encode_conditional(configuration)
        return [
            configuration[name] if encode is None else encode(configuration[name])
            for name, encode in self._encoders
        ]

    def _encode_conditional(self, configuration: Configuration) -> list[Any]:
        row: list[Any] = []
        used = 0
        for name, dimension in self._by_name.items():
            condition = self._condition_of.get(name)
            if condition is None or condition.holds(configuration):
                coordinate = dimension.encode(configuration[name])
                if not isinstance(coordinate, tuple) and not math.isfinite(coordinate):
                    raise SpaceError(f"{name} = {coordinate!r} is not a finite number")
                row.append(coordinate)
                used += 1
            elif name in configuration:
                raise SpaceError(f"{name} has a value, though its condition does not hold")
            else:
                row.append(() if isinstance(dimension, Sequence) else math.nan)
        if used < len(configuration):
            raise SpaceError(f"it has parameters besides {list(self._by_name)}")
        return row

    def encode(self, configurations: Iterable[Configuration]) -> dict[str, NDArray[np.float64]]:
        """Return coordinates of legal configurations, an array for each parameter.

        Returns
        -------
        dict of str to ndarray
            Shape (n,), or (n, longest) for sequences, padded with NaN; NaN where inactive.
        """
        rows = [self.encode_row(configuration) for configuration in configurations]
        columns: dict[str, NDArray[np.float64]] = {}
        for i, (name, dimension) in enumerate(self._by_name.items()):
            column = [row[i] for row in rows]
            if isinstance(dimension, Sequence):
                columns[name] = pad_rows(column)
            else:
                columns[name] = np.array(column, dtype=np.float64)
        return columns

    def decode(self, coordinates: Coordinates) -> list[dict[str, Any]]:
        """Return the configurations at the given coordinates."""
        return decoded_columns(self, coordinates)

    def decode_row(self, coordinates: Coordinates, i: int) -> dict[str, Any]:
        """Return the configuration in row ``i``."""
        return self.decode_one({name: coordinates[name][i] for name in self._by_name})

    def decode_one(self, row: Row) -> dict[str, Any]:
        """Return the configuration at one row of coordinates."""
        if not self._condition_of:
            return {name: dimension.decode(row[name]) for name, dimension in self._by_name.items()}
        return self._active_part(lambda name: self._by_name[name].decode(row[name]))

    def sample(self, rng: np.random.Generator, size: int) -> dict[str, NDArray[np.float64]]:
        """Draw coordinates uniformly on the natural scales; every dimension must be bounded.

        Conditions are honoured, constraints are not.
        """
        columns = {}
        for name, dimension in self._by_name.items():
            try:
                columns[name] = dimension.sample(rng, size)
            except SpaceError as error:
                raise SpaceError(f"{name}: {error}") from None
        return self.mark_inactive(columns) if self._condition_of else columns

    def active(self, coordinates: Coordinates) -> dict[str, NDArray[np.bool_]]:
        """Tell in which rows each parameter is active.

        Parameters
        ----------
        coordinates : mapping of str to ndarray
            Of n configurations. What an inactive parameter's are is not looked at.

        Returns
        -------
        dict of str to ndarray of bool, shape (n,)
            For each parameter.
        """
        return active_columns(self, coordinates)

    def settle(self, coordinates: Coordinates) -> dict[str, NDArray[np.float64]]:
        """Return coordinates with inactive parameters marked and newly active ones at their start.

        Parameters
        ----------
        coordinates : mapping of str to ndarray
            Of n configurations; a parameter that is active and has NaN takes its start value, and
            so does a sequence that is too short.
        """
        return settled_columns(self, coordinates)

    def mark_inactive(self, coordinates: Coordinates) -> dict[str, NDArray[np.float64]]:
        """Return coordinates with NaN for parameters whose condition does not hold."""
        columns = {name: np.array(column) for name, column in coordinates.items()}
        if self._condition_of:
            for name, mask in self.active(columns).items():
                columns[name][~mask] = np.nan
        return columns

    def with_start(self, values: Configuration) -> Space:
        """Return the space with other start values for some parameters."""
        unknown = [name for name in values if name not in self._by_name]
        if unknown:
            raise SpaceError(
                f"start value(s) for {unknown}, no parameters of the space "
                f"({', '.join(self._by_name)}); remove them or add their dimensions"
            )
        return evolve(self, start={**self.start_values, **values})

    def describe(self) -> Description:
        """Return the space as plain data for JSON; objects and functions as their labels.

        Examples
        --------
        >>> Space({"x": Float(0, 1)}).describe()
        {'parameters': {'x': {'kind': 'float', 'low': 0.0, 'high': 1.0, 'start': 0.5}}}
        """
        return described(
            Parts(
                list(self.parameters),
                dict(self._start),
                dict(self.conditions),
                list(self.constraints),
            )
        )

    @classmethod
    def from_description(cls, description: Description, *, labels: bool = True) -> Space:
        """Return the space of a description; objects and functions are known by their labels only.

        Parameters
        ----------
        description : dict
            As ``describe`` returns it, a person writes it in a file, or an old log holds it.
        labels : bool
            Whether there may be labels.

        Raises
        ------
        SpaceError
            If it is none.

        Examples
        --------
        >>> Space.from_description({"parameters": {"x": {"kind": "float", "low": 0, "high": 1}}})
        Space({'x': Float(low=0.0, high=1.0, log=False)}, start={'x': 0.5})
        """
        if is_version_1(description):
            result = parts_of_version_1(description)
        else:
            result = parts(description, labels=labels)
        return cls(
            result.parameters,
            start=result.start,
            conditions=result.conditions,
            constraints=result.constraints,
        )

    @classmethod
    def from_start(
        cls, start: Configuration, options: Mapping[str, Iterable[Any]] | None = None
    ) -> Space:
        """Infer a space from start values, as the 2018 prototype did.

        Booleans flip, numbers step freely but keep their sign (0 steps to both sides), strings (and
        anything with an entry in ``options``) pick among the options, lists and tuples of numbers
        change an element or grow. Everything else stays as it is.

        Parameters
        ----------
        start : mapping
            A value for each parameter.
        options : mapping, optional
            The options of strings and other choices, by parameter.

        Examples
        --------
        >>> space = Space.from_start({"lr": 0.1, "layers": (4, 1), "solver": "adam"},
        ...                          {"solver": ["adam", "sgd"]})
        >>> space["layers"].of
        Integer(low=1, high=None, log=False)
        """
        if not isinstance(start, Mapping):
            raise SpaceError(
                f"start values {start!r} must be a dict such as {{'alpha': 0.1}}, "
                f"not {type(start).__name__}"
            )
        choices = dict(options or {})
        for name in choices:
            if name not in start:
                raise SpaceError(f"options for {name!r}, which has no start value; give one")
        return cls(
            {
                name: Categorical(choices[name])
                if name in choices
                else dimension_of_value(f"start value of {name}", value)
                for name, value in start.items()
            },
            start=start,
        )

    @classmethod
    def from_distributions(
        cls, distributions: Mapping[str, Any], start: Configuration | None = None
    ) -> Space:
        """Read scikit-learn's ``param_distributions`` or ``param_grid``.

        Lists of numbers in order become ordinal, other lists categorical, frozen scipy.stats
        distributions become numbers between their bounds (``loguniform`` on a log scale); one
        without both bounds starts at its median.

        Parameters
        ----------
        distributions : mapping
            A dimension, a list of values or a frozen scipy.stats distribution for each parameter.
        start : mapping, optional
            Start values.

        Examples
        --------
        >>> from scipy.stats import loguniform, randint
        >>> Space.from_distributions({"C": loguniform(1e-2, 1e2), "k": randint(1, 10)})["C"]
        Float(low=0.01, high=100.0, log=True)
        """
        if not isinstance(distributions, Mapping):
            raise SpaceError(
                f"distributions = {distributions!r} must be a dict such as "
                f"{{'alpha': [0.1, 1.0]}}, not {type(distributions).__name__}"
            )
        parameters: dict[str, Dimension] = {}
        starts: dict[str, Any] = {}
        for name, given in distributions.items():
            try:
                parameters[name] = dimension = dimension_of_distribution(name, given)
            except SpaceError as error:
                named = str(error).startswith((f"{name}: ", f"{name} = "))
                raise SpaceError(str(error) if named else f"{name}: {error}") from None
            if isinstance(given, Dimension) or not isinstance(dimension, Float | Integer):
                continue
            if not dimension.bounded:
                starts[name] = plain(given.median())
        return cls(parameters, start={**starts, **dict(_start(start))})

    @classmethod
    def from_configurations(cls, configurations: Iterable[Configuration]) -> Space:
        """Infer a space that holds configurations, starting at the first.

        Whole numbers, numbers, booleans and sequences of them become dimensions of their kind
        without bounds, except those that are needed to tell values of different signs; what is
        always the same and no number is fixed, and all else a choice among the values that occur.

        Parameters
        ----------
        configurations : iterable of mapping
            A value for each parameter, the same ones in all of them.

        Raises
        ------
        SpaceError
            If there is no configuration, or they have different parameters.

        Examples
        --------
        >>> space = Space.from_configurations([{"n": 4, "kind": "a"}, {"n": 9, "kind": "b"}])
        >>> space["n"], space["kind"].choices
        (Integer(low=None, high=None, log=False), ('a', 'b'))
        """
        rows = list(configurations)
        if len(rows) == 0:
            raise SpaceError(
                "no configurations: a space can't be inferred from nothing; give space="
            )
        names = list(rows[0])
        for i, row in enumerate(rows):
            if set(row) != set(names):
                raise SpaceError(
                    f"configuration {i} has the parameters {sorted(row)}, the first has "
                    f"{sorted(names)}; give the space with its conditions"
                )
        return cls(
            {name: dimension_of_values([row[name] for row in rows]) for name in names},
            start=dict(rows[0]),
        )


def as_space(
    given: Space | Mapping[str, Any],
    start: Configuration | None = None,
    options: Mapping[str, Iterable[Any]] | None = None,
) -> Space:
    """Make a space of whatever names one: a space, dimensions, distributions or start values.

    A mapping in which any value is a dimension, a list or array of choices, or a distribution is
    read as ``param_distributions``; plain values, tuples among them, stand for start values, as in
    ``Space.from_start``. For a list as a start value say that. What an estimator takes is known to
    ``autotune.sklearn.space_for``.

    Parameters
    ----------
    given : Space or mapping
        See above.
    start : mapping, optional
        Start values.
    options : mapping, optional
        Options of strings, for start values.
    """
    if isinstance(given, Space):
        if options is not None:
            raise SpaceError("options go with start values; a Space has its Categorical dimensions")
        return given if start is None else given.with_start(start)
    if not isinstance(given, Mapping):
        raise SpaceError(
            f"space = {given!r} is of type {type(given).__name__}; give a Space or a dict"
        )
    if len(given) == 0:
        raise SpaceError("the space is empty; give at least one parameter")
    declared = [
        isinstance(value, Dimension | list | np.ndarray | range) or hasattr(value, "rvs")
        for value in given.values()
    ]
    if not any(declared) or options is not None:
        return Space.from_start({**given, **(start or {})}, options)
    lone = [name for name, is_declared in zip(given, declared, strict=True) if not is_declared]
    if lone:
        raise SpaceError(
            f"parameter(s) {lone} have a single value beside others with dimensions; use "
            "Fixed(value) to fix them, a list for choices, or Space.from_start for start values"
        )
    return Space.from_distributions(given, start)


def pad_rows(rows: Iterable[Iterable[float]]) -> NDArray[np.float64]:
    """Stack rows of different lengths into a matrix, padded with NaN (at least one column)."""
    listed = [list(row) for row in rows]
    width = max((len(row) for row in listed), default=0)
    out = np.full((len(listed), max(width, 1)), np.nan)
    for i, row in enumerate(listed):
        out[i, : len(row)] = row
    return out


def _parents_first(
    dimensions: Mapping[str, Dimension], conditions: Mapping[str, Condition]
) -> tuple[str, ...]:
    """Order parameters so that each comes after those that its condition looks at."""
    placed: dict[str, None] = {}
    waiting = list(dimensions)
    while waiting:
        ready = [
            name
            for name in waiting
            if name not in conditions or all(other in placed for other in conditions[name].names)
        ]
        if not ready:
            raise SpaceError(
                f"the conditions of {waiting} go round in a circle; leave one of them out"
            )
        placed.update(dict.fromkeys(ready))
        waiting = [name for name in waiting if name not in placed]
    return tuple(placed)
