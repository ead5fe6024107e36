"""The split into development and test problems, fixed before the first comparison.

It is a file, ``split.json``, of patterns of problems' names; its hash is in every report.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

__all__ = ["Part", "split_of", "split_sha256"]

Part: TypeAlias = Literal["development", "test", "own"]

_PATH = Path(__file__).with_name("split.json")


def split_sha256() -> str:
    """Return the hash of the file."""
    return hashlib.sha256(_PATH.read_bytes()).hexdigest()


@cache
def _patterns() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_PATH.read_text(encoding="utf-8"))
    return found


def split_of(problem: str) -> Part:
    """Return the part that a problem belongs to; "own" for one that is not in the file.

    Parameters
    ----------
    problem : str
        Its name.

    Raises
    ------
    ValueError
        If the file has it in both.

    Examples
    --------
    >>> split_of("hpobench/car"), split_of("nasbench201/cifar10"), split_of("mine/one")
    ('development', 'test', 'own')
    """
    found: list[Part] = [
        part
        for part in ("development", "test")
        if any(fnmatchcase(problem, pattern) for pattern in _patterns()[part])
    ]
    if len(found) > 1:
        raise ValueError(f"split.json has {problem!r} in both parts; leave it in one")
    return found[0] if found else "own"
