"""Fold plans: which cross-validation folds a trial gets."""
