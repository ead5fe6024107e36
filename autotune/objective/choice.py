"""Which kind of objective a user's function is."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from autotune.clock import Clock
from autotune.errors import EvaluationError
from autotune.objective.coroutine import CoroutineObjective
from autotune.objective.function import Function, FunctionObjective
from autotune.objective.protocol import Objective
from autotune.objective.stepwise import StepwiseObjective

__all__ = ["as_objective", "runs_folds"]


def as_objective(
    given: Objective | Function,
    clock: Clock,
    *,
    n_folds: int | None = None,
    metric: str = "score",
) -> Objective:
    """Return an objective: the one given, or one that calls the given function.

    Parameters
    ----------
    given : Objective or callable
        An objective, or a function, ``async`` function or generator function of a configuration; a
        function with a parameter ``folds`` that has no default is told which folds to run, one with
        ``repeat`` how often its configuration was evaluated before.
    clock : Clock
        Measures what functions don't say.
    n_folds : int, optional
        Number of scores of one configuration; 1 for functions if left out. A generator function
        needs it.
    metric : str
        The name of the score in dicts of metrics.

    Raises
    ------
    EvaluationError
        If it is neither; if its parameters don't fit; or if the number of folds is missing, or not
        that of the objective.

    Examples
    --------
    >>> from autotune.clock import SystemClock
    >>> def scores(configuration):
    ...     yield from (configuration["x"], 1.0, 2.0)
    >>> type(as_objective(scores, SystemClock(), n_folds=3)).__name__
    'StepwiseObjective'
    """
    if isinstance(given, type) and hasattr(given, "evaluate"):
        raise EvaluationError(f"objective = {given!r} is a class; give an object of it")
    if isinstance(given, Objective):
        if n_folds is not None and n_folds != given.n_folds:
            raise EvaluationError(
                f"n_folds = {n_folds!r}, but the objective has {given.n_folds}; leave n_folds out"
            )
        return given
    if not callable(given):
        raise EvaluationError(
            f"objective = {given!r} is of type {type(given).__name__}; "
            "give a function of a configuration"
        )
    function: Any = given
    takes_folds, takes_repeat = _taken(function)
    folds = 1 if n_folds is None else n_folds
    inside = _inside(function)
    if inspect.isgeneratorfunction(inside) or inspect.isasyncgenfunction(inside):
        if takes_repeat:
            raise EvaluationError(
                "the objective yields its scores and takes repeat, which only functions that "
                "return are told; return a list of the scores"
            )
        if takes_folds:
            raise EvaluationError(
                "the objective yields its scores and takes folds; leave one of them out: return a "
                "list of the scores of these folds, or yield all in turn"
            )
        if n_folds is None:
            raise EvaluationError(
                "the objective yields its scores, and how many is not known; give n_folds, the "
                "number of times it yields"
            )
        return StepwiseObjective(function, n_folds, clock, metric)
    if inspect.iscoroutinefunction(inside):
        return CoroutineObjective(
            function, clock, folds, metric, takes_folds, takes_repeat=takes_repeat
        )
    return FunctionObjective(function, clock, folds, metric, takes_folds, takes_repeat)


def runs_folds(function: Function) -> bool:
    """Tell whether a function goes through folds: it yields its scores, or is told which to run.

    Parameters
    ----------
    function : callable
        What is tuned.

    Examples
    --------
    >>> runs_folds(lambda configuration: 1.0), runs_folds(lambda configuration, folds: [1.0])
    (False, True)
    """
    inside = _inside(function)
    yields = inspect.isgeneratorfunction(inside) or inspect.isasyncgenfunction(inside)
    return yields or _taken(function)[0]


def _inside(function: Any) -> Any:
    """Return what tells a function's kind: for an object that is called, its method."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function) or isinstance(function, type):
        return function
    return type(function).__call__


def _taken(function: Any) -> tuple[bool, bool]:
    """Tell whether a function must be given ``folds`` and ``repeat``, beside the configuration.

    Raises
    ------
    EvaluationError
        If it can't be called with a configuration.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some that are written in C have none
        return False, False
    # One that has a default means something of the user's own.
    told = {"folds": (0,), "repeat": 0}
    takes = {
        name: value
        for name, value in told.items()
        if name in signature.parameters
        and signature.parameters[name].default is inspect.Parameter.empty
    }
    try:
        signature.bind({}, **takes)
    except TypeError as error:
        raise EvaluationError(
            f"the objective's parameters {signature} don't fit ({error}); it is called with a dict "
            "of parameter values, and with folds= and repeat= if it has such parameters without a "
            "default"
        ) from None
    return "folds" in takes, "repeat" in takes
