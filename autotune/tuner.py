"""Tuner: the shell around the pure core. The only clock and the only loop that does I/O."""

from __future__ import annotations

import math
import platform
import sys
import uuid
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import metadata
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
from attrs import define, evolve, field, frozen

from autotune.clock import Clock, SystemClock
from autotune.errors import EvaluationError, SpaceError, StudyError
from autotune.execution import Execution, batch_size_for, begun_within, workers_for
from autotune.execution.failing import Failing
from autotune.execution.interrupt import Interrupts
from autotune.execution.loop import run_as_completed, run_in_batches
from autotune.log import Log, MemoryLog, open_log
from autotune.objective import (
    Function,
    KeepsTime,
    KnowsRepeats,
    Measurement,
    Objective,
    as_objective,
    check_space,
    failed,
    finish,
    finish_all,
    measured,
    raised,
    separate_folds,
)
from autotune.report.budget import time_budget_of
from autotune.report.progress import progress as showing_progress
from autotune.space import Configuration, Space, as_space
from autotune.space.extension import obstacle
from autotune.strategy import Key, Strategy, ask, describe, judge, plan, recommend, stop
from autotune.strategy.component import remembers
from autotune.strategy.defaults import (
    as_strategy,
    counts_running_time,
    default_strategy,
    known_components,
    names_component,
    replace_budget,
    trials_within,
    until_exhausted,
    with_budget,
)
from autotune.strategy.state import SearchState, strategy_from
from autotune.study import (
    Accepted,
    Direction,
    Evaluated,
    Event,
    Failure,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    Study,
    StudyStarted,
    replay,
)
from autotune.study.failures import commonest, told
from autotune.study.measurement import WORKER_DIED, WORKER_LOST, loss
from autotune.study.repeats import repeat_of
from autotune.study.summary import study_summary

if TYPE_CHECKING:
    from autotune.analysis.honest_score import HonestScore

__all__ = ["PriorTrial", "TuneResult", "Tuner", "tune"]

LogLike: TypeAlias = "Log | str | PathLike[str] | None"
Progress: TypeAlias = Callable[[Event, Study], None]

_PACKAGES = ("autotune-search", "numpy", "scipy", "scikit-learn", "pyarrow")


@frozen
class PriorTrial:
    """An earlier result, to be taken over into a study.

    Parameters
    ----------
    configuration : mapping
        A value for each parameter.
    measurement : Measurement
        What it gave.
    """

    configuration: Mapping[str, Any]
    measurement: Measurement


@frozen(eq=False)
class TuneResult:
    """The result of a run.

    Parameters
    ----------
    best : dict, optional
        The configuration that the strategy recommends; None if no trial succeeded.
    best_score : float
        The mean score of its trial as the objective returned it; NaN if there is none. It is what
        was measured, luck included: see ``honest_score``.
    best_trial : int, optional
        The number of that trial. It need not be the incumbent's, from which the search steps.
    n_trials : int
        Trials in the study.
    stopped : str, optional
        Why the study ended; None if it can go on.
    interrupted : bool
        Whether the person interrupted it.
    study : Study
        The state.
    log : Log
        The record.

    Examples
    --------
    >>> result = tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=30, seed=0)
    >>> result.n_trials, result.best_score > -1
    (30, True)
    """

    best: dict[str, Any] | None
    best_score: float
    best_trial: int | None
    n_trials: int
    stopped: str | None
    interrupted: bool
    study: Study
    log: Log

    def honest_score(self, *, level: float = 0.9) -> HonestScore | None:
        """Return the score to be expected of ``best``, without the luck of having been chosen.

        Parameters
        ----------
        level : float
            With which chance its interval shall cover the true score.

        Returns
        -------
        HonestScore or None
            None if no trial succeeded. See ``autotune.analysis.honest_score``.

        Examples
        --------
        >>> result = tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=30, seed=0)
        >>> result.honest_score().score == result.best_score
        True
        """
        from autotune.analysis.honest_score import honest_score  # its parts take long to load

        if self.best_trial is None:
            return None
        return honest_score(self.study, self.best_trial, level=level)

    def _repr_html_(self) -> str:
        honest = self.honest_score()
        return study_summary(
            self.study,
            title="interrupted" if self.interrupted else "",
            best=self.best_trial,
            expected="" if honest is None else honest.words,
        )


