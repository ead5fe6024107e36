"""Whole searches: beside RandomizedSearchCV, with several workers, against the prototype."""
