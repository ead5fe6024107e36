"""Testing of studies and components: contracts by kind, generators, and comparison.

``check_component`` checks one component, ``component_checks`` parametrises a pytest test with many,
and each kind has a contract to inherit (``MoveContract`` and so on). The generators are for
Hypothesis. Most of it is loaded when first asked for, because it needs the extra "testing".
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autotune.space.equality import same

if TYPE_CHECKING:
    from autotune.testing.case import Case
    from autotune.testing.checking import LawBroken, check_case, check_component
    from autotune.testing.contracts import (
        AcceptanceContract,
        AcquisitionContract,
        AnticipatorContract,
        ConfirmationContract,
        Contract,
        FoldPlanContract,
        MoveContract,
        RecommendationContract,
        ScheduleContract,
        StartContract,
        StepContract,
        StrategyContract,
        TerminationContract,
        component_checks,
    )
    from autotune.testing.generators import (
        conditions,
        configurations,
        dimensions,
        events,
        keys,
        legal_logs,
        spaces,
        strategies,
        studies,
        values,
    )
    from autotune.testing.kind import Kind
    from autotune.testing.kinds import KINDS, kind_of
    from autotune.testing.log_text import format_log

__all__ = [
    "KINDS",
    "AcceptanceContract",
    "AcquisitionContract",
    "AnticipatorContract",
    "Case",
    "ConfirmationContract",
    "Contract",
    "FoldPlanContract",
    "Kind",
    "LawBroken",
    "MoveContract",
    "RecommendationContract",
    "ScheduleContract",
    "StartContract",
    "StepContract",
    "StrategyContract",
    "TerminationContract",
    "check_case",
    "check_component",
    "component_checks",
    "conditions",
    "configurations",
    "dimensions",
    "events",
    "format_log",
    "keys",
    "kind_of",
    "legal_logs",
    "same",
    "spaces",
    "strategies",
    "studies",
    "values",
]

_NAMES = {
    "autotune.testing.case": ("Case",),
    "autotune.testing.checking": ("LawBroken", "check_case", "check_component"),
    "autotune.testing.contracts": (
        "AcceptanceContract",
        "AcquisitionContract",
        "AnticipatorContract",
        "ConfirmationContract",
        "Contract",
        "FoldPlanContract",
        "MoveContract",
        "RecommendationContract",
        "ScheduleContract",
        "StartContract",
        "StepContract",
        "StrategyContract",
        "TerminationContract",
        "component_checks",
    ),
    "autotune.testing.generators": (
        "conditions",
        "configurations",
        "dimensions",
        "events",
        "keys",
        "legal_logs",
        "spaces",
        "strategies",
        "studies",
        "values",
    ),
    "autotune.testing.kind": ("Kind",),
    "autotune.testing.kinds": ("KINDS", "kind_of"),
    "autotune.testing.log_text": ("format_log",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