class Tuner:
    """Runs a study: asks the strategy, has trials evaluated, and writes down what happens.

    Give it a log that holds a study and it goes on with that study; a trial that was proposed but
    not evaluated when the process died comes first.

    Parameters
    ----------
    space : Space or mapping
        The search space: a ``Space``, dimensions, scikit-learn's ``param_distributions``, or plain
        start values (see ``as_space``).
    strategy : Strategy or str, optional
        What decides, or the name of a recipe such as "racing"; the default recipe if left out, or
        the log's own if that holds a study.
    log : path, Log or None
        A directory for the durable log, a log, or None to keep it in memory.
    direction : {"maximize", "minimize"}
        Whether larger or smaller scores are better.
    metric : str
        What the score is called.
    n_folds : int
        Folds of the objective.
    n_trials : int, optional
        The number of trials the study shall hold when it ends, with those in the log.
    time_budget : float, optional
        The seconds that the study may run in all, with those in the log; pauses between sessions
        don't count. No trial is begun once they are spent; those that run then may end, so give a
        time-out too where one may take long. Beside ``n_trials`` whatever comes first counts.
    seed : int, optional
        Root of all randomness; that of the log, or 0, if left out.
    clock : Clock
        Tells the time.
    components : iterable of type
        Component classes of your own that the log may name.
    data : str, optional
        The version of the data that the objective uses, such as a fingerprint of it. It goes into
        the log, and a log of another version is refused.
    deterministic : bool, optional
        Whether a configuration evaluated again scores the same. If nobody says, a strategy may
        find out by trying one again.
    n_repeats : int, optional
        On how many splits of its data, or with how many seeds, the objective can evaluate a
        configuration: then none is confirmed more often, and scores of different repeats are not
        compared fold by fold. As often as wished if left out.

    Raises
    ------
    SpaceError, ComponentError, StudyError, LogError
        If something makes no sense, or the log holds another study. Nothing has been run then.

    Examples
    --------
    >>> tuner = Tuner({"x": 1.0}, direction="minimize", n_trials=20)
    >>> while (trial := tuner.ask()) is not None:
    ...     verdict = tuner.tell(trial.trial, (trial.configuration["x"] - 3) ** 2)
    >>> tuner.result().n_trials
    20
    """

    def __init__(
        self,
        space: Space | Mapping[str, Any],
        *,
        strategy: Strategy | str | None = None,
        log: LogLike = None,
        direction: Direction = "maximize",
        metric: str = "score",
        n_folds: int = 1,
        n_trials: int | None = None,
        time_budget: float | None = None,
        seed: int | None = None,
        clock: Clock | None = None,
        components: Iterable[type] = (),
        data: str | None = None,
        deterministic: bool | None = None,
        n_repeats: int | None = None,
    ) -> None:
        wanted = as_space(space)
        strategy = None if strategy is None else as_strategy(strategy)
        if direction not in ("maximize", "minimize"):
            raise StudyError(f"direction = {direction!r} must be 'maximize' or 'minimize'")
        if isinstance(n_folds, bool) or not isinstance(n_folds, int) or n_folds < 1:
            raise StudyError(f"n_folds = {n_folds!r} must be a whole number >= 1")
        if deterministic not in (True, False, None):
            raise StudyError(f"deterministic = {deterministic!r} must be True, False or None")
        if n_repeats is not None and (
            isinstance(n_repeats, bool) or not isinstance(n_repeats, int) or n_repeats < 1
        ):
            raise StudyError(f"n_repeats = {n_repeats!r} must be a whole number >= 1, or None")
        Key(0 if seed is None else seed)  # names a bad seed before a log is made
        if strategy is not None:
            describe(strategy)
        chosen = default_strategy() if strategy is None else strategy
        ended = until_exhausted(chosen, wanted)
        budgeted = with_budget(ended, n_trials, time_budget)
        self._clock: Clock = SystemClock() if clock is None else clock
        self._components = known_components(components)
        self._owned = not isinstance(log, Log)
        self._log: Log = MemoryLog() if log is None else open_log(log)
        try:
            if len(self._log) == 0:
                if ended is not chosen:
                    _warn_of_small_space(wanted, n_trials)
                repeats = deterministic, n_repeats
                self._begin(wanted, budgeted, direction, metric, n_folds, seed, data, repeats)
            else:
                budget = n_trials, time_budget
                fixed = n_folds, n_repeats
                self._go_on(wanted, strategy, direction, metric, fixed, budget, seed, data)
        except BaseException:
            if self._owned:
                self._log.close()
            raise

    @classmethod
    def resume(
        cls,
        log: LogLike,
        *,
        space: Space | None = None,
        strategy: Strategy | str | None = None,
        n_trials: int | None = None,
        time_budget: float | None = None,
        clock: Clock | None = None,
        components: Iterable[type] = (),
    ) -> Tuner:
        """Go on with the study in a log, from the log alone.

        Parameters
        ----------
        log : path or Log
            Where the study is.
        space : Space, optional
            The space with its objects, where choices are objects that a log can't hold.
        strategy, n_trials, time_budget, clock, components
            As for the class; the log's own strategy decides if none is given, and ends where it
            says unless another number of trials or seconds is given.
        """
        if log is None:
            raise StudyError("log = None holds no study to resume; give its path")
        opened = open_log(log)
        try:
            if len(opened) == 0:
                raise StudyError(f"the log {log} holds no study to resume")
            began = next(iter(opened.events()))
            current = opened.space
            assert isinstance(began, StudyStarted)
            assert current is not None
            tuner = cls(
                space if space is not None else current,
                strategy=strategy,
                log=opened,
                direction=began.direction,
                metric=began.metric,
                n_folds=began.n_folds,
                n_trials=n_trials,
                time_budget=time_budget,
                clock=clock,
                components=components,
            )
        except BaseException:
            if opened is not log:
                opened.close()
            raise
        tuner._owned = opened is not log
        return tuner

    def _begin(
        self,
        space: Space,
        strategy: Strategy,
        direction: Direction,
        metric: str,
        n_folds: int,
        seed: int | None,
        data: str | None,
        repeats: tuple[Literal[True, False] | None, int | None],
    ) -> None:
        self._current = SearchState.initial(strategy)
        started = StudyStarted(
            at=self._clock.now(),
            study_id=uuid.uuid4().hex,
            space=space,
            direction=direction,
            metric=metric,
            n_folds=n_folds,
            strategy=describe(strategy),
            seed=0 if seed is None else seed,
            versions=_versions() if data is None else {**_versions(), "data": data},
            deterministic=repeats[0],
            n_repeats=repeats[1],
        )
        self._record(started)

    def _go_on(
        self,
        space: Space,
        strategy: Strategy | None,
        direction: Direction,
        metric: str,
        fixed: tuple[int, int | None],
        budget: tuple[int | None, float | None],
        seed: int | None,
        data: str | None,
    ) -> None:
        log = self._log
        recorded = log.space
        if recorded is None:
            raise StudyError("the log holds no StudyStarted event; it is not the log of a study")
        why_not = obstacle(space, recorded)
        if why_not is not None:
            raise SpaceError(
                f"the log holds a study of another space: {why_not}; use the same space, one that "
                "holds all of it, or another log"
            )
        log.bind(space)
        study = replay(log.batches())
        began = study.begun
        n_folds, n_repeats = fixed
        for name, given, there in (
            ("direction", direction, began.direction),
            ("metric", metric, began.metric),
            ("n_folds", n_folds, began.n_folds),
            ("n_repeats", began.n_repeats if n_repeats is None else n_repeats, began.n_repeats),
            ("seed", began.seed if seed is None else seed, began.seed),
        ):
            if given != there:
                raise StudyError(
                    f"the log holds another study: its {name} is {there!r}, not {given!r}; "
                    f"use {there!r}, or another log"
                )
        known = began.versions.get("data")
        if data is not None and known is not None and data != known:
            raise StudyError(
                f"the log holds a study of other data: {known} there, {data} here; use the same "
                "data and splits (a splitter that shuffles needs a random_state), or another log, "
                "into which earlier results can be taken over as prior results"
            )
        grown = space.describe() != recorded.describe()
        if grown:
            changed: Event = SpaceChanged(self._clock.now(), space)
            log.append([changed])
            study = replay([changed], study)
        if strategy is None:
            theirs = strategy_from(StrategyChanged(0, study.strategy), self._components)
            keeps = budget == (None, None) or _is_over(study, *budget)
            strategy = theirs if keeps else replace_budget(theirs, *budget)
        else:
            # What was begun without an end where all is tried goes on without.
            if names_component(study.strategy, "SpaceExhausted"):
                strategy = until_exhausted(strategy, space)
            strategy = with_budget(strategy, *budget)
        described = describe(strategy)
        paused = study.stopped is None and not grown and counts_running_time(strategy)
        if paused or described != study.strategy:
            changed = StrategyChanged(self._clock.now(), described)
            log.append([changed])
            study = replay([changed], study)
        if not remembers(strategy):
            self._current = SearchState(strategy, study, strategy.init())
        else:
            self._current = SearchState.initial(strategy).reduce(log.events())

    @property
    def study(self) -> Study:
        """The state."""
        return self._current.study

    @property
    def strategy(self) -> Strategy:
        """The strategy that decides."""
        return self._current.strategy

    @property
    def log(self) -> Log:
        """The record."""
        return self._log

    def _record(self, *events: Event) -> None:
        # An illegal event never reaches the log.
        self._write(events, self._current.reduce(events))

    def _write(self, events: Sequence[Event], current: SearchState) -> None:
        before = len(self._log)
        if before != self.study.n_events:
            raise StudyError(
                f"the log holds {before} events, {self.study.n_events} of which are known here; "
                "somebody else wrote to it: open it again"
            )
        try:
            self._log.append(list(events))
        except BaseException:
            # What became durable before an interrupt has happened.
            if len(self._log) == before + len(events):
                self._current = current
            raise
        self._current = current

    def ask(self) -> Proposed | None:
        """Propose the next trial and record it; None when the study is over.

        A trial that is proposed but not yet told stays pending, and the strategy knows of it.
        """
        proposed = self.ask_batch(1)
        return proposed[0] if proposed else None

    def ask_batch(self, size: int) -> list[Proposed]:
        """Propose several trials from one state and record them together, or none of them.

        Each knows of those before it as pending. There are fewer where the study is over before,
        and none when it is.

        Parameters
        ----------
        size : int
            How many.

        Examples
        --------
        >>> tuner = Tuner({"x": 1.0}, n_trials=5)
        >>> [proposed.trial for proposed in tuner.ask_batch(3)]
        [1, 2, 3]
        """
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise StudyError(f"size = {size!r} must be a whole number >= 1")
        current = self._current
        result: list[Proposed] = []
        while len(result) < size:
            study = current.study
            if study.stopped is not None:
                break
            stopped = stop(current.strategy, current.state, study, at=self._clock.now())
            if stopped is not None:
                if not study.pending:
                    self._record(stopped)
                break
            proposed = ask(current.strategy, current.state, study, at=0)
            # The time when it was ready: what lies before it is what proposing took.
            proposed = evolve(proposed, at=self._clock.now())
            current = current.apply(proposed)
            result.append(proposed)
        if result:
            self._write(result, current)
        return result

    def propose(self, configuration: Configuration) -> Proposed:
        """Record a trial of your own choice and return it; evaluate it and tell its result.

        Raises
        ------
        SpaceError
            If the configuration is not in the space.
        """
        proposed = Proposed(
            at=self._clock.now(),
            trial=self.study.n_trials + 1,
            configuration=self.study.known_space.check(configuration),
            parent=None,
            moved=(),
            origin="given",
        )
        self._record(proposed)
        return proposed

    def tell(self, trial: int, result: Any) -> Accepted | Rejected | None:
        """Record what a trial gave, and the verdict on it.

        Parameters
        ----------
        trial : int
            Its number.
        result : float, list, tuple, dict, Measurement or Exception
            A score, or a list of one for each fold; these and their seconds; a dict of metrics;
            everything (see ``autotune.objective.measured``); or what was raised. Where it says no
            seconds, those since the proposal count.

        Returns
        -------
        Accepted or Rejected, optional
            None while the fold plan wants more folds.

        Raises
        ------
        StudyError
            If the trial is not pending.
        EvaluationError
            If the result can't be understood; nothing is recorded then.
        """
        if trial not in self.study.pending:
            raise StudyError(
                f"trial {trial!r} is not pending; pending are {sorted(self.study.pending)}"
            )
        folds = self._plan(trial) or (0,)
        now = self._clock.now()
        elapsed = max(now - int(self.study.proposals["at"][trial - 1]), 0) / 1e6
        if isinstance(result, BaseException):
            measurement = failed(result, folds, elapsed)
        else:
            measurement = measured(result, folds, elapsed, metric=self.study.begun.metric)
        self._record(*self._told(trial, measurement.checked(folds), now))
        return None if self._plan(trial) else self._judge(trial)

    def _told(self, trial: int, measurement: Measurement, at: int) -> list[Evaluated]:
        """Return the events that a measurement makes: a lost worker is one, if it may be retried.

        Where it may not, a loss is the failure of its trial.
        """
        retries = self.strategy.retries - self.study.n_losses(trial)
        events: list[Evaluated] = []
        if measurement.lost is not None and retries > 0:
            events.append(Evaluated(at, trial, loss(measurement.lost.message)))
            retries -= 1
        failure = measurement.failure
        if failure is not None and failure.kind in (WORKER_DIED, WORKER_LOST):
            if retries > 0:
                measurement = loss(failure.message)
            else:
                measurement = evolve(measurement, failure=evolve(failure, kind=WORKER_DIED))
        return [*events, _evaluated(trial, measurement, at)]

    def _plan(self, trial: int) -> tuple[int, ...]:
        current = self._current
        return plan(current.strategy, current.state, current.study, trial)

    def _judge(self, trial: int) -> Accepted | Rejected:
        current = self._current
        verdict = judge(current.strategy, current.state, current.study, trial, at=self._clock.now())
        self._record(verdict)
        return verdict

    def take_over(self, trials: Iterable[PriorTrial]) -> None:
        """Record earlier results, so that the strategy knows them.

        Raises
        ------
        SpaceError
            If a configuration is not in the space; nothing of it is recorded then.
        """
        space = self.study.known_space
        checked = [
            (space.check(prior.configuration), prior.measurement.checked()) for prior in trials
        ]
        current = self._current
        events: list[Event] = []
        for configuration, measurement in checked:
            trial = current.study.n_trials + 1
            now = self._clock.now()
            result: list[Event] = [
                Proposed(now, trial, configuration, None, (), "prior"),
                _evaluated(trial, measurement, now),
            ]
            current = current.reduce(result)
            result.append(judge(current.strategy, current.state, current.study, trial, at=now))
            current = current.apply(result[-1])
            events += result
        # All or none: a study that has some would never ask for the others.
        self._record(*events)

    def run(
        self,
        objective: Objective | Function,
        *,
        execution: Execution | None = None,
        progress: Progress | bool | None = None,
        on_error: Literal["record", "raise"] = "record",
        max_identical_failures: int | None = 5,
    ) -> TuneResult:
        """Search until the strategy stops or the person interrupts.

        ``Proposed`` is durable before its evaluation starts, ``Evaluated`` before the next
        proposal. Ctrl-C leaves running trials pending; they come first when the study goes on.

        Parameters
        ----------
        objective : callable or Objective
            What is tuned: as for ``tune``. A failing trial is recorded and rejected.
        execution : Execution, optional
            How trials are evaluated: by how many workers, and within which limits. One at a time in
            this process if left out.
        progress : callable or bool, optional
            Called as ``progress(event, study)`` after every event. True shows the progress: a live
            view in a terminal, a bar in a notebook, elsewhere a line for each accepted step.
        on_error : {"record", "raise"}
            With "raise", an exception in the objective is raised again once it is recorded.
        max_identical_failures : int, optional
            How many trials may fail in the same way (kind and message, numbers aside) before any
            has succeeded: with so many in a row the run ends in the error, for what is wrong is
            then not the configurations. Those ended at a time-out don't count. What is recorded
            stays, and another run goes on from it. None to go on whatever fails.

        Raises
        ------
        EvaluationError
            If the objective can't be called, has another number of folds than the study, or can't
            be evaluated in the way that is wished for; or if trials keep failing in the same way.
        """
        if progress is True:
            with showing_progress(self.study) as shown:
                return self.run(
                    objective,
                    execution=execution,
                    progress=shown,
                    on_error=on_error,
                    max_identical_failures=max_identical_failures,
                )
        failing = Failing(max_identical_failures)
        if on_error not in ("record", "raise"):
            raise StudyError(f"on_error = {on_error!r} must be 'record' or 'raise'")
        execution = Execution() if execution is None else execution
        if not isinstance(execution, Execution):
            raise EvaluationError(
                f"execution = {execution!r} is of type {type(execution).__name__}; give an "
                "Execution, such as Execution(n_jobs=2)"
            )
        began = self.study.begun
        n_folds = began.n_folds
        ready = as_objective(
            objective,
            self._clock,
            n_folds=None if isinstance(objective, Objective) else n_folds,
            metric=began.metric,
        )
        if ready.n_folds != n_folds:
            raise EvaluationError(
                f"the objective has {ready.n_folds} folds, the study {n_folds}; use the same "
                "cross-validation"
            )
        check_space(ready, self.study.known_space)
        timeouts = execution.timeout, getattr(ready, "timeout", None)
        failing.limited = any(timeout is not None for timeout in timeouts)
        if execution.timeout is not None and isinstance(ready, KeepsTime):
            ready = ready.with_timeout(execution.timeout)
            execution = evolve(execution, timeout=None)
        workers = workers_for(ready, execution)
        tasks = n_folds if separate_folds(ready) else 1
        failing.succeeded = self.study.incumbent is not None
        loop = _Loop(self, ready, progress or None, on_error, failing, workers.count, tasks)
        try:
            size = execution.batch_size
            if size == "auto":
                size = batch_size_for(workers.count, tasks)
            if not execution.asynchronous and size * tasks < workers.count:
                warnings.warn(
                    f"only {size * tasks} of {workers.count} workers have something to do at a "
                    "time; use Execution(batch_size='auto') or Execution(asynchronous=True)",
                    UserWarning,
                    stacklevel=2,
                )
            with Interrupts() as interrupts:
                if execution.asynchronous:
                    run_as_completed(loop, workers, interrupts)
                else:
                    run_in_batches(loop, workers, size, interrupts)
        except KeyboardInterrupt:
            return self.result(interrupted=True)
        finally:
            workers.close()
            finish_all(ready)
        if self.study.stopped is not None:
            loop.show(self.study.stopped)
        return self.result()

    def result(self, *, interrupted: bool = False) -> TuneResult:
        """Return what the study came to so far."""
        study = self.study
        trial = recommend(self.strategy, self._current.state, study)
        return TuneResult(
            best=None if trial is None else study.configuration(trial),
            best_score=math.nan if trial is None else study.outcome(trial).score,
            best_trial=trial,
            n_trials=study.n_trials,
            stopped=None if study.stopped is None else study.stopped.words,
            interrupted=interrupted,
            study=study,
            log=self._log,
        )

    def close(self) -> None:
        """Close the log, if it was opened here; it can still be read."""
        if self._owned:
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _repr_html_(self) -> str:
        return self.result()._repr_html_()

    def __repr__(self) -> str:
        study = self.study
        return f"Tuner({study.n_trials} trials, incumbent {study.incumbent}, log={self._log!r})"


