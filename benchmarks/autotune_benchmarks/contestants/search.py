"""One search of a problem, written as the events of a study: a strategy's, or another tool's.

The study's time is recorded seconds of evaluation plus the seconds that the tuner itself took, so
that both can be read from a log: what passes from one verdict to the next, less the recorded
seconds between them, is what proposing a trial and learning from it took.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any, TypeAlias

from attrs import evolve

from autotune.objective import Measurement
from autotune.space import Configuration, Space
from autotune.strategy import (
    Key,
    Strategy,
    Termination,
    ask,
    describe,
    judge,
    plan,
    recommend,
    stop,
)
from autotune.strategy.defaults import with_budget
from autotune.strategy.state import SearchState
from autotune.study import (
    Accepted,
    Evaluated,
    Event,
    Proposed,
    Rejected,
    StudyStarted,
    StudyStopped,
)
from autotune_benchmarks.peers.peer import Peer
from autotune_benchmarks.problems.problem import Measured, Problem, study_seed
from autotune_strategies import Either, Seconds

__all__ = [
    "BEST_REGRET",
    "BEST_TRIAL",
    "SPENT",
    "limited",
    "search_by_peer",
    "search_by_strategy",
    "search_states",
]

Timer: TypeAlias = Callable[[], float]

BEST_TRIAL = "best_trial"
"""The measure that says which trial the tool calls its best; NaN if none of those it has tried."""
BEST_REGRET = "best_regret"
"""The measure that says the normalised regret of what the tool calls its best."""
SPENT = "spent"
"""The measure that says how much of the budget in trials is used up."""


class _Watch:
    """Adds up recorded seconds and those of the tuner.

    Parameters
    ----------
    timer : callable
        Returns seconds.
    """

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self.recorded = 0.0
        self.own = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what passes inside as the tuner's."""
        begin = self._timer()
        yield
        self.own += self._timer() - begin

    @property
    def seconds(self) -> float:
        """The study's time."""
        return self.recorded + self.own

    @property
    def at(self) -> int:
        """The study's time, in microseconds."""
        return int(1e6 * self.seconds)


def limited(strategy: Strategy, trials: int | None, seconds: float | None = None) -> Strategy:
    """Return a strategy that ends after so many trials, or so many seconds.

    Parameters
    ----------
    strategy : Strategy
        What decides; its own rule to stop stays in force.
    trials : int, optional
        The budget; no end if left out.
    seconds : float, optional
        The budget in seconds, of evaluating and asking together.
    """
    ended = with_budget(strategy, trials)
    if seconds is None:
        return ended
    rules: tuple[Termination, ...] = (ended.termination, Seconds(seconds, wall=True))
    return evolve(ended, termination=Either(rules))


def search_by_strategy(
    problem: Problem,
    strategy: Strategy,
    seed: int,
    *,
    folds: bool = False,
    prior: int = 0,
    evaluations: int | None = None,
    timer: Timer = perf_counter,
) -> list[Event]:
    """Search a problem with a strategy, and return what happened.

    Parameters
    ----------
    problem : Problem
        Where.
    strategy : Strategy
        What decides; it has an end, or ``evaluations`` gives it one.
    seed : int
        The number of the run: with it come the first configuration, and the noise that each trial
        meets.
    folds : bool
        Whether to cross-validate over the problem's folds.
    prior : int
        Random configurations taken over before the search begins. They are paid for.
    evaluations : int, optional
        Folds after which the search breaks off, when its trial is judged.
    timer : callable
        Measures what the tuner takes, in seconds.

    Returns
    -------
    list of Event
        From ``StudyStarted`` on; to ``StudyStopped``, unless the search was broken off.
    """
    search = _StrategySearch(problem, strategy, seed, folds=folds, timer=timer)
    given = search.prior_trials(prior)
    while evaluations is None or search.n_evaluations < evaluations:
        if not search.step(next(given, None)):
            break
    return search.events


def search_states(
    problem: Problem, strategy: Strategy, seed: int, *, folds: bool = False
) -> Iterator[SearchState]:
    """Yield where a search stands after each of its trials.

    Parameters
    ----------
    problem, strategy, seed, folds
        As for ``search_by_strategy``.
    """
    search = _StrategySearch(problem, strategy, seed, folds=folds, timer=perf_counter)
    while search.step(None):
        yield search.current


