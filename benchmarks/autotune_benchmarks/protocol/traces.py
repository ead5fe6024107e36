"""Traces: what a comparison needs of a run, drawn from its events, and kept in one Parquet file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, assert_never

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from autotune.study import (
    Accepted,
    Evaluated,
    Event,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
)
from autotune_benchmarks.contestants.search import BEST_REGRET, BEST_TRIAL, SPENT
from autotune_benchmarks.problems.live_problem import LiveProblem
from autotune_benchmarks.problems.problem import Problem

__all__ = ["Run", "Trace", "moments", "read_traces", "trace_of", "write_traces"]

Array: TypeAlias = NDArray[np.float64]

_ABOUT_KEY = b"autotune.benchmark"
_NOTHING: Array = np.empty(0)


@frozen(order=True)
class Run:
    """Which run.

    Parameters
    ----------
    seed : int
        Its number. It comes first, so that sorted runs are balanced wherever they are cut off.
    problem, contestant : str
        Where, and who.
    trials : int
        The budget.
    fingerprint : str
        Of what searched.
    """

    seed: int
    problem: str
    contestant: str
    trials: int
    fingerprint: str

    @property
    def name(self) -> str:
        """What its log is called in the archive."""
        who, where = (re.sub(r"[^\w.-]+", "-", name) for name in (self.contestant, self.problem))
        return f"{who}-{self.fingerprint}/{where}/{self.trials}/{self.seed:04d}"


def moments(trials: int) -> tuple[int, ...]:
    """Return a quarter, half and the whole of a budget in trials.

    Parameters
    ----------
    trials : int
        The budget.

    Examples
    --------
    >>> moments(100)
    (25, 50, 100)
    """
    return tuple(sorted({max(trials // 4, 1), max(trials // 2, 1), trials}))


@frozen(eq=False)
class Trace:
    """What a run came to, trial by trial; or at some moments, where only these were kept.

    Parameters
    ----------
    run : Run
        Which.
    family : str
        The problem's.
    spent : ndarray, shape (n,)
        The budget in trials used up after each trial: 1, 2, … where each counts for one.
    regret : ndarray, shape (n,)
        Normalised regret of the incumbent's noise-free value after each.
    seconds : ndarray, shape (n,)
        Recorded seconds of each evaluation; empty where only moments were kept.
    own_seconds : ndarray, shape (n,)
        What the tuner took beside it, for proposing and learning; empty as well.
    n_failed : int
        Evaluations that gave no score.
    n_trials, n_evaluations : int
        Trials, and folds evaluated in them; one for each point if left out.
    total_seconds : float
        Recorded seconds of all evaluations.
    mean_own_seconds : float
        What the tuner took for a trial, in the mean.
    incumbent, seen : ndarray
        At a quarter, half and the whole of the budget: the regret of the incumbent, from which
        steps are taken, and the least regret of all that was tried, of which nobody knows that it
        is the best (NaN where knowing that takes training). Empty where they were not kept.
    """

    run: Run
    family: str
    spent: Array = field(repr=False)
    regret: Array = field(repr=False)
    seconds: Array = field(repr=False)
    own_seconds: Array = field(repr=False)
    n_failed: int = 0
    n_trials: int = field()
    n_evaluations: int = field()
    total_seconds: float = field()
    mean_own_seconds: float = field()
    incumbent: Array = field(default=_NOTHING, repr=False)
    seen: Array = field(default=_NOTHING, repr=False)

    @n_trials.default
    @n_evaluations.default
    def _points(self) -> int:
        return len(self.regret)

    @total_seconds.default
    def _sum(self) -> float:
        return math.fsum(self.seconds)

    @mean_own_seconds.default
    def _mean(self) -> float:
        return float(self.own_seconds.mean()) if len(self.own_seconds) > 0 else 0.0

    def thinned(self) -> Trace:
        """Return the trace with the regret at a quarter, half and the whole of its budget alone."""
        kept = np.array(moments(self.run.trials), dtype=np.float64)
        regret = np.array([self.at(moment) for moment in kept])
        return evolve(self, spent=kept, regret=regret, seconds=_NOTHING, own_seconds=_NOTHING)

    def __len__(self) -> int:
        return len(self.regret)

    @property
    def passed(self) -> Array:
        """Seconds from the start to after each evaluation, the tuner's own with them."""
        return np.cumsum(self.seconds + self.own_seconds)

    def at(self, trials: float) -> float:
        """Return the regret when so many trials are spent; before the first it is NaN.

        A search that ended earlier keeps what it had.

        Parameters
        ----------
        trials : float
            From 1.
        """
        return _at(self.spent, self.regret, trials)

    def at_seconds(self, seconds: float) -> float:
        """Return the regret when so many seconds have passed; before the first trial NaN.

        Parameters
        ----------
        seconds : float
            Since the start.
        """
        return _at(self.passed, self.regret, seconds)

    def curve(self, trials: int) -> Array:
        """Return the regret after 1, 2, … trials.

        Parameters
        ----------
        trials : int
            Up to how many.
        """
        places = np.searchsorted(self.spent, np.arange(1, trials + 1) + 1e-9, side="right") - 1
        return np.where(places >= 0, self.regret[places], np.nan)


def _at(when: Sequence[float] | Array, regret: Sequence[float] | Array, moment: float) -> float:
    place = int(np.searchsorted(when, moment + 1e-9, side="right")) - 1
    return float(regret[place]) if place >= 0 else math.nan


