"""Another environment to be asked in: other global random numbers, another time of day."""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from autotune.testing.classes import classes_of

__all__ = ["global_randomness", "perturbed_environment"]

_CLOCKS: dict[str, Callable[[], Any]] = {
    name: getattr(time, name)
    for name in (
        "time",
        "time_ns",
        "perf_counter",
        "perf_counter_ns",
        "monotonic",
        "monotonic_ns",
        "process_time",
        "process_time_ns",
        "thread_time",
        "thread_time_ns",
    )
    if hasattr(time, name)
}
_NOON_2000 = 946_728_000


def _fake(name: str, seconds: float, *, still: bool) -> Callable[[], Any]:
    real = _CLOCKS[name]
    unit = 10**9 if name.endswith("_ns") else 1
    shift = int(seconds * unit) if unit > 1 else seconds
    if still:
        return lambda: shift
    return lambda: real() + shift


@cache
def _fake_datetime(seconds: float) -> type:
    def now(cls: type[dt.datetime], tz: Any = None) -> dt.datetime:  # noqa: ARG001
        return dt.datetime.fromtimestamp(_NOON_2000 + seconds, tz)

    def utcnow(cls: type[dt.datetime]) -> dt.datetime:  # noqa: ARG001
        there = dt.datetime.fromtimestamp(_NOON_2000 + seconds, dt.UTC)
        return there.replace(tzinfo=None)

    names = {"now": classmethod(now), "utcnow": classmethod(utcnow), "today": classmethod(utcnow)}
    return types.new_class("datetime", (dt.datetime,), {}, lambda body: body.update(names))


@cache
def _places(kinds: tuple[type, ...]) -> list[tuple[Any, str, str]]:
    """List where clocks are looked up: in their modules, and where the component imported them."""
    places: list[tuple[Any, str, str]] = [(time, name, name) for name in _CLOCKS]
    real_datetime = dt.datetime
    places.append((dt, "datetime", "datetime"))
    by_id = {id(clock): name for name, clock in _CLOCKS.items()}
    by_id[id(real_datetime)] = "datetime"
    modules = {base.__module__ for kind in kinds for base in kind.__mro__}
    for name in sorted(modules - {"builtins", "time", "datetime", "abc", "typing"}):
        module = sys.modules.get(name)
        for attribute, value in list(vars(module).items()) if module is not None else ():
            if id(value) in by_id:
                places.append((module, attribute, by_id[id(value)]))
    return places


def global_randomness() -> tuple[Any, Any]:
    """Return the state of the global random generators of numpy and of Python."""
    numbers: Any = np.random.get_state()  # noqa: NPY002
    _, keys, position, gauss, cached = numbers
    return (keys.tobytes(), position, gauss, cached), random.getstate()


@contextmanager
def perturbed_environment(
    component: object, *, seed: int, seconds: float, still: bool = False
) -> Iterator[tuple[Any, Any]]:
    """Ask in another environment; everything is put back afterwards.

    Parameters
    ----------
    component : object
        Who is asked: clocks that its modules imported by name are shifted too.
    seed : int
        Of the global random generators.
    seconds : float
        By how much every clock is shifted.
    still : bool
        Whether the clocks stand still.

    Yields
    ------
    tuple
        The state of the global random generators, to be compared afterwards.
    """
    places = _places(tuple(classes_of(component)))
    before_numpy, before_python = np.random.get_state(), random.getstate()  # noqa: NPY002
    originals = [(where, name, getattr(where, name)) for where, name, _ in places]
    fakes: dict[str, Any] = {name: _fake(name, seconds, still=still) for name in _CLOCKS}
    fakes["datetime"] = _fake_datetime(seconds)
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    marked = global_randomness()
    try:
        for where, name, clock in places:
            setattr(where, name, fakes[clock])
        yield marked
    finally:
        for where, name, original in originals:
            setattr(where, name, original)
        np.random.set_state(before_numpy)  # noqa: NPY002
        random.setstate(before_python)
