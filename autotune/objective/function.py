"""A plain function of a configuration as an objective."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from autotune.clock import Clock, SystemClock
from autotune.errors import EvaluationError
from autotune.objective.kept import Kept
from autotune.objective.measurement import failed, measured
from autotune.objective.protocol import Placement
from autotune.objective.validators import check_n_folds
from autotune.study import Measurement

__all__ = ["Function", "FunctionObjective"]

Function: TypeAlias = Callable[..., Any]


@frozen
class FunctionObjective:
    """A plain function of a configuration, as an objective.

    A function of the configuration alone gives the scores of all folds at once; where a plan asks
    for some of them first, the others are kept until they are asked for, and nothing is saved. One
    that takes ``folds`` besides runs those only. One that takes ``repeat`` is told how often its
    configuration was evaluated before, and so may use other seeds or other data each time.

    Parameters
    ----------
    function : callable
        Takes a dict of parameter values, and with ``takes_folds`` a tuple ``folds=`` of fold
        numbers from 0 on, with ``takes_repeat`` an int ``repeat=``. Returns what ``measured``
        reads.
    clock : Clock
        Measures the seconds where the function doesn't say.
    n_folds : int
        Number of scores of one configuration.
    metric : str
        The name of the score in a dict of metrics.
    takes_folds : bool
        Whether the function takes ``folds=``.
    takes_repeat : bool
        Whether the function takes ``repeat=``.

    Raises
    ------
    EvaluationError
        If ``n_folds`` is not a whole number >= 1.

    Examples
    --------
    >>> def scores(configuration, folds):
    ...     return [configuration["x"] + fold for fold in folds]
    >>> FunctionObjective(scores, n_folds=5, takes_folds=True).evaluate({"x": 1.0}, (3, 4)).scores
    (4.0, 5.0)
    """

    function: Function
    clock: Clock = field(factory=SystemClock)
    n_folds: int = field(default=1, validator=check_n_folds)
    metric: str = "score"
    takes_folds: bool = False
    takes_repeat: bool = False
    _kept: Kept[tuple[int, Measurement]] = field(factory=Kept, init=False, eq=False, repr=False)

    @property
    def separate_folds(self) -> bool:
        """Whether folds can be run by themselves: if the function takes them."""
        return self.takes_folds or self.n_folds == 1

    @property
    def placement(self) -> Placement:
        """Anywhere."""
        return "anywhere"

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Call the function; an exception becomes a failure, an interrupt goes through."""
        return self.evaluate_repeat(configuration, folds, 0)

    def evaluate_repeat(
        self, configuration: dict[str, Any], folds: tuple[int, ...], repeat: int
    ) -> Measurement:
        """Call the function, telling it how often its configuration was evaluated before."""
        more: dict[str, Any] = {"repeat": repeat} if self.takes_repeat else {}
        if self.takes_folds:
            return self._call(configuration, folds, {"folds": folds, **more})
        every = tuple(range(self.n_folds))
        if folds == every:
            return self._call(configuration, folds, more)
        kept = self._kept.take(configuration, lambda item: item[0] == repeat)
        whole = self._call(configuration, every, more) if kept is None else kept[1]
        part = _part(whole, folds)
        self._kept.put(configuration, (repeat, whole))
        return part

    def _call(
        self, configuration: dict[str, Any], folds: tuple[int, ...], more: dict[str, Any]
    ) -> Measurement:
        begin = self.clock.timer()
        try:
            # Whatever the function does to its dict, the trial's configuration stays as it is.
            result = self.function(dict(configuration), **more)
            seconds = self.clock.timer() - begin
            _check_is_result(result)
            return measured(result, folds, seconds, metric=self.metric, every=True)
        except Exception as error:  # noqa: BLE001  # a failing trial is data, whatever it raises
            return failed(error, folds, self.clock.timer() - begin)

    def finish(self, configuration: dict[str, Any]) -> None:
        """Forget the scores that nobody asked for."""
        self._kept.take_all(configuration)

    def finish_all(self) -> None:
        """Forget all scores that nobody asked for."""
        self._kept.take_all()


def _part(whole: Measurement, folds: tuple[int, ...]) -> Measurement:
    """Return what a measurement says of some folds."""
    at = {fold: i for i, fold in enumerate(whole.folds)}
    if not set(folds) <= set(at):  # it failed before there were scores of all folds
        return evolve(whole, folds=folds[: len(whole.folds)])
    rows = [at[fold] for fold in folds]

    def cut(column: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(column[i] for i in rows)

    part = Measurement(
        folds,
        cut(whole.scores),
        cut(whole.fit_seconds),
        cut(whole.score_seconds),
        {name: cut(column) for name, column in whole.metrics.items()},
    )
    return part.checked()


def _check_is_result(result: Any) -> None:
    """Refuse what has not been run yet, and so says nothing."""
    if inspect.isgenerator(result) or inspect.isasyncgen(result):
        remedy = "StepwiseObjective(function, n_folds=...)"
    elif inspect.iscoroutine(result):
        result.close()
        remedy = "CoroutineObjective(function)"
    else:
        return
    raise EvaluationError(
        f"the objective returned a {type(result).__name__}; give the function that makes it, or "
        f"name its kind: {remedy}"
    )
