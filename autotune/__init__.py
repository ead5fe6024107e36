"""autotune: step-by-step hyper-parameter search with an immutable, replayable record."""

from autotune.errors import (
    AutotuneError,
    ComponentError,
    EvaluationError,
    LogError,
    LogLockedError,
    MissingExtraError,
    SpaceError,
    StudyError,
)
from autotune.keys import Key
from autotune.log import DirectoryLog, Log, MemoryLog, open_log
from autotune.merging import merge
from autotune.objective import Measurement
from autotune.replay import (
    anticipate,
    at,
    counterfactual,
    explain,
    fork,
    refold,
    verify,
    verify_many,
)
from autotune.search_cv import StepSearchCV
from autotune.space import (
    AllOf,
    AnyOf,
    Boolean,
    Categorical,
    Constant,
    Equals,
    Float,
    Integer,
    Less,
    NoneOf,
    OneOf,
    Ordinal,
    Sequence,
    Space,
)
from autotune.strategy import Strategy
from autotune.study import Study
from autotune.tuner import Tuner, TuneResult, tune

__all__ = [
    "AllOf",
    "AnyOf",
    "AutotuneError",
    "Boolean",
    "Categorical",
    "ComponentError",
    "Constant",
    "DirectoryLog",
    "Equals",
    "EvaluationError",
    "Float",
    "Integer",
    "Key",
    "Less",
    "Log",
    "LogError",
    "LogLockedError",
    "Measurement",
    "MemoryLog",
    "MissingExtraError",
    "NoneOf",
    "OneOf",
    "Ordinal",
    "Sequence",
    "Space",
    "SpaceError",
    "StepSearchCV",
    "Strategy",
    "Study",
    "StudyError",
    "TuneResult",
    "Tuner",
    "anticipate",
    "at",
    "counterfactual",
    "explain",
    "fork",
    "merge",
    "open_log",
    "refold",
    "tune",
    "verify",
    "verify_many",
]