def trace_of(events: Iterable[Event], problem: Problem, run: Run) -> Trace:
    """Draw a trace from the events of a run.

    What a contestant calls its best is the trial accepted last or, where evaluations carry the
    measure ``BEST_TRIAL``, what was named there. Of what was never tried, the log knows
    ``BEST_REGRET`` alone.

    Parameters
    ----------
    events : iterable of Event
        All of them.
    problem : Problem
        The referee.
    run : Run
        Which run it was.
    """
    configurations: dict[int, Any] = {}
    regret = incumbent = math.nan
    dear = isinstance(problem, LiveProblem)  # to know the truth of all it tried, it would train
    least = math.nan if dear else math.inf
    named = False
    n_failed = 0
    spent: list[float] = []
    regrets: list[float] = []
    seconds: list[float] = []
    own: list[float] = []
    incumbents: list[float] = []
    seen: list[float] = []
    before = n_evaluations = 0
    n_folds = 1
    for event in events:
        match event:
            case StudyStarted():
                n_folds = event.n_folds
            case Proposed():
                configurations[event.trial] = event.configuration
                spent.append(float(event.trial))
                seconds.append(0.0)
                if math.isnan(regret):  # until something is accepted, the first is what there is
                    regret = incumbent = problem.regret(event.configuration)
            case Evaluated():
                found = event.measurement
                seconds[-1] += math.fsum((*found.fit_seconds, *found.score_seconds))
                n_evaluations += len(found.folds)
                if found.failure is not None:
                    n_failed += 1
                elif not dear:
                    least = min(least, problem.regret(configurations[event.trial]))
                if n_folds > 1:
                    spent[-1] = n_evaluations / n_folds
                if SPENT in found.metrics:
                    spent[-1] = found.metrics[SPENT][0]
                if BEST_TRIAL in found.metrics:
                    named = True
                    trial = found.metrics[BEST_TRIAL][0]
                    if math.isnan(trial):
                        regret = found.metrics[BEST_REGRET][0]
                    else:
                        regret = problem.regret(configurations[int(trial)])
            case Accepted() | Rejected():
                own.append(max((event.at - before) / 1e6 - seconds[-1], 0.0))
                before = event.at
                if isinstance(event, Accepted):
                    incumbent = problem.regret(configurations[event.trial])
                    regret = regret if named else incumbent
                regrets.append(regret)
                incumbents.append(incumbent)
                seen.append(least)
            case SpaceChanged() | StrategyChanged() | StudyStopped():
                pass
            case _:
                assert_never(event)
    return Trace(
        run,
        problem.family,
        np.array(spent),
        np.array(regrets),
        np.array(seconds),
        np.array(own),
        n_failed,
        n_evaluations=n_evaluations,
        incumbent=np.array([_at(spent, incumbents, each) for each in moments(run.trials)]),
        seen=np.array([_at(spent, seen, each) for each in moments(run.trials)]),
    )


_WORD = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema(
    [
        ("contestant", _WORD),
        ("problem", _WORD),
        ("family", _WORD),
        ("seed", pa.int32()),
        ("trials", pa.int32()),
        ("fingerprint", _WORD),
        ("spent", pa.list_(pa.float32())),
        ("regret", pa.list_(pa.float64())),
        ("seconds", pa.list_(pa.float32())),
        ("own_seconds", pa.list_(pa.float32())),
        ("n_failed", pa.int32()),
        ("n_trials", pa.int32()),
        ("n_evaluations", pa.int32()),
        ("total_seconds", pa.float64()),
        ("mean_own_seconds", pa.float32()),
        ("incumbent", pa.list_(pa.float64())),
        ("seen", pa.list_(pa.float64())),
    ]
)
_CURVES = ("spent", "regret", "seconds", "own_seconds", "incumbent", "seen")
_OF_RUN = ("contestant", "problem", "seed", "trials", "fingerprint")


def write_traces(path: Path, traces: Iterable[Trace], about: Mapping[str, Any]) -> None:
    """Write traces to a file, as a whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    traces : iterable of Trace
        In any order.
    about : mapping
        What else a reader must know; it is kept in the file as JSON.
    """
    ordered = sorted(traces, key=lambda trace: trace.run)
    columns: dict[str, Any] = {
        name: [getattr(trace.run if name in _OF_RUN else trace, name) for trace in ordered]
        for name in _SCHEMA.names
    }
    # Times of a busy machine are not known to more than this, and pack the better.
    columns["own_seconds"] = [_rounded(column) for column in columns["own_seconds"]]
    schema = _SCHEMA.with_metadata({_ABOUT_KEY: json.dumps(about).encode()})
    arrays = [pa.array(columns[each.name], each.type) for each in _SCHEMA]
    beside = path.with_name(f"{path.name}.part")
    pq.write_table(
        pa.Table.from_arrays(arrays, schema=schema),
        beside,
        compression="zstd",
        compression_level=15,
    )
    beside.replace(path)


def _rounded(seconds: Array, digits: int = 2) -> Array:
    """Return numbers with so many significant digits."""
    size = np.floor(np.log10(np.maximum(np.abs(seconds), 1e-9)))
    unit = 10.0 ** (size - digits + 1)
    return np.asarray(np.round(seconds / unit) * unit)


def read_traces(path: Path) -> tuple[list[Trace], dict[str, Any]]:
    """Return the traces in a file, and what else it says.

    Parameters
    ----------
    path : Path
        The file; if there is none, nothing is returned.
    """
    if not path.exists():
        return [], {}
    table = pq.read_table(path)
    about = json.loads((table.schema.metadata or {}).get(_ABOUT_KEY, b"{}"))
    found = []
    for row in table.to_pylist():  # files of an earlier version lack some columns
        run = Run(**{name: row.pop(name) for name in _OF_RUN})
        curves: dict[str, Any] = {
            name: np.array(row.pop(name), dtype=np.float64) for name in _CURVES if name in row
        }
        found.append(Trace(run=run, **curves, **row))
    return found, about
