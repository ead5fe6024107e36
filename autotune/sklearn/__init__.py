"""The search for scikit-learn: ``StepSearchCV``, and the objective that cross-validates."""

from autotune.sklearn.search import StepSearchCV

__all__ = ["StepSearchCV"]
