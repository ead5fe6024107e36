"""Partial dependence: a curve along one parameter, or a map over two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from attrs import define
from numpy.typing import NDArray

from autotune.analysis import Axis, PartialDependence, partial_dependence
from autotune.analysis.target import target_values, usable_trials
from autotune.report.pictures.axes import decorate, escape, legend_of, log_axis, padded, shorten
from autotune.report.pictures.display import StudyDisplay, metric_of
from autotune.report.pictures.theme import Theme, ThemeName
from autotune.strategy import Anticipator
from autotune.study import Study
from autotune.study.formatting import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PartialDependenceDisplay"]

Array = NDArray[np.float64]


@define(eq=False)
class PartialDependenceDisplay(StudyDisplay):
    """The anticipated score or seconds along one parameter, with a band, or over a grid of two.

    Parameters
    ----------
    dependence : PartialDependence, optional
        What is plotted; None if too little is known.
    parameters : tuple of str
        One or two.
    metric : str
        What the score is called.
    tried : tuple of ndarray
        Where trials were, along each parameter.
    tried_values : ndarray
        What came of them.
    incumbent : tuple of float, optional
        Where the incumbent is.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> PartialDependenceDisplay.from_study(result.study, "x").ax_.get_xlabel()
    'x'
    """

    dependence: PartialDependence | None
    parameters: tuple[str, ...]
    metric: str
    tried: tuple[Array, ...]
    tried_values: Array
    incumbent: tuple[float, ...] | None

    @classmethod
    def from_study(  # type: ignore[override]  # which needs parameters
        cls,
        study: Study,
        parameters: str | Sequence[str],
        anticipator: Anticipator | None = None,
        *,
        target: Literal["score", "seconds", "success"] = "score",
        around: Literal["average", "incumbent"] = "average",
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
        **options: Any,
    ) -> Self:
        """Plot how what is anticipated depends on one or two parameters.

        Parameters
        ----------
        study : Study
            The study.
        parameters : str or two of them
            What to vary.
        anticipator : Anticipator, optional
            What stands for the objective; the default one if left out.
        target : {"score", "seconds", "success"}
            What is anticipated: with "success" the picture tells where trials fail.
        around : {"average", "incumbent"}
            What the other parameters are.
        ax, theme : optional
            As for ``Display.plot``.
        **options
            Further ones of ``autotune.analysis.partial_dependence``.
        """
        names = (parameters,) if isinstance(parameters, str) else tuple(parameters)
        known = () if study.space is None else study.space.searched
        metric = metric_of(study)
        if len(usable_trials(study, target)) < 2 and all(name in known for name in names):
            return cls(None, names, metric, (), np.zeros(0), None).plot(ax, theme=theme)
        dependence = partial_dependence(
            study, names, anticipator, target=target, around=around, **options
        )
        values = target_values(study, target)
        rows = dependence.trials - 1
        tried = tuple(
            _places(axis, study.proposals[f"param_{axis.parameter}"][rows])
            for axis in dependence.axes
        )
        incumbent = None
        if study.incumbent in dependence.trials:
            place = int(np.flatnonzero(dependence.trials == study.incumbent)[0])
            incumbent = tuple(float(each[place]) for each in tried)
        return cls(dependence, names, metric, tried, values[rows], incumbent).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return (6.6, 5.0) if len(self.parameters) == 2 else (6.4, 4.2)

    def _missing(self) -> str | None:
        known = self.dependence is not None
        return None if known else "too few trials to tell: at least 2 with a score are needed"

    def _plot(self, ax: Any, theme: Theme) -> None:
        assert self.dependence is not None
        plot = _plot_map if len(self.parameters) == 2 else _plot_curve
        plot(ax, theme, self, self.dependence)


def _places(axis: Axis, column: Array) -> Array:
    """Return where trials lie along an axis; NaN where it doesn't show their value."""
    if axis.numeric:
        return np.asarray(column, dtype=np.float64)
    if column.ndim == 1:
        return np.asarray(column, dtype=np.float64)
    width = max(column.shape[1], axis.coordinates.shape[1])
    padded, shown = (
        np.pad(c, ((0, 0), (0, width - c.shape[1])), constant_values=np.nan)
        for c in (column, axis.coordinates)
    )
    out = np.full(len(column), np.nan)
    for i, row in enumerate(shown):
        out[np.all((padded == row) | (np.isnan(padded) & np.isnan(row)), axis=1)] = i
    return out


def _name_axis(ax: Any, which: str, axis: Axis) -> None:
    if axis.numeric:
        if axis.log:
            log_axis(ax, which, float(axis.places[0]), float(axis.places[-1]))
        return
    labels = [shorten(format_value(value), 18) for value in axis.values]
    getattr(ax, f"set_{which}ticks")(range(len(labels)), labels)
    if which == "x" and sum(map(len, labels)) > 34:
        ax.tick_params(axis="x", rotation=35)
        for label in ax.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    getattr(ax, f"set_{which}lim")(-0.5, len(labels) - 0.5)


