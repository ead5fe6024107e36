"""Every component refuses what makes no sense in the same form: its name, the field, the value."""

from __future__ import annotations

import inspect
import math

import attrs
import pytest

import autotune_strategies
from autotune.errors import ComponentError
from helpers import all_examples

NONSENSE = [object(), "nonsense", math.nan, math.inf, -1.5, 10**400, True, (), [object()]]
EXAMPLES = {type(component): component for component in all_examples()}
CLASSES = [
    each
    for name in autotune_strategies.__all__
    if inspect.isclass(each := getattr(autotune_strategies, name)) and attrs.has(each)
]


def made(cls: type, **fields: object) -> None:
    """Make a component with one field as given, and the others as in an example, or by default."""
    if cls in EXAMPLES:
        attrs.evolve(EXAMPLES[cls], **fields)
        return
    needed = {a.alias for a in attrs.fields(cls) if a.init and a.default is attrs.NOTHING}
    if needed <= set(fields):
        cls(**fields)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_nonsense_is_refused_by_class_field_and_value(cls):
    refused = []
    names = [a.alias for a in attrs.fields(cls) if a.init]
    for name in names:
        for value in NONSENSE:
            try:
                made(cls, **{name: value})
            except ComponentError as error:
                refused.append((f"{cls.__name__}.{name}", str(error)))
    example = cls in EXAMPLES or all(
        a.default is not attrs.NOTHING for a in attrs.fields(cls) if a.init
    )
    assert [text for field, text in refused if not text.startswith(field)] == []
    assert len(refused) > 0 or not names or not example
