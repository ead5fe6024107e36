"""A generator that yields one score after the other as an objective."""

from __future__ import annotations

import math
import warnings
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, NoReturn, TypeAlias

from attrs import define, field, frozen

from autotune.clock import Clock, SystemClock
from autotune.errors import EvaluationError
from autotune.objective.event_loop import EventLoop
from autotune.objective.kept import Kept
from autotune.objective.measurement import measured
from autotune.objective.protocol import Placement
from autotune.objective.validators import check_n_folds
from autotune.study import Failure, Measurement
from autotune.study.measurement import joined

__all__ = ["StepwiseObjective"]

Scores: TypeAlias = Generator[Any, Any, Any]
AsyncScores: TypeAlias = AsyncGenerator[Any, None]


@define(eq=False)
class _Walk:
    """A generator on its way, and the scores that it has yielded but nobody has asked for."""

    scores: Scores
    position: int = 0
    unasked: dict[int, Measurement] = field(factory=dict)

    def can_give(self, folds: tuple[int, ...]) -> bool:
        return all(fold >= self.position or fold in self.unasked for fold in folds)


@frozen(eq=False)
class StepwiseObjective:
    """A generator function of a configuration, each of whose yields is the score of a fold.

    The fold plan tells how many to run before it looks: ``recipes.racing()``, for one, drops a
    trial as soon as its scores make it hopeless. Until then the generator waits at its ``yield``;
    it is closed once the trial has its verdict, and so may hold a model or a file open in a
    ``with`` or ``try``. After the last fold it is closed at its last ``yield``, not resumed.

    Steps before those that the plan asks for are run on the way, and kept until it does.

    A trial's score is the mean of its yields, as for any folds; so yields should be scores of the
    same kind, such as those of folds, seeds or data sets. Where they are those of one model after
    more and more epochs, the mean is the area under the learning curve.

    Parameters
    ----------
    function : callable
        A generator function, ``async`` or not; takes a dict of parameter values, and yields what a
        function may return for one fold: a score, a score and its seconds, or a dict of metrics.
    n_folds : int
        How often it yields.
    clock : Clock
        Measures the seconds of each step where the function doesn't say.
    metric : str
        The name of the score in a dict of metrics.

    Raises
    ------
    EvaluationError
        If ``n_folds`` is not a whole number >= 1.

    Examples
    --------
    >>> def scores(configuration):
    ...     for seed in range(10):
    ...         yield configuration["x"] + seed
    >>> stepwise = StepwiseObjective(scores, n_folds=10)
    >>> stepwise.evaluate({"x": 1.0}, (0, 1)).scores
    (1.0, 2.0)
    >>> stepwise.evaluate({"x": 1.0}, (2,)).scores
    (3.0,)
    >>> stepwise.finish({"x": 1.0})  # as a run does after the verdict
    """

    function: Callable[[dict[str, Any]], Scores | AsyncScores]
    n_folds: int = field(validator=check_n_folds)
    clock: Clock = field(factory=SystemClock)
    metric: str = "score"
    _walks: Kept[_Walk] = field(factory=Kept, init=False, repr=False)
    _loop: EventLoop = field(factory=EventLoop, init=False, repr=False)

    @property
    def separate_folds(self) -> bool:
        """No: one step comes after the other."""
        return False

    @property
    def placement(self) -> Placement:
        """Here: a generator can't travel to another process."""
        return "serial"

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Go on until the folds are known; an exception becomes a failure, an interrupt ends it."""
        walk = self._walks.take(configuration, lambda kept: kept.can_give(folds))
        gave: list[Measurement] = []
        begin = self.clock.timer()
        try:
            if walk is None:
                walk = _Walk(self._begin(configuration))
            for fold in sorted(folds):
                begin = self.clock.timer()
                gave.append(self._step(walk, fold))
                if gave[-1].failure is not None:
                    break
        except Exception as error:  # noqa: BLE001  # a failing trial is data, whatever it raises
            gave.append(_failed(error, sorted(folds)[len(gave)], self.clock.timer() - begin))
        except BaseException:
            _close(walk)
            raise
        together = joined(gave).checked()
        if walk is None or together.failure is not None or self._is_over(walk):
            _close(walk)
        else:
            self._walks.put(configuration, walk)
        return together

    def _is_over(self, walk: _Walk) -> bool:
        return walk.position == self.n_folds and not walk.unasked

    def _begin(self, configuration: dict[str, Any]) -> Scores:
        made: Any = self.function(dict(configuration))
        if isinstance(made, AsyncGenerator):
            return _in_step(made, self._loop)
        if not hasattr(made, "__next__"):
            raise EvaluationError(
                f"the objective returned {made!r} of type {type(made).__name__}, a generator was "
                "expected; write yield, or leave StepwiseObjective out"
            )
        scores: Scores = made
        return scores

    def _step(self, walk: _Walk, fold: int) -> Measurement:
        """Return the measurement of a fold; those before it are kept."""
        while walk.position <= fold:
            begin = self.clock.timer()
            try:
                yielded = next(walk.scores)
            except StopIteration:
                raise EvaluationError(
                    f"the objective yielded {walk.position} scores, n_folds = {self.n_folds} were "
                    "expected; yield one for each fold"
                ) from None
            seconds = self.clock.timer() - begin
            here = (walk.position,)
            step = measured(yielded, here, seconds, metric=self.metric, every=True)
            walk.unasked[walk.position] = step.checked(here)
            walk.position += 1
        return walk.unasked.pop(fold)

    def finish(self, configuration: dict[str, Any]) -> None:
        """Close the generator of a trial that has its verdict."""
        for walk in self._walks.take_all(configuration):
            _close(walk)

    def finish_all(self) -> None:
        """Close all generators, and the event loop if there is one."""
        for walk in self._walks.take_all():
            _close(walk)
        self._loop.stop()

    def __reduce__(self) -> NoReturn:
        raise EvaluationError(
            f"the objective {getattr(self.function, '__qualname__', self.function)!r} yields its "
            "scores, and a generator that waits can't travel to another process; use threads "
            "(concurrent.futures.ThreadPoolExecutor), or a function that takes folds"
        )


def _in_step(scores: AsyncScores, loop: EventLoop) -> Scores:
    """Go through an asynchronous generator as if it were none."""
    interrupted = False
    try:
        while True:
            try:
                yielded = loop.run(_following(scores))
            except StopAsyncIteration:
                return
            yield yielded
    except (KeyboardInterrupt, SystemExit):
        interrupted = True  # then it is busy with its cancellation; the loop closes it at its end
        raise
    finally:
        if not interrupted:
            loop.run(_closed(scores))


async def _following(scores: AsyncScores) -> Any:
    return await scores.__anext__()


async def _closed(scores: AsyncScores) -> None:
    await scores.aclose()


def _close(walk: _Walk | None) -> None:
    """End a generator; what goes wrong in that comes after its scores, and changes none of them."""
    if walk is None or not hasattr(walk.scores, "close"):
        return
    try:
        walk.scores.close()
    except Exception as error:  # noqa: BLE001  # whatever the user's cleaning up raises
        warnings.warn(
            f"closing the objective's generator raised {type(error).__name__}: {error}",
            RuntimeWarning,
            stacklevel=3,
        )


def _failed(error: Exception, fold: int, seconds: float) -> Measurement:
    return Measurement(
        (fold,),
        (math.nan,),
        (seconds,),
        (0.0,),
        failure=Failure(type(error).__name__, str(error)),
        error=error,
    )
