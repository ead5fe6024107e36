"""Checks, one for each law: given a component and a case they pass or raise AssertionError."""
