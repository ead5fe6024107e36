"""Pictures of studies with matplotlib, in the manner of scikit-learn's displays.

For each there is a class (``HistoryDisplay.from_study(study)``, which keeps what it drew, ``ax_``
and ``figure_``) and a function (``plot_history(study, ax=ax)``, which returns the axes). All are
for light and dark ground, in colours that colour-blind people tell apart. Needs the extra "plot".
"""

from autotune.report.pictures.accepted_steps import AcceptedStepsDisplay, plot_accepted_steps
from autotune.report.pictures.course import (
    ComparisonDisplay,
    RegretDisplay,
    TrajectoryDisplay,
    plot_comparison,
    plot_regret,
    plot_trajectory,
)
from autotune.report.pictures.dependence import PartialDependenceDisplay, plot_partial_dependence
from autotune.report.pictures.display import Display, StudyDisplay
from autotune.report.pictures.foresight import CalibrationDisplay, plot_calibration
from autotune.report.pictures.history import HistoryDisplay, plot_history
from autotune.report.pictures.lineage_branches import LineageDisplay, plot_lineage
from autotune.report.pictures.moves import (
    AcceptanceRatesDisplay,
    StepLengthsDisplay,
    plot_acceptance_rates,
    plot_step_lengths,
)
from autotune.report.pictures.parallel_coordinates import (
    ParallelCoordinatesDisplay,
    plot_parallel_coordinates,
)
from autotune.report.pictures.sensitivity_bars import (
    PairsDisplay,
    SensitivityDisplay,
    plot_pairs,
    plot_sensitivity,
)
from autotune.report.pictures.theme import DARK, LIGHT, Theme
from autotune.report.pictures.workers import UtilisationDisplay, plot_utilisation

__all__ = [
    "DARK",
    "LIGHT",
    "AcceptanceRatesDisplay",
    "AcceptedStepsDisplay",
    "CalibrationDisplay",
    "ComparisonDisplay",
    "Display",
    "HistoryDisplay",
    "LineageDisplay",
    "PairsDisplay",
    "ParallelCoordinatesDisplay",
    "PartialDependenceDisplay",
    "RegretDisplay",
    "SensitivityDisplay",
    "StepLengthsDisplay",
    "StudyDisplay",
    "Theme",
    "TrajectoryDisplay",
    "UtilisationDisplay",
    "plot_acceptance_rates",
    "plot_accepted_steps",
    "plot_calibration",
    "plot_comparison",
    "plot_history",
    "plot_lineage",
    "plot_pairs",
    "plot_parallel_coordinates",
    "plot_partial_dependence",
    "plot_regret",
    "plot_sensitivity",
    "plot_step_lengths",
    "plot_trajectory",
    "plot_utilisation",
]
