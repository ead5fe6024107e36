"""Strategy components and recipes for autotune: swappable, pure, described in the log."""

from autotune_strategies import recipes
from autotune_strategies.acceptance.paired_test import PairedTest
from autotune_strategies.acceptance.pooled_mean import PooledMean
from autotune_strategies.acceptance.posterior_mean import PosteriorMean
from autotune_strategies.acceptance.simulated_annealing import SimulatedAnnealing
from autotune_strategies.acceptance.threshold import Threshold
from autotune_strategies.acquisition.expected_improvement import ExpectedImprovement
from autotune_strategies.acquisition.gain_minus_price import GainMinusPrice
from autotune_strategies.acquisition.greedy import Greedy
from autotune_strategies.acquisition.log_expected_improvement import LogExpectedImprovement
from autotune_strategies.acquisition.minus_price import MinusPrice
from autotune_strategies.acquisition.per_second import PerSecond
from autotune_strategies.acquisition.probability_of_improvement import ProbabilityOfImprovement
from autotune_strategies.acquisition.thompson_sampling import ThompsonSampling
from autotune_strategies.acquisition.upper_confidence_bound import UpperConfidenceBound
from autotune_strategies.acquisition.within_seconds import WithinSeconds
from autotune_strategies.anticipators.ensemble import Ensemble
from autotune_strategies.anticipators.gaussian_process import GaussianProcess
from autotune_strategies.anticipators.log_features import LogFeatures
from autotune_strategies.anticipators.no_anticipation import NoAnticipation
from autotune_strategies.anticipators.regression import Regression
from autotune_strategies.anticipators.ridge import Ridge
from autotune_strategies.features.scaled_features import ScaledFeatures
from autotune_strategies.folds.all_folds import AllFolds
from autotune_strategies.folds.fold_subset import FoldSubset
from autotune_strategies.folds.intensification import Intensification
from autotune_strategies.folds.racing import Racing
from autotune_strategies.folds.rotating_subset import RotatingSubset
from autotune_strategies.gaussian.likelihood import Prior
from autotune_strategies.models.bayesian_ridge_regression import BayesianRidgeRegression
from autotune_strategies.models.forest import Forest
from autotune_strategies.models.local_linear import LocalLinear
from autotune_strategies.models.nearest_neighbours import NearestNeighbours
from autotune_strategies.models.ridge_regression import RidgeRegression
from autotune_strategies.models.sklearn_regressor import SklearnRegressor
from autotune_strategies.moves.change_parameters import ChangeParameters
from autotune_strategies.moves.change_sequences import ChangeSequences
from autotune_strategies.moves.change_several import ChangeSeveral
from autotune_strategies.moves.crossover import Crossover
from autotune_strategies.moves.differential_evolution import DifferentialEvolution
from autotune_strategies.moves.global_jump import GlobalJump
from autotune_strategies.moves.line_move import LineMove
from autotune_strategies.moves.local_perturbation import LocalPerturbation
from autotune_strategies.moves.momentum import Momentum
from autotune_strategies.moves.neighbours import Neighbours
from autotune_strategies.moves.numbers.fixed import Fixed
from autotune_strategies.moves.numbers.geometric import Geometric
from autotune_strategies.moves.numbers.scheduled import Scheduled
from autotune_strategies.moves.pickers.by_past_success import ByPastSuccess
from autotune_strategies.moves.pickers.by_sensitivity import BySensitivity
from autotune_strategies.moves.pickers.uniformly import Uniformly
from autotune_strategies.moves.reevaluate import Reevaluate
from autotune_strategies.moves.sequence_change import SequenceChange
from autotune_strategies.moves.union import Mixture
from autotune_strategies.moves.unseen import Unseen
from autotune_strategies.schedules.by_recent_accuracy import ByRecentAccuracy
from autotune_strategies.schedules.clipped import Clipped
from autotune_strategies.schedules.constant import Constant
from autotune_strategies.schedules.cosine import Cosine
from autotune_strategies.schedules.exponential import Exponential
from autotune_strategies.schedules.inverse_linear import InverseLinear
from autotune_strategies.schedules.length_by_sensitivity import LengthBySensitivity
from autotune_strategies.schedules.linear import Linear
from autotune_strategies.schedules.maximum import Maximum
from autotune_strategies.schedules.no_improvement_window import NoImprovementWindow
from autotune_strategies.schedules.one_fifth_rule import OneFifthRule
from autotune_strategies.schedules.per_parameter_success import PerParameterSuccess
from autotune_strategies.schedules.product import Product
from autotune_strategies.starts.best_of_prior import BestOfPrior
from autotune_strategies.starts.given_points import GivenPoints
from autotune_strategies.starts.in_turn import InTurn
from autotune_strategies.starts.latin_hypercube import LatinHypercube
from autotune_strategies.starts.random_starts import RandomStarts
from autotune_strategies.starts.sobol import Sobol
from autotune_strategies.starts.start_values import StartValues
from autotune_strategies.starts.until_known import UntilKnown
from autotune_strategies.steps.multiply_add import MultiplyAdd
from autotune_strategies.steps.near_or_not_positive import NearOrNotPositive
from autotune_strategies.steps.normal_step import NormalStep
from autotune_strategies.steps.student_t_step import StudentTStep
from autotune_strategies.termination.both import Both
from autotune_strategies.termination.either import Either
from autotune_strategies.termination.max_trials import MaxTrials
from autotune_strategies.termination.never import Never
from autotune_strategies.termination.nothing_anticipated import NothingAnticipated
from autotune_strategies.termination.patience import Patience
from autotune_strategies.termination.regret_bound import RegretBound
from autotune_strategies.termination.score_reached import ScoreReached
from autotune_strategies.termination.seconds import Seconds
from autotune_strategies.termination.space_exhausted import SpaceExhausted
from autotune_strategies.warps.log_warp import LogWarp
from autotune_strategies.warps.no_warp import NoWarp
from autotune_strategies.warps.ranks import Ranks
from autotune_strategies.warps.yeo_johnson import YeoJohnson
from autotune_strategies.weights.discount import Discount
from autotune_strategies.weights.distance import Distance
from autotune_strategies.weights.even_weights import EvenWeights
from autotune_strategies.weights.kernel_neighbourhood import KernelNeighbourhood
from autotune_strategies.weights.nearest_neighbourhood import NearestNeighbourhood
from autotune_strategies.weights.product_of_weights import ProductOfWeights

