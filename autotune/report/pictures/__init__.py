"""Pictures of studies with matplotlib, in the manner of scikit-learn's displays.

``HistoryDisplay.from_study(study, ax=ax)`` computes what is shown and plots it; the display keeps
what it was plotted on, ``ax_`` and ``figure_``, and ``plot(ax)`` plots it again elsewhere. All are
for light and dark ground, in colours that colour-blind people tell apart. Needs the extra "plot".
"""

from autotune.report.pictures.accepted_steps import AcceptedStepsDisplay
from autotune.report.pictures.calibration import CalibrationDisplay
from autotune.report.pictures.comparison import ComparisonDisplay
from autotune.report.pictures.display import Display, StudyDisplay
from autotune.report.pictures.history import HistoryDisplay
from autotune.report.pictures.lineage import LineageDisplay
from autotune.report.pictures.moves import AcceptanceRatesDisplay, StepLengthsDisplay
from autotune.report.pictures.parallel_coordinates import ParallelCoordinatesDisplay
from autotune.report.pictures.partial_dependence import PartialDependenceDisplay
from autotune.report.pictures.regret import RegretDisplay
from autotune.report.pictures.sensitivity import PairsDisplay, SensitivityDisplay
from autotune.report.pictures.theme import DARK, LIGHT, Theme
from autotune.report.pictures.trajectory import TrajectoryDisplay
from autotune.report.pictures.utilisation import UtilisationDisplay

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
]