def tune(
    objective: Objective | Function,
    space: Space | Mapping[str, Any],
    *,
    n_trials: int | Literal["auto"] | None = "auto",
    time_budget: float | None = None,
    strategy: Strategy | str | None = None,
    log: LogLike = None,
    direction: Direction = "maximize",
    metric: str = "score",
    n_folds: int | None = None,
    seed: int | None = None,
    deterministic: bool | None = None,
    n_repeats: int | None = None,
    execution: Execution | None = None,
    progress: Progress | bool | None = None,
    on_error: Literal["record", "raise"] = "record",
    max_identical_failures: int | None = 5,
) -> TuneResult:
    """Tune a function in one line.

    Parameters
    ----------
    objective : callable or Objective
        Takes a dict of parameter values; returns a score, ``(score, seconds)``, a list of scores of
        ``n_folds`` folds, or a dict of metrics. A generator function yields its scores one by one,
        an ``async`` function runs on an event loop, and a function with a parameter ``folds`` is
        told which folds to run; one with a parameter ``repeat`` is told how often its configuration
        was evaluated before, as a seed. Objectives of other kinds, such as a ``CommandObjective``,
        are objects.
    space, strategy, log, direction, metric, seed, deterministic
        As for ``Tuner``.
    n_trials : int or "auto", optional
        The number of trials the study shall hold when it ends. "auto" is 100, or with a time budget
        as many as there is time for.
    time_budget : float, optional
        The seconds that the study may run: as for ``Tuner``.
    n_folds : int, optional
        How many scores a configuration has; 1 for a plain function, if left out.
    deterministic, n_repeats
        Whether a configuration evaluated again scores the same, and how often it may be: as for
        ``Tuner``.
    execution, progress, on_error, max_identical_failures
        As for ``Tuner.run``.

    Returns
    -------
    TuneResult
        The best configuration, its score, the study and its log.

    Raises
    ------
    AutotuneError
        If something makes no sense, before anything has been run; or if the first trials all fail
        in the same way.

    Warns
    -----
    UserWarning
        If no trial succeeded.

    Examples
    --------
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=50, seed=1)
    >>> abs(result.best["x"] - 3) < 0.5
    True
    """
    clock = SystemClock()
    ready = as_objective(objective, clock, n_folds=n_folds, metric=metric)
    with Tuner(
        space,
        strategy=strategy,
        log=log,
        direction=direction,
        metric=metric,
        n_folds=ready.n_folds,
        n_trials=trials_within(n_trials, time_budget),
        time_budget=time_budget,
        seed=seed,
        clock=clock,
        deterministic=deterministic,
        n_repeats=n_repeats,
    ) as tuner:
        result = tuner.run(
            ready,
            execution=execution,
            progress=progress,
            on_error=on_error,
            max_identical_failures=max_identical_failures,
        )
    words = none_succeeded(result.study)
    if words is not None and not result.interrupted:
        warnings.warn(words, UserWarning, stacklevel=2)
    return result


