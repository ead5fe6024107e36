"""The search space: named dimensions, a start configuration, and exact coordinates both ways."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from autotune.dimensions import (
    Boolean,
    Categorical,
    Constant,
    Dimension,
    Exactly,
    Float,
    Integer,
    Label,
    Ordinal,
    Sequence,
    is_plain,
    plain,
)
from autotune.errors import SpaceError

__all__ = [
    "Boolean",
    "Categorical",
    "Configuration",
    "Constant",
    "Coordinates",
    "Dimension",
    "Float",
    "Integer",
    "Ordinal",
    "Sequence",
    "Space",
    "as_space",
]

Configuration: TypeAlias = Mapping[str, Any]
Coordinates: TypeAlias = Mapping[str, NDArray[np.float64]]
Description: TypeAlias = dict[str, Any]


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


@frozen(repr=False)
class Space:
    """Named dimensions and the configuration a search starts from.

    Parameters
    ----------
    parameters : mapping of str to dimension
        The parameters, in the order in which they are shown.
    start : mapping, optional
        Start values; a parameter left out starts in the middle of its dimension.

    Raises
    ------
    SpaceError
        If the space is empty, a name is no string or given twice, a start value is illegal, or an
        unbounded parameter has none.

    Examples
    --------
    >>> space = Space({"alpha": Float(1e-4, 1, log=True), "layers": Sequence(of=Integer(1))},
    ...               start={"layers": (4, 1)})
    >>> space.start
    {'alpha': 0.01, 'layers': (4, 1)}
    >>> space.decode(space.encode([space.start]))
    [{'alpha': 0.01, 'layers': (4, 1)}]
    """

    parameters: tuple[tuple[str, Dimension], ...] = field(converter=_pairs)
    _start: tuple[tuple[str, Any], ...] = field(
        default=None, converter=_start, alias="start", eq=Exactly
    )
    _by_name: dict[str, Dimension] = field(init=False, repr=False, eq=False)
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
                    f"{name} = {dimension!r} is no dimension; use Float, Integer, Boolean, "
                    "Categorical, Ordinal, Sequence or Constant"
                )
            if name in by_name:
                raise SpaceError(f"parameter {name!r} is given twice; leave one out")
            by_name[name] = dimension
        given = dict(self._start)
        for name in given:
            if name not in by_name:
                raise SpaceError(
                    f"start value for {name!r}, which is no parameter of the space "
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

    @property
    def names(self) -> tuple[str, ...]:
        """Parameter names, in order."""
        return tuple(self._by_name)

    @property
    def start(self) -> dict[str, Any]:
        """The configuration a search starts from."""
        # A list is copied, so that changing it doesn't change the space.
        return {name: list(v) if type(v) is list else v for name, v in self._start}

    def __getitem__(self, name: str) -> Dimension:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __repr__(self) -> str:
        return f"Space({self._by_name!r}, start={self.start!r})"

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
        missing = [name for name in self._by_name if name not in configuration]
        if missing:
            raise SpaceError(f"no value for parameter(s) {missing}; give one for each")
        return {
            name: dimension.check(name, configuration[name])
            for name, dimension in self._by_name.items()
        }

    def encode_row(self, configuration: Configuration) -> list[Any]:
        """Return one legal configuration's coordinates: a number each, a tuple for sequences."""
        return [
            configuration[name] if encode is None else encode(configuration[name])
            for name, encode in self._encoders
        ]

    def encode(self, configurations: Iterable[Configuration]) -> dict[str, NDArray[np.float64]]:
        """Return coordinates of legal configurations, an array for each parameter.

        Returns
        -------
        dict of str to ndarray
            Shape (n,), or (n, longest) for sequences, padded with NaN.
        """
        rows = list(configurations)
        columns: dict[str, NDArray[np.float64]] = {}
        for name, dimension in self._by_name.items():
            if isinstance(dimension, Sequence):
                columns[name] = pad_rows([dimension.encode(row[name]) for row in rows])
            else:
                coordinates = [dimension.encode(row[name]) for row in rows]
                columns[name] = np.array(coordinates, dtype=np.float64)
        return columns

    def decode(self, coordinates: Coordinates) -> list[dict[str, Any]]:
        """Return the configurations at the given coordinates."""
        n = len(next(iter(coordinates.values())))
        return [self.decode_row(coordinates, i) for i in range(n)]

    def decode_row(self, coordinates: Coordinates, i: int) -> dict[str, Any]:
        """Return the configuration in row ``i``."""
        return {
            name: dimension.decode(coordinates[name][i])
            for name, dimension in self._by_name.items()
        }

    def sample(self, rng: np.random.Generator, size: int) -> dict[str, NDArray[np.float64]]:
        """Draw coordinates uniformly on the natural scales; every dimension must be bounded."""
        columns = {}
        for name, dimension in self._by_name.items():
            try:
                columns[name] = dimension.sample(rng, size)
            except SpaceError as error:
                raise SpaceError(f"{name}: {error}") from None
        return columns

    def with_start(self, values: Configuration) -> Space:
        """Return the space with other start values for some parameters."""
        unknown = [name for name in values if name not in self._by_name]
        if unknown:
            raise SpaceError(
                f"start value(s) for {unknown}, no parameters of the space "
                f"({', '.join(self._by_name)}); remove them or add their dimensions"
            )
        return evolve(self, start={**self.start, **values})

    def describe(self) -> Description:
        """Return the space as plain data for JSON; choices that are no plain values as labels."""
        return {
            "parameters": [
                {"name": name, **_describe_dimension(dimension)}
                for name, dimension in self._by_name.items()
            ],
            "start": {
                name: _describe_value(value, self._by_name[name]) for name, value in self._start
            },
        }

    @classmethod
    def from_description(cls, description: Description) -> Space:
        """Return the space of a description; unknown objects become labels.

        Raises
        ------
        SpaceError
            If the description is not one that ``describe`` wrote.
        """
        try:
            parameters = [
                (item["name"], _read_dimension(item)) for item in description["parameters"]
            ]
            start = {name: _read_value(value) for name, value in description["start"].items()}
        except SpaceError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise SpaceError(f"not the description of a space: {error!r}") from error
        return cls(parameters, start=start)

    @classmethod
    def from_start(
        cls, start: Configuration, options: Mapping[str, Iterable[Any]] | None = None
    ) -> Space:
        """Infer a space from start values, as the 2018 prototype did.

        Booleans flip, numbers step freely but keep their sign, strings (and anything with an entry
        in ``options``) pick among the options, lists and tuples of numbers change an element or
        grow. Everything else stays as it is.

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
                else _infer(f"start value of {name}", value)
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
                parameters[name] = dimension = _read_distribution(name, given)
            except SpaceError as error:
                named = str(error).startswith((f"{name}: ", f"{name} = "))
                raise SpaceError(str(error) if named else f"{name}: {error}") from None
            if isinstance(given, Dimension) or not isinstance(dimension, Float | Integer):
                continue
            if not dimension.bounded:
                starts[name] = plain(given.median())
        return cls(parameters, start={**starts, **dict(_start(start))})


def as_space(
    given: Space | Mapping[str, Any],
    start: Configuration | None = None,
    options: Mapping[str, Iterable[Any]] | None = None,
) -> Space:
    """Make a space of whatever names one: a space, dimensions, distributions or start values.

    A mapping in which any value is a dimension, a list or array of choices, or a distribution is
    read as ``param_distributions``; plain values, tuples among them, stand for start values. For
    a list as a start value say ``Space.from_start``.

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
            "Constant(value) to fix them, a list for choices, or Space.from_start for start values"
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


