"""Numbers: how many parameters a step changes."""
