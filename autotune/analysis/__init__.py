"""Analysis: what a study tells about its parameters, its moves, its course and what is left.

All pure functions of a ``Study``; results are frozen and hold numpy columns.
"""

from autotune.analysis.acceptance_rates import AcceptanceRates, acceptance_rates
from autotune.analysis.calibration import calibration
from autotune.analysis.comparison import Comparison, compare
from autotune.analysis.forecast import Forecast, forecast
from autotune.analysis.honest_score import HonestScore, honest_score
from autotune.analysis.local_effects import LocalEffects, local_effects
from autotune.analysis.move_effects import MoveEffects, move_effects
from autotune.analysis.partial_dependence import Axis, PartialDependence, partial_dependence
from autotune.analysis.permutation_importance import PermutationImportance, permutation_importance
from autotune.analysis.recorded_moves import RecordedMoves, recorded_moves
from autotune.analysis.regret import Regret, regret
from autotune.analysis.sensitivity import Sensitivity, sensitivity
from autotune.analysis.surrogate import Surrogate, surrogate
from autotune.analysis.trajectory import Trajectory, trajectory
from autotune.analysis.utilisation import Utilisation, utilisation
from autotune.analysis.variance_shares import (
    Interactions,
    VarianceShares,
    interactions,
    variance_shares,
)

__all__ = [
    "AcceptanceRates",
    "Axis",
    "Comparison",
    "Forecast",
    "HonestScore",
    "Interactions",
    "LocalEffects",
    "MoveEffects",
    "PartialDependence",
    "PermutationImportance",
    "RecordedMoves",
    "Regret",
    "Sensitivity",
    "Surrogate",
    "Trajectory",
    "Utilisation",
    "VarianceShares",
    "acceptance_rates",
    "calibration",
    "compare",
    "forecast",
    "honest_score",
    "interactions",
    "local_effects",
    "move_effects",
    "partial_dependence",
    "permutation_importance",
    "recorded_moves",
    "regret",
    "sensitivity",
    "surrogate",
    "trajectory",
    "utilisation",
    "variance_shares",
]
