"""Termination: when a study is over."""
