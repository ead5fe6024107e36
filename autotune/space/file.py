"""Search spaces in files that people write: TOML, or JSON of the same shape."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from autotune.errors import SpaceError
from autotune.space.conditions import (
    And,
    Condition,
    Equals,
    GreaterThan,
    In,
    LessThan,
    Not,
    Or,
    Sum,
)
from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Ordinal,
    Sequence,
    is_plain,
)
from autotune.space.space import Space

__all__ = ["read_space", "space_as_json", "space_as_toml", "write_space"]

# What each kind of dimension is told, besides its start value and when it is active.
_KEYS: dict[str, tuple[str, ...]] = {
    "float": ("low", "high", "log"),
    "integer": ("low", "high", "log"),
    "boolean": (),
    "categorical": ("choices",),
    "ordinal": ("values",),
    "sequence": ("of", "min_length", "max_length", "type"),
    "fixed": ("value",),
}
_NEEDED = {"categorical": "choices", "ordinal": "values", "sequence": "of", "fixed": "value"}
_COMPARISONS: dict[str, tuple[type[LessThan | GreaterThan], bool]] = {
    "less": (LessThan, False),
    "at_most": (LessThan, True),
    "greater": (GreaterThan, False),
    "at_least": (GreaterThan, True),
}
_COMBINATIONS = ("all", "any", "none")


def read_space(path: str | PathLike[str]) -> Space:
    """Read a space from a file.

    Parameters
    ----------
    path : path
        A ``.toml`` file, or a ``.json`` file of the same shape or as ``Space.describe`` and
        ``autotune show --json`` have it.

    Returns
    -------
    Space
        With its conditions, constraints and start values.

    Raises
    ------
    SpaceError
        If it can't be read; the message names the file and the key.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> text = '''
    ... [parameters]
    ... kernel = { kind = "categorical", choices = ["linear", "rbf"] }
    ... C = { kind = "float", low = 1e-3, high = 1e3, log = true, start = 1 }
    ... gamma = { kind = "float", low = 1e-4, high = 10, log = true, when = { kernel = "rbf" } }
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "space.toml"
    ...     _ = path.write_text(text)
    ...     space = read_space(path)
    >>> space.start
    {'kernel': 'linear', 'C': 1.0}
    >>> space.conditions
    (('gamma', Equals(parameter='kernel', value='rbf')),)
    """
    name = fspath(path)
    document = _document(Path(path))
    try:
        return _space(document)
    except SpaceError as error:
        raise SpaceError(f"{name}: {error}") from error


def write_space(space: Space, path: str | PathLike[str]) -> None:
    """Write a space to a new file, as TOML or, where the path ends so, JSON.

    Parameters
    ----------
    space : Space
        Any whose choices are plain values, and whose constraints are conditions.
    path : path
        Where to; nothing is overwritten.

    Raises
    ------
    SpaceError
        If the path ends in neither ``.toml`` nor ``.json``, is there already, or a file can't hold
        the space.

    Examples
    --------
    >>> import tempfile
    >>> from autotune.space.space import Float
    >>> space = Space({"C": Float(0.001, 1000, log=True)}, start={"C": 1.0})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_space(space, f"{folder}/space.toml")
    ...     read_space(f"{folder}/space.toml").start
    {'C': 1.0}
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".toml", ".json"):
        raise SpaceError(f"{fspath(path)} must end in .toml or .json")
    text = space_as_json(space) if suffix == ".json" else space_as_toml(space)
    try:
        with Path(path).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SpaceError(f"{fspath(path)} is there already; name a new file") from None


def _document(path: Path) -> Any:
    suffix = path.suffix.lower()
    if suffix not in (".toml", ".json"):
        raise SpaceError(f"{path} must end in .toml or .json, the formats of a space")
    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text) if suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise SpaceError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise SpaceError(f"{path} is no {suffix[1:].upper()}: {error}") from error


