"""The protocol: every contestant on every problem with every seed, each run an event log.

Runs are paired: with the seed of a run come the first configuration and the noise that each trial
meets, for all contestants alike. They are done seed by seed, so that a comparison that is cut off
is a balanced one with fewer seeds. Logs go into an archive, and what is there already is not run
again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from attrs import evolve, field, frozen
from rich.console import Console

from autotune.log import Archive, MemoryLog
from autotune.study import Event
from autotune_benchmarks.contestants.contestant import Contestant
from autotune_benchmarks.machine import machine
from autotune_benchmarks.problems.problem import Problem, instance_of
from autotune_benchmarks.problems.recorded_tables import RecordedTable
from autotune_benchmarks.problems.split import split_of, split_sha256
from autotune_benchmarks.problems.suites import load_problem
from autotune_benchmarks.protocol.parallel import one_thread, work_through
from autotune_benchmarks.protocol.traces import Run, Trace, read_traces, trace_of, write_traces

__all__ = ["Plan", "Results", "Unfinished", "run_plan"]

_TAKEN_AT_ONCE = 500


@frozen
class Unfinished:
    """A run that raised an error.

    Parameters
    ----------
    run : Run
        Which.
    words : str
        The error.
    """

    run: Run
    words: str


@frozen
class Plan:
    """What is to be run.

    Parameters
    ----------
    suite : str
        What the selection of problems is called.
    problems : tuple of str or Problem
        Names of known problems, or problems of your own.
    contestants : tuple of Contestant
        Who takes part; those that can't run here are reported as missing.
    seeds : int
        Runs of each on each problem.
    trials : int
        The budget of each.
    seconds : float, optional
        A budget in seconds beside it: recorded ones and the tuner's own together.
    seeds_of : mapping of str to int
        Fewer runs, for contestants that are slow.
    first_seed : int
        The number of the first run.

    Raises
    ------
    ValueError
        If a number is not positive, or ``seeds_of`` names no contestant.
    """

    suite: str
    problems: tuple[str | Problem, ...]
    contestants: tuple[Contestant, ...]
    seeds: int = 20
    trials: int = 100
    seconds: float | None = None
    seeds_of: Mapping[str, int] = field(factory=dict)
    first_seed: int = 0

    def __attrs_post_init__(self) -> None:
        for name in ("seeds", "trials"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)!r} must be 1 or more")
        if self.seconds is not None and not self.seconds > 0:
            raise ValueError(f"seconds = {self.seconds!r} must be above 0")
        names = [each.name for each in self.contestants]
        for name, number in self.seeds_of.items():
            if name not in names:
                raise ValueError(f"seeds_of names {name!r}; contestants are {', '.join(names)}")
            if number < 1:
                raise ValueError(f"seeds_of {name} = {number!r} must be 1 or more")

    def seeds_for(self, contestant: Contestant) -> int:
        """Return the number of runs on each problem."""
        return min(self.seeds, self.seeds_of.get(contestant.name, self.seeds))

    def missing(self) -> dict[str, str]:
        """Return who can't run here, and why."""
        found = {each.name: each.missing() for each in self.contestants}
        return {name: why for name, why in found.items() if why is not None}

    def runs(self) -> list[Run]:
        """Return all runs, in the order in which they are done."""
        missing = self.missing()
        return sorted(
            Run(seed, _name(problem), each.name, self.trials, each.fingerprint())
            for each in self.contestants
            if each.name not in missing
            for seed in range(self.first_seed, self.first_seed + self.seeds_for(each))
            for problem in self.problems
            if each.takes(_name(problem))
        )


