"""Pictures of what an acquisition makes of anticipated gain, its standard deviation and time."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import rankdata

from autotune.strategy import AcquisitionQuery, Key, Prediction
from autotune_strategies import (
    Constant,
    ExpectedImprovement,
    GainMinusPrice,
    Greedy,
    LogExpectedImprovement,
    MinusPrice,
    PerSecond,
    ProbabilityOfImprovement,
    ThompsonSampling,
    UpperConfidenceBound,
    WithinSeconds,
)

from .frame import GREY, MAP, ORANGE, Picture, set_axes
from .records import last, log_of

__all__ = ["PICTURES"]

_SIDE = 81


def _worth(acquisition: Any, gain: Any, sd: Any, seconds: Any) -> Any:
    study, state = last(acquisition, log_of("plane"))
    value = study.incumbent_outcome.value
    prediction = Prediction(
        value=value + gain.ravel(),
        value_sd=sd.ravel(),
        seconds=seconds.ravel(),
        seconds_sd=np.full(gain.size, 0.05),
        gain=gain.ravel(),
        seconds_saved=1.0 - seconds.ravel(),
    )
    found = acquisition.read(state, AcquisitionQuery(study, Key(1), prediction))
    return found.reshape(gain.shape)


def _map(ax: Axes, x: Any, y: Any, worth: Any, *, smooth: bool = True) -> None:
    # Only the order matters to a search; and logarithms and rates would hide it.
    order = rankdata(worth, method="average").reshape(worth.shape) / worth.size
    mesh = ax.pcolormesh(x, y, order, cmap=MAP, shading="gouraud", rasterized=True, vmin=0, vmax=1)
    if smooth:
        ax.contour(x, y, order, levels=np.linspace(0.1, 0.9, 9), colors="white", linewidths=0.6)
    bar = ax.figure.colorbar(mesh, ax=ax, label="share worth less")
    bar.outline.set_visible(False)


def _by_sd(acquisition: Any, ax: Axes) -> None:
    gain, sd = np.meshgrid(np.linspace(-0.1, 0.1, _SIDE), np.linspace(0.001, 0.1, _SIDE))
    worth = _worth(acquisition, gain, sd, np.ones_like(gain))
    _map(ax, gain, sd, worth, smooth=not isinstance(acquisition, ThompsonSampling))
    ax.axvline(0.0, color=GREY, linewidth=0.8)
    set_axes(ax, xlabel="anticipated gain", ylabel="its sd")


def _by_seconds(acquisition: Any, ax: Axes) -> None:
    gain, seconds = np.meshgrid(np.linspace(-0.1, 0.1, _SIDE), np.linspace(0.1, 3.0, _SIDE))
    _map(ax, gain, seconds, _worth(acquisition, gain, np.full_like(gain, 0.04), seconds))
    ax.axhline(1.0, color=ORANGE, linewidth=0.8, linestyle="--")
    set_axes(ax, xlabel="anticipated gain", ylabel="anticipated seconds")


_SD = "Worth by anticipated gain and its standard deviation: light is tried first."
_SECONDS = (
    "Worth by anticipated gain and seconds: light is tried first. The dashed line is what the "
    "incumbent takes."
)

PICTURES: dict[str, Picture] = {
    **{
        type(acquisition).__name__: Picture(acquisition, _by_sd, _SD)
        for acquisition in (
            Greedy(),
            ProbabilityOfImprovement(),
            ExpectedImprovement(),
            LogExpectedImprovement(),
            UpperConfidenceBound(Constant(4.0)),
            ThompsonSampling(),
        )
    },
    **{
        type(acquisition).__name__: Picture(acquisition, _by_seconds, _SECONDS)
        for acquisition in (
            GainMinusPrice(price=0.03),
            MinusPrice(ExpectedImprovement(), price=0.03),
            PerSecond(ExpectedImprovement()),
            WithinSeconds(ExpectedImprovement(), max_fit_time=1.5),
        )
    },
}