def _space(document: Any) -> Space:
    if isinstance(document, dict) and isinstance(document.get("space"), dict):
        document = document["space"]
    if not isinstance(document, dict):
        raise SpaceError(f"it holds {_shown(document)}; a table of parameters is needed")
    if isinstance(document.get("parameters"), list):
        return Space.from_description(document)
    _check_keys("", document, ("parameters", "constraints"))
    given = document.get("parameters")
    if not isinstance(given, dict) or len(given) == 0:
        raise SpaceError(
            'it has no parameters; write a table [parameters] with lines such as C = { kind = "'
            'float", low = 1e-3, high = 1e3, log = true }'
        )
    parameters: dict[str, Dimension] = {}
    start: dict[str, Any] = {}
    conditions: dict[str, Condition] = {}
    for name, said in given.items():
        where = f"parameters.{_key(name)}"
        parameters[name] = _dimension(where, said, more=("start", "when"))
        if "start" in said:
            start[name] = _value(f"{where}.start", said["start"])
        if "when" in said:
            conditions[name] = _condition(f"{where}.when", said["when"], given)
    constraints = document.get("constraints", [])
    if not isinstance(constraints, list):
        raise SpaceError("constraints must be a list of tables, each begun by [[constraints]]")
    return Space(
        parameters,
        start=start,
        conditions=conditions,
        constraints=[
            _condition(f"constraints[{i}]", said, given) for i, said in enumerate(constraints)
        ],
    )


def _dimension(where: str, said: Any, more: tuple[str, ...] = ()) -> Dimension:
    if not isinstance(said, dict):
        raise SpaceError(
            f'{where} = {_shown(said)} is no table; write {{ kind = "float", start = ... }} and '
            'the like to search it, or { kind = "fixed", value = ... } to fix it'
        )
    kind = said.get("kind")
    kind = "fixed" if kind == "constant" else kind  # the name it had
    if not isinstance(kind, str) or kind not in _KEYS:
        raise SpaceError(f"{where}.kind = {_shown(kind)} must be one of {', '.join(_KEYS)}")
    _check_keys(where, said, ("kind", *_KEYS[kind], *more))
    needed = _NEEDED.get(kind)
    if needed is not None and needed not in said:
        raise SpaceError(f"{where} is {kind} and needs {needed}")
    try:
        return _made(where, kind, said)
    except SpaceError as error:
        text = str(error)
        raise SpaceError(text if text.startswith(where) else f"{where}: {text}") from error


def _made(where: str, kind: str, said: Mapping[str, Any]) -> Dimension:
    if not isinstance(said.get("log", False), bool):
        raise SpaceError(f"{where}.log = {_shown(said['log'])} must be true or false")
    match kind:
        case "float":
            return Float(said.get("low"), said.get("high"), log=said.get("log", False))
        case "integer":
            return Integer(said.get("low"), said.get("high"), log=said.get("log", False))
        case "boolean":
            return Boolean()
        case "categorical":
            return Categorical(_values(f"{where}.choices", said["choices"]))
        case "ordinal":
            return Ordinal(_values(f"{where}.values", said["values"]))
        case "sequence":
            return Sequence(
                _dimension(f"{where}.of", said["of"]),  # type: ignore[arg-type]  # checked there
                said.get("min_length", 1),
                said.get("max_length"),
                said.get("type", "tuple"),
            )
        case _:
            return Fixed(_value(f"{where}.value", said["value"]))


