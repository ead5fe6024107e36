"""Seconds of asking and learning, trial by trial, in flat, conditional and constrained spaces.

So many trials are told first; then some more are asked for, and what proposing each and learning
from it takes is measured, beside Optuna's samplers with the same trials in the same run. Optuna has
conditions by suggesting what is active, and learns of constraints by ``Trial.set_constraint``: it
still tries what they forbid.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from time import perf_counter
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from attrs import evolve, field, frozen
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autotune.objective import Measurement
from autotune.space import (
    Categorical,
    Configuration,
    Dimension,
    Equals,
    Float,
    Integer,
    LessThan,
    Space,
    Sum,
)
from autotune.strategy import Strategy, ask, describe, judge
from autotune.strategy.state import SearchState
from autotune.study import Evaluated, Proposed, StudyStarted
from autotune_benchmarks.machine import machine
from autotune_benchmarks.options import count
from autotune_benchmarks.overhead import optuna_work
from autotune_benchmarks.overhead.measure import quiet
from autotune_benchmarks.peers.flat_space import FlatSpace
from autotune_benchmarks.peers.installed import quiet as silent
from autotune_benchmarks.peers.optuna_search import suggested
from autotune_strategies import recipes

__all__ = ["WORKS", "Asking", "Work", "add_arguments", "main", "measure"]

Tried: TypeAlias = list[dict[str, Any]]

_SECOND = 1_000_000
_SAMPLERS = ("gp", "tpe")
_WIDTH = 160
_TARGET = 10.0  # milliseconds, at 100 trials


@frozen
class Work:
    """A space to ask in.

    Parameters
    ----------
    name, words : str
        What it is called, and what it is.
    space : Space
        The space; its start is allowed.
    drawn : callable
        Returns allowed configurations, drawn evenly, given a generator and how many.
    """

    name: str
    words: str
    space: Space
    drawn: Callable[[np.random.Generator, int], Tried] = field(repr=False)

    def loss(self, configuration: Configuration) -> float:
        """Return a made-up loss: a bowl over all numbers, and something for each choice."""
        found = 0.0
        for i, (name, value) in enumerate(configuration.items()):
            dimension = self.space[name]
            if isinstance(dimension, Float | Integer):
                u = float(dimension.scaled(np.asarray(dimension.encode(value))))
                found += (1 + i % 3) * (u - 0.2 - 0.08 * i) ** 2
            else:
                found += 0.05 * len(str(value))
        return found


def _evenly(space: Space) -> Callable[[np.random.Generator, int], Tried]:
    return lambda rng, n: space.decode(space.sample(rng, n))


_NUMBERS: dict[str, Dimension] = {
    "rate": Float(1e-5, 1.0, log=True),
    "decay": Float(1e-7, 0.1, log=True),
    "dropout": Float(0.0, 0.9),
    "batch": Integer(8, 1024, log=True),
    "layers": Integer(1, 12),
}
_FLAT = Space(
    {
        **_NUMBERS,
        "activation": Categorical(["relu", "tanh", "gelu"]),
        "solver": Categorical(["adam", "sgd"]),
    }
)
_CONDITIONAL = Space(
    {
        **_NUMBERS,
        "solver": Categorical(["adam", "sgd", "lbfgs"]),
        "momentum": Float(0.0, 0.99),
    },
    conditions={"momentum": Equals("solver", "sgd"), "decay": Equals("solver", "adam")},
)


def _shares(part: float) -> Work:
    """Return a space in which three shares may sum up to so much that a part of it is allowed."""
    total = (6.0 * part) ** (1 / 3)  # the volume of a corner of the cube is t³ / 6
    shares = ("one", "two", "three")
    kept = {name: each for name, each in _NUMBERS.items() if name != "dropout"}
    start = dict.fromkeys(shares, total / 6)
    space = Space(
        {**{name: Float(0.0, 1.0) for name in shares}, **kept},
        start=start,
        constraints=LessThan(Sum(shares), total),
    )
    free = Space(kept)

    def drawn(rng: np.random.Generator, n: int) -> Tried:
        corner = total * rng.dirichlet((1.0,) * 4, n)[:, :3]
        others = free.decode(free.sample(rng, n))
        return [
            {**dict(zip(shares, map(float, point), strict=True)), **other}
            for point, other in zip(corner, others, strict=True)
        ]

    words = f"7 parameters; the sum of three is bounded, which allows {100 * part:g} % of the space"
    return Work(f"{100 * part:g} % allowed", words, space, drawn)


def _half() -> Work:
    kept = {name: each for name, each in _NUMBERS.items() if name != "dropout"}
    parameters: dict[str, Dimension] = {
        "low": Float(0.0, 1.0),
        "high": Float(0.0, 1.0),
        **kept,
        "solver": Categorical(["adam", "sgd"]),
    }
    start = {"low": 0.3, "high": 0.7}
    space = Space(parameters, start=start, constraints=LessThan("low", "high"))
    free = Space(parameters)

    def drawn(rng: np.random.Generator, n: int) -> Tried:
        found = free.decode(free.sample(rng, n))
        return [
            {**each, "low": min(each["low"], each["high"]), "high": max(each["low"], each["high"])}
            for each in found
        ]

    words = "7 parameters; one constraint, low < high, allows half of the space"
    return Work("constrained", words, space, drawn)


def _all_different(configuration: Configuration) -> bool:
    return len(set(configuration.values())) == len(configuration)


def _permutation() -> Work:
    names = [f"place{i}" for i in range(6)]
    space = Space(
        {name: Integer(0, 5) for name in names},
        start={name: i for i, name in enumerate(names)},
        constraints=_all_different,
    )

    def drawn(rng: np.random.Generator, n: int) -> Tried:
        return [dict(zip(names, map(int, rng.permutation(6)), strict=True)) for _ in range(n)]

    words = "6 whole numbers that must differ, by a function: 720 of 46,656 are allowed"
    return Work("permutation", words, space, drawn)


WORKS: Mapping[str, Work] = MappingProxyType(
    {
        work.name: work
        for work in (
            Work("flat", "7 parameters: 5 numbers, 2 choices", _FLAT, _evenly(_FLAT)),
            Work(
                "conditional",
                "7 parameters, two of them active with one choice each",
                _CONDITIONAL,
                _evenly(_CONDITIONAL),
            ),
            _half(),
            _shares(0.1),
            _shares(0.01),
            _shares(0.001),
            _permutation(),
        )
    }
)
"""The spaces, by name."""


@frozen
class Asking:
    """What a trial costs beside its evaluation.

    Parameters
    ----------
    work : str
        The space.
    trials : int
        Trials told before.
    seconds : mapping of str to float
        The median of proposing a trial and learning from it, for ``default`` and each peer.
    asking : mapping of str to float
        The same of proposing alone. Who fits a model does so in one or in the other.
    allowed : mapping of str to float
        The share of what was asked for that the constraints allow.
    different : mapping of str to int
        How many different configurations were asked for.
    asks : mapping of str to int
        Of how many.
    """

    work: str
    trials: int
    seconds: Mapping[str, float]
    asking: Mapping[str, float]
    allowed: Mapping[str, float]
    different: Mapping[str, int]
    asks: Mapping[str, int]

    def ratio(self, peer: str) -> float:
        """Return how many times as long as ours the peer takes."""
        return self.seconds[peer] / self.seconds["default"]


@frozen
class _Turn:
    """What was asked for, the seconds of asking and learning, and those of asking alone."""

    configuration: Configuration
    seconds: float
    asking: float


def _our_turns(work: Work, strategy: Strategy, told: Tried) -> Iterator[_Turn]:
    begun = StudyStarted(
        at=0,
        study_id=work.name,
        space=work.space,
        direction="minimize",
        metric="loss",
        n_folds=1,
        strategy=describe(strategy),
        seed=0,
    )
    current = SearchState.initial(strategy).apply(begun)
    for i, configuration in enumerate(told):
        given = Proposed(0, i + 1, configuration, None, (), "given")
        current, _ = _finished(work, current.apply(given), given)
    while True:
        with quiet():
            begin = perf_counter()
            asked = ask(current.strategy, current.state, current.study, at=0)
            asking = perf_counter() - begin
            current, seconds = _finished(work, current.apply(asked), asked)
            took = perf_counter() - begin - seconds
        yield _Turn(asked.configuration, took, asking)


def _finished(work: Work, current: SearchState, asked: Proposed) -> tuple[SearchState, float]:
    """Evaluate and judge a trial; return the seconds that evaluating took."""
    begin = perf_counter()
    score = work.loss(asked.configuration)
    seconds = perf_counter() - begin
    measured = Measurement((0,), (score,), (1.0,), (0.0,))
    current = current.apply(Evaluated(0, asked.trial, measured))
    verdict = judge(current.strategy, current.state, current.study, asked.trial, at=0)
    return current.apply(verdict), seconds


def _peer_turns(work: Work, sampler: str, told: Tried) -> Iterator[_Turn]:
    import optuna

    flat = FlatSpace(evolve(work.space, constraints=()))
    constrained = len(work.space.constraints) > 0
    made = {"tpe": optuna.samplers.TPESampler, "gp": optuna.samplers.GPSampler}[sampler]
    with silent("optuna"):
        study = optuna.create_study(direction="minimize", sampler=made(seed=0))
        study.add_trials(
            [
                optuna.trial.create_trial(
                    params=flat.values(each),
                    distributions={
                        name: optuna_work.distribution(flat[name]) for name in flat.values(each)
                    },
                    value=work.loss(each),
                    constraints={"allowed": -1.0} if constrained else None,
                )
                for each in told
            ]
        )
    while True:
        with quiet(), silent("optuna"):
            begin = perf_counter()
            trial = study.ask()
            values = suggested(trial, flat)
            asked = perf_counter()
            configuration = flat.configuration(values)
            score = work.loss(configuration)
            broken = 1.0 if constrained and not work.space.allows(configuration) else -1.0
            scored = perf_counter()
            if constrained:
                trial.set_constraint("allowed", broken)
            study.tell(trial, score)
            took = perf_counter() - begin - (scored - asked)
        yield _Turn(configuration, took, asked - begin)


def measure(
    work: Work,
    trials: int,
    *,
    asks: int,
    peers: Sequence[str] = _SAMPLERS,
    seconds: float = math.inf,
) -> Asking:
    """Measure one space with so many trials told.

    Parameters
    ----------
    work : Work
        The space.
    trials : int
        How many are told first.
    asks : int
        How many are then asked for, after one that does not count.
    peers : sequence of str
        Samplers of Optuna.
    seconds : float
        After which no more are asked for.
    """
    told = [work.space.start, *work.drawn(np.random.default_rng(0), trials - 1)]
    turns = {"default": _our_turns(work, recipes.default(), told)}
    for name in peers:
        turns[f"optuna-{name}"] = _peer_turns(work, name, told)
    found: dict[str, list[_Turn]] = {}
    with threadpool_limits(1):
        for name, each in turns.items():
            next(each)
            begin = perf_counter()
            found[name] = []
            while len(found[name]) < asks and perf_counter() - begin < seconds:
                found[name].append(next(each))
    return Asking(
        work.name,
        trials,
        {name: median(turn.seconds for turn in each) for name, each in found.items()},
        {name: median(turn.asking for turn in each) for name, each in found.items()},
        {
            name: sum(work.space.allows(turn.configuration) for turn in each) / len(each)
            for name, each in found.items()
        },
        {name: len({repr(turn.configuration) for turn in each}) for name, each in found.items()},
        {name: len(each) for name, each in found.items()},
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``asking``."""
    parser.add_argument(
        "--spaces",
        nargs="+",
        default=list(WORKS),
        choices=list(WORKS),
        metavar="SPACE",
        help=f"{', '.join(WORKS)} (all)",
    )
    parser.add_argument(
        "--trials", nargs="+", type=count, default=[10, 100, 1000], help="told before (%(default)s)"
    )
    parser.add_argument(
        "--asks", type=count, default=15, help="asked for in each space (%(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="at most, for each of them (%(default)s)"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave Optuna out")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> int:
    """Measure, print the table, and return the exit code."""
    messages = Console(stderr=True)
    peers: Sequence[str] = () if arguments.no_peers else _SAMPLERS
    if peers and not optuna_work.available():
        messages.print(f"Optuna is {optuna_work.MISSING}", highlight=False)
        peers = ()
    about = machine()
    rows = []
    with messages.status("") as status:
        for name in arguments.spaces:
            for trials in arguments.trials:
                status.update(f"{name}, {trials:,} trials")
                rows.append(
                    measure(
                        WORKS[name],
                        trials,
                        asks=arguments.asks,
                        peers=peers,
                        seconds=arguments.seconds,
                    )
                )
    if arguments.json:
        told = [
            {
                "space": row.work,
                "trials": row.trials,
                "seconds": dict(row.seconds),
                "asking": dict(row.asking),
                "allowed": dict(row.allowed),
                "different": dict(row.different),
                "asks": dict(row.asks),
            }
            for row in rows
        ]
        print(json.dumps({"benchmark": "asking", "machine": about, "figures": told}, indent=2))
        return 0
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)  # a file has room
    console.print(_table(rows))
    for name in arguments.spaces:
        console.print(f"[dim]{name}: {WORKS[name].words}[/]", highlight=False)
    console.print(", ".join(f"{key} {value}" for key, value in about.items()), highlight=False)
    return 0


def _table(rows: Sequence[Asking]) -> Table:
    peers = [name for name in rows[0].seconds if name != "default"]
    table = Table(title="Milliseconds of proposing a trial and learning from it, median")
    table.add_column("space", no_wrap=True)
    heads = (
        "trials",
        "default",
        "asking alone",
        *peers,
        *(f"{p.removeprefix('optuna-')} / default" for p in peers),
        "different",
    )
    for head in (*heads, "allowed", ""):
        table.add_column(head, justify="right")
    for row in rows:
        own = 1e3 * row.seconds["default"]
        judged = row.trials == 100
        met = "[green]met[/]" if own <= _TARGET else "[red]not met[/]"
        table.add_row(
            row.work,
            f"{row.trials:,}",
            f"{own:,.1f}",
            f"{1e3 * row.asking['default']:,.1f}",
            *(f"{1e3 * row.seconds[peer]:,.1f}" for peer in peers),
            *(f"{row.ratio(peer):.2g}" for peer in peers),
            f"{row.different['default']} of {row.asks['default']}",
            f"{row.allowed['default']:.0%}",
            f"<= {_TARGET:g} {met}" if judged else "",
        )
    return table
