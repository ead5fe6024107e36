"""Acceptance: whether a trial becomes the incumbent."""
