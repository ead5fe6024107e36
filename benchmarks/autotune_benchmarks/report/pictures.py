"""Pictures of comparisons, as SVG: readable without colour, and the same from the same data."""

from __future__ import annotations

import importlib
import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from autotune.errors import MissingExtraError
from autotune_benchmarks.statistics.comparison import Comparison, Ranking
from autotune_benchmarks.statistics.ranking import cliques

__all__ = [
    "Panel",
    "Style",
    "anytime",
    "critical_differences",
    "over_seconds",
    "overheads",
    "per_problem",
    "profiles",
    "reached",
    "styles_for",
]

Array: TypeAlias = NDArray[np.float64]

# Okabe and Ito (2008): told apart with any colour vision. Their yellow is too pale on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_BLACK = "#000000"
_GREY = "#8a8a8a"
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
_MOST_SMALL = 24
_FLOOR = 1e-3  # below it a regret is as good as none
_RANDOM = {"random": "-", "random-2x": (0, (5, 2)), "random_search": (0, (1, 1.4))}


@frozen
class Style:
    """How a contestant is drawn.

    Parameters
    ----------
    colour : str
        Of its line.
    dash : object
        Of its line, as matplotlib has it.
    marker : str
        Of its points.
    width : float
        Of its line.
    """

    colour: str
    dash: Any
    marker: str
    width: float = 1.5


@frozen
class Panel:
    """Contestants drawn together.

    Parameters
    ----------
    title : str
        What they are.
    contestants : tuple of str
        Who.
    """

    title: str
    contestants: tuple[str, ...]


def styles_for(contestants: Sequence[str]) -> dict[str, Style]:
    """Return a style for each contestant of a picture: no two have the same colour and dashes.

    Parameters
    ----------
    contestants : sequence of str
        The default is a thick black line, random searches are grey ones.
    """
    found: dict[str, Style] = {}
    others = 0
    for place, name in enumerate(contestants):
        marker = _MARKERS[place % len(_MARKERS)]
        if name == "default":
            found[name] = Style(_BLACK, "-", "o", 2.4)
        elif name in _RANDOM:
            found[name] = Style(_GREY, _RANDOM[name], marker)
        else:
            colour = _COLOURS[others % len(_COLOURS)]
            dash = _DASHES[others // len(_COLOURS) % len(_DASHES)]
            found[name] = Style(colour, dash, marker)
            others += 1
    return found


def anytime(comparison: Comparison, panels: Sequence[Panel]) -> str:
    """Draw the mean regret over the trials."""
    trials = np.arange(1, comparison.trials + 1, dtype=np.float64)

    def curve(name: str) -> tuple[Array, Array]:
        return trials, np.maximum(comparison.mean_curve(name), _FLOOR)

    return _lines(panels, curve, "trials", "normalised regret", log="y", top=1.0)


def over_seconds(comparison: Comparison, panels: Sequence[Panel]) -> str:
    """Draw the mean regret over shares of the budget in seconds."""
    shares = np.linspace(0.02, 1.0, 50)

    def curve(name: str) -> tuple[Array, Array]:
        return shares, np.maximum(comparison.curve_over_seconds(name, shares), _FLOOR)

    return _lines(
        panels, curve, "share of the budget in seconds", "normalised regret", log="y", top=1
    )


def reached(comparison: Comparison, panels: Sequence[Panel]) -> str:
    """Draw the share of targets reached over the trials."""
    trials = np.arange(1, comparison.trials + 1, dtype=np.float64)

    def curve(name: str) -> tuple[Array, Array]:
        return trials, comparison.reached(name)

    return _lines(panels, curve, "trials", "share of targets reached")


def profiles(comparison: Comparison, panels: Sequence[Panel], target: float) -> str:
    """Draw performance profiles of the trials to a target."""
    ratios = np.geomspace(1.0, 32.0, 120)
    found = comparison.profile(target, ratios)
    kept = [
        Panel(panel.title, tuple(name for name in panel.contestants if name in found))
        for panel in panels
    ]
    return _lines(
        [panel for panel in kept if panel.contestants],
        lambda name: (ratios, found[name]),
        "times the trials of the quickest",
        "share of runs",
        log="x",
    )


def overheads(comparison: Comparison, panels: Sequence[Panel]) -> str:
    """Draw what a tuner takes for a trial, in milliseconds, over the trial's number."""

    def curve(name: str) -> tuple[Array, Array]:
        numbers, seconds = comparison.overhead(name, comparison.trials)
        return numbers, 1e3 * np.maximum(seconds, 1e-6)

    return _lines(panels, curve, "trial", "milliseconds", log="y")


def per_problem(comparison: Comparison, contestants: Sequence[str]) -> str:
    """Draw the mean regret over the trials, a small picture for each problem.

    Where there are many problems, it is one for those whose names differ only in their ends, or
    for each family.
    """
    plt = _pyplot()
    styles = styles_for(contestants)
    groups = list(_grouped(comparison.problems, comparison.families).items())
    n = len(groups)
    columns = min(3, n)
    rows = math.ceil(n / columns)
    with plt.rc_context(_SETTINGS):
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=(10.4, 2.35 * rows + 1.1),
            squeeze=False,
            layout="constrained",
            sharex=True,
        )
        trials = np.arange(1, comparison.trials + 1)
        handles: dict[str, Any] = {}
        for place, axis in enumerate(axes.flat):
            if place >= n:
                axis.set_visible(False)
                continue
            title, problems = groups[place]
            lowest = 1.0
            for name in contestants:
                found = [comparison.curves(name, problem) for problem in problems]
                means = [curves.mean(axis=0) for curves in found if len(curves) > 0]
                if not means:
                    continue
                mean = np.maximum(np.mean(means, axis=0), _FLOOR)
                style = styles[name]
                (handles[name],) = axis.plot(
                    trials, mean, color=style.colour, linestyle=style.dash, linewidth=style.width
                )
                lowest = min(lowest, float(mean.min()))
            axis.set_yscale("log")
            axis.set_ylim(max(lowest / 1.6, 0.8 * _FLOOR), 1.6)
            _plain_ticks(axis)
            axis.set_title(
                title if len(problems) == 1 else f"{title} ({len(problems)} problems)", fontsize=10
            )
            axis.grid(visible=True, which="major", color="#e6e6e6", linewidth=0.7)
            if place + columns >= n:
                axis.tick_params(labelbottom=True)
                axis.set_xlabel("trials")
        figure.supylabel("normalised regret", fontsize=10)
        figure.legend(
            handles.values(),
            handles.keys(),
            loc="outside upper center",
            ncols=min(len(handles), 5),
            frameon=False,
            handlelength=2.6,
        )
        return _svg(figure)


