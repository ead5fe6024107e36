"""Objects that the user names as ``module:attribute``, imported from the current directory."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from autotune.errors import EvaluationError

__all__ = ["imported"]


def imported(name: str, option: str, example: str) -> Any:
    """Return what the user named.

    Parameters
    ----------
    name : str
        A module and an attribute in it, ``module:attribute``.
    option : str
        The option it was given by, for messages.
    example : str
        What such a name looks like.

    Raises
    ------
    EvaluationError
        If it is no such name, or can't be imported.
    """
    module_name, separator, attribute = name.partition(":")
    if not (separator and module_name and attribute):
        raise EvaluationError(f"{option} {name!r} must be {example}")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:  # importing runs the user's code, whatever it raises
        raise EvaluationError(
            f"{option} {name!r} can't be imported from {Path.cwd()} "
            f"({type(error).__name__}: {error}); check the name and the current directory"
        ) from error
    return found
