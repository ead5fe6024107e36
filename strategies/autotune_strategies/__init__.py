"""Strategy components and recipes for autotune: swappable, pure, described in the log."""

from autotune_strategies import recipes
from autotune_strategies.acceptance.means import PooledMean, PosteriorMean
from autotune_strategies.acceptance.paired_tests import PairedTest
from autotune_strategies.acceptance.threshold import SimulatedAnnealing, Threshold
from autotune_strategies.acquisition.confidence import (
    Greedy,
    ThompsonSampling,
    UpperConfidenceBound,
)
from autotune_strategies.acquisition.cost import (
    GainMinusPrice,
    MinusPrice,
    PerSecond,
    WithinSeconds,
)
from autotune_strategies.acquisition.improvement import (
    ExpectedImprovement,
    LogExpectedImprovement,
    ProbabilityOfImprovement,
)
from autotune_strategies.anticipators.ensemble import Ensemble
from autotune_strategies.anticipators.gaussian_classifier import GaussianClassifier
from autotune_strategies.anticipators.gaussian_process import GaussianProcess
from autotune_strategies.anticipators.no_anticipation import NoAnticipation
from autotune_strategies.anticipators.regression import Regression
from autotune_strategies.anticipators.ridge import LogFeatures, Ridge
from autotune_strategies.confirmation import ConfirmContenders, NoConfirmation
from autotune_strategies.features import ScaledFeatures
from autotune_strategies.folds import AllFolds, FoldSubset, Intensification, Racing, RotatingSubset
from autotune_strategies.gaussian.classification import ClassPrior
from autotune_strategies.gaussian.inference import Prior
from autotune_strategies.models.linear import BayesianRidgeRegression, LocalLinear, RidgeRegression
from autotune_strategies.models.model import SklearnRegressor
from autotune_strategies.models.nonparametric import Forest, NearestNeighbours
from autotune_strategies.moves.change import ChangeParameters, ChangeSeveral
from autotune_strategies.moves.combinations import Mixture, Reevaluate, Unseen
from autotune_strategies.moves.counts import FixedNumber, Geometric, Scheduled
from autotune_strategies.moves.directions import LineMove, Momentum
from autotune_strategies.moves.neighbours import Neighbours
from autotune_strategies.moves.one_by_one import OneByOne
from autotune_strategies.moves.perturbation import GlobalJump, LocalPerturbation
from autotune_strategies.moves.recombination import Crossover, DifferentialEvolution
from autotune_strategies.moves.selection import ByPastSuccess, BySensitivity, Uniformly
from autotune_strategies.moves.sequences import ChangeSequences, SequenceChange
from autotune_strategies.recommendation import BestBelieved, BestMeasured, Incumbent
from autotune_strategies.schedules.adaptive import (
    ByRecentAccuracy,
    LengthBySensitivity,
    NoImprovementWindow,
    OneFifthRule,
    PerParameterSuccess,
)
from autotune_strategies.schedules.combinations import Clipped, Constant, Maximum, Product
from autotune_strategies.schedules.decay import Cosine, Exponential, InverseLinear, Linear
from autotune_strategies.starts.combinations import InTurn, UntilKnown
from autotune_strategies.starts.designs import LatinHypercube, RandomStarts, Sobol
from autotune_strategies.starts.points import BestOfPrior, GivenPoints, StartValues
from autotune_strategies.steps import MultiplyAdd, NearOrNotPositive, NormalStep, StudentTStep
from autotune_strategies.termination.exhaustion import SpaceExhausted
from autotune_strategies.termination.limits import MaxTrials, ScoreReached, Seconds, TimeBudget
from autotune_strategies.termination.regret_bound import RegretBound
from autotune_strategies.termination.rule import Both, Either, Never
from autotune_strategies.termination.stalls import NothingAnticipated, Patience
from autotune_strategies.warps import LogWarp, NoWarp, Ranks, Winsorized, YeoJohnson
from autotune_strategies.weights import (
    Discount,
    Distance,
    EvenWeights,
    KernelNeighbourhood,
    NearestNeighbourhood,
    ProductOfWeights,
)

__all__ = [
    "AllFolds",
    "BayesianRidgeRegression",
    "BestBelieved",
    "BestMeasured",
    "BestOfPrior",
    "Both",
    "ByPastSuccess",
    "ByRecentAccuracy",
    "BySensitivity",
    "ChangeParameters",
    "ChangeSequences",
    "ChangeSeveral",
    "ClassPrior",
    "Clipped",
    "ConfirmContenders",
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
    "FixedNumber",
    "FoldSubset",
    "Forest",
    "GainMinusPrice",
    "GaussianClassifier",
    "GaussianProcess",
    "Geometric",
    "GivenPoints",
    "GlobalJump",
    "Greedy",
    "InTurn",
    "Incumbent",
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
    "NoConfirmation",
    "NoImprovementWindow",
    "NoWarp",
    "NormalStep",
    "NothingAnticipated",
    "OneByOne",
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
    "TimeBudget",
    "Uniformly",
    "Unseen",
    "UntilKnown",
    "UpperConfidenceBound",
    "Winsorized",
    "WithinSeconds",
    "YeoJohnson",
    "recipes",
]
