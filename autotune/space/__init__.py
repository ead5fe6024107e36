"""Space: what is tuned, its dimensions, and the conditions between them."""

from autotune.space.conditions import (
    And,
    Condition,
    Constraint,
    Equals,
    GreaterThan,
    In,
    LessThan,
    Not,
    Or,
    Sum,
)
from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Ordinal,
    ScalarDimension,
    Sequence,
)
from autotune.space.file import read_space, write_space
from autotune.space.space import Configuration, Coordinates, Row, Space, as_space

__all__ = [
    "And",
    "Boolean",
    "Categorical",
    "Condition",
    "Configuration",
    "Constraint",
    "Coordinates",
    "Dimension",
    "Equals",
    "Fixed",
    "Float",
    "GreaterThan",
    "In",
    "Integer",
    "LessThan",
    "Not",
    "Or",
    "Ordinal",
    "Row",
    "ScalarDimension",
    "Sequence",
    "Space",
    "Sum",
    "as_space",
    "read_space",
    "write_space",
]
