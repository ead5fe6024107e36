"""A command line with places for parameter values."""

from __future__ import annotations

import json
import shlex
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from autotune.errors import EvaluationError
from autotune.space.dimensions import is_plain

__all__ = ["CommandTemplate", "text_of"]

FOLDS = "folds"


@frozen
class _Place:
    """Where a value goes; ``spread`` makes one word of each of its elements."""

    name: str
    spec: str
    spread: bool

    def texts(self, values: Mapping[str, Any]) -> list[str]:
        value = values[self.name]
        if self.spread and isinstance(value, list | tuple):
            return [text_of(self.name, item) for item in value]
        if self.spec == "":
            return [text_of(self.name, value)]
        if isinstance(value, list | tuple):
            return [self.spec.join(text_of(self.name, item) for item in value)]
        try:
            return [format(value, self.spec)]
        except ValueError as error:
            raise EvaluationError(
                f"the command's {{{self.name}:{self.spec}}} does not fit the value {value!r} "
                f"({error}); change what follows the colon"
            ) from None


@frozen
class CommandTemplate:
    """Words of a command, in which ``{name}`` stands for the value of a parameter.

    The line is split into words as a shell does it, before any value is filled in: a value never
    becomes more than one word, whatever it holds. ``{name:.3g}`` formats a number, ``{name:,}``
    puts commas between the elements of a list, and ``{*name}`` as a word of its own makes a word of
    each. Other values than strings are written as JSON has them. Braces are doubled to stand for
    themselves.

    A word that names an inactive parameter is left out; if it is nothing but that name, so is an
    option before it.

    Parameters
    ----------
    words : tuple of tuple
        The parts of each word: literal text, and places for values.

    Examples
    --------
    >>> template = CommandTemplate.of("train.sh --lr {lr:.2g} --name={name} {*layers}")
    >>> template.filled({"lr": 0.125, "name": "a; b", "layers": (4, 1)})
    ['train.sh', '--lr', '0.12', '--name=a; b', '4', '1']
    """

    words: tuple[tuple[str | _Place, ...], ...]

    @classmethod
    def of(cls, command: str | Sequence[str]) -> CommandTemplate:
        """Return the template of a line, or of words that are split already.

        Raises
        ------
        EvaluationError
            If it is empty, or quotes or braces don't match.
        """
        try:
            words = shlex.split(command) if isinstance(command, str) else list(command)
        except ValueError as error:
            raise EvaluationError(f"command = {command!r}: {error}; quote it otherwise") from None
        if len(words) == 0 or not all(isinstance(word, str) for word in words):
            raise EvaluationError(f"command = {command!r} must be a program and its arguments")
        return cls(tuple(_parts(word) for word in words))

    @classmethod
    def of_shell(cls, command: str) -> CommandTemplate:
        """Return the template of a line that a shell is to run: one word.

        Raises
        ------
        EvaluationError
            If it is empty, or braces don't match.
        """
        if not isinstance(command, str) or command.strip() == "":
            raise EvaluationError(f"command = {command!r} must be one line of shell")
        return cls((_parts(command),))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters it has places for, and ``folds`` if it has one for them."""
        places = [part.name for word in self.words for part in word if isinstance(part, _Place)]
        return tuple(dict.fromkeys(places))

    @property
    def program(self) -> str | None:
        """The program, if it is the same for all values."""
        first = self.words[0]
        fixed = all(isinstance(part, str) for part in first)
        return "".join(str(part) for part in first) if fixed else None

    def filled(self, values: Mapping[str, Any]) -> list[str]:
        """Return the words with values in their places."""
        filled: list[str] = []
        for i, word in enumerate(self.words):
            if _lacks(word, values):
                option = self.words[i - 1]
                alone = len(word) == 1 and all(isinstance(part, str) for part in option)
                if i > 1 and alone and filled and filled[-1].startswith("-"):
                    filled.pop()
                continue
            filled += _joined(word, values)
        return filled

    def filled_for_shell(self, values: Mapping[str, Any]) -> str:
        """Return the line with values in their places, each quoted; "" for an inactive one."""
        text = ""
        for part in self.words[0]:
            if isinstance(part, str):
                text += part
            elif part.name in values:
                text += shlex.join(part.texts(values))
        return text


def _lacks(word: tuple[str | _Place, ...], values: Mapping[str, Any]) -> bool:
    return any(isinstance(part, _Place) and part.name not in values for part in word)


def _joined(word: tuple[str | _Place, ...], values: Mapping[str, Any]) -> list[str]:
    first = word[0] if len(word) == 1 else None
    if isinstance(first, _Place) and first.spread:
        return first.texts(values)
    return [
        "".join(part if isinstance(part, str) else " ".join(part.texts(values)) for part in word)
    ]


def _parts(word: str) -> tuple[str | _Place, ...]:
    parts: list[str | _Place] = []
    try:
        parsed: Iterable[tuple[str, str | None, str | None, str | None]] = list(
            string.Formatter().parse(word)
        )
    except ValueError as error:
        raise EvaluationError(
            f"command: {word!r}: {error}; a parameter is {{name}}, and braces that stand for "
            "themselves are doubled"
        ) from None
    for literal, name, spec, conversion in parsed:
        if literal:
            parts.append(literal)
        if name is None:
            continue
        spread = name.startswith("*")
        bare = name.removeprefix("*")
        if bare == "" or conversion is not None:
            raise EvaluationError(
                f"command: {word!r} has a place for a value without the plain name of a parameter, "
                "as {name}; braces that stand for themselves are doubled"
            )
        parts.append(_Place(bare, spec or "", spread))
    return tuple(parts) if parts else ("",)


def text_of(name: str, value: Any) -> str:
    """Return a value as a program reads it: a string as it is, all else as JSON.

    Raises
    ------
    EvaluationError
        If it is an object, which has no text.
    """
    if isinstance(value, str):
        return value
    if not is_plain(value):
        raise EvaluationError(
            f"the value of {name} is {value!r} of type {type(value).__name__}, which a command "
            "can't be given; use strings or numbers as choices"
        )
    return json.dumps(value)
