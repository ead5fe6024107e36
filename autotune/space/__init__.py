"""Space: what is tuned, its dimensions, and the conditions between them."""

from autotune.space.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Constraint,
    Equals,
    Less,
    NoneOf,
    OneOf,
)
from autotune.space.dimensions import (
    Boolean,
    Categorical,
    Constant,
    Dimension,
    Float,
    Integer,
    Ordinal,
    ScalarDimension,
    Sequence,
)
from autotune.space.file import read_space, write_space
from autotune.space.space import Configuration, Coordinates, Row, Space, as_space

__all__ = [
    "AllOf",
    "AnyOf",
    "Boolean",
    "Categorical",
    "Condition",
    "Configuration",
    "Constant",
    "Constraint",
    "Coordinates",
    "Dimension",
    "Equals",
    "Float",
    "Integer",
    "Less",
    "NoneOf",
    "OneOf",
    "Ordinal",
    "Row",
    "ScalarDimension",
    "Sequence",
    "Space",
    "as_space",
    "read_space",
    "write_space",
]
