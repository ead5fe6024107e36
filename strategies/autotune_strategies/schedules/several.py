"""A field that holds several schedules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from autotune.errors import ComponentError
from autotune.strategy import Schedule, ScheduleQuery
from autotune.strategy.validators import part

__all__ = ["as_tuple", "check_schedules", "read_all"]


def as_tuple(schedules: Iterable[Schedule]) -> tuple[Schedule, ...]:
    """Return schedules as a tuple."""
    return tuple(schedules)


def check_schedules(
    instance: object, attribute: attrs.Attribute[Any], value: tuple[Schedule, ...]
) -> None:
    """Check that a field holds at least one schedule, and nothing else."""
    if len(value) == 0:
        raise ComponentError(
            f"{type(instance).__name__}.{attribute.name} = () must hold at least one schedule"
        )
    for schedule in value:
        part(instance, attribute, schedule)


def read_all(
    schedules: tuple[Schedule, ...], state: tuple[Any, ...], query: ScheduleQuery
) -> list[Any]:
    """Return what each schedule answers, each asked under a key of its own."""
    return [
        schedule.read(part_state, ScheduleQuery(query.study, query.key.child(i)))
        for i, (part_state, schedule) in enumerate(zip(state, schedules, strict=True))
    ]
