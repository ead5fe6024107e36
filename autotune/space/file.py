"""Search spaces in files that people write: TOML, or JSON of the same shape."""

from __future__ import annotations

import json
import tomllib
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from autotune.errors import SpaceError
from autotune.space.conditions import (
    Condition,
)
from autotune.space.dimensions import (
    Categorical,
    Dimension,
    Fixed,
    Ordinal,
    Sequence,
    is_plain,
    shown,
)
from autotune.space.serialization import Description, key_text, quoted
from autotune.space.space import Space

__all__ = ["read_space", "space_as_json", "space_as_toml", "write_space"]


def read_space(path: str | PathLike[str]) -> Space:
    """Read a space from a file.

    Parameters
    ----------
    path : path
        A ``.toml`` file, or a ``.json`` file of the same shape, as ``Space.describe`` and
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
    >>> from autotune.space import Float
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
        raise SpaceError(f"{path} is not {suffix[1:].upper()}: {error}") from error


def _space(document: Any) -> Space:
    if isinstance(document, dict) and isinstance(document.get("space"), dict):
        document = document["space"]
    return Space.from_description(document, labels=False)


def space_as_toml(space: Space) -> str:
    """Return a space as TOML that ``read_space`` reads.

    Raises
    ------
    SpaceError
        If a choice is an object, or a constraint a function.

    Examples
    --------
    >>> from autotune.space import Float
    >>> print(space_as_toml(Space({"C": Float(0.001, 1000, log=True)}, start={"C": 1})))
    [parameters]
    C = { kind = "float", low = 0.001, high = 1000.0, log = true, start = 1.0 }
    <BLANKLINE>
    """
    document = _written(space)
    lines = ["[parameters]"]
    lines += [f"{key_text(name)} = {_toml(said)}" for name, said in document["parameters"].items()]
    for constraint in document.get("constraints", []):
        lines += ["", "[[constraints]]"]
        lines += [f"{key_text(key)} = {_toml(said)}" for key, said in constraint.items()]
    return "\n".join(lines) + "\n"


def space_as_json(space: Space) -> str:
    """Return a space as JSON that ``read_space`` reads.

    Raises
    ------
    SpaceError
        As for ``space_as_toml``.
    """
    return json.dumps(_written(space), indent=2, ensure_ascii=False) + "\n"


def _written(space: Space) -> Description:
    """Return what a file holds of a space, or say why it can't."""
    for name, dimension in space.parameters:
        for value in _values(dimension):
            if not is_plain(value):
                raise SpaceError(
                    f"{name} has the choice {shown(value)} of type {type(value).__name__}, which a "
                    "file can't hold; keep the space in Python"
                )
    for constraint in space.constraints:
        if not isinstance(constraint, Condition):
            raise SpaceError(
                f"the constraint {constraint!r} is a function, which a file can't hold; keep the "
                "space in Python, or write it as a condition"
            )
    return space.describe()


def _values(dimension: Dimension) -> tuple[Any, ...]:
    match dimension:
        case Categorical() | Ordinal():
            return dimension.options
        case Fixed():
            return (dimension.value,)
        case Sequence():
            return _values(dimension.of)
    return ()


def _toml(value: Any) -> str:
    """Return a value on one line of TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    inside = ", ".join(f"{key_text(key)} = {_toml(item)}" for key, item in value.items())
    return f"{{ {inside} }}" if inside else "{}"
