"""Pictures of what changes from trial to trial: schedules, verdicts, folds, ends and recipes."""

from __future__ import annotations

from functools import cache
from textwrap import fill
from typing import Any

import numpy as np
from attrs import evolve
from matplotlib.axes import Axes

from autotune import tune
from autotune.strategy import Key, ScheduleQuery, StopQuery, Strategy
from autotune.study import Measurement
from autotune.study.events import REASONS
from autotune_strategies import (
    AllFolds,
    Both,
    ByRecentAccuracy,
    Clipped,
    Constant,
    Cosine,
    Either,
    Exponential,
    FoldSubset,
    GaussianProcess,
    Intensification,
    InverseLinear,
    LengthBySensitivity,
    Linear,
    LocalPerturbation,
    Maximum,
    MaxTrials,
    Never,
    NoImprovementWindow,
    NothingAnticipated,
    OneFifthRule,
    PairedTest,
    Patience,
    PerParameterSuccess,
    PooledMean,
    PosteriorMean,
    Product,
    Racing,
    Reevaluate,
    RegretBound,
    RotatingSubset,
    ScoreReached,
    Seconds,
    SimulatedAnnealing,
    SpaceExhausted,
    Threshold,
    TimeBudget,
    recipes,
)

from .frame import BLUE, GREEN, GREY, MAP, ORANGE, Picture, set_axes
from .records import PLANE, accuracy, heights, last, log_of, moments, noise

__all__ = ["PICTURES"]


def _schedule(name: str, what: str) -> Any:
    def plot(schedule: Any, ax: Axes) -> None:
        log = log_of(name)
        values = []
        for study, state in moments(schedule, log):
            query = ScheduleQuery(study, Key(0))
            values.append(np.atleast_1d(schedule.read(state, query)))
        lines = np.array(values)
        trials = np.arange(1, len(lines) + 1)
        names = list(log.space or ()) if lines.shape[1] > 1 else [""]
        for line, label, colour in zip(lines.T, names, (ORANGE, BLUE, GREEN), strict=False):
            ax.plot(trials, line, color=colour, label=label, linewidth=1.8)
        study, _ = last(Constant(1.0), log)
        kept = study.verdicts["trial"][study.verdicts["accepted"]]
        ax.plot(kept, np.zeros(len(kept)), "|", color=GREY, markersize=7, clip_on=False)
        set_axes(ax, xlabel="trials (ticks: accepted)", ylabel=what, ylim=(0, None))

    return plot


_length = _schedule("three", "length")


def _hills(c: dict[str, Any]) -> float:
    return accuracy(c)[0]


def _five_folds(seed: int) -> Any:
    class Noisy:
        n_folds = 5

        def __init__(self) -> None:
            self.trial = 0

        def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
            self.trial += 1
            scores = tuple(
                accuracy(configuration)[0] + 0.02 * noise(seed, self.trial, fold) for fold in folds
            )
            return Measurement(folds, scores, (0.1,) * len(folds), (0.0,) * len(folds))

    return Noisy()


def _verdicts(acceptance: Any, ax: Axes) -> None:
    move: Any = LocalPerturbation(Constant(0.15))
    if isinstance(acceptance, PooledMean):
        move = Reevaluate(move, share=Constant(0.3))
    strategy = evolve(recipes.random_walk(), move=move, acceptance=acceptance)
    study = tune(_five_folds(1), PLANE, strategy=strategy, n_trials=45, seed=5).study
    score = study.outcomes().score
    kept = np.zeros(study.n_trials, dtype=bool)
    kept[study.verdicts["trial"][study.verdicts["accepted"]] - 1] = True
    trials = np.arange(1, study.n_trials + 1)
    ax.plot(trials[~kept], score[~kept], "o", color=GREY, fillstyle="none", label="rejected")
    ax.step(
        [*trials[kept], study.n_trials], [*score[kept], score[kept][-1]], where="post",
        color=ORANGE, linewidth=1.2,
    )  # fmt: skip
    ax.plot(trials[kept], score[kept], "o", color=ORANGE, label="accepted")
    set_axes(ax, xlabel="trials", ylabel="mean score of 5 folds", ylim=(0.72, None))


def _ten_folds() -> Any:
    class Folds:
        n_folds = 10

        def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
            place = round(1e6 * configuration["C"])
            scores = tuple(
                accuracy(configuration)[0] + 0.02 * noise("fold", fold) + 0.01 * noise(place, fold)
                for fold in folds
            )
            return Measurement(folds, scores, (0.1,) * len(folds), (0.0,) * len(folds))

    return Folds()


def _fold_plan(plan: Any, ax: Axes) -> None:
    strategy = evolve(recipes.random_search(), folds=plan)
    study = tune(_ten_folds(), PLANE, strategy=strategy, n_trials=30, seed=6).study
    ax.scatter(
        study.folds["trial"], study.folds["fold"] + 1, c=study.folds["score"], cmap=MAP, s=26,
        marker="s",
    )  # fmt: skip
    kept = study.verdicts["trial"][study.verdicts["accepted"]]
    ax.plot(kept, np.full(len(kept), 11.0), "v", color=ORANGE, label="accepted", markersize=5)
    reasons = study.verdicts["reason"]
    raced = study.verdicts["trial"][reasons == REASONS.index("raced out")]
    if len(raced):
        ax.plot(raced, np.full(len(raced), 11.0), "x", color=GREY, label="raced out", markersize=5)
    ax.set_yticks([1, 5, 10])
    set_axes(ax, xlabel="trials", ylabel="fold", ylim=(0.2, 14.5))


def _stopped(rule: Any, log: Any) -> tuple[int, str] | None:
    for study, state in moments(rule, log):
        words = rule.read(state, StopQuery(study, Key(0)))
        if words is not None:
            return study.n_trials, str(words)
    return None


