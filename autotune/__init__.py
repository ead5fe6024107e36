"""autotune: step-by-step hyper-parameter search with an immutable, replayable record.

Names are imported when they are first used; ``__init__.pyi`` tells where each comes from.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name != "__version__":
        return _load(name)
    from importlib import metadata

    try:
        return metadata.version("autotune-search")
    except metadata.PackageNotFoundError:
        return "unknown"