class Results:
    """What runs came to, in a directory: ``logs``, an archive, and ``runs.parquet``.

    The traces in the file can all be drawn from the logs again.

    Parameters
    ----------
    path : Path
        The directory; it is made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.archive = Archive(path / "logs")
        self.traces_path = path / "runs.parquet"
        traces, self.about = read_traces(self.traces_path)
        self.traces = {trace.run: trace for trace in traces}

    def add(self, found: Mapping[Run, tuple[Trace, list[Event]]]) -> None:
        """Keep runs; when this returns their logs are on the disk."""
        if found:
            self.archive.add({run.name: MemoryLog(events) for run, (_, events) in found.items()})
            self.traces.update({run: trace for run, (trace, _) in found.items()})

    def take_in(self, other: Results, renamed: Mapping[str, str] | None = None) -> int:
        """Take over the runs of other results that are not here; return how many.

        Parameters
        ----------
        other : Results
            Of the same budget, such as those of another machine.
        renamed : mapping of str to str, optional
            Contestants there that are called otherwise here, such as those of another checkout.

        Raises
        ------
        ValueError
            If its budget is another.
        """
        for name in ("trials", "seconds"):
            here, there = self.about.get(name), other.about.get(name)
            if self.about and here != there:
                raise ValueError(
                    f"{other.path} has a budget of {name} = {there}, {self.path} one of {here}; "
                    "only runs of the same budget can be compared"
                )
        names = dict(renamed or {})
        named = {
            run: evolve(run, contestant=names.get(run.contestant, run.contestant))
            for run in other.traces
        }
        new = [run for run in other.traces if named[run] not in self.traces]
        for some in range(0, len(new), _TAKEN_AT_ONCE):
            self.archive.add(
                {
                    named[run].name: other.archive[run.name]
                    for run in new[some : some + _TAKEN_AT_ONCE]
                    if named[run].name not in self.archive
                }
            )
        self.traces.update({named[run]: evolve(other.traces[run], run=named[run]) for run in new})
        contestants = {
            names.get(name, name): each for name, each in other.about.get("contestants", {}).items()
        }
        self.about = _joined(self.about, {**other.about, "contestants": contestants})
        self.write()
        return len(new)

    def write(self) -> None:
        """Write the file of traces."""
        write_traces(self.traces_path, self.traces.values(), self.about)


def run_plan(
    plan: Plan,
    out: Path,
    *,
    jobs: int = 1,
    dask: str | None = None,
    console: Console | None = None,
    save_every: float = 20.0,
) -> tuple[Results, list[Unfinished]]:
    """Run what is not there yet.

    Parameters
    ----------
    plan : Plan
        What.
    out : Path
        The directory of results; runs that are there already, by the same contestants in the same
        versions, are kept.
    jobs : int
        Processes on this machine.
    dask : str, optional
        The address of a Dask scheduler whose workers are used instead.
    console : Console, optional
        Told of progress.
    save_every : float
        Seconds after which what was done is written; a kill loses no more.

    Returns
    -------
    Results
        With these runs and what else was there.
    list of Unfinished
        Those that failed; another call tries them again.
    """
    results = Results(out)
    wanted = plan.runs()
    problems = {_name(problem): problem for problem in plan.problems}
    contestants = {each.name: each for each in plan.contestants}
    logged = set(results.archive.names)
    for run in wanted:
        if run.name in logged and run not in results.traces:
            problem = instance_of(_loaded(problems[run.problem]), run.seed)
            seen = contestants[run.contestant].seen(problem)
            results.traces[run] = trace_of(results.archive[run.name].events(), seen, run)
    tasks = [
        (run, contestants[run.contestant], problems[run.problem], plan.seconds)
        for run in wanted
        if run.name not in logged
    ]
    failures: list[Unfinished] = []
    results.about = _about(plan, results.about)
    waiting: dict[Run, tuple[Trace, list[Event]]] = {}
    saved = monotonic()
    try:
        for run, found in work_through(
            _do, tasks, jobs=jobs, dask=dask, console=console, tell=lambda each: (1, _word(each[0]))
        ):
            if isinstance(found, str):
                failures.append(Unfinished(run, found))
            else:
                waiting[run] = found
            if monotonic() - saved >= save_every:
                results.add(waiting)
                waiting = {}
                results.write()
                saved = monotonic()
    finally:
        results.add(waiting)
        results.about["failures"] = [
            {"run": failure.run.name, "words": failure.words} for failure in failures
        ]
        results.write()
    return results, failures


def _do(
    run: Run, contestant: Contestant, given: Problem | str, seconds: float | None
) -> tuple[Run, tuple[Trace, list[Event]] | str]:
    with one_thread():
        problem = instance_of(_loaded(given), run.seed)
        try:
            events = contestant.search(problem, run.seed, run.trials, seconds)
        except Exception as error:  # noqa: BLE001  # the others shall run, and this be told
            return run, f"{type(error).__name__}: {error}"
        return run, (trace_of(events, contestant.seen(problem), run), events)


def _word(run: Run) -> str:
    return f"seed {run.seed}, {run.problem}, {run.contestant}"


def _name(problem: Problem | str) -> str:
    return problem if isinstance(problem, str) else problem.name


def _loaded(problem: Problem | str) -> Problem:
    return load_problem(problem) if isinstance(problem, str) else problem


def _losses(problems: Sequence[Problem | str]) -> dict[str, list[float]]:
    """Return the best and the median loss of recorded tables with losses above 0."""
    found = {}
    for given in problems:
        problem = _loaded(given)
        if not isinstance(problem, RecordedTable):
            continue
        if problem.direction == "minimize" and problem.best > 0:
            found[problem.name] = [problem.best, problem.median]
    return found


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two results say, put together; where they differ, the former is right."""
    if not one:
        return dict(other)
    contestants = {**other["contestants"], **one["contestants"]}
    for name in set(one["contestants"]) & set(other["contestants"]):
        same = one["contestants"][name]["fingerprint"] == other["contestants"][name]["fingerprint"]
        if same:
            seeds = max(each["contestants"][name]["seeds"] for each in (one, other))
            contestants[name] = {**contestants[name], "seeds": seeds}
    problems = list(dict.fromkeys([*one["problems"], *other["problems"]]))
    missing = {**other["missing"], **one["missing"]}
    return {
        **one,
        "seeds": max(one["seeds"], other["seeds"]),
        "problems": problems,
        "families": {**other["families"], **one["families"]},
        "split": {**other["split"], **one["split"]},
        "losses": {**other.get("losses", {}), **one.get("losses", {})},
        "contestants": contestants,
        "missing": {name: why for name, why in missing.items() if name not in contestants},
        "failures": [*one.get("failures", []), *other.get("failures", [])],
    }


