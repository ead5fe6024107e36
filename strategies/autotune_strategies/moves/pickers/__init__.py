"""Pickers: which parameters a step changes."""
