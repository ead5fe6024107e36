"""Moves: candidate steps from a configuration."""