@cache
def _exhausted() -> Any:
    from autotune import Integer, Space
    from autotune.log import MemoryLog
    from autotune_strategies import Unseen

    space = Space(
        {"depth": Integer(1, 5), "leaves": Integer(1, 5)}, start={"depth": 1, "leaves": 1}
    )
    log = MemoryLog()
    strategy = recipes.random_search()
    tune(heights, space, strategy=evolve(strategy, move=Unseen(strategy.move, tries=50)),
         n_trials=40, log=log)  # fmt: skip
    return log


def _end(name: str) -> Any:
    def plot(rule: Any, ax: Axes) -> None:
        log = _exhausted() if name == "exhausted" else log_of(name)
        study, _ = last(Constant(1.0), log)
        best = np.fmax.accumulate(study.outcomes().score)
        ax.plot(np.arange(1, len(best) + 1), best, color=GREY, linewidth=1.5)
        parts = rule.rules if isinstance(rule, Both | Either) else ()
        for part, colour in zip(parts, (BLUE, GREEN), strict=False):
            found = _stopped(part, log)
            if found is not None:
                ax.axvline(found[0], color=colour, linestyle=":", label=type(part).__name__)
        found = _stopped(rule, log)
        words = "never stops"
        if found is not None:
            ax.axvline(found[0], color=ORANGE, linewidth=2, label=type(rule).__name__)
            words = found[1]
        set_axes(ax, xlabel="trials", ylabel="best score so far", title=fill(words, 70))

    return plot


def _best(strategy: Strategy, seed: int) -> Any:
    calls = iter(range(1000))

    def score(c: dict[str, Any]) -> tuple[float, float]:
        return accuracy(c)[0] + 0.003 * noise("recipe", seed, next(calls)), 0.1

    study = tune(score, PLANE, strategy=strategy, n_trials=30, seed=seed).study
    truth = np.array([_hills(study.configuration(t)) for t in range(1, study.n_trials + 1)])
    return 0.97 - np.maximum.accumulate(truth)


@cache
def _race(name: str) -> Any:
    return np.array([_best(getattr(recipes, name)(), seed) for seed in range(5)])


def _recipe(make: Any, ax: Axes) -> None:
    trials = np.arange(1, 31)
    base, own = _race("random_search"), _race(make.__name__)
    ax.plot(trials, np.median(base, axis=0), color=GREY, linestyle="--", label="random search")
    if make.__name__ != "random_search":
        ax.fill_between(
            trials, np.quantile(own, 0.25, axis=0), np.quantile(own, 0.75, axis=0),
            color=ORANGE, alpha=0.25, linewidth=0,
        )  # fmt: skip
        ax.plot(trials, np.median(own, axis=0), color=ORANGE, linewidth=1.8, label=make.__name__)
    set_axes(ax, xlabel="trials", ylabel="regret", yscale="log", ylim=(1e-5, 0.3))


_LENGTHS = "The value after each trial of a search of forty; ticks mark trials that were accepted."
_SCORES = "Scores of a noisy search; the line is the incumbent's, as the rule sees it."
_FOLDS = "Which folds each trial ran, light for good scores; marks above for its verdict."
_ENDS = "The best score of a search, and where the rule would have ended it."
_RACES = "Regret on a made-up function, median and quartiles of five seeds."

PICTURES: dict[str, Picture] = {
    **{
        type(schedule).__name__: Picture(schedule, _length, _LENGTHS)
        for schedule in (
            Constant(0.2),
            InverseLinear(0.4, 0.25, 0.05),
            Exponential(0.4, 0.08, 0.02),
            Linear(0.4, 0.05, budget=30),
            Cosine(0.4, 0.05, budget=30),
            OneFifthRule(0.2),
            NoImprovementWindow(0.4, window=5),
            PerParameterSuccess(0.2),
            LengthBySensitivity(Constant(0.2)),
            Product((LengthBySensitivity(Constant(0.2)), Cosine(1.0, 0.2, budget=40))),
            Maximum((Exponential(0.4, 0.08, 0.0), Constant(0.1))),
            Clipped(LengthBySensitivity(Constant(0.2)), 0.1, 0.3),
        )
    },
    "ByRecentAccuracy": Picture(
        ByRecentAccuracy(0.05, 0.9),
        _schedule("anticipated", "exploration rate"),
        "The rate after each trial of a search whose anticipator learns.",
    ),
    **{
        type(rule).__name__: Picture(rule, _verdicts, _SCORES)
        for rule in (
            Threshold(0.01),
            PairedTest(0.05),
            SimulatedAnnealing(InverseLinear(0.03, 0.1)),
            PosteriorMean(GaussianProcess()),
            PooledMean(),
        )
    },
    **{
        type(plan).__name__: Picture(plan, _fold_plan, _FOLDS)
        for plan in (
            AllFolds(),
            FoldSubset((2, 5, 8)),
            RotatingSubset(3),
            Racing(),
            Intensification(),
        )
    },
    **{
        type(rule).__name__: Picture(rule, _end(name), _ENDS)
        for rule, name in (
            (MaxTrials(30), "three"),
            (Patience(8), "three"),
            (Seconds(5.0), "three"),
            (TimeBudget(5.0), "three"),
            (ScoreReached(0.96), "three"),
            (NothingAnticipated(0.001), "default"),
            (RegretBound(GaussianProcess(), n_candidates=100, noise=0.005), "default"),
            (SpaceExhausted(), "exhausted"),
            (Never(), "three"),
            (Both((Patience(8), ScoreReached(0.96))), "three"),
            (Either((Patience(8), ScoreReached(0.96))), "three"),
        )
    },
    **{name: Picture(getattr(recipes, name), _recipe, _RACES) for name in recipes.__all__},
}