def _plot_curve(
    ax: Any, theme: Theme, display: PartialDependenceDisplay, dependence: PartialDependence
) -> None:
    (axis,) = dependence.axes
    what = _told(display, dependence)
    colour = theme.series[0]
    x = axis.places
    if axis.numeric:
        ax.fill_between(x, dependence.low, dependence.high, color=colour, alpha=0.22, linewidth=0)
        ax.plot(x, dependence.mean, color=colour, linewidth=2.0)
    else:
        ax.errorbar(
            x,
            dependence.mean,
            yerr=[dependence.mean - dependence.low, dependence.high - dependence.mean],
            fmt="o",
            color=colour,
            markersize=7,
            elinewidth=1.6,
            capsize=4,
        )
    low, high = float(dependence.low.min()), float(dependence.high.max())
    # Where trials were: a rug below the curve.
    failed = _failed(display, dependence)
    for rows, label, mark, colour in (
        (~failed, "trials", "|", theme.faint),
        (failed, "failed", "x", theme.series[1]),
    ):
        if rows.any() or label == "trials":
            ax.plot(
                display.tried[0][rows],
                np.full(int(rows.sum()), 0.015),
                transform=ax.get_xaxis_transform(),
                linestyle="none",
                marker=mark,
                markersize=9 if mark == "|" else 6,
                color=colour,
                alpha=0.6,
                label=f"{label} ({int(rows.sum())})",
            )
    if display.incumbent is not None:
        ax.axvline(
            display.incumbent[0],
            color=theme.series[1],
            linewidth=1.4,
            linestyle="--",
            label="incumbent",
        )
    ax.set_ylim(*padded(low, high, 0.06))
    _name_axis(ax, "x", axis)
    others = "others averaged" if dependence.around == "average" else "others as in the incumbent"
    decorate(
        ax,
        theme,
        title=f"Anticipated, {others}, {dependence.level:.0%} band",
        x=escape(axis.parameter),
        y=f"anticipated {what}",
        grid="y",
    )
    legend_of(ax, theme, loc="best")


def _failed(display: PartialDependenceDisplay, dependence: PartialDependence) -> NDArray[np.bool_]:
    """Return which of the trials failed, where the picture is of that."""
    if dependence.target != "success":
        return np.zeros(len(display.tried[0]), dtype=np.bool_)
    return np.asarray(display.tried_values == 0.0)


def _told(display: PartialDependenceDisplay, dependence: PartialDependence) -> str:
    if dependence.target == "score":
        return escape(display.metric)
    return "fit seconds" if dependence.target == "seconds" else "chance of success"


def _edges(axis: Axis) -> Array:
    """Return the borders of the cells around the places of an axis."""
    x = axis.places
    if len(x) == 1:
        return np.array([x[0] - 0.5, x[0] + 0.5])
    scaled = np.log(x) if axis.log else x
    middle = (scaled[1:] + scaled[:-1]) / 2
    ends = np.concatenate([[2 * scaled[0] - middle[0]], middle, [2 * scaled[-1] - middle[-1]]])
    return np.asarray(np.exp(ends) if axis.log else ends)


def _plot_map(
    ax: Any, theme: Theme, display: PartialDependenceDisplay, dependence: PartialDependence
) -> None:
    across, up = dependence.axes
    what = _told(display, dependence)
    success = dependence.target == "success"
    mesh = ax.pcolormesh(
        _edges(across),
        _edges(up),
        dependence.mean.T,
        cmap=theme.shades,
        rasterized=True,
        **({"vmin": 0.0, "vmax": 1.0} if success else {}),
    )
    spread = np.random.default_rng(0)
    points = [
        each if axis.numeric else each + spread.uniform(-0.2, 0.2, len(each))
        for each, axis in zip(display.tried, dependence.axes, strict=True)
    ]
    failed = _failed(display, dependence)
    ax.scatter(
        *(each[~failed] for each in points),
        s=16,
        facecolors="#FFFFFF",
        edgecolors="#000000",
        linewidths=0.7,
        label=f"trials ({np.count_nonzero(~failed)})",
    )
    if failed.any():
        ax.scatter(
            *(each[failed] for each in points),
            s=30,
            marker="X",
            color="#F0793A",
            edgecolors="#000000",
            linewidths=0.7,
            label=f"failed ({np.count_nonzero(failed)})",
        )
    if display.incumbent is not None:
        ax.scatter(
            *([each] for each in display.incumbent),
            s=190,
            marker="*",
            color="#F0793A",
            edgecolors="#000000",
            linewidths=0.8,
            zorder=4,
            label="incumbent",
        )
    _name_axis(ax, "x", across)
    _name_axis(ax, "y", up)
    for axis, which in ((across, "x"), (up, "y")):
        if axis.numeric:
            edges = _edges(axis)
            getattr(ax, f"set_{which}lim")(edges[0], edges[-1])
    decorate(ax, theme, x=escape(across.parameter), y=escape(up.parameter), grid="none")
    bar = ax.figure.colorbar(mesh, ax=ax)
    bar.set_label(f"anticipated {what}", color=theme.text)
    bar.ax.tick_params(colors=theme.text, labelsize=9)
    bar.ax.yaxis.get_offset_text().set_color(theme.text)
    bar.outline.set_visible(False)
    legend_of(ax, theme, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
