"""Contents of numpydoc docstrings, as data."""

from __future__ import annotations

import inspect
import re
from textwrap import dedent

__all__ = ["parameters", "section", "summary"]


def summary(thing: object) -> str:
    """Return the first line of a docstring.

    Examples
    --------
    >>> from autotune_strategies import GlobalJump
    >>> summary(GlobalJump).endswith(".")
    True
    """
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def section(thing: object, title: str) -> str | None:
    """Return the text of a section of a docstring, None if it has none."""
    found = re.search(
        rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-{{3,}}\n|\Z)",
        inspect.getdoc(thing) or "",
        re.DOTALL | re.MULTILINE,
    )
    return None if found is None else found.group(1)


def parameters(thing: object) -> dict[str, tuple[str, str]]:
    """Return the parameters that a docstring tells of: type and words, by name.

    Examples
    --------
    >>> from autotune.study import Accepted
    >>> parameters(Accepted)["trial"]
    ('int', 'Number of the trial.')
    """
    found: dict[str, tuple[str, str]] = {}
    for entry in re.split(r"\n(?=\S)", section(thing, "Parameters") or ""):
        head, _, body = entry.partition("\n")
        if head.strip() == "":
            continue
        names, _, kind = head.partition(" : ")
        words = re.sub(r"\s+", " ", dedent(body)).strip()
        for name in names.split(","):
            found[name.strip().lstrip("*")] = (kind.strip(), words)
    return found
