"""Pictures of what is anticipated: models, features, weights and warps."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from autotune.strategy import AnticipateQuery, Key
from autotune_strategies import (
    BayesianRidgeRegression,
    ClassPrior,
    Discount,
    Distance,
    Ensemble,
    EvenWeights,
    Forest,
    GaussianClassifier,
    GaussianProcess,
    KernelNeighbourhood,
    LocalLinear,
    LogFeatures,
    LogWarp,
    NearestNeighbourhood,
    NearestNeighbours,
    NoAnticipation,
    NoWarp,
    Prior,
    ProductOfWeights,
    Ranks,
    Regression,
    Ridge,
    RidgeRegression,
    ScaledFeatures,
    SklearnRegressor,
    Winsorized,
    YeoJohnson,
)
from autotune_strategies.weights import WeightQuery

from .frame import BLUE, GREY, MAP, ORANGE, Picture, set_axes
from .records import LIMIT, curve, curve_log, last, log_of

__all__ = ["PICTURES"]


def _estimate(anticipator: Any, x: Any) -> Any:
    study, state = last(anticipator, curve_log())
    parents = np.full(len(x), study.incumbent)
    query = AnticipateQuery(study, Key(0), "score", {"x": x}, parents)
    return study, anticipator.read(state, query)


def _curve(anticipator: Any, ax: Axes) -> None:
    x = np.geomspace(0.1, 10.0, 241)
    study, found = _estimate(anticipator, x)
    ax.plot(x, [curve(each) for each in x], color=GREY, linestyle="--", linewidth=1, label="truth")
    if found is not None:
        ax.fill_between(x, found.mean - 2 * found.sd, found.mean + 2 * found.sd, color=ORANGE,
                        alpha=0.2, linewidth=0, label="± 2 sd")  # fmt: skip
        ax.plot(x, found.mean, color=ORANGE, linewidth=1.8, label="mean")
    ax.plot(study.coordinates["x"], study.outcomes().score, "o", color=BLUE, label="trials")
    set_axes(ax, xscale="log", xlabel="x", ylabel="score", ylim=(0.3, 1.25))
    ax.legend(ncols=4, loc="upper left")


def _model(model: Any, ax: Axes) -> None:
    _curve(Regression(model, ScaledFeatures()), ax)


def _features(features: Any, ax: Axes) -> None:
    _curve(Regression(RidgeRegression(0.1), features), ax)


def _prior(prior: Any, ax: Axes) -> None:
    _curve(GaussianProcess(prior=prior), ax)


def _chance(classifier: Any, x: Any) -> Any:
    study, state = last(classifier, log_of("limited"))
    parents = np.full(len(x), study.incumbent)
    query = AnticipateQuery(study, Key(0), "success", {"x": x}, parents)
    return study, classifier.read(state, query).mean


def _chances(classifier: Any, ax: Axes) -> None:
    x = np.geomspace(0.1, 10.0, 241)
    study, chance = _chance(classifier, x)
    if classifier != GaussianClassifier():
        ax.plot(x, _chance(GaussianClassifier(), x)[1], color=GREY, linewidth=1, label="by default")
    ax.axvline(LIMIT, color=GREY, linestyle="--", linewidth=1, label="truth")
    ax.plot(x, chance, color=ORANGE, linewidth=1.8, label="chance")
    tried, failed = study.coordinates["x"], study.evaluations["failed"]
    ax.plot(tried[~failed], np.ones(np.sum(~failed)), "o", color=BLUE, label="succeeded")
    ax.plot(tried[failed], np.zeros(np.sum(failed)), "x", color=BLUE, label="failed")
    set_axes(ax, xscale="log", xlabel="x", ylabel="chance of success", ylim=(-0.06, 1.3))
    ax.legend(ncols=5, loc="upper left", columnspacing=1.0, handletextpad=0.4)


def _class_prior(prior: Any, ax: Axes) -> None:
    _chances(GaussianClassifier(prior), ax)


def _weights(weights: Any, ax: Axes) -> None:
    study, state = last(weights, log_of("three"))
    rows = np.arange(study.n_trials)
    found = weights.read(state, WeightQuery(study, Key(0), "score", rows))
    ax.bar(rows + 1, found, color=ORANGE, width=0.8)
    ax.plot(study.incumbent, 1.06, "*", color=BLUE, markersize=11, label="incumbent")
    set_axes(ax, xlabel="trials", ylabel="weight", ylim=(0, 1.25))
    ax.legend(loc="upper left")


def _neighbourhood(weights: Any, ax: Axes) -> None:
    study, state = last(weights, log_of("spread"))
    rows = np.arange(study.n_trials)
    found = weights.read(state, WeightQuery(study, Key(0), "score", rows))
    _scatter(ax, study, found, "weight")


def _distance(distance: Any, ax: Axes) -> None:
    study, _ = last(EvenWeights(), log_of("spread"))
    rows = np.arange(study.n_trials)
    _scatter(ax, study, distance.read(study, "score", study.incumbent, rows), "distance")


def _scatter(ax: Axes, study: Any, values: Any, what: str) -> None:
    C, gamma = study.coordinates["C"], study.coordinates["gamma"]
    dots = ax.scatter(C, gamma, c=values, s=45, cmap=MAP)
    here = study.incumbent - 1
    ax.plot(C[here], gamma[here], "*", color=ORANGE, markersize=13)
    set_axes(ax, xscale="log", yscale="log", xlabel="C", ylabel="gamma")
    bar = ax.figure.colorbar(dots, ax=ax, label=what)
    bar.outline.set_visible(False)


def _warp(warp: Any, ax: Axes) -> None:
    rng = Key(5).generator()
    y = 1.0 - 0.02 * np.exp(1.1 * rng.standard_normal(60))
    fitted = warp.fit(y)
    grid = np.linspace(y.min(), y.max(), 200)
    ax.plot(grid, fitted.forward(grid), color=ORANGE, linewidth=1.8)
    ax.plot(y, fitted.forward(y), "o", color=BLUE, markersize=3.5, alpha=0.7)
    set_axes(ax, xlabel="scores, crowded against 1", ylabel="what is learnt from")


_CURVES = "What is expected over one parameter, after ten trials in its left part."
_WEIGHTS = "The weight of each trial of a search; the star is the incumbent."
_PLACES = "Trials of a random search in two parameters; the star is the incumbent."
_NO_NOISE = "A Gaussian process sure that there is hardly any noise: it follows every trial."
_CHANCES = "The chance that a trial succeeds over one parameter, after eleven of which some failed."
_FEW = "What a classifier makes of them that holds failures for rare before it sees any."
_WARPS = "Sixty scores, and what becomes of them."

_PARTS = {
    "Regression": Regression(BayesianRidgeRegression(), ScaledFeatures(), KernelNeighbourhood(0.4)),
    "Ensemble": Ensemble((Regression(RidgeRegression(), ScaledFeatures()), GaussianProcess())),
}

PICTURES: dict[str, Picture] = {
    **{
        type(anticipator).__name__: Picture(anticipator, _curve, _CURVES)
        for anticipator in (NoAnticipation(), Ridge(), GaussianProcess(), *_PARTS.values())
    },
    "Prior": Picture(Prior(noise=-9.0, noise_sd=0.2), _prior, _NO_NOISE),
    "GaussianClassifier": Picture(GaussianClassifier(), _chances, _CHANCES),
    "ClassPrior": Picture(ClassPrior(mean=5.0), _class_prior, _FEW),
    **{
        type(model).__name__: Picture(model, _model, _CURVES)
        for model in (
            RidgeRegression(),
            BayesianRidgeRegression(),
            NearestNeighbours(3),
            LocalLinear(5),
            Forest("random", n_trees=50),
            SklearnRegressor("SVR", {"C": 10.0}),
        )
    },
    **{
        type(features).__name__: Picture(
            features, _features, "What a ridge regression on these columns makes of ten trials."
        )
        for features in (LogFeatures(), ScaledFeatures())
    },
    **{
        type(weights).__name__: Picture(weights, _weights, _WEIGHTS)
        for weights in (
            EvenWeights(),
            Discount(10.0),
            ProductOfWeights((Discount(15.0), KernelNeighbourhood(0.3))),
        )
    },
    **{
        type(weights).__name__: Picture(weights, _neighbourhood, _PLACES)
        for weights in (NearestNeighbourhood(12), KernelNeighbourhood(0.3))
    },
    "Distance": Picture(Distance(), _distance, _PLACES),
    **{
        type(warp).__name__: Picture(warp, _warp, _WARPS)
        for warp in (NoWarp(), LogWarp(), Ranks(), YeoJohnson(), Winsorized(1.5))
    },
}