def _grouped(problems: Sequence[str], families: Mapping[str, str]) -> dict[str, list[str]]:
    """Return problems by what their names have in common, so that there are not too many groups."""

    def by(names: Mapping[str, str]) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for problem in problems:
            groups.setdefault(names[problem], []).append(problem)
        return groups

    names = {problem: problem for problem in problems}
    while len(by(names)) > _MOST_SMALL:
        shorter = {problem: name.rpartition("-")[0] or name for problem, name in names.items()}
        if shorter == names:
            return by(families)
        names = shorter
    return by(names)


def critical_differences(ranking: Ranking) -> str:
    """Draw mean ranks on a line; a bar joins contestants that do not differ."""
    plt = _pyplot()
    names, ranks = ranking.contestants, ranking.ranks
    k = len(names)
    groups = cliques(ranks, ranking.difference) if k > 1 else []
    half = (k + 1) // 2
    low, high = 1.0, float(max(k, 2))
    step, bar = 0.27, 0.13
    top = 0.55 + bar * (len(groups) + 1)
    height = 0.75 + top + step * half
    with plt.rc_context(_SETTINGS):
        figure = plt.figure(figsize=(10.4, height))
        axis = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        margin = 0.27 * (high - low)
        axis.set_xlim(low - margin, high + margin)
        axis.set_ylim(-height + 0.75, 0.75)
        axis.axis("off")
        axis.plot([low, high], [0, 0], color="black", linewidth=1.2)
        for rank in range(1, k + 1):
            axis.plot([rank, rank], [0, 0.07], color="black", linewidth=1.0)
            axis.text(rank, 0.11, str(rank), ha="center", va="bottom", fontsize=9)
        if math.isfinite(ranking.difference) and ranking.difference < high - low:
            axis.plot([low, low + ranking.difference], [0.42, 0.42], color="black", linewidth=1.6)
            for end in (low, low + ranking.difference):
                axis.plot([end, end], [0.38, 0.46], color="black", linewidth=1.2)
            axis.text(
                low + ranking.difference + 0.02 * (high - low),
                0.42,
                f"critical difference {ranking.difference:.2f}",
                ha="left",
                va="center",
                fontsize=9,
            )
        for place, (name, own) in enumerate(zip(names, ranks, strict=True)):
            left = place < half
            row = place if left else k - 1 - place
            y = -top - step * row
            end = low - 0.02 * (high - low) if left else high + 0.02 * (high - low)
            axis.plot([own, own, end], [0, y, y], color="#555555", linewidth=0.8)
            axis.text(
                end - (0.008 if left else -0.008) * (high - low),
                y,
                f"{name}  {own:.2f}" if left else f"{own:.2f}  {name}",
                ha="right" if left else "left",
                va="center",
                fontsize=9.5,
                fontweight="bold" if name == "default" else "normal",
            )
        for row, (first, last) in enumerate(groups):
            y = -0.3 - bar * row
            axis.plot(
                [ranks[first] - 0.03, ranks[last] + 0.03],
                [y, y],
                color="#0072B2",
                linewidth=3.2,
                solid_capstyle="butt",
            )
        return _svg(figure)