def none_succeeded(study: Study) -> str | None:
    """Return why no trial of a study succeeded, in words, and the remedy; None if one has."""
    failures = study.failures()
    if study.incumbent is not None or not failures:
        return None
    failure, n = commonest(failures.values())
    return (
        f"no trial succeeded: {n} of {study.n_judged} failed by {told(failure)}; mend that, raise "
        "the limit that was met, or start at values that are known to work (study.failures() tells "
        "all)"
    )


def _warn_of_small_space(space: Space, n_trials: int | None) -> None:
    n = space.n_configurations
    if n_trials is not None and n is not None and n < n_trials:
        warnings.warn(
            f"the space holds {n} configuration{'s' * (n != 1)}, fewer than n_trials = {n_trials}: "
            "the study ends when all have been tried",
            UserWarning,
            stacklevel=3,
        )


def _is_over(study: Study, n_trials: int | None, time_budget: float | None) -> bool:
    """Tell whether a study has stopped, and would at once stop again at these limits."""
    if study.stopped is None:
        return False
    if n_trials is not None and n_trials <= study.n_trials - study.n_prior:
        return True
    return time_budget is not None and time_budget <= study.seconds


@define
class _Loop:
    """A tuner as those that drive it need it."""

    tuner: Tuner
    objective: Objective
    progress: Progress | None
    on_error: str
    failing: Failing
    workers: int
    tasks: int
    errors: dict[int, BaseException] = field(factory=dict)
    stood_in: dict[int, Failure] = field(factory=dict)

    @property
    def study(self) -> Study:
        return self.tuner.study

    def show(self, *events: Event) -> None:
        if self.progress is not None:
            for event in events:
                self.progress(event, self.study)

    def propose_batch(self, size: int) -> list[Proposed]:
        proposed = self.tuner.ask_batch(min(size, self._begun_in_time()) if size > 1 else size)
        self.show(*proposed)
        return proposed

    def _begun_in_time(self) -> int:
        """Return how many trials will be begun before a budget of time is spent."""
        study = self.study
        budget = time_budget_of(study.strategy)
        if budget is None:
            return sys.maxsize
        outcomes = study.outcomes()
        work = outcomes.n_folds * (outcomes.fit_seconds + outcomes.score_seconds)
        known = work[outcomes.judged & np.isfinite(work)]
        each = float(known.mean()) if len(known) > 0 else None
        return begun_within(max(budget - study.seconds, 0.0), self.workers, self.tasks, each)

    def folds_wanted(self, trial: int) -> tuple[int, ...]:
        return self.tuner._plan(trial)

    def repeat(self, trial: int) -> int:
        known = isinstance(self.objective, KnowsRepeats)
        return repeat_of(self.study, trial) if known else 0

    def record(self, trial: int, measurement: Measurement) -> None:
        events = self.tuner._told(trial, measurement, self.tuner._clock.now())
        self.tuner._record(*events)
        if events[-1].measurement.is_loss:
            self.show(*events)
            return
        error = raised(measurement)
        if error is not None and (measurement.error is not None or _in_objective(measurement)):
            self.errors[trial] = error
            if measurement.failure is None:
                self.stood_in[trial] = Failure(type(error).__name__, str(error))
        self.show(*events)

    def judge(self, trial: int) -> Accepted | Rejected:
        verdict = self.tuner._judge(trial)
        finish(self.objective, self.study.configuration(trial))
        self.show(verdict)
        error = self.errors.pop(trial, None)
        if error is not None and self.on_error == "raise":
            raise error
        if not self.failing.succeeded:
            failure = self.stood_in.pop(trial, None) or self.study.failures().get(trial)
            self.failing.add(failure, error)
        return verdict


def _in_objective(measurement: Measurement) -> bool:
    return measurement.failure is not None and measurement.failure.kind != "not finite"


def _evaluated(trial: int, measurement: Measurement, at: int) -> Evaluated:
    return Evaluated(at, trial, evolve(measurement, error=None, lost=None))


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
