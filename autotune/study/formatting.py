"""Text for people: values in few digits, aligned columns, strangers' words made safe to print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from autotune.space.dimensions import Label

__all__ = [
    "aligned",
    "as_python",
    "clean",
    "describe_strategy",
    "duration",
    "format_value",
    "moment",
]


def format_value(value: Any, digits: int = 4) -> str:
    """Return a value as text, floats with few digits.

    Examples
    --------
    >>> format_value(0.06897336073024701), format_value((4, 1)), format_value("adam")
    ('0.06897', '(4, 1)', 'adam')
    """
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if isinstance(value, tuple | list):
        inside = ", ".join(format_value(item, digits) for item in value)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return str(value)


def clean(text: object) -> str:
    r"""Return text with everything unprintable escaped, so that no log can steer a terminal.

    Examples
    --------
    >>> clean("alpha\x1b[31m")
    'alpha\\x1b[31m'
    """
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "backslashreplace").decode("ascii")
        for character in str(text)
    )


def aligned(values: Iterable[float | None], *, signed: bool = False) -> list[str]:
    """Return numbers as text with the same decimals, so that a column of them can be compared.

    Parameters
    ----------
    values : iterable of float
        None or NaN becomes empty text.
    signed : bool
        Whether positive numbers get a plus sign.

    Examples
    --------
    >>> aligned([0.5, 0.96875, None])
    ['0.5000', '0.9688', '']
    >>> aligned([1e-9, 12.5])
    ['1e-09', '12.5']
    """
    numbers = [None if v is None or not math.isfinite(v) else float(v) for v in values]
    sizes = [abs(v) for v in numbers if v is not None and v != 0.0]
    sign = "+" if signed else ""
    style = f"{sign}.4f"
    if sizes:
        largest, smallest = max(sizes), min(sizes)
        if largest >= 1e6 or largest < 1e-3 or (smallest < 1e-3 and not signed):
            style = f"{sign}.4g"
        elif largest >= 10:
            style = f"{sign}.{3 if largest < 100 else 2 if largest < 1000 else 1}f"
    return ["" if v is None else format(v, style) for v in numbers]


def duration(seconds: float) -> str:
    """Return seconds as a person says them.

    Examples
    --------
    >>> duration(7.4), duration(75), duration(7380)
    ('7 s', '1 min 15 s', '2 h 03 min')
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def moment(at: int) -> datetime | None:
    """Return microseconds since 1970-01-01 UTC as a date, None where a made-up clock tells none.

    Examples
    --------
    >>> moment(0).isoformat(), moment(10**20)
    ('1970-01-01T00:00:00+00:00', None)
    """
    try:
        return datetime.fromtimestamp(at / 1e6, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def as_python(configuration: Mapping[str, Any]) -> str:
    """Return a configuration as a Python dict to paste.

    A choice that a log knows only by its label becomes a string, with a comment that says so.

    Examples
    --------
    >>> print(as_python({"alpha": 0.1, "layers": (8, 4)}))
    {
        'alpha': 0.1,
        'layers': (8, 4),
    }
    """
    lines = []
    for name, value in configuration.items():
        if isinstance(value, Label):
            lines.append(f"    {clean(repr(name))}: {clean(repr(value.text))},  # a label only")
        else:
            lines.append(f"    {clean(repr(name))}: {clean(repr(value))},")
    return "\n".join(["{", *lines, "}"])


def describe_strategy(description: Mapping[str, Any]) -> str:
    """Return a strategy's description in one line: its parts by name, and when it ends.

    Examples
    --------
    >>> describe_strategy({"component": "Strategy", "move": {"component": "Jump", "far": True},
    ...                    "draws": 25, "termination": {"component": "MaxTrials", "n": 60}})
    'Jump, until MaxTrials(n=60)'
    """
    names: list[str] = []
    for part, value in description.items():
        if isinstance(value, Mapping) and "component" in value and part != "termination":
            name = str(value["component"])
            if name not in names:
                names.append(name)
    end = description.get("termination")
    told = ", ".join(names) or str(description.get("component", "unknown"))
    return clean(told if end is None else f"{told}, until {_component(end)}")


def _component(value: object) -> str:
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_component(item) for item in value) + ")"
    if not isinstance(value, Mapping):
        return repr(value)
    fields = [f"{name}={_component(v)}" for name, v in value.items() if name != "component"]
    return f"{value.get('component', '')}({', '.join(fields)})"