def _lines(
    panels: Sequence[Panel],
    curve: Any,
    across: str,
    up: str,
    *,
    log: str = "",
    top: float | None = None,
) -> str:
    plt = _pyplot()
    most = max(len(panel.contestants) for panel in panels)
    with plt.rc_context(_SETTINGS):
        figure, axes = plt.subplots(
            1,
            len(panels),
            figsize=(10.4, max(3.9, 1.2 + 0.24 * most)),
            squeeze=False,
            sharey=True,
            layout="constrained",
        )
        for axis, panel in zip(axes.flat, panels, strict=True):
            styles = styles_for(panel.contestants)
            for name in panel.contestants:
                x, y = curve(name)
                style = styles[name]
                axis.plot(x, y, color=style.colour, linestyle=style.dash, linewidth=style.width)
            if "x" in log:
                axis.set_xscale("log", base=2)
                axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            if "y" in log:
                axis.set_yscale("log")
            axis.margins(x=0)
            axis.tick_params(labelleft=True)
            axis.set_title(panel.title, fontsize=11)
            axis.set_xlabel(across)
            axis.grid(visible=True, which="major", color="#e6e6e6", linewidth=0.7)
        axes[0, 0].set_ylabel(up)
        if top is not None:
            low = min(line.get_ydata().min() for axis in axes.flat for line in axis.lines)
            axes[0, 0].set_ylim(low / 1.25, top)
        if "y" in log:
            for axis in axes.flat:
                _plain_ticks(axis)
        for axis, panel in zip(axes.flat, panels, strict=True):
            _label_ends(axis, styles_for(panel.contestants), log_y="y" in log)
        return _svg(figure)


def _label_ends(axis: Any, styles: Mapping[str, Style], *, log_y: bool) -> None:
    """Write each line's name beside its end, moved up or down so that none lies on another."""
    low, high = axis.get_ylim()
    figure_height = axis.figure.get_size_inches()[1]

    def share(value: float) -> float:
        if log_y:
            return math.log(max(value, 1e-12) / low) / math.log(high / low)
        return float((value - low) / (high - low))

    ends = [share(float(line.get_ydata()[-1])) for line in axis.lines]
    gap = 0.185 / (figure_height - 0.95)
    places = _apart([min(max(end, 0.0), 1.0) for end in ends], gap)
    for (name, style), end, place in zip(styles.items(), ends, places, strict=True):
        axis.annotate(
            name,
            xy=(1.0, min(max(end, 0.0), 1.0)),
            xytext=(1.11, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            ha="left",
            fontsize=9.5,
            fontweight="bold" if name == "default" else "normal",
            color="black",
            arrowprops={
                "arrowstyle": "-",
                "color": style.colour,
                "linestyle": style.dash,
                "linewidth": max(style.width, 1.3),
                "relpos": (0.0, 0.5),
                "shrinkA": 2,
                "shrinkB": 1,
            },
            annotation_clip=False,
        )


def _apart(wanted: Sequence[float], gap: float) -> list[float]:
    """Return places near those wanted, in their order, at least a gap from each other."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    # Blocks of labels that touch are moved together to the middle of where they want to be.
    blocks: list[tuple[float, list[int]]] = []
    for i in order:
        blocks.append((wanted[i], [i]))
        while len(blocks) > 1 and _bottom(blocks[-1], gap) < _top(blocks[-2], gap):
            (_, upper), (_, lower) = blocks.pop(), blocks.pop()
            members = lower + upper
            centre = sum(
                wanted[m] - gap * (j - (len(members) - 1) / 2) for j, m in enumerate(members)
            )
            blocks.append((centre / len(members), members))
    places = [0.0] * len(wanted)
    for centre, members in blocks:
        for j, m in enumerate(members):
            places[m] = centre + gap * (j - (len(members) - 1) / 2)
    lowest = min(places, default=0.0)
    return [place - min(lowest + 0.02, 0.0) for place in places]


def _bottom(block: tuple[float, list[int]], gap: float) -> float:
    return block[0] - gap * len(block[1]) / 2


def _top(block: tuple[float, list[int]], gap: float) -> float:
    return block[0] + gap * len(block[1]) / 2


def _plain_ticks(axis: Any) -> None:
    """Mark a logarithmic scale with plain numbers."""
    ticker = importlib.import_module("matplotlib.ticker")
    low, high = axis.get_ylim()
    steps = (1.0,) if high / low > 30 else (1.0, 2.0, 5.0)
    axis.yaxis.set_major_locator(ticker.LogLocator(base=10, subs=steps))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.yaxis.set_minor_formatter(ticker.NullFormatter())


_SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "autotune",
    "figure.facecolor": "white",
    "path.simplify_threshold": 0.3,
}


def _pyplot() -> Any:
    try:
        matplotlib = importlib.import_module("matplotlib")
    except ImportError as error:
        raise MissingExtraError(
            "the report's pictures need matplotlib, which is not installed: "
            "pip install 'autotune-search[plot]'"
        ) from error
    matplotlib.use("Agg", force=False)
    return importlib.import_module("matplotlib.pyplot")


def _svg(figure: Any) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    _pyplot().close(figure)
    # Hundredths of a point are enough for the eye.
    return re.sub(
        r'(?<= d=")[^"]*',
        lambda path: re.sub(r"(\d\.\d\d)\d+", r"\1", path.group()),
        out.getvalue(),
    )