def _about(plan: Plan, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what readers of results must know, with what earlier plans left there."""
    missing = plan.missing()
    names = [_name(problem) for problem in plan.problems]
    same = before.get("trials") == plan.trials and before.get("seconds") == plan.seconds
    earlier: Mapping[str, Any] = before if same else {}
    contestants = dict(earlier.get("contestants", {}))
    for each in plan.contestants:
        if each.name in missing:
            continue
        contestants[each.name] = {
            "kind": each.kind,
            "version": each.version(),
            "described": {} if each.kind == "component" else each.described(),
            "fingerprint": each.fingerprint(),
            "seeds": plan.seeds_for(each),
            **({"group": each.group, "against": each.against} if each.against else {}),
        }
    left_out = {**earlier.get("missing", {}), **missing}
    problems = list(dict.fromkeys([*earlier.get("problems", []), *names]))
    return {
        "suite": plan.suite,
        "trials": plan.trials,
        "seconds": plan.seconds,
        "seeds": max([plan.seeds, *(each["seeds"] for each in contestants.values())]),
        "problems": problems,
        "families": {
            **earlier.get("families", {}),
            **{_name(each): _loaded(each).family for each in plan.problems},
        },
        "losses": {**earlier.get("losses", {}), **_losses(plan.problems)},
        "contestants": contestants,
        "missing": {name: why for name, why in left_out.items() if name not in contestants},
        "split": {name: split_of(name) for name in problems},
        "split_sha256": split_sha256(),
        "machine": machine(),
    }
