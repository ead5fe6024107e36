"""How much each parameter matters, as bars; and which pairs work together, as a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
from attrs import define
from numpy.typing import NDArray

from autotune.analysis import Interactions, Sensitivity, interactions, sensitivity
from autotune.errors import StudyError
from autotune.report.pictures.axes import (
    decorate,
    escape,
    legend_of,
    percent_axis,
    plot_bars,
    shorten,
)
from autotune.report.pictures.display import StudyDisplay
from autotune.report.pictures.theme import Theme, ThemeName
from autotune.strategy import Anticipator
from autotune.study import Study
from autotune.study.formatting import aligned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Measure", "PairsDisplay", "SensitivityDisplay"]

Array = NDArray[np.float64]
Measure: TypeAlias = Literal["shares", "moves", "permutation", "local"]

_MOST = 20


@define(eq=False)
class SensitivityDisplay(StudyDisplay):
    """Bars of how much each parameter matters, the longest first.

    Parameters
    ----------
    sensitivity : Sensitivity
        What is plotted.
    measure : {"shares", "moves", "permutation", "local"}
        Which of its measures.

    Examples
    --------
    >>> from autotune import Float, Space, tune
    >>> space = Space({"strong": Float(0, 1), "idle": Float(0, 1)})
    >>> result = tune(lambda c: c["strong"], space, n_trials=20, seed=1)
    >>> display = SensitivityDisplay.from_study(result.study)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['strong', 'idle']
    """

    sensitivity: Sensitivity
    measure: Measure = "shares"

    @classmethod
    def from_study(
        cls,
        study: Study,
        anticipator: Anticipator | None = None,
        *,
        measure: Measure = "shares",
        target: Literal["score", "seconds"] = "score",
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
        **options: Any,
    ) -> Self:
        """Plot the sensitivity of a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        anticipator : Anticipator, optional
            What stands for the objective; the default one if left out.
        measure : {"shares", "moves", "permutation", "local"}
            Shares of the variance, effects of the recorded moves, what shuffling costs, or what
            lies around the incumbent.
        target : {"score", "seconds"}
            What depends on the parameters.
        ax, theme : optional
            As for ``Display.plot``.
        **options
            Further ones of ``autotune.analysis.sensitivity``.
        """
        if measure not in ("shares", "moves", "permutation", "local"):
            raise StudyError(
                f"measure = {measure!r} must be 'shares', 'moves', 'permutation' or 'local'"
            )
        result = sensitivity(study, anticipator, target=target, **{"most_pairs_of": 0, **options})
        return cls(result, measure).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return 7.2, 1.5 + 0.42 * max(min(len(self.sensitivity.parameters), _MOST), 3)

    def _missing(self) -> str | None:
        if _bars(self.sensitivity, self.measure) is not None:
            return None
        return f"too few trials to tell: {self.sensitivity.n_trials} can be learnt from"

    def _plot(self, ax: Any, theme: Theme) -> None:
        bars = _bars(self.sensitivity, self.measure)
        assert bars is not None
        at = np.arange(len(bars.parameters))
        length = np.nan_to_num(bars.length)
        if bars.inner is None:
            ax.barh(at, length, height=0.62, color=theme.series[0])
        else:
            inner = np.minimum(bars.inner, length)
            ax.barh(at, inner, height=0.62, color=theme.series[0], label="by itself")
            ax.barh(
                at,
                length - inner,
                left=inner,
                height=0.62,
                color=theme.series[0],
                alpha=0.4,
                hatch="///",
                edgecolor=theme.ground,
                linewidth=0,
                label="with others",
            )
        decorate(ax, theme, title=bars.title, x=bars.x, grid="x")
        known = np.isfinite(bars.low) & np.isfinite(bars.high) & np.isfinite(bars.length)
        end = plot_bars(ax, theme, length, bars.low, bars.high, known, bars.notes, bars.parameters)
        least = min(0.0, float(np.min(np.where(known, bars.low, 0.0))))
        most = float(end.max())
        ax.set_xlim(least, (most if most > 0 else 1.0) * 1.18)
        if bars.percent:
            percent_axis(ax.xaxis, most)
        if bars.inner is not None:
            legend_of(ax, theme, loc="lower right")


@define(eq=False)
class _Bars:
    parameters: list[str]
    length: Array
    low: Array
    high: Array
    inner: Array | None
    notes: list[str]
    title: str
    x: str
    percent: bool


def _bars(result: Sensitivity, measure: Measure) -> _Bars | None:
    what = escape(result.metric) if result.target == "score" else "fit seconds"
    names = result.parameters
    inner: Array | None = None
    percent = False
    if len(names) == 0:
        return None
    if measure == "moves":
        moves = result.moves
        length, low, high = moves.effect, moves.effect_low, moves.effect_high
        order = moves.order
        notes = [
            f"{n} moves"
            if np.isfinite(e)
            else f"{n} moves, never apart"
            if n > 0
            else "never moved"
            for n, e in zip(moves.n_moves, length, strict=True)
        ]
        title, x = f"What a move changed: {what}", f"size of the change of {what}"
        if not moves.noise_known:
            x += ", noise included"
        if not moves.n_moves.any():
            return None
    elif measure == "permutation":
        part = result.permutation
        if part is None:
            return None
        length, low, high, order = part.importance, part.low, part.high, part.order
        notes = [""] * len(names)
        title = f"What not knowing a parameter costs: {what} (R² {part.r2:.2f})"
        x = "growth of the squared error, in variances"
    elif measure == "local":
        local = result.local
        if local is None:
            return None
        length, order = local.share, local.order
        low = high = np.full(len(names), np.nan)
        notes = [f"± {text}" for text in aligned(local.spread.tolist())]
        title = f"Around the incumbent: {what}"
        x, percent = "share of the variance along single parameters", True
    else:
        shares = result.shares
        if shares is None:
            return None
        length, low, high, inner = shares.total, shares.total_low, shares.total_high, shares.main
        order = shares.order
        notes = [f"{100 * t:.0f} %" for t in length]
        title = f"What {what} depends on"
        x, percent = "share of the variance", True
    order = order[:_MOST]
    return _Bars(
        [shorten(names[j]) for j in order],
        length[order],
        low[order],
        high[order],
        None if inner is None else inner[order],
        [notes[j] for j in order],
        title,
        x,
        percent,
    )


@define(eq=False)
class PairsDisplay(StudyDisplay):
    """A grid of the shares of the variance that pairs of parameters explain together.

    Parameters
    ----------
    interactions : Interactions
        What is plotted.

    Examples
    --------
    >>> from autotune import Float, Space, tune
    >>> space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    >>> result = tune(lambda c: c["a"] * c["b"], space, n_trials=20, seed=1)
    >>> len(PairsDisplay.from_study(result.study).ax_.texts)
    1
    """

    interactions: Interactions

    @classmethod
    def from_study(
        cls,
        study: Study,
        anticipator: Anticipator | None = None,
        *,
        target: Literal["score", "seconds"] = "score",
        ax: Axes | None = None,
        theme: ThemeName | Theme | None = None,
        **options: Any,
    ) -> Self:
        """Plot the pairs of a study; for the parameters see ``SensitivityDisplay.from_study``.

        Further options are those of ``autotune.analysis.interactions``.
        """
        pairs: Interactions
        try:
            pairs = interactions(study, anticipator, target=target, **{"n_groups": 0, **options})
        except StudyError:
            pairs = Interactions(target, "space", 0.95, (), (), *(np.zeros(0) for _ in range(3)))
        return cls(pairs).plot(ax, theme=theme)

    def _names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.interactions.first, *self.interactions.second]))

    def _size(self) -> tuple[float, float]:
        side = 2.2 + 0.62 * max(len(self._names()), 2)
        return side + 1.2, side

    def _missing(self) -> str | None:
        known = len(self._names()) >= 2
        return None if known else "too few trials or parameters to tell which work together"

    def _plot(self, ax: Any, theme: Theme) -> None:
        names = self._names()
        matrix = self.interactions.matrix(names)
        # The order of first appearance is that of strength; below the diagonal is enough.
        shown = np.where(np.tril(np.ones_like(matrix, dtype=np.bool_), -1), matrix, np.nan)[1:, :-1]
        top = max(float(np.nanmax(shown)), 0.05)
        image = ax.imshow(shown, cmap=theme.shades, vmin=0.0, vmax=top, aspect="auto")
        for i, j in np.argwhere(np.isfinite(shown)):
            ax.text(
                j,
                i,
                f"{100 * shown[i, j]:.{0 if top > 0.1 else 1}f} %",
                ha="center",
                va="center",
                fontsize=9,
                color="#FFFFFF" if shown[i, j] < 0.6 * top else "#000000",
            )
        ax.set_xticks(range(len(names) - 1), [shorten(name, 16) for name in names[:-1]])
        ax.set_yticks(range(len(names) - 1), [shorten(name, 16) for name in names[1:]])
        ax.tick_params(axis="x", rotation=30)
        for label in ax.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
        decorate(ax, theme, title="What pairs explain together", grid="none")
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.tick_params(length=0)
        bar = ax.figure.colorbar(image, ax=ax, shrink=0.85)
        percent_axis(bar.ax.yaxis, top)
        bar.ax.tick_params(colors=theme.text, labelsize=8)
        bar.outline.set_visible(False)
        bar.set_label("share of the variance", color=theme.text, fontsize=9)
