"""Signatures of attrs classes, with the defaults that their factories make."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any

import attrs
from attrs import frozen

__all__ = ["setup", "short", "signature_of"]


@frozen(repr=False)
class _Words:
    """A default as it is shown."""

    words: str

    def __repr__(self) -> str:
        return self.words


def _default(item: Any) -> Any:
    if item.default is attrs.NOTHING:
        return Parameter.empty
    if isinstance(item.default, attrs.Factory):
        return ... if item.default.takes_self else item.default.factory()
    return item.default


def short(value: object) -> str:
    """Return an attrs object as Python, without the fields that have their default values.

    Examples
    --------
    >>> from autotune_strategies import Constant, Cosine, LengthBySensitivity
    >>> short(LengthBySensitivity(Constant(0.2), power=2.0)), short(Cosine(initial=0.3))
    ('LengthBySensitivity(power=2.0)', 'Cosine(initial=0.3)')
    """
    if isinstance(value, tuple) and any(attrs.has(type(item)) for item in value):
        items = ", ".join(map(short, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    if isinstance(value, float):
        return f"{value:.6g}" if value != int(value) else repr(value)
    if not attrs.has(type(value)):
        return repr(value)
    shown = []
    for item in attrs.fields(type(value)):
        own = getattr(value, item.name)
        default = _default(item)
        if item.init and (default is Parameter.empty or own != default):
            required = default is Parameter.empty and not item.kw_only
            name = item.alias or item.name
            shown.append(short(own) if required else f"{name}={short(own)}")
    return f"{type(value).__name__}({', '.join(shown)})"


def signature_of(kind: type) -> str:
    """Return the signature of an attrs class.

    Examples
    --------
    >>> from autotune_strategies import LocalPerturbation
    >>> signature_of(LocalPerturbation)
    '(length=Constant(0.2), mean_number=2.0)'
    """
    shown = []
    for item in attrs.fields(kind):
        if item.init:
            default = _default(item)
            shown.append(
                Parameter(
                    item.alias or item.name,
                    Parameter.KEYWORD_ONLY if item.kw_only else Parameter.POSITIONAL_OR_KEYWORD,
                    default=default if default is Parameter.empty else _Words(short(default)),
                )
            )
    return str(Signature(shown))


def _process(app: Any, what: str, name: str, thing: Any, *_: Any) -> tuple[str, str] | None:  # noqa: ARG001
    if what == "class" and attrs.has(thing) and "__attrs_attrs__" in vars(thing):
        own = getattr(thing.__init__, "__module__", "")
        if "__init__" in vars(thing) and own == thing.__module__:
            try:
                return signature_of(thing), ""
            except ValueError:  # required after optional: only with an __init__ of its own
                return None
    return None


def setup(app: Any) -> None:
    """Let autodoc ask here."""
    app.connect("autodoc-process-signature", _process)
