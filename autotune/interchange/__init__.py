"""Interchange: results of other tools as logs, and logs as what other tools read."""

from autotune.interchange.earlier import merge
from autotune.interchange.exporting import cv_results, export_results
from autotune.interchange.importing import import_results
from autotune.interchange.mlflow_runs import export_mlflow
from autotune.interchange.optuna_studies import to_optuna
from autotune.interchange.trials_table import trials_table

__all__ = [
    "cv_results",
    "export_mlflow",
    "export_results",
    "import_results",
    "merge",
    "to_optuna",
    "trials_table",
]