def _infer(name: str, value: Any) -> Dimension:
    value = plain(value)
    if isinstance(value, Dimension) or hasattr(value, "rvs"):
        raise SpaceError(
            f"{name} = {value!r} is no value; give all parameters dimensions, or none of them"
        )
    if isinstance(value, bool):
        return Boolean()
    if isinstance(value, int):
        return Integer(low=1) if value > 0 else Integer()
    if isinstance(value, float):
        if not math.isfinite(value):
            raise SpaceError(f"{name} = {value!r} is not finite; give a finite number")
        return Float(log=True) if value > 0 else Float()
    if isinstance(value, list | tuple) and len(value) > 0:
        items = [_infer(f"{name}[{i}]", item) for i, item in enumerate(value)]
        kind: Literal["tuple", "list"] = "tuple" if isinstance(value, tuple) else "list"
        if all(isinstance(item, Boolean) for item in items):
            return Sequence(of=Boolean(), kind=kind)
        if all(isinstance(item, Integer) for item in items):
            positive = all(item > 0 for item in value)
            return Sequence(of=Integer(low=1) if positive else Integer(), kind=kind)
        if all(isinstance(item, Integer | Float) for item in items):
            positive = all(item > 0 for item in value)
            return Sequence(of=Float(log=True) if positive else Float(), kind=kind)
    return Constant(value)