__all__ = [
    "AllFolds",
    "BayesianRidgeRegression",
    "BestOfPrior",
    "Both",
    "ByPastSuccess",
    "ByRecentAccuracy",
    "BySensitivity",
    "ChangeParameters",
    "ChangeSequences",
    "ChangeSeveral",
    "Clipped",
    "Constant",
    "Cosine",
    "Crossover",
    "DifferentialEvolution",
    "Discount",
    "Distance",
    "Either",
    "Ensemble",
    "EvenWeights",
    "ExpectedImprovement",
    "Exponential",
    "Fixed",
    "FoldSubset",
    "Forest",
    "GainMinusPrice",
    "GaussianProcess",
    "Geometric",
    "GivenPoints",
    "GlobalJump",
    "Greedy",
    "InTurn",
    "Intensification",
    "InverseLinear",
    "KernelNeighbourhood",
    "LatinHypercube",
    "LengthBySensitivity",
    "LineMove",
    "Linear",
    "LocalLinear",
    "LocalPerturbation",
    "LogExpectedImprovement",
    "LogFeatures",
    "LogWarp",
    "MaxTrials",
    "Maximum",
    "MinusPrice",
    "Mixture",
    "Momentum",
    "MultiplyAdd",
    "NearOrNotPositive",
    "NearestNeighbourhood",
    "NearestNeighbours",
    "Neighbours",
    "Never",
    "NoAnticipation",
    "NoImprovementWindow",
    "NoWarp",
    "NormalStep",
    "NothingAnticipated",
    "OneFifthRule",
    "PairedTest",
    "Patience",
    "PerParameterSuccess",
    "PerSecond",
    "PooledMean",
    "PosteriorMean",
    "Prior",
    "ProbabilityOfImprovement",
    "Product",
    "ProductOfWeights",
    "Racing",
    "RandomStarts",
    "Ranks",
    "Reevaluate",
    "Regression",
    "RegretBound",
    "Ridge",
    "RidgeRegression",
    "RotatingSubset",
    "ScaledFeatures",
    "Scheduled",
    "ScoreReached",
    "Seconds",
    "SequenceChange",
    "SimulatedAnnealing",
    "SklearnRegressor",
    "Sobol",
    "SpaceExhausted",
    "StartValues",
    "StudentTStep",
    "ThompsonSampling",
    "Threshold",
    "Uniformly",
    "Unseen",
    "UntilKnown",
    "UpperConfidenceBound",
    "WithinSeconds",
    "YeoJohnson",
    "recipes",
]
