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
from autotune.integrity import check_log
from autotune.interchange import export_results, import_results, trials_table
from autotune.keys import Key
from autotune.log import (
    Archive,
    DirectoryLog,
    Log,
    MemoryLog,
    compact,
    copy_log,
    open_log,
    read_logs,
)
from autotune.merging import merge
from autotune.objective import CommandObjective, CoroutineObjective, Measurement, StepwiseObjective
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
from autotune.space_file import read_space, write_space
from autotune.strategy import Strategy
from autotune.study import Study
from autotune.tuner import Tuner, TuneResult, tune

__all__ = [
    "AllOf",
    "AnyOf",
    "Archive",
    "AutotuneError",
    "Boolean",
    "Categorical",
    "CommandObjective",
    "ComponentError",
    "Constant",
    "CoroutineObjective",
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
    "StepwiseObjective",
    "Strategy",
    "Study",
    "StudyError",
    "TuneResult",
    "Tuner",
    "anticipate",
    "at",
    "check_log",
    "compact",
    "copy_log",
    "counterfactual",
    "explain",
    "export_results",
    "fork",
    "import_results",
    "merge",
    "open_log",
    "read_logs",
    "read_space",
    "refold",
    "trials_table",
    "tune",
    "verify",
    "verify_many",
    "write_space",
]
