"""Kinds of components: what each is asked, what a valid answer is, and which laws it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, get_args, get_origin

import attrs

from autotune.errors import ComponentError
from autotune.strategy.component import is_component
from autotune.testing.checks.decisions import (
    ask_acceptance,
    ask_confirmation,
    ask_folds,
    ask_recommendation,
    ask_stop,
    check_monotone,
    check_rounds,
    check_sentence,
    valid_folds,
    valid_trial,
    valid_verdict,
    valid_words,
)
from autotune.testing.checks.estimates import (
    ask_acquisition,
    ask_anticipator,
    ask_schedule,
    check_better_is_worth_more,
    check_order,
    check_order_of_worth,
    check_success,
    valid_estimate,
    valid_scales,
    valid_schedule,
    valid_worth,
)
from autotune.testing.checks.proposals import (
    ask_move,
    ask_start,
    ask_strategy,
    check_simulation,
    check_start_ends,
    check_steps,
    valid_draws,
    valid_proposal,
    valid_start,
)
from autotune.testing.kind import Kind

__all__ = ["KINDS", "kind_of"]

_ALL = (
    Kind("schedule", "ScheduleQuery", ask_schedule, valid_schedule),
    Kind("step", "ScheduleQuery", ask_schedule, valid_scales, laws=(check_steps,)),
    Kind("start", "StartQuery", ask_start, valid_start, once=(check_start_ends,)),
    Kind("move", "MoveQuery", ask_move, valid_draws),
    Kind(
        "anticipator",
        "AnticipateQuery",
        ask_anticipator,
        valid_estimate,
        laws=(check_order, check_success),
    ),
    Kind(
        "acquisition",
        "AcquisitionQuery",
        ask_acquisition,
        valid_worth,
        laws=(check_order_of_worth, check_better_is_worth_more),
    ),
    Kind("fold plan", "FoldQuery", ask_folds, valid_folds, laws=(check_rounds,)),
    # Verdicts and reasons to stop hardly show what was drawn for them.
    Kind("acceptance", "AcceptQuery", ask_acceptance, valid_verdict, follows_key=False),
    Kind("confirmation", "ConfirmQuery", ask_confirmation, valid_trial, follows_key=False),
    Kind("recommendation", "RecommendQuery", ask_recommendation, valid_trial, follows_key=False),
    Kind(
        "termination",
        "StopQuery",
        ask_stop,
        valid_words,
        once=(check_sentence,),
        laws=(check_monotone,),
        follows_key=False,
    ),
    Kind("strategy", "AskQuery", ask_strategy, valid_proposal, laws=(check_simulation,)),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""The kinds that a strategy is made of, by name."""


@cache
def _query_of(cls: Any) -> str | None:
    """Return the name of the class of the questions that ``read`` answers."""
    for base in cls.__mro__:
        read = vars(base).get("read")
        annotation = getattr(read, "__annotations__", {}).get("query")
        if annotation is not None:
            name = annotation if isinstance(annotation, str) else annotation.__name__
            if name not in {"Any", "Q_contra"}:
                return str(name).rpartition(".")[2]
        for generic in vars(base).get("__orig_bases__", ()):
            arguments = get_args(generic)
            if get_origin(generic) is not None and arguments:
                name = getattr(arguments[0], "__name__", "")
                if name.endswith("Query"):
                    return str(name)
    return None


def kind_of(component: object, others: Iterable[Kind] = ()) -> Kind:
    """Return the kind of a component: by the questions that its ``read`` is annotated to answer.

    Parameters
    ----------
    component : Component
        A component.
    others : iterable of Kind
        Kinds besides those of the kernel.

    Raises
    ------
    ComponentError
        If it has not the shape of a component, or is of a kind of its own.

    Examples
    --------
    >>> from attrs import frozen
    >>> from autotune.strategy import Composed, StopQuery
    >>> @frozen
    ... class Never(Composed[StopQuery, None]):
    ...     def read(self, state, query):
    ...         return None
    >>> kind_of(Never()).name
    'termination'
    """
    cls: Any = type(component)
    if not is_component(component):
        lacks = "is not an attrs class" if not attrs.has(cls) else "lacks init, update or read"
        raise ComponentError(f"{component!r} is not a component: {cls.__name__} {lacks}")
    query = _query_of(cls)
    if query == "ScheduleQuery":
        return KINDS["step" if callable(getattr(component, "step", None)) else "schedule"]
    for kind in (*_ALL, *others):
        if kind.query == query:
            return kind
    known = ", ".join(sorted({kind.query for kind in _ALL}))
    raise ComponentError(
        f"{cls.__name__}.read answers {query or 'a query without annotation'}, which is not one of "
        f"{known}; derive from Composed[MoveQuery, Candidates] or the like, or pass kind="
    )