def _support(given: Any) -> tuple[float, float]:
    low, high = given.support()
    return float(low), float(high)


def _read_distribution(name: str, given: Any) -> Dimension:
    if isinstance(given, Dimension):
        return given
    if hasattr(given, "rvs"):
        family = getattr(getattr(given, "dist", None), "name", type(given).__name__)
        if not hasattr(given, "support"):
            raise SpaceError(
                f"{name}: a distribution of type {type(given).__name__} has no support(); "
                "use Float or Integer with bounds"
            )
        low, high = _support(given)
        lowest = None if math.isinf(low) else low
        highest = None if math.isinf(high) else high
        discrete = hasattr(getattr(given, "dist", None), "pmf") and not hasattr(given.dist, "pdf")
        log = family in ("loguniform", "reciprocal")
        if low == high:
            return Constant(int(low) if discrete else low)
        if discrete:
            whole = [None if b is None else int(b) for b in (lowest, highest)]
            return Integer(whole[0], whole[1], log=log)
        return Float(lowest, highest, log=log)
    if isinstance(given, np.ndarray | range):
        given = list(given)
    if not isinstance(given, list | tuple):
        raise SpaceError(
            f"{name} = {given!r} is no dimension, list or distribution; use Constant({given!r}) "
            "to fix it"
        )
    values = [plain(value) for value in given]
    if len(values) == 1:
        return Constant(values[0])
    if len(values) == 2 and {type(v) for v in values} == {bool}:
        return Boolean()
    numeric = all(type(value) in (int, float) for value in values)
    if numeric and len(values) > 2:
        pairs = list(pairwise(values))
        if all(a < b for a, b in pairs) or all(a > b for a, b in pairs):
            return Ordinal(values)
    return Categorical(values)


def _describe_value(value: Any, dimension: Dimension) -> Any:
    if type(value) in (tuple, list) and (isinstance(dimension, Sequence) or is_plain(value)):
        of = dimension.of if isinstance(dimension, Sequence) else dimension
        return {type(value).__name__: [_describe_value(item, of) for item in value]}
    if type(value) is float and not math.isfinite(value):
        return {"float": repr(value)}
    if is_plain(value):
        return value
    if isinstance(dimension, Categorical | Ordinal):
        return {"label": dimension.labels[int(dimension.encode(value))]}
    if isinstance(dimension, Constant):
        return {"label": dimension.labels[0]}
    raise AssertionError(f"{dimension!r} holds the object {value!r}")


def _read_value(data: Any) -> Any:
    if isinstance(data, dict):
        ((kind, content),) = data.items()
        if kind == "tuple":
            return tuple(_read_value(item) for item in content)
        if kind == "list":
            return [_read_value(item) for item in content]
        if kind == "float":
            return float(content)
        if kind == "label":
            return Label(content)
        raise SpaceError(f"unknown kind of value {kind!r}")
    return data


def _describe_dimension(dimension: Dimension) -> Description:
    match dimension:
        case Float() | Integer():
            return {
                "type": type(dimension).__name__,
                "low": dimension.low,
                "high": dimension.high,
                "log": dimension.log,
            }
        case Boolean():
            return {"type": "Boolean"}
        case Categorical() | Ordinal():
            return {
                "type": type(dimension).__name__,
                "values": [_describe_value(value, dimension) for value in dimension.options],
            }
        case Sequence():
            return {
                "type": "Sequence",
                "of": _describe_dimension(dimension.of),
                "min_length": dimension.min_length,
                "max_length": dimension.max_length,
                "kind": dimension.kind,
            }
        case Constant():
            return {"type": "Constant", "value": _describe_value(dimension.value, dimension)}


def _read_dimension(data: Description) -> Dimension:
    kind = data["type"]
    if kind == "Float":
        return Float(data["low"], data["high"], log=data["log"])
    if kind == "Integer":
        return Integer(data["low"], data["high"], log=data["log"])
    if kind == "Boolean":
        return Boolean()
    if kind == "Categorical":
        return Categorical([_read_value(value) for value in data["values"]])
    if kind == "Ordinal":
        return Ordinal([_read_value(value) for value in data["values"]])
    if kind == "Sequence":
        of = _read_dimension(data["of"])
        if isinstance(of, Sequence | Constant):
            raise SpaceError(f"a sequence of {data['of']['type']} is not possible")
        return Sequence(of, data["min_length"], data["max_length"], data["kind"])
    if kind == "Constant":
        return Constant(_read_value(data["value"]))
    raise SpaceError(f"unknown type of dimension {kind!r}")
