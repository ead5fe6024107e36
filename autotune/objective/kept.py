"""Things kept of trials between evaluations of their folds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from autotune.space.equality import Exactly

__all__ = ["Kept"]

T = TypeVar("T")


class Kept(Generic[T]):
    """Things by the configuration they belong to; what is taken out belongs to the taker.

    Two trials may have the same configuration at the same time, so there may be several of one. It
    may be used by several threads, and is empty where it arrives after a journey.

    Examples
    --------
    >>> kept = Kept()
    >>> kept.put({"x": 1}, "half")
    >>> kept.take({"x": 1}), kept.take({"x": 1})
    ('half', None)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[tuple[tuple[str, Exactly], ...], list[T]] = {}

    def put(self, configuration: Mapping[str, Any], item: T) -> None:
        """Keep one more thing of a configuration."""
        with self._lock:
            self._items.setdefault(_key(configuration), []).append(item)

    def take(
        self, configuration: Mapping[str, Any], suits: Callable[[T], bool] | None = None
    ) -> T | None:
        """Take out the first thing of a configuration that suits; None if there is none."""
        key = _key(configuration)
        with self._lock:
            items = self._items.get(key, [])
            for i, item in enumerate(items):
                if suits is None or suits(item):
                    del items[i]
                    if not items:
                        del self._items[key]
                    return item
        return None

    def take_all(self, configuration: Mapping[str, Any] | None = None) -> list[T]:
        """Take out all things of a configuration, or of all."""
        with self._lock:
            if configuration is not None:
                return self._items.pop(_key(configuration), [])
            everything = [item for items in self._items.values() for item in items]
            self._items.clear()
            return everything

    def __reduce__(self) -> tuple[type[Kept[T]], tuple[()]]:
        return type(self), ()


def _key(configuration: Mapping[str, Any]) -> tuple[tuple[str, Exactly], ...]:
    return tuple((name, Exactly(value)) for name, value in configuration.items())
