from .errors import AutotuneError
from .execution import Execution
from .log import open_log, read_logs
from .replay import verify
from .sklearn.search import StepSearchCV
from .space import (
    And,
    Boolean,
    Categorical,
    Equals,
    Fixed,
    Float,
    GreaterThan,
    In,
    Integer,
    LessThan,
    Not,
    Or,
    Ordinal,
    Sequence,
    Space,
    Sum,
)
from .strategy.defaults import recipes
from .tuner import Tuner, tune

__version__: str
__all__ = [
    "And",
    "AutotuneError",
    "Boolean",
    "Categorical",
    "Equals",
    "Execution",
    "Fixed",
    "Float",
    "GreaterThan",
    "In",
    "Integer",
    "LessThan",
    "Not",
    "Or",
    "Ordinal",
    "Sequence",
    "Space",
    "StepSearchCV",
    "Sum",
    "Tuner",
    "__version__",
    "open_log",
    "read_logs",
    "recipes",
    "tune",
    "verify",
]
