"""Runs of contestants on problems: planned, done, kept."""
