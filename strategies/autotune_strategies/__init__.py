"""Strategy components and recipes for autotune: swappable, pure, described in the log."""

from autotune_strategies import recipes
from autotune_strategies.acceptance.threshold import Threshold
from autotune_strategies.acquisition.gain_minus_price import GainMinusPrice
from autotune_strategies.anticipators.log_features import LogFeatures
from autotune_strategies.anticipators.ridge import Ridge
from autotune_strategies.folds.all_folds import AllFolds
from autotune_strategies.moves.change_parameters import ChangeParameters
from autotune_strategies.schedules.constant import Constant
from autotune_strategies.schedules.inverse_linear import InverseLinear
from autotune_strategies.starts.start_values import StartValues
from autotune_strategies.steps.multiply_add import MultiplyAdd
from autotune_strategies.steps.near_or_not_positive import NearOrNotPositive
from autotune_strategies.termination.either import Either
from autotune_strategies.termination.max_trials import MaxTrials
from autotune_strategies.termination.never import Never
from autotune_strategies.termination.score_reached import ScoreReached

__all__ = [
    "AllFolds",
    "ChangeParameters",
    "Constant",
    "Either",
    "GainMinusPrice",
    "InverseLinear",
    "LogFeatures",
    "MaxTrials",
    "MultiplyAdd",
    "NearOrNotPositive",
    "Never",
    "Ridge",
    "ScoreReached",
    "StartValues",
    "Threshold",
    "recipes",
]
