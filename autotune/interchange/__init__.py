"""Interchange: results of other tools as logs, and logs as what other tools read."""

from autotune.interchange.trials_table import trials_table

__all__ = ["trials_table"]
