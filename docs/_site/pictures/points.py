"""Pictures of where candidates land: starts, steps, moves, and how many and which parameters."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import numpy as np
from attrs import evolve
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from autotune import Space, Tuner
from autotune.log import MemoryLog
from autotune.space import Integer, Sequence
from autotune.strategy import Key, MoveQuery
from autotune.study import Measurement
from autotune.tuner import PriorTrial
from autotune_strategies import (
    BestOfPrior,
    ByPastSuccess,
    BySensitivity,
    ChangeParameters,
    ChangeSequences,
    ChangeSeveral,
    Constant,
    Crossover,
    DifferentialEvolution,
    FixedNumber,
    Geometric,
    GivenPoints,
    GlobalJump,
    InTurn,
    LatinHypercube,
    LineMove,
    LocalPerturbation,
    Mixture,
    Momentum,
    MultiplyAdd,
    NearOrNotPositive,
    Neighbours,
    NormalStep,
    OneByOne,
    RandomStarts,
    Reevaluate,
    Scheduled,
    SequenceChange,
    Sobol,
    StartValues,
    StudentTStep,
    Uniformly,
    Unseen,
    UntilKnown,
    recipes,
)

from .frame import BLUE, GREEN, GREY, ORANGE, Picture, set_axes
from .records import PLANE, accuracy, last, log_of

__all__ = ["PICTURES"]


def _plane(ax: Axes, **more: Any) -> None:
    set_axes(
        ax, beside=True, xscale="log", yscale="log", xlabel="C", ylabel="gamma",
        xlim=(6e-3, 1.6e3), ylim=(5e-7, 2), **more,
    )  # fmt: skip


def _start(start: Any, ax: Axes) -> None:
    strategy = evolve(recipes.random_search(), start=start)
    tuner = Tuner(PLANE, strategy=strategy, n_trials=16, seed=2)
    study, _ = last(Constant(1.0), log_of("spread"))
    uses_prior = isinstance(start, BestOfPrior | UntilKnown)
    if uses_prior:
        tuner.take_over(
            PriorTrial(c, Measurement((0,), accuracy(c)[:1], (0.1,), (0.0,)))
            for c in map(study.configuration, range(1, 9))
        )
    points: dict[str, list[dict[str, Any]]] = {"prior": [], "start": [], "explore": []}
    while (trial := tuner.ask()) is not None:
        tuner.tell(trial.trial, accuracy(trial.configuration))
        points[trial.origin].append(dict(trial.configuration))
    if uses_prior:
        points["prior"] = [tuner.study.configuration(t) for t in range(1, 9)]
    for origin, colour, marker in (
        ("prior", BLUE, "s"),
        ("explore", GREY, "."),
        ("start", ORANGE, "o"),
    ):
        found = points[origin]
        if found:
            label = {"prior": "earlier", "explore": "what follows", "start": "start"}[origin]
            ax.plot(
                [c["C"] for c in found], [c["gamma"] for c in found], marker, color=colour,
                label=label,
            )  # fmt: skip
    for i, c in enumerate(points["start"]):
        ax.annotate(
            str(i + 1), (c["C"], c["gamma"]), (4, 4), textcoords="offset points", fontsize=8
        )
    _plane(ax)


def _candidates(move: Any, name: str, count: int) -> Any:
    study, state = last(move, log_of(name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return study, move.read(state, MoveQuery(study, Key(3), study.incumbent, count))


def _move(move: Any, ax: Axes) -> None:
    study, drawn = _candidates(move, "plane", 250)
    ax.plot(study.coordinates["C"], study.coordinates["gamma"], "s", color=BLUE, markersize=3,
            label="trials", alpha=0.7)  # fmt: skip
    ax.plot(drawn.coordinates["C"], drawn.coordinates["gamma"], "o", color=ORANGE, markersize=3,
            alpha=0.4, linewidth=0, markeredgewidth=0, label="candidates")  # fmt: skip
    here = study.configuration(study.incumbent)
    ax.plot(here["C"], here["gamma"], "*", color=BLUE, markersize=13, label="incumbent",
            markeredgecolor="white")  # fmt: skip
    _plane(ax)


def _unseen(move: Any, ax: Axes) -> None:
    study, drawn = _candidates(move, "grid", 150)
    ax.plot(study.coordinates["depth"], study.coordinates["leaves"], "s", color=BLUE, markersize=9,
            alpha=0.5, label="tried")  # fmt: skip
    ax.plot(drawn.coordinates["depth"], drawn.coordinates["leaves"], "o", color=ORANGE,
            markersize=4, label="candidates")  # fmt: skip
    set_axes(ax, beside=True, xlabel="depth", ylabel="leaves")


def _factors(step: Any, count: int = 4000) -> Any:
    move = ChangeParameters(number=2, step=step)
    study, drawn = _candidates(move, "plane", count)
    return np.log10(drawn.coordinates["C"] / study.configuration(study.incumbent)["C"])


def _step(step: Any, ax: Axes) -> None:
    bins = np.linspace(-1.5, 1.5, 81)
    ax.hist(np.clip(_factors(step), -1.5, 1.5), bins, color=ORANGE, alpha=0.8)
    set_axes(ax, xlabel="factor by which C changes, log10", ylabel="candidates", xlim=(-1.5, 1.5))


def _veto(veto: Any, ax: Axes) -> None:
    bins = np.linspace(-1.0, 1.0, 81)
    free = _factors(MultiplyAdd(Constant(0.4), veto=NearOrNotPositive(1e-9)))
    ax.hist(free, bins, color=GREY, histtype="step", label="without")
    ax.hist(_factors(MultiplyAdd(Constant(0.4), veto=veto)), bins, color=ORANGE, alpha=0.8,
            label="with the veto")  # fmt: skip
    set_axes(ax, xlabel="factor by which C changes, log10", ylabel="candidates", xlim=(-1.0, 1.0))


def _number(number: Any, ax: Axes) -> None:
    move = ChangeSeveral(number=number, step=NormalStep())
    _, drawn = _candidates(move, "six", 2000)
    counts = Counter(len(names) for names in drawn.moved)
    ax.bar(range(1, 7), [counts[n] / 2000 for n in range(1, 7)], color=ORANGE)
    set_axes(ax, xlabel="parameters changed in a step, of six", ylabel="share of steps")


def _pick(pick: Any, ax: Axes) -> None:
    move = ChangeSeveral(number=FixedNumber(1), pick=pick, step=NormalStep())
    _, drawn = _candidates(move, "three", 2000)
    counts = Counter(names[0] for names in drawn.moved if names)
    names = ["C", "gamma", "tol"]
    ax.bar(names, [counts[name] / 2000 for name in names], color=(ORANGE, BLUE, GREEN))
    set_axes(ax, ylabel="share of steps", xlabel="parameter (tol hardly matters)")


def _sequence(move: Any, ax: Axes) -> None:
    space = Space(
        {"layers": Sequence(of=Integer(1, 64, log=True), min_length=1, max_length=5)},
        start={"layers": (16, 4)},
    )
    log = MemoryLog()
    tuner = Tuner(space, strategy=recipes.random_walk(), n_trials=1, log=log)
    tuner.tell(tuner.ask().trial, 1.0)
    study, state = last(move, log)
    drawn = move.read(state, MoveQuery(study, Key(1), 1, 40))
    rows = [row[np.isfinite(row)].tolist() for row in drawn.coordinates["layers"]]
    rows = sorted(rows, key=lambda row: (len(row), row))
    for place, row in enumerate(rows):
        ax.scatter([place] * len(row), np.arange(1, len(row) + 1), s=[9 * v**0.75 for v in row],
                   color=ORANGE, alpha=0.8, linewidth=0)  # fmt: skip
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    set_axes(ax, xlabel="candidates, from (16, 4); dots as large as the layer", ylabel="layer",
             xticks=[], ylim=(0.4, 3.7))  # fmt: skip


_LANDS = "Candidates drawn from the incumbent of a search in two parameters."
_STARTS = (
    "The start points in their order, in two parameters; dots are what a random search tries then."
)
_STEPS = "Four thousand steps of one value."
_SHARES = "Shares of two thousand steps."
_SHAPES = "Forty candidates for a list of layer sizes."

PICTURES: dict[str, Picture] = {
    **{
        type(start).__name__: Picture(start, _start, _STARTS)
        for start in (
            StartValues(),
            GivenPoints([{"C": 10.0}, {"C": 100.0, "gamma": 1e-3}, {"C": 0.1, "gamma": 0.1}]),
            RandomStarts(8),
            LatinHypercube(8),
            Sobol(8),
            BestOfPrior(3),
            InTurn([StartValues(), LatinHypercube(7)]),
            UntilKnown(LatinHypercube(12), trials=12),
        )
    },
    **{
        type(step).__name__: Picture(step, _step, _STEPS)
        for step in (
            NormalStep(Constant(0.05)),
            StudentTStep(Constant(0.05), 1.0),
            MultiplyAdd(Constant(0.4)),
        )
    },
    "NearOrNotPositive": Picture(NearOrNotPositive(0.3), _veto, _STEPS),
    **{
        type(move).__name__: Picture(move, _move, _LANDS)
        for move in (
            ChangeParameters(number=1, step=NormalStep()),
            ChangeSeveral(number=Geometric(1.5), step=NormalStep()),
            LocalPerturbation(),
            GlobalJump(),
            Neighbours(),
            Momentum(),
            LineMove(),
            DifferentialEvolution(),
            Crossover(),
            Reevaluate(share=Constant(0.5)),
            Mixture((LocalPerturbation(Constant(0.05)), GlobalJump()), weights=(3, 1)),
            OneByOne(LocalPerturbation()),
        )
    },
    "Unseen": Picture(
        Unseen(GlobalJump(), tries=20),
        _unseen,
        "On a grid of whole numbers, what was tried is left out.",
    ),
    **{
        type(number).__name__: Picture(number, _number, _SHARES)
        for number in (FixedNumber(2), Geometric(2.0), Scheduled(Constant(2.5)))
    },
    **{
        type(pick).__name__: Picture(pick, _pick, _SHARES)
        for pick in (Uniformly(), BySensitivity(floor=0.1), ByPastSuccess())
    },
    "ChangeSequences": Picture(ChangeSequences(), _sequence, _SHAPES),
    "SequenceChange": Picture(
        SequenceChange(grow=8.0, shrink=1.0, change=1.0, new="smallest"),
        lambda change, ax: _sequence(ChangeSequences(change), ax),
        _SHAPES,
    ),
}
