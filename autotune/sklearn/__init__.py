"""The search for scikit-learn: ``StepSearchCV``, and the objective that cross-validates."""

from autotune.sklearn.domains import space_for
from autotune.sklearn.search import StepSearchCV

__all__ = ["StepSearchCV", "space_for"]
