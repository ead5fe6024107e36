"""Acquisition: how much a candidate is worth trying."""
