"""What tests of a study need: comparison that knows NaN, and generators of legal logs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autotune.testing.comparison import same

if TYPE_CHECKING:
    from autotune.testing.generators import (
        configurations,
        dimensions,
        legal_logs,
        spaces,
        values,
    )

__all__ = ["configurations", "dimensions", "legal_logs", "same", "spaces", "values"]

# Loaded when first asked for, because they need Hypothesis (the extra "testing").
_GENERATORS = ("configurations", "dimensions", "legal_logs", "spaces", "values")
_MODULES = dict.fromkeys(_GENERATORS, "autotune.testing.generators")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
