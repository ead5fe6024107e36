"""Give an editable install, that of a checkout, the command ``autotune-bench``."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CheckoutCommand(BuildHookInterface):
    """Adds the script to editable wheels alone; users' wheels have no benchmarks."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the script."""
        if version == "editable":
            build_data["shared_scripts"]["benchmarks/autotune-bench"] = "autotune-bench"