def _values(where: str, given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise SpaceError(f"{where} = {_shown(given)} must be a list; put it in brackets")
    return [_value(f"{where}[{i}]", item) for i, item in enumerate(given)]


def _value(where: str, given: Any) -> Any:
    """Return a value: as it is, or where TOML has none of its kind, as a table says."""
    if isinstance(given, list):
        return [_value(where, item) for item in given]
    if isinstance(given, dict):
        if given == {"none": True}:
            return None
        if list(given) == ["tuple"] and isinstance(given["tuple"], list):
            return tuple(_value(where, item) for item in given["tuple"])
        raise SpaceError(
            f"{where} = {_shown(given)} is no value; {{ none = true }} is None, and "
            "{ tuple = [4, 1] } a tuple"
        )
    if not is_plain(given):
        raise SpaceError(
            f"{where} = {_shown(given)} is of type {type(given).__name__}; put it in quotes"
        )
    return given


def _condition(where: str, said: Any, names: Iterable[str]) -> Condition:
    known = set(names)
    if not isinstance(said, dict) or len(said) == 0:
        raise SpaceError(
            f'{where} = {_shown(said)} is no condition; write a table such as {{ kernel = "rbf" }}'
        )
    parts = [_part(f"{where}.{_key(key)}", key, given, known) for key, given in said.items()]
    return parts[0] if len(parts) == 1 else And(parts)


def _part(where: str, key: str, given: Any, known: set[str]) -> Condition:
    if key in known:
        values = _values(where, given) if isinstance(given, list) else [_value(where, given)]
        return Equals(key, values[0]) if len(values) == 1 else In(key, values)
    if key in _COMPARISONS:
        if not isinstance(given, list) or len(given) != 2:
            raise SpaceError(f"{where} = {_shown(given)} must be two, [left, right]")
        kind, or_equal = _COMPARISONS[key]
        try:
            return kind(*[_term(each) for each in given], or_equal=or_equal)
        except SpaceError as error:
            raise SpaceError(f"{where}: {error}") from error
    if key in _COMBINATIONS:
        if not isinstance(given, list):
            raise SpaceError(f"{where} = {_shown(given)} must be a list of conditions")
        parts = [_condition(f"{where}[{i}]", each, known) for i, each in enumerate(given)]
        if key == "none":
            return Not(parts[0] if len(parts) == 1 else Or(parts))
        return And(parts) if key == "all" else Or(parts)
    words = [*_COMPARISONS, *_COMBINATIONS]
    raise SpaceError(
        f"{where}: {key!r} is no parameter{_hint(key, [*known, *words])}; a condition names "
        f"parameters, or is one of {', '.join(words)}"
    )


def _term(given: Any) -> Any:
    if isinstance(given, dict) and list(given) == ["sum"]:
        return Sum(given["sum"])
    return given


def _check_keys(where: str, said: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in said:
        if key not in known:
            inside = f"{where}: " if where else ""
            raise SpaceError(
                f"{inside}unknown key {key!r}{_hint(key, known)}; there may be {', '.join(known)}"
            )


def _hint(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def space_as_toml(space: Space) -> str:
    """Return a space as TOML that ``read_space`` reads.

    Raises
    ------
    SpaceError
        If a choice is an object, or a constraint a function.

    Examples
    --------
    >>> print(space_as_toml(Space({"C": Float(0.001, 1000, log=True)}, start={"C": 1})))
    [parameters]
    C = { kind = "float", low = 0.001, high = 1000.0, log = true, start = 1.0 }
    <BLANKLINE>
    """
    document = _written(space)
    lines = ["[parameters]"]
    lines += [f"{_key(name)} = {_toml(said)}" for name, said in document["parameters"].items()]
    for constraint in document.get("constraints", []):
        lines += ["", "[[constraints]]"]
        lines += [f"{_key(key)} = {_toml(said)}" for key, said in constraint.items()]
    return "\n".join(lines) + "\n"


def space_as_json(space: Space) -> str:
    """Return a space as JSON that ``read_space`` reads.

    Raises
    ------
    SpaceError
        As for ``space_as_toml``.
    """
    return json.dumps(_written(space), indent=2, ensure_ascii=False) + "\n"


def _written(space: Space) -> dict[str, Any]:
    conditions = dict(space.conditions)
    parameters = {}
    for name in space:
        said = _written_dimension(name, space[name])
        if not isinstance(space[name], Fixed):
            said["start"] = _written_value(name, space.start_values[name])
            if isinstance(space[name], Sequence):
                said["start"] = [_written_value(name, item) for item in space.start_values[name]]
        if name in conditions:
            said["when"] = _written_condition(conditions[name], space)
        parameters[name] = said
    document: dict[str, Any] = {"parameters": parameters}
    if space.constraints:
        document["constraints"] = [_written_constraint(each, space) for each in space.constraints]
    return document


def _written_dimension(name: str, dimension: Dimension) -> dict[str, Any]:
    kind = type(dimension).__name__.lower()
    match dimension:
        case Float() | Integer():
            bounds = {"low": dimension.low, "high": dimension.high}
            said = {side: bound for side, bound in bounds.items() if bound is not None}
            return {"kind": kind, **said, **({"log": True} if dimension.log else {})}
        case Boolean():
            return {"kind": kind}
        case Categorical() | Ordinal():
            values = [_written_value(name, value) for value in dimension.options]
            return {"kind": kind, _KEYS[kind][0]: values}
        case Sequence():
            sequence: dict[str, Any] = {
                "kind": kind,
                "of": _written_dimension(name, dimension.of),
                "min_length": dimension.min_length,
            }
            if dimension.max_length is not None:
                sequence["max_length"] = dimension.max_length
            if dimension.kind == "list":
                sequence["type"] = "list"
            return sequence
        case Fixed():
            return {"kind": kind, "value": _written_value(name, dimension.value)}


def _written_value(name: str, value: Any) -> Any:
    if not is_plain(value):
        raise SpaceError(
            f"{name} has the choice {_shown(value)} of type {type(value).__name__}, which a file "
            "can't hold; keep the space in Python"
        )
    if value is None:
        return {"none": True}
    if isinstance(value, tuple):
        return {"tuple": [_written_value(name, item) for item in value]}
    if isinstance(value, list):
        return [_written_value(name, item) for item in value]
    return value


def _written_constraint(constraint: Any, space: Space) -> dict[str, Any]:
    if not isinstance(constraint, Condition):
        raise SpaceError(
            f"the constraint {constraint!r} is a function, which a file can't hold; keep the space "
            "in Python, or write it as a condition"
        )
    return _written_condition(constraint, space)


def _written_condition(condition: Condition, space: Space) -> dict[str, Any]:
    match condition:
        case Equals(parameter=name, value=value):
            said = _written_value(name, value)
            if isinstance(space[name], Sequence):
                said = [_written_value(name, item) for item in value]
            return {name: [said] if isinstance(said, list) else said}
        case In(parameter=name, values=values):
            return {name: [_written_value(name, value) for value in values]}
        case LessThan() | GreaterThan():
            how = (type(condition), condition.or_equal)
            key = next(word for word, meant in _COMPARISONS.items() if meant == how)
            return {
                _free(key, space): [
                    {"sum": list(side.terms)} if isinstance(side, Sum) else side
                    for side in (condition.left, condition.right)
                ]
            }
        case And() | Or():
            key = "all" if isinstance(condition, And) else "any"
            parts = [_written_condition(part, space) for part in condition.conditions]
            return {_free(key, space): parts}
        case Not(condition=Or(conditions=several)) if len(several) != 1:
            return {_free("none", space): [_written_condition(part, space) for part in several]}
        case Not(condition=single):
            return {_free("none", space): [_written_condition(single, space)]}


def _free(word: str, space: Space) -> str:
    """Return the word of a condition, which no parameter may have as its name."""
    if word in space:
        raise SpaceError(
            f"a condition would be written as {word!r}, which is a parameter's name; rename it"
        )
    return word


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: Any) -> str:
    """Return a value on one line of TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's strings are TOML's, but for one control character and halves of characters.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    inside = ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items())
    return f"{{ {inside} }}" if inside else "{}"
