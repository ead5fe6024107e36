"""Pictures of who is best where scores are noisy: confirmations and recommendations."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from attrs import evolve
from matplotlib.axes import Axes

from autotune import tune
from autotune.strategy import Key, RecommendQuery
from autotune.study import Study
from autotune_strategies import (
    BestBelieved,
    BestMeasured,
    ConfirmContenders,
    Incumbent,
    NoConfirmation,
    recipes,
)

from .frame import BLUE, GREY, ORANGE, Picture, set_axes
from .records import CURVE, curve, last, log_of, noisy_scores

__all__ = ["PICTURES"]


@cache
def _searched(confirmation: Any) -> Study:
    strategy = evolve(recipes.default(), confirmation=confirmation)
    return tune(noisy_scores(), CURVE, strategy=strategy, n_trials=40, seed=1).study


def _confirmation(confirmation: Any, ax: Axes) -> None:
    study = _searched(confirmation)
    trials, x = np.arange(1, study.n_trials + 1), study.coordinates["x"]
    again = np.array([study.origin(int(trial)) == "confirm" for trial in trials])
    for trial in trials[again]:
        first = trials[x == x[trial - 1]][0]
        ax.plot([first, trial], [x[trial - 1]] * 2, color=ORANGE, linewidth=0.8, alpha=0.5)
    ax.plot(trials[~again], x[~again], "o", color=BLUE, markersize=4, label="a new configuration")
    ax.plot(trials[again], x[again], "D", color=ORANGE, markersize=4, label="measured again")
    set_axes(ax, xlabel="trials", ylabel="x", ylim=(1.2, 2.4))
    ax.legend(ncols=2, loc="upper left")


def _recommendation(rule: Any, ax: Axes) -> None:
    study, state = last(rule, log_of("noisy"))
    chosen = rule.read(state, RecommendQuery(study, Key(0)))
    grid = np.geomspace(0.1, 10.0, 241)
    x, score = study.coordinates["x"], study.outcomes().score
    ax.plot(grid, [curve(each) for each in grid], color=GREY, linestyle="--", linewidth=1,
            label="truth")  # fmt: skip
    ax.plot(x, score, "o", color=BLUE, markersize=4, alpha=0.7, label="trials")
    here = x[chosen - 1]
    own = score[x == here]
    ax.plot([here, here], [min(curve(here), own.min()), own.max()], color=ORANGE, linewidth=1)
    ax.plot([here] * len(own), own, "o", color=ORANGE, markersize=4)
    ax.plot(here, curve(here), "*", color=ORANGE, markersize=12, label="recommended",
            markeredgecolor="white")  # fmt: skip
    set_axes(ax, xscale="log", xlabel="x", ylabel="score", ylim=(0.3, 1.3))
    ax.legend(ncols=3, loc="upper left")


_AGAIN = (
    "Where the trials of a noisy search lie, what is far off left out; lines lead to the first one "
    "of a configuration."
)
_CHOSEN = (
    "Noisy trials over one parameter, some again; orange are those of what is recommended, "
    "the star is what it is truly worth."
)

PICTURES: dict[str, Picture] = {
    **{
        type(rule).__name__: Picture(rule, _confirmation, _AGAIN)
        for rule in (NoConfirmation(), ConfirmContenders())
    },
    **{
        type(rule).__name__: Picture(rule, _recommendation, _CHOSEN)
        for rule in (Incumbent(), BestMeasured(), BestBelieved())
    },
}