class _StrategySearch:
    """A strategy's search, trial by trial: the pure kernel, without log or waiting."""

    def __init__(
        self, problem: Problem, strategy: Strategy, seed: int, *, folds: bool, timer: Timer
    ) -> None:
        self._problem, self._strategy, self._folds = problem, strategy, folds
        self._root = study_seed(problem.name, seed)
        space = problem.space.with_start(problem.first(self._root))
        n_folds = problem.n_folds if folds else 1
        begun = _started(problem, seed, self._root, space, describe(strategy), n_folds)
        self.events: list[Event] = [begun]
        self.current = SearchState.initial(strategy).apply(begun)
        self.n_evaluations = 0
        self._watch = _Watch(timer)

    def prior_trials(self, n: int) -> Iterator[Proposed]:
        """Yield proposals that are taken over: the first configuration and random ones."""
        if n == 0:
            return
        space = self.current.study.begun.space
        drawn = space.sample(Key(self._root).child("prior").generator(), n - 1) if n > 1 else {}
        random = space.decode(drawn) if n > 1 else []
        for i, configuration in enumerate([self._problem.first(self._root), *random]):
            yield Proposed(0, i + 1, configuration, None, (), "prior")

    def step(self, given: Proposed | None) -> bool:
        """Do one trial, what is given or else proposed; return False if the strategy stopped."""
        strategy, watch = self._strategy, self._watch
        if given is None:
            with watch.running():
                study, state = self.current.study, self.current.state
                ended = stop(strategy, state, study, at=watch.at)
                if ended is None:
                    given = ask(strategy, state, study, at=0)
            if ended is not None:
                self.events.append(evolve(ended, at=watch.at))
                return False
            assert given is not None
        proposed = evolve(given, at=watch.at)
        trial = proposed.trial
        with watch.running():
            self._happens(proposed)
            wanted = plan(strategy, self.current.state, self.current.study, trial)
        while wanted:
            found = _measured(
                self._problem, proposed.configuration, self._root, trial, wanted, folds=self._folds
            )
            self.n_evaluations += len(wanted)
            watch.recorded += math.fsum((*found.fit_seconds, *found.score_seconds))
            evaluated = Evaluated(watch.at, trial, evolve(found, metrics={}, error=None))
            with watch.running():
                self._happens(evaluated)
                wanted = plan(strategy, self.current.state, self.current.study, trial)
        with watch.running():
            verdict = judge(strategy, self.current.state, self.current.study, trial, at=0)
        with watch.running():
            self._happens(evolve(verdict, at=watch.at))
        self._name_best()
        return True

    def _name_best(self) -> None:
        """Write beside the trial that was judged which one the strategy recommends by now.

        Nobody needs to know before the end, so its time does not count as the tuner's.
        """
        named = recommend(self._strategy, self.current.state, self.current.study)
        place = next(i for i in range(1, 4) if isinstance(self.events[-i], Evaluated))
        evaluated = self.events[-place]
        assert isinstance(evaluated, Evaluated)
        if named is None or len(evaluated.measurement.folds) == 0:
            return
        metrics = {BEST_TRIAL: (float(named),) * len(evaluated.measurement.folds)}
        noted = evolve(evaluated.measurement, metrics=metrics)
        self.events[-place] = evolve(evaluated, measurement=noted)

    def _happens(self, event: Event) -> None:
        self.current = self.current.apply(event)
        self.events.append(event)


