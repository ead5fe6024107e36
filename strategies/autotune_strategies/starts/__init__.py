"""Start points."""
