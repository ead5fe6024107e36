"""Interchange: results of other tools as logs, and logs as what other tools read."""
