"""A space as plain data: the one form that logs, files and ``autotune show --json`` have.

``{"parameters": {name: {"kind": "float", "low": 0.0, "start": 0.5, "when": condition}},
"constraints": [condition]}``. A condition is a table of parameters and the values that they must
have, or of one of the words ``less``, ``at_most``, ``greater``, ``at_least``, ``all``, ``any`` and
``not``; with an underscore behind it where a parameter has that name. What JSON or TOML can't hold
is a table too: ``{"none": true}``, ``{"tuple": [4, 1]}``, ``{"float": "inf"}``, and in logs
``{"label": text}`` for an object and ``{"function": text}`` for a constraint.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from attrs import frozen

from autotune.errors import SpaceError
from autotune.space.conditions import (
    And,
    Condition,
    Constraint,
    Equals,
    GreaterThan,
    In,
    LessThan,
    Not,
    Or,
    Sum,
    UnknownPredicate,
    label,
)
from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Label,
    Ordinal,
    Sequence,
    is_plain,
    shown,
)

__all__ = ["Description", "Parts", "described", "described_value", "key_text", "parts", "quoted"]

Description: TypeAlias = dict[str, Any]

_CLASSES: dict[str, Callable[..., Dimension]] = {
    kind.__name__.lower(): kind
    for kind in (Float, Integer, Boolean, Categorical, Ordinal, Sequence, Fixed)
}
# What each kind is told, besides its start value and when it is active: first what it needs.
_KEYS: dict[str, tuple[str, ...]] = {
    "float": ("low", "high", "log", "linear_below"),
    "integer": ("low", "high", "log"),
    "boolean": (),
    "categorical": ("choices",),
    "ordinal": ("values",),
    "sequence": ("of", "min_length", "max_length", "type"),
    "fixed": ("value",),
}
_NEEDED = ("choices", "values", "of", "value")
# What is not written, for it is so where nothing is said.
_LEFT_OUT = {
    "low": None,
    "high": None,
    "log": False,
    "linear_below": None,
    "max_length": None,
    "type": "tuple",
}
_COMPARISONS: dict[str, tuple[type[LessThan | GreaterThan], bool]] = {
    "less": (LessThan, False),
    "at_most": (LessThan, True),
    "greater": (GreaterThan, False),
    "at_least": (GreaterThan, True),
}
_WORDS = (*_COMPARISONS, "all", "any", "not")


class Parts(NamedTuple):
    """The parts of a space."""

    parameters: list[tuple[str, Dimension]]
    start: dict[str, Any]
    conditions: dict[str, Condition]
    constraints: list[Constraint]


def described(parts: Parts) -> Description:
    """Return the parts of a space as plain data for JSON or TOML.

    Parameters
    ----------
    parts : Parts
        Of a legal space, with a start value for each parameter.
    """
    dimensions = dict(parts.parameters)
    writer = _Writer(dimensions)
    parameters = {}
    for name, dimension in dimensions.items():
        parameters[name] = _described_dimension(dimension)
        if not isinstance(dimension, Fixed):
            parameters[name]["start"] = described_value(parts.start[name], dimension)
        if name in parts.conditions:
            parameters[name]["when"] = writer.condition(parts.conditions[name])
    description: Description = {"parameters": parameters}
    if parts.constraints:
        description["constraints"] = [writer.constraint(each) for each in parts.constraints]
    return description


def _described_dimension(dimension: Dimension) -> Description:
    kind = type(dimension).__name__.lower()
    data: Description = {"kind": kind}
    for key in _KEYS[kind]:
        value = getattr(dimension, _attribute(key))
        if key not in _LEFT_OUT or value != _LEFT_OUT[key]:
            data[key] = value
    if isinstance(dimension, Sequence):
        data["of"] = _described_dimension(dimension.of)
    elif isinstance(dimension, Categorical | Ordinal):
        data[_KEYS[kind][0]] = [described_value(value, dimension) for value in dimension.options]
    elif isinstance(dimension, Fixed):
        data["value"] = described_value(dimension.value, dimension)
    return data


def _attribute(key: str) -> str:
    """Return the name in Python of what a dimension is told."""
    return "kind" if key == "type" else key


def described_value(value: Any, dimension: Dimension) -> Any:
    """Return a legal value of a dimension as plain data, an object as its label."""
    if isinstance(dimension, Sequence):
        return [described_value(item, dimension.of) for item in value]
    if is_plain(value):
        return _described_plain(value)
    if isinstance(dimension, Categorical | Ordinal | Fixed):
        return {"label": dimension.labels[int(dimension.encode(value))]}
    raise AssertionError(f"{dimension!r} holds the object {value!r}")


def _described_plain(value: Any) -> Any:
    if value is None:
        return {"none": True}
    if isinstance(value, tuple):
        return {"tuple": [_described_plain(item) for item in value]}
    if isinstance(value, list):
        return [_described_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    return value


@frozen
class _Writer:
    """Writes conditions on the parameters of a space."""

    dimensions: Mapping[str, Dimension]

    def constraint(self, constraint: Constraint) -> Description:
        if isinstance(constraint, Condition):
            return self.condition(constraint)
        return {self._free("function"): label(constraint)}

    def condition(self, condition: Condition) -> Description:
        match condition:
            case Equals(parameter=name, value=value):
                data = described_value(value, self.dimensions[name])
                return {name: [data] if isinstance(data, list) else data}
            case In(parameter=name, values=values):
                several = [described_value(value, self.dimensions[name]) for value in values]
                return {name: {"in": several} if len(several) == 1 else several}
            case LessThan() | GreaterThan():
                how = (type(condition), condition.or_equal)
                word = next(word for word, meant in _COMPARISONS.items() if meant == how)
                return {self._free(word): [_term(side) for side in condition.sides]}
            case And() | Or():
                word = "all" if isinstance(condition, And) else "any"
                return {self._free(word): [self.condition(part) for part in condition.conditions]}
            case Not():
                return {self._free("not"): self.condition(condition.condition)}

    def _free(self, word: str) -> str:
        """Return the word of a condition, marked where a parameter has it as its name."""
        while word in self.dimensions:
            word += "_"
        return word


def _term(term: str | float | Sum) -> Any:
    if isinstance(term, Sum):
        return {"sum": [_described_plain(each) for each in term.terms]}
    return _described_plain(term)


def parts(description: Any, *, labels: bool = True) -> Parts:
    """Return what the description of a space says.

    Parameters
    ----------
    description : dict
        As ``described`` returns it, or as a person writes it in a file.
    labels : bool
        Whether objects and functions may be there as labels.

    Raises
    ------
    SpaceError
        If it is none; the message names the key.
    """
    if not isinstance(description, dict):
        raise SpaceError(f"it holds {shown(description)}; a table of parameters is needed")
    _check_keys("", description, ("parameters", "constraints"))
    given = description.get("parameters")
    if not isinstance(given, dict) or len(given) == 0:
        raise SpaceError(
            'it has no parameters; write a table [parameters] with lines such as C = { kind = "'
            'float", low = 1e-3, high = 1e3, log = true }'
        )
    constraints = description.get("constraints", [])
    if not isinstance(constraints, list):
        raise SpaceError("constraints must be a list of tables, each begun by [[constraints]]")
    reader = _Reader(frozenset(given), labels)
    result = Parts([], {}, {}, [])
    for name, data in given.items():
        where = f"parameters.{key_text(name)}"
        result.parameters.append((name, reader.dimension(where, data, more=("start", "when"))))
        if "start" in data:
            result.start[name] = reader.value(f"{where}.start", data["start"])
        if "when" in data:
            result.conditions[name] = reader.condition(f"{where}.when", data["when"])
    result.constraints.extend(
        reader.constraint(f"constraints[{i}]", data) for i, data in enumerate(constraints)
    )
    return result


@frozen
class _Reader:
    """Reads dimensions, values and conditions; ``names`` are the parameters of the space."""

    names: frozenset[str]
    labels: bool

    def dimension(self, where: str, data: Any, more: tuple[str, ...] = ()) -> Dimension:
        if not isinstance(data, dict):
            raise SpaceError(
                f'{where} = {shown(data)} is not a table; write {{ kind = "float", start = ... }} '
                'and the like to search it, or { kind = "fixed", value = ... } to fix it'
            )
        kind = data.get("kind")
        if kind == "constant":  # what Fixed was called
            kind = "fixed"
        if not isinstance(kind, str) or kind not in _KEYS:
            raise SpaceError(f"{where}.kind = {shown(kind)} must be one of {', '.join(_KEYS)}")
        _check_keys(where, data, ("kind", *_KEYS[kind], *more))
        for key in _KEYS[kind]:
            if key in _NEEDED and key not in data:
                raise SpaceError(f"{where} is {kind} and needs {key}")
        try:
            return _CLASSES[kind](
                **{
                    _attribute(key): self._told(f"{where}.{key}", key, data[key])
                    for key in _KEYS[kind]
                    if key in data
                }
            )
        except SpaceError as error:
            raise _within(where, error) from error

    def _told(self, where: str, key: str, given: Any) -> Any:
        """Return what a dimension is told under a key."""
        if key == "of":
            return self.dimension(where, given)
        if key in ("choices", "values"):
            return self._values(where, given)
        if key == "log" and not isinstance(given, bool):
            raise SpaceError(f"{where} = {shown(given)} must be true or false")
        return self.value(where, given) if key == "value" else given

    def _values(self, where: str, given: Any) -> list[Any]:
        if not isinstance(given, list):
            raise SpaceError(f"{where} = {shown(given)} must be a list; put it in brackets")
        return [self.value(f"{where}[{i}]", item) for i, item in enumerate(given)]

    def value(self, where: str, given: Any) -> Any:
        """Return a value: as it is, or where JSON or TOML has none of its kind, as a table says."""
        match given:
            case list():
                return [self.value(where, item) for item in given]
            case {"none": True, **others} if not others:
                return None
            case {"tuple": list(items), **others} if not others:
                return tuple(self.value(where, item) for item in items)
            case {"float": "inf" | "-inf" | "nan" as text, **others} if not others:
                return float(text)
            case {"label": str(text), **others} if self.labels and not others:
                return Label(text)
            case dict():
                raise SpaceError(
                    f"{where} = {shown(given)} is not a value; {{ none = true }} is None, and "
                    "{ tuple = [4, 1] } a tuple"
                )
        if not is_plain(given):
            raise SpaceError(
                f"{where} = {shown(given)} is of type {type(given).__name__}; put it in quotes"
            )
        return given

    def constraint(self, where: str, data: Any) -> Constraint:
        if self.labels and isinstance(data, dict) and len(data) == 1:
            ((key, text),) = data.items()
            if self._word(key) == "function" and isinstance(text, str):
                return UnknownPredicate(text)
        return self.condition(where, data)

    def condition(self, where: str, data: Any) -> Condition:
        if not isinstance(data, dict) or len(data) == 0:
            raise SpaceError(
                f"{where} = {shown(data)} is not a condition; write a table such as "
                '{ kernel = "rbf" }'
            )
        result = [self._part(f"{where}.{key_text(key)}", key, given) for key, given in data.items()]
        return result[0] if len(result) == 1 else And(result)

    def _part(self, where: str, key: str, given: Any) -> Condition:
        word = self._word(key)
        if word is None:
            if isinstance(given, dict) and list(given) == ["in"]:
                return In(key, self._values(f"{where}.in", given["in"]))
            values = self._values(where, given if isinstance(given, list) else [given])
            return Equals(key, values[0]) if len(values) == 1 else In(key, values)
        if word in _COMPARISONS:
            return self._comparison(where, word, given)
        if word == "not":
            return Not(self.condition(where, given))
        if word not in ("all", "any", "none"):
            raise SpaceError(
                f"{where}: {key!r} is not a parameter{_hint(key, [*self.names, *_WORDS])}; a "
                f"condition names parameters, or is one of {', '.join(_WORDS)}"
            )
        if not isinstance(given, list):
            raise SpaceError(f"{where} = {shown(given)} must be a list of conditions")
        result = [self.condition(f"{where}[{i}]", each) for i, each in enumerate(given)]
        if word == "none":  # from before there was "not"
            return Not(result[0] if len(result) == 1 else Or(result))
        return And(result) if word == "all" else Or(result)

    def _word(self, key: str) -> str | None:
        """Return the word of a condition that a key stands for; None if it is a parameter."""
        return None if key in self.names else key.rstrip("_")

    def _comparison(self, where: str, word: str, given: Any) -> Condition:
        if not isinstance(given, list) or len(given) != 2:
            raise SpaceError(f"{where} = {shown(given)} must be two, [left, right]")
        kind, or_equal = _COMPARISONS[word]
        try:
            left, right = (
                Sum(self._values(f"{where}.sum", side["sum"]))
                if isinstance(side, dict) and list(side) == ["sum"]
                else self.value(where, side)
                for side in given
            )
            return kind(left, right, or_equal=or_equal)
        except SpaceError as error:
            raise _within(where, error) from error


def _within(where: str, error: SpaceError) -> SpaceError:
    text = str(error)
    return SpaceError(text if text.startswith(where) else f"{where}: {text}")


def key_text(name: str) -> str:
    """Return a key as TOML has it, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else quoted(name)


def quoted(text: str) -> str:
    """Return a string in quotes, as TOML and JSON have it."""
    # JSON's strings are TOML's, but for one control character and halves of characters.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _check_keys(where: str, data: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in data:
        if key not in known:
            inside = f"{where}: " if where else ""
            raise SpaceError(
                f"{inside}unknown key {key!r}{_hint(key, known)}; there may be {', '.join(known)}"
            )


def _hint(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
