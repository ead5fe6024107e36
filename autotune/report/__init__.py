"""Reports: a study as rows, tables, charts and JSON. All pure functions of a ``Study``."""

from autotune.report.chart import terminal_chart
from autotune.report.plot import plot_accepted_steps
from autotune.report.rows import TrialRow, accepted_steps, all_trials

__all__ = [
    "TrialRow",
    "accepted_steps",
    "all_trials",
    "plot_accepted_steps",
    "terminal_chart",
]
