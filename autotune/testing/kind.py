"""Kind: what all components of a kind have in common, as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import frozen

from autotune.strategy import Key
from autotune.study import Study
from autotune.testing.byte_source import ByteSource

__all__ = ["Kind", "Law"]

Law: TypeAlias = Callable[..., None]


@frozen
class Kind:
    """The properties that all components of a kind have in common.

    Parameters
    ----------
    name : str
        Such as "move".
    query : str
        The name of the class of its questions.
    ask : callable
        ``ask(study, key, source)`` returns questions that are legal at a study, none or more, made
        of decisions on the source; the same each time.
    valid : callable
        ``valid(component, query, answer)`` raises AssertionError unless the answer is valid.
    once : tuple of callable
        Further laws that need no log, ``law(component, kind)``.
    laws : tuple of callable
        Further laws checked on each log, ``law(component, case, kind)``.
    follows_key : bool
        Whether answers show what was drawn, so that other keys must give others.

    Examples
    --------
    >>> from autotune.testing import KINDS
    >>> KINDS["move"].query
    'MoveQuery'
    """

    name: str
    query: str
    ask: Callable[[Study, Key, ByteSource], list[Any]]
    valid: Callable[[Any, Any, Any], None]
    once: tuple[Law, ...] = ()
    laws: tuple[Law, ...] = ()
    follows_key: bool = True
