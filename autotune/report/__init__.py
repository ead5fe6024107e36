"""Reports: a study as rows, tables, charts, JSON and pages. All but files are pure functions."""

from autotune.report.chart import terminal_chart
from autotune.report.writing import write_report
from autotune.study.rows import TrialRow, accepted_steps, all_trials

__all__ = [
    "TrialRow",
    "accepted_steps",
    "all_trials",
    "terminal_chart",
    "write_report",
]