def search_by_peer(
    problem: Problem,
    peer: Peer,
    seed: int,
    trials: int,
    *,
    seconds: float | None = None,
    timer: Timer = perf_counter,
) -> list[Event]:
    """Search a problem with another tool, and return what happened.

    Its proposals are *given*, for nothing in the log tells how they came about. The verdicts follow
    what the tool calls its best after each trial: a trial is accepted where that is now this trial.
    A tool may go back to an earlier one, or name what it never tried, which no verdict can say; so
    each evaluation carries the measures ``BEST_TRIAL`` and ``BEST_REGRET`` too.

    Parameters
    ----------
    problem : Problem
        Where.
    peer : Peer
        The tool.
    seed : int
        As for ``search_by_strategy``: first configuration and noise are the same.
    trials : int
        The budget.
    seconds : float, optional
        The budget in seconds, of evaluating and asking together.
    timer : callable
        Measures what the tool takes.
    """
    root = study_seed(problem.name, seed)
    first = problem.first(root)
    space = problem.space.with_start(first)
    described = {
        "component": "Peer",
        "name": peer.name,
        "version": peer.version(),
        "settings": _plain(peer.settings()),
    }
    events: list[Event] = [_started(problem, seed, root, space, described, 1)]
    watch = _Watch(timer)
    sign = 1.0 if problem.direction == "maximize" else -1.0
    tried: dict[tuple[Any, ...], int] = {}
    scores: list[float] = []
    incumbent: int | None = None
    best: Configuration | None = None
    regret = math.nan
    with watch.running():
        session = peer.session(problem, first, root, trials)
    spent = 0.0
    while True:
        trial = len(scores) + 1
        if spent >= trials - 1e-9:
            return [*events, _stopped(watch, f"{trials} trials, the budget was {trials}")]
        if seconds is not None and watch.seconds >= seconds:
            words = f"{watch.seconds:.6g} s passed, the budget was {seconds:.6g} s"
            return [*events, _stopped(watch, words)]
        with watch.running():
            asked = session.ask()
        configuration = space.check(asked)
        spent += 1.0 / session.cost
        events.append(Proposed(watch.at, trial, configuration, None, (), "given"))
        found = _measured(problem, configuration, root, trial, (0,), folds=False)
        watch.recorded += math.fsum((*found.fit_seconds, *found.score_seconds))
        evaluated_at = watch.at
        score = found.scores[0] if found.failure is None else math.nan
        with watch.running():
            session.tell(asked, score, found.fit_seconds[0])
        key = tuple(space.encode_row(configuration))
        tried[key] = trial
        scores.append(score)
        named = space.check(session.best())
        if named != best:
            best, regret = named, problem.regret(named)
        of_best = tuple(space.encode_row(named))
        before = incumbent
        if incumbent is None or _key_of(events, incumbent, space) != of_best:
            incumbent = tried.get(of_best)
        events.append(
            Evaluated(
                evaluated_at,
                trial,
                evolve(
                    found,
                    metrics={
                        BEST_TRIAL: (math.nan if incumbent is None else float(incumbent),),
                        BEST_REGRET: (regret,),
                        SPENT: (spent,),
                    },
                ),
            )
        )
        events.append(_verdict(watch.at, trial, scores, incumbent, before, sign))


def _started(
    problem: Problem,
    seed: int,
    root: int,
    space: Space,
    strategy: Mapping[str, Any],
    n_folds: int,
) -> StudyStarted:
    return StudyStarted(
        at=0,
        study_id=f"{problem.name}-{seed}",
        space=space,
        direction=problem.direction,
        metric=problem.metric,
        n_folds=n_folds,
        strategy=strategy,
        seed=root,
    )


def _stopped(watch: _Watch, words: str) -> StudyStopped:
    return StudyStopped(watch.at, "Budget", words)


def _measured(
    problem: Problem,
    configuration: Configuration,
    root: int,
    trial: int,
    wanted: tuple[int, ...],
    *,
    folds: bool,
) -> Measurement:
    if folds:
        return problem.evaluate_folds(configuration, wanted).checked()
    if isinstance(problem, Measured):
        found = problem.measure(configuration, root, trial)
        return evolve(found, folds=wanted).checked(wanted)
    score, seconds = problem.evaluate(configuration, root, trial)
    return Measurement(wanted, (score,), (seconds,), (0.0,)).checked()


def _key_of(events: list[Event], trial: int, space: Space) -> tuple[Any, ...]:
    proposed = events[1 + 3 * (trial - 1)]
    assert isinstance(proposed, Proposed)
    return tuple(space.encode_row(proposed.configuration))


def _verdict(
    at: int,
    trial: int,
    scores: list[float],
    incumbent: int | None,
    before: int | None,
    sign: float,
) -> Accepted | Rejected:
    score = scores[trial - 1]
    if not math.isfinite(score):
        return Rejected(at, trial, None, None, "failed")
    gain = None if before is None else sign * (score - scores[before - 1])
    if gain is not None and not math.isfinite(gain):
        gain = None
    if incumbent == trial:
        return Accepted(at, trial, gain, None)
    return Rejected(at, trial, gain, None, "no gain")


def _plain(value: Any) -> Any:
    """Return settings as a log can hold them."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)
